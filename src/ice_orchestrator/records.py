"""The rows of a journal: how each fact of a run is written, and how a run is read back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from ice_core.canonical import Digest
from ice_core.models.plan import Plan, amount_text, plan_bytes, read_plan
from ice_core.strict_json import MAX_OUTPUT_BYTES, JsonObject, JsonValue, parse_any_json, parse_json
from ice_orchestrator.code_modes import PackageCode, read_modes
from ice_orchestrator.events import Event, RunStarted, instant_text
from ice_orchestrator.journal import Journal, Row
from ice_orchestrator.journal_look import run_unknown
from ice_orchestrator.observed import merged


def json_text(value: JsonValue) -> str:
    """A JSON value as the journal keeps it."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def run_rows(run_id: str, plan: Plan, inputs: JsonObject, *, budget: Decimal | None, at: datetime) -> tuple[Row, ...]:
    """A new run: its plan and inputs, so that it can be resumed without the files it came from."""
    data = plan_bytes(plan)
    digest = str(Digest.of(data))
    limit = amount_text(budget) if budget is not None else None
    return (
        ("INSERT OR IGNORE INTO plans VALUES (?, ?)", (digest, data)),
        (
            "INSERT INTO runs (run_id, blueprint_id, plan_digest, inputs, budget, started, status) "
            "VALUES (?, ?, ?, ?, ?, ?, 'running')",
            (run_id, plan.blueprint_id, digest, json_text(inputs), limit, instant_text(at)),
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


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptStart:
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


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptEnd:
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A node (or an agent's call) that is over for good: its output is final; `status` is finished or skipped."""

    path: str
    component: str
    input_digest: str
    status: str
    output: JsonValue


def step_row(run_id: str, step: Step) -> Row:
    """The step never runs again in this run; a second row for it would be refused by the primary key."""
    return (
        "INSERT INTO steps VALUES (?, ?, ?, ?, ?, ?)",
        (run_id, step.path, step.component, step.input_digest, step.status, json_text(step.output)),
    )


def event_row(sequence: int, event: Event) -> Row:
    """An event in its place."""
    return ("INSERT INTO events VALUES (?, ?, ?)", (event.run_id, sequence, json_text(event.to_json())))


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptRecord:
    """One attempt as the journal has it; `cost` is None when a crash (or nothing yet) ended it."""

    path: str
    attempt: int
    component: str
    idempotency_key: str
    reserved: Decimal
    outcome: str
    cost: Decimal | None
    tokens: int
    seconds: float | None
    error: "JsonObject | None"


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRecord:
    """All that the journal knows of one run."""

    run_id: str
    plan: Plan
    plan_digest: Digest
    inputs: JsonObject
    budget: Decimal | None
    started: str
    status: str
    finished: str | None
    outputs: JsonValue
    error: "JsonObject | None"
    steps: Mapping[str, Step] = field(default_factory=dict)
    attempts: tuple[AttemptRecord, ...] = ()
    observed: Mapping[str, JsonObject] = field(default_factory=dict)
    events: int = 0
    code: tuple[PackageCode, ...] = ()

    @property
    def cost(self) -> Decimal:
        """What the settled attempts cost, exactly."""
        return sum((attempt.cost for attempt in self.attempts if attempt.cost is not None), Decimal(0))

    @property
    def unsettled_cost(self) -> Decimal:
        """The most that the attempts without an end may have cost besides."""
        return sum((attempt.reserved for attempt in self.attempts if attempt.cost is None), Decimal(0))


def read_run(journal: Journal, run_id: str) -> RunRecord:
    """The run as it is on disk.

    Raises:
        IceError: `run-unknown`, or a slug of the journal.
    """
    rows = journal.read(
        "SELECT r.plan_digest, p.plan, r.inputs, r.budget, r.started, r.status, r.finished, r.outputs, r.error, "
        "(SELECT count(*) FROM events e WHERE e.run_id = r.run_id) "
        "FROM runs r JOIN plans p USING (plan_digest) WHERE r.run_id = ?",
        run_id,
    )
    if not rows:
        raise run_unknown(run_id, journal.path)
    digest, plan, inputs, budget, started, status, finished, outputs, error, events = rows[0]
    return RunRecord(
        run_id=run_id,
        plan=read_plan(_bytes(plan), where=f"the plan of {run_id}"),
        plan_digest=Digest.parse(str(digest)),
        inputs=parse_json(_bytes(inputs), where=f"the inputs of {run_id}", max_bytes=MAX_OUTPUT_BYTES),
        budget=Decimal(str(budget)) if budget is not None else None,
        started=str(started),
        status=str(status),
        finished=str(finished) if finished is not None else None,
        outputs=_json(outputs),
        error=_json_object(error),
        steps={step.path: step for step in _steps(journal, run_id)},
        attempts=_attempts(journal, run_id),
        observed=_observed(journal, run_id),
        events=int(str(events)),
        code=_code(journal, run_id),
    )


def _code(journal: Journal, run_id: str) -> tuple[PackageCode, ...]:
    # What the last start of the run said; a run of an older version said nothing.
    rows = journal.read(
        "SELECT event FROM events WHERE run_id = ? AND event LIKE ? ORDER BY sequence DESC LIMIT 1",
        run_id,
        f'{{"type":"{RunStarted.type}"%',
    )
    event = _json_object(rows[0][0]) if rows else None
    return read_modes(event.get("code")) if event is not None else ()


def _steps(journal: Journal, run_id: str) -> list[Step]:
    return [
        Step(
            path=str(path),
            component=str(component),
            input_digest=str(digest),
            status=str(status),
            output=_json(output),
        )
        for path, component, digest, status, output in journal.read(
            "SELECT path, component, input_digest, status, output FROM steps WHERE run_id = ? ORDER BY path", run_id
        )
    ]


def _observed(journal: Journal, run_id: str) -> dict[str, JsonObject]:
    found: dict[str, list[JsonObject]] = {}
    for component, observed in journal.read(
        "SELECT component, observed FROM observations WHERE run_id = ? ORDER BY component, path, attempt", run_id
    ):
        found.setdefault(str(component), []).append(parse_json(_bytes(observed), where="journal"))
    return {component: merged(values) for component, values in found.items()}


def _attempts(journal: Journal, run_id: str) -> tuple[AttemptRecord, ...]:
    return tuple(
        AttemptRecord(
            path=str(path),
            attempt=int(str(attempt)),
            component=str(component),
            idempotency_key=str(key),
            reserved=Decimal(str(reserved)),
            outcome=str(outcome),
            cost=Decimal(str(cost)) if cost is not None else None,
            tokens=int(str(tokens or 0)),
            seconds=float(str(seconds)) if seconds is not None else None,
            error=_json_object(error),
        )
        for path, attempt, component, key, reserved, outcome, cost, tokens, seconds, error in journal.read(
            "SELECT path, attempt, component, idempotency_key, reserved, outcome, cost, tokens, seconds, error "
            "FROM attempts WHERE run_id = ? ORDER BY started, path, attempt",
            run_id,
        )
    )


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8")


def _json(value: object) -> JsonValue:
    return None if value is None else parse_any_json(_bytes(value), where="journal", max_bytes=MAX_OUTPUT_BYTES)


def _json_object(value: object) -> "JsonObject | None":
    parsed = _json(value)
    return parsed if isinstance(parsed, dict) else None
