"""The bytes to sign, signing and verifying: Ed25519 over a framed pair of digests.

The message is DSSE's pre-authentication encoding, `"DSSEv1" SP len(type) SP type SP len(body) SP body`; the payload
type says what kind of thing is signed, so that a signature for one kind can never be shown for another:

- one wheel and its manifest: `bundle.v0`, body = wheel digest, manifest digest (64 raw bytes);
- several platform wheels: `bundleset.v0`, body = SHA-256 of the wheel index, manifest digest (64 raw bytes);
- a manifest without a wheel: `manifest.v0`, body = manifest digest (32 raw bytes). It never authorises an import.
(`ice_core.key_rotation` signs a fourth kind of thing in the same frame.)

Ed25519 is RFC 8032's, with what RFC 8032 leaves open closed: the fourteen encodings of points of low order are refused
as a key and as R (with one of them as the key, a signature can be made that verifies for any message), keys must be
canonical encodings of points, S is below the group's order, and base64 has one form only.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ice_core.canonical import Digest
from ice_core.errors import IceError, Location
from ice_core.signer_port import MessageSigner
from ice_core.strict_json import JsonObject, printable

BUNDLE_TYPE: Final = "application/vnd.iceos.bundle.v0"
BUNDLESET_TYPE: Final = "application/vnd.iceos.bundleset.v0"
MANIFEST_TYPE: Final = "application/vnd.iceos.manifest.v0"

_FIELD: Final = 2**255 - 19
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
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
_WHEEL_FILENAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+!-]*\.whl", re.ASCII)
_INDEX_LINE = re.compile(r"([0-9a-f]{64})  ([^ \n]+)\n", re.ASCII)
_MAX_WHEEL_FILENAME: Final = 255


@dataclass(frozen=True, kw_only=True, slots=True)
class WheelPin:
    """A wheel by its file name and the digest of its bytes."""

    filename: str
    digest: Digest

    @classmethod
    def of(cls, filename: str, data: bytes) -> "WheelPin":
        """The pin of a wheel at hand."""
        return cls(filename=filename, digest=Digest.of(data))


class PublicKey:
    """An Ed25519 public key that can be trusted to decide: a canonical encoding of a point that is not of low order."""

    __slots__ = ("raw",)

    def __init__(self, raw: bytes, *, where: str = "a public key") -> None:
        """A key from its 32 bytes.

        Raises:
            IceError: `key-malformed` or `key-low-order`.
        """
        if len(raw) != 32:
            _refuse_key(where, expected="32 bytes", found=f"{len(raw)} bytes")
        if _is_low_order(raw):
            raise IceError(
                "key-low-order",
                f"`{where}` is a key of low order, for which anyone can make a signature of any message",
                where=Location(where),
                found=raw.hex(),
                note="No key generator makes such a key; whoever sent it wants every signature to be accepted.",
                hints=(),
            )
        if not _is_point(raw):
            _refuse_key(where, expected="the encoding of a point of edwards25519", found=raw.hex())
        self.raw = raw

    @classmethod
    def from_raw(cls, raw: bytes, *, where: str = "a public key") -> "PublicKey":
        """A key from its 32 bytes; raises what the constructor raises."""
        return cls(raw, where=where)

    @classmethod
    def parse(cls, text: str, *, where: str = "a public key") -> "PublicKey":
        """A key from the canonical base64 of its 32 bytes.

        Raises:
            IceError: `key-malformed` or `key-low-order`.
        """
        raw = _decode_base64(text)
        if raw is None:
            _refuse_key(where, expected="canonical base64 of 32 bytes (44 characters)", found=printable(text[:100]))
        return cls(raw, where=where)

    @property
    def fingerprint(self) -> Digest:
        """The SHA-256 of the 32 bytes: what people compare over the telephone."""
        return Digest.of(self.raw)

    def __str__(self) -> str:
        return base64.b64encode(self.raw).decode("ascii")

    def __repr__(self) -> str:
        return f"PublicKey({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.raw)


def is_wheel_filename(text: str) -> bool:
    """Whether `text` may stand in a wheel index: ASCII, no separators of paths or lines, ends in `.whl`."""
    return len(text) <= _MAX_WHEEL_FILENAME and _WHEEL_FILENAME.fullmatch(text) is not None


def wheel_index(wheels: Sequence[WheelPin]) -> bytes:
    """One line `hex SP SP filename LF` for each wheel, sorted by the bytes of the file name.

    Raises:
        IceError: `wheel-index-invalid` for a name that could be read as something else, or one that comes twice.
    """
    names = [pin.filename for pin in wheels]
    for name in names:
        if not is_wheel_filename(name) or names.count(name) > 1:
            _refuse_index(
                "the wheel index",
                expected="each wheel once, under a plain file name that ends in .whl",
                found=printable(name),
            )
    lines = sorted((pin.filename.encode("ascii"), pin.digest.hex.encode("ascii")) for pin in wheels)
    return b"".join(b"%s  %s\n" % (digest, filename) for filename, digest in lines)


def parse_wheel_index(data: bytes, *, where: str) -> tuple[WheelPin, ...]:
    """The pins of a wheel index, in its order; only the bytes that `wheel_index` writes are accepted.

    Raises:
        IceError: `wheel-index-invalid`.
    """
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        _refuse_index(where, expected="ASCII text", found=f"{len(data)} bytes that are not ASCII")
    pins = tuple(
        WheelPin(filename=name, digest=Digest(bytes.fromhex(hex_digest)))
        for hex_digest, name in _INDEX_LINE.findall(text)
    )
    if wheel_index(pins) != data or not pins:
        _refuse_index(
            where,
            expected="lines of 64 hexadecimal digits, two spaces and a file name, sorted by file name",
            found=printable(text[:200]) or "no lines",
        )
    return pins


def message_to_sign(manifest_digest: Digest, wheels: Sequence[WheelPin]) -> bytes:
    """The framed message for a manifest and its wheels; the payload type follows from how many wheels there are.

    Raises:
        IceError: `wheel-index-invalid`.
    """
    index = wheel_index(wheels)
    if not wheels:
        return framed(MANIFEST_TYPE, manifest_digest.raw)
    if len(wheels) == 1:
        return framed(BUNDLE_TYPE, wheels[0].digest.raw + manifest_digest.raw)
    return framed(BUNDLESET_TYPE, Digest.of(index).raw + manifest_digest.raw)


def sign(private: MessageSigner, message: bytes) -> str:
    """The signature of a message of `message_to_sign`, in canonical base64."""
    return base64.b64encode(private.sign(message)).decode("ascii")


def signature_member(value: str, *, public_key_id: str) -> JsonObject:
    """The member `signature` of a manifest."""
    return {"algo": "ed25519", "value": value, "public_key_id": public_key_id}


def verify(key: PublicKey, message: bytes, signature_value: str, *, where: str) -> None:
    """Returns if `signature_value` is this key's signature of this message.

    Args:
        key: The key of the key-store's record, never one that came with the message.
        message: What `message_to_sign` gives for the bytes at hand.
        signature_value: `signature.value` of the manifest.
        where: The origin, for messages.

    Raises:
        IceError: `signature-malformed` or `signature-mismatch`.
    """
    signature = _decode_base64(signature_value)
    if signature is None or len(signature) != 64:
        _refuse_signature(
            where,
            "encoding",
            expected="canonical base64 of 64 bytes (88 characters)",
            found=printable(signature_value[:100]),
        )
    if _is_low_order(signature[:32]):
        _refuse_signature(
            where, "low-order", expected="an R that is not a point of low order", found=signature[:32].hex()
        )
    if int.from_bytes(signature[32:], "little") >= _ORDER:
        # RFC 8032 5.1.7: without this, S + L would be a second signature of the same message.
        _refuse_signature(where, "range", expected="an S below the order of the group", found=signature[32:].hex())
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, message)
    except InvalidSignature as error:
        raise IceError(
            "signature-mismatch",
            f"The signature on `{where}` is not for these files",
            where=Location(where),
            expected=f"a signature by the key with fingerprint {key.fingerprint}",
            found="a signature by another key, or of other bytes",
            note="The manifest or a wheel was changed after it was signed. Nothing of it was loaded.",
            hints=(),
        ) from error


def framed(payload_type: str, body: bytes) -> bytes:
    """DSSE v1's pre-authentication encoding; lengths in decimal ASCII."""
    kind = payload_type.encode("ascii")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)


