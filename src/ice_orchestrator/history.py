"""The runs of a journal, newest first, and one run in detail."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ice_core.models.plan import amount_text
from ice_core.strict_json import MAX_OUTPUT_BYTES, JsonObject, JsonValue, parse_json
from ice_orchestrator.code_modes import PackageCode
from ice_orchestrator.journal import Journal
from ice_orchestrator.result import NodeResult, node_results
from ice_orchestrator.run_record import read_run


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSummary:
    """One line of `ice runs list`; `status` is interrupted when the process that ran it is gone."""

    run_id: str
    blueprint_id: str
    status: str
    started: str
    finished: str | None
    cost: Decimal

    def to_json(self) -> JsonObject:
        """The members, money as text."""
        return {
            "run_id": self.run_id,
            "blueprint_id": self.blueprint_id,
            "status": self.status,
            "started": self.started,
            "finished": self.finished,
            "cost": amount_text(self.cost),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class RunDetail:
    """What `ice runs show` tells; `events` are the JSON forms in order."""

    summary: RunSummary
    plan_digest: str
    inputs: JsonObject
    outputs: JsonValue
    error: "JsonObject | None"
    budget: Decimal | None
    unsettled_cost: Decimal
    nodes: tuple[NodeResult, ...]
    observed: Mapping[str, JsonObject]
    events: tuple[JsonObject, ...]
    code: tuple[PackageCode, ...] = ()

    def to_json(self) -> JsonObject:
        """The summary's members and the rest, money as text."""
        return {
            **self.summary.to_json(),
            "plan_digest": self.plan_digest,
            "inputs": self.inputs,
            "outputs": self.outputs,
            "error": self.error,
            "budget": amount_text(self.budget) if self.budget is not None else None,
            "unsettled_cost": amount_text(self.unsettled_cost),
            "code": [each.to_json() for each in self.code],
            "nodes": [node.to_json() for node in self.nodes],
            "observed": dict(self.observed),
            "events": list(self.events),
        }


def list_runs(journal: Journal, *, limit: int = 100) -> tuple[RunSummary, ...]:
    """The newest `limit` runs.

    Raises:
        IceError: a slug of the journal.
    """
    costs: dict[str, Decimal] = {}
    for run_id, cost in journal.read(
        "SELECT run_id, cost FROM attempts WHERE cost IS NOT NULL AND run_id IN "
        "(SELECT run_id FROM runs ORDER BY started DESC, run_id DESC LIMIT ?)",
        limit,
    ):
        # Added up here: SQLite would add as binary floating point.
        costs[str(run_id)] = costs.get(str(run_id), Decimal(0)) + Decimal(str(cost))
    return tuple(
        RunSummary(
            run_id=str(run_id),
            blueprint_id=str(blueprint_id),
            status=_status(journal, str(run_id), str(status)),
            started=str(started),
            finished=str(finished) if finished is not None else None,
            cost=costs.get(str(run_id), Decimal(0)),
        )
        for run_id, blueprint_id, status, started, finished in journal.read(
            "SELECT run_id, blueprint_id, status, started, finished FROM runs "
            "ORDER BY started DESC, run_id DESC LIMIT ?",
            limit,
        )
    )


def run_detail(journal: Journal, run_id: str) -> RunDetail:
    """One run with its nodes and events.

    Raises:
        IceError: `run-unknown`, or a slug of the journal.
    """
    record = read_run(journal, run_id)
    status = _status(journal, run_id, record.status)
    return RunDetail(
        summary=RunSummary(
            run_id=run_id,
            blueprint_id=record.plan.blueprint_id,
            status=status,
            started=record.started,
            finished=record.finished,
            cost=record.cost,
        ),
        plan_digest=str(record.plan_digest),
        inputs=record.inputs,
        outputs=record.outputs,
        error=_error(record.error),
        budget=record.budget,
        unsettled_cost=record.unsettled_cost,
        nodes=node_results(record, running=status == "running"),
        code=record.code,
        observed=record.observed,
        events=tuple(
            parse_json(str(event).encode("utf-8"), where=f"an event of {run_id}", max_bytes=MAX_OUTPUT_BYTES)
            for (event,) in journal.read("SELECT event FROM events WHERE run_id = ? ORDER BY sequence", run_id)
        ),
    )


def _error(recorded: "JsonObject | None") -> "JsonObject | None":
    # On record it is a whole `--json` document; told inside one it is the part that says what is wrong.
    inner = recorded.get("error") if recorded is not None else None
    return inner if isinstance(inner, dict) else recorded


def _status(journal: Journal, run_id: str, recorded: str) -> str:
    # The process that wrote `running` may be gone; only the kernel knows.
    return "interrupted" if recorded == "running" and not journal.is_held(run_id) else recorded
