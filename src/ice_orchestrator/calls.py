"""What goes into a component and comes out of it, held against the schemas that the plan pins.

What the journal keeps, what the next node sees and what a resumed run reads are the same plain JSON value, and a
component cannot change it afterwards. What comes from outside (the inputs of a run, what a component hands to another,
an output that no caller answers for) is therefore copied; through its JSON text, if it is not made of the very types of
JSON. What runs make of such values is not copied: it is looked at once, for its bounds and against its schema, and goes
on as it is. Only what does not pass that look is gone through in full, for every violation.
"""

import json
from contextlib import suppress
from typing import Final

from ice_core.contracts import Contract, compiled
from ice_core.errors import Finding, IceError, Location
from ice_core.models.plan import PlannedComponent
from ice_core.plain_json import NotPlain, is_within_bounds, plain_copy
from ice_core.strict_json import MAX_OUTPUT_BYTES, JsonObject, JsonValue, parse_any_json, printable, type_name
from ice_orchestrator.caller import PlainOutput
from ice_sdk.json_values import NotJson, to_json

_NOTES: Final = {
    "input-invalid": "Nothing was called with it.",
    "output-invalid": "The component was called and its cost counts; no node saw this output.",
}


def checked_inputs(schema: JsonObject, value: JsonObject, *, blueprint_id: str) -> JsonObject:
    """The inputs of a run, copied and kept to the blueprint's schema.

    Raises:
        IceError: `input-invalid`, each violation a finding.
    """
    what = f"the input of `{blueprint_id}`"
    hint = "Give each input as `--input NAME=VALUE`, or all of them as a JSON object with `--inputs FILE`"
    return _object(
        _copy_checked("input-invalid", what, "inputs", compiled(schema, where=what.replace("`", "")), value, hint=hint)
    )


def checked_input(component: PlannedComponent, value: JsonValue, *, path: str) -> JsonObject:
    """What a node hands to a component, as it is.

    Args:
        component: The component.
        value: Made of the run's inputs, the plan's arguments and outputs: a plain JSON value.
        path: The node.

    Raises:
        IceError: `input-invalid`, each violation a finding; the component was not called.
    """
    if (
        type(value) is dict
        and component.input_contract.is_kept_by(value)
        and is_within_bounds(value, levels=component.input_levels)
    ):
        return value
    return copied_input(component, value, path=path)


def copied_input(component: PlannedComponent, value: object, *, path: str) -> JsonObject:
    """What one component hands to another, as a copy: it may go on changing what it gave.

    Raises:
        IceError: `input-invalid`, each violation a finding; the component was not called.
    """
    what = f"the input of `{component.id}`"
    hint = f"To see what it takes, run `ice plugins show {component.id}`; then mend what `{path}` gives it"
    return _object(_copy_checked("input-invalid", what, path, component.input_contract, value, hint=hint))


def checked_output(component: PlannedComponent, value: object, *, path: str) -> JsonValue:
    """What a component returned, as a JSON value that nobody else holds.

    Raises:
        IceError: `output-invalid`, each violation a finding.
    """
    if type(value) is PlainOutput:
        value = value.value
        if component.output_contract.is_kept_by(value):
            return value
    return _copied_output(component, value, path)


def composed_output(component: PlannedComponent, value: JsonValue, *, path: str) -> JsonValue:
    """What a workflow's outputs make of those of its nodes: plain already, and of any size.

    Raises:
        IceError: `output-invalid`, each violation a finding.
    """
    if is_within_bounds(value) and component.output_contract.is_kept_by(value):
        return value
    return _copied_output(component, value, path)


def _copied_output(component: PlannedComponent, value: object, path: str) -> JsonValue:
    what = f"the output of `{component.id}`"
    hint = f"`{component.id}` breaks its own manifest: return what its schema says, or export the manifest anew"
    return _copy_checked("output-invalid", what, path, component.output_contract, value, hint=hint)


def _copy_checked(slug: str, what: str, path: str, contract: Contract, value: object, *, hint: str) -> JsonValue:
    copied = _copied(slug, what, path, value)
    findings = [
        Finding(
            slug,
            f"`{violation.path}`: {violation.message}" if violation.path else violation.message,
            where=Location(path, path=violation.path),
            hints=(),
        )
        for violation in contract.violations(copied)
    ]
    if not findings:
        return copied
    first = min(findings, key=Finding.sort_key)
    raise IceError(
        slug,
        f"{what[0].upper()}{what[1:]} does not keep its schema: {first.message}",
        where=first.where,
        detail=[finding.message for finding in findings],
        note=_NOTES[slug],
        hints=(hint,),
        details={"violations": [{"path": _inner(finding), "message": finding.message} for finding in findings]},
        findings=findings if len(findings) > 1 else (),
    )


def _inner(finding: Finding) -> str:
    return finding.where.path if finding.where is not None else ""


def _copied(slug: str, what: str, path: str, value: object) -> JsonValue:
    with suppress(NotPlain):
        return plain_copy(value)
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
        return parse_any_json(text, where=what.replace("`", ""), max_bytes=MAX_OUTPUT_BYTES)
    except (TypeError, ValueError, RecursionError):
        reason = _why_not_json(value)
    except IceError as error:  # too large, too deep, a number that JSON readers cannot hold
        reason = error.finding.message
    raise IceError(
        slug,
        f"{what[0].upper()}{what[1:]} is not a JSON value",
        where=Location(path),
        expected="null, a boolean, a number, a string, an array or an object",
        found=reason,
        note=_NOTES[slug],
        hints=("Return plain values or a Pydantic model",),
    )


def _why_not_json(value: object) -> str:
    try:
        to_json(value)
    except NotJson as error:
        return printable(str(error))
    return f"{type(value).__name__} is no JSON value"


def _object(value: JsonValue) -> JsonObject:
    if not isinstance(value, dict):
        raise TypeError(f"an input is an object, not {type_name(value)}")
    return value
