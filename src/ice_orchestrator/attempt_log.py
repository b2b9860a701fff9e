"""How attempts are put on record: started before the component is called, ended together with its output."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from ice_core.canonical import value_digest
from ice_core.errors import IceError
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.call import Call
from ice_orchestrator.events import NodeFailed, NodeFinished, NodeStarted
from ice_orchestrator.job import RunJob
from ice_orchestrator.journal import Row
from ice_orchestrator.metering import Meter
from ice_orchestrator.observed import Observed
from ice_orchestrator.records import (
    AttemptEnd,
    AttemptStart,
    Step,
    attempt_ended_row,
    attempt_started_row,
    observation_row,
    step_row,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenAttempt:
    """An attempt that is on record and has no end yet."""

    call: Call
    meter: Meter
    start: AttemptStart
    began: float
    observed: Observed = field(default_factory=Observed)


class AttemptLog:
    """Numbers, costs and crashes of a job's attempts, and their rows and events."""

    def __init__(self, job: RunJob) -> None:
        self._job = job
        self._numbers: dict[str, int] = {}
        self._crashes: dict[str, int] = {}
        self._costs: dict[str, Decimal] = {}
        self.steps: dict[str, Step] = dict(job.steps)
        for record in job.attempts:
            self._numbers[record.path] = max(record.attempt, self._numbers.get(record.path, 0))
            self._crashes[record.path] = self._crashes.get(record.path, 0) + (record.outcome == "started")
            self._count(record.path, record.cost or Decimal(0))

    def crashes(self, path: str) -> int:
        """How many attempts of this node have no end, because the process died."""
        return self._crashes.get(path, 0)

    def cost_under(self, path: str) -> Decimal:
        """What the node at `path` and everything inside it cost so far."""
        inside = (f"{path}/", f"{path}[")
        return sum((cost for at, cost in self._costs.items() if at == path or at.startswith(inside)), Decimal(0))

    def opened(self, call: Call, meter: Meter, *, reserved: Decimal) -> OpenAttempt:
        """The next attempt of the call; it is not on record before `started`."""
        number = self._numbers[call.path] = self._numbers.get(call.path, 0) + 1
        start = AttemptStart(
            path=call.path,
            attempt=number,
            component=call.component.id,
            idempotency_key=call.idempotency_key,
            reserved=reserved,
            at=self._job.log.now(),
        )
        return OpenAttempt(call=call, meter=meter, start=start, began=self._job.log.monotonic())

    async def started(self, attempt: OpenAttempt) -> None:
        """Writes the attempt-start row: from here on a crash leaves a trace of what may have been spent."""
        start = attempt.start
        event = NodeStarted(
            run_id=self._job.run_id,
            at=start.at,
            node=start.path,
            component=start.component,
            component_digest=attempt.call.component.digest,
            attempt=start.attempt,
            idempotency_key=start.idempotency_key,
            reserved=start.reserved,
        )
        await self._job.log.append(event, attempt_started_row(self._job.run_id, start))

    async def finished(self, attempt: OpenAttempt, value: JsonObject, output: JsonValue) -> None:
        """Writes the end and the output in one transaction: the step never runs again."""
        end = self._end(attempt, "finished", None)
        step = Step(
            path=end.path,
            component=attempt.start.component,
            input_digest=str(value_digest(value)),
            status="finished",
            output=output,
        )
        event = NodeFinished(
            run_id=self._job.run_id,
            at=self._job.log.now(),
            node=end.path,
            component=attempt.start.component,
            component_digest=attempt.call.component.digest,
            attempt=end.attempt,
            cost=end.cost,
            tokens=end.tokens,
            duration_seconds=end.seconds,
        )
        await self._job.log.append(event, *self._ended_rows(attempt, end), step_row(self._job.run_id, step))
        self.steps[end.path] = step

    async def failed(self, attempt: OpenAttempt, error: IceError, *, wait: float | None) -> None:
        """Writes that the attempt failed; `wait` is how long until the next, None when there is none."""
        end = self._end(attempt, "failed", error)
        await self._job.log.append(self._failed_event(attempt, end, error, wait), *self._ended_rows(attempt, end))

    async def cancelled(self, attempt: OpenAttempt) -> None:
        """Writes that the attempt was stopped from outside; what it spent until then counts."""
        await self._job.log.append(None, *self._ended_rows(attempt, self._end(attempt, "cancelled", None)))

    async def refused(self, call: Call, error: IceError) -> None:
        """Writes an attempt in which nothing was called; start and end in one transaction."""
        attempt = self.opened(call, Meter(call.component, path=call.path), reserved=Decimal(0))
        end = self._end(attempt, "failed", error)
        await self._job.log.append(
            self._failed_event(attempt, end, error, None),
            attempt_started_row(self._job.run_id, attempt.start),
            attempt_ended_row(self._job.run_id, end),
        )

    def _ended_rows(self, attempt: OpenAttempt, end: AttemptEnd) -> Iterator[Row]:
        yield attempt_ended_row(self._job.run_id, end)
        if attempt.observed:
            yield observation_row(self._job.run_id, end, attempt.start.component, attempt.observed.to_json())

    def _end(self, attempt: OpenAttempt, outcome: str, error: IceError | None) -> AttemptEnd:
        end = AttemptEnd(
            path=attempt.start.path,
            attempt=attempt.start.attempt,
            outcome=outcome,
            cost=attempt.meter.cost,
            tokens=attempt.meter.tokens,
            seconds=self._job.log.monotonic() - attempt.began,
            error=error.to_json() if error is not None else None,
        )
        self._count(end.path, end.cost)
        return end

    def _failed_event(self, attempt: OpenAttempt, end: AttemptEnd, error: IceError, wait: float | None) -> NodeFailed:
        return NodeFailed(
            run_id=self._job.run_id,
            at=self._job.log.now(),
            node=end.path,
            component=attempt.start.component,
            component_digest=attempt.call.component.digest,
            attempt=end.attempt,
            cost=end.cost,
            tokens=end.tokens,
            duration_seconds=end.seconds,
            slug=error.slug,
            message=error.finding.message,
            retry_in_seconds=wait,
        )

    def _count(self, path: str, cost: Decimal) -> None:
        self._costs[path] = self._costs.get(path, Decimal(0)) + cost
