"""What a plan says by itself: each reference leads to an input or to what is waited for, each bound follows."""

import pytest

from ice_core.errors import IceError
from ice_core.models.plan import Plan
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.plan_contents import check_body, check_cost
from tests.builders.plans import body, node, plan, planned_component

TEXT_INPUT: JsonObject = {"type": "object", "properties": {"text": {"type": "string"}}}
PAID = planned_component(base="1", per_token="0.5", max_tokens=2)


def cost(minimum: str, expected: str, maximum: str) -> JsonObject:
    return {"minimum": minimum, "expected": expected, "maximum": maximum}


def workflow(*nodes: JsonObject, name: str = "outer", budget: str | None = None, **members: JsonValue) -> JsonObject:
    inner = body(*nodes)
    if budget is not None:
        inner["budget"] = budget
    return node(name, "workflow:inner", body=inner, **members)


def using(text: str, *after: str, **members: JsonValue) -> JsonObject:
    return node("use", "tool:double", *after, arguments={"given": [{"deep": text}]}, **members)


def with_total_of_one(given: Plan) -> Plan:
    """The plan of one node, which costs as a whole what the node does."""
    return given.model_copy(update={"cost": given.body.nodes[0].cost})


def refusal(given: Plan) -> IceError:
    with pytest.raises(IceError) as caught:
        check_body(given)
    return caught.value


def altered(given: Plan) -> IceError:
    with pytest.raises(IceError) as caught:
        check_cost(given)
    assert "plan-altered" == caught.value.slug
    return caught.value


@pytest.mark.parametrize(
    "given",
    [
        plan(using("no reference")),
        plan(using("{{ inputs.text }}"), inputs=TEXT_INPUT),
        plan(using("{{ inputs }}"), inputs=TEXT_INPUT),
        plan(using("{{ inputs.any }}")),
        plan(using("{{ inputs.other or 'none' }}"), inputs=TEXT_INPUT),
        plan(node("a"), using("{{ a.rows[0] }}", "a")),
        plan(node("a"), node("b", "tool:double", "a"), using("{{ a }}", "b")),
        plan(node("a"), using("", "a", when="a > 0")),
        plan(using("{{ item }} {{ index }}", for_each=[1, 2])),
        plan(node("a"), outputs={"all": "{{ a }}"}),
        plan(workflow(node("a"), using("{{ a }}", "a"))),
    ],
    ids=[
        "none",
        "input",
        "all inputs",
        "any input",
        "caught",
        "node",
        "node further up",
        "condition",
        "item",
        "output",
        "within",
    ],
)
def test_a_reference_to_an_input_or_to_what_is_waited_for_is_one(given: Plan) -> None:
    check_body(given)


@pytest.mark.parametrize(
    ("given", "reference", "where"),
    [
        (plan(using("{{ inputs.other }}"), inputs=TEXT_INPUT), "inputs.other", "use"),
        (plan(node("a"), using("{{ a }}")), "a", "use"),
        (plan(node("a"), using("{{ a or 'none' }}")), "a", "use"),
        (plan(node("a"), using("", when="a > 0")), "a", "use"),
        (plan(using("{{ item }}")), "item", "use"),
        (plan(using("", for_each="{{ item }}")), "item", "use"),
        (plan(node("a"), outputs={"all": "{{ b }}"}), "b", "outputs"),
        (plan(node("a"), workflow(using("{{ a }}"), name="w")), "a", "w/use"),
    ],
    ids=[
        "no such input",
        "not waited for",
        "caught, and not waited for",
        "condition",
        "item without a list",
        "item as the list",
        "output",
        "node outside",
    ],
)
def test_a_reference_to_anything_else_is_refused_where_it_stands(given: Plan, reference: str, where: str) -> None:
    error = refusal(given)

    assert "reference-missing" == error.slug
    assert reference == error.finding.details["reference"]
    assert where == str(error.finding.where)


@pytest.mark.parametrize(
    ("given", "slug"),
    [
        (plan(node("a"), inputs={"type": "no such type"}), "schema-invalid"),
        (plan(using("{{ inputs. }}")), "reference-syntax"),
        (plan(using("", when="a >")), "reference-syntax"),
        (plan(node("a"), outputs={"all": "{{ a"}), "reference-syntax"),
    ],
    ids=["inputs", "argument", "condition", "output"],
)
def test_what_cannot_be_read_is_refused_before_a_run_meets_it(given: Plan, slug: str) -> None:
    assert slug == refusal(given).slug


def test_bounds_that_follow_from_the_components_are_kept() -> None:
    each = node("each", for_each=[1, 2], retry_policy={"max_attempts": 2}, cost=cost("2", "4", "8"))

    check_cost(with_total_of_one(plan(each, components=(PAID,))))


@pytest.mark.parametrize(
    "wrong", [cost("0", "2", "2"), cost("1", "1", "2"), cost("1", "2", "1")], ids=["minimum", "expected", "maximum"]
)
def test_another_bound_of_a_node_is_refused_with_both(wrong: JsonObject) -> None:
    error = altered(plan(node("a", cost=wrong), components=(PAID,)))

    assert "`a`" in error.finding.message
    assert "minimum 1, expected 2, maximum 2" == error.finding.expected
    assert ", ".join(f"{name} {amount}" for name, amount in wrong.items()) == error.finding.found


def test_another_bound_within_a_workflow_is_refused_by_its_path() -> None:
    error = altered(plan(workflow(node("a")), components=(PAID,)))

    assert "`outer/a`" in error.finding.message


def test_a_workflow_that_says_less_than_its_nodes_is_refused() -> None:
    error = altered(plan(workflow(node("a", cost=cost("1", "2", "2"))), components=(PAID,)))

    assert "`outer`" in error.finding.message


def test_another_bound_of_the_whole_is_refused() -> None:
    error = altered(plan(node("a"), minimum="0", maximum="3"))

    assert "the whole" in error.finding.message
    assert "minimum 0, expected 0, maximum 3" == error.finding.found


@pytest.mark.parametrize("budget", ["2", "2.5"])
def test_a_budget_that_covers_the_most_is_kept(budget: str) -> None:
    given = plan(node("a", cost=cost("1", "2", "2")), components=(PAID,), budget=budget)

    check_cost(with_total_of_one(given))


def test_a_budget_below_the_most_is_refused_in_a_workflow_too() -> None:
    paid = cost("1", "2", "2")
    within = altered(plan(workflow(node("a", cost=paid), budget="1.5", cost=paid), components=(PAID,)))
    outside = altered(plan(node("a", cost=paid), components=(PAID,), budget="1.5"))

    assert ("at least 2", "1.5") == (within.finding.expected, within.finding.found)
    assert ("at least 2", "1.5") == (outside.finding.expected, outside.finding.found)
