"""Whether a Python value is a plain JSON value within the bounds, asked and copied by compiled code.

Plain is what is made of the very types of JSON in Python (no subclass, no tuple), with texts that are Unicode and
numbers that strict JSON reads back as they are. `strict_json` holds bytes against the same rules and says what is
wrong; here the answer is yes or no, at a tenth of the time, for values that are plain nearly always.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import jsonschema_rs
import orjson

from ice_core.lowered_limits import any_lowered, in_force
from ice_core.schema_levels import ANY_DEPTH
from ice_core.strict_json import MAX_DEPTH, MAX_INTEGER, MAX_OUTPUT_BYTES, JsonObject, JsonValue

# What the writer would convert is an error instead, and so is an integer that not every reader holds.
_VERY_TYPES: Final = (
    orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_STRICT_INTEGER
)


class NotPlain(ValueError):
    """A value that is not plain, or not within the bounds; `strict_json` and `to_json` can say why."""


def plain_text(value: object) -> bytes:
    """The JSON text of a value, members in their order.

    Raises:
        NotPlain: For most of what is not plain; an enumeration, a tuple or a NaN is not noticed.
    """
    try:
        return orjson.dumps(value, option=_VERY_TYPES)
    except orjson.JSONEncodeError as error:
        raise NotPlain(str(error)) from error


def plain_copy(value: object) -> JsonValue:
    """A copy that shares nothing with the value, and that strict JSON reads back as it is.

    Raises:
        NotPlain: The value is not plain, not within the bounds, or holds a whole number that is written as a fraction.
    """
    text = plain_text(value)
    copy: JsonValue = orjson.loads(text)
    # What was converted (a tuple, a NaN) differs from what it became; 1.0 is to be 1, and stands out in the text.
    is_same = copy == value and b".0" not in text
    if is_same and len(text) <= most_bytes() and _bounds(most_levels())(copy):
        return copy
    raise NotPlain("it is not made of the very types of JSON, or not within their bounds")


def is_within_bounds(value: JsonValue, *, levels: int = ANY_DEPTH) -> bool:
    """Whether a plain value is neither larger nor deeper than what is read back.

    Args:
        value: The value.
        levels: How deep it is at the most, where that is known.
    """
    try:
        text = orjson.dumps(value, None, _VERY_TYPES)
    except orjson.JSONEncodeError:
        return False
    if levels <= MAX_DEPTH and len(text) <= MAX_OUTPUT_BYTES and not any_lowered():
        return True
    if len(text) > most_bytes():
        return False
    # It has as many brackets as levels, at the least: most values need no second look.
    deepest = most_levels()
    return text.count(b"{") + text.count(b"[") <= deepest or _bounds(deepest)(value)


def most_bytes() -> int:
    """How large the JSON text of a value may be that goes from one component to another."""
    return in_force("json_bytes", MAX_OUTPUT_BYTES)


def most_levels() -> int:
    """How deep such a value may be."""
    return in_force("json_depth", MAX_DEPTH)


@lru_cache(maxsize=4)
def _bounds(depth: int) -> Callable[[object], bool]:
    """Whether a value has at most so many levels, and no number that not every reader holds exactly."""
    exact: JsonObject = {"minimum": -MAX_INTEGER, "maximum": MAX_INTEGER}
    # From 1e21 on RFC 8785 writes a whole number with an exponent, and everyone reads the same.
    number: JsonObject = {"anyOf": [exact, {"minimum": 1e21}, {"maximum": -1e21}]}
    levels: JsonObject = {}
    for level in range(depth + 1):
        inner: JsonObject = {"$ref": f"#/$defs/{level + 1}"}
        within: JsonObject = {"items": inner, "additionalProperties": inner}
        outside: JsonObject = {"type": ["null", "boolean", "number", "string"]}
        levels[str(level)] = {"if": {"type": "integer"}, "then": number, **(within if level < depth else outside)}
    return jsonschema_rs.Draft202012Validator({"$ref": "#/$defs/0", "$defs": levels}, offline=True).is_valid
