"""The local engine: order, references, conditions, lists, nested workflows, retries, timeouts, failure."""

import asyncio
import threading
from decimal import Decimal
from pathlib import Path

import pytest

from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.context import NodeContext
from ice_orchestrator.journal import Journal
from ice_orchestrator.result import RunResult
from tests.builders.plans import body, node, plan, planned_component
from tests.ice_orchestrator.runs import Bench, raised, slug_of

FAST: JsonObject = {"max_attempts": 3, "backoff_strategy": "fixed", "backoff_seconds": 0.001}


def add_one(value: JsonObject, _: NodeContext) -> JsonValue:
    number = value["n"]
    assert isinstance(number, int)
    return {"n": number + 1}


def test_values_flow_from_inputs_through_nodes_to_outputs(tmp_path: Path) -> None:
    """Each node sees what it refers to, and the outputs keep their JSON types."""
    bench = Bench(tmp_path, {"tool:add": add_one})
    chain = plan(
        node("a", "tool:add", arguments={"n": "{{ inputs.n }}"}),
        node("b", "tool:add", "a", arguments={"n": "{{ a.n }}"}),
        outputs={"n": "{{ b.n }}", "text": "from {{ inputs.n }} to {{ b.n }}"},
    )

    result = bench.start(chain, {"n": 40})

    assert {"n": 42, "text": "from 40 to 42"} == result.outputs
    assert [
        "run.started",
        "node.started a",
        "node.finished a",
        "node.started b",
        "node.finished b",
        "run.finished",
    ] == (bench.told())


def test_nodes_without_a_common_dependency_run_side_by_side(tmp_path: Path) -> None:
    """Two nodes that wait for each other both finish, so they ran at the same time."""
    meeting = asyncio.Barrier(2)

    async def meet(_: JsonObject, __: NodeContext) -> JsonValue:
        await asyncio.wait_for(meeting.wait(), 5)
        return 1

    result = Bench(tmp_path, {"tool:meet": meet}).start(plan(node("a", "tool:meet"), node("b", "tool:meet")))

    assert "finished" == result.status


def test_no_more_nodes_run_at_a_time_than_the_engine_allows(tmp_path: Path) -> None:
    """With two slots, ten nodes never have three calls open."""
    now, most = 0, 0

    async def count(_: JsonObject, __: NodeContext) -> JsonValue:
        nonlocal now, most
        now, most = now + 1, max(most, now + 1)
        await asyncio.sleep(0.002)
        now -= 1
        return None

    Bench(tmp_path, {"tool:count": count}, parallel=2).start(plan(*(node(f"n{i}", "tool:count") for i in range(10))))

    assert 2 == most


def test_a_false_condition_skips_the_node_and_its_output_is_null(tmp_path: Path) -> None:
    """What depends on a skipped node still runs, with a fallback for its value."""
    bench = Bench(tmp_path)
    skipping = plan(
        node("a", when="inputs.n > 10"),
        node("b", "tool:double", "a", arguments={"x": "{{ a.n or 'none' }}"}),
        outputs={"a": "{{ a }}", "x": "{{ b.x }}"},
    )

    result = bench.start(skipping, {"n": 1})

    assert {"a": None, "x": "none"} == result.outputs
    assert {"a": "skipped", "b": "finished"} == {each.path: each.status for each in result.nodes}
    assert "node.skipped a" in bench.told()


def test_a_list_runs_the_node_for_each_item_in_order(tmp_path: Path) -> None:
    """Outputs come in the order of the items, whatever finished first."""

    async def slow_first(value: JsonObject, _: NodeContext) -> JsonValue:
        await asyncio.sleep(0.01 if value["i"] == 0 else 0)
        return value

    each = node(
        "each",
        "tool:slow",
        for_each="{{ inputs.items }}",
        max_items=3,
        arguments={"v": "{{ item }}", "i": "{{ index }}"},
    )

    result = Bench(tmp_path, {"tool:slow": slow_first}).start(
        plan(each, outputs={"all": "{{ each }}"}), {"items": ["x", "y", "z"]}
    )

    assert {"all": [{"v": "x", "i": 0}, {"v": "y", "i": 1}, {"v": "z", "i": 2}]} == result.outputs
    assert ["each", "each[0]", "each[1]", "each[2]"] == [found.path for found in result.nodes]


@pytest.mark.parametrize(
    ("items", "slug"), [([1, 2, 3], "for-each-too-long"), ("abc", "for-each-not-a-list"), (None, "for-each-not-a-list")]
)
def test_a_list_that_is_too_long_or_none_runs_no_item(tmp_path: Path, items: JsonValue, slug: str) -> None:
    """`max_items` holds at run time, because the cost was bounded with it."""
    bench = Bench(tmp_path)

    result = bench.start(plan(node("each", for_each="{{ inputs.items }}", max_items=2)), {"items": items})

    assert ("failed", slug, []) == (result.status, slug_of(result), bench.caller.called)


