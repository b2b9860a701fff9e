"""What a plan says by itself, held together without its blueprint: schemas, references, bounds of cost.

A run finds the same out as it goes; here it is said before. What only the blueprint could tell (which arguments were
meant, in which order, under which condition) is in docs/reference/verification.md.
"""

from collections.abc import Iterator

from ice_core.amounts import amount_text
from ice_core.contracts import compiled
from ice_core.cost_bounds import body_total, planned_bounds
from ice_core.errors import IceError, Location
from ice_core.models.plan import COMPILE_ANEW, CostBounds, Plan, PlannedBody, PlannedNode
from ice_core.reference_syntax import Path
from ice_core.references import parse_condition, parse_template, texts_in
from ice_core.strict_json import JsonValue, printable


def check_body(plan: Plan) -> None:
    """Returns if every schema compiles, and every reference is one, to an input or a node that is waited for.

    Raises:
        IceError: `schema-invalid`, `reference-syntax` or `reference-missing`.
    """
    _check_body(plan.body, "")


def check_cost(plan: Plan) -> None:
    """Returns if the bounds of each node and of the whole are those that follow from the plan's own components.

    Raises:
        IceError: `plan-altered`.
    """
    _check_costs(plan.body, plan, "")
    _check_bounds("the whole", plan.cost, body_total(plan.body))


def _check_body(body: PlannedBody, prefix: str) -> None:
    compiled(body.inputs, where=f"the inputs of {prefix or 'the plan'}")
    seen: dict[str, frozenset[str]] = {}
    for node in body.nodes:
        # The static order, which the model holds: what a node waits for comes before it.
        before = frozenset(node.dependencies).union(*(seen[name] for name in node.dependencies))
        seen[node.id] = before
        _check_node(node, before, body, f"{prefix}{node.id}")
        if node.body is not None:
            _check_body(node.body, f"{prefix}{node.id}/")
    _check_texts(body.outputs, frozenset(seen), body, f"{prefix}outputs")


def _check_node(node: PlannedNode, before: frozenset[str], body: PlannedBody, path: str) -> None:
    if node.when is not None:
        for each in parse_condition(node.when, where=Location(path)).paths:
            _check_path(each, before, path)
    _check_texts(node.for_each, before, body, path)
    inside = before | {"item", "index"} if node.for_each is not None else before
    _check_texts(node.arguments, inside, body, path)


def _check_texts(value: JsonValue, known: frozenset[str], body: PlannedBody, where: str) -> None:
    declared = body.inputs.get("properties")
    inputs = declared.keys() if isinstance(declared, dict) else None
    for _, text in texts_in(value):
        template = parse_template(text, where=Location(where))
        for path in template.paths:
            _check_path(path, known, where)
        # What a fallback catches may be absent.
        for alone in (each.terms[0] for each in template.expressions if len(each.terms) == 1):
            is_input = isinstance(alone, Path) and alone.name == "inputs" and alone.steps
            if isinstance(alone, Path) and is_input and inputs is not None and alone.steps[0] not in inputs:
                raise _missing(alone, where)


def _check_path(path: Path, known: frozenset[str], where: str) -> None:
    if path.name != "inputs" and path.name not in known:
        raise _missing(path, where)


def _missing(path: Path, where: str) -> IceError:
    return IceError(
        "reference-missing",
        f"`{printable(str(path))}` of `{where}` is nothing that it can refer to",
        where=Location(where),
        expected="an input that the plan declares, or a node that it waits for",
        found=printable(str(path)),
        note="No node was run.",
        hints=(COMPILE_ANEW,),
        details={"reference": str(path), "column": path.column, "length": path.length},
    )


def _check_costs(body: PlannedBody, plan: Plan, prefix: str) -> None:
    for node in body.nodes:
        inner = body_total(node.body) if node.body is not None else None
        if node.body is not None:
            _check_costs(node.body, plan, f"{prefix}{node.id}/")
        _check_bounds(f"`{prefix}{node.id}`", node.cost, planned_bounds(node, plan.components[node.component], inner))
    most = body_total(body).maximum
    if body.budget is not None and most > body.budget:
        raise _altered(
            "The plan's budget is below what the plan may cost",
            f"at least {amount_text(most)}",
            amount_text(body.budget),
        )


def _check_bounds(what: str, found: CostBounds, expected: CostBounds) -> None:
    if found != expected:
        raise _altered(
            f"The plan says another cost of {what} than follows from its components", _words(expected), _words(found)
        )


def _altered(message: str, expected: str, found: str) -> IceError:
    return IceError(
        "plan-altered",
        message,
        where=Location("the plan", path="cost"),
        expected=expected,
        found=found,
        note="The compiler works the bounds out from what the manifests declare, and nobody else writes them.",
        hints=(COMPILE_ANEW,),
    )


def _words(bounds: CostBounds) -> str:
    return ", ".join(_each(bounds))


def _each(bounds: CostBounds) -> Iterator[str]:
    for name, amount in (("minimum", bounds.minimum), ("expected", bounds.expected), ("maximum", bounds.maximum)):
        yield f"{name} {amount_text(amount)}"
