"""Calls real components: each is resolved at its first use; plain functions run in threads, async ones in the loop."""

import asyncio
import inspect
from collections import defaultdict

from ice_core.errors import IceError, Location
from ice_core.models.plan import Plan, PlannedComponent
from ice_core.strict_json import JsonObject
from ice_core.unified_registry import Registry
from ice_orchestrator.context import NodeContext
from ice_orchestrator.foreign import Captured, described, in_thread, raised_at, traceback_lines
from ice_orchestrator.resolve import resolve
from ice_sdk.calling import bind_input, output_value
from ice_sdk.declared import Declared


class ComponentCaller:
    """The `Caller` over a registry; nothing is imported before the first node that needs it."""

    def __init__(self, plan: Plan, registry: Registry, *, no_dynamic: bool) -> None:
        self._plan = plan
        self._registry = registry
        self._no_dynamic = no_dynamic
        self._ready: dict[str, Declared] = {}
        self._loading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def prepare(self, component: PlannedComponent) -> None:
        """Verifies and imports the component's package, once; see `resolve`."""
        async with self._loading[component.id]:
            if component.id in self._ready:
                return
            package = self._plan.packages.get(component.package) if component.package is not None else None
            # In a thread, because a module may do anything while it is imported, and the node has a time limit.
            ended = await in_thread(
                lambda: resolve(component, self._registry, no_dynamic=self._no_dynamic, package=package),
                name=f"import {component.import_target}",
            )
            self._ready[component.id] = ended.result()

    async def call(self, component: PlannedComponent, value: JsonObject, context: NodeContext) -> object:
        """One call; see `Caller.call`."""
        declared = self._ready[component.id]
        with Captured() as captured:
            if _is_async(declared):
                arguments, named = bind_input(declared, value, context=context)
                return output_value(declared, await _awaited(declared.call(*arguments, **named)))
            ended = await in_thread(lambda: _call(declared, value, context), name=context.node_id)
            if ended.error is not None:
                # Not raised again here: in the loop's own thread it could stop the whole program.
                raise _raised(ended.error, component, declared, context.node_id)
            result = ended.result()
            return output_value(declared, await _awaited(result)) if inspect.isawaitable(result) else result
        raise _raised(captured.error, component, declared, context.node_id)


def _call(declared: Declared, value: JsonObject, context: NodeContext) -> object:
    arguments, named = bind_input(declared, value, context=context)
    result = declared.call(*arguments, **named)
    # A plain function may give a coroutine; only the loop can wait for it.
    return result if inspect.isawaitable(result) else output_value(declared, result)


def _is_async(declared: Declared) -> bool:
    called = declared.object
    if isinstance(called, type):
        called = getattr(called, "execute", None) or called.__call__
    return inspect.iscoroutinefunction(called)


async def _awaited(result: object) -> object:
    return await result if inspect.isawaitable(result) else result


def _raised(error: BaseException | None, component: PlannedComponent, declared: Declared, path: str) -> BaseException:
    if isinstance(error, IceError):
        return error
    top_level = declared.target.top_level
    refusal = IceError(
        "component-raised",
        f"`{component.id}` raised `{type(error).__name__}` in the node `{path}`",
        where=raised_at(error, top_level) or Location(path),
        found=described(error),
        detail=traceback_lines(error, top_level),
        hints=(f"If it can pass by itself, give `{path}` a `retry_policy`",),
        details={"component": component.id, "node": path, "exception": type(error).__name__},
    )
    refusal.__cause__ = error
    return refusal
