"""The other spellings of a blueprint mean the same, and a spelling that cannot be read as meant is refused."""

import json
from pathlib import Path

import pytest

from ice_compiler.findings import Findings
from ice_compiler.parse import draft_of, read_document
from ice_core.strict_json import JsonObject, JsonValue
from tests.ice_compiler.parts import blueprint, compiled, registry_of, summary, tool


def _normalised(**members: JsonValue) -> JsonObject:
    text = json.dumps({"schema_version": "1.2.0", "id": "x", "nodes": [], **members})
    document = read_document(text.encode(), where="x.json")
    findings = Findings(document)
    draft = draft_of(document, findings)

    assert () == findings.sorted()
    return draft.value


def test_short_inputs_are_an_object_of_anything() -> None:
    """Names without types; nothing else is taken."""
    assert {
        "type": "object",
        "properties": {"a": {}, "b": {}},
        "required": ["a"],
        "additionalProperties": False,
    } == _normalised(inputs={"required": ["a"], "optional": ["b"]})["inputs"]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, {"type": "object"}),
        ({"properties": {"a": {}}}, {"type": "object", "properties": {"a": {}}}),
        ({"type": "object", "required": ["a"]}, {"type": "object", "required": ["a"]}),
        (
            {"optional": []},
            {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
        ),
    ],
)
def test_inputs_that_are_a_schema_stay_one(inputs: JsonObject, expected: JsonObject) -> None:
    """Only the type is filled in."""
    assert expected == _normalised(inputs=inputs)["inputs"]


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({"source_node_id": "a", "source_output_key": "b"}, "{{ a.b }}"),
        ({"source_node_id": "a", "source_output_key": "b.c.0.d"}, "{{ a.b.c[0].d }}"),
        ({"source_node_id": "a", "source_output_key": "b c"}, '{{ a["b c"] }}'),
        ({"source_node_id": "a"}, "{{ a }}"),
        ({"source_node_id": "inputs", "source_output_key": "q"}, "{{ inputs.q }}"),
    ],
)
def test_an_input_mapping_is_a_reference_among_the_arguments(mapping: JsonObject, expected: str) -> None:
    """For each type of node among its own arguments; `input_mappings` is gone."""
    names = {"tool": "tool_args", "agent": "agent_config", "workflow": "config_overrides"}
    callee = {"tool": "tool_name", "agent": "package", "workflow": "workflow_ref"}
    for kind, member in names.items():
        node: JsonObject = {"id": "x", "type": kind, callee[kind]: "echo", "input_mappings": {"k": mapping}}
        nodes = _normalised(nodes=[node])["nodes"]

        assert isinstance(nodes, list)
        assert {"id": "x", "type": kind, callee[kind]: "echo", member: {"k": expected}} == nodes[0]


@pytest.mark.parametrize(
    ("node", "line", "message"),
    [
        ({"input_mappings": []}, 9, "`input_mappings` maps each"),
        ({"input_mappings": {"k": {"source": "a"}}}, 10, "`input_mappings` maps each"),
        ({"input_mappings": {"k": {"source_node_id": 3}}}, 10, "`input_mappings` maps each"),
        ({"tool_args": {"k": 1}, "input_mappings": {"k": {"source_node_id": "a"}}}, 13, "`k` is given twice"),
    ],
)
def test_a_mapping_that_cannot_be_read_as_meant_is_refused(node: JsonObject, line: int, message: str) -> None:
    """At the mapping, whichever it is."""
    text = json.dumps(
        {"schema_version": "1.2.0", "id": "x", "nodes": [{"id": "x", "type": "tool", "tool_name": "echo", **node}]},
        indent=1,
    )
    document = read_document(text.encode(), where="x.json")
    findings = Findings(document)
    draft_of(document, findings)

    assert [("blueprint-invalid", line)] == [found[:2] for found in summary(findings.sorted())]
    assert findings.sorted()[0].message.startswith(message)


def test_the_two_names_of_the_id_may_agree(tmp_path: Path) -> None:
    """The plan carries it; if they differ neither is chosen."""
    registry = registry_of(tmp_path)
    text = blueprint(tool("x", "echo", {}), blueprint_id="news")

    assert compiled(text, registry, where="x.json").plan is not None
    assert [("blueprint-invalid", 4, 3)] == summary(
        compiled(text.replace('"blueprint_id": "news"', '"blueprint_id": "other"'), registry, where="x.json").findings
    )


def test_an_undeclared_input_in_short_form_is_found(tmp_path: Path) -> None:
    """Also where a blueprint declares none at all."""
    registry = registry_of(tmp_path)
    node = tool("x", "echo", {"a": "{{ inputs.a }}"})

    assert compiled(blueprint(node, inputs={"required": ["a"]}), registry, where="x.json").plan is not None
    others: list[JsonObject] = [{"required": ["b"]}, {}, {"type": "object"}]
    for inputs in others:
        found = compiled(blueprint(node, inputs=inputs), registry, where="x.json").findings

        assert ["input-undeclared"] == [item.slug for item in found]
    assert ["input-undeclared"] == [item.slug for item in compiled(blueprint(node), registry, where="x.json").findings]
