"""A run as the journal has it: what was written in `records.py`, read back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from ice_core.canonical import Digest
from ice_core.models.plan import Plan, read_plan
from ice_core.strict_json import MAX_OUTPUT_BYTES, JsonObject, JsonValue, parse_any_json, parse_json
from ice_orchestrator.code_modes import PackageCode, read_modes
from ice_orchestrator.events import RunStarted
from ice_orchestrator.journal import Journal
from ice_orchestrator.journal_look import run_unknown
from ice_orchestrator.observed import merged
from ice_orchestrator.records import Step


class AttemptRecord(NamedTuple):
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


def read_run(journal: Journal, run_id: str, *, plan: Plan | None = None) -> RunRecord:
    """The run as it is on disk.

    Args:
        journal: The journal that holds it.
        run_id: Its name.
        plan: Its plan, from whoever ran it and holds the outputs, too: neither is read again.

    Raises:
        IceError: `run-unknown`, or a slug of the journal.
    """
    rows = journal.read(
        "SELECT plan_digest, inputs, budget, started, status, finished, outputs, error, "
        "(SELECT count(*) FROM events e WHERE e.run_id = r.run_id) FROM runs r WHERE run_id = ?",
        run_id,
    )
    if not rows:
        raise run_unknown(run_id, journal.path)
    digest, inputs, budget, started, status, finished, outputs, error, events = rows[0]
    return RunRecord(
        run_id=run_id,
        plan=plan or _plan(journal, str(digest), run_id),
        plan_digest=Digest.parse(str(digest)),
        inputs=parse_json(_bytes(inputs), where=f"the inputs of {run_id}", max_bytes=MAX_OUTPUT_BYTES),
        budget=Decimal(str(budget)) if budget is not None else None,
        started=str(started),
        status=str(status),
        finished=str(finished) if finished is not None else None,
        outputs=_json(outputs),
        error=_json_object(error),
        steps={step.path: step for step in _steps(journal, run_id, with_outputs=plan is None)},
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


def _plan(journal: Journal, digest: str, run_id: str) -> Plan:
    rows = journal.read("SELECT plan FROM plans WHERE plan_digest = ?", digest)
    if not rows:
        raise run_unknown(run_id, journal.path)
    return read_plan(_bytes(rows[0][0]), where=f"the plan of {run_id}")


def _steps(journal: Journal, run_id: str, *, with_outputs: bool) -> list[Step]:
    output = "output" if with_outputs else "NULL"
    return [
        Step(
            path=str(path),
            component=str(component),
            input_digest=str(digest),
            status=str(status),
            output=_json(output),
        )
        for path, component, digest, status, output in journal.read(
            f"SELECT path, component, input_digest, status, {output} FROM steps WHERE run_id = ? ORDER BY path", run_id
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
            reserved=_amount(str(reserved)),
            outcome=str(outcome),
            cost=_amount(str(cost)) if cost is not None else None,
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


@lru_cache(maxsize=256)
def _amount(text: str) -> Decimal:
    # The attempts of a run have few prices.
    return Decimal(text)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8")


def _json(value: object) -> JsonValue:
    return None if value is None else parse_any_json(_bytes(value), where="journal", max_bytes=MAX_OUTPUT_BYTES)


def _json_object(value: object) -> "JsonObject | None":
    parsed = _json(value)
    return parsed if isinstance(parsed, dict) else None