def _is_low_order(encoded: bytes) -> bool:
    return encoded[:31] + bytes([encoded[31] & 0x7F]) in _LOW_ORDER_Y


def _is_point(encoded: bytes) -> bool:
    # RFC 8032 5.1.3: y below the field's prime, and (y^2 - 1) / (d y^2 + 1) a square. x = 0 is of low order.
    y = int.from_bytes(encoded, "little") & (2**255 - 1)
    if y >= _FIELD:
        return False
    x_squared = (y * y - 1) * pow(_CURVE_D * y * y + 1, -1, _FIELD) % _FIELD
    return pow(x_squared, (_FIELD - 1) // 2, _FIELD) == 1


def _decode_base64(text: str) -> bytes | None:
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    return data if base64.b64encode(data).decode("ascii") == text else None


def _refuse_key(where: str, *, expected: str, found: str) -> NoReturn:
    raise IceError(
        "key-malformed",
        f"`{where}` is not an Ed25519 public key",
        where=Location(where),
        expected=expected,
        found=found,
        hints=(),
    )


def _refuse_signature(where: str, reason: str, *, expected: str, found: str) -> NoReturn:
    raise IceError(
        "signature-malformed",
        f"The signature on `{where}` does not have the form of one",
        where=Location(where),
        expected=expected,
        found=found,
        hints=("If it is yours, sign it anew with `ice plugins sign`",),
        details={"reason": reason},
    )


def _refuse_index(where: str, *, expected: str, found: str) -> NoReturn:
    raise IceError(
        "wheel-index-invalid",
        f"`{where}` is not a wheel index",
        where=Location(where),
        expected=expected,
        found=found,
        hints=("To write it anew from the lock, run `ice install`",),
    )
