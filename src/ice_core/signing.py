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

This module is on the start path: the library that verifies is loaded when the first signature is.
"""

from __future__ import annotations

import binascii

from ice_core.canonical import Digest
from ice_core.edwards25519 import ORDER, is_low_order, is_point
from ice_core.errors import IceError, Location
from ice_core.strict_json import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final, NoReturn

    from ice_core.signer_port import MessageSigner
    from ice_core.strict_json import JsonObject

BUNDLE_TYPE: Final = "application/vnd.iceos.bundle.v0"
BUNDLESET_TYPE: Final = "application/vnd.iceos.bundleset.v0"
MANIFEST_TYPE: Final = "application/vnd.iceos.manifest.v0"

_LETTERS_AND_DIGITS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_OF_WHEEL_FILENAMES: Final = frozenset(_LETTERS_AND_DIGITS + "_.+!-")
_MAX_WHEEL_FILENAME: Final = 255


class WheelPin:
    """A wheel by its file name and the digest of its bytes."""

    __slots__ = ("digest", "filename")

    def __init__(self, *, filename: str, digest: Digest) -> None:
        self.filename = filename
        self.digest = digest

    @classmethod
    def of(cls, filename: str, data: bytes) -> WheelPin:
        """The pin of a wheel at hand."""
        return cls(filename=filename, digest=Digest.of(data))

    def __repr__(self) -> str:
        return f"WheelPin(filename={self.filename!r}, digest={self.digest!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WheelPin) and (self.filename, self.digest) == (other.filename, other.digest)

    def __hash__(self) -> int:
        return hash((self.filename, self.digest))


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
        if is_low_order(raw):
            raise IceError(
                "key-low-order",
                f"`{where}` is a key of low order, for which anyone can make a signature of any message",
                where=Location(where),
                found=raw.hex(),
                note="No key generator makes such a key; whoever sent it wants every signature to be accepted.",
                hints=(),
            )
        if not is_point(raw):
            _refuse_key(where, expected="the encoding of a point of edwards25519", found=raw.hex())
        self.raw = raw

    @classmethod
    def from_raw(cls, raw: bytes, *, where: str = "a public key") -> PublicKey:
        """A key from its 32 bytes; raises what the constructor raises."""
        return cls(raw, where=where)

    @classmethod
    def parse(cls, text: str, *, where: str = "a public key") -> PublicKey:
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
        return _base64(self.raw)

    def __repr__(self) -> str:
        return f"PublicKey({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.raw)


def is_wheel_filename(text: str) -> bool:
    """Whether `text` may stand in a wheel index: ASCII, no separators of paths or lines, ends in `.whl`."""
    name = text.removesuffix(".whl")
    plain = _OF_WHEEL_FILENAMES.issuperset(name) and name[:1] not in ("", ".", "+", "!", "-")
    return name != text and len(text) <= _MAX_WHEEL_FILENAME and plain


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
    pins = tuple(map(_pin_of_line, text.splitlines()))
    known = [pin for pin in pins if pin is not None]
    if len(known) != len(pins) or not known or wheel_index(known) != data:
        _refuse_index(
            where,
            expected="lines of 64 hexadecimal digits, two spaces and a file name, sorted by file name",
            found=printable(text[:200]) or "no lines",
        )
    return tuple(known)


def _pin_of_line(line: str) -> WheelPin | None:
    digits, _, filename = line.partition("  ")
    try:
        return WheelPin(filename=filename, digest=Digest.parse(f"sha256:{digits}"))
    except IceError:
        return None


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
    return _base64(private.sign(message))


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
    if is_low_order(signature[:32]):
        _refuse_signature(
            where, "low-order", expected="an R that is not a point of low order", found=signature[:32].hex()
        )
    if int.from_bytes(signature[32:], "little") >= ORDER:
        # RFC 8032 5.1.7: without this, S + L would be a second signature of the same message.
        _refuse_signature(where, "range", expected="an S below the order of the group", found=signature[32:].hex())
    from ice_core.ed25519 import is_signed

    if not is_signed(key.raw, signature, message):
        raise IceError(
            "signature-mismatch",
            f"The signature on `{where}` is not for these files",
            where=Location(where),
            expected=f"a signature by the key with fingerprint {key.fingerprint}",
            found="a signature by another key, or of other bytes",
            note="The manifest or a wheel was changed after it was signed. Nothing of it was loaded.",
            hints=(),
        )


def framed(payload_type: str, body: bytes) -> bytes:
    """DSSE v1's pre-authentication encoding; lengths in decimal ASCII."""
    kind = payload_type.encode("ascii")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def _decode_base64(text: str) -> bytes | None:
    try:
        data = binascii.a2b_base64(text)
    except ValueError:
        return None
    # There is one text for each sequence of bytes.
    return data if _base64(data) == text else None


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
