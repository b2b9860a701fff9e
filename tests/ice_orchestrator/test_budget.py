"""The budget: no order of reservations and settlements passes the bound, and waiting ends."""

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.errors import IceError
from ice_orchestrator.budget import Budget


def test_without_a_bound_everything_fits() -> None:
    """A run without a budget is only counted."""
    budget = Budget(None)

    async def spend() -> None:
        await budget.reserve(Decimal(10**6), path="a")
        budget.settle(Decimal(10**6), cost=Decimal("0.1"))

    asyncio.run(spend())

    assert Decimal("0.1") == budget.spent


def test_what_could_pass_the_bound_is_refused_with_the_numbers() -> None:
    """Limit, spent, reserved and needed are in the details."""
    budget = Budget(Decimal("1.00"))
    budget.charge(Decimal("0.7"))

    with pytest.raises(IceError) as refused:
        asyncio.run(budget.reserve(Decimal("0.4"), path="answer"))

    assert "budget-exceeded" == refused.value.slug
    assert {"limit": "1", "spent": "0.7", "reserved": "0", "needed": "0.4"} == refused.value.finding.details


def test_exactly_the_bound_fits() -> None:
    """The bound itself may be spent: 0.1 + 0.2 is 0.3, because money is decimal."""
    budget = Budget(Decimal("0.3"))
    budget.charge(Decimal("0.1"))

    asyncio.run(budget.reserve(Decimal("0.2"), path="a"))


def test_what_fits_once_others_have_settled_waits_for_them() -> None:
    """The second reservation starts when the first turns out cheaper than its bound."""
    budget = Budget(Decimal(1))
    order: list[str] = []

    async def first() -> None:
        await budget.reserve(Decimal("0.8"), path="a")
        await asyncio.sleep(0.001)
        order.append("settled")
        budget.settle(Decimal("0.8"), cost=Decimal("0.1"))

    async def second() -> None:
        await budget.reserve(Decimal("0.5"), path="b")
        order.append("reserved")

    async def both() -> None:
        await asyncio.gather(first(), second())

    asyncio.run(both())

    assert ["settled", "reserved"] == order


@pytest.mark.parametrize("stop", [False, True])
def test_what_may_not_wait_or_whose_run_is_ending_is_refused(stop: bool) -> None:
    """An agent's call does not wait, and a waiter is woken when the run ends."""
    budget = Budget(Decimal(1))

    async def main() -> None:
        await budget.reserve(Decimal("0.8"), path="a")
        waiting = asyncio.create_task(budget.reserve(Decimal("0.5"), path="b", may_wait=stop))
        await asyncio.sleep(0)
        if stop:
            assert not waiting.done()
            budget.stop()
        await waiting

    with pytest.raises(IceError) as refused:
        asyncio.run(main())

    assert "budget-exceeded" == refused.value.slug


def test_a_nested_bound_holds_beside_the_outer_one() -> None:
    """What a workflow spends, the run spends; each bound refuses by itself."""
    outer = Budget(Decimal(1))
    inner = outer.within(Decimal("0.5"))

    async def main() -> None:
        await inner.reserve(Decimal("0.4"), path="w/a")
        inner.settle(Decimal("0.4"), cost=Decimal("0.4"))

    asyncio.run(main())

    assert (Decimal("0.4"), Decimal("0.4")) == (inner.spent, outer.spent)
    with pytest.raises(IceError):
        asyncio.run(inner.reserve(Decimal("0.2"), path="w/b"))


@pytest.mark.parametrize("inner", [None, Decimal(5)])
def test_the_outer_bound_holds_inside_a_nested_one(inner: Decimal | None) -> None:
    """A workflow with a wider budget, or none, cannot spend more than the run."""
    outer = Budget(Decimal("0.5"))

    with pytest.raises(IceError) as refused:
        asyncio.run(outer.within(inner).reserve(Decimal("0.6"), path="w/a"))

    assert "0.5" == refused.value.finding.details["limit"]


@pytest.mark.parametrize("limit", ["-1", "NaN", "Infinity"])
def test_a_budget_is_a_finite_amount(limit: str) -> None:
    """Anything else is refused before the run."""
    with pytest.raises(IceError) as refused:
        Budget(Decimal(limit))

    assert "budget-invalid" == refused.value.slug


@given(
    limit=st.decimals(0, 5, places=2),
    attempts=st.lists(st.tuples(st.decimals(0, 2, places=2), st.integers(0, 100)), max_size=12),
)
def test_no_mix_of_attempts_passes_the_bound(limit: Decimal, attempts: list[tuple[Decimal, int]]) -> None:
    """Whatever attempts run side by side, what is spent is within the bound, and all of them come to an end."""
    budget = Budget(limit)

    async def attempt(bound: Decimal, percent: int) -> None:
        try:
            await budget.reserve(bound, path="n")
        except IceError:
            return
        await asyncio.sleep(0)
        budget.settle(bound, cost=bound * percent / 100)

    async def main() -> None:
        await asyncio.gather(*(attempt(bound, percent) for bound, percent in attempts))

    asyncio.run(main())

    assert budget.spent <= limit
