"""One call of a component: reserved, on record before it starts, timed, validated, settled, tried again.

The order of one attempt:
 1. reserve the most that it may cost;
 2. write the attempt-start row;
 3. load the component, call it within the time limit, validate what it returns;
 4. end its context and the calls that it left open;
 5. hand over how it ended, together with the output: once that is on disk, and before anything that depends on it is
    called, the node never runs again;
 6. settle the reservation with what was spent.
"""

import asyncio
from contextlib import nullcontext

from ice_core.errors import IceError, Location
from ice_core.strict_json import JsonObject
from ice_orchestrator.agent_calls import AgentCalls
from ice_orchestrator.attempt_log import AttemptLog, OpenAttempt
from ice_orchestrator.call import Call
from ice_orchestrator.calls import checked_input, checked_output
from ice_orchestrator.context import NodeContext
from ice_orchestrator.job import Completed, Outcome, RunJob, Stopped
from ice_orchestrator.journal import on_disk
from ice_orchestrator.metering import Meter, attempt_bound
from ice_orchestrator.permission_guard import observing
from ice_orchestrator.retry import wait_seconds


class Attempts:
    """Makes the calls of one job, at most `parallel` nodes at a time."""

    def __init__(self, job: RunJob, *, parallel: int, max_crashes: int) -> None:
        self._job = job
        self._slots = asyncio.Semaphore(parallel)
        self._max_crashes = max_crashes
        self.log = AttemptLog(job)

    async def run(self, call: Call) -> Outcome:
        """The call's output, or why it has none.

        Raises:
            IceError: the journal refused a row.
        """
        try:
            self._refuse_poison(call)
            value = checked_input(call.component, call.value, path=call.path)
        except IceError as error:
            return await self._refused(call, error)
        tried = 0
        while True:
            tried += 1
            ended = await self._in_slot(call, value, tried)
            if not isinstance(ended, float):
                return ended
            await asyncio.sleep(ended)

    async def _in_slot(self, call: Call, value: JsonObject, tried: int) -> Outcome | float:
        # An agent's calls run within the agent's slot; with slots of their own, agents could wait for each other.
        if call.depth:
            return await self._within_budget(call, value, tried)
        async with self._slots:
            if (ending := call.stopped_by()) is not None:
                return ending
            return await self._within_budget(call, value, tried)

    async def _within_budget(self, call: Call, value: JsonObject, tried: int) -> Outcome | float:
        # 1. and 6.
        bound = attempt_bound(call.component, max_tokens=call.max_tokens)
        try:
            await call.budget.reserve(bound, path=call.path, may_wait=not call.depth)
        except IceError as error:
            return call.stopped_by() or await self._refused(call, error)
        meter = Meter(call.component, path=call.path, max_tokens=call.max_tokens)
        try:
            return await self._recorded(call, value, tried, self.log.opened(call, meter, reserved=bound))
        finally:
            call.budget.settle(bound, cost=meter.cost)

    async def _recorded(self, call: Call, value: JsonObject, tried: int, attempt: OpenAttempt) -> Outcome | float:
        try:
            # 2. Before anything is called.
            await self.log.started(attempt)
            with observing(attempt.observed):
                result = await self._called(call, value, attempt.meter)
        except asyncio.CancelledError:
            await self.log.cancelled(attempt)
            raise
        # 5. Together with the output.
        if isinstance(result, Completed):
            await self._told(call, self.log.finished(attempt, value, result.outputs))
            return result
        slug, wait = result.error.slug, None
        if call.stopped_by() is None:
            wait = wait_seconds(call.retry_policy, slug, run_id=self._job.run_id, path=call.path, attempt=tried)
        await self._told(call, self.log.failed(attempt, result.error, wait=wait))
        return result if wait is None else wait

    async def _called(self, call: Call, value: JsonObject, meter: Meter) -> Outcome:
        # 3. and 4.; a component's failure is a value, so that an error of the journal cannot be taken for one.
        try:
            result = await self._timed(call, value, meter)
            return Completed(outputs=checked_output(call.component, result, path=call.path))
        except IceError as error:
            return Stopped(error=error)

    async def _timed(self, call: Call, value: JsonObject, meter: Meter) -> object:
        context = NodeContext(
            call.component,
            run_id=self._job.run_id,
            path=call.path,
            idempotency_key=call.idempotency_key,
            meter=meter,
            plan_components=self._job.plan.components,
            sub_call=AgentCalls(call, run=self.run, steps=self.log.steps_inside(call.path)).call,
        )
        try:
            async with asyncio.timeout(call.timeout_seconds) if call.timeout_seconds is not None else nullcontext():
                await self._job.caller.prepare(call.component)
                meter.called = True
                return await self._job.caller.call(call.component, value, context)
        except TimeoutError as error:
            raise timed_out(call.path, call.component.id, call.timeout_seconds) from error
        finally:
            await context.close()

    async def _refused(self, call: Call, error: IceError) -> Stopped:
        await self._told(call, self.log.refused(call, error))
        return Stopped(error=error)

    async def _told(self, call: Call, written: "asyncio.Future[None]") -> None:
        # An agent may do anything with what its call came to, so that is on disk first; whatever else the engine does
        # with an outcome begins with a row behind these.
        if call.depth:
            await on_disk(written)

    def _refuse_poison(self, call: Call) -> None:
        crashes = self.log.crashes(call.path)
        if crashes < self._max_crashes:
            return
        raise IceError(
            "node-poisoned",
            f"`{call.path}` was running each of the {crashes} times that this run's process died",
            where=Location(call.path),
            expected=f"fewer than {self._max_crashes} attempts without an end",
            found=str(crashes),
            note=f"`{call.component.id}` is not called again, because it seems to bring the process down.",
            hints=("Run the component alone with this input, mend it, then start a new run",),
        )


def timed_out(path: str, component: str, seconds: float | None) -> IceError:
    """The refusal of a node that did not end within its time."""
    return IceError(
        "node-timed-out",
        f"`{path}` ran longer than its {seconds:g} s",
        where=Location(path),
        expected=f"an end within {seconds:g} s",
        found=f"`{component}` still running",
        note="A component that is not async cannot be stopped from outside: its thread may go on, its result is not "
        "used and its context is closed.",
        hints=(f"To give it longer, set `timeout_seconds` in the node `{path}`",),
    )
