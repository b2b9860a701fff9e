"""Bytes to a JSON value, refusing what two parsers could read in two ways.

The rules (RFC 8259, RFC 7493 I-JSON): UTF-8 without a byte order mark; a size and a nesting bound checked before
parsing; no duplicate member at any level; no NaN, Infinity or number that overflows; integers within 2^53-1; no lone
surrogate; the root is an object unless the caller asks otherwise. Nothing is repaired, nothing is defaulted.
"""

import json
import re
from typing import Final, NoReturn, TypeAlias

from ice_core.errors import IceError, Location
from ice_core.lowered_limits import GREATEST, in_force

JsonValue: TypeAlias = "None | bool | int | float | str | list[JsonValue] | dict[str, JsonValue]"
JsonObject: TypeAlias = dict[str, "JsonValue"]

MAX_BYTES: Final = 4 * 1024 * 1024
MAX_REGISTRY_BYTES: Final = GREATEST["json_bytes"]
MAX_OUTPUT_BYTES: Final = 64 * 1024 * 1024
MAX_DEPTH: Final = GREATEST["json_depth"]
MAX_INTEGER: Final = 2**53 - 1

# Possessive, so that an endless string costs one pass and no backtracking.
_STRUCTURE = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Refused(Exception):
    """Carries a slug and a message out of the standard parser's hooks."""

    def __init__(self, slug: str, message: str, *, expected: str, found: str) -> None:
        super().__init__(message)
        self.slug = slug
        self.message = message
        self.expected = expected
        self.found = found


def parse_json(data: bytes, *, where: str, max_bytes: int = MAX_BYTES) -> JsonObject:
    """The object that `data` holds.

    Args:
        data: The whole document.
        where: Its origin, for messages.
        max_bytes: The size bound in bytes.

    Raises:
        IceError: `json-too-large`, `json-not-utf8`, `json-too-deep`, `json-duplicate-member`,
            `json-number-out-of-range`, `json-lone-surrogate`, `json-syntax` or `json-root-not-object`.
    """
    value = parse_any_json(data, where=where, max_bytes=max_bytes)
    if not isinstance(value, dict):
        _refuse(
            "json-root-not-object",
            f"`{where}` does not hold a JSON object",
            where=where,
            expected="an object",
            found=type_name(value),
        )
    return value


def parse_any_json(data: bytes, *, where: str, max_bytes: int = MAX_BYTES) -> JsonValue:
    """Like `parse_json`, for documents whose root may be any JSON value."""
    text = decode_text(data, where=where, max_bytes=max_bytes)
    _refuse_depth(data, where)
    try:
        value: JsonValue = json.loads(
            text,
            object_pairs_hook=_unique_members,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_exact,
        )
        _refuse_surrogates_in(value)
    except _Refused as refusal:
        raise IceError(
            refusal.slug,
            f"`{where}`: {refusal.message}",
            where=Location(where),
            expected=refusal.expected,
            found=refusal.found,
            hints=(),
        ) from refusal
    except json.JSONDecodeError as error:
        raise IceError(
            "json-syntax",
            f"`{where}` is not JSON: {error.msg[0].lower()}{error.msg[1:]}",
            where=Location(where, line=error.lineno, column=error.colno),
            expected="a JSON document (RFC 8259)",
            found=repr(text[error.pos : error.pos + 24]) if error.pos < len(text) else "the end of the document",
            hints=(),
        ) from error
    return value


def type_name(value: JsonValue) -> str:
    """The JSON name of a value's type, with its article: "an array", "a string"."""
    names: dict[type, str] = {
        type(None): "null",
        bool: "a boolean",
        int: "an integer",
        float: "a number",
        str: "a string",
        list: "an array",
        dict: "an object",
    }
    return names[type(value)]


def decode_text(data: bytes, *, where: str, max_bytes: int = MAX_BYTES) -> str:
    """The text of a document: UTF-8 without a byte order mark, within the size bound.

    Raises:
        IceError: `json-too-large` or `json-not-utf8`.
    """
    max_bytes = in_force("json_bytes", max_bytes)
    if len(data) > max_bytes:
        _refuse(
            "json-too-large",
            f"`{where}` is too large",
            where=where,
            expected=f"at most {max_bytes} bytes",
            found=f"{len(data)} bytes",
        )
    if data.startswith(b"\xef\xbb\xbf"):
        _refuse(
            "json-not-utf8",
            f"`{where}` starts with a byte order mark",
            where=where,
            expected="UTF-8 without a byte order mark",
            found="EF BB BF",
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise IceError(
            "json-not-utf8",
            f"`{where}` is not UTF-8",
            where=Location(where),
            expected="UTF-8",
            found=f"byte {data[error.start]:02X} at offset {error.start}",
            hints=(),
        ) from error
    return text


def _refuse_depth(data: bytes, where: str) -> None:
    # Before parsing, so that no RecursionError can escape; brackets inside strings do not count.
    depth, greatest = 0, in_force("json_depth", MAX_DEPTH)
    for match in _STRUCTURE.finditer(data):
        token = match[0]
        if token in (b"[", b"{"):
            depth += 1
            if depth > greatest:
                _refuse(
                    "json-too-deep",
                    f"`{where}` is nested too deeply",
                    where=where,
                    expected=f"at most {greatest} levels",
                    found="more",
                )
        elif token in (b"]", b"}"):
            depth -= 1


def _unique_members(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        name = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # set.add returns None, which is falsy: the first repeated key
        raise _Refused(
            "json-duplicate-member",
            f"the member `{printable(name)}` appears twice in one object",
            expected="each member once",
            found=f"`{printable(name)}` twice",
        )
    for key, value in pairs:
        _refuse_surrogate(key)
        _refuse_surrogates_in(value)
    return members


def _refuse_surrogates_in(value: JsonValue) -> None:
    # Objects were checked by their own hook; what is left are strings and arrays of this level, or of the root.
    if isinstance(value, str):
        _refuse_surrogate(value)
    elif isinstance(value, list):
        for item in value:
            _refuse_surrogates_in(item)


def _refuse_surrogate(text: str) -> None:
    if _SURROGATE.search(text):
        raise _Refused(
            "json-lone-surrogate",
            "a string holds a lone surrogate",
            expected="well-formed Unicode",
            found=printable(text),
        )


def _refuse_constant(text: str) -> NoReturn:
    raise _Refused("json-number-out-of-range", f"`{text}` is not a JSON number", expected="a finite number", found=text)


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _Refused(
            "json-number-out-of-range",
            "a number overflows",
            expected="a number that a 64-bit float can hold",
            found=text[:64],
        )
    # RFC 8785 writes these without an exponent, as the integers that `_exact` refuses.
    if MAX_INTEGER < abs(number) < 1e21 and number.is_integer():
        _refuse_inexact(text)
    return number


def _exact(text: str) -> int:
    # At most 17 characters reach int(): the longest exact integer is -9007199254740991.
    number = int(text) if len(text) <= 17 else None
    if number is None or abs(number) > MAX_INTEGER:
        _refuse_inexact(text)
    return number


def _refuse_inexact(text: str) -> NoReturn:
    raise _Refused(
        "json-number-out-of-range",
        "an integer is too large to be exact everywhere",
        expected=f"an integer from -{MAX_INTEGER} to {MAX_INTEGER}",
        found=text[:64],
    )


def _refuse(slug: str, message: str, *, where: str, expected: str, found: str) -> NoReturn:
    raise IceError(slug, message, where=Location(where), expected=expected, found=found, hints=())


def printable(text: str) -> str:
    """`text` with each invisible or unprintable character written as an escape, so that a terminal shows it."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
