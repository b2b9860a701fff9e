"""Where each part of a JSON text stands: one pass over a text that `strict_json` accepted, without recursion."""

import json
import re
from collections.abc import Iterator

from ice_core.document import Document, PathSteps, Span
from ice_core.strict_json import JsonObject

# Strings are possessive, so that no text costs more than one pass.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]|[^\s,:\[\]{}"]++', re.DOTALL)

# An escaped pair, any other escape, or (as group 1) an escaped half by itself.
_ESCAPES = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.DOTALL
)


class _Open:
    """An object or array that has not ended: where it began, the path, and what comes next in it."""

    __slots__ = ("index", "key", "key_place", "path", "start")

    def __init__(self, path: PathSteps, start: int, key_place: tuple[int, int] | None, index: int | None) -> None:
        self.path = path
        self.start = start
        self.key_place = key_place
        self.index = index
        self.key: tuple[str, tuple[int, int]] | None = None


def json_document(name: str, text: str, value: JsonObject) -> Document:
    """The document of a JSON text and what `strict_json` made of it."""
    return Document(name, text, value, find_spans=lambda: json_spans(text))


def json_spans(text: str) -> dict[PathSteps, Span]:
    """The span of each value of `text` by its path, with the place of its name."""
    return dict(_walk(text))


def repeated_member(text: str) -> tuple[int, int] | None:
    """Where a member's name stands for the second time in one object, the outermost such object first."""
    seen: set[PathSteps] = set()
    repeated: list[tuple[int, tuple[int, int]]] = []
    for path, span in _walk(text):
        if path in seen and span.key is not None:
            repeated.append((len(path), span.key))
        seen.add(path)
    return min(repeated)[1] if repeated else None


def bare_token(text: str, token: str) -> tuple[int, int] | None:
    """Where a token that begins so stands outside of strings: a number, or a word that JSON does not have."""
    return next((match.span() for match in _TOKEN.finditer(text) if match[0].startswith(token)), None)


def lone_surrogate(text: str) -> tuple[int, int] | None:
    """Where half of a surrogate pair is escaped without its other half."""
    return next((match.span(1) for match in _ESCAPES.finditer(text) if match[1] is not None), None)


def _walk(text: str) -> Iterator[tuple[PathSteps, Span]]:
    open_: list[_Open] = []
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in ("]", "}"):
            ended = open_.pop()
            yield ended.path, Span(start=ended.start, end=match.end(), key=ended.key_place)
            continue
        around = open_[-1] if open_ else None
        if around is not None and around.index is None and around.key is None:
            around.key = (json.loads(token), match.span())
            continue
        path, key_place = _step(around)
        if token in ("[", "{"):
            open_.append(_Open(path, match.start(), key_place, 0 if token == "[" else None))
        else:
            yield path, Span(start=match.start(), end=match.end(), key=key_place)


def _step(around: _Open | None) -> tuple[PathSteps, tuple[int, int] | None]:
    if around is None:
        return (), None
    if around.index is not None:
        around.index += 1
        return (*around.path, around.index - 1), None
    name, place = around.key or ("", (0, 0))
    around.key = None
    return (*around.path, name), place
