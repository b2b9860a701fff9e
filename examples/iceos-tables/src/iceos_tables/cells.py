"""The types that a column can have, and how a text becomes a value of each."""

import re
from datetime import date
from typing import Final, Literal, TypeAlias

Scalar: TypeAlias = str | int | float | bool | None
ColumnType: TypeAlias = Literal["boolean", "integer", "number", "date", "string"]

MISSING: Final = frozenset(("", "na", "n/a", "null", "none", "nan"))
LARGEST_INTEGER: Final = 2**53 - 1  # beyond it, JSON readers disagree about what a number is

_INTEGER = re.compile(r"[+-]?[0-9]{1,16}", re.ASCII)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", re.ASCII)
_DATE = re.compile(r"([0-9]{4})([-/])([0-9]{2})\2([0-9]{2})", re.ASCII)
_BOOLEANS: Final = {"true": True, "false": False}
# From the narrowest to the widest; a column has the first type that all of its values fit.
_NARROW_FIRST: Final[tuple[ColumnType, ...]] = ("boolean", "integer", "number", "date")


def is_missing(text: str) -> bool:
    """Whether a cell's text stands for no value: empty, or one of the usual words for it."""
    return text.strip().lower() in MISSING


def typed(text: str, column_type: ColumnType) -> Scalar:
    """The value of a cell; dates are written `YYYY-MM-DD` whichever separator the file has.

    Raises:
        ValueError: the text is not of that type.
    """
    if is_missing(text):
        return None
    word = text.strip()
    match column_type:
        case "string":
            return text
        case "boolean" if word.lower() in _BOOLEANS:
            return _BOOLEANS[word.lower()]
        case "integer" if _INTEGER.fullmatch(word) and abs(int(word)) <= LARGEST_INTEGER and not _is_code(word):
            return int(word)
        case "number" if _NUMBER.fullmatch(word) and not _is_code(word) and abs(float(word)) != float("inf"):
            return float(word)
        case "date" if found := _DATE.fullmatch(word):
            return date(int(found[1]), int(found[3]), int(found[4])).isoformat()
    raise ValueError(f"`{text}` is not of type {column_type}")


def _is_code(word: str) -> bool:
    # `007` is a name, not a number: as a number it would not be written back as it was.
    digits = word.lstrip("+-")
    return len(digits) > 1 and digits[0] == "0" and digits[1] in "0123456789"


class Narrowing:
    """Finds the narrowest type that every text of one column fits; `string` fits all."""

    def __init__(self) -> None:
        self._left = list(_NARROW_FIRST)
        self._seen = False

    def add(self, text: str) -> None:
        """Takes one more cell into account; a missing one says nothing about the type."""
        if is_missing(text):
            return
        self._seen = True
        self._left = [candidate for candidate in self._left if _fits(text, candidate)]

    @property
    def column_type(self) -> ColumnType:
        """The type so far; a column without a value is a string column."""
        return self._left[0] if self._left and self._seen else "string"


def _fits(text: str, column_type: ColumnType) -> bool:
    try:
        typed(text, column_type)
    except ValueError:
        return False
    return True


def type_of_values(values: list[Scalar]) -> ColumnType:
    """The type of a column of JSON values: texts are dates if all of them are, and never numbers."""
    present = [value for value in values if value is not None]
    if present and all(isinstance(value, bool) for value in present):
        return "boolean"
    if present and all(isinstance(value, int) and not isinstance(value, bool) for value in present):
        return "integer"
    if present and all(isinstance(value, int | float) and not isinstance(value, bool) for value in present):
        return "number"
    if present and all(isinstance(value, str) and _fits(value, "date") for value in present):
        return "date"
    return "string"
