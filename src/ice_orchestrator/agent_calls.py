"""The calls that an agent makes: on record as steps inside its node, and not made again once they are finished.

An attempt that runs again after a crash or a failure gets the recorded outputs for calls with the same component and
the same input, in the order in which they were made; everything else is called anew.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import orjson

from ice_core.canonical import Digest, value_digest
from ice_core.errors import IceError, Location
from ice_core.models.plan import PlannedComponent
from ice_core.plain_json import plain_text
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.call import Call
from ice_orchestrator.calls import copied_input
from ice_orchestrator.job import Outcome, Stopped
from ice_orchestrator.records import Step

MAX_DEPTH: Final = 8


class AgentCalls:
    """One attempt's calls; `run` makes a call, `steps` are those inside the node that are over."""

    __slots__ = ("_finished", "_occurrences", "_parent", "_run", "_taken")

    def __init__(self, parent: Call, *, run: Callable[[Call], Awaitable[Outcome]], steps: Sequence[Step]) -> None:
        self._parent = parent
        self._run = run
        self._finished: dict[tuple[str, str], list[Step]] = {}
        self._occurrences: dict[tuple[str, str], int] = {}
        self._taken: set[str] = set()
        for step in sorted(steps, key=lambda step: (len(step.path), step.path)):
            self._finished.setdefault((step.component, step.input_digest), []).append(step)
            self._taken.add(step.path)

    async def call(self, component: PlannedComponent, arguments: JsonObject) -> JsonValue:
        """The output of one call.

        Raises:
            IceError: why the call has none.
        """
        if self._parent.depth >= MAX_DEPTH:
            raise self._too_deep()
        value = copied_input(component, arguments, path=self._parent.path)
        digest = value_digest(value)
        same = (component.id, str(digest))
        self._occurrences[same] = self._occurrences.get(same, 0) + 1
        recorded = self._finished.get(same)
        # The record keeps its own: the agent may do with what it gets as it likes.
        if recorded:
            return _copy(recorded.pop(0).output)
        outcome = await self._run(self._planned(component, value, digest, self._occurrences[same]))
        if isinstance(outcome, Stopped):
            raise outcome.error
        return _copy(outcome.outputs)

    def _planned(self, component: PlannedComponent, value: JsonObject, digest: Digest, occurrence: int) -> Call:
        return Call(
            path=self._free_path(component.id),
            component=component,
            value=value,
            # Not the path: after a crash the same input must give the same key, whatever else is called before it.
            idempotency_key=f"{self._parent.idempotency_key}/{component.id}/{digest.hex}#{occurrence}",
            budget=self._parent.budget,
            stopped_by=self._parent.stopped_by,
            depth=self._parent.depth + 1,
        )

    def _free_path(self, component: str) -> str:
        number = 1
        while (path := f"{self._parent.path}/{component}#{number}") in self._taken:
            number += 1
        self._taken.add(path)
        return path

    def _too_deep(self) -> IceError:
        return IceError(
            "call-too-deep",
            f"`{self._parent.component.id}` is {MAX_DEPTH} calls deep, and may call no further",
            where=Location(self._parent.path),
            expected=f"at most {MAX_DEPTH} calls inside each other",
            found=self._parent.path,
            hints=("Two agents that call each other do so for ever; their `permissions.tools` say who may call whom",),
        )


def _copy(value: JsonValue) -> JsonValue:
    copied: JsonValue = orjson.loads(plain_text(value))
    return copied
