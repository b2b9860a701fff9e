"""One run of a journal in detail."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ice_core.amounts import amount_text
from ice_core.strict_json import MAX_OUTPUT_BYTES, JsonObject, JsonValue, parse_json
from ice_orchestrator.code_modes import PackageCode
from ice_orchestrator.journal import Journal
from ice_orchestrator.result import NodeResult, node_results
from ice_orchestrator.run_list import RunSummary, status_now
from ice_orchestrator.run_record import read_run


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


def run_detail(journal: Journal, run_id: str) -> RunDetail:
    """One run with its nodes and events.

    Raises:
        IceError: `run-unknown`, or a slug of the journal.
    """
    record = read_run(journal, run_id)
    status = status_now(journal.path, run_id, record.status)
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
