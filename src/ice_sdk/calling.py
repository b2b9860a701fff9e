"""A component's input from JSON to Python arguments.

The orchestrator has held it against the signed schema; here it becomes the types that the author wrote. The way back is
in `results.py`.
"""

from pydantic import BaseModel, ValidationError

from ice_core.errors import Finding, IceError, Location
from ice_core.plain_json import plain_text
from ice_core.strict_json import JsonObject
from ice_sdk.call_types import CallTypes, call_types
from ice_sdk.context import Context
from ice_sdk.declared import Declared
from ice_sdk.json_values import to_json


def bind_input(
    declared: Declared, value: JsonObject, *, context: Context | None = None
) -> tuple[tuple[object, ...], dict[str, object]]:
    """The positional and keyword arguments that `value` gives; members that are absent leave the author's defaults.

    Args:
        declared: A tool or agent.
        value: The input object.
        context: Given to the context parameter, if the component has one.

    Raises:
        IceError: `call-input-invalid`, each fault a finding.
    """
    types = call_types(declared)
    _refuse_unknown_members(declared, types, value)
    try:
        # As JSON, because types that pydantic takes strictly (dates, tuples, bytes) are text and arrays there; and so
        # the component gets nothing that anybody else holds.
        read = types.input.validate_json(_text(value))
    except ValidationError as error:
        raise _input_refusal(declared, error) from error
    positional: list[object] = []
    named: dict[str, object] = {}
    members = (None,) if types.members is None else types.members.values()
    for parameter, member in zip(types.parameters, members, strict=True):
        given = member is None or member in read.model_fields_set
        if parameter.positional_only:
            # Those behind it need its place to be filled, with the very default that Python would use.
            positional.append(_argument(read, member) if given else parameter.default)
        elif given:
            named[parameter.name] = _argument(read, member)
    if declared.context_parameter is not None and context is not None:
        named[declared.context_parameter] = context
    return tuple(positional), named


def _text(value: JsonObject) -> bytes:
    """Its JSON text: whole numbers as integers, members in their order, which a function may well look at."""
    text = plain_text(value)
    return plain_text(to_json(value)) if b".0" in text else text


def _refuse_unknown_members(declared: Declared, types: CallTypes, value: JsonObject) -> None:
    if types.members is None or value.keys() <= types.members.keys():
        return
    unknown = sorted(value.keys() - types.members.keys())
    raise IceError(
        "call-input-invalid",
        f"`{declared.id}` takes no `{'`, no `'.join(unknown)}`",
        where=declared.where,
        expected=", ".join(types.members) or "no members",
        found=", ".join(value),
        hints=(f"To see what it takes, run `ice plugins show {declared.id}`",),
    )


def _argument(read: BaseModel, member: str | None) -> object:
    argument: object = read if member is None else getattr(read, member)
    return argument


def _input_refusal(declared: Declared, error: ValidationError) -> IceError:
    findings = [
        Finding(
            "call-input-invalid",
            f"`{declared.id}` does not take this input: {item['msg'][0].lower()}{item['msg'][1:]}",
            where=Location(declared.file, line=declared.line, path=".".join(str(step) for step in item["loc"])),
            found=repr(item.get("input")),
            hints=(),
        )
        for item in error.errors(include_url=False, include_context=False)
    ]
    first = min(findings, key=Finding.sort_key)
    return IceError(
        first.slug,
        first.message,
        where=first.where,
        expected="an input that the manifest's schema allows",
        found=first.found,
        hints=(f"To see what it takes, run `ice plugins show {declared.id}`",),
        findings=findings if len(findings) > 1 else (),
    )
