"""How attempts are put on record: started before the component is called, ended together with its output."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from ice_core.canonical import value_digest
from ice_core.errors import IceError
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.call import Call
from ice_orchestrator.events import NodeFailed, NodeFinished, NodeStarted
from ice_orchestrator.group_commit import Row
from ice_orchestrator.job import RunJob
from ice_orchestrator.journal import on_disk
from ice_orchestrator.metering import Meter
from ice_orchestrator.observed import Observed
from ice_orchestrator.records import (
    AttemptEnd,
    AttemptStart,
    Step,
    attempt_ended_row,
    attempt_started_row,
    observation_row,
    places_around,
    step_row,
)


class OpenAttempt(NamedTuple):
    """An attempt that is on record and has no end yet."""

    call: Call
    meter: Meter
    start: AttemptStart
    began: float
    observed: Observed


class AttemptLog:
    """Numbers, costs and crashes of a job's attempts, and their rows and events."""

    def __init__(self, job: RunJob) -> None:
        self._job = job
        self._numbers: dict[str, int] = {}
        self._crashes: dict[str, int] = {}
        self._costs: dict[str, Decimal] = {}
        self.steps: dict[str, Step] = {}
        self._inside: dict[str, list[Step]] = {}
        for step in job.steps.values():
            self.add_step(step)
        for record in job.attempts:
            self._numbers[record.path] = max(record.attempt, self._numbers.get(record.path, 0))
            self._crashes[record.path] = self._crashes.get(record.path, 0) + (record.outcome == "started")
            self._count(record.path, record.cost or Decimal(0))

    def add_step(self, step: Step) -> None:
        """The step is over, and is found by its path from now on."""
        self.steps[step.path] = step
        parent, _, _ = step.path.rpartition("/")
        if parent:
            self._inside.setdefault(parent, []).append(step)

    def steps_inside(self, path: str) -> tuple[Step, ...]:
        """The steps directly inside the node at `path`: the calls that an agent made, or a workflow's nodes."""
        return tuple(self._inside.get(path, ()))

    def crashes(self, path: str) -> int:
        """How many attempts of this node have no end, because the process died."""
        return self._crashes.get(path, 0)

    def cost_under(self, path: str) -> Decimal:
        """What the node at `path` and everything inside it cost so far."""
        return self._costs.get(path, Decimal(0))

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
        return OpenAttempt(call=call, meter=meter, start=start, began=self._job.log.monotonic(), observed=Observed())

    async def started(self, attempt: OpenAttempt) -> None:
        """Writes the attempt-start row: from here on a crash leaves a trace of what may have been spent.

        When it returns, what this attempt was given is on disk, too: the ends of the nodes before were handed over
        first.
        """
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

    def finished(self, attempt: OpenAttempt, value: JsonObject, output: JsonValue) -> "asyncio.Future[None]":
        """Hands over the end and the output, for one transaction: once it is on disk the step never runs again.

        What depends on the step goes on at once; its own start is behind these rows, and waits for them.
        """
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
        written = self._job.log.hand_over_end(event, *self._ended_rows(attempt, end), step_row(self._job.run_id, step))
        self.add_step(step)
        return written

    def failed(self, attempt: OpenAttempt, error: IceError, *, wait: float | None) -> "asyncio.Future[None]":
        """Hands over that the attempt failed; `wait` is how long until the next, None when there is none."""
        end = self._end(attempt, "failed", error)
        event = self._failed_event(attempt, end, error, wait)
        return self._job.log.hand_over_end(event, *self._ended_rows(attempt, end))

    async def cancelled(self, attempt: OpenAttempt) -> None:
        """Writes that the attempt was stopped from outside; what it spent until then counts."""
        end = self._end(attempt, "cancelled", None)
        await on_disk(self._job.log.hand_over_end(None, *self._ended_rows(attempt, end)))

    def refused(self, call: Call, error: IceError) -> "asyncio.Future[None]":
        """Hands over an attempt in which nothing was called; start and end in one transaction."""
        attempt = self.opened(call, Meter(call.component, path=call.path), reserved=Decimal(0))
        end = self._end(attempt, "failed", error)
        return self._job.log.hand_over(
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
        if cost:
            for place in places_around(path):
                self._costs[place] = self._costs.get(place, Decimal(0)) + cost
