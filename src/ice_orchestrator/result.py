"""What a run came to: outputs, cost to the last digit, and each node's status, attempts and time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from ice_core.amounts import amount_text
from ice_core.errors import IceError
from ice_core.models.plan import PlannedBody
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.code_modes import PackageCode
from ice_orchestrator.events import RunStatus
from ice_orchestrator.records import places_around
from ice_orchestrator.run_record import AttemptRecord, RunRecord


class NodeResult(NamedTuple):
    """One node, one item of a `for_each`, or one call that an agent made.

    Attributes:
        path: `answer`, `read[3]`, `inner/save`, `answer/tool:sum#1`.
        status: finished, skipped, failed, cancelled, interrupted (a crash ended it) or pending.
        cost: What it and everything inside it cost, in USD; attempts that failed count.
        seconds: How long its last attempt took; None when that is not known.
    """

    path: str
    component: str
    status: str
    cost: Decimal
    attempts: int
    tokens: int
    seconds: float | None

    def to_json(self) -> JsonObject:
        """The members, money as text."""
        return {
            "path": self.path,
            "component": self.component,
            "status": self.status,
            "cost": amount_text(self.cost),
            "attempts": self.attempts,
            "tokens": self.tokens,
            "seconds": self.seconds,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    """The end of a run.

    Attributes:
        status: finished, failed or cancelled.
        outputs: The evaluated outputs of the blueprint; None unless finished.
        cost: What all settled attempts cost, exactly.
        unsettled_cost: The most that attempts cut off by a crash may have cost besides.
        error: Why the run is not finished.
        code: How the code of each package got here.
        observed: What each component was seen to touch, by its id; see `observed.py`.
    """

    run_id: str
    status: RunStatus
    outputs: JsonValue
    cost: Decimal
    unsettled_cost: Decimal
    nodes: tuple[NodeResult, ...]
    error: IceError | None = None
    code: tuple[PackageCode, ...] = ()
    observed: Mapping[str, JsonObject] = field(default_factory=dict)

    def raise_if_not_finished(self) -> None:
        """Raises the error that ended the run, if one did."""
        if self.error is not None:
            raise self.error

    def to_json(self) -> JsonObject:
        """The members, money as text; `error` in the form of `--json`."""
        return {
            "run_id": self.run_id,
            "status": self.status,
            "outputs": self.outputs,
            "cost": amount_text(self.cost),
            "unsettled_cost": amount_text(self.unsettled_cost),
            "nodes": [node.to_json() for node in self.nodes],
            "code": [each.to_json() for each in self.code],
            "error": self.error.to_json()["error"] if self.error is not None else None,
            "observed": dict(self.observed),
        }


def node_results(record: RunRecord, *, running: bool = False) -> tuple[NodeResult, ...]:
    """Every node of the run in the plan's order, what is inside a node right after it.

    Args:
        record: The run as the journal has it.
        running: Whether a living process holds the run, so that attempts without an end are on their way.
    """
    own: defaultdict[str, list[AttemptRecord]] = defaultdict(list)
    inside: defaultdict[str, _Inside] = defaultdict(_Inside)
    for attempt in record.attempts:
        own[attempt.path].append(attempt)
        for place in places_around(attempt.path):
            inside[place].add(attempt)
    places = {path: index for index, path in enumerate(_planned_paths(record.plan.body, ""))}
    components = {node.id: node.component for node in record.plan.body.nodes}
    components.update({path: step.component for path, step in record.steps.items()})
    components.update({attempt.path: attempt.component for attempt in record.attempts})
    return tuple(
        NodeResult(
            path=path,
            component=components[path],
            status=_status(path, record, own[path], inside[path], unended="running" if running else "interrupted"),
            cost=inside[path].cost,
            attempts=len(own[path]),
            tokens=inside[path].tokens,
            seconds=own[path][-1].seconds if own[path] else None,
        )
        for path in sorted(components, key=lambda path: _place(path, places))
    )


class _Inside:
    """What the attempts of a node and of all that is inside it come to."""

    __slots__ = ("cost", "outcomes", "tokens")

    def __init__(self) -> None:
        self.cost = Decimal(0)
        self.tokens = 0
        self.outcomes: set[str] = set()

    def add(self, attempt: AttemptRecord) -> None:
        self.cost += attempt.cost or 0
        self.tokens += attempt.tokens
        self.outcomes.add(attempt.outcome)


def _status(path: str, record: RunRecord, own: Iterable[AttemptRecord], inside: _Inside, *, unended: str) -> str:
    if path in record.steps:
        return record.steps[path].status
    outcomes = {attempt.outcome for attempt in own} or inside.outcomes
    if "started" in outcomes:
        return unended
    return next((outcome for outcome in ("failed", "cancelled", "finished") if outcome in outcomes), "pending")


def _planned_paths(body: PlannedBody, prefix: str) -> Iterator[str]:
    for node in body.nodes:
        yield prefix + node.id
        if node.body is not None:
            yield from _planned_paths(node.body, f"{prefix}{node.id}/")


def _place(path: str, places: Mapping[str, int]) -> list[tuple[int, int, str, int]]:
    """Where a step stands: by the plan's order, then by item, then (the calls of an agent) by component and number."""
    planned, key = "", []
    for segment in path.split("/"):
        name, _, item = segment.partition("[")
        component, _, number = name.partition("#")
        planned = f"{planned}/{name}" if planned else name
        place = places.get(planned, len(places))
        key.append((place, int(item.removesuffix("]") or -1), component, int(number or 0)))
    return key
