"""A run's first and last row: refusals before anything is on record, resuming, money, and a journal that gives way."""

import asyncio
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.context import NodeContext
from ice_orchestrator.execution import new_run_id
from ice_orchestrator.journal import Journal
from ice_orchestrator.run_log import utc_now
from tests.builders.plans import body, node, plan, planned_component
from tests.ice_orchestrator.runs import Bench, raised, slug_of

PRICED = (planned_component("tool:double", base="0.30"),)


def rows(bench: Bench, query: str) -> list[tuple[object, ...]]:
    with Journal(bench.path) as journal:
        return list(journal.read(query))


def crash(bench: Bench, path: str, *, times: int = 1) -> None:
    """What kill -9 leaves: a run that says it is running, and attempts without an end."""
    with Journal(bench.path) as journal:
        statements = [
            (
                "INSERT INTO attempts (run_id, path, attempt, component, idempotency_key, reserved, started, outcome) "
                "VALUES ('r1', ?, ?, 'tool:double', ?, '0.30', '2026', 'started')",
                (path, 100 + number, f"r1/{path}"),
            )
            for number in range(times)
        ]
        asyncio.run(journal.commit([*statements, ("UPDATE runs SET status = 'running'", ())]))


def test_inputs_that_break_the_schema_start_nothing(tmp_path: Path) -> None:
    """Every violation is told with its path, and no run is on record."""
    wants: JsonObject = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n", "m"]}
    bench = Bench(tmp_path)

    with pytest.raises(IceError) as refused:
        bench.start(plan(node("a"), inputs=wants), {"n": "x"})

    assert ("input-invalid", 2) == (refused.value.slug, len(refused.value.findings))
    assert [] == rows(bench, "SELECT * FROM runs")


def test_a_budget_below_the_least_cost_starts_nothing(tmp_path: Path) -> None:
    """The plan says that it costs at least 0.60."""
    bench = Bench(tmp_path)

    with pytest.raises(IceError) as refused:
        bench.start(plan(node("a"), node("b"), components=PRICED, minimum="0.60", maximum="0.60"), budget="0.5")

    assert "budget-exceeded" == refused.value.slug
    assert [] == rows(bench, "SELECT * FROM runs")


@pytest.mark.parametrize(("argument", "own"), [("0.5", None), (None, "0.5"), ("9", "0.5"), ("0.5", "9")])
def test_a_run_stops_before_it_passes_the_tighter_budget(tmp_path: Path, argument: str | None, own: str | None) -> None:
    """The first node costs 0.30; the second would pass 0.50 and is not started."""
    bench = Bench(tmp_path)

    result = bench.start(plan(node("a"), node("b", "tool:double", "a"), components=PRICED, budget=own), budget=argument)

    assert ("failed", "budget-exceeded", Decimal("0.30")) == (result.status, slug_of(result), result.cost)
    assert ["a"] == bench.caller.called


def test_a_run_that_met_its_budget_goes_on_with_a_higher_one(tmp_path: Path) -> None:
    """What is paid for is not paid twice."""
    bench = Bench(tmp_path)
    bench.start(plan(node("a"), node("b", "tool:double", "a"), components=PRICED), budget="0.5")

    again = bench.resume()
    enough = bench.resume(budget="0.60")

    assert ("failed", "finished", Decimal("0.60")) == (again.status, enough.status, enough.cost)
    assert ["a", "b"] == bench.caller.called


def test_a_nested_budget_stops_the_workflow_that_has_it(tmp_path: Path) -> None:
    """The body's own bound is tighter than the run's."""
    bench = Bench(tmp_path)
    inner = body(node("x"), node("y", "tool:double", "x"), budget="0.5")

    result = bench.start(plan(node("w", "workflow:w", body=inner), components=PRICED), budget="10")

    assert ("budget-exceeded", ["w/x"]) == (slug_of(result), bench.caller.called)


def test_a_crash_leaves_its_money_visible_and_the_node_runs_again_with_its_key(tmp_path: Path) -> None:
    """The cut-off attempt is no exact cost, so it is told apart, and it counts against the budget."""
    bench = Bench(tmp_path, {"tool:double": lambda *_: 1})
    bench.start(plan(node("a"), node("b", "tool:fail", "a"), components=PRICED), budget="1")
    bench.caller.behaviours["tool:fail"] = lambda *_: "done"
    with Journal(bench.path) as journal:
        asyncio.run(journal.commit([("DELETE FROM steps WHERE path = 'b'", ())]))
    crash(bench, "b")

    result = bench.resume()

    assert ("finished", Decimal("0.30"), Decimal("0.30")) == (result.status, result.cost, result.unsettled_cost)
    assert ["a", "b", "b"] == bench.caller.called
    assert {"r1/b"} == set(bench.caller.keys[1:])


