"""The tool `keywords`: the phrases that say what a text is about.

Phrases are the runs of words between stop words and punctuation, weighed by RAKE (Rose, Engel, Cramer and Cowley,
2010): a word counts for the company it keeps, a phrase for its words and for how often it comes.
"""

import re
from collections import Counter
from typing import Annotated, Final

from pydantic import BaseModel, Field

from ice_sdk import tool
from iceos_text.sentences import STOP_WORDS, stem, words

LONGEST_PHRASE: Final = 3
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
                    {"phrase": "rain gauge", "score": 8.666667, "count": 2},
                    {"phrase": "city measures rain", "score": 8.333333, "count": 1},
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
    found = [phrase for piece in _BREAK.split(text) for phrase in phrases(words(piece))]
    stems = [tuple(stem(word) for word in phrase) for phrase in found]
    counts = Counter(stems)
    first: dict[tuple[str, ...], tuple[str, ...]] = {}
    for key, phrase in zip(stems, found, strict=True):
        first.setdefault(key, phrase)
    weights = word_weights(stems)
    scored = [
        Keyword(phrase=" ".join(first[key]), score=round(sum(weights[word] for word in key) * count, 6), count=count)
        for key, count in counts.items()
    ]
    scored.sort(key=lambda keyword: (-keyword.score, keyword.phrase))
    return Keywords(keywords=scored[:limit])


def phrases(line: list[str]) -> list[tuple[str, ...]]:
    """The runs of words without a stop word, at most three long; a longer run is more likely a list."""
    runs: list[list[str]] = [[]]
    for word in line:
        if word in STOP_WORDS or len(word) < 2:
            runs.append([])
        else:
            runs[-1].append(word)
    return [tuple(run) for run in runs if 1 <= len(run) <= LONGEST_PHRASE]


def word_weights(among: list[tuple[str, ...]]) -> dict[str, float]:
    """For each word, the words it stands with (itself included) for each time that it comes."""
    frequency: Counter[str] = Counter()
    degree: Counter[str] = Counter()
    for phrase in among:
        for word in phrase:
            frequency[word] += 1
            degree[word] += len(phrase)
    return {word: degree[word] / frequency[word] for word in frequency}
