"""Calls: an instance held against a compiled JSON Schema, against the same rules as a pydantic model."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from tests.builders.plans import component_of, planned_component

from bench.measure import Group, Spent, inside, timed
from ice_core.contracts import Contract
from ice_core.strict_json import JsonObject
from ice_orchestrator.calls import checked_input


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
    return (Group(name="calls", cases=cases, units=count, unit="call"),)


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
