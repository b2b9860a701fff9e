"""Validation: the input and the output of a call held against a tool's JSON Schema of about 1 KB, beside peers."""

import json
import sys
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from tests.builders.plans import component_of, planned_component

from bench.environments import peers_python
from bench.measure import Case, Group, Spent, inside, timed
from ice_core.contracts import Contract
from ice_core.strict_json import JsonObject
from ice_orchestrator.caller import PlainOutput
from ice_orchestrator.calls import checked_input, checked_output, copied_input


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
    filters: list[Filter] = Field(max_length=1000)
    order_by: str | None = None
    limit: int = Field(ge=1, le=10_000)
    encoding: Literal["utf-8", "latin-1"] = "utf-8"


FEW: Final = 2
MANY: Final = 100
# The work of a peer that only an environment of its own has: makes `validate` of `schema`, then holds `value` against
# it twice for each call, since a call has an input and an output.
_PEER: Final = """
import json, time
schema, value = json.loads({schema!r}), json.loads({value!r})
{make}
validate(value)
wall, cpu = time.perf_counter(), time.process_time()
for _ in range({count} // {times}):
    validate(value)
    validate(value)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(json.dumps({{"cpu": cpu * {times}, "wall": wall * {times}}}))
"""
_PEERS: Final = {
    "jsonschema-rs": "import jsonschema_rs\nvalidate = jsonschema_rs.Draft202012Validator(schema).is_valid",
    "fastjsonschema": "import fastjsonschema\nvalidate = fastjsonschema.compile(schema)",
    "jsonschema": "import jsonschema\nvalidate = jsonschema.Draft202012Validator(schema).validate",
}


def instance(filters: int) -> JsonObject:
    """A query with so many conditions."""
    return {
        "path": "sales.csv",
        "columns": ["region", "product", "amount", "day"],
        "filters": [{"column": "amount", "operator": ">", "value": number} for number in range(filters)],
        "order_by": "day",
        "limit": 100,
        "encoding": "utf-8",
    }


def groups(*, quick: bool) -> tuple[Group, ...]:
    """Valid data, which is what nearly every call brings: small, and larger."""
    return (_group("small", FEW, 40_000, quick=quick), _group("larger", MANY, 2_000, quick=quick))


def _group(size: str, filters: int, count: int, *, quick: bool) -> Group:
    count //= 10 if quick else 1
    interpreter = sys.executable if quick else peers_python()
    work = {
        "pydantic": with_pydantic,
        "iceos": checked,
        "iceos, every value copied": copied,
        "Contract.violations": violations,
    }
    ours = (inside(name, each, filters, count, interpreter=interpreter) for name, each in work.items())
    peers = () if quick else tuple(_peer(name, filters, count, interpreter) for name in _PEERS)
    return Group(name=f"input and output, {size}", cases=(*ours, *peers), units=count, unit="call")


def _peer(name: str, filters: int, count: int, interpreter: str) -> Case:
    schema, value = json.dumps(Query.model_json_schema()), json.dumps(instance(filters))
    # The slow ones do a twentieth of it, which is long enough.
    times = 1 if name == "jsonschema-rs" else 20
    code = _PEER.format(make=_PEERS[name], schema=schema, value=value, count=count, times=times)
    return Case(name=name, command=(interpreter, "-c", code), whole=False)


def with_pydantic(filters: str, count: str) -> Spent:
    """Validates into models."""
    value, validate = instance(int(filters)), Query.model_validate

    def work() -> None:
        for _ in range(int(count)):
            validate(value)
            validate(value)

    return timed(work)


def checked(filters: str, count: str) -> Spent:
    """What a node's input and its component's output go through in a run."""
    schema: JsonObject = Query.model_json_schema()
    component = component_of(planned_component(input_schema=schema, output_schema=schema))
    value = instance(int(filters))
    output = PlainOutput(value)

    def work() -> None:
        for _ in range(int(count)):
            checked_input(component, value, path="query")
            checked_output(component, output, path="query")

    return timed(work)


def copied(filters: str, count: str) -> Spent:
    """The same where nobody answers for the values: what an agent hands over, and an isolated component gives."""
    schema: JsonObject = Query.model_json_schema()
    component = component_of(planned_component(input_schema=schema, output_schema=schema))
    value = instance(int(filters))

    def work() -> None:
        for _ in range(int(count)):
            copied_input(component, value, path="query")
            checked_output(component, value, path="query")

    return timed(work)


def violations(filters: str, count: str) -> Spent:
    """Looks for every violation, twice."""
    contract, value = Contract(Query.model_json_schema(), where="bench"), instance(int(filters))

    def work() -> None:
        for _ in range(int(count)):
            if contract.violations(value) or contract.violations(value):
                raise ValueError("the instance is valid")

    return timed(work)
