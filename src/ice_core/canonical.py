"""The one byte form of a JSON value (RFC 8785, JCS) and its digests; and the printed form people read.

A manifest's digest covers its root without `signature`, over the parsed value and never over a model's dump, so that it
depends neither on white space nor on the signer. A component's digest covers its entry and only the shared schemas that
the entry reaches. This module is on the start path: whoever only compares digests loads no encoder.
"""

from __future__ import annotations

from ice_core.errors import IceError
from ice_core.sha256 import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from ice_core.strict_json import JsonObject, JsonValue

_PREFIX: Final = "sha256:"
_HEXADECIMAL: Final = frozenset("0123456789abcdef")


class Digest:
    """A SHA-256: `sha256:<64 lower hex>` wherever a person or a file sees it, 32 raw bytes where it is signed."""

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        if len(raw) != 32:
            raise ValueError(f"a SHA-256 has 32 bytes, not {len(raw)}")
        self.raw = raw

    @classmethod
    def of(cls, data: bytes) -> Digest:
        """The digest of these bytes."""
        return cls(sha256(data))

    @classmethod
    def parse(cls, text: str) -> Digest:
        """`sha256:<64 lower hex>` as a value.

        Raises:
            IceError: `digest-invalid`.
        """
        digits = text.removeprefix(_PREFIX)
        if len(digits) != 64 or len(text) != 64 + len(_PREFIX) or not _HEXADECIMAL.issuperset(digits):
            raise IceError(
                "digest-invalid",
                f"`{text}` is not a digest",
                expected="sha256: and 64 lower-case hexadecimal digits",
                found=text,
                hints=(),
            )
        return cls(bytes.fromhex(digits))

    @property
    def hex(self) -> str:
        """The 64 hexadecimal digits alone, as file names use them."""
        return self.raw.hex()

    def __str__(self) -> str:
        return f"sha256:{self.raw.hex()}"

    def __repr__(self) -> str:
        return f"Digest({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Digest) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.raw)


def canonical_bytes(value: JsonValue) -> bytes:
    """The canonical form of a value that `strict_json` accepted (RFC 8785 section 3)."""
    from ice_core.canonical_encoding import encoded

    return encoded(value)


def printed_bytes(value: JsonValue) -> bytes:
    """The form in which files are written: two spaces, UTF-8, LF, final newline; members in their given order."""
    import json

    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def value_digest(value: JsonValue) -> Digest:
    """SHA-256 over the canonical form."""
    return Digest.of(canonical_bytes(value))


def manifest_digest(manifest: JsonObject) -> Digest:
    """SHA-256(JCS(the root without the member `signature`))."""
    return value_digest({name: member for name, member in manifest.items() if name != "signature"})


def component_digest(entry: JsonObject, schemas: JsonObject) -> Digest:
    """SHA-256(JCS({"component": entry, "schemas": only those that the entry reaches})): what a lock and a plan pin."""
    from ice_core.json_schema import component_schemas

    return value_digest({"component": entry, "schemas": component_schemas(entry, schemas)})
