"""A blueprint of one node: required and given inputs are handed on, shared schemas are left to the component."""

import pytest

from ice_core.models.blueprint import parse_blueprint
from ice_core.names import ComponentId
from ice_core.one_node import one_node_blueprint
from ice_core.strict_json import JsonObject

TEXT: JsonObject = {"type": "string"}


def schema(*, additional: bool = False) -> JsonObject:
    """The input of a component that needs a text and takes a limit."""
    value: JsonObject = {
        "type": "object",
        "properties": {"text": TEXT, "limit": {"type": "integer"}},
        "required": ["text"],
    }
    if not additional:
        value["additionalProperties"] = False
    return value


@pytest.mark.parametrize(
    ("component", "member", "arguments"),
    [
        ("tool:rain", "tool_name", "tool_args"),
        ("agent:rain", "package", "agent_config"),
        ("workflow:rain", "workflow_ref", "config_overrides"),
    ],
)
def test_each_type_of_component_is_called_by_its_own_members(component: str, member: str, arguments: str) -> None:
    value = one_node_blueprint(ComponentId.parse(component), schema(), identity="rain")

    assert value["nodes"] == [
        {
            "id": "rain",
            "type": component.partition(":")[0],
            member: "rain",
            arguments: {"text": "{{ inputs.text }}"},
            "dependencies": [],
        }
    ]
    assert {"result": "{{ rain }}"} == value["outputs"]
    parse_blueprint(value, where="rain")


@pytest.mark.parametrize(
    ("given", "additional", "expected"),
    [
        ((), False, ["text"]),
        (("limit",), False, ["text", "limit"]),
        (("limit", "text", "limit"), False, ["text", "limit"]),
        (("other",), False, ["text"]),  # the run's own check of inputs tells it
        (("other",), True, ["text", "other"]),
    ],
)
def test_what_is_given_is_handed_on_where_it_is_taken(
    given: tuple[str, ...], additional: bool, expected: list[str]
) -> None:
    value = one_node_blueprint(ComponentId("tool", "rain"), schema(additional=additional), identity="rain", given=given)

    (node,) = value["nodes"] if isinstance(value["nodes"], list) else []
    assert isinstance(node, dict)
    assert {name: f"{{{{ inputs.{name} }}}}" for name in expected} == node["tool_args"]


def test_a_shared_schema_stands_for_any_value() -> None:
    """A blueprint's inputs hold no shared schemas; the component holds its input against its own."""
    shared: JsonObject = {
        "Input": {
            "type": "object",
            "properties": {"text": TEXT, "rows": {"type": "array", "items": {"$ref": "#/$defs/Row"}}},
            "required": ["rows"],
            "additionalProperties": False,
        },
        "Row": {"type": "object"},
    }
    value = one_node_blueprint(ComponentId("tool", "rain"), {"$ref": "#/$defs/Input", "$defs": shared}, identity="rain")

    assert value["inputs"] == {
        "type": "object",
        "properties": {"text": TEXT, "rows": {}},
        "required": ["rows"],
        "additionalProperties": False,
    }


def test_a_component_that_takes_anything_is_called_with_what_is_given() -> None:
    value = one_node_blueprint(ComponentId("tool", "rain"), {}, identity="rain", given=["a"])

    assert {"type": "object", "properties": {}, "required": []} == value["inputs"]
