"""Python values as JSON values, nothing converted that a reader could take for something else."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from ice_core.strict_json import MAX_DEPTH, MAX_INTEGER, JsonValue

_MOST_SHOWN: Final = 200


class NotJson(ValueError):
    """A value that JSON cannot say: where it is inside what was given, and why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path or 'the value'}: {reason}")
        self.path = path
        self.reason = reason


def to_json(value: object, *, path: str = "", text_of: Callable[[object], str | None] | None = None) -> JsonValue:
    """`value` as a JSON value: mappings as objects, lists and tuples as arrays, whole floats as integers.

    Args:
        value: What an author gave.
        path: Where it stands, for the error.
        text_of: Gives the text of further kinds of value, or None for a kind it does not know.

    Raises:
        NotJson: For any other kind of value, a member name that is no text, a number that JSON readers would change, or
            a value that nests deeper than JSON is read; one that holds itself does.
    """
    return _converted(value, path, text_of, 1)


def is_plain_json(value: object) -> bool:
    """Whether `to_json` takes a value, told at once for most that it takes: dicts, lists, texts, whole numbers."""
    waiting: list[tuple[object, int]] = [(value, 1)]
    while waiting:
        each, depth = waiting.pop()
        if type(each) is dict or type(each) is list:
            if depth > MAX_DEPTH or (isinstance(each, dict) and any(type(name) is not str for name in each)):
                return False
            inner: Iterable[object] = each.values() if isinstance(each, dict) else each
            waiting.extend((item, depth + 1) for item in inner)
        elif not _is_plain_scalar(each):
            return False
    return True


def _is_plain_scalar(value: object) -> bool:
    if type(value) is str:
        # A longer look is for what holds more than ASCII.
        return value.isascii()
    if type(value) is int:
        return -MAX_INTEGER <= value <= MAX_INTEGER
    return value is None or type(value) is bool


def _converted(value: object, path: str, text_of: Callable[[object], str | None] | None, depth: int) -> JsonValue:
    text = text_of(value) if text_of is not None else None
    if text is not None:
        return text
    nested = isinstance(value, Mapping | Sequence) and not isinstance(value, str | bytes | bytearray | memoryview)
    if nested and depth > MAX_DEPTH:
        raise NotJson("", f"it nests deeper than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        members: dict[str, JsonValue] = {}
        for name, member in value.items():
            if type(name) is not str:
                raise NotJson(path, f"the member name {name!r} is not a text")
            members[_text(name, path)] = _converted(member, f"{path}.{name}", text_of, depth + 1)
        return members
    if nested and isinstance(value, Sequence):
        return [_converted(item, f"{path}[{index}]", text_of, depth + 1) for index, item in enumerate(value)]
    return _scalar(value, path)


def _scalar(value: object, path: str) -> JsonValue:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise NotJson(path, f"{_digits(value)} is beyond 2^53-1, which not every JSON reader holds exactly")
        return int(value)
    if isinstance(value, float | Decimal):
        return _number(value, path)
    raise NotJson(path, f"{type(value).__name__} {repr(value)[:_MOST_SHOWN]}")


def _digits(value: int) -> str:
    # Python itself refuses to write an integer of more than some thousands of digits.
    return str(value) if value.bit_length() <= 256 else f"an integer of {value.bit_length()} bits"


def _text(value: str, path: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotJson(path, "the text holds a lone surrogate") from error
    return str(value)


def _number(value: float | Decimal, path: str) -> JsonValue:
    if not math.isfinite(value):
        raise NotJson(path, f"{value} is not a finite number")
    number = float(value)
    if isinstance(value, Decimal) and Decimal(repr(number)) != value:
        raise NotJson(path, f"{value} has more digits than a JSON number holds")
    if MAX_INTEGER < abs(number) < 1e21 and number.is_integer():  # RFC 8785 writes it without an exponent
        raise NotJson(path, f"{value} is beyond 2^53-1, which not every JSON reader holds exactly")
    # 0.0 and 0 are one number to RFC 8785, so they are written alike.
    return int(number) if number.is_integer() and abs(number) <= MAX_INTEGER else number
