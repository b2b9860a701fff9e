"""YAML to the same JSON value that the JSON spelling has, with the place of each part.

Whatever two readers could take in two ways is refused. The parser's events are read one at a time, so that depth is
bounded before anything recurses. No anchors, aliases, tags, merge keys, directives or second document; keys are
strings, each once; an unquoted scalar is `null`, `true`, `false`, a JSON number or text, and a text that some YAML
version reads as another type (`yes`, `~`, `0x1F`, a date) must be quoted.
"""

import re
from dataclasses import dataclass, field
from typing import Final, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from ice_core.document import PathSteps, Span
from ice_core.errors import Finding, IceError, Location
from ice_core.strict_json import MAX_DEPTH, MAX_INTEGER, JsonValue, printable

MAX_YAML_BYTES: Final = 1024 * 1024

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_INTEGER = re.compile(r"-?[0-9]+", re.ASCII)
# What YAML 1.1, YAML 1.2's core schema and their readers take for null, a boolean, a number or a date. `y` and `n` stay
# texts: no reader in use takes them for booleans.
_DISPUTED = re.compile(
    r"~|null|true|false|yes|no|on|off|<<|="
    r"|[-+]?(?:0[xob][0-9a-f_]+|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|(?:[0-9][0-9_]*)?\.?[0-9_]+(?:e[-+]?[0-9]+)?"
    r"|[0-9][0-9_]*\.?(?:e[-+]?[0-9]+)?|\.(?:inf|nan))"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[t ].*)?",
    re.ASCII | re.IGNORECASE,
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LITERALS: Final[dict[str, bool | None]] = {"": None, "null": None, "true": True, "false": False}


@dataclass(kw_only=True, slots=True)
class _Open:
    """A mapping or sequence that has not ended."""

    value: dict[str, JsonValue] | list[JsonValue]
    path: PathSteps
    start: int
    key_place: tuple[int, int] | None
    key: tuple[str, tuple[int, int]] | None = None
    seen: set[str] = field(default_factory=set)


def read_yaml(text: str, *, where: str) -> tuple[JsonValue, dict[PathSteps, Span]]:
    """The value of a YAML text, and the span of each of its parts.

    Raises:
        IceError: `yaml-syntax`, `yaml-construct`, `yaml-ambiguous`, `json-duplicate-member`, `json-too-deep`,
            `json-too-large`, `json-number-out-of-range` or `json-lone-surrogate`.
    """
    size = len(text.encode("utf-8"))
    if size > MAX_YAML_BYTES:
        _refuse(
            "json-too-large",
            f"`{where}` is too large for YAML",
            Location(where),
            expected=f"at most {MAX_YAML_BYTES} bytes; a larger file is written in JSON",
            found=f"{size} bytes",
        )
    reader = _Reader(text, where)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            reader.take(event)
    except ReaderError as error:
        character = printable(chr(error.character))
        raise IceError(
            "yaml-syntax",
            f"`{where}` is not YAML: it holds the character `{character}`",
            where=reader.at(error.position),
            expected="characters that YAML 1.2 allows in a file",
            found=character,
            details={"length": 1},
            hints=(f'In double quotes it is written `"\\u{error.character:04x}"`',),
        ) from error
    except YAMLError as error:
        index = _mark(error, text)
        raise IceError(
            "yaml-syntax",
            f"`{where}` is not YAML: {_said(error)}",
            where=reader.at(index) if index is not None else Location(where),
            expected="a YAML 1.2 document of mappings, sequences and scalars",
            found=_said(error),
            hints=("A text that holds `: `, `#`, `{` or starts with `@`, `*`, `&` or `!` must be quoted",),
        ) from error
    if reader.disputed:  # the only fault behind which the rest of the file still means one thing
        raise IceError.of(reader.disputed)
    return reader.root, reader.spans


def _mark(error: YAMLError, text: str) -> int | None:
    # What is never closed is found out at the end of the file; what helps is where it was opened.
    if not isinstance(error, MarkedYAMLError):
        return None
    last = max(len(text.rstrip()) - 1, 0)
    marks: list[int] = [mark.index for mark in (error.problem_mark, error.context_mark) if mark is not None]
    before = [index for index in marks if index <= last]
    return before[0] if before else last if marks else None


def _said(error: YAMLError) -> str:
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    return printable(str(problem).strip().rstrip("."))[:200]


