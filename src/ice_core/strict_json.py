"""Bytes to a JSON value, refusing what two parsers could read in two ways.

The rules (RFC 8259, RFC 7493 I-JSON): UTF-8 without a byte order mark; a size and a nesting bound checked before
parsing; no duplicate member at any level; no NaN, Infinity or number that overflows; integers within 2^53-1; no lone
surrogate; the root is an object unless the caller asks otherwise. Nothing is repaired, nothing is defaulted.

A sound document is told by passes that run in C; where one of them does not say "sound", the rule is held in full, so
that a refusal names its reason. This module is on the start path.
"""

from __future__ import annotations

from _json import make_scanner

from ice_core.errors import IceError, Location
from ice_core.lowered_limits import GREATEST, in_force

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, NoReturn, TypeAlias

JsonValue: TypeAlias = "None | bool | int | float | str | list[JsonValue] | dict[str, JsonValue]"
JsonObject: TypeAlias = dict[str, "JsonValue"]

MAX_BYTES: Final = 4 * 1024 * 1024
MAX_REGISTRY_BYTES: Final = GREATEST["json_bytes"]
MAX_OUTPUT_BYTES: Final = 64 * 1024 * 1024
MAX_DEPTH: Final = GREATEST["json_depth"]
MAX_INTEGER: Final = 2**53 - 1

_INFINITE: Final = (float("inf"), float("-inf"))
_SPACE: Final = " \t\n\r"
_BLANKS: Final = _SPACE.encode()
# So few that a parser that recurses into each cannot run out of stack.
_FEW_BRACKETS: Final = 1000
_BRACKETS: Final = b"[]{}"
_AS_BRACES: Final = bytes.maketrans(b"[]", b"{}")
_NEITHER_BRACKET_NOR_QUOTE: Final = bytes(set(range(256)) - set(_BRACKETS + b'"'))


class Refused(Exception):
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
    deepest = in_force("json_depth", MAX_DEPTH)
    if _is_for_quick_passes(data, text, deepest):
        begins = 0 if text[:1] in "{[" else len(text) - len(text.lstrip(_SPACE))
        try:
            value, end = _SCAN(text, begins)
        except (Refused, ValueError, StopIteration, RecursionError, SystemError):
            # SystemError: Python 3.11 finds no `json.decoder` to raise its error from, where `json` is not loaded.
            return _read_in_full(data, text, where, deepest)
        if (end == len(text) or not text[end:].strip(_SPACE)) and _is_sound(value, _names_in(data), deepest):
            parsed: JsonValue = value
            return parsed
    return _read_in_full(data, text, where, deepest)


def _is_for_quick_passes(data: bytes, text: str, deepest: int) -> bool:
    # Half a pair can only come from an escape, since the bytes are UTF-8.
    if b"\\u" in data and ("\\ud" in text or "\\uD" in text):
        return False
    return data.count(b"[") + data.count(b"{") <= _FEW_BRACKETS or _is_shallow(data, deepest)


def _names_in(data: bytes) -> int:
    # A name ends in a quote, blanks and a colon. So may text inside of strings, which only makes the count greater.
    return data.translate(None, _BLANKS).count(b'":')


def _is_sound(value: JsonValue, names: int, deepest: int) -> bool:
    """Whether a value is within the depth and has as many members as its document has names, so that none came twice.

    No decides nothing.
    """
    members, level = 0, [value] if isinstance(value, dict | list) else []
    for _ in range(deepest):
        if not level:
            break
        inner: list[JsonValue] = []
        for each in level:
            if type(each) is dict:
                members += len(each)
                inner += each.values()
            else:
                inner += each
        level = [each for each in inner if type(each) is dict or type(each) is list]
    return members == names and not level


def parse_sound_json(data: bytes) -> JsonValue:
    """The value of bytes that were held against the rules before, and are known by their digest to be those bytes."""
    value: JsonValue = _SCAN_SOUND(data.decode(), 0)[0]
    return value


def _read_in_full(data: bytes, text: str, where: str, deepest: int) -> JsonValue:
    from ice_core.strict_json_in_full import read_in_full

    return read_in_full(data, text, where=where, deepest=deepest)


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


def _is_shallow(data: bytes, deepest: int) -> bool:
    """Whether the nesting is certainly within the bound, as far as a parser would get; False decides nothing."""
    if data.count(b"[") + data.count(b"{") <= deepest:
        return True
    # Without escapes every second piece between quotes is outside of strings.
    plain = data.replace(rb"\\", b"").replace(rb"\"", b"") if b"\\" in data else data
    pieces = plain.translate(_AS_BRACES, _NEITHER_BRACKET_NOR_QUOTE).split(b'"')
    brackets = b"".join(pieces[::2])
    for _ in range(deepest):
        inner = brackets.replace(b"{}", b"")
        if len(inner) == len(brackets):
            break
        brackets = inner
    return not brackets


def unique_members(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    """The object of these members; raises `Refused` for a name that comes twice."""
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        name = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # set.add returns None, which is falsy: the first repeated key
        raise Refused(
            "json-duplicate-member",
            f"the member `{printable(name)}` appears twice in one object",
            expected="each member once",
            found=f"`{printable(name)}` twice",
        )
    return members


def refuse_constant(text: str) -> NoReturn:
    """Raises `Refused` for what Python's parser takes for a number, and JSON does not."""
    raise Refused("json-number-out-of-range", f"`{text}` is not a JSON number", expected="a finite number", found=text)


def finite(text: str) -> float:
    """The number; raises `Refused` for one that overflows, or that would be written as an inexact integer."""
    number = float(text)
    if number in _INFINITE:
        raise Refused(
            "json-number-out-of-range",
            "a number overflows",
            expected="a number that a 64-bit float can hold",
            found=text[:64],
        )
    # RFC 8785 writes these without an exponent, as the integers that `exact` refuses.
    if MAX_INTEGER < abs(number) < 1e21 and number.is_integer():
        _refuse_inexact(text)
    return number


def exact(text: str) -> int:
    """The integer; raises `Refused` for one that not every reader can hold."""
    # At most 17 characters reach int(): the longest exact integer is -9007199254740991.
    number = int(text) if len(text) <= 17 else None
    if number is None or abs(number) > MAX_INTEGER:
        _refuse_inexact(text)
    return number


class _Rules:
    """What the standard library's scanner asks its decoder for."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = staticmethod(finite)
    parse_int = staticmethod(exact)
    parse_constant = staticmethod(refuse_constant)
    memo: Final[dict[str, str]] = {}


# `json.loads` with these rules, without the regular expressions that importing `json` compiles.
_SCAN: Final = make_scanner(_Rules())  # type: ignore[arg-type]  # the stub asks for another scanner; attributes are what is read


class _NoRules:
    """As `_Rules`, for what was held against them before."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float
    memo: Final[dict[str, str]] = {}


_SCAN_SOUND: Final = make_scanner(_NoRules())  # type: ignore[arg-type]  # the stub asks for another scanner; attributes are what is read


def _refuse_inexact(text: str) -> NoReturn:
    raise Refused(
        "json-number-out-of-range",
        "an integer is too large to be exact everywhere",
        expected=f"an integer from -{MAX_INTEGER} to {MAX_INTEGER}",
        found=text[:64],
    )


def _refuse(slug: str, message: str, *, where: str, expected: str, found: str) -> NoReturn:
    raise IceError(slug, message, where=Location(where), expected=expected, found=found, hints=())


def printable(text: str) -> str:
    """`text` with each invisible or unprintable character written as an escape, so that a terminal shows it."""
    if text.isprintable():
        return text
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
