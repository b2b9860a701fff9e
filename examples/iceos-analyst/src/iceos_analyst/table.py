"""What the analyst knows of a table: its profile, as `tool:table_profile` gives it, and how columns are spoken of."""

import re
from typing import Final

from pydantic import BaseModel

from iceos_analyst.tokens import NotUnderstood, Tokens
from iceos_analyst.vocabulary import QUALIFIERS, SAME

LONGEST_MENTION: Final = 4
_VALUE_ENDINGS: Final = ("y", "s", "ly", "ing", "es")


class ColumnProfile(BaseModel, frozen=True, extra="ignore"):
    """What is needed of a column's profile."""

    name: str
    type: str
    distinct: int
    values: list[str | int | float | bool | None]

    @property
    def words(self) -> frozenset[str]:
        """The words of the column's name, each in the form that stands for all that mean the same."""
        parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", self.name)
        return frozenset(canonical(part.lower()) for part in parts)

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers."""
        return self.type in ("integer", "number")


class TableProfile(BaseModel, frozen=True, extra="ignore"):
    """What is needed of a table's profile."""

    rows: int
    columns: list[ColumnProfile]

    @property
    def date(self) -> ColumnProfile | None:
        """The table's one date column; None if there is none or several."""
        dates = [column for column in self.columns if column.type == "date"]
        return dates[0] if len(dates) == 1 else None

    @property
    def row_noun(self) -> str:
        """What a row is called: a day, where each row has another date."""
        return "days" if self.date is not None and self.date.distinct == self.rows else "rows"

    def day(self) -> ColumnProfile:
        """The date column, for a question that needs one.

        Raises:
            NotUnderstood: there is none, or several.
        """
        if self.date is None:
            raise NotUnderstood("The question speaks of time, and the table has not exactly one column of dates")
        return self.date


def canonical(word: str) -> str:
    """The word that stands for all words which mean the same."""
    return SAME.get(word, word)


class Mention:
    """Words of a question that name a column; several columns if the words fit several."""

    def __init__(self, said: str, candidates: list[ColumnProfile]) -> None:
        self.said = said
        self.candidates = candidates

    def resolved(self, *, descending: bool | None = None) -> ColumnProfile:
        """The one column that is meant; of a highest and a lowest one, that at the end which is asked for.

        Raises:
            NotUnderstood: the words fit several columns.
        """
        fitting = self.candidates
        if len(fitting) > 1 and descending is not None:
            end = "max" if descending else "min"
            fitting = [column for column in fitting if end in column.words] or fitting
        if len(fitting) != 1:
            names = ", ".join(f"`{column.name}`" for column in fitting)
            raise NotUnderstood(f"`{self.said}` could be any of {names}", [self.said])
        return fitting[0]


def mention(tokens: Tokens, columns: list[ColumnProfile], *, at: int | None = None) -> Mention | None:
    """Takes the longest words that name a column, the first ones of those; only words that begin at `at`, if given."""
    begins = range(len(tokens)) if at is None else [at]
    for length in range(LONGEST_MENTION, 0, -1):
        for begin in begins:
            found = fitting(tokens, columns, begin, length)
            if found:
                return Mention(" ".join(tokens.take(begin, length)), found)
    return None


def fitting(tokens: Tokens, columns: list[ColumnProfile], begin: int, length: int) -> list[ColumnProfile]:
    """The columns that these words name: exactly if there are such, else by a part of their name."""
    if not tokens.free(begin, length):
        return []
    said = tokens.words[begin : begin + length]
    exact = [column for column in columns if length == 1 and column.name.lower() == said[0]]
    words = frozenset(canonical(word) for word in said)
    if exact or words <= QUALIFIERS or len(words) < length:
        return exact
    whole = [column for column in columns if column.words == words]
    return whole or [column for column in columns if words < column.words]


def ranked(quantity: str, columns: list[ColumnProfile]) -> Mention | None:
    """The columns of a quantity such as `temp`, for a word like `hottest` that names none."""
    found = [column for column in columns if quantity in column.words]
    return Mention(quantity, found) if found else None


def value_said(word: str, columns: list[ColumnProfile]) -> tuple[ColumnProfile, str] | None:
    """The column and value that a word speaks of, as `rainy` does of `rain` and `foggy` of `fog`."""
    for column in columns:
        for value in column.values:
            if isinstance(value, str) and word in spoken_forms(value.lower()):
                return column, value
    return None


def spoken_forms(value: str) -> set[str]:
    """The forms in which a value may be said."""
    if not value:
        return set()
    forms = {value} | {value + ending for ending in _VALUE_ENDINGS}
    return forms | {value + value[-1] + "y", value.removesuffix("e") + "y"}
