"""What a `@workflow` function gives: its blueprint in normalised form, and the two sides of its contract."""

import inspect
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from ice_core.errors import IceError
from ice_core.json_schema import standalone_schema
from ice_core.models.blueprint import parse_blueprint
from ice_core.strict_json import JsonObject
from ice_sdk.blueprint import Blueprint
from ice_sdk.call_types import adapter_of, input_model
from ice_sdk.declared import Declared
from ice_sdk.forms import function_of
from ice_sdk.json_values import NotJson, to_json
from ice_sdk.schema import Side, Subject, schemas_of
from ice_sdk.signature import NO_DEFAULT


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkflowSides:
    """A workflow's contract, and its blueprint as a manifest holds it inline."""

    subject: Subject
    blueprint: JsonObject


def workflow_sides(declared: Declared) -> WorkflowSides:
    """Calls the workflow's function once and reads what it gives.

    Raises:
        IceError: `declaration-invalid`, `blueprint-invalid` or `schema-inexpressible`.
    """
    given = _called(declared)
    if isinstance(given, Blueprint):
        sides = _of_builder(declared, given)
    elif isinstance(given, Mapping):
        sides = _of_value(declared, given)
    else:
        raise _refusal(
            declared,
            "gives no blueprint",
            "a `Blueprint`, or a blueprint's normalised dict",
            type(given).__name__,
            "End the function with `return flow.output(...)`",
        )
    try:
        parse_blueprint(sides.blueprint, where=str(declared.id))
    except IceError as error:
        for finding in (error.finding, *error.findings):
            finding.where = declared.where.within(finding.where.path if finding.where is not None else "")
        raise
    return sides


def _called(declared: Declared) -> object:
    needed = [
        parameter.name
        for parameter in _parameters(declared)
        if parameter.default is NO_DEFAULT and parameter.kind.name not in ("VAR_POSITIONAL", "VAR_KEYWORD")
    ]
    if needed:
        raise _refusal(
            declared,
            "takes parameters, and nothing gives it any when its blueprint is read",
            "a function without parameters",
            ", ".join(needed),
            "Declare inputs of the workflow with `Blueprint.start(..., inputs={...})`",
        )
    result = declared.call()
    return _finished(declared, result) if inspect.iscoroutine(result) else result


def _parameters(declared: Declared) -> list[inspect.Parameter]:
    target = declared.object
    made = list(inspect.signature(target).parameters.values()) if callable(target) else []
    if declared.form == "function":
        return made
    function, filled = function_of(target if isinstance(target, type) else type(target))
    taken = list(inspect.signature(function).parameters.values())[filled:]
    return made + taken if declared.form == "class" else taken


def _finished(declared: Declared, coroutine: "Coroutine[Any, Any, object]") -> object:
    # Without an event loop: building a blueprint waits for nothing, and describing may happen inside a running loop.
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    raise _refusal(
        declared,
        "awaits something while it builds its blueprint",
        "a function that only builds",
        "an await that does not return at once",
        "Move what has to be awaited into a tool, and call that from the blueprint",
    )


def _of_builder(declared: Declared, flow: Blueprint) -> WorkflowSides:
    taken = _side(declared, flow.declared_inputs, suffix="Input")
    given: Side | JsonObject
    if flow.declared_outputs is not None:
        side = _side(declared, flow.declared_outputs, suffix="Output")
        given = replace(side, mode="serialization") if isinstance(side, Side) else side
    else:
        # What a node gives is known to the compiler, which has the other manifests; here only the members are.
        given = {
            "type": "object",
            "properties": {member: {} for member in flow.output_members},
            "required": list(flow.output_members),
            "additionalProperties": False,
        }
    subject = Subject(component=str(declared.id), where=declared.where, input=taken, output=given)
    alone = schemas_of([subject])
    inputs = standalone_schema(_inlined(alone.pairs[0][0], alone.schemas), alone.schemas)
    return WorkflowSides(subject=subject, blueprint=flow.to_json(inputs))


def _inlined(schema: JsonObject, schemas: JsonObject) -> JsonObject:
    # The root of a blueprint's inputs is the object itself, so that its members can be read without a look-up.
    target = schemas.get(str(schema.get("$ref")).rpartition("/")[2])
    return target if schema.keys() == {"$ref"} and isinstance(target, dict) else schema


def _side(declared: Declared, types: object, *, suffix: str) -> "Side | JsonObject":
    if isinstance(types, type):
        adapter = adapter_of(types)
        return Side(adapter=adapter, mode="validation", within=(adapter,))
    if isinstance(types, Mapping) and types.get("type") == "object":
        return _json(declared, types)
    if not isinstance(types, Mapping):
        raise _refusal(
            declared,
            f"declares its {suffix.lower()} in no known form",
            "types by name, a Pydantic model, or a JSON Schema of an object",
            repr(types),
            "Write for example `inputs={'query': str}`",
        )
    fields = {name: item if isinstance(item, tuple) else (item, NO_DEFAULT) for name, item in types.items()}
    model = input_model(declared.id, declared.target.module, fields, place=lambda _: declared.where, suffix=suffix)
    within = tuple(adapter_of(annotation) for annotation, _ in fields.values() if _is_model(annotation))
    return Side(adapter=adapter_of(model), mode="validation", within=within)


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _of_value(declared: Declared, value: Mapping[object, object]) -> WorkflowSides:
    blueprint = _json(declared, value)
    inputs, outputs = blueprint.get("inputs"), blueprint.get("outputs")
    taken: JsonObject = inputs if isinstance(inputs, dict) else {"type": "object"}
    members = list(outputs) if isinstance(outputs, dict) else []
    given: JsonObject = {
        "type": "object",
        "properties": {member: {} for member in members},
        "required": list(members),
        "additionalProperties": False,
    }
    subject = Subject(component=str(declared.id), where=declared.where, input=taken, output=given)
    return WorkflowSides(subject=subject, blueprint=blueprint)


def _json(declared: Declared, value: "Mapping[object, object] | Mapping[str, object]") -> JsonObject:
    try:
        converted = to_json(value)
    except NotJson as error:
        raise _refusal(
            declared,
            f"gives a blueprint that is no JSON value at `{error.path.removeprefix('.')}`",
            "JSON values",
            error.reason,
            "Use the builder: `from ice_sdk import Blueprint`",
        ) from error
    return converted if isinstance(converted, dict) else {}


def _refusal(declared: Declared, message: str, expected: str, found: str, hint: str) -> IceError:
    return IceError(
        "declaration-invalid",
        f"`{declared.id}` {message}",
        where=declared.where,
        expected=expected,
        found=found,
        hints=(hint,),
    )
