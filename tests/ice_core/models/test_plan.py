"""`plan.v0`: round trip, deterministic bytes, every bound, and money as text."""

from decimal import Decimal

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.amounts import amount_text
from ice_core.canonical import canonical_bytes, value_digest
from ice_core.errors import IceError
from ice_core.models.plan import CostBounds, parse_plan, plan_bytes, plan_digest, plan_value, read_plan
from ice_core.strict_json import JsonObject, JsonValue
from tests.ice_core.models.documents import bracketed, changed, full_plan, without

COMPONENT = "components.tool:csv_reader"
PACKAGE = "packages.acme-csv"
NODE = "body.nodes.0"


def _refusal(plan: JsonObject) -> IceError:
    with pytest.raises(IceError) as refusal:
        parse_plan(plan, where="plan.json")
    assert "plan-invalid" == refusal.value.slug
    return refusal.value


def _places(error: IceError) -> set[str]:
    findings = error.findings or (error.finding,)
    return {finding.where.path for finding in findings if finding.where is not None}


def test_a_plan_survives_its_bytes() -> None:
    """Read, written and read again it is the same, with the same digest."""
    plan = read_plan(canonical_bytes(full_plan()), where="plan.json")

    again = read_plan(plan_bytes(plan), where="plan.json")

    assert plan == again
    assert plan_bytes(plan) == plan_bytes(again)
    assert plan_digest(plan) == value_digest(plan_value(again))


def test_equal_plans_have_equal_bytes_however_they_were_written() -> None:
    """Neither the order of members nor what was spelled out and is a default shows in the bytes."""
    sparse = without(without(full_plan(), f"{NODE}.dependencies"), f"{COMPONENT}.permissions.network")
    backwards = dict(reversed(sparse.items()))

    assert plan_bytes(parse_plan(full_plan(), where="x")) == plan_bytes(parse_plan(backwards, where="x"))


WRONG: list[tuple[str, list[JsonValue]]] = [
    ("schema_version", ["plan.v1", 0, None]),
    ("blueprint_id", [1, None]),
    (
        "blueprint_digest",
        ["", "ab" * 32, "sha256:" + "AB" * 32, "sha256:" + "ab" * 31, "sha256:" + "ab" * 32 + "\n", 1],
    ),
    ("lock_digest", ["", "md5:" + "ab" * 16, 1]),
    ("body.nodes", [{}, [1], None]),
    ("body.inputs", [[], None]),
    (f"{NODE}.id", ["", "a b", 1]),
    (f"{NODE}.component", ["", "csv_reader", "plugin:a", "tool:a__b", "tool:a_", "tool:A", "tool:" + "a" * 65, 1]),
    (f"{NODE}.arguments", [[], None]),
    (f"{NODE}.dependencies", ["a", [""]]),
    (f"{NODE}.timeout_seconds", [-1, "1"]),
    (f"{NODE}.cost", [{}, 0, None]),
    (f"{NODE}.cost.maximum", [1, 0.5, "-1", "+1", "1e3", "1.", ".5", "", " 1", "1 ", "1_0", "٣", "²", "inf", "NaN"]),
    (f"{NODE}.cost.maximum", ["1.2.3", "9" * 41, "1\n", True, None]),
    ("body.nodes.1.body.budget", [1.5, "-1"]),
    ("body.nodes.1.body.nodes.0.cost.expected", ["x"]),
    (f"{COMPONENT}.id", ["tool", "tool:A"]),
    (f"{COMPONENT}.digest", ["sha256:", None]),
    (f"{COMPONENT}.input_schema", [True, []]),
    (f"{COMPONENT}.permissions.tools", [["x"]]),
    (f"{COMPONENT}.cost.max_tokens", ["1", 1.5, True]),
    (f"{PACKAGE}.status", ["trusted", "", None, True]),
    (f"{PACKAGE}.wheels", [{}, [1], [{"filename": "a.whl"}]]),
    (f"{PACKAGE}.manifest_digest", ["x"]),
    ("assumptions", ["x", [1]]),
]


@pytest.mark.parametrize(("path", "value"), [(path, value) for path, values in WRONG for value in values])
def test_a_member_of_the_wrong_form_is_refused_at_its_place(path: str, value: JsonValue) -> None:
    """The orchestrator trusts the form of a plan, so nothing is bent to fit."""
    error = _refusal(changed(full_plan(), path, value))

    assert all(place.startswith(bracketed(path)) for place in _places(error))


@pytest.mark.parametrize("path", ["colour", f"{NODE}.colour", f"{COMPONENT}.import", f"{PACKAGE}.key", "cost.mean"])
def test_an_unknown_member_is_refused_by_name(path: str) -> None:
    """A plan of a newer iceos is compiled anew, not half understood."""
    error = _refusal(changed(full_plan(), path, "x"))

    assert {bracketed(path)} == _places(error)


@pytest.mark.parametrize("path", ["body", "components", "blueprint_digest", f"{NODE}.cost", f"{COMPONENT}.digest"])
def test_a_required_member_is_never_defaulted(path: str) -> None:
    """Above all no digest."""
    error = _refusal(without(full_plan(), path))

    assert {bracketed(path)} == _places(error)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Decimal("0"), "0"),
        (Decimal("0.0"), "0"),
        (Decimal("0.0042"), "0.0042"),
        (Decimal("1.50"), "1.5"),
        (Decimal("100"), "100"),
        (Decimal("1E+3"), "1000"),
        (Decimal("5E-324"), "0." + "0" * 323 + "5"),
    ],
)
def test_an_amount_is_written_without_exponent_and_trailing_zeros(amount: Decimal, text: str) -> None:
    """One spelling, so that equal plans have equal bytes."""
    written = amount_text(amount)

    assert text == written
    assert amount == Decimal(written)


@given(st.decimals(0, 10**6, allow_nan=False, allow_infinity=False, places=9))
def test_an_amount_survives_a_plan(amount: Decimal) -> None:
    """Money stays decimal from the compiler to the run."""
    bounds = CostBounds(minimum=abs(amount), expected=abs(amount), maximum=abs(amount))

    again = CostBounds.model_validate(bounds.model_dump(mode="json"))

    assert bounds == again


@pytest.mark.parametrize("amount", [Decimal("-1"), Decimal("-0"), Decimal("NaN"), Decimal("Infinity")])
def test_an_amount_that_could_not_be_read_back_is_not_written(amount: Decimal) -> None:
    """The compiler's own mistakes stop here."""
    with pytest.raises(pydantic.ValidationError, match="amount written in digits"):
        CostBounds(minimum=amount, expected=Decimal(0), maximum=Decimal(0))


def test_a_plan_is_frozen() -> None:
    """What was digested cannot be changed afterwards."""
    plan = parse_plan(full_plan(), where="x")

    with pytest.raises(pydantic.ValidationError, match="frozen"):
        plan.body.nodes[0].component = "tool:other"


def test_a_plan_that_is_no_json_is_refused_as_such() -> None:
    """The strict parser stands at this door too."""
    with pytest.raises(IceError) as refusal:
        read_plan(b'{"a":1,"a":2}', where="plan.json")

    assert "json-duplicate-member" == refusal.value.slug


def test_a_components_schemas_are_compiled_once_and_are_no_part_of_the_plan() -> None:
    plan, fresh = (parse_plan(full_plan(), where="x") for _ in range(2))
    component = plan.components["tool:csv_reader"]

    assert component.input_contract is component.input_contract
    assert component.output_contract is component.output_contract
    assert fresh == plan
    assert plan_bytes(fresh) == plan_bytes(plan)
