"""What a component was seen to touch while it was called: hosts, files, processes, libraries; each subject once.

It is what the interpreter's audit events say, no more: see docs/explanation/permissions-at-run-time.md.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ice_core.strict_json import JsonObject, JsonValue, printable

Kind = Literal["network", "read", "written", "subprocess", "library", "environment"]
# Whether what was tried happened: `undeclared` did, in a run that only tells.
Verdict = Literal["allowed", "undeclared", "refused"]

# The members of the record, in the order in which people read them.
MEMBERS: Final[Mapping[Kind, str]] = {
    "network": "network",
    "written": "files_written",
    "read": "files_read",
    "subprocess": "subprocesses",
    "library": "libraries",
    "environment": "environment_written",
}
MOST_SUBJECTS: Final = 100  # of one kind and verdict in one call; what comes after is counted
MOST_CHARACTERS: Final = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """One thing that was touched, or tried."""

    kind: Kind
    subject: str
    verdict: Verdict


class Observed:
    """What one call was seen to touch; safe to use from every thread of the call."""

    __slots__ = ("_lock", "_more", "_seen")

    def __init__(self) -> None:
        self._seen: dict[Observation, None] = {}
        self._more: dict[tuple[Kind, Verdict], int] = {}
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._seen)

    def __iter__(self) -> Iterator[Observation]:
        return iter(tuple(self._seen))

    def add(self, kind: Kind, subject: str, verdict: Verdict) -> bool:
        """Notes it; whether that is new."""
        text = printable(subject[:MOST_CHARACTERS])
        item = Observation(kind=kind, subject=text, verdict=verdict)
        with self._lock:
            if item in self._seen:
                return False
            alike = sum(each.kind == kind and each.verdict == verdict for each in self._seen)
            if alike >= MOST_SUBJECTS:
                self._more[kind, verdict] = self._more.get((kind, verdict), 0) + 1
                return False
            self._seen[item] = None
        return True

    def to_json(self) -> JsonObject:
        """`{"network": [...], "refused": {"files_written": [...]}, "more": 3}`; what is empty is absent."""
        value = _by_kind(each for each in self._seen if each.verdict == "allowed")
        for verdict in ("undeclared", "refused"):
            inside = _by_kind(each for each in self._seen if each.verdict == verdict)
            if inside:
                value[verdict] = inside
        if self._more:
            value["more"] = sum(self._more.values())
        return value


def merged(values: Iterable[JsonObject]) -> JsonObject:
    """Several calls' records as one: each subject once, sorted."""
    whole: JsonObject = {}
    for value in values:
        for member, found in value.items():
            known = whole.get(member)
            if isinstance(found, dict):
                whole[member] = merged([known, found] if isinstance(known, dict) else [found])
            elif isinstance(found, list):
                subjects: set[str] = {str(each) for each in [*(known if isinstance(known, list) else ()), *found]}
                ordered: list[JsonValue] = [*sorted(subjects)]
                whole[member] = ordered
            elif isinstance(found, int):
                whole[member] = found + (known if isinstance(known, int) else 0)
    return whole


def observed_lines(value: JsonObject, *, indent: str = "  ") -> Iterator[str]:
    """The record of one component in lines for a person."""
    for member, found in value.items():
        if isinstance(found, dict):
            for line in observed_lines(found, indent=""):
                yield f"{indent}{member} {line}"
        elif isinstance(found, list):
            yield f"{indent}{member.replace('_', ' ')}: {', '.join(map(str, found))}"
        else:
            yield f"{indent}{found} more of these"


def _by_kind(items: Iterable[Observation]) -> JsonObject:
    found: dict[str, list[JsonValue]] = {}
    for each in items:
        found.setdefault(MEMBERS[each.kind], []).append(each.subject)
    return {member: sorted(found[member], key=str) for member in MEMBERS.values() if member in found}
