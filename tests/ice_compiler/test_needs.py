"""Which components a blueprint names."""

import json

import pytest

from ice_compiler.needs import components_named
from ice_core.errors import IceError
from ice_core.strict_json import JsonObject, JsonValue


def named(*nodes: JsonValue) -> dict[str, str]:
    blueprint: JsonObject = {"schema_version": "1.2.0", "id": "report", "nodes": [*nodes]}
    found = components_named(json.dumps(blueprint).encode(), where="report.json")
    return {str(component): versions.text for component, versions in found.items()}


def tool(identity: str, name: str = "csv_reader", **members: JsonValue) -> JsonObject:
    return {"id": identity, "type": "tool", "tool_name": name, "tool_args": {}, **members}


def test_each_node_names_its_component() -> None:
    assert {"tool:csv_reader": "", "agent:ask": "", "workflow:store": ""} == named(
        tool("read"),
        {"id": "ask", "type": "agent", "package": "ask", "agent_config": {}},
        {"id": "save", "type": "workflow", "workflow_ref": "store", "config_overrides": {}},
    )


def test_the_ranges_of_several_nodes_hold_together() -> None:
    assert {"tool:csv_reader": ">=1,<2"} == named(
        tool("first", version=">=1"), tool("second"), tool("third", version="<2")
    )


def test_a_blueprint_whose_nodes_are_not_in_order_is_refused_with_each_finding() -> None:
    with pytest.raises(IceError) as caught:
        named(tool("twice"), tool("twice"), {"id": "what", "type": "llm"})

    assert "blueprint-refused" == caught.value.slug
    assert 2 <= len(caught.value.findings)


def test_what_is_no_document_is_refused() -> None:
    with pytest.raises(IceError) as caught:
        components_named(b"{", where="report.json")

    assert "json-syntax" == caught.value.slug
