"""The words of a question, and which of them have been understood so far."""

import re
from collections.abc import Iterable

from iceos_analyst.vocabulary import Phrase

_TOKEN = re.compile(r"\d{4}-\d{2}-\d{2}|-?\d+(?:\.\d+)?|[^\W\d][\w]*|[<>]=?")


class NotUnderstood(Exception):
    """A question that is not answered: why, and the words that were not understood."""

    def __init__(self, reason: str, words: Iterable[str] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.words = list(words)


class Tokens:
    """The words in order, in lower case; each can be taken once."""

    def __init__(self, question: str) -> None:
        self.words = _TOKEN.findall(question.lower())
        self._free = [True] * len(self.words)

    def __len__(self) -> int:
        return len(self.words)

    def free(self, begin: int, count: int = 1, /) -> bool:
        """Whether these words exist and have not been taken."""
        return 0 <= begin and begin + count <= len(self.words) and all(self._free[begin : begin + count])

    def take(self, begin: int, count: int = 1, /) -> list[str]:
        """Marks words as understood, and gives them."""
        self._free[begin : begin + count] = [False] * count
        return self.words[begin : begin + count]

    def at(self, position: int, phrases: Iterable[Phrase]) -> Phrase | None:
        """The longest of these phrases that begins here, if any."""
        for phrase in sorted(phrases, key=len, reverse=True):
            if self.free(position, len(phrase)) and self.words[position : position + len(phrase)] == list(phrase):
                return phrase
        return None

    def find(self, phrases: Iterable[Phrase]) -> tuple[int, Phrase] | None:
        """The first place where one of these phrases begins, and the longest there."""
        phrases = list(phrases)
        for position in range(len(self.words)):
            phrase = self.at(position, phrases)
            if phrase is not None:
                return position, phrase
        return None

    def left(self, *, without: frozenset[str]) -> list[str]:
        """The words that nobody has taken and that carry meaning."""
        return [word for word, free in zip(self.words, self._free, strict=True) if free and word not in without]
