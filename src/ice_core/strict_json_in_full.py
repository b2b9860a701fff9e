"""Every rule of `strict_json`, one after the other, for documents that its quick passes do not find sound.

Here a refusal gets its reason, and so does a document with escapes of surrogates; what is sound otherwise never comes
here.
"""

import json
import re
from typing import Final

from ice_core.errors import IceError, Location
from ice_core.strict_json import (
    JsonObject,
    JsonValue,
    Refused,
    exact,
    finite,
    printable,
    refuse_constant,
    unique_members,
)

# Possessive, so that an endless string costs one pass and no backtracking.
_STRUCTURE: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def read_in_full(data: bytes, text: str, *, where: str, deepest: int) -> JsonValue:
    """The value that a document holds; the depth is judged before anything is parsed.

    Raises:
        IceError: What `strict_json.parse_any_json` raises of a text.
    """
    _refuse_depth(data, where, deepest)
    try:
        value: JsonValue = json.loads(
            text,
            object_pairs_hook=_unique_paired_members,
            parse_constant=refuse_constant,
            parse_float=finite,
            parse_int=exact,
        )
        _refuse_surrogates_in(value)
    except Refused as refusal:
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


def _refuse_depth(data: bytes, where: str, deepest: int) -> None:
    # Before parsing, so that no RecursionError can escape; brackets inside strings do not count.
    depth = 0
    for match in _STRUCTURE.finditer(data):
        token = match[0]
        if token in (b"[", b"{"):
            depth += 1
            if depth > deepest:
                raise IceError(
                    "json-too-deep",
                    f"`{where}` is nested too deeply",
                    where=Location(where),
                    expected=f"at most {deepest} levels",
                    found="more",
                    hints=(),
                )
        elif token in (b"]", b"}"):
            depth -= 1


def _unique_paired_members(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    members = unique_members(pairs)
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
        raise Refused(
            "json-lone-surrogate",
            "a string holds a lone surrogate",
            expected="well-formed Unicode",
            found=printable(text),
        )
