"""The runs of a journal: listed newest first, shown with nodes and events, and money to the last digit."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.context import NodeContext
from ice_orchestrator.history import run_detail
from ice_orchestrator.journal import Journal
from ice_orchestrator.run_list import list_runs
from tests.builders.plans import body, node, plan, planned_component
from tests.ice_orchestrator.runs import Bench, raised
from tests.ice_orchestrator.test_execution import crash

PENNIES = (planned_component("tool:double", base="0.1"),)


def three_runs(folder: Path) -> Bench:
    def fail(_: JsonObject, __: NodeContext) -> JsonValue:
        raise raised("no")

    bench = Bench(folder, {"tool:fail": fail})
    chain = plan(*(node(f"n{number}") for number in range(3)), components=PENNIES, outputs={"n": "{{ n0 }}"})
    bench.start(chain, run_id="r1")
    bench.start(plan(node("a", "tool:fail")), run_id="r2")
    bench.start(chain, {"x": 1}, run_id="r3", budget="5")
    return bench


def test_runs_are_listed_newest_first_with_exact_costs(tmp_path: Path) -> None:
    """Three times 0.1 is 0.3."""
    bench = three_runs(tmp_path)

    found = list_runs(bench.path)
    newest = list_runs(bench.path, limit=1)

    assert [("r3", "finished"), ("r2", "failed"), ("r1", "finished")] == [(run.run_id, run.status) for run in found]
    assert Decimal("0.3") == found[0].cost
    assert ["r3"] == [run.run_id for run in newest]
    assert {"run_id", "blueprint_id", "status", "started", "finished", "cost"} == set(found[0].to_json())


def test_a_run_whose_process_is_gone_is_interrupted(tmp_path: Path) -> None:
    """And running while some process holds it."""
    bench = Bench(tmp_path)
    bench.start(plan(node("a"), node("b", "tool:double", "a")))
    crash(bench, "c")

    with Journal(bench.path) as journal, Journal(bench.path) as other:
        gone = (list_runs(bench.path)[0].status, run_detail(journal, "r1").nodes[-1].status)
        with other.hold("r1"):
            alive = (list_runs(bench.path)[0].status, run_detail(journal, "r1").nodes[-1].status)

    assert (("interrupted", "interrupted"), ("running", "running")) == (gone, alive)


def test_a_run_is_shown_with_everything_that_is_on_record(tmp_path: Path) -> None:
    """Inputs, budget, nodes and events, as JSON that any reader takes."""
    bench = three_runs(tmp_path)

    with Journal(bench.path) as journal:
        shown = run_detail(journal, "r3")
        failed = run_detail(journal, "r2")

    value = json.loads(json.dumps(shown.to_json()))
    assert ({"x": 1}, {"n": {}}, "5", "0.3", "0") == tuple(
        value[name] for name in ("inputs", "outputs", "budget", "cost", "unsettled_cost")
    )
    assert ["n0", "n1", "n2"] == [each["path"] for each in value["nodes"]]
    assert "run.started" == value["events"][0]["type"]
    assert "run.finished" == value["events"][-1]["type"]
    assert failed.error is not None
    assert failed.to_json()["budget"] is None


def test_nodes_are_shown_in_the_plans_order_with_what_is_inside_them(tmp_path: Path) -> None:
    """Items by number, the nodes of a workflow as they are planned, whatever their names are."""
    inner = body(node("z"), node("a", "tool:double", "z"))
    bench = Bench(tmp_path)

    result = bench.start(
        plan(
            node("last", for_each=list(range(11)), max_items=11),
            node("flow", "workflow:w", body=inner, for_each=[1, 2], max_items=2),
        )
    )

    items = [f"last[{number}]" for number in range(11)]
    flows = [path for item in (0, 1) for path in (f"flow[{item}]", f"flow[{item}]/z", f"flow[{item}]/a")]
    assert ["last", *items, "flow", *flows] == [each.path for each in result.nodes]


def test_an_unknown_run_is_refused(tmp_path: Path) -> None:
    """With how to list what is there."""
    with Journal(tmp_path / "j") as journal, pytest.raises(IceError) as refused:
        run_detail(journal, "nothing")

    assert "run-unknown" == refused.value.slug


def test_the_error_of_a_failed_run_is_told_as_the_run_itself_told_it(tmp_path: Path) -> None:
    """Not as a document inside a document."""

    def fail(value: JsonObject, context: NodeContext) -> JsonValue:
        raise raised("no")

    bench = Bench(tmp_path, {"tool:double": fail})
    result = bench.start(plan(node("a"), components=(planned_component(),)))
    with Journal(bench.path) as journal:
        detail = run_detail(journal, "r1")

    assert result.to_json()["error"] == detail.error
