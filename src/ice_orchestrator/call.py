"""One call that is to be made: which component, for which path, with what, and within which bounds."""

from collections.abc import Callable
from typing import NamedTuple

from ice_core.models.blueprint import RetryPolicy
from ice_core.models.plan import PlannedComponent
from ice_core.strict_json import JsonValue
from ice_orchestrator.budget import Budget
from ice_orchestrator.job import Stopped


class Call(NamedTuple):
    """A node's call, or (depth > 0) one that an agent makes inside a node's call.

    Attributes:
        path: `answer`, `read[3]`, `inner/save`, or `answer/tool:sum#1`.
        value: The input, a plain JSON value that no component holds; not held against the schema yet.
        idempotency_key: The same for every attempt, also after a crash.
        stopped_by: What ends the run, if it is ending: then nothing is started or tried again.
    """

    path: str
    component: PlannedComponent
    value: JsonValue
    idempotency_key: str
    budget: Budget
    stopped_by: Callable[[], Stopped | None]
    retry_policy: RetryPolicy = RetryPolicy()
    timeout_seconds: float | None = None
    max_tokens: int | None = None
    depth: int = 0
