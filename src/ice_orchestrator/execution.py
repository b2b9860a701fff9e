"""One run from its first row to its last, whatever walks the plan and whatever calls the components."""

import asyncio
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from ice_core.amounts import amount_text
from ice_core.canonical import Digest
from ice_core.errors import IceError, Location
from ice_core.models.plan import Plan, plan_bytes
from ice_core.strict_json import JsonObject
from ice_orchestrator.budget import Budget
from ice_orchestrator.caller import Caller
from ice_orchestrator.calls import checked_inputs
from ice_orchestrator.code_modes import PackageCode
from ice_orchestrator.engines.port import Engine
from ice_orchestrator.events import Listener, RunFinished, RunStarted, RunStatus
from ice_orchestrator.job import Completed, Outcome, RunJob, Stopped, run_cancelled
from ice_orchestrator.journal import Journal
from ice_orchestrator.records import RecordedPlan, reopened_row, run_ended_row, run_rows
from ice_orchestrator.result import RunResult, node_results
from ice_orchestrator.run_log import RunLog, utc_now
from ice_orchestrator.run_record import RunRecord, read_run

_RUN_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Execution:
    """What runs need: a journal, an engine, a caller of components, who listens, and how each package's code comes."""

    journal: Journal
    engine: Engine
    caller: Caller
    listener: Listener | None = None
    now: Callable[[], datetime] = utc_now
    code: tuple[PackageCode, ...] = ()

    async def start(
        self, plan: Plan, inputs: JsonObject, *, budget: Decimal | None = None, run_id: str | None = None
    ) -> RunResult:
        """A new run.

        Raises:
            IceError: `input-invalid`, `budget-invalid`, `budget-exceeded`, `run-id-invalid`, `run-exists`, or a slug of
                the journal. What goes wrong inside the run is in the result.
        """
        values, limit = checked_start(plan, inputs, budget=budget)
        pot = Budget(limit)
        name = run_id if run_id is not None else new_run_id(self.now())
        self._refuse_bad_id(name)
        with self.journal.hold(name):
            log = RunLog(self.journal, name, listener=self.listener, now=self.now)
            data = plan_bytes(plan)
            recorded = RecordedPlan(blueprint_id=plan.blueprint_id, data=data, digest=Digest.of(data))
            await log.append(
                self._started(log, plan, recorded.digest, resumed=False),
                *run_rows(name, recorded, values, budget=limit, at=self.now()),
            )
            return await self._finish(
                RunJob(run_id=name, plan=plan, inputs=values, caller=self.caller, log=log, budget=pot)
            )

    async def resume(self, run_id: str, *, budget: Decimal | None = None) -> RunResult:
        """Goes on with a run that crashed, failed or was cancelled; a finished one is only told again.

        Raises:
            IceError: `run-unknown`, `run-in-progress`, `budget-invalid`, or a slug of the journal.
        """
        with self.journal.hold(run_id):
            record = read_run(self.journal, run_id)
            if record.status == "finished":
                return _result(record, Completed(outputs=record.outputs))
            limit = budget if budget is not None else record.budget
            pot = Budget(limit)
            # What a crash cut off may have been spent, so it counts against the bound.
            pot.charge(record.cost + record.unsettled_cost)
            log = RunLog(self.journal, run_id, sequence=record.events, listener=self.listener, now=self.now)
            await log.append(
                self._started(log, record.plan, record.plan_digest, resumed=True), reopened_row(run_id, budget=limit)
            )
            return await self._finish(
                RunJob(
                    run_id=run_id,
                    plan=record.plan,
                    inputs=record.inputs,
                    caller=self.caller,
                    log=log,
                    budget=pot,
                    steps=record.steps,
                    attempts=record.attempts,
                )
            )

    async def _finish(self, job: RunJob) -> RunResult:
        try:
            outcome = await self.engine.execute(job)
        except asyncio.CancelledError:
            await self._end(job, Stopped(error=run_cancelled(job.run_id), status="cancelled"))
            raise
        return await self._end(job, outcome)

    async def _end(self, job: RunJob, outcome: Outcome) -> RunResult:
        await job.log.settled()
        record = read_run(self.journal, job.run_id, plan=job.plan)
        result = _result(record, outcome)
        error = result.error
        await job.log.append(
            RunFinished(
                run_id=job.run_id,
                at=self.now(),
                status=result.status,
                cost=result.cost,
                unsettled_cost=result.unsettled_cost,
                slug=error.slug if error is not None else None,
                message=error.finding.message if error is not None else None,
            ),
            run_ended_row(
                job.run_id,
                result.status,
                outputs=result.outputs,
                error=error.to_json() if error is not None else None,
                at=self.now(),
            ),
        )
        return result

    def _started(self, log: RunLog, plan: Plan, digest: Digest, *, resumed: bool) -> RunStarted:
        return RunStarted(
            run_id=log.run_id,
            at=log.now(),
            blueprint_id=plan.blueprint_id,
            plan_digest=str(digest),
            resumed=resumed,
            code=self.code,
        )

    def _refuse_bad_id(self, run_id: str) -> None:
        if _RUN_ID.fullmatch(run_id) is None:
            raise IceError(
                "run-id-invalid",
                f"`{run_id}` cannot name a run",
                expected="1 to 128 letters, digits, `.`, `_` and `-`, the first a letter or a digit",
                found=run_id,
                hints=("Leave it out: a run gets a name of its own",),
            )
        if self.journal.read("SELECT 1 FROM runs WHERE run_id = ?", run_id):
            raise IceError(
                "run-exists",
                f"`{run_id}` is already in the journal",
                where=Location(str(self.journal.path)),
                hints=(f"To go on with it, run `ice runs resume {run_id}`", "Or start the new run under another name"),
            )