class _Reader:
    """Builds the value out of events."""

    def __init__(self, text: str, where: str) -> None:
        self.text = text
        self.where = where
        self.spans: dict[PathSteps, Span] = {}
        self.root: JsonValue = None
        self.open: list[_Open] = []
        self.documents = 0
        self.disputed: list[Finding] = []

    def at(self, index: int, *, path: str = "") -> Location:
        """The location of a character."""
        line_start = self.text.rfind("\n", 0, index) + 1
        return Location(self.where, line=self.text.count("\n", 0, index) + 1, column=index - line_start + 1, path=path)

    def take(self, event: Event) -> None:
        """One event."""
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, DocumentStartEvent):
            self._start_document(event, start)
        elif isinstance(event, CollectionEndEvent):
            ended = self.open.pop()
            self.spans[ended.path] = Span(start=ended.start, end=self._trimmed(ended.start, end), key=ended.key_place)
        elif isinstance(event, NodeEvent):
            self._refuse_constructs(event, start)
            if isinstance(event, ScalarEvent):
                self._scalar(event, start, end)
            elif isinstance(event, MappingStartEvent | SequenceStartEvent):
                self._start_collection(event, start)

    def _trimmed(self, start: int, end: int) -> int:
        # A block collection ends where the next token begins; what lies between is not part of it.
        return start + len(self.text[start:end].rstrip())

    def _start_document(self, event: DocumentStartEvent, start: int) -> None:
        self.documents += 1
        if event.version is not None or event.tags:
            line = re.search("^%", self.text, re.MULTILINE)
            self._refuse_construct("a directive", line.start() if line else start, "no `%YAML` or `%TAG` line")
        if self.documents > 1:
            self._refuse_construct("a second document", start, "one document in a file")

    def _refuse_constructs(self, event: NodeEvent, start: int) -> None:
        if isinstance(event, AliasEvent):
            self._refuse_construct(f"the alias `*{event.anchor}`", start, "the value itself, written out")
        if event.anchor is not None:
            self._refuse_construct(f"the anchor `&{event.anchor}`", start, "no anchors")
        if isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent) and event.tag is not None:
            self._refuse_construct(f"the tag `{event.tag}`", start, "no tags")

    def _refuse_construct(self, what: str, start: int, expected: str) -> NoReturn:
        _refuse(
            "yaml-construct",
            f"`{self.where}` holds {printable(what)}, which no YAML file of iceos uses",
            self.at(start),
            expected=expected,
            found=printable(what),
        )

    def _start_collection(self, event: MappingStartEvent | SequenceStartEvent, start: int) -> None:
        if self._expects_key():
            self._refuse_construct("a key that is not a text", start, "keys that are texts")
        if len(self.open) >= MAX_DEPTH:
            _refuse(
                "json-too-deep",
                f"`{self.where}` is nested too deeply",
                self.at(start),
                expected=f"at most {MAX_DEPTH} levels",
                found="more",
            )
        value: dict[str, JsonValue] | list[JsonValue] = {} if isinstance(event, MappingStartEvent) else []
        path, key_place = self._put(value)
        self.open.append(_Open(value=value, path=path, start=start, key_place=key_place))

    def _expects_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].value, dict) and self.open[-1].key is None

    def _scalar(self, event: ScalarEvent, start: int, end: int) -> None:
        if _SURROGATE.search(event.value):
            _refuse(
                "json-lone-surrogate",
                f"`{self.where}`: a string holds a lone surrogate",
                self.at(start),
                expected="well-formed Unicode",
                found=printable(event.value),
            )
        plain = event.style is None or event.style == ""
        if self._expects_key():
            self._key(event.value, start, end, plain=plain)
            return
        value = self._plain_value(event.value, start) if plain else event.value
        path, key_place = self._put(value)
        if not plain:
            end = self._trimmed(start, end)
        self.spans[path] = Span(start=start, end=end, key=key_place)

    def _key(self, name: str, start: int, end: int, *, plain: bool) -> None:
        around = self.open[-1]
        if plain and (name == "" or _DISPUTED.fullmatch(name)):
            self._dispute(name, start, what="key")
        if name in around.seen:
            _refuse(
                "json-duplicate-member",
                f"`{self.where}`: the member `{printable(name)}` appears twice in one object",
                self.at(start),
                expected="each member once",
                found=f"`{printable(name)}` twice",
                length=end - start,
            )
        around.seen.add(name)
        around.key = (name, (start, end))

    def _put(self, value: JsonValue) -> tuple[PathSteps, tuple[int, int] | None]:
        if not self.open:
            self.root = value
            return (), None
        around = self.open[-1]
        if isinstance(around.value, list):
            around.value.append(value)
            return (*around.path, len(around.value) - 1), None
        name, place = around.key or ("", (0, 0))
        around.key = None
        around.value[name] = value
        return (*around.path, name), place

    def _plain_value(self, text: str, start: int) -> JsonValue:
        if text in _LITERALS:
            return _LITERALS[text]
        if _NUMBER.fullmatch(text):
            return self._number(text, start)
        if _DISPUTED.fullmatch(text):
            self._dispute(text, start, what="value")
        return text

    def _number(self, text: str, start: int) -> int | float:
        # At most 17 characters reach int(): the longest exact integer is -9007199254740991.
        if _INTEGER.fullmatch(text):
            number: int | float = int(text) if len(text) <= 17 else MAX_INTEGER + 1
            fits = abs(number) <= MAX_INTEGER
        else:
            number = float(text)
            fits = abs(number) != float("inf")
        if not fits:
            _refuse(
                "json-number-out-of-range",
                f"`{self.where}`: the number `{text[:64]}` cannot be held exactly everywhere",
                self.at(start),
                expected=f"a finite number; integers from -{MAX_INTEGER} to {MAX_INTEGER}",
                found=text[:64],
                length=len(text),
            )
        return number

    def _dispute(self, text: str, start: int, *, what: str) -> None:
        shown = printable(text[:64]) or "(nothing)"
        self.disputed.append(
            Finding(
                "yaml-ambiguous",
                f"the {what} `{shown}` is a text to one YAML reader and something else to another",
                where=self.at(start),
                expected="`null`, `true`, `false`, a number as JSON writes it, or a quoted text",
                found=shown,
                details={"length": max(len(text), 1)},
                hints=(f'If a text is meant, write `"{shown}"`',),
            )
        )


def _refuse(slug: str, message: str, where: Location, *, expected: str, found: str, length: int = 1) -> NoReturn:
    details: dict[str, JsonValue] = {"length": length}
    raise IceError(slug, message, where=where, expected=expected, found=found, details=details, hints=())
