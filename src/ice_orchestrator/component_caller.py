"""Calls real components: each is resolved at its first use; plain ones run in threads, async ones in the loop."""

import asyncio
import threading
from collections import defaultdict

from ice_core.errors import IceError
from ice_core.models.plan import Plan, PlannedComponent
from ice_core.strict_json import JsonObject, JsonValue
from ice_core.unified_registry import Registry
from ice_orchestrator.call_threads import CallThreads
from ice_orchestrator.caller import PlainOutput
from ice_orchestrator.context import NodeContext
from ice_orchestrator.foreign import Captured, in_thread, raised
from ice_orchestrator.package_wheels import VerifiedWheels
from ice_orchestrator.permission_guard import guarded
from ice_orchestrator.resolve import resolve
from ice_sdk.calling import bind_input
from ice_sdk.declared import Declared
from ice_sdk.results import awaited_output, needs_loop, output_value


class ComponentCaller:
    """The `Caller` over a registry; nothing is imported before the first node that needs it."""

    def __init__(self, plan: Plan, registry: Registry, *, no_dynamic: bool, wheels: VerifiedWheels) -> None:
        self._wheels = wheels
        self._plan = plan
        self._registry = registry
        self._no_dynamic = no_dynamic
        self._ready: dict[str, _Ready] = {}
        self._loading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def prepare(self, component: PlannedComponent) -> None:
        """Verifies and imports the component's package, once; see `resolve`."""
        if component.id in self._ready:
            return
        async with self._loading[component.id]:
            if component.id in self._ready:
                return
            package = self._plan.packages.get(component.package) if component.package is not None else None
            # In a thread, because a module may do anything while it is imported, and the node has a time limit.
            ended = await in_thread(
                lambda: resolve(
                    component, self._registry, no_dynamic=self._no_dynamic, wheels=self._wheels, package=package
                ),
                name=f"import {component.import_target}",
            )
            self._ready[component.id] = _Ready(ended.result())

    async def call(self, component: PlannedComponent, value: JsonObject, context: NodeContext) -> object:
        """One call; see `Caller.call`."""
        ready = self._ready[component.id]
        declared = ready.declared
        with Captured() as captured, self._guarded(component, declared):
            if ready.is_async:
                arguments, named = bind_input(declared, value, context=context)
                return PlainOutput(await awaited_output(declared, declared.call(*arguments, **named)))
            given_up = threading.Event()
            try:
                ended = await in_thread(
                    lambda: _call(declared, value, context, given_up),
                    name=context.node_id,
                    threads=ready.threads,
                )
            finally:
                given_up.set()
            if ended.error is not None:
                # Not raised again here: in the loop's own thread it could stop the whole program.
                raise _raised(ended.error, component, declared, context)
            result = ended.result()
            if isinstance(result, _Left):
                result = await awaited_output(declared, result.left)
            return PlainOutput(result)
        raise _raised(captured.error, component, declared, context)

    def _guarded(self, component: PlannedComponent, declared: Declared) -> guarded:
        return guarded(component.id, component.permissions, enforce=self._no_dynamic, origin=declared.file)


def _raised(
    error: BaseException | None, component: PlannedComponent, declared: Declared, context: NodeContext
) -> IceError:
    return raised(error, component.id, declared.target.top_level, context.node_id, given=context.given)


class _Ready:
    """A component that was resolved, and what its calls would ask again and again."""

    __slots__ = ("declared", "is_async", "threads")

    def __init__(self, declared: Declared) -> None:
        self.declared = declared
        self.is_async = declared.is_async
        self.threads = CallThreads()


class _Left:
    """What a plain function gave that only the loop can fetch: a coroutine, or an async iterator."""

    __slots__ = ("left",)

    def __init__(self, left: object) -> None:
        self.left = left


def _call(
    declared: Declared, value: JsonObject, context: NodeContext, given_up: threading.Event
) -> "JsonValue | _Left":
    arguments, named = bind_input(declared, value, context=context)
    result = declared.call(*arguments, **named)
    if needs_loop(declared, result):
        return _Left(result)
    # A stream that nobody waits for any more is not read to its end.
    return output_value(declared, result, is_given_up=given_up.is_set)
