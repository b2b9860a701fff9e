"""What one attempt uses and costs: `base` once it was called, and `per_token` for each token that it reports.

Money is decimal from the manifest to the result; nothing here rounds.
"""

import threading
from decimal import Decimal

from ice_core.errors import IceError, Location
from ice_core.models.plan import PlannedComponent


def token_bound(component: PlannedComponent, *, configured: int | None = None) -> int | None:
    """How many tokens one call may use: the lower of the node's `max_tokens` and the component's; None: no bound."""
    bounds = [bound for bound in (component.cost.max_tokens, configured) if bound is not None]
    return min(bounds) if bounds else None


def attempt_bound(component: PlannedComponent, *, max_tokens: int | None = None) -> Decimal:
    """The most that one attempt may cost, in USD; a component without any token bound counts as using none."""
    return component.cost.base + component.cost.per_token * (token_bound(component, configured=max_tokens) or 0)


class Meter:
    """Counts one attempt's tokens; safe to use from the thread that a component runs in."""

    __slots__ = ("_component", "_lock", "_max_tokens", "_path", "called", "tokens")

    def __init__(self, component: PlannedComponent, *, path: str, max_tokens: int | None = None) -> None:
        self._component = component
        self._path = path
        self._max_tokens = token_bound(component, configured=max_tokens)
        self._lock = threading.Lock()
        self.called = False
        self.tokens = 0

    @property
    def cost(self) -> Decimal:
        """What the attempt cost so far: nothing before the component was called."""
        if not self.called:
            return Decimal(0)
        return self._component.cost.base + self._component.cost.per_token * self.tokens

    def use(self, tokens: object) -> None:
        """Counts `tokens` that were used.

        Raises:
            IceError: `usage-invalid` for a negative number; `tokens-exceeded` when the attempt is over its bound. The
                tokens are counted all the same, because they are spent.
        """
        if isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 0:
            raise IceError(
                "usage-invalid",
                f"`{self._component.id}` reported a use that is not a number of tokens",
                where=Location(self._path),
                expected="a whole number of at least 0",
                found=repr(tokens),
                hints=("Report what was used since the last report: `context.usage(tokens=250)`",),
            )
        with self._lock:
            self.tokens += tokens
            total = self.tokens
        if self._max_tokens is not None and total > self._max_tokens:
            raise IceError(
                "tokens-exceeded",
                f"`{self._component.id}` used more tokens than this call may",
                where=Location(self._path),
                expected=f"at most {self._max_tokens}",
                found=str(total),
                note="The tokens are spent and counted; the budget was reserved for the bound only.",
                hints=(
                    "Give the model that it calls the same limit",
                    f"To allow it, set `max_tokens` to {total} in the node, and in the decorator if that is lower",
                ),
            )
