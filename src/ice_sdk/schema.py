"""A component's types as JSON Schema draft 2020-12, through pydantic, with shared schemas under `#/schemas/NAME`.

What JSON Schema cannot express is an error with the place, never an empty schema. A schema's name depends on its type
alone: where validation and serialisation differ they are `NAME-Input` and `NAME-Output`, and two types of one name get
names that hold their modules.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaWarningKind
from pydantic_core import PydanticSerializationError, core_schema, to_json

from ice_core.errors import Finding, Location
from ice_core.json_schema import REFERENCE_PREFIX, reachable_schemas, referenced_name, subschemas, with_subschemas
from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk.json_values import NotJson
from ice_sdk.json_values import to_json as strict_json_value
from ice_sdk.refusals import refusal_of
from ice_sdk.schema_names import shared_names, with_names
from ice_sdk.signature import ANY_JSON

# A member that no schema has: it marks what could not be expressed until its path is known.
_INEXPRESSIBLE: Final = "inexpressible"
# What `Decimal` takes as text, without the look-ahead of pydantic's own pattern: it must not backtrack.
_DECIMAL_TEXT: Final = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_ADDRESS: Final = re.compile(r" at 0x[0-9a-f]+")
_FUNCTION: Final = "a function"
_DECLINED: Final = "bytes, which are no text in general"

Adapter = TypeAdapter[Any]
_Key = tuple[tuple[int, str], JsonSchemaMode]


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One side of a component's contract: the type, which way it goes, and types within it that go either way."""

    adapter: Adapter
    mode: JsonSchemaMode
    within: tuple[Adapter, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """A component whose schemas are wanted: its name for messages, its place, its two sides; a dict is a schema."""

    component: str
    where: Location
    input: "Side | JsonObject"
    output: "Side | JsonObject"


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaSet:
    """The input and output schema of each subject, in order, and the shared schemas that they reach."""

    pairs: tuple[tuple[JsonObject, JsonObject], ...]
    schemas: JsonObject


def schemas_of(subjects: Sequence[Subject]) -> SchemaSet:
    """The schemas of several components, made together so that types they share are written once.

    Raises:
        IceError: `schema-inexpressible`, with a finding for each place that JSON Schema cannot express.
    """
    generated, definitions = _generated(subjects)
    findings: dict[tuple[str, str], Finding] = {}
    pairs: list[tuple[JsonObject, JsonObject]] = []
    for index, subject in enumerate(subjects):
        pair: list[JsonObject] = []
        for name, side in _sides(subject):
            if not isinstance(side, Side):
                pair.append(side)
                continue
            pair.append(generated[((index, name), side.mode)])
            for finding in _faults(pair[-1], definitions, subject, name):
                findings.setdefault((subject.component, finding.message), finding)
        pairs.append((pair[0], pair[1]))
    if findings:
        raise refusal_of(list(findings.values()))
    cleaned: JsonObject = {name: _cleaned(schema, name) for name, schema in definitions.items()}
    renamed = shared_names(cleaned)
    finished = tuple((_finished(given, renamed), _finished(taken, renamed)) for given, taken in pairs)
    named: JsonObject = {renamed.get(name, name): with_names(schema, renamed) for name, schema in cleaned.items()}
    return SchemaSet(pairs=finished, schemas=reachable_schemas([side for pair in finished for side in pair], named))


def _finished(schema: JsonObject, renamed: Mapping[str, str]) -> JsonObject:
    return _object(with_names(_cleaned(schema, ""), renamed))


def _sides(subject: Subject) -> "tuple[tuple[str, Side | JsonObject], ...]":
    return (("input", subject.input), ("output", subject.output))


def _generated(subjects: Sequence[Subject]) -> tuple[dict[_Key, JsonObject], JsonObject]:
    wanted: list[tuple[tuple[int, str], JsonSchemaMode, Adapter]] = []
    modes: tuple[JsonSchemaMode, ...] = ("validation", "serialization")
    for index, subject in enumerate(subjects):
        for name, side in _sides(subject):
            if not isinstance(side, Side):
                continue
            wanted.append(((index, name), side.mode, side.adapter))
            # Each type in both directions, so that its name does not depend on who else uses it.
            for number, adapter in enumerate(side.within):
                wanted.extend(((index, f"{name} {number}"), mode, adapter) for mode in modes)
    generated, root = TypeAdapter.json_schemas(
        wanted, by_alias=True, ref_template=f"{REFERENCE_PREFIX}{{model}}", schema_generator=_Generator
    )
    return dict(generated), _object(root.get("$defs", {}))


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, marking what it would drop or leave open, and without the titles that repeat names."""

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonObject:
        return {_INEXPRESSIBLE: _plain_words(error_info.removeprefix("core_schema."))}

    def any_schema(self, schema: core_schema.AnySchema) -> JsonObject:
        return {_INEXPRESSIBLE: "Any"}

    def json_or_python_schema(self, schema: core_schema.JsonOrPythonSchema) -> JsonObject:
        # `pydantic.JsonValue`: any JSON value is what the author means.
        if schema["json_schema"]["type"] == "any":
            return {ANY_JSON: True}
        return super().json_or_python_schema(schema)

    def bytes_schema(self, schema: core_schema.BytesSchema) -> JsonObject:
        return {_INEXPRESSIBLE: _DECLINED}

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonObject:
        numbers: JsonObject = super().decimal_schema(schema)
        texts: JsonObject = {"type": "string", "pattern": _DECIMAL_TEXT}
        choices = numbers.get("anyOf")
        return {"anyOf": [choices[0], texts]} if isinstance(choices, list) else texts

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def encode_default(self, dft: Any) -> Any:
        encoded = super().encode_default(_ordered(dft))
        try:
            return strict_json_value(encoded)
        except NotJson as error:
            raise PydanticSerializationError(str(error)) from error

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonObject:
        try:
            return super().default_schema(schema)
        except _DroppedDefault as dropped:
            return {_INEXPRESSIBLE: str(dropped)}

    def emit_warning(self, kind: JsonSchemaWarningKind, detail: str) -> None:
        # What pydantic leaves out with a warning would be missing from the contract without a word.
        if kind == "non-serializable-default":
            said = detail.removeprefix("Default value ").removesuffix("; excluding default from JSON schema")
            raise _DroppedDefault(
                f"a default that is no JSON value ({_ADDRESS.sub('', said.removesuffix(' is not JSON serializable'))})"
            )


def _plain_words(said: str) -> str:
    # `CallableSchema`, or `IsInstanceSchema (<class 'decimal.Context'>)`, as pydantic names what it cannot express.
    if said == "CallableSchema":
        return _FUNCTION
    tested = re.fullmatch(r"IsInstanceSchema \(<class '(.+)'>\)", said)
    return f"`{tested[1]}`, a class that is no JSON value" if tested is not None else said


class _DroppedDefault(Exception):
    """A default that is no JSON value."""


def _ordered(value: object) -> object:
    # The order of a set depends on the hash seed of the process; the manifest must not.
    if isinstance(value, set | frozenset):
        return sorted((_ordered(item) for item in value), key=lambda item: to_json(item))
    if isinstance(value, dict):
        return {name: _ordered(item) for name, item in value.items()}
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return [_ordered(item) for item in value]
    if isinstance(value, BaseModel):
        return _ordered(value.model_dump(by_alias=True))
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _ordered(getattr(value, field.name)) for field in fields(value)}
    return value


# Keywords that say something about a value without narrowing it.
_ANNOTATIONS: Final = frozenset(("default", "deprecated", "description", "examples", "readOnly", "title", "writeOnly"))
_HINTS: Final = {
    "Any": "For any JSON value, write `pydantic.JsonValue`; for an open object, write `dict[str, Any]`",
    _FUNCTION: "Take the name of what is to be done, as a text or a `Literal`, and choose the function by it",
    _DECLINED: "Write `str`, or `pydantic.Base64Bytes` for bytes as base64 text",
}
_OTHER_HINT: Final = "Take and give plain types, dataclasses, TypedDicts or Pydantic models of them"


def _faults(schema: JsonObject, definitions: JsonObject, subject: Subject, side: str) -> Iterator[Finding]:
    verb = "takes" if side == "input" else "gives"
    for path, found in _inexpressible(schema, definitions, "", set(), None):
        what = f"`{path}`, which is" if path else "what is"
        yield Finding(
            "schema-inexpressible",
            f"`{subject.component}` {verb} {what} {found}, and JSON Schema cannot express that",
            where=subject.where,
            expected="a type that JSON Schema expresses",
            found=found,
            hints=(_HINTS.get(found, _OTHER_HINT),),
            details={"component": subject.component, "side": side, "path": path},
        )


def _inexpressible(
    schema: JsonValue, definitions: JsonObject, path: str, seen: set[str], keyword: str | None
) -> Iterator[tuple[str, str]]:
    if not isinstance(schema, dict):
        return
    marked = schema.get(_INEXPRESSIBLE)
    # `Base64Bytes` and its like say themselves how bytes become text.
    if isinstance(marked, str) and not (marked == _DECLINED and "format" in schema):
        # `dict[str, Any]` is an open object: the author said which members are of any kind.
        if not (keyword == "additionalProperties" and marked == "Any"):
            yield path.removeprefix("."), marked
        return
    if schema.keys() <= _ANNOTATIONS:
        yield path.removeprefix("."), "Any"
        return
    name = referenced_name(schema)
    if name is not None and name not in seen:
        seen.add(name)
        yield from _inexpressible(definitions.get(name), definitions, path, seen, None)
    for inner_keyword, step, inner in subschemas(schema):
        yield from _inexpressible(inner, definitions, path + _data_step(step), seen, inner_keyword)


def _data_step(step: str) -> str:
    # The schema's `properties.rows` is the value's `.rows`; what only combines schemas is no step of the value.
    keyword, _, rest = step.partition(".")
    if keyword == "properties":
        return f".{rest}"
    if keyword.startswith("prefixItems"):
        return keyword.removeprefix("prefixItems")
    return {"items": "[]", "additionalProperties": ".*", "patternProperties": ".*"}.get(keyword, "")


def _cleaned(schema: JsonValue, name: str) -> JsonValue:
    if not isinstance(schema, dict):
        return schema
    if schema.keys() == {_INEXPRESSIBLE}:
        return True
    copy = with_subschemas(schema, lambda inner: _cleaned(inner, ""))
    copy.pop(ANY_JSON, None)
    copy.pop(_INEXPRESSIBLE, None)
    # OpenAPI's keyword, whose references would not follow when a schema is made to stand alone.
    copy.pop("discriminator", None)
    title = copy.get("title")
    if isinstance(title, str) and title in (name, name.rpartition("__")[2], name.rpartition("-")[0]):
        del copy["title"]
    return copy


def _object(schema: JsonValue) -> JsonObject:
    return schema if isinstance(schema, dict) else {}
