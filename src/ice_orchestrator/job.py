"""What an engine is given, and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ice_core.errors import IceError
from ice_core.models.plan import Plan
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.budget import Budget
from ice_orchestrator.caller import Caller
from ice_orchestrator.records import Step
from ice_orchestrator.run_log import RunLog
from ice_orchestrator.run_record import AttemptRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class RunJob:
    """One run, checked and on record; `steps` and `attempts` are what an earlier process left."""

    run_id: str
    plan: Plan
    inputs: JsonObject
    caller: Caller
    log: RunLog
    budget: Budget
    steps: Mapping[str, Step] = field(default_factory=dict)
    attempts: tuple[AttemptRecord, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Completed:
    """Every node is over; `outputs` is the evaluated template of the plan."""

    outputs: JsonValue


@dataclass(frozen=True, kw_only=True, slots=True)
class Stopped:
    """A node failed for good (`status` failed), or the run was cancelled."""

    error: IceError
    status: str = "failed"


Outcome = Completed | Stopped


def run_cancelled(run_id: str) -> IceError:
    """The reason on record for a run that was asked to stop."""
    return IceError(
        "run-cancelled",
        f"`{run_id}` was cancelled",
        note="What is finished stays finished.",
        hints=(f"To go on, run `ice runs resume {run_id}`",),
    )
