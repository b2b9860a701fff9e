"""Which failures are tried again, and how long to wait before: fixed, linear or exponential, with jitter.

The jitter comes from the run's id, the node's path and the attempt, so that a run's waits can be told again.
"""

import random
from typing import Final

from ice_core.models.blueprint import RetryPolicy

# Everything else is a refusal that the same call would meet again.
RETRIED: Final = frozenset(
    ("call-output-invalid", "component-died", "component-raised", "node-timed-out", "output-invalid")
)
MAX_WAIT_SECONDS: Final = 3600.0


def wait_seconds(policy: RetryPolicy, slug: str, *, run_id: str, path: str, attempt: int) -> float | None:
    """How long to wait after `attempt` (from 1) failed with `slug`; None when it was the last."""
    if attempt >= policy.max_attempts or slug not in RETRIED:
        return None
    factor = {"fixed": 1.0, "linear": float(attempt), "exponential": 2.0 ** (attempt - 1)}[policy.backoff_strategy]
    longest = min(policy.backoff_seconds * factor, MAX_WAIT_SECONDS)
    # Half to whole, so that nodes that failed together do not come back together.
    share: float = random.Random(f"{run_id}\n{path}\n{attempt}").uniform(0.5, 1.0)
    return longest * share
