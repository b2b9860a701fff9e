"""The tool `keywords`: the phrases that say what a text is about.

Candidates are the runs of one to three words between stop words and punctuation, weighed by their C-value (Frantzi and
Ananiadou, 2000): how often a phrase comes, less how often it is only a part of a longer one, times its length.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, Field

from ice_sdk import tool
from iceos_text.sentences import STOP_WORDS, stem, words

LONGEST_PHRASE: Final = 3

Phrase: TypeAlias = tuple[str, ...]

_BREAK = re.compile(r"[^\w\s'\u2019-]+|[\d_]+|\n+|\s-+\s")


class Keyword(BaseModel, frozen=True, extra="forbid"):
    """A phrase as the text first writes it, its weight, and how often it comes."""

    phrase: str
    score: float
    count: int


class Keywords(BaseModel, frozen=True, extra="forbid"):
    """The weightiest phrases first."""

    keywords: list[Keyword]


@tool(
    version="0.1.0",
    cost_estimate=0.0002,
    tags=["text", "keywords"],
    examples=[
        {
            "input": {"text": "A rain gauge is empty. The rain gauge of the city measures rain.", "limit": 2},
            "output": {
                "keywords": [
                    {"phrase": "rain gauge", "score": 3.169925, "count": 2},
                    {"phrase": "city measures rain", "score": 2.0, "count": 1},
                ]
            },
        }
    ],
)
def keywords(
    text: Annotated[str, Field(max_length=2_000_000)], *, limit: Annotated[int, Field(ge=1, le=100)] = 10
) -> Keywords:
    """Find the phrases that say what an English text is about.

    Args:
        text: The text.
        limit: How many phrases to return at most.
    """
    found = [phrase for piece in _BREAK.split(text) for phrase in candidates(words(piece))]
    first: dict[Phrase, Phrase] = {}
    for phrase in found:
        first.setdefault(stemmed(phrase), phrase)
    counts = Counter(map(stemmed, found))
    weights = c_values(counts)
    scored = [
        Keyword(phrase=" ".join(first[key]), score=round(weights[key], 6), count=count)
        for key, count in counts.items()
        if weights[key] > 0
    ]
    scored.sort(key=lambda keyword: -keyword.score)  # of equals, the one that the text has first
    return Keywords(keywords=scored[:limit])


def candidates(line: list[str]) -> Iterator[Phrase]:
    """Every one to three words that stand together without a stop word."""
    for begin in range(len(line)):
        for end in range(begin + 1, min(begin + LONGEST_PHRASE, len(line)) + 1):
            if line[end - 1] in STOP_WORDS or len(line[end - 1]) < 2:
                break
            yield tuple(line[begin:end])


def stemmed(phrase: Phrase) -> Phrase:
    """A phrase in the form in which its variants are one."""
    return tuple(stem(word) for word in phrase)


def c_values(counts: Counter[Phrase]) -> dict[Phrase, float]:
    """The weight of each phrase; one that comes only within one longer phrase weighs nothing."""
    around: dict[Phrase, list[int]] = {}
    for phrase, count in counts.items():
        inner = {phrase[begin:end] for begin in range(len(phrase)) for end in range(begin + 1, len(phrase) + 1)} - {
            phrase
        }
        for part in inner:
            around.setdefault(part, []).append(count)
    inside = {phrase: sum(longer) / len(longer) for phrase, longer in around.items()}
    return {phrase: math.log2(len(phrase) + 1) * (count - inside.get(phrase, 0.0)) for phrase, count in counts.items()}
