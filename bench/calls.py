"""Calls: an instance held against a compiled JSON Schema, and a component's code under its permissions."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from tests.builders.plans import component_of, planned_component

from bench.measure import Group, Spent, inside, timed
from ice_core.contracts import Contract
from ice_core.models.plugins import Permissions
from ice_core.strict_json import JsonObject
from ice_orchestrator.calls import checked_input
from ice_orchestrator.permission_guard import guarded


class Filter(BaseModel):
    """One condition."""

    model_config = ConfigDict(extra="forbid", strict=True)
    column: str = Field(min_length=1, max_length=64)
    operator: Literal["=", "<", ">", "contains"]
    value: str | int | float | bool | None


class Query(BaseModel):
    """What a tool that queries a table takes; its JSON Schema is about 1 KB."""

    model_config = ConfigDict(extra="forbid", strict=True)
    path: str = Field(min_length=1)
    columns: list[str] = Field(max_length=64)
    filters: list[Filter] = Field(max_length=64)
    order_by: str | None = None
    limit: int = Field(ge=1, le=10_000)
    encoding: Literal["utf-8", "latin-1"] = "utf-8"


INSTANCE: JsonObject = {
    "path": "sales.csv",
    "columns": ["region", "product", "amount", "day"],
    "filters": [{"column": "amount", "operator": ">", "value": number} for number in range(8)],
    "order_by": "day",
    "limit": 100,
    "encoding": "utf-8",
}


def groups(folder: Path, *, quick: bool) -> tuple[Group, ...]:
    """Valid data, which is what nearly every call brings."""
    count = 2_000 if quick else 20_000
    cases = (
        inside("pydantic", "calls.pydantic", count),
        inside("Contract.violations", "calls.contract", count),
        inside("checked_input: copied as JSON, then held against it", "calls.checked", count),
    )
    guard = (
        inside("a call of a component that does nothing", "calls.unguarded", count),
        inside("the same under its permissions", "calls.guarded", count),
        inside("the same, and each call reads one file that is declared", "calls.reading", count),
        inside("an open of that file without permissions", "calls.opening", count),
    )
    return (
        Group(name="calls", cases=cases, units=count, unit="call"),
        Group(name="permissions", cases=guard, units=count, unit="call"),
    )


def with_pydantic(count: str) -> Spent:
    """Validates into a model."""

    def work() -> None:
        for _ in range(int(count)):
            Query.model_validate(INSTANCE)

    return timed(work)


def with_contract(count: str) -> Spent:
    """Looks for every violation."""
    schema: JsonObject = Query.model_json_schema()
    contract = Contract(schema, where="bench")

    def work() -> None:
        for _ in range(int(count)):
            if contract.violations(INSTANCE):
                raise ValueError("the instance is valid")

    return timed(work)


def with_checked_input(count: str) -> Spent:
    """What a node's input goes through before its component is called."""
    component = component_of(planned_component(input_schema=Query.model_json_schema()))

    def work() -> None:
        for _ in range(int(count)):
            checked_input(component, INSTANCE, path="nodes.query")

    return timed(work)


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
