"""Whether a declared object is what its signed entry says: the members of its input, its stream, its settings.

Code and manifest are signed together, so that where they disagree one of the two is not what was meant. Read from the
signature alone: making the schemas anew would take milliseconds a component, and another release of pydantic may write
the same types in other words. What the types of the members are is held against the schema at each call.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Final

from pydantic import AliasChoices, AliasPath, BaseModel, RootModel
from pydantic.fields import FieldInfo

from ice_core.errors import Finding, IceError
from ice_core.models.plugins import ComponentEntry
from ice_core.models.wire import parse_wire
from ice_core.registered import RegisteredComponent
from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk.declared import Declared
from ice_sdk.entries import stated_members
from ice_sdk.json_values import NotJson, to_json
from ice_sdk.signature import NO_DEFAULT
from ice_sdk.source_places import RESULT

SHAPE: Final = "component-shape-mismatch"
SETTINGS: Final = "component-settings-mismatch"
_TYPES: Final[Mapping[object, str]] = {str: "string", int: "integer", float: "number", bool: "boolean"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Member:
    """One member of the input as the code has it: its default if it has one, its JSON type if that is plain."""

    name: str
    default: object
    json_type: str | None

    @property
    def is_required(self) -> bool:
        return self.default is NO_DEFAULT


def check_shape(
    declared: Declared, *, input_schema: JsonObject, output_schema: JsonObject, origin: str = "plugins.json"
) -> None:
    """Returns if the call's signature has the shape that the schemas describe.

    Args:
        declared: A tool or agent.
        input_schema: The signed schema of its input, standing alone.
        output_schema: The signed schema of its output, standing alone.
        origin: Where the manifest is, in words.

    Raises:
        IceError: `component-shape-mismatch`, each parameter that disagrees a finding; or what reading the signature
            refuses.
    """
    if declared.id.node_type == "workflow":
        return
    findings = [
        Finding(
            SHAPE,
            f"`{declared.id}` is not of the shape that its signed manifest describes: {what}",
            where=declared.place_of(member),
            expected=expected,
            found=found,
            note=f"The manifest is `{origin}`. The component was not called.",
            hints=_hints(declared),
            details={"component": str(declared.id), "member": member if member != RESULT else None},
        )
        for member, what, expected, found in _disagreements(declared, _at_root(input_schema), _at_root(output_schema))
    ]
    if findings:
        raise IceError.of(findings)


def check_settings(declared: Declared, registered: RegisteredComponent) -> None:
    """Returns if what the decorator was told, when the module was imported, is what the signed entry says.

    Raises:
        IceError: `component-settings-mismatch`, each setting a finding.
    """
    stated = stated_members(declared)
    entry = parse_wire(
        ComponentEntry,
        {**registered.value, **stated},
        slug=SETTINGS,
        document="what the decorator says",
        where=str(declared.where),
        hints=_hints(declared),
    )
    findings = [
        Finding(
            SETTINGS,
            f"`{declared.id}` declares another `{member}` than its signed manifest",
            where=declared.where,
            expected=_shown(registered.value.get(member)),
            found=_shown(stated[member]),
            note="What was signed is what was reviewed, locked and compiled; what code says of itself later counts "
            f"for nothing. The manifest is `{registered.origin}`. The component was not called.",
            hints=_hints(declared),
            details={"component": str(declared.id), "member": member},
        )
        for member in sorted(stated)
        if getattr(entry, member) != getattr(registered.entry, member)
    ]
    if findings:
        raise IceError.of(findings)


def _hints(declared: Declared) -> tuple[str, ...]:
    project = f"in the project that holds `{declared.target.top_level}`"
    return (
        f"To write the manifest anew, run `ice plugins export --output plugins.json` {project}",
        "Then give the package a higher version, and run `ice publish --manifest plugins.json`",
    )


def _disagreements(
    declared: Declared, input_schema: JsonObject, output_schema: JsonObject
) -> Iterator[tuple[str, str, str, str]]:
    members = _members_of(declared)
    properties = input_schema.get("properties")
    # An object of which the schema says no members promises nothing about any.
    if members is not None and isinstance(properties, dict):
        yield from _members_differ(members, properties, input_schema.get("required"))
    if declared.signature.streams and output_schema.get("type", "array") != "array":
        yield RESULT, "it yields its output", _kind(output_schema), "a stream, whose output is an array"


def _members_differ(
    members: Mapping[str, _Member], properties: JsonObject, required: JsonValue
) -> Iterator[tuple[str, str, str, str]]:
    listed = set(map(str, required)) if isinstance(required, list) else set()
    for name in sorted(members.keys() | properties.keys()):
        member = members.get(name)
        if member is None:
            yield name, f"it takes no `{name}`", _parameter(name, is_required=name in listed), "no such parameter"
        elif name not in properties:
            yield name, f"it takes `{name}`", f"no `{name}`", _parameter(name, is_required=member.is_required)
        elif member.is_required != (name in listed):
            words = "is required" if member.is_required else "may be left out"
            yield (
                name,
                f"`{name}` {words}",
                _parameter(name, is_required=name in listed),
                _parameter(name, is_required=member.is_required),
            )
        else:
            yield from _details_differ(member, properties[name])


def _details_differ(member: _Member, schema: JsonValue) -> Iterator[tuple[str, str, str, str]]:
    stated = schema if isinstance(schema, dict) else {}
    signed_type = stated.get("type")
    if member.json_type is not None and isinstance(signed_type, str) and not _is_same(member.json_type, signed_type):
        what = f"`{member.name}` has another type"
        yield member.name, what, f"`{member.name}`: {signed_type}", f"`{member.name}`: {member.json_type}"
    elif not member.is_required and "default" in stated:
        default = _as_json(member.default)
        if default is not None and default != [stated["default"]]:
            what = f"`{member.name}` has another default"
            yield member.name, what, _shown(stated["default"]), _shown(default[0])


def _is_same(code: str, signed: str) -> bool:
    # Every integer is a number that the code takes.
    return code == signed or (code, signed) == ("number", "integer")


def _type_of(annotation: object) -> str | None:
    return _TYPES.get(annotation) if isinstance(annotation, type) else None


def _members_of(declared: Declared) -> "dict[str, _Member] | None":
    """The members of the input by name; None where its type says its own schema, which a signature does not show."""
    signature = declared.signature
    whole = signature.parameters[0].annotation if len(signature.parameters) == 1 else None
    if signature.from_fields or (_is_model(whole) and signature.parameters[0].default is NO_DEFAULT):
        return _fields_of(whole)
    return {
        item.name: _Member(name=item.name, default=item.default, json_type=_type_of(item.annotation))
        for item in signature.parameters
    }


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _fields_of(owner: object) -> "dict[str, _Member] | None":
    if isinstance(owner, type) and issubclass(owner, BaseModel):
        if issubclass(owner, RootModel) or _writes_its_own_schema(owner):
            return None
        named = {name: _name_of(name, field) for name, field in owner.model_fields.items()}
        if None in named.values():
            return None
        return {
            str(named[name]): _Member(
                name=str(named[name]),
                default=NO_DEFAULT if field.is_required() else field.get_default(call_default_factory=False),
                json_type=_type_of(field.annotation),
            )
            for name, field in owner.model_fields.items()
        }
    if isinstance(owner, type) and is_dataclass(owner):
        return None if not all(field.init for field in fields(owner)) else _dataclass_members(owner)
    return None


def _dataclass_members(owner: type) -> "dict[str, _Member] | None":
    members: dict[str, _Member] = {}
    for field in fields(owner):
        has_default = field.default is not MISSING or field.default_factory is not MISSING
        members[field.name] = _Member(
            name=field.name, default=field.default if has_default else NO_DEFAULT, json_type=_type_of(field.type)
        )
    return members


def _writes_its_own_schema(owner: type[BaseModel]) -> bool:
    own = any("__get_pydantic_json_schema__" in vars(each) for each in owner.__mro__ if each is not BaseModel)
    return own or owner.model_config.get("json_schema_extra") is not None


def _name_of(name: str, field: FieldInfo) -> str | None:
    alias = field.validation_alias if field.validation_alias is not None else field.alias
    if isinstance(alias, AliasChoices | AliasPath):
        return None
    return alias or name


def _at_root(schema: JsonObject) -> JsonObject:
    """The schema itself, where the root of a stand-alone one only refers to it."""
    reference, definitions = schema.get("$ref"), schema.get("$defs")
    if isinstance(reference, str) and isinstance(definitions, dict):
        found = definitions.get(reference.rpartition("/")[2])
        return found if isinstance(found, dict) else schema
    return schema


def _as_json(value: object) -> "list[JsonValue] | None":
    # In a list, so that null is a value; what is no plain JSON value is written by pydantic, in its own way.
    if value is not None and not isinstance(value, str | bool | int | float | list | dict):
        return None
    if isinstance(value, str | int) and type(value) not in (str, int, bool):
        return None
    try:
        return [to_json(value)]
    except NotJson:
        return None


def _parameter(name: str, *, is_required: bool) -> str:
    return f"`{name}`, {'required' if is_required else 'with a default'}"


def _kind(schema: JsonObject) -> str:
    return f"an output of type {_shown(schema.get('type'))}"


def _shown(value: JsonValue) -> str:
    return "nothing" if value is None else repr(value) if isinstance(value, str) else str(value)
