"""Which components a blueprint names."""

import json

import pytest

from ice_compiler.needs import components_named, together
from ice_core.errors import IceError
from ice_core.strict_json import JsonObject, JsonValue


def named(*nodes: JsonValue) -> dict[str, str]:
    blueprint: JsonObject = {"schema_version": "1.2.0", "id": "report", "nodes": [*nodes]}
    found = components_named(json.dumps(blueprint).encode(), where="report.json")
    return {str(need.component): need.versions.text for need in found}


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


def test_a_need_points_at_the_name_in_the_first_node_that_calls_it() -> None:
    text = "schema_version: 1.2.0\nid: report\nnodes:\n- id: read\n  type: tool\n  tool_name: csv_reader\n"

    (need,) = components_named(text.encode(), where="report.yaml")

    assert ("read", "report.yaml:6:14") == (need.node, str(need.where).partition(" at ")[0])


def test_the_needs_of_several_blueprints_hold_together() -> None:
    first, second = (
        components_named(
            json.dumps({"schema_version": "1.2.0", "id": name, "nodes": [tool("read", version=versions)]}).encode(),
            where=f"{name}.json",
        )
        for name, versions in (("news", ">=1"), ("report", "<2"))
    )

    (need,) = together([*first, *second])

    assert (">=1,<2", "news.json") == (need.versions.text, need.where.file)
