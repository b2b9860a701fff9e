"""The record of nodes that hold others: a `for_each` and its items, a workflow and its body, and nodes not called."""

from collections.abc import Awaitable, Callable
from decimal import Decimal

from ice_core.canonical import value_digest
from ice_core.strict_json import JsonValue
from ice_orchestrator.attempt_log import AttemptLog
from ice_orchestrator.events import NodeFailed, NodeFinished, NodeSkipped, NodeStarted
from ice_orchestrator.job import Completed, Outcome, RunJob, Stopped
from ice_orchestrator.records import Step, step_row


class ContainerLog:
    """Events and steps of the nodes that call nothing themselves; what is inside them has attempts of its own.

    Everything is handed over and not waited for: what is inside a node, or depends on it, waits with its own start.
    """

    def __init__(self, job: RunJob, attempts: AttemptLog) -> None:
        self._job = job
        self._attempts = attempts

    def skipped(self, path: str, component: str) -> None:
        """The node's `when` was false: it is over, and its output is null."""
        log = self._job.log
        event = NodeSkipped(
            run_id=log.run_id, at=log.now(), node=path, component=component, component_digest=self._digest(component)
        )
        self._record(path, component, None, "skipped", None, event)

    def refused(self, path: str, component: str, outcome: Outcome) -> Outcome:
        """What a node would be called with cannot be computed; nothing was called."""
        if isinstance(outcome, Stopped):
            self._failed(path, component, outcome, seconds=0.0)
        return outcome

    async def around(
        self, path: str, component: str, value: JsonValue, inside: Callable[[], Awaitable[Outcome]]
    ) -> Outcome:
        """Runs what is inside, and puts on record how it ended."""
        log = self._job.log
        began = log.monotonic()
        _ = log.hand_over(
            NodeStarted(
                run_id=log.run_id,
                at=log.now(),
                node=path,
                component=component,
                component_digest=self._digest(component),
                attempt=1,
                idempotency_key=f"{log.run_id}/{path}",
                reserved=Decimal(0),
            )
        )
        outcome = await inside()
        seconds = log.monotonic() - began
        if isinstance(outcome, Stopped):
            self._failed(path, component, outcome, seconds=seconds)
            return outcome
        event = NodeFinished(
            run_id=log.run_id,
            at=log.now(),
            node=path,
            component=component,
            component_digest=self._digest(component),
            attempt=1,
            cost=self._attempts.cost_under(path),
            tokens=0,
            duration_seconds=seconds,
        )
        self._record(path, component, value, "finished", outcome.outputs, event)
        return Completed(outputs=outcome.outputs)

    def _record(
        self,
        path: str,
        component: str,
        value: JsonValue,
        status: str,
        output: JsonValue,
        event: NodeFinished | NodeSkipped,
    ) -> None:
        step = Step(path=path, component=component, input_digest=str(value_digest(value)), status=status, output=output)
        _ = self._job.log.hand_over(event, step_row(self._job.run_id, step))
        self._attempts.add_step(step)

    def _failed(self, path: str, component: str, outcome: Stopped, *, seconds: float) -> None:
        log = self._job.log
        _ = log.hand_over(
            NodeFailed(
                run_id=log.run_id,
                at=log.now(),
                node=path,
                component=component,
                component_digest=self._digest(component),
                attempt=1,
                cost=self._attempts.cost_under(path),
                tokens=0,
                duration_seconds=seconds,
                slug=outcome.error.slug,
                message=outcome.error.finding.message,
                retry_in_seconds=None,
            )
        )

    def _digest(self, component: str) -> str:
        return self._job.plan.components[component].digest
