"""Metering: decimal money, nothing before the call, and tokens that count even when they are too many."""

from decimal import Decimal

import pytest

from ice_core.errors import IceError
from ice_orchestrator.metering import Meter, attempt_bound
from tests.builders.plans import component_of, planned_component

PRICED = component_of(planned_component("agent:a", base="0.1", per_token="0.000002", max_tokens=1000))


def test_an_attempt_costs_nothing_before_the_component_is_called() -> None:
    """Loading may fail, and then nothing was bought."""
    meter = Meter(PRICED, path="a")

    assert Decimal(0) == meter.cost


def test_cost_is_base_and_tokens_in_decimal() -> None:
    """0.1 + 3 x 0.000002 is exact."""
    meter = Meter(PRICED, path="a")
    meter.called = True
    meter.use(1)
    meter.use(2)

    assert Decimal("0.100006") == meter.cost


@pytest.mark.parametrize(("configured", "bound"), [(None, "0.102"), (10, "0.10002"), (0, "0.1"), (9999, "0.102")])
def test_the_bound_uses_the_lower_of_the_nodes_tokens_and_the_components(configured: int | None, bound: str) -> None:
    """A node may lower what the component declares, and never raise it: the compiler counts the same way."""
    assert Decimal(bound) == attempt_bound(PRICED, max_tokens=configured)


def test_a_component_without_a_token_bound_is_reserved_at_its_base() -> None:
    """The compiler has told that its cost is not bounded."""
    free = component_of(planned_component("agent:a", base="0.1", per_token="1"))

    assert Decimal("0.1") == attempt_bound(free)


def test_tokens_over_the_bound_are_refused_and_counted() -> None:
    """They are spent, so they are in the cost."""
    meter = Meter(PRICED, path="a", max_tokens=10)
    meter.called = True

    with pytest.raises(IceError) as refused:
        meter.use(11)

    assert "tokens-exceeded" == refused.value.slug
    assert Decimal("0.100022") == meter.cost


@pytest.mark.parametrize("tokens", [-1, 1.5, True, "3", None])
def test_a_use_is_a_whole_number(tokens: object) -> None:
    """Nothing else is counted."""
    meter = Meter(PRICED, path="a")

    with pytest.raises(IceError) as refused:
        meter.use(tokens)

    assert ("usage-invalid", 0) == (refused.value.slug, meter.tokens)
