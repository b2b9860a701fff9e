"""Python values as JSON values, nothing converted that a reader could take for something else."""

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from ice_core.strict_json import MAX_INTEGER, JsonValue


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
        NotJson: For any other kind of value, a member name that is no text, or a number that JSON readers would change.
    """
    text = text_of(value) if text_of is not None else None
    if text is not None:
        return text
    if isinstance(value, Mapping):
        members: dict[str, JsonValue] = {}
        for name, member in value.items():
            if type(name) is not str:
                raise NotJson(path, f"the member name {name!r} is not a text")
            members[name] = to_json(member, path=f"{path}.{name}", text_of=text_of)
        return members
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray | memoryview):
        return [to_json(item, path=f"{path}[{index}]", text_of=text_of) for index, item in enumerate(value)]
    return _scalar(value, path)


def _scalar(value: object, path: str) -> JsonValue:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise NotJson(path, f"{value} is beyond 2^53-1, which not every JSON reader holds exactly")
        return int(value)
    if isinstance(value, float | Decimal):
        return _number(value, path)
    raise NotJson(path, f"{type(value).__name__} {value!r}")


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
    # 0.0 and 0 are one number to RFC 8785, so they are written alike.
    return int(number) if number.is_integer() and abs(number) <= MAX_INTEGER else number
