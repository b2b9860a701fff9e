"""The engine without a server: asyncio tasks in the order of the plan, on record in the run's journal.

When a node fails for good, nothing new starts; what runs already is let finish, because it is paid for and a resumed
run will not have to do it again.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Final

from ice_core.errors import IceError, Location
from ice_core.models.plan import PlannedBody, PlannedNode
from ice_core.references import evaluate_condition, evaluate_value, parse_condition
from ice_core.strict_json import JsonObject, JsonValue, type_name
from ice_orchestrator.attempts import Attempts, timed_out
from ice_orchestrator.budget import Budget
from ice_orchestrator.call import Call
from ice_orchestrator.calls import checked_input, composed_output
from ice_orchestrator.engines.containers import ContainerLog
from ice_orchestrator.engines.node_walk import NodeWalk
from ice_orchestrator.job import Completed, Outcome, RunJob, Stopped, run_cancelled
from ice_orchestrator.retry import wait_seconds

PARALLEL: Final = 32
MAX_CRASHES: Final = 5


class LocalEngine:
    """Runs plans in this process.

    Args:
        parallel: How many nodes (or items of a `for_each`) run at a time.
        max_crashes: After how many attempts without an end a node is not started again.
    """

    def __init__(self, *, parallel: int = PARALLEL, max_crashes: int = MAX_CRASHES) -> None:
        self._parallel = parallel
        self._max_crashes = max_crashes
        self._running: dict[str, asyncio.Task[Outcome]] = {}
        self._cancelled: set[str] = set()

    async def execute(self, job: RunJob) -> Outcome:
        """Runs what is left of the job; see `Engine.execute`."""
        attempts = Attempts(job, parallel=self._parallel, max_crashes=self._max_crashes)
        walk = _Walk(job, attempts, parallel=self._parallel)
        task = self._running[job.run_id] = asyncio.create_task(walk.run())
        try:
            return await task
        except asyncio.CancelledError:
            if job.run_id not in self._cancelled:
                raise
            return Stopped(error=run_cancelled(job.run_id), status="cancelled")
        finally:
            self._cancelled.discard(job.run_id)
            del self._running[job.run_id]

    def cancel(self, run_id: str) -> bool:
        """Stops a run: what is running is cancelled and put on record as cancelled."""
        task = self._running.get(run_id)
        if task is None or task.done():
            return False
        self._cancelled.add(run_id)
        return task.cancel()


class _Frame:
    """A body or a list that is being walked; once it (or what it is part of) has failed, nothing new starts in it."""

    __slots__ = ("budget", "failure", "parent")

    def __init__(self, budget: Budget, *, parent: "_Frame | None" = None) -> None:
        self.budget = budget
        self.parent = parent
        self.failure: Stopped | None = None

    def stopped_by(self) -> Stopped | None:
        return self.failure or (self.parent.stopped_by() if self.parent is not None else None)


class _Walk:
    """One job on its way."""

    def __init__(self, job: RunJob, attempts: Attempts, *, parallel: int) -> None:
        self._job = job
        self._parallel = parallel
        self._attempts = attempts
        self._containers = ContainerLog(job, attempts.log)

    async def run(self) -> Outcome:
        try:
            return await self._body(self._job.plan.body, self._job.inputs, "", _Frame(self._job.budget))
        except BaseExceptionGroup as group:
            raise _first_refusal(group) from group

    async def _body(self, body: PlannedBody, inputs: JsonObject, prefix: str, frame: _Frame) -> Outcome:
        scope: JsonObject = {"inputs": inputs}

        async def step(node: PlannedNode) -> bool:
            outcome = await self._node(node, scope, prefix + node.id, frame)
            if isinstance(outcome, Stopped):
                self._stop(frame, outcome)
                return False
            scope[node.id] = outcome.outputs
            return True

        await NodeWalk(
            body.nodes,
            step=step,
            may_start=lambda: frame.stopped_by() is None,
            settled=self._job.log.settled,
            parallel=self._parallel,
        ).run()
        return frame.stopped_by() or _evaluated(lambda: evaluate_value(body.outputs, scope), f"{prefix}outputs")

    def _stop(self, frame: _Frame, outcome: Stopped) -> None:
        frame.failure = frame.failure or outcome
        if frame.parent is None:
            frame.budget.stop()

    async def _node(self, node: PlannedNode, scope: JsonObject, path: str, frame: _Frame) -> Outcome:
        known = self._attempts.log.steps.get(path)
        if known is not None:
            return Completed(outputs=known.output)
        if node.when is not None:
            condition = node.when
            holds = _evaluated(lambda: evaluate_condition(parse_condition(condition), scope), path)
            if isinstance(holds, Stopped):
                return self._containers.refused(path, node.component, holds)
            if not holds.outputs:
                self._containers.skipped(path, node.component)
                return Completed(outputs=None)
        if node.for_each is not None:
            return await self._each(node, scope, path, frame)
        return await self._one(node, scope, path, frame)

    async def _each(self, node: PlannedNode, scope: JsonObject, path: str, frame: _Frame) -> Outcome:
        found = _evaluated(lambda: _items(node, evaluate_value(node.for_each, scope), path), path)
        if isinstance(found, Stopped) or not isinstance(found.outputs, list):
            return self._containers.refused(path, node.component, found)
        items, outputs = found.outputs, list[JsonValue](found.outputs)
        inner = _Frame(frame.budget, parent=frame)
        left = iter(enumerate(items))

        async def work() -> None:
            for index, item in left:
                if inner.stopped_by() is not None:
                    return
                place = {**scope, "item": item, "index": index}
                outcome = await self._one(node, place, f"{path}[{index}]", inner)
                if isinstance(outcome, Stopped):
                    self._stop(inner, outcome)
                    return
                outputs[index] = outcome.outputs

        async def everything() -> Outcome:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(len(items), self._parallel)):
                    group.create_task(work())
            return inner.stopped_by() or Completed(outputs=outputs)

        return await self._containers.around(path, node.component, list(items), everything)

    async def _one(self, node: PlannedNode, scope: JsonObject, path: str, frame: _Frame) -> Outcome:
        known = self._attempts.log.steps.get(path)
        if known is not None:
            return Completed(outputs=known.output)
        arguments = _evaluated(lambda: evaluate_value(node.arguments, scope), path)
        if isinstance(arguments, Stopped):
            return self._containers.refused(path, node.component, arguments)
        if node.body is not None:
            return await self._workflow(node, node.body, arguments.outputs, path, frame)
        return await self._attempts.run(
            Call(
                path=path,
                component=self._job.plan.components[node.component],
                value=arguments.outputs,
                idempotency_key=f"{self._job.run_id}/{path}",
                budget=frame.budget,
                stopped_by=frame.stopped_by,
                retry_policy=node.retry_policy,
                timeout_seconds=node.timeout_seconds,
                max_tokens=node.max_tokens,
            )
        )

    async def _workflow(
        self, node: PlannedNode, body: PlannedBody, arguments: JsonValue, path: str, frame: _Frame
    ) -> Outcome:
        component = self._job.plan.components[node.component]
        checked = _evaluated(lambda: checked_input(component, arguments, path=path), path)
        if isinstance(checked, Stopped) or not isinstance(checked.outputs, dict):
            return self._containers.refused(path, node.component, checked)
        inputs = checked.outputs

        async def once() -> Outcome:
            inner = _Frame(frame.budget.within(body.budget), parent=frame)
            try:
                async with asyncio.timeout(node.timeout_seconds):
                    outcome = await self._body(body, inputs, f"{path}/", inner)
            except TimeoutError:
                return Stopped(error=timed_out(path, node.component, node.timeout_seconds))
            if isinstance(outcome, Stopped):
                return outcome
            return _evaluated(lambda: composed_output(component, outcome.outputs, path=path), path)

        return await self._containers.around(
            path, node.component, inputs, lambda: self._retried(node, path, frame, once)
        )

    async def _retried(
        self, node: PlannedNode, path: str, frame: _Frame, once: Callable[[], Coroutine[None, None, Outcome]]
    ) -> Outcome:
        # A workflow that is tried again keeps the nodes that finished.
        tried = 0
        while True:
            tried += 1
            outcome = await once()
            if isinstance(outcome, Completed) or frame.stopped_by() is not None:
                return outcome
            wait = wait_seconds(
                node.retry_policy, outcome.error.slug, run_id=self._job.run_id, path=path, attempt=tried
            )
            if wait is None:
                return outcome
            await asyncio.sleep(wait)


def _evaluated(evaluate: Callable[[], JsonValue], path: str) -> Outcome:
    """What is computed without calling anything; a refusal is a value, pointing at the node."""
    try:
        return Completed(outputs=evaluate())
    except IceError as error:
        if error.finding.where is None:
            error.finding.where = Location(path)
        return Stopped(error=error)


def _items(node: PlannedNode, value: JsonValue, path: str) -> list[JsonValue]:
    if not isinstance(value, list):
        raise IceError(
            "for-each-not-a-list",
            f"`{path}` repeats over something that is not a list",
            where=Location(path, path="for_each"),
            expected="an array",
            found=type_name(value),
            hints=(f"`for_each` of `{path}` is `{node.for_each}`: refer to the array inside it",),
        )
    if node.max_items is not None and len(value) > node.max_items:
        raise IceError(
            "for-each-too-long",
            f"`{path}` would run {len(value)} times, and its `max_items` is {node.max_items}",
            where=Location(path, path="for_each"),
            expected=f"at most {node.max_items} items",
            found=f"{len(value)} items",
            note="The cost of the plan was bounded with `max_items`; no item was run.",
            hints=(f"To allow it, set `max_items: {len(value)}` and compile again",),
        )
    return value


def _first_refusal(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The refusal inside nested groups: several tasks that lose the same journal say the same thing."""
    for error in group.exceptions:
        found = _first_refusal(error) if isinstance(error, BaseExceptionGroup) else error
        if isinstance(found, IceError):
            return found
    return group.exceptions[0]
