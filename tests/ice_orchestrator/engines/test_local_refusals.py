"""What the local engine refuses before it calls anything, and what it keeps of lists and workflows that fail."""

import sqlite3
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.context import NodeContext
from tests.builders.plans import body, node, plan
from tests.ice_orchestrator.runs import Bench, raised, slug_of


@pytest.mark.parametrize(
    ("members", "slug"),
    [
        ({"when": "inputs.n"}, "condition-type"),
        ({"when": "inputs.missing"}, "reference-missing"),
        ({"for_each": "{{ inputs.missing }}", "max_items": 2}, "reference-missing"),
        ({"for_each": [1], "max_items": 1, "arguments": {"x": "{{ item.y }}"}}, "reference-missing"),
        ({"arguments": {"x": "{{ inputs.missing }}"}}, "reference-missing"),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_what_cannot_be_evaluated_fails_the_node_and_calls_nothing(
    tmp_path: Path, members: dict[str, JsonValue], slug: str, *, nested: bool
) -> None:
    """A condition, a list or an argument: the node fails at its path, in a workflow as in the run itself."""
    bench = Bench(tmp_path)
    failing = node("a", "tool:double", **members)
    flow = node("w", "workflow:w", arguments={"n": "{{ inputs.n }}"}, body=body(failing))

    result = bench.start(plan(flow if nested else failing), {"n": 1})

    assert ("failed", slug, []) == (result.status, slug_of(result), bench.caller.called)
    assert f"node.failed {'w/a' if nested else 'a'}" in " ".join(bench.told())


def test_a_workflow_whose_arguments_refer_to_nothing_runs_no_node_of_it(tmp_path: Path) -> None:
    """The body never starts."""
    bench = Bench(tmp_path)
    flow = node("w", "workflow:w", arguments={"n": "{{ inputs.missing }}"}, body=body(node("a")))

    result = bench.start(plan(flow))

    assert ("reference-missing", []) == (slug_of(result), bench.caller.called)


def test_a_resumed_list_runs_only_the_items_that_are_not_finished(tmp_path: Path) -> None:
    """The third of five items fails once; what was finished before is not called again."""
    failures = iter((raised("once"),))

    def third_fails(value: JsonObject, _: NodeContext) -> JsonValue:
        if value["i"] == 2:
            for error in failures:
                raise error
        return value["i"]

    bench = Bench(tmp_path, {"tool:third": third_fails}, parallel=1)
    each = node("l", "tool:third", for_each=[0, 1, 2, 3, 4], max_items=5, arguments={"i": "{{ item }}"})
    first = bench.start(plan(each, outputs={"l": "{{ l }}"}))
    before = list(bench.caller.called)

    second = bench.resume()

    assert ("failed", ["l[0]", "l[1]", "l[2]"]) == (first.status, before)
    assert {"l": [0, 1, 2, 3, 4]} == second.outputs
    assert ["l[2]", "l[3]", "l[4]"] == bench.caller.called[len(before) :]


def test_a_resumed_workflow_runs_only_the_nodes_that_are_not_finished(tmp_path: Path) -> None:
    """Inside a list of workflows each keeps its own nodes."""
    failures = iter((raised("once"),))

    def fails_once(_: JsonObject, __: NodeContext) -> JsonValue:
        for error in failures:
            raise error
        return "done"

    bench = Bench(tmp_path, {"tool:late": fails_once}, parallel=1)
    inner = body(node("a"), node("b", "tool:late", "a"), outputs={"b": "{{ b }}"})
    flows = node("w", "workflow:w", for_each=[1, 2], max_items=2, body=inner)
    bench.start(plan(flows, outputs={"w": "{{ w }}"}))
    before = list(bench.caller.called)

    result = bench.resume()

    assert {"w": [{"b": "done"}, {"b": "done"}]} == result.outputs
    assert ["w[0]/a", "w[0]/b"] == before
    assert ["w[0]/b", "w[1]/a", "w[1]/b"] == bench.caller.called[len(before) :]


def test_a_journal_that_is_lost_inside_nested_nodes_is_told_as_itself(tmp_path: Path) -> None:
    """However deep the tasks are, the refusal comes out whole, and not as a group of exceptions."""
    blocker: list[sqlite3.Connection] = []

    def lock(_: JsonObject, __: NodeContext) -> JsonValue:
        if not blocker:
            blocker.append(sqlite3.connect(bench.path, isolation_level=None, check_same_thread=False))
            blocker[0].execute("BEGIN IMMEDIATE")
        return 1

    bench = Bench(tmp_path, {"tool:lock": lock}, busy_seconds=0.01)
    flow = node("w", "workflow:w", body=body(node("l", "tool:lock", for_each=[1, 2, 3], max_items=3)))

    with pytest.raises(IceError) as refused:
        bench.start(plan(flow))
    blocker[0].close()
    result = bench.resume()

    assert ("journal-locked", "finished") == (refused.value.slug, result.status)
