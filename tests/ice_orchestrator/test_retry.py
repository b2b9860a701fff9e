"""Retries: how long to wait, what is tried again, and waits that can be told again."""

import pytest

from ice_core.models.blueprint import RetryPolicy
from ice_orchestrator.retry import MAX_WAIT_SECONDS, wait_seconds


def waits(strategy: str, attempts: int = 4, seconds: float = 2.0) -> list[float | None]:
    policy = RetryPolicy.model_validate(
        {"max_attempts": attempts, "backoff_strategy": strategy, "backoff_seconds": seconds}
    )
    return [
        wait_seconds(policy, "component-raised", run_id="r", path="a", attempt=attempt)
        for attempt in range(1, attempts + 1)
    ]


@pytest.mark.parametrize(
    ("strategy", "longest"), [("fixed", [2.0, 2.0, 2.0]), ("linear", [2.0, 4.0, 6.0]), ("exponential", [2.0, 4.0, 8.0])]
)
def test_waits_grow_as_the_policy_says_with_jitter_below(strategy: str, longest: list[float]) -> None:
    """Each wait is between half and the whole of what the policy says; after the last attempt there is none."""
    found = waits(strategy)

    assert found[-1] is None
    assert all(wait is not None and most / 2 <= wait <= most for wait, most in zip(found, longest, strict=False))


def test_the_same_run_waits_the_same_and_another_run_differently() -> None:
    """The jitter is seeded by run, path and attempt."""
    policy = RetryPolicy(max_attempts=2)
    first, again, other = (
        wait_seconds(policy, "node-timed-out", run_id=run, path="a", attempt=1) for run in ("r", "r", "s")
    )

    assert first == again
    assert first != other


def test_a_wait_is_at_most_an_hour() -> None:
    """A hundred exponential steps do not overflow."""
    assert all(wait is None or wait <= MAX_WAIT_SECONDS for wait in waits("exponential", 100, 31_536_000))


@pytest.mark.parametrize("slug", ["input-invalid", "budget-exceeded", "permission-denied", "component-changed"])
def test_a_refusal_is_not_waited_for(slug: str) -> None:
    """The same call would meet it again."""
    assert wait_seconds(RetryPolicy(max_attempts=5), slug, run_id="r", path="a", attempt=1) is None
