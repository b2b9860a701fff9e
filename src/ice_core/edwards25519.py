"""The points of edwards25519 (RFC 8032 5.1) as far as a key or a signature must be judged before it is used."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_FIELD: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_CURVE_D: Final = -121665 * pow(121666, -1, _FIELD) % _FIELD
# The y coordinates of the eight points of low order, as little-endian bytes without the sign bit; the last two are the
# non-canonical spellings of 0 and 1. With either sign bit: fourteen encodings (listed in spec/vectors/signing).
_LOW_ORDER_Y: Final = frozenset(
    bytes.fromhex(text)
    for text in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)


def is_low_order(encoded: bytes) -> bool:
    """Whether 32 bytes encode a point of low order, in any of its fourteen spellings."""
    return encoded[:31] + bytes([encoded[31] & 0x7F]) in _LOW_ORDER_Y


def is_point(encoded: bytes) -> bool:
    """Whether 32 bytes are the canonical encoding of a point that is not of low order."""
    # RFC 8032 5.1.3: y below the field's prime, and (y^2 - 1) / (d y^2 + 1) a square. x = 0 is of low order.
    y = int.from_bytes(encoded, "little") & (2**255 - 1)
    if y >= _FIELD:
        return False
    x_squared = (y * y - 1) * pow(_CURVE_D * y * y + 1, -1, _FIELD) % _FIELD
    return pow(x_squared, (_FIELD - 1) // 2, _FIELD) == 1
