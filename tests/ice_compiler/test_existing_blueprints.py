"""A blueprint as existing iceOS installations hold it, field for field, compiles unchanged."""

import json
from pathlib import Path

from ice_core.models.plan import Plan
from ice_core.strict_json import JsonObject
from tests.ice_compiler.parts import STRING, blueprint, compiled, component, manifest, record, registry_of, tool

RETRY: JsonObject = {"max_attempts": 3, "backoff_strategy": "exponential", "backoff_seconds": 1.0}
ASK: JsonObject = {
    "schema_version": "1.2.0",
    "id": "library.ask",
    "metadata": {"draft_name": "Ask my library"},
    "inputs": {"type": "object", "properties": {"query": STRING, "model": STRING}, "required": ["query"]},
    "nodes": [
        {
            "id": "search",
            "type": "tool",
            "tool_name": "memory_search_tool",
            "tool_args": {"query": "{{ inputs.query }}", "limit": 5},
            "dependencies": [],
            "timeout_seconds": 30,
            "retry_policy": RETRY,
        },
        {
            "id": "answer",
            "type": "agent",
            "package": "qa_agent",
            "agent_config": {"docs": "{{ search.results }}", "model": "{{ inputs.model or 'gpt-4o' }}"},
            "dependencies": ["search"],
        },
        {
            "id": "save",
            "type": "workflow",
            "workflow_ref": "store_answer",
            "config_overrides": {"text": "{{ answer.text }}"},
            "dependencies": ["answer"],
        },
    ],
    "outputs": {"response": {"text": "{{ answer.text }}"}},
}
STORE = blueprint(
    tool("write", "row_writer", {"row": "{{ inputs.text }}"}),
    inputs={"type": "object", "properties": {"text": STRING}, "required": ["text"]},
)
RESULTS: JsonObject = {"type": "array", "items": {"type": "object", "properties": {"text": STRING}}}
ENTRIES = [
    component("agent:qa_agent", record(docs=RESULTS, model=STRING), record(text=STRING), base=0.05),
    component("tool:memory_search_tool", record(query=STRING, limit={"type": "integer"}), record(results=RESULTS)),
    component("tool:row_writer", record(row=STRING), {"type": "null"}, base=0),
    component("workflow:store_answer", record(text=STRING), {}, base=None, blueprint=json.loads(STORE)),
]


def _plan(folder: Path, value: JsonObject) -> Plan:
    result = compiled(json.dumps(value), registry_of(folder, manifest(ENTRIES)), where="ask.json")

    assert () == result.findings
    assert result.plan is not None
    return result.plan


def test_a_blueprint_of_all_three_kinds_of_node_compiles_as_it_is(tmp_path: Path) -> None:
    """Its numbers, texts and retry policy are in the plan, its workflow expanded."""
    plan = _plan(tmp_path, ASK)
    search, answer, save = plan.body.nodes

    assert ("library.ask", 30, 3) == (plan.blueprint_id, search.timeout_seconds, search.retry_policy.max_attempts)
    assert {"docs": "{{ search.results }}", "model": "{{ inputs.model or 'gpt-4o' }}"} == answer.arguments
    assert save.body is not None
    assert ["write"] == [node.id for node in save.body.nodes]
    assert "0.08" == format(plan.cost.maximum.normalize(), "f")


def test_the_older_spellings_of_the_same_blueprint_give_the_same_plan(tmp_path: Path) -> None:
    """`blueprint_id` and `input_mappings`; only the short form of inputs says less about types."""
    older = json.loads(json.dumps(ASK))
    older["blueprint_id"] = older.pop("id")
    del older["nodes"][1]["agent_config"]["docs"]
    older["nodes"][1]["input_mappings"] = {"docs": {"source_node_id": "search", "source_output_key": "results"}}

    assert _plan(tmp_path, ASK) == _plan(tmp_path, older)


def test_inputs_in_the_short_form_leave_the_types_to_the_run(tmp_path: Path) -> None:
    """What is not known is in the plan as an assumption."""
    plan = _plan(tmp_path, {**ASK, "inputs": {"required": ["query"], "optional": ["model"]}})

    assert "`query` of `search` takes a string; what it is given fits when it runs" in plan.assumptions
