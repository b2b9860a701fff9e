"""Several places of one finding as lines: the first of them, and how many more there are."""

from collections.abc import Sequence
from typing import Final

MAX_PLACES: Final = 8


def listed_places(lines: Sequence[str]) -> list[str]:
    """At most so many lines as a person reads."""
    more = len(lines) - MAX_PLACES
    return [*lines[:MAX_PLACES], *([f"and {more} more"] if more > 0 else [])]