def test_a_workflow_runs_its_body_with_inputs_of_its_own(tmp_path: Path) -> None:
    """The body sees its own inputs only, its paths lie under the node, and its outputs are validated."""
    inner = body(node("a", "tool:add", arguments={"n": "{{ inputs.n }}"}), outputs={"n": "{{ a.n }}"})
    outer = plan(
        node("w", "workflow:inc", arguments={"n": "{{ inputs.n }}"}, body=inner),
        outputs={"n": "{{ w.n }}"},
    )
    bench = Bench(tmp_path, {"tool:add": add_one})

    result = bench.start(outer, {"n": 1})

    assert {"n": 2} == result.outputs
    assert ["w/a"] == bench.caller.called


def test_a_workflow_whose_input_or_output_breaks_its_schema_fails(tmp_path: Path) -> None:
    """Both sides of a workflow's contract hold, as for any component."""
    text: JsonObject = {"type": "object", "properties": {"n": {"type": "string"}}, "required": ["n"]}
    inner = body(node("a"), outputs={"n": 1})
    bad_input = plan(
        node("w", "workflow:inc", arguments={"n": 1}, body=inner),
        components=(planned_component("workflow:inc", input_schema=text),),
    )
    bad_output = plan(
        node("w", "workflow:inc", arguments={"n": "x"}, body=inner),
        components=(planned_component("workflow:inc", output_schema=text),),
    )

    first = Bench(tmp_path / "in").start(bad_input)
    second = Bench(tmp_path / "out").start(bad_output)

    assert ("input-invalid", "output-invalid") == (slug_of(first), slug_of(second))


def test_a_failed_attempt_is_tried_again_with_the_same_key(tmp_path: Path) -> None:
    """Two failures and a success: three attempts, one idempotency key, three times the base cost."""
    failures = iter((raised("one"), raised("two")))

    def flaky(_: JsonObject, __: NodeContext) -> JsonValue:
        for error in failures:
            raise error
        return "done"

    bench = Bench(tmp_path, {"tool:flaky": flaky})
    priced = plan(
        node("a", "tool:flaky", retry_policy=FAST),
        components=(planned_component("tool:flaky", base="0.10"),),
        outputs={"a": "{{ a }}"},
    )

    result = bench.start(priced)

    assert ({"a": "done"}, Decimal("0.30"), 3) == (result.outputs, result.cost, result.nodes[0].attempts)
    assert ["r1/a"] * 3 == bench.caller.keys


def test_a_poison_node_fails_the_run_after_its_last_attempt(tmp_path: Path) -> None:
    """A component that always raises ends the run with its own error; what was finished is kept."""

    def poison(_: JsonObject, __: NodeContext) -> JsonValue:
        raise raised("always")

    bench = Bench(tmp_path, {"tool:poison": poison})

    result = bench.start(
        plan(node("ok"), node("bad", "tool:poison", "ok", retry_policy=FAST), node("never", "tool:double", "bad"))
    )

    assert ("failed", "component-raised") == (result.status, slug_of(result))
    assert {"ok": "finished", "bad": "failed", "never": "pending"} == {each.path: each.status for each in result.nodes}


def test_a_refusal_is_not_tried_again(tmp_path: Path) -> None:
    """An input that breaks the schema would break it again; the component is never called."""
    wants: JsonObject = {"type": "object", "required": ["n", "m"]}
    bench = Bench(tmp_path)
    strict = plan(
        node("a", retry_policy=FAST, arguments={"x": 1}),
        components=(planned_component("tool:double", input_schema=wants),),
    )

    result = bench.start(strict)

    assert ("input-invalid", []) == (slug_of(result), bench.caller.called)
    assert result.error is not None
    assert 2 == len(result.error.findings)


def test_a_hanging_node_is_stopped_at_its_time(tmp_path: Path) -> None:
    """A node with a time limit ends as `node-timed-out`, and its cost counts."""

    async def hang(_: JsonObject, __: NodeContext) -> JsonValue:
        await asyncio.Event().wait()
        return None

    bench = Bench(tmp_path, {"tool:hang": hang})

    result = bench.start(
        plan(node("a", "tool:hang", timeout_seconds=0.02), components=(planned_component("tool:hang", base="0.5"),))
    )

    assert ("node-timed-out", Decimal("0.5")) == (slug_of(result), result.cost)


def test_a_hanging_workflow_is_stopped_at_its_time(tmp_path: Path) -> None:
    """The limit of a workflow node cancels what runs inside it, and says so in the journal."""

    async def hang(_: JsonObject, __: NodeContext) -> JsonValue:
        await asyncio.Event().wait()
        return None

    bench = Bench(tmp_path, {"tool:hang": hang})

    result = bench.start(plan(node("w", "workflow:slow", timeout_seconds=0.05, body=body(node("a", "tool:hang")))))

    assert "node-timed-out" == slug_of(result)
    assert "cancelled" == {each.path: each.status for each in result.nodes}["w/a"]


