"""What a blueprint may cost, in decimal USD, from what the manifests declare; nothing is run and nothing is a float.

How the bounds come about is in `ice_core.cost_bounds`.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from typing import Final

from ice_compiler.findings import Findings
from ice_compiler.node_form import AnyNode
from ice_core import cost_bounds
from ice_core.amounts import amount_text
from ice_core.document import PathSteps
from ice_core.models.plan import CostBounds, unit_cost
from ice_core.models.plugins import ComponentEntry
from ice_core.registered import RegisteredComponent

# A budget is a JSON number: 15 digits are what each of them reads back exactly.
_ROUNDED_UP: Final = Context(prec=15, rounding=ROUND_CEILING)


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeCost:
    """What one node costs, how its maximum comes about in words, and where it stands."""

    node_id: str
    component: str
    bounds: CostBounds
    words: str
    at: PathSteps
    max_items: int | None = None


def token_bound(entry: ComponentEntry, node: AnyNode) -> int | None:
    """How many tokens one call may use: the lower of what the component declares and what the node allows."""
    return cost_bounds.token_bound(entry.max_tokens, node.max_tokens)


def node_cost(
    node: AnyNode, component: RegisteredComponent, body: CostBounds | None, at: PathSteps, findings: Findings
) -> NodeCost:
    """The cost of one node; `body` is that of the nodes inside it, if it is a workflow."""
    one = body if body is not None else _call_cost(node, component, at, findings)
    times = cost_bounds.repetitions(node.for_each, node.max_items)
    attempts = node.retry_policy.max_attempts if node.retry_policy is not None else 1
    bounds = cost_bounds.node_bounds(one, times=times, attempts=attempts, has_condition=node.when is not None)
    return NodeCost(
        node_id=node.id,
        component=str(component.id),
        bounds=bounds,
        words=_words(one, times[1], attempts, node),
        at=at,
        max_items=node.max_items if isinstance(node.for_each, str) else None,
    )


def total(costs: list[NodeCost]) -> CostBounds:
    """The sum of all nodes."""
    return cost_bounds.sum_of(cost.bounds for cost in costs)


def assumptions(node: AnyNode, component: RegisteredComponent, cost: NodeCost) -> list[str]:
    """What the bounds of a node take for granted, in words."""
    words = []
    if component.entry.cost_estimate is None and node.type != "workflow":
        words.append(f"`{component.id}` declares no cost and is counted as 0")
    if component.entry.permissions.tools:
        words.append(
            f"what `{component.id}` calls by itself is not counted; a run takes it from its budget as it calls"
        )
    if node.type != "workflow" and unit_cost(component.entry).per_token:
        words.append(f"`{component.id}` uses at most {token_bound(component.entry, node) or 0} tokens a call")
    if cost.max_items is not None:
        words.append(f"`{node.id}` goes through its whole `max_items` of {cost.max_items}")
    return words


def check_budget(name: str, costs: list[NodeCost], budget: Decimal | None, at: PathSteps, findings: Findings) -> None:
    """A finding where the maximum is more than the budget, with the dearest nodes."""
    most = total(costs).maximum
    if budget is None or most <= budget:
        return
    dearest = sorted((cost for cost in costs if cost.bounds.maximum), key=lambda cost: -cost.bounds.maximum)
    width = max(len(cost.component) for cost in dearest)
    lines = [f"{cost.component:<{width}}  {amount_text(cost.bounds.maximum):>8}  {cost.words}" for cost in dearest[:8]]
    if len(dearest) > 8:
        lines.append(f"and {len(dearest) - 8} more")
    findings.add(
        "cost-over-budget",
        f"`{name}` may cost {amount_text(most)}, and its budget is {amount_text(budget)}",
        at,
        expected=f"at most {amount_text(budget)} USD",
        found=f"{amount_text(most)} USD",
        detail=lines,
        note="Costs are what the manifests declare; none of this code was run.",
        hints=(
            *_fewer_items(dearest, most, budget, findings),
            f"To allow it, set `budget: {amount_text(_ROUNDED_UP.plus(most))}`",
        ),
    )


def _fewer_items(dearest: list[NodeCost], most: Decimal, budget: Decimal, findings: Findings) -> list[str]:
    repeated = next((cost for cost in dearest if cost.max_items is not None and cost.max_items > 1), None)
    if repeated is None or repeated.max_items is None:
        return []
    each = repeated.bounds.maximum / repeated.max_items
    rest = most - repeated.bounds.maximum
    fits = int((budget - rest) / each) if budget > rest else 0
    items = fits if fits >= 1 else max(repeated.max_items // 4, 1)
    line = findings.location((*repeated.at, "max_items")).line
    cheaper = amount_text(rest + each * items)
    return [f"The `for_each` at line {line} says `max_items: {repeated.max_items}`; with {items} it costs {cheaper}"]


def _call_cost(node: AnyNode, component: RegisteredComponent, at: PathSteps, findings: Findings) -> CostBounds:
    unit = unit_cost(component.entry)
    bound = token_bound(component.entry, node)
    if unit.per_token and bound is None:
        findings.add(
            "cost-unbounded",
            f"`{component.id}` costs {amount_text(unit.per_token)} a token, and nothing bounds its tokens",
            at,
            expected=f"`max_tokens` of `{node.id}`, or of the component in its manifest",
            hints=("Say how many tokens a call may use: `max_tokens: 4000`",),
        )
    return cost_bounds.call_bounds(unit, tokens=bound)


def _words(one: CostBounds, most: int, attempts: int, node: AnyNode) -> str:
    each = amount_text(one.maximum)
    parts = [each]
    if node.for_each is not None:
        parts.append(f"for_each of up to {most}" if isinstance(node.for_each, str) else f"for_each of {most}")
    if attempts > 1:
        parts.append(f"{attempts} attempts")
    return " x ".join(parts) if len(parts) > 1 else "1 call"
