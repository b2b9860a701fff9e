"""The tool `text_summarize`: the sentences of a text that have most in common with the rest of it.

Sentences are ranked as pages are (TextRank: Mihalcea and Tarau, 2004) over the cosine of their tf-idf vectors
(LexRank: Erkan and Radev, 2004). No model and no randomness: the same text gives the same summary everywhere.
"""

import math
from collections import Counter
from typing import Annotated, Final

from pydantic import BaseModel, Field

from ice_sdk import tool
from iceos_text.sentences import split_sentences, terms

DAMPING: Final = 0.85
ROUNDS: Final = 50
# Ranks closer than this are a tie, which the earlier sentence wins; the last digits differ between machines.
DIGITS: Final = 9
MAX_SENTENCES: Final = 2_000

_EXAMPLE: Final = (
    "Rain is water that falls from clouds. Clouds form when water vapour cools. My cat sleeps."
    " When drops in clouds grow heavy, the water falls as rain."
)


class Summary(BaseModel, frozen=True, extra="forbid"):
    """The chosen sentences, word for word and in the order of the text."""

    summary: str
    sentences: list[str]
    of_sentences: int


@tool(
    version="0.1.0",
    cost_estimate=0.0005,
    tags=["text", "summary", "extractive"],
    examples=[
        {
            "input": {"text": _EXAMPLE, "sentences": 2},
            "output": {
                "summary": "Rain is water that falls from clouds."
                " When drops in clouds grow heavy, the water falls as rain.",
                "sentences": [
                    "Rain is water that falls from clouds.",
                    "When drops in clouds grow heavy, the water falls as rain.",
                ],
                "of_sentences": 4,
            },
        }
    ],
)
def text_summarize(
    text: Annotated[str, Field(max_length=2_000_000)], *, sentences: Annotated[int, Field(ge=1, le=50)] = 3
) -> Summary:
    """Summarize an English text by choosing its most central sentences; none is reworded.

    Args:
        text: The text; of a very long one, the first 2,000 sentences are considered.
        sentences: How many sentences to choose at most.
    """
    every = split_sentences(text)[:MAX_SENTENCES]
    ranked = ranks([terms(sentence) for sentence in every])
    best = sorted(range(len(every)), key=lambda position: (-ranked[position], position))[:sentences]
    chosen = [every[position] for position in sorted(best)]
    return Summary(summary=" ".join(chosen), sentences=chosen, of_sentences=len(every))


def ranks(documents: list[list[str]]) -> list[float]:
    """How central each sentence is among the others; they add up to 1."""
    if not documents:
        return []
    similar = similarities(vectors(documents))
    totals = [math.fsum(row.values()) for row in similar]
    count = len(documents)
    rank = [1.0 / count] * count
    for _ in range(ROUNDS):
        # What a sentence without any neighbour holds is shared among all.
        idle = math.fsum(value for value, total in zip(rank, totals, strict=True) if total == 0)
        rank = [
            (1 - DAMPING) / count
            + DAMPING
            * (idle / count + math.fsum(rank[other] * weight / totals[other] for other, weight in row.items()))
            for row in similar
        ]
    return [round(value, DIGITS) for value in rank]


def vectors(documents: list[list[str]]) -> list[dict[str, float]]:
    """A tf-idf vector of length 1 for each sentence."""
    spread = Counter(term for document in documents for term in set(document))
    found = []
    for document in documents:
        weights = {
            term: count * math.log(1 + len(documents) / spread[term])
            for term, count in sorted(Counter(document).items())
        }
        length = math.sqrt(math.fsum(weight * weight for weight in weights.values())) or 1.0
        found.append({term: weight / length for term, weight in weights.items()})
    return found


def similarities(of: list[dict[str, float]]) -> list[dict[int, float]]:
    """For each sentence, the others that share a term with it, and the cosine of the two."""
    holders: dict[str, list[int]] = {}
    for position, vector in enumerate(of):
        for term in vector:
            holders.setdefault(term, []).append(position)
    rows: list[dict[int, float]] = []
    for position, vector in enumerate(of):
        row: dict[int, float] = {}
        for term, weight in vector.items():
            for other in holders[term]:
                if other != position:
                    row[other] = row.get(other, 0.0) + weight * of[other][term]
        rows.append(row)
    return rows
