"""The arithmetic of cost bounds, for whoever writes them into a plan and whoever holds a plan's own against them.

A call costs `base` plus `per_token` times a bound of tokens. `for_each` repeats a node as often as its list is long, at
most `max_items` times; a retry is a further attempt. For each node and in total:

    minimum   what must run runs once, without tokens; a node with `when` is skipped, a list that is not known is empty
    expected  every node runs once for each possible item, up to its token bound
    maximum   the same, with every attempt used
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from ice_core.models.plan import CostBounds, PlannedBody, PlannedComponent, PlannedNode, UnitCost


def token_bound(*bounds: int | None) -> int | None:
    """The lowest of what is bounded; None where nothing is."""
    given = [bound for bound in bounds if bound is not None]
    return min(given) if given else None


def call_bounds(unit: UnitCost, *, tokens: int | None) -> CostBounds:
    """What one call costs."""
    full = unit.base + unit.per_token * (tokens or 0)
    return CostBounds(minimum=unit.base, expected=full, maximum=full)


def repetitions(for_each: str | Sequence[object] | None, max_items: int | None) -> tuple[int, int]:
    """The fewest and the most times that a node runs."""
    if for_each is None:
        return 1, 1
    if isinstance(for_each, str):
        return 0, max_items or 0
    return len(for_each), len(for_each)


def node_bounds(one: CostBounds, *, times: tuple[int, int], attempts: int, has_condition: bool) -> CostBounds:
    """What a node costs of which one run costs `one`."""
    fewest, most = times
    return CostBounds(
        minimum=Decimal(0) if has_condition else one.minimum * fewest,
        expected=one.expected * most,
        maximum=one.maximum * most * attempts,
    )


def sum_of(bounds: Iterable[CostBounds]) -> CostBounds:
    """The sum."""
    minimum = expected = maximum = Decimal(0)
    for each in bounds:
        minimum, expected, maximum = minimum + each.minimum, expected + each.expected, maximum + each.maximum
    return CostBounds(minimum=minimum, expected=expected, maximum=maximum)


def planned_bounds(node: PlannedNode, component: PlannedComponent, body: CostBounds | None) -> CostBounds:
    """What a node of a plan costs; `body` is that of the nodes inside it, if it is a workflow."""
    tokens = token_bound(component.cost.max_tokens, node.max_tokens)
    return node_bounds(
        body if body is not None else call_bounds(component.cost, tokens=tokens),
        times=repetitions(node.for_each, node.max_items),
        attempts=node.retry_policy.max_attempts,
        has_condition=node.when is not None,
    )


def body_total(body: PlannedBody) -> CostBounds:
    """What the nodes of a body say that they cost, together."""
    return sum_of(node.cost for node in body.nodes)
