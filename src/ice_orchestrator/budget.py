"""The most that a run may spend: reserved before an attempt, settled after, so that the bound is never passed.

An attempt that fits only once others have settled waits for them. An agent's calls do not wait, because the agent
holds a reservation of its own: two agents would wait for each other for ever.
"""

import asyncio
from collections.abc import Iterator
from decimal import Decimal

from ice_core.amounts import amount_text
from ice_core.errors import IceError, Location


class _Waiters:
    """The attempts that wait for room, in the order in which they came."""

    __slots__ = ("_futures",)

    def __init__(self) -> None:
        self._futures: list[asyncio.Future[None]] = []

    async def change(self) -> None:
        """Returns once something was settled, or the run is ending."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._futures.append(future)
        await future

    def wake(self) -> None:
        futures, self._futures = self._futures, []
        for future in futures:
            if not future.done():
                future.set_result(None)


class Budget:
    """One bound in USD (None: no bound), within a parent's bound when a nested workflow has its own."""

    __slots__ = ("_limit", "_parent", "_reserved", "_stopped", "_waiters", "spent")

    def __init__(self, limit: Decimal | None, *, parent: "Budget | None" = None) -> None:
        if limit is not None and (not limit.is_finite() or limit < 0):
            raise IceError(
                "budget-invalid",
                f"`{limit}` is not a budget",
                expected="an amount in USD of at least 0, as in 0.50",
                found=str(limit),
                hints=("Write for example `--budget 0.50`",),
            )
        self._limit = limit
        self._parent = parent
        self._reserved = Decimal(0)
        self._stopped = False
        self.spent = Decimal(0)
        self._waiters: _Waiters = parent._waiters if parent is not None else _Waiters()

    def within(self, limit: Decimal | None) -> "Budget":
        """A budget of its own inside this one: what it spends, this one spends."""
        return Budget(limit, parent=self)

    def charge(self, amount: Decimal) -> None:
        """Counts money that was spent before (a resumed run)."""
        for budget in self._chain():
            budget.spent += amount

    async def reserve(self, amount: Decimal, *, path: str, may_wait: bool = True) -> None:
        """Sets `amount` aside for an attempt of the node at `path`.

        Raises:
            IceError: `budget-exceeded`, when the attempt could pass a bound; nothing is set aside.
        """
        while (full := self._without_room(amount)) is not None:
            if self._is_stopped() or not may_wait or not full._could_fit_later(amount):
                raise full._exceeded(amount, path)
            await self._waiters.change()
        if amount:
            for budget in self._chain():
                budget._reserved += amount

    def settle(self, reserved: Decimal, *, cost: Decimal) -> None:
        """Gives a reservation back and counts what was really spent."""
        if not reserved and not cost:
            return
        for budget in self._chain():
            budget._reserved -= reserved
            budget.spent += cost
        self._waiters.wake()

    def stop(self) -> None:
        """Wakes the attempts that wait: the run is ending, so nothing will start."""
        self._stopped = True
        self._waiters.wake()

    def _chain(self) -> "Iterator[Budget]":
        budget: Budget | None = self
        while budget is not None:
            yield budget
            budget = budget._parent

    def _is_stopped(self) -> bool:
        return any(budget._stopped for budget in self._chain())

    def _without_room(self, amount: Decimal) -> "Budget | None":
        for budget in self._chain():
            if budget._limit is not None and budget.spent + budget._reserved + amount > budget._limit:
                return budget
        return None

    def _could_fit_later(self, amount: Decimal) -> bool:
        # Spending never shrinks, so only what others have reserved and may not use can make room.
        return self._limit is None or self.spent + amount <= self._limit

    def _exceeded(self, amount: Decimal, path: str) -> IceError:
        limit = amount_text(self._limit or Decimal(0))
        return IceError(
            "budget-exceeded",
            f"`{path}` could pass the budget of {limit} USD, so it was not started",
            where=Location(path),
            expected=f"at most {limit} USD",
            found=f"{amount_text(self.spent)} spent, {amount_text(self._reserved)} reserved by what runs now, "
            f"up to {amount_text(amount)} for `{path}`",
            note="What is finished stays finished: a resumed run goes on from here.",
            hints=(f"To allow it, resume with a budget of at least {amount_text(self.spent + amount)}",),
            details={
                "limit": limit,
                "spent": amount_text(self.spent),
                "reserved": amount_text(self._reserved),
                "needed": amount_text(amount),
            },
        )
