"""The rows of a journal: how each fact of a run is written; `run_record.py` reads them back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from ice_core.amounts import amount_text
from ice_core.canonical import Digest
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.events import Event, instant_text, json_text
from ice_orchestrator.group_commit import Row


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedPlan:
    """A plan as the journal keeps it: its canonical bytes under their digest."""

    blueprint_id: str
    data: bytes
    digest: Digest


def run_rows(
    run_id: str, plan: RecordedPlan, inputs: JsonObject, *, budget: Decimal | None, at: datetime
) -> tuple[Row, ...]:
    """A new run: its plan and inputs, so that it can be resumed without the files it came from."""
    limit = amount_text(budget) if budget is not None else None
    return (
        ("INSERT OR IGNORE INTO plans VALUES (?, ?)", (str(plan.digest), plan.data)),
        (
            "INSERT INTO runs (run_id, blueprint_id, plan_digest, inputs, budget, started, status) "
            "VALUES (?, ?, ?, ?, ?, ?, 'running')",
            (run_id, plan.blueprint_id, str(plan.digest), json_text(inputs), limit, instant_text(at)),
        ),
    )


def reopened_row(run_id: str, *, budget: Decimal | None) -> Row:
    """A run that goes on."""
    limit = amount_text(budget) if budget is not None else None
    return (
        "UPDATE runs SET status = 'running', finished = NULL, error = NULL, budget = ? WHERE run_id = ?",
        (limit, run_id),
    )


def run_ended_row(run_id: str, status: str, *, outputs: JsonValue, error: "JsonObject | None", at: datetime) -> Row:
    """A run that is over."""
    return (
        "UPDATE runs SET status = ?, finished = ?, outputs = ?, error = ? WHERE run_id = ?",
        (status, instant_text(at), json_text(outputs), json_text(error) if error is not None else None, run_id),
    )


class AttemptStart(NamedTuple):
    """What is on disk before a component is called."""

    path: str
    attempt: int
    component: str
    idempotency_key: str
    reserved: Decimal
    at: datetime


def attempt_started_row(run_id: str, start: AttemptStart) -> Row:
    """The attempt-start row: from here on a crash leaves a trace of what may have been spent."""
    return (
        "INSERT INTO attempts (run_id, path, attempt, component, idempotency_key, reserved, started, outcome) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, 'started')",
        (
            run_id,
            start.path,
            start.attempt,
            start.component,
            start.idempotency_key,
            amount_text(start.reserved),
            instant_text(start.at),
        ),
    )


class AttemptEnd(NamedTuple):
    """How an attempt ended and what it cost; `outcome` is finished, failed or cancelled."""

    path: str
    attempt: int
    outcome: str
    cost: Decimal
    tokens: int
    seconds: float
    error: "JsonObject | None" = None


def attempt_ended_row(run_id: str, end: AttemptEnd) -> Row:
    """The attempt is settled."""
    return (
        "UPDATE attempts SET outcome = ?, cost = ?, tokens = ?, seconds = ?, error = ? "
        "WHERE run_id = ? AND path = ? AND attempt = ?",
        (
            end.outcome,
            amount_text(end.cost),
            end.tokens,
            end.seconds,
            json_text(end.error) if end.error is not None else None,
            run_id,
            end.path,
            end.attempt,
        ),
    )


def observation_row(run_id: str, end: AttemptEnd, component: str, observed: JsonObject) -> Row:
    """What the attempt was seen to touch."""
    return (
        "INSERT OR REPLACE INTO observations VALUES (?, ?, ?, ?, ?)",
        (run_id, end.path, end.attempt, component, json_text(observed)),
    )


class Step(NamedTuple):
    """A node (or an agent's call) that is over for good: its output is final; `status` is finished or skipped."""

    path: str
    component: str
    input_digest: str
    status: str
    output: JsonValue


def places_around(path: str) -> Iterator[str]:
    """The path and those that hold it, innermost first: `w[3]/a`, then `w[3]`, then `w`."""
    while True:
        yield path
        end = max(path.rfind("/"), path.rfind("["))
        if end < 0:
            return
        path = path[:end]


def step_row(run_id: str, step: Step) -> Row:
    """The step never runs again in this run; a second row for it would be refused by the primary key."""
    return (
        "INSERT INTO steps VALUES (?, ?, ?, ?, ?, ?)",
        (run_id, step.path, step.component, step.input_digest, step.status, json_text(step.output)),
    )


def event_row(sequence: int, event: Event) -> Row:
    """An event in its place."""
    return ("INSERT INTO events VALUES (?, ?, ?)", (event.run_id, sequence, event.to_text()))
