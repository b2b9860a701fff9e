"""A few texts that a regular expression matches, made from its commonest parts; what it cannot read it leaves out.

The texts are guesses that the caller holds against the schema: nothing is taken to match because it was made here.
"""

import re
from typing import Final

_CLASSES: Final = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a", "n": "\n", "t": "\t"}
_TOKEN: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*+\]|\(\?:|\(\?P?<[^)>]*>|.", re.DOTALL)
_REPEAT: Final = re.compile(r"\*|\+|\?|\{([0-9]+)(,?)([0-9]*)\}")
_MOST_REPEATS: Final = 64
_LONGEST: Final = 512


def texts_of_pattern(pattern: str) -> tuple[str, ...]:
    """Up to four texts that `pattern` probably matches: with each repetition at its least, and once more than that."""
    if len(pattern) > _LONGEST:
        return ()
    found = [text for extra in (0, 1) for choice in (0, -1) if (text := _Reader(pattern, extra, choice).read())]
    least = _Reader(pattern, 0, 0).read()
    return tuple(dict.fromkeys(text for text in (least, *found) if text is not None))


class _Reader:
    """Reads one pattern from left to right, writing a text that it matches."""

    def __init__(self, pattern: str, extra: int, choice: int) -> None:
        self.tokens = _tokens(pattern)
        self.extra = extra
        self.choice = choice
        self.place = 0

    def read(self) -> str | None:
        """The text, or None for what is too long or not closed."""
        try:
            text = self._alternatives(0)
        except (IndexError, ValueError):
            return None
        return text if self.place == len(self.tokens) and len(text) <= _LONGEST * 8 else None

    def _alternatives(self, depth: int) -> str:
        if depth > 16:
            raise ValueError("too deep")
        choices = [self._sequence(depth)]
        while self.place < len(self.tokens) and self.tokens[self.place] == "|":
            self.place += 1
            choices.append(self._sequence(depth))
        return choices[self.choice]

    def _sequence(self, depth: int) -> str:
        text = ""
        while self.place < len(self.tokens) and self.tokens[self.place] not in ("|", ")"):
            piece = self._piece(depth)
            least, most = self._repeats()
            text += piece * min(most, least + self.extra)
        return text

    def _piece(self, depth: int) -> str:
        token = self.tokens[self.place]
        self.place += 1
        if token.startswith("(") and token != "\\(":
            text = self._alternatives(depth + 1)
            if self.tokens[self.place] != ")":
                raise ValueError("not closed")
            self.place += 1
            return text
        return _character(token)

    def _repeats(self) -> tuple[int, int]:
        if self.place >= len(self.tokens):
            return 1, 1
        match = _REPEAT.fullmatch(self.tokens[self.place])
        if match is None:
            return 1, 1
        self.place += 1
        if self.place < len(self.tokens) and self.tokens[self.place] == "?":
            self.place += 1  # a lazy repetition matches the same texts
        if match[1] is None:
            return {"*": (0, _MOST_REPEATS), "+": (1, _MOST_REPEATS), "?": (0, 1)}[match[0]]
        least = min(int(match[1]), _LONGEST)
        return least, least if not match[2] else int(match[3] or least + _MOST_REPEATS)


def _tokens(pattern: str) -> list[str]:
    found: list[str] = []
    place = 0
    while place < len(pattern):
        match = _REPEAT.match(pattern, place) or _TOKEN.match(pattern, place)
        if match is None:
            break
        found.append(match[0])
        place = match.end()
    return found


def _character(token: str) -> str:
    if token in ("^", "$", "\\b", "\\A", "\\z"):
        return ""
    if token.startswith("\\"):
        return _CLASSES.get(token[1], token[1])
    if token.startswith("["):
        return _of_class(token[1:-1])
    return "a" if token == "." else token


def _of_class(inside: str) -> str:
    if inside.startswith("^"):
        return next((text for text in "0A a_-é" if text not in inside), "~")
    first = inside[:2] if inside.startswith("\\") else inside[:1]
    return _character(first)
