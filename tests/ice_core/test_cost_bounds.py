"""The arithmetic of cost bounds: token bounds, repetitions, attempts and conditions, exact to the last digit."""

from decimal import Decimal

import pytest

from ice_core.cost_bounds import body_total, call_bounds, node_bounds, planned_bounds, repetitions, sum_of, token_bound
from ice_core.models.plan import CostBounds, PlannedNode, UnitCost
from ice_core.strict_json import JsonObject
from tests.builders.plans import component_of, node, plan, planned_component

PAID = component_of(planned_component(base="2", per_token="0.5", max_tokens=10))


def bounds(minimum: str, expected: str, maximum: str) -> CostBounds:
    return CostBounds(minimum=Decimal(minimum), expected=Decimal(expected), maximum=Decimal(maximum))


def planned(**members: object) -> PlannedNode:
    return PlannedNode.model_validate({**node("a"), **members})


@pytest.mark.parametrize(
    ("given", "expected"),
    [((None, None), None), ((), None), ((7, None), 7), ((None, 7), 7), ((7, 3), 3), ((0, 3), 0)],
)
def test_the_lowest_token_bound_holds(given: tuple[int | None, ...], expected: int | None) -> None:
    assert expected == token_bound(*given)


def test_a_call_costs_its_base_at_least_and_its_tokens_at_most() -> None:
    unit = UnitCost(base=Decimal("0.1"), per_token=Decimal("0.000001"))

    assert bounds("0.1", "0.100003", "0.100003") == call_bounds(unit, tokens=3)
    assert bounds("0.1", "0.1", "0.1") == call_bounds(unit, tokens=None)


@pytest.mark.parametrize(
    ("for_each", "max_items", "expected"),
    [
        (None, None, (1, 1)),
        (None, 5, (1, 1)),
        ("{{ inputs.rows }}", 5, (0, 5)),
        ("{{ inputs.rows }}", None, (0, 0)),
        ([], 5, (0, 0)),
        (["a", "b"], None, (2, 2)),
    ],
)
def test_a_list_that_is_written_out_repeats_as_often_as_it_is_long(
    for_each: str | list[object] | None, max_items: int | None, expected: tuple[int, int]
) -> None:
    assert expected == repetitions(for_each, max_items)


def test_attempts_count_in_the_maximum_only() -> None:
    one = bounds("1", "2", "3")

    assert bounds("2", "10", "60") == node_bounds(one, times=(2, 5), attempts=4, has_condition=False)


def test_a_node_with_a_condition_may_cost_nothing() -> None:
    one = bounds("1", "2", "3")

    assert bounds("0", "2", "3") == node_bounds(one, times=(1, 1), attempts=1, has_condition=True)


def test_amounts_are_added_without_rounding() -> None:
    """Three tenths, which binary floating point would miss."""
    tenths = [bounds("0.1", "0.1", "0.1")] * 3

    assert bounds("0.3", "0.3", "0.3") == sum_of(tenths)
    assert bounds("0", "0", "0") == sum_of([])


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, ("2", "7", "7")),
        ({"max_tokens": 4}, ("2", "4", "4")),
        ({"max_tokens": 40}, ("2", "7", "7")),
        ({"when": "b > 0"}, ("0", "7", "7")),
        ({"retry_policy": {"max_attempts": 3}}, ("2", "7", "21")),
        ({"for_each": "{{ inputs.rows }}", "max_items": 2}, ("0", "14", "14")),
        ({"for_each": [1, 2, 3], "retry_policy": {"max_attempts": 2}}, ("6", "21", "42")),
    ],
)
def test_a_planned_node_costs_what_its_component_and_its_members_say(
    members: JsonObject, expected: tuple[str, str, str]
) -> None:
    assert bounds(*expected) == planned_bounds(planned(**members), PAID, None)


def test_a_workflow_costs_what_is_inside_it_and_not_what_it_declares() -> None:
    inside = bounds("1", "2", "3")

    assert bounds("1", "2", "6") == planned_bounds(planned(retry_policy={"max_attempts": 2}), PAID, inside)


def test_a_body_costs_what_its_nodes_say() -> None:
    first: JsonObject = {"minimum": "0", "expected": "1", "maximum": "2"}
    second: JsonObject = {"minimum": "0.5", "expected": "0.5", "maximum": "0.5"}
    body = plan(node("a", cost=first), node("b", cost=second)).body

    assert bounds("0.5", "1.5", "2.5") == body_total(body)
