"""Events: one JSON form, in the journal before anyone hears of them, in one order."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ice_orchestrator.events import Event, NodeFailed, NodeFinished, NodeStarted, RunFinished, RunStarted
from ice_orchestrator.journal import Journal
from ice_orchestrator.result import RunResult
from tests.builders.plans import node, plan, planned_component
from tests.ice_orchestrator.runs import Bench, raised

AT = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


def test_an_event_is_flat_json_with_its_type_first() -> None:
    """Money and times are text; members come in their order."""
    event = RunFinished(
        run_id="r", at=AT, status="finished", cost=Decimal("0.10"), unsettled_cost=Decimal(0), slug=None, message=None
    )

    assert {
        "type": "run.finished",
        "run_id": "r",
        "at": "2026-01-02T03:04:05.000678Z",
        "status": "finished",
        "cost": "0.1",
        "unsettled_cost": "0",
        "slug": None,
        "message": None,
    } == event.to_json()
    assert "type" == next(iter(event.to_json()))


def test_an_event_holds_no_other_types() -> None:
    """A member that JSON has no form for is a fault of ours."""
    event = RunStarted(run_id="r", at=AT, blueprint_id="b", plan_digest=b"x", resumed=False)  # type: ignore[arg-type] # wrong on purpose

    with pytest.raises(TypeError):
        event.to_json()


def test_events_are_on_disk_before_they_are_heard(tmp_path: Path) -> None:
    """A listener that reads the journal finds each event that it was told."""
    bench = Bench(tmp_path)
    heard: list[bool] = []

    class Ear(list[Event]):
        def append(self, event: Event) -> None:
            with Journal(bench.path) as journal:
                found = journal.read("SELECT event FROM events WHERE sequence = ?", len(heard))
            heard.append(json.loads(str(found[0][0])) == event.to_json())

    bench.events = Ear()
    bench.start(plan(node("a"), node("b", "tool:double", "a")))

    assert [True] * 6 == heard


def test_a_failure_says_whether_it_is_tried_again(tmp_path: Path) -> None:
    """`retry_in_seconds` is a number, then null."""

    def fail(*_: object) -> object:
        raise raised("no")

    bench = Bench(tmp_path, {"tool:fail": fail})
    result: RunResult = bench.start(
        plan(
            node("a", "tool:fail", retry_policy={"max_attempts": 2, "backoff_seconds": 0.001}),
            components=(planned_component("tool:fail", base="0.2"),),
        )
    )

    failures = [event for event in bench.events if isinstance(event, NodeFailed)]
    assert [True, False] == [event.retry_in_seconds is not None for event in failures]
    assert [(1, Decimal("0.2")), (2, Decimal("0.2"))] == [(event.attempt, event.cost) for event in failures]
    assert Decimal("0.4") == result.cost


def test_a_result_has_one_json_form_and_raises_what_ended_it(tmp_path: Path) -> None:
    """A finished run raises nothing."""

    def fail(*_: object) -> object:
        raise raised("no")

    finished = Bench(tmp_path / "a").start(plan(node("a"), outputs={"a": "{{ a }}"}))
    failed = Bench(tmp_path / "b", {"tool:double": fail}).start(plan(node("a")))
    finished.raise_if_not_finished()

    assert ("finished", {"a": {}}, None) == tuple(finished.to_json()[name] for name in ("status", "outputs", "error"))
    assert "component-raised" == json.loads(json.dumps(failed.to_json()))["error"]["slug"]
    with pytest.raises(type(failed.error or ValueError())):
        failed.raise_if_not_finished()


@pytest.mark.parametrize("text", ["plain", 'quo"te \\ \n\t\x00\x1f\x7f', "ü \U0001f9ca \u2028"])
def test_events_have_one_text(text: str) -> None:
    """What is spelled out for speed is what the encoder would give."""
    opening = {"run_id": text, "at": AT, "node": text, "component": text, "component_digest": text, "attempt": 3}
    events: list[Event] = [
        NodeStarted(**opening, idempotency_key=text, reserved=Decimal("0.10")),  # type: ignore[arg-type] # one dictionary for both kinds
        NodeFinished(**opening, cost=Decimal("1E+2"), tokens=7, duration_seconds=1e-07),  # type: ignore[arg-type] # one dictionary for both kinds
        NodeFinished(**opening, cost=Decimal(0), tokens=0, duration_seconds=0.0),  # type: ignore[arg-type] # one dictionary for both kinds
    ]

    for event in events:
        assert json.dumps(event.to_json(), ensure_ascii=False, separators=(",", ":")) == event.to_text()