def test_what_a_crash_may_have_cost_counts_against_the_budget(tmp_path: Path) -> None:
    """Two cut-off attempts of 0.30 leave no room for a third within 0.80."""
    bench = Bench(tmp_path)
    bench.start(plan(node("a"), components=PRICED), budget="0.80")
    with Journal(bench.path) as journal:
        asyncio.run(journal.commit([("DELETE FROM steps", ()), ("DELETE FROM attempts", ())]))
    crash(bench, "a", times=2)

    result = bench.resume()

    assert ("budget-exceeded", Decimal("0.60")) == (slug_of(result), result.unsettled_cost)


def test_a_node_that_brings_the_process_down_is_not_started_for_ever(tmp_path: Path) -> None:
    """After three crashes it is refused as poison, and the rest of the run is kept."""
    bench = Bench(tmp_path, {"tool:fail": lambda *_: None}, max_crashes=3)
    bench.start(plan(node("a"), node("b", "tool:fail", "a")))
    with Journal(bench.path) as journal:
        asyncio.run(journal.commit([("DELETE FROM steps WHERE path = 'b'", ())]))
    crash(bench, "b", times=3)
    bench.caller.called.clear()

    result = bench.resume()

    assert ("node-poisoned", []) == (slug_of(result), bench.caller.called)


def test_a_failed_run_goes_on_where_it_failed(tmp_path: Path) -> None:
    """After the component is mended, only it runs; the events go on in one sequence."""

    def fail(_: JsonObject, __: NodeContext) -> JsonValue:
        raise raised("not yet")

    bench = Bench(tmp_path, {"tool:late": fail})
    bench.start(plan(node("a"), node("b", "tool:late", "a"), outputs={"b": "{{ b }}"}))
    bench.caller.behaviours["tool:late"] = lambda *_: "now"

    result = bench.resume()

    assert ({"b": "now"}, ["a", "b", "b"]) == (result.outputs, bench.caller.called)
    sequence = [number for (number,) in rows(bench, "SELECT sequence FROM events ORDER BY sequence")]
    assert list(range(len(sequence))) == sequence
    assert len(bench.events) == len(sequence)


def test_a_run_has_one_name(tmp_path: Path) -> None:
    """A second run under it is refused and changes nothing."""
    bench = Bench(tmp_path)
    bench.start(plan(node("a")))

    with pytest.raises(IceError) as refused:
        bench.start(plan(node("b")))

    assert "run-exists" == refused.value.slug
    assert ["a"] == bench.caller.called


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 200, "ü"])
def test_a_name_that_could_be_a_path_is_refused(tmp_path: Path, name: str) -> None:
    """The name is a lock file's name too."""
    with pytest.raises(IceError) as refused:
        Bench(tmp_path).start(plan(node("a")), run_id=name)

    assert "run-id-invalid" == refused.value.slug


def test_names_of_runs_differ_and_sort_by_time() -> None:
    """Two at the same instant are two."""
    now = utc_now()

    assert new_run_id(now) != new_run_id(now)


def test_resuming_an_unknown_run_is_refused(tmp_path: Path) -> None:
    """The error says how to list what is there."""
    with pytest.raises(IceError) as refused:
        Bench(tmp_path).resume("nothing")

    assert "run-unknown" == refused.value.slug


def test_a_run_that_is_running_cannot_be_resumed(tmp_path: Path) -> None:
    """A second process is refused while the first holds the run."""
    bench = Bench(tmp_path)
    bench.start(plan(node("a")))

    with Journal(bench.path) as other, other.hold("r1"), pytest.raises(IceError) as refused:
        bench.resume()

    assert "run-in-progress" == refused.value.slug


def test_a_journal_that_is_locked_meanwhile_ends_the_run_without_starting_more(tmp_path: Path) -> None:
    """The second node has no row, so it is not called; a resume runs only that one."""
    blocker: list[sqlite3.Connection] = []

    def lock(_: JsonObject, __: NodeContext) -> JsonValue:
        if not blocker:
            blocker.append(sqlite3.connect(bench.path, isolation_level=None, check_same_thread=False))
            blocker[0].execute("BEGIN IMMEDIATE")
        return 1

    bench = Bench(tmp_path, {"tool:lock": lock}, busy_seconds=0.01)
    chain = plan(node("a", "tool:lock"), node("b", "tool:double", "a"))

    with pytest.raises(IceError) as refused:
        bench.start(chain)
    blocker[0].close()
    result = bench.resume()

    assert "journal-locked" == refused.value.slug
    assert ("finished", ["a", "a", "b"]) == (result.status, bench.caller.called)
