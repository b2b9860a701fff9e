"""What a run tells while it goes: `run.started` to `run.finished`, as values with one JSON form.

Every event is in the journal before a listener sees it, so that what was shown is what a resumed run remembers. Times
are UTC, durations seconds, money decimal text in USD.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import ClassVar, Final, Literal, TypeAlias

from ice_core.amounts import amount_text
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.code_modes import PackageCode

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
RunStatus: TypeAlias = Literal["running", "finished", "failed", "cancelled", "interrupted"]


def json_text(value: JsonValue) -> str:
    """A JSON value as the journal keeps it."""
    return _ENCODER.encode(value)


def quoted(text: str) -> str:
    """A text as a JSON string, as `json_text` gives it."""
    return encode_basestring(text)


def instant_text(instant: datetime) -> str:
    """An instant in UTC with microseconds, as `2026-01-31T12:00:00.000000Z`; texts sort as instants do."""
    return f"{instant.isoformat(timespec='microseconds').removesuffix('+00:00')}Z"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """What every event says: which run, and when; `type` is the promised name of the event."""

    type: ClassVar[str]
    run_id: str
    at: datetime

    def to_json(self) -> JsonObject:
        """`{"type": …}` and the event's members; money and times as text."""
        value: JsonObject = {"type": self.type}
        for field in fields(self):
            value[field.name] = _json_member(getattr(self, field.name))
        return value

    def to_text(self) -> str:
        """`to_json` as the journal keeps it."""
        return json_text(self.to_json())


@dataclass(frozen=True, kw_only=True, slots=True)
class RunStarted(Event):
    """A run began, or (`resumed`) went on after a crash, a failure or a cancellation.

    Attributes:
        code: How the code of each package gets here, plugins first, then what they depend on.
    """

    type: ClassVar[str] = "run.started"
    blueprint_id: str
    plan_digest: str
    resumed: bool
    code: tuple[PackageCode, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeEvent(Event):
    """What every node's event says; `node` is its path: `answer`, `read[3]`, `inner/save`, `answer/tool:sum#1`."""

    node: str
    component: str
    component_digest: str

    def _opening(self) -> str:
        # Nearly all rows of a journal are these events; spelling them out takes a fifth of what the encoder takes.
        return (
            f'{{"type":"{self.type}","run_id":{quoted(self.run_id)},"at":"{instant_text(self.at)}",'
            f'"node":{quoted(self.node)},"component":{quoted(self.component)},'
            f'"component_digest":{quoted(self.component_digest)}'
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeStarted(NodeEvent):
    """One attempt begins; `reserved` is the most that it may cost."""

    type: ClassVar[str] = "node.started"
    attempt: int
    idempotency_key: str
    reserved: Decimal

    def to_text(self) -> str:
        """`to_json` as the journal keeps it."""
        return (
            f'{self._opening()},"attempt":{self.attempt},"idempotency_key":{quoted(self.idempotency_key)},'
            f'"reserved":"{amount_text(self.reserved)}"}}'
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeFinished(NodeEvent):
    """The node's output is in the journal; it never runs again in this run."""

    type: ClassVar[str] = "node.finished"
    attempt: int
    cost: Decimal
    tokens: int
    duration_seconds: float

    def to_text(self) -> str:
        """`to_json` as the journal keeps it."""
        return (
            f'{self._opening()},"attempt":{self.attempt},"cost":"{amount_text(self.cost)}","tokens":{self.tokens},'
            f'"duration_seconds":{self.duration_seconds!r}}}'
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeFailed(NodeEvent):
    """One attempt failed; `retry_in_seconds` is None when it was the last."""

    type: ClassVar[str] = "node.failed"
    attempt: int
    cost: Decimal
    tokens: int
    duration_seconds: float
    slug: str
    message: str
    retry_in_seconds: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeSkipped(NodeEvent):
    """The node's `when` was false; its output is null."""

    type: ClassVar[str] = "node.skipped"


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFinished(Event):
    """The run is over.

    Attributes:
        cost: What all settled attempts cost, exactly.
        unsettled_cost: The most that attempts cut off by a crash may have cost besides.
    """

    type: ClassVar[str] = "run.finished"
    status: RunStatus
    cost: Decimal
    unsettled_cost: Decimal
    slug: str | None
    message: str | None


Listener: TypeAlias = Callable[[Event], None]


def _json_member(value: object) -> JsonValue:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Decimal):
        return amount_text(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, tuple) and all(isinstance(each, PackageCode) for each in value):
        return [each.to_json() for each in value]
    raise TypeError(f"an event holds a {type(value).__name__}")