def checked_start(
    plan: Plan, inputs: JsonObject, *, budget: Decimal | None = None
) -> tuple[JsonObject, Decimal | None]:
    """The inputs and the budget that hold for a run; asks nothing of a journal, so a refusal leaves no trace.

    Raises:
        IceError: `input-invalid`, `budget-invalid` or `budget-exceeded`.
    """
    limit = smaller(budget, plan.body.budget)
    Budget(limit)
    refuse_if_too_dear(plan, limit)
    return checked_inputs(plan.body.inputs, inputs, blueprint_id=plan.blueprint_id), limit


def new_run_id(now: datetime) -> str:
    """A name that sorts by time and that no other run has: `20260131T120000Z-5f2c91d07a3e`."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(6)}"


def smaller(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    """The tighter of two bounds; None is no bound."""
    bounds = [bound for bound in (first, second) if bound is not None]
    return min(bounds) if bounds else None


def refuse_if_too_dear(plan: Plan, limit: Decimal | None) -> None:
    """Refuses a run whose least possible cost is over the budget, before anything is spent.

    Raises:
        IceError: `budget-exceeded`.
    """
    if limit is None or plan.cost.minimum <= limit:
        return
    raise IceError(
        "budget-exceeded",
        f"`{plan.blueprint_id}` costs at least {amount_text(plan.cost.minimum)} USD, and the budget is "
        f"{amount_text(limit)}",
        expected=f"at most {amount_text(limit)} USD",
        found=f"{amount_text(plan.cost.minimum)} to {amount_text(plan.cost.maximum)} USD",
        note="Nothing was run.",
        hints=(f"To allow it, give `--budget {amount_text(plan.cost.maximum)}`",),
    )


def _result(record: RunRecord, outcome: Outcome) -> RunResult:
    status: RunStatus = "finished"
    if isinstance(outcome, Stopped):
        status = "cancelled" if outcome.status == "cancelled" else "failed"
    return RunResult(
        run_id=record.run_id,
        status=status,
        outputs=outcome.outputs if isinstance(outcome, Completed) else None,
        cost=record.cost,
        unsettled_cost=record.unsettled_cost,
        nodes=node_results(record),
        error=outcome.error if isinstance(outcome, Stopped) else None,
        code=record.code,
        observed=record.observed,
    )
