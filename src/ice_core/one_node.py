"""A blueprint of one node: it calls one component, takes what that takes, and gives what that gives."""

from collections.abc import Iterable
from typing import Final

from ice_core.names import ComponentId
from ice_core.strict_json import JsonObject, JsonValue

# In the order of `names.NODE_TYPES`: the member that names the component, and the one that holds its arguments.
_MEMBERS: Final = {
    "tool": ("tool_name", "tool_args"),
    "agent": ("package", "agent_config"),
    "workflow": ("workflow_ref", "config_overrides"),
}


def one_node_blueprint(
    component: ComponentId, input_schema: JsonObject, *, identity: str, given: Iterable[str] = ()
) -> JsonObject:
    """The normalised blueprint (schema version 1.2.0) that calls one component.

    Args:
        component: What it calls.
        input_schema: What the component takes, standing alone.
        identity: The blueprint's id.
        given: The members of the input that are handed on beside the required ones, where the component takes them.
    """
    inputs = _inputs(input_schema)
    required, properties = inputs["required"], inputs["properties"]
    assert isinstance(required, list)
    assert isinstance(properties, dict)
    taken = [name for name in given if name in properties or inputs.get("additionalProperties") is not False]
    member, arguments = _MEMBERS[component.node_type]
    return {
        "schema_version": "1.2.0",
        "id": identity,
        "inputs": inputs,
        "nodes": [
            {
                "id": component.name,
                "type": component.node_type,
                member: component.name,
                arguments: {name: f"{{{{ inputs.{name} }}}}" for name in dict.fromkeys([*map(str, required), *taken])},
                "dependencies": [],
            }
        ],
        "outputs": {"result": f"{{{{ {component.name} }}}}"},
    }


def _inputs(schema: JsonObject) -> JsonObject:
    # A blueprint's inputs hold no shared schemas. Where the component's input refers to one, any value is let through
    # here: the component's own schema is what its input is held against when it is called.
    shared = schema.get("$defs")
    named = str(schema.get("$ref")).rpartition("/")[2]
    found = shared.get(named) if isinstance(shared, dict) and "$ref" in schema else schema
    root = found if isinstance(found, dict) else {}
    properties, required = root.get("properties"), root.get("required")
    members: JsonObject = dict(properties) if isinstance(properties, dict) else {}
    inputs: JsonObject = {
        "type": "object",
        "properties": {name: {} if _refers(member) else member for name, member in members.items()},
        "required": required if isinstance(required, list) else [],
    }
    if root.get("additionalProperties") is False:
        inputs["additionalProperties"] = False
    return inputs


def _refers(schema: JsonValue) -> bool:
    if isinstance(schema, dict):
        return "$ref" in schema or any(map(_refers, schema.values()))
    return isinstance(schema, list) and any(map(_refers, schema))
