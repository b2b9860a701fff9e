"""A file as it was written: its text, its JSON value, and where in the text each part of the value stands.

Parts are named by paths: the tuple of keys and indexes from the root. YAML is read with its places; a JSON file's
places are found when the first of them is asked for, which is when something is about to be printed.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from ice_core.errors import Location
from ice_core.strict_json import JsonObject, JsonValue, printable, type_name

PathSteps: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A stretch of the text, as offsets of characters; `key` is where the member's name stands, if it has one."""

    start: int
    end: int
    key: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A location and how many characters of its line to underline."""

    where: Location
    length: int


def path_text(steps: PathSteps) -> str:
    """The path as messages show it: `nodes[2].tool_args.query`."""
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{printable(step)}" if text else printable(step)
    return text


def parts_of(value: JsonValue, *, at: PathSteps = ()) -> Iterator[tuple[PathSteps, JsonValue]]:
    """The value and each part of it at any depth, with its path."""
    yield at, value
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, member in members:
        yield from parts_of(member, at=(*at, step))


def json_words(value: JsonValue) -> str:
    """A value as a message shows it: as JSON writes it; of an object, an array or a long text only what it is."""
    if isinstance(value, dict | list):
        return type_name(value) if value else f"{value}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:80]}…"


class Document:
    """One file that was read.

    Args:
        name: Its origin, for messages.
        text: The whole text.
        value: What it says.
        find_spans: Gives the span of each path of the value; called at most once.
    """

    def __init__(
        self, name: str, text: str, value: JsonObject, *, find_spans: Callable[[], Mapping[PathSteps, Span]]
    ) -> None:
        self.name = name
        self.text = text
        self.value = value
        self._find_spans = find_spans

    @cached_property
    def _spans(self) -> Mapping[PathSteps, Span]:
        return self._find_spans()

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(offset + 1 for offset, character in enumerate(self.text) if character == "\n")]

    def __contains__(self, steps: object) -> bool:
        return steps in self._spans

    def place(self, steps: PathSteps, *, key: bool = False, within: tuple[str, int] | None = None) -> Place:
        """Where a part of the value stands; of a part that is not there, the nearest part around it.

        Args:
            steps: The path.
            key: Whether to point at the member's name and not at its value.
            within: A piece of a string value, and how many of the same pieces come before it in the string.
        """
        there = steps
        while there not in self._spans and there:
            there = there[:-1]
        span = self._spans[there]
        start, end = span.start, span.end
        if there != steps or key:
            # Around a part that is missing, the name of what should hold it says more than its first bracket.
            start, end = span.key or (span.start, span.start + 1)
        elif within is not None:
            start, end = self._piece(span, *within)
        line = bisect_right(self._line_starts, start)
        line_start = self._line_starts[line - 1]
        line_end = self.text.find("\n", start, end)
        where = Location(self.name, line=line, column=start - line_start + 1, path=path_text(steps))
        return Place(where=where, length=max((line_end if line_end >= 0 else end) - start, 1))

    def _piece(self, span: Span, piece: str, before: int) -> tuple[int, int]:
        # Escapes and folded lines move what follows them, so the piece is looked for as it is written.
        # What opens a text is not part of it: a quote, or the line of a block scalar's `|` or `>`.
        first = self.text[span.start]
        offset = self.text.find("\n", span.start) if first in "|>" else span.start - (first not in "'\"")
        for _ in range(before + 1):
            offset = self.text.find(piece, offset + 1, span.end)
            if offset < 0:
                return span.start, span.end
        return offset, offset + len(piece)
