"""Plans for tests: small ones, written as nodes and components, with everything else filled in."""

from collections.abc import Mapping

from ice_core.canonical import Digest
from ice_core.models.plan import Plan, PlannedComponent, parse_plan
from ice_core.strict_json import JsonObject, JsonValue

ANYTHING: JsonObject = {}
AN_OBJECT: JsonObject = {"type": "object"}


def planned_component(
    component: str = "tool:double",
    *,
    base: str = "0",
    per_token: str = "0",
    max_tokens: int | None = None,
    input_schema: "JsonObject | None" = None,
    output_schema: "JsonObject | None" = None,
    tools: tuple[str, ...] = (),
    **members: JsonValue,
) -> JsonObject:
    """A planned component as JSON; by default it takes any object, gives anything and is free."""
    return {
        "id": component,
        "version": "1.0.0",
        "digest": str(Digest.of(component.encode())),
        "import_target": f"acme_{component.replace(':', '_')}:call",
        "input_schema": input_schema if input_schema is not None else AN_OBJECT,
        "output_schema": output_schema if output_schema is not None else ANYTHING,
        "permissions": {"tools": list(tools)},
        "cost": {
            "base": base,
            "per_token": per_token,
            **({"max_tokens": max_tokens} if max_tokens is not None else {}),
        },
        **members,
    }


def node(name: str, component: str = "tool:double", /, *after: str, **members: JsonValue) -> JsonObject:
    """A planned node as JSON: its id, what it calls, which nodes come before; members as given."""
    return {
        "id": name,
        "component": component,
        "arguments": {},
        "dependencies": list(after),
        "cost": {"minimum": "0", "expected": "0", "maximum": "0"},
        **members,
    }


def body(*nodes: JsonObject, outputs: "JsonObject | None" = None, **members: JsonValue) -> JsonObject:
    """A planned body of these nodes."""
    return {"inputs": AN_OBJECT, "nodes": list(nodes), "outputs": outputs or {}, **members}


def plan(
    *nodes: JsonObject,
    components: tuple[JsonObject, ...] = (),
    outputs: "JsonObject | None" = None,
    inputs: "JsonObject | None" = None,
    budget: str | None = None,
    packages: Mapping[str, JsonValue] | None = None,
    minimum: str = "0",
    maximum: str = "0",
    lock_digest: Digest | None = None,
) -> Plan:
    """A plan of these nodes; components that are not given are made from what the nodes name."""
    known: dict[str, JsonValue] = {str(component["id"]): component for component in components}
    for each in _all_nodes(nodes):
        known.setdefault(str(each["component"]), planned_component(str(each["component"])))
    limits: JsonObject = {"budget": budget} if budget is not None else {}
    root = body(*nodes, outputs=outputs, **limits)
    if inputs is not None:
        root["inputs"] = inputs
    return parse_plan(
        {
            "schema_version": "plan.v0",
            "blueprint_id": "test.plan",
            "blueprint_digest": str(Digest.of(b"blueprint")),
            "body": root,
            "components": known,
            "packages": dict(packages or {}),
            "cost": {"minimum": minimum, "expected": minimum, "maximum": maximum},
            **({"lock_digest": str(lock_digest)} if lock_digest is not None else {}),
        },
        where="plan",
    )


def component_of(component: JsonObject) -> PlannedComponent:
    """The model of `planned_component(...)`."""
    return PlannedComponent.model_validate(component)


def _all_nodes(nodes: tuple[JsonValue, ...]) -> list[JsonObject]:
    found: list[JsonObject] = []
    for each in nodes:
        if isinstance(each, dict):
            found.append(each)
            inner = each.get("body")
            if isinstance(inner, dict) and isinstance(inner["nodes"], list):
                found.extend(_all_nodes(tuple(inner["nodes"])))
    return found
