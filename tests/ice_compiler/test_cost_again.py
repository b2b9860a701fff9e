"""The bounds of `cost.py`, computed a second time by playing the plan: every call one by one, in decimal."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.models.plan import Plan, PlannedBody, PlannedNode
from ice_core.strict_json import JsonObject, JsonValue
from ice_core.unified_registry import Registry
from tests.ice_compiler.parts import blueprint, compiled, component, manifest, registry_of, tool
from tests.ice_compiler.test_workflows import call, flow

AMOUNTS = ["0", "0.1", "0.000001", "3.3", "0.30000000000000004"]
PRICES = {f"t{number}": amount for number, amount in enumerate(AMOUNTS)}
TOKENS = {"free": (None, None), "metered": (0.0003, 1000), "loose": (0.25, None)}
OPEN: JsonObject = {"type": "object"}


def _entries() -> list[JsonObject]:
    entries = [component(f"tool:{name}", OPEN, {}, base=float(amount)) for name, amount in PRICES.items()]
    entries.append(component("tool:unpriced", OPEN, {}, base=None))
    entries.append(
        component("tool:metered", OPEN, {}, cost_estimate={"base": 0.01, "per_token": 0.0003}, max_tokens=1000)
    )
    entries.append(component("tool:loose", OPEN, {}, cost_estimate={"base": 0, "per_token": 0.25}))
    inner = blueprint(
        tool("a", "t1", {}, retry_policy={"max_attempts": 2}),
        tool("b", "metered", {}, for_each=[1, 2, 3], max_items=3),
        tool("c", "t3", {}, when="inputs.go"),
        inputs={"type": "object", "properties": {"go": {"type": "boolean"}}, "required": ["go"]},
    )
    outer = blueprint(
        call("x", "inner", config_overrides={"go": True}, retry_policy={"max_attempts": 3}), tool("y", "t2", {})
    )
    return [*entries, flow("inner", inner), flow("outer", outer)]


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Components at many prices, and workflows of them."""
    return registry_of(Path(tmp_path_factory.mktemp("registry")), manifest(_entries()))


def _node(data: st.DataObject, number: int) -> JsonObject:
    name = data.draw(st.sampled_from([*PRICES, "unpriced", "metered", "loose", "inner", "outer"]))
    more: JsonObject = {}
    if name == "loose" or data.draw(st.booleans()):
        more["max_tokens"] = data.draw(st.sampled_from([0, 1, 7, 999, 5000]))
    if data.draw(st.booleans()):
        more["retry_policy"] = {"max_attempts": data.draw(st.integers(1, 4))}
    if data.draw(st.booleans()):
        more["when"] = "inputs.go"
    repeated = data.draw(st.sampled_from(["no", "list", "reference"]))
    if repeated != "no":
        more["max_items"] = data.draw(st.integers(3, 6))
        listed: list[JsonValue] = [1, 2, 3]
        more["for_each"] = "{{ inputs.many }}" if repeated == "reference" else listed[: data.draw(st.integers(0, 3))]
    if name in ("inner", "outer"):
        given: JsonObject = {"go": False} if name == "inner" else {}
        return call(f"n{number}", name, **more, config_overrides=given)
    return tool(f"n{number}", name, {}, **more)


INPUTS: JsonObject = {
    "type": "object",
    "properties": {"go": {"type": "boolean"}, "many": {"type": "array"}},
    "required": ["go", "many"],
}


def _calls(body: PlannedBody, plan: Plan, way: str) -> Iterator[Decimal]:
    """What each single call costs, if everything goes this way: the least, as expected, or the most."""
    for node in body.nodes:
        if node.when is not None and way == "minimum":
            continue
        for _ in range(_items(node, way)):
            for _ in range(node.retry_policy.max_attempts if way == "maximum" else 1):
                yield from _calls(node.body, plan, way) if node.body is not None else [_price(node, plan, way)]


def _items(node: PlannedNode, way: str) -> int:
    if isinstance(node.for_each, list):
        return len(node.for_each)
    if node.for_each is None:
        return 1
    return 0 if way == "minimum" else node.max_items or 0


def _price(node: PlannedNode, plan: Plan, way: str) -> Decimal:
    unit = plan.components[node.component].cost
    bounds = [bound for bound in (node.max_tokens, unit.max_tokens) if bound is not None]
    price = unit.base
    for _ in range(0 if way == "minimum" or not unit.per_token else min(bounds)):
        price += unit.per_token
    return price


@given(st.data())
def test_the_bounds_are_the_sum_of_every_call_that_there_can_be(registry: Registry, data: st.DataObject) -> None:
    """To the last digit, whatever nests, repeats, is tried again or is skipped."""
    nodes = [_node(data, number) for number in range(data.draw(st.integers(0, 4)))]
    plan = compiled(blueprint(*nodes, inputs=INPUTS), registry, where="x.json").plan
    assert plan is not None

    for way in ("minimum", "expected", "maximum"):
        assert sum(_calls(plan.body, plan, way), Decimal(0)) == getattr(plan.cost, way), way


def test_a_price_is_the_number_that_the_manifest_writes(registry: Registry) -> None:
    """Not the nearest binary fraction, and not rounded."""
    nodes = [tool(f"n{number}", name, {}) for number, name in enumerate(PRICES)]
    plan = compiled(blueprint(*nodes), registry, where="x.json").plan

    assert plan is not None
    assert sum(map(Decimal, AMOUNTS), Decimal(0)) == plan.cost.maximum
    assert "3.70000100000000004" == str(plan.cost.maximum)


@given(st.data())
def test_the_budget_bars_exactly_what_may_cost_more(registry: Registry, data: st.DataObject) -> None:
    """The hint's `max_items` and `budget` are taken at their word: with them the same blueprint compiles."""
    nodes = [_node(data, number) for number in range(data.draw(st.integers(1, 3)))]
    free = compiled(blueprint(*nodes, inputs=INPUTS), registry, where="x.json").plan
    assert free is not None
    budget = data.draw(st.sampled_from([0, 0.05, 1, 7.5, 100]))
    result = compiled(blueprint(*nodes, inputs=INPUTS, budget=budget), registry, where="x.json")

    assert (free.cost.maximum > Decimal(str(budget))) == (result.plan is None)
    if result.plan is None:
        raised = result.findings[0].hints[-1].removeprefix("To allow it, set `budget: ").removesuffix("`")
        again = blueprint(*nodes, inputs=INPUTS, budget=json.loads(raised))

        assert compiled(again, registry, where="x.json").plan is not None, raised
