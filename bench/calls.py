"""Calls: values held against a tool's schemas, a call from its input to its output, and code under its permissions."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.builders.installed import entry, install_package, plan_for
from tests.builders.plans import node

from bench import validation
from bench.measure import Group, Spent, inside, timed, timed_async
from bench.validation import Query, instance
from ice_core.home import Home
from ice_core.models.plan import Plan, PlannedComponent
from ice_core.models.plugins import Permissions
from ice_core.strict_json import JsonObject, JsonValue
from ice_core.unified_registry import load_plugins
from ice_orchestrator.calls import checked_input, checked_output
from ice_orchestrator.component_caller import ComponentCaller
from ice_orchestrator.context import NodeContext
from ice_orchestrator.metering import Meter
from ice_orchestrator.package_wheels import VerifiedWheels
from ice_orchestrator.permission_guard import guarded

_TOOLS: Final = """
from pydantic import BaseModel

from ice_sdk import tool


class Filter(BaseModel):
    column: str
    operator: str
    value: int | str | None


@tool(name="plain")
def plain(
    path: str, columns: list[str], filters: list[Filter], limit: int, order_by: str | None, encoding: str
) -> dict[str, int]:
    return {"rows": 1}


@tool(name="later")
async def later(
    path: str, columns: list[str], filters: list[Filter], limit: int, order_by: str | None, encoding: str
) -> dict[str, int]:
    return {"rows": 1}
"""
_MEMBERS: Final[JsonObject] = {
    "path": {"type": "string"},
    "columns": {"type": "array", "items": {"type": "string"}},
    "filters": {"type": "array", "items": {"type": "object"}},
    "limit": {"type": "integer"},
    "order_by": {"type": ["string", "null"]},
    "encoding": {"type": "string"},
}
_SCHEMA: Final[JsonObject] = {
    "input": {"type": "object", "properties": _MEMBERS, "required": [*_MEMBERS], "additionalProperties": False},
    "output": {"type": "object", "additionalProperties": {"type": "integer"}},
}


def groups(folder: Path, *, quick: bool) -> tuple[Group, ...]:
    """Both sides of a call held against their schemas; a call of a component; its code under its permissions."""
    count = 2_000 if quick else 20_000
    guard = (
        inside("a call of a component that does nothing", without_permissions, count),
        inside("the same under its permissions", with_permissions, count),
        inside("the same, and each call reads one file that is declared", with_a_file, count),
        inside("an open of that file without permissions", opening, count),
    )
    made, home = count // 20, folder / "home"
    entries = [entry(name, f"acme_query:{name}", schema=_SCHEMA) for name in ("plain", "later")]
    install_package(home, "acme-query", {"acme_query/__init__.py": _TOOLS}, entries)
    path = (
        inside("a function, its input validated by pydantic, in asyncio.to_thread", bare, made),
        inside("a plain tool", called, home, "plain", made),
        inside("an async tool", called, home, "later", made),
    )
    return (
        *validation.groups(quick=quick),
        Group(name="a call, from input to output", cases=path, units=made, unit="call"),
        Group(name="permissions", cases=guard, units=count, unit="call"),
    )


def bare(count: str) -> Spent:
    """What a program does that has the function and its model at hand."""

    def call(value: JsonObject) -> JsonValue:
        Query.model_validate(value)
        return {"rows": 1}

    async def work() -> None:
        value = instance(validation.FEW)
        for _ in range(int(count)):
            await asyncio.to_thread(call, value)

    return asyncio.run(timed_async(work))


def called(home: str, name: str, count: str) -> Spent:
    """The checked input, the component in its thread or in the loop, the checked output; strict, nothing written."""
    registry = load_plugins(home=Path(home))
    plan = plan_for(registry, node("query", f"tool:{name}"))
    component, value = plan.components[f"tool:{name}"], instance(validation.FEW)

    async def calls() -> Spent:
        caller = ComponentCaller(plan, registry, no_dynamic=True, wheels=VerifiedWheels(Home(Path(home))))

        async def call() -> None:
            context = _context(plan, component)
            given = checked_input(component, value, path="query")
            await caller.prepare(component)
            checked_output(component, await caller.call(component, given, context), path="query")
            await context.close()

        await call()

        async def work() -> None:
            for _ in range(int(count)):
                await call()

        return await timed_async(work)

    return asyncio.run(calls())


def _context(plan: Plan, component: PlannedComponent) -> NodeContext:
    async def no_call(component: PlannedComponent, arguments: JsonObject) -> JsonValue:
        return None

    return NodeContext(
        component,
        run_id="bench",
        path="query",
        idempotency_key="bench/query",
        meter=Meter(component, path="query"),
        plan_components=plan.components,
        sub_call=no_call,
    )


def _nothing() -> None:
    """What a component does that does nothing."""


def _open_and_close() -> None:
    """What it does when it opens a file; this module, which lies on no import path of an installation."""
    os.close(os.open(__file__, os.O_RDONLY))


def _guarded(count: str, work: Callable[[], None]) -> Spent:
    may = Permissions(filesystem=(str(Path(__file__).parent),))

    def calls() -> None:
        for _ in range(int(count)):
            with guarded("tool:bench", may, enforce=True):
                work()

    return timed(calls)


def with_permissions(count: str) -> Spent:
    """A call that does nothing, guarded."""
    return _guarded(count, _nothing)


def with_a_file(count: str) -> Spent:
    """A call that opens a file, guarded."""
    return _guarded(count, _open_and_close)


def without_permissions(count: str) -> Spent:
    """The bare call."""

    def calls() -> None:
        for _ in range(int(count)):
            _nothing()

    return timed(calls)


def opening(count: str) -> Spent:
    """The bare open; there is no audit hook in this process."""

    def calls() -> None:
        for _ in range(int(count)):
            _open_and_close()

    return timed(calls)
