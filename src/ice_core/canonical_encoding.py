"""The bytes of RFC 8785 for a JSON value: by a fast encoder where its bytes are the same, and else by `rfc8785`.

The encoder of `jsonschema-rs` sorts members by code point and writes numbers without an exponent. Both differ from the
RFC only for members with characters beyond the first plane, and for numbers that need an exponent or more than fifteen
digits; it also takes what is no JSON number. What it wrote says whether any of that was in the value: a byte from F0
on, a run of sixteen digits, six zeros behind the point, a bare `null`. Each is looked for in its output, in strings
too, where it only costs the slower way.
"""

import json
from functools import cache
from typing import Final

import jsonschema_rs
import rfc8785

from ice_core.strict_json import JsonValue

# Printed as the RFC does and as it does not; an encoder that writes anything else is never asked.
_KNOWN: Final[JsonValue] = {
    "b": [True, False, None, 0, -1, 9007199254740991, 0.0, -0.0, 1.0, 0.5, -2.25, 0.0001, 1e-06, 123456789.125],
    "B": {"\u00e9\ufb33": '\b\t\n\f\r\x00\x1f\x7f"\\/<&\u2028\U0001f600', "": [], "a": {}},
}
_KNOWN_BYTES: Final = (
    '{"B":{"":[],"a":{},"\u00e9\ufb33":"\\b\\t\\n\\f\\r\\u0000\\u001f\x7f\\"\\\\/<&\u2028\U0001f600"},'
    '"b":[true,false,null,0,-1,9007199254740991,0,0,1,0.5,-2.25,0.0001,0.000001,123456789.125]}'
)
_DIGITS_AS_ZERO: Final = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER: Final = b"0" * 16
_SMALL_NUMBER: Final = b"0.000000"
_BEYOND_FIRST_PLANE: Final = (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4")


def encoded(value: JsonValue) -> bytes:
    """The canonical form of a value that `strict_json` accepted.

    Raises:
        CanonicalizationError: It holds what JSON cannot say, as `rfc8785` tells it.
    """
    if not isinstance(value, dict | list) or not _encoder_is_known():
        return rfc8785.dumps(value)
    try:
        data: bytes = jsonschema_rs.canonical.json.to_string(value).encode("utf-8")
    except ValueError:
        # Not JSON, or nested beyond what the encoder follows.
        return rfc8785.dumps(value)
    return data if _is_the_same(data) and _holds_numbers_only(value, data) else rfc8785.dumps(value)


def _is_the_same(data: bytes) -> bool:
    if not data.isascii() and any(map(data.__contains__, _BEYOND_FIRST_PLANE)):
        return False
    return _LONG_NUMBER not in data.translate(_DIGITS_AS_ZERO) and _SMALL_NUMBER not in data


def _holds_numbers_only(value: JsonValue, data: bytes) -> bool:
    # The encoder writes NaN and the infinities as `null`.
    if b"null" not in data:
        return True
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


@cache
def _encoder_is_known() -> bool:
    return bool(_KNOWN_BYTES == jsonschema_rs.canonical.json.to_string(_KNOWN))
