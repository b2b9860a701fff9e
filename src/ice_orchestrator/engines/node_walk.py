"""The nodes of one body, each started once those before it are over.

Plain calls stand in one line, and at most as many tasks as may run at a time take from it: a body of ten thousand nodes
is ten thousand entries of a list and not as many tasks. What may wait for long without running (a node that is tried
again, a list, a workflow) has a task of its own.
"""

import asyncio
import graphlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from ice_core.models.plan import PlannedNode


class NodeWalk:
    """One way through the nodes of a body.

    Args:
        nodes: All of them.
        step: Runs one; whether it is over, so that what depends on it may start.
        may_start: Whether anything is still to be started.
        settled: Waits until what the steps handed over is on disk.
        parallel: How many plain calls are made at a time.
    """

    __slots__ = ("_coming", "_group", "_line", "_may_start", "_nodes", "_parallel", "_settled", "_sorter", "_step")

    def __init__(
        self,
        nodes: Sequence[PlannedNode],
        *,
        step: Callable[[PlannedNode], Awaitable[bool]],
        may_start: Callable[[], bool],
        settled: Callable[[], Awaitable[None]],
        parallel: int,
    ) -> None:
        self._nodes = {node.id: node for node in nodes}
        self._sorter = graphlib.TopologicalSorter({node.id: node.dependencies for node in nodes})
        self._step = step
        self._may_start = may_start
        self._settled = settled
        self._line: deque[PlannedNode] = deque()
        self._parallel = parallel  # less those that take from the line
        self._coming = 0  # of those that take from the line, how many have not begun
        self._group = asyncio.TaskGroup()

    async def run(self) -> None:
        """Returns when nothing of the body runs any more.

        Raises:
            BaseExceptionGroup: what a step raised; the others are cancelled.
        """
        self._sorter.prepare()
        async with self._group:
            self._start_ready()

    def _start_ready(self, *, taken: int = 0) -> None:
        # `taken` of the line are taken by the caller, in the same turn of the loop.
        if not self._may_start():
            return
        for name in self._sorter.get_ready():
            node = self._nodes[name]
            if _is_plain(node):
                self._line.append(node)
            else:
                self._group.create_task(self._alone(node))
        for _ in range(min(self._parallel, len(self._line) - taken - self._coming)):
            self._parallel -= 1
            self._coming += 1
            self._group.create_task(self._take_from_line())

    async def _alone(self, node: PlannedNode) -> None:
        if await self._step(node):
            self._sorter.done(node.id)
            self._start_ready()
        await self._settled()

    async def _take_from_line(self) -> None:
        self._coming -= 1
        while self._line and self._may_start():
            node = self._line.popleft()
            if await self._step(node):
                self._sorter.done(node.id)
                self._start_ready(taken=1)
        self._parallel += 1
        # A refused row ends the run also when nothing is left that would wait for it.
        await self._settled()


def _is_plain(node: PlannedNode) -> bool:
    return node.body is None and node.for_each is None and node.when is None and node.retry_policy.max_attempts == 1