def test_what_runs_beside_a_failure_finishes_and_nothing_new_starts(tmp_path: Path) -> None:
    """Paid work is kept: the sibling's output is on record, its dependant never starts."""
    failed = asyncio.Event()

    async def slow(_: JsonObject, __: NodeContext) -> JsonValue:
        await failed.wait()
        await asyncio.sleep(0.005)
        return "kept"

    def fail(_: JsonObject, __: NodeContext) -> JsonValue:
        failed.set()
        raise raised("boom")

    bench = Bench(tmp_path, {"tool:slow": slow, "tool:fail": fail})

    result = bench.start(plan(node("a", "tool:slow"), node("b", "tool:fail"), node("c", "tool:double", "a")))

    assert {"a": "finished", "b": "failed", "c": "pending"} == {each.path: each.status for each in result.nodes}


def test_what_waits_for_a_slot_does_not_start_after_a_failure(tmp_path: Path) -> None:
    """With one slot, the second node is ready and waiting when the first fails."""

    def fail(_: JsonObject, __: NodeContext) -> JsonValue:
        raise raised("boom")

    bench = Bench(tmp_path, {"tool:fail": fail}, parallel=1)

    result = bench.start(plan(node("a", "tool:fail"), node("b"), node("c")))

    assert ["a"] == bench.caller.called
    assert ["failed", "pending", "pending"] == [each.status for each in result.nodes]


def test_a_workflow_that_is_tried_again_keeps_what_finished(tmp_path: Path) -> None:
    """The second try of a workflow node runs only the inner node that failed."""
    failures = iter((raised("once"),))

    def flaky(_: JsonObject, __: NodeContext) -> JsonValue:
        for error in failures:
            raise error
        return "done"

    bench = Bench(tmp_path, {"tool:flaky": flaky})

    result = bench.start(
        plan(node("w", "workflow:two", retry_policy=FAST, body=body(node("a"), node("b", "tool:flaky", "a"))))
    )

    assert ("finished", ["w/a", "w/b", "w/b"]) == (result.status, bench.caller.called)


def test_a_reference_to_nothing_fails_the_node_that_holds_it(tmp_path: Path) -> None:
    """The error names the path, and nothing was called."""
    bench = Bench(tmp_path)

    result = bench.start(plan(node("a", arguments={"x": "{{ inputs.missing }}"})))

    assert ("reference-missing", []) == (slug_of(result), bench.caller.called)
    assert "node.failed a" in bench.told()


def test_outputs_that_refer_to_nothing_fail_the_run_and_keep_the_nodes(tmp_path: Path) -> None:
    """The nodes are finished and stay so."""
    result = Bench(tmp_path).start(plan(node("a"), outputs={"x": "{{ a.missing }}"}))

    assert ("failed", "reference-missing", "finished") == (result.status, slug_of(result), result.nodes[0].status)


def test_cancelling_stops_what_runs_and_the_run_can_go_on(tmp_path: Path) -> None:
    """`cancel` ends the run as cancelled; a resume finishes it and runs the finished node no second time."""
    bench = Bench(tmp_path)
    started = threading.Event()

    async def wait_or_pass(_: JsonObject, __: NodeContext) -> JsonValue:
        if not started.is_set():
            started.set()
            assert bench.engine.cancel("r1")
            await asyncio.Event().wait()
        return "passed"

    bench.caller.behaviours["tool:wait"] = wait_or_pass
    waiting = plan(node("a"), node("b", "tool:wait", "a"), outputs={"b": "{{ b }}"})

    first = bench.start(waiting)
    second = bench.resume()

    assert ("cancelled", "run-cancelled") == (first.status, slug_of(first))
    assert ("finished", {"b": "passed"}) == (second.status, second.outputs)
    assert ["a", "b", "b"] == bench.caller.called
    assert not bench.engine.cancel("r1")


def test_a_cancelled_task_leaves_a_cancelled_run(tmp_path: Path) -> None:
    """Ctrl-C cancels the task that runs the plan: the run is on record as cancelled, and the task is cancelled."""
    bench = Bench(tmp_path)
    outer: asyncio.Task[RunResult]

    async def hang(_: JsonObject, __: NodeContext) -> JsonValue:
        asyncio.get_running_loop().call_soon(outer.cancel)
        await asyncio.Event().wait()
        return None

    bench.caller.behaviours["tool:hang"] = hang

    async def main() -> None:
        nonlocal outer
        with Journal(bench.path) as journal:
            outer = asyncio.create_task(bench.execution(journal).start(plan(node("a", "tool:hang")), {}, run_id="r1"))
            await asyncio.wait((outer,))
            assert outer.cancelled()
            assert [("cancelled",)] == journal.read("SELECT status FROM runs")
            assert [("cancelled",)] == journal.read("SELECT outcome FROM attempts")

    asyncio.run(main())
