"""What a blueprint may cost: decimal, bounded, in words, and held against its budget."""

from pathlib import Path

import pytest

from ice_core.amounts import amount_text
from ice_core.strict_json import JsonObject, JsonValue
from ice_core.unified_registry import Registry
from tests.ice_compiler.parts import STRING, blueprint, compiled, component, manifest, record, registry_of, tool

NOTHING: JsonObject = {"type": "object"}
CALL: JsonObject = {"type": "object"}
ENTRIES = (
    component("tool:cheap", CALL, NOTHING, base=0.1),
    component("tool:odd", CALL, NOTHING, base=0.1, cost_estimate={"base": 0.1, "per_token": 0.0002}, max_tokens=1000),
    component("tool:endless", CALL, NOTHING, cost_estimate={"base": 0, "per_token": 0.001}),
    component("tool:silent", CALL, record(a=STRING), base=None),
)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Components that differ in what they cost."""
    return registry_of(tmp_path, manifest(ENTRIES))


def _bounds(registry: Registry, *nodes: JsonObject, **members: JsonValue) -> str:
    plan = compiled(blueprint(*nodes, **members), registry, where="x.json").plan

    assert plan is not None
    return " ".join(amount_text(amount) for amount in (plan.cost.minimum, plan.cost.expected, plan.cost.maximum))


@pytest.mark.parametrize(
    ("name", "members", "expected"),
    [
        ("cheap", {}, "0.1 0.1 0.1"),
        ("cheap", {"retry_policy": {"max_attempts": 3}}, "0.1 0.1 0.3"),
        ("cheap", {"when": "inputs.a"}, "0 0.1 0.1"),
        ("cheap", {"for_each": "{{ inputs.b }}", "max_items": 7}, "0 0.7 0.7"),
        ("cheap", {"for_each": [1, 2], "max_items": 7}, "0.2 0.2 0.2"),
        ("cheap", {"for_each": [1, 2], "max_items": 7, "retry_policy": {"max_attempts": 5}}, "0.2 0.2 1"),
        ("odd", {}, "0.1 0.3 0.3"),
        ("odd", {"max_tokens": 10}, "0.1 0.102 0.102"),
        ("odd", {"max_tokens": 100000}, "0.1 0.3 0.3"),
        ("odd", {"max_tokens": 0}, "0.1 0.1 0.1"),
        ("endless", {"max_tokens": 5}, "0 0.005 0.005"),
        ("silent", {}, "0 0 0"),
    ],
)
def test_the_bounds_of_a_node(registry: Registry, name: str, members: JsonObject, expected: str) -> None:
    """Items and attempts multiply, tokens count up to the lower of two bounds."""
    inputs: JsonObject = {
        "type": "object",
        "properties": {"a": {"type": "boolean"}, "b": {"type": "array"}},
        "required": ["a", "b"],
    }

    assert expected == _bounds(registry, tool("x", name, {}, **members), inputs=inputs)


def test_money_is_added_without_a_float(registry: Registry) -> None:
    """Ten times 0.1 is 1."""
    assert "1 1 1" == _bounds(registry, *(tool(f"x{index}", "cheap", {}) for index in range(10)))


def test_tokens_without_a_bound_are_a_finding(registry: Registry) -> None:
    """There is no maximum then."""
    result = compiled(blueprint(tool("x", "endless", {})), registry, where="x.json")

    assert ["cost-unbounded"] == [item.slug for item in result.findings]
    assert "`tool:endless` costs 0.001 a token, and nothing bounds its tokens" == result.findings[0].message
    assert result.plan is None


def test_what_the_bounds_rest_on_is_said_in_words(registry: Registry) -> None:
    """Nothing is counted silently as 0."""
    text = blueprint(
        tool("x", "silent", {}),
        tool("y", "odd", {}, max_tokens=10, for_each="{{ inputs.b }}", max_items=4),
        inputs={"required": ["b"]},
    )

    assert (
        "`tool:odd` uses at most 10 tokens a call",
        "`tool:silent` declares no cost and is counted as 0",
        "`y` goes through its whole `max_items` of 4",
    ) == compiled(text, registry, where="x.json").notes


def test_a_budget_that_is_enough_is_in_the_plan(registry: Registry) -> None:
    """The bound itself is still within it."""
    plan = compiled(blueprint(tool("x", "cheap", {}), budget=0.1), registry, where="x.json").plan

    assert plan is not None
    assert plan.body.budget is not None
    assert "0.1" == amount_text(plan.body.budget)


def test_over_budget_names_the_dearest_and_what_would_fit(registry: Registry) -> None:
    """The lines are sorted by what they cost; the hints give a number that fits."""
    text = blueprint(
        tool("a", "cheap", {}),
        tool("b", "cheap", {}, for_each="{{ inputs.b }}", max_items=20, retry_policy={"max_attempts": 2}),
        tool("c", "silent", {}),
        budget=1,
        inputs={"required": ["b"]},
    )
    finding = compiled(text, registry, where="x.json").findings[0]

    assert "cost-over-budget" == finding.slug
    assert "`news` may cost 4.1, and its budget is 1" == finding.message
    assert ("tool:cheap         4  0.1 x for_each of up to 20 x 2 attempts", "tool:cheap       0.1  1 call") == (
        finding.detail
    )
    assert (
        "The `for_each` at line 25 says `max_items: 20`; with 4 it costs 0.9",
        "To allow it, set `budget: 4.1`",
    ) == finding.hints


def test_over_budget_without_a_list_only_the_budget_can_be_raised(registry: Registry) -> None:
    """Eight lines are shown, then how many more."""
    text = blueprint(*(tool(f"x{index}", "cheap", {}) for index in range(10)), budget=0.5)
    finding = compiled(text, registry, where="x.json").findings[0]

    assert ("To allow it, set `budget: 1`",) == finding.hints
    assert "and 2 more" == finding.detail[-1]


def test_a_list_that_cannot_be_short_enough_is_quartered(registry: Registry) -> None:
    """Where even one item is over the budget, the hint still says how the cost falls."""
    text = blueprint(
        tool("a", "cheap", {}),
        tool("b", "cheap", {}, for_each="{{ inputs.b }}", max_items=8),
        budget=0.05,
        inputs={"required": ["b"]},
    )

    assert "says `max_items: 8`; with 2 it costs 0.3" in compiled(text, registry, where="x.json").findings[0].hints[0]
