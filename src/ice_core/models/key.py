"""One public key of the key-store, `keys/<public_key_id>.json`, and the record by which one key names its successor."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from ice_core.models.plugins import SignatureInfo
from ice_core.models.text import Instant, Text
from ice_core.models.wire import JsonArray, WireModel, matching, parse_wire
from ice_core.names import PUBLIC_KEY_ID_PATTERN
from ice_core.strict_json import JsonObject

# `*`, a package name in normalised form (PEP 503), or such a name followed by `-*`.
NAMESPACE_PATTERN: Final = r"\*|[a-z0-9]+(-[a-z0-9]+)*(-\*)?"


FINGERPRINT_PATTERN: Final = "sha256:[0-9a-f]{64}"

Namespace = Annotated[str, StringConstraints(max_length=128), matching(NAMESPACE_PATTERN)]
Namespaces = Annotated[JsonArray[Namespace], Field(min_length=1)]
PublicKeyId = Annotated[str, matching(PUBLIC_KEY_ID_PATTERN)]
PublicKeyText = Annotated[str, StringConstraints(max_length=44)]


class KeyFile(WireModel):
    """Which key it is, what it may sign, from when to when, which key follows it, and whether it was revoked."""

    public_key_id: PublicKeyId
    public_key: PublicKeyText
    namespaces: Namespaces
    not_before: Instant | None = None
    not_after: Instant | None = None
    successor: PublicKeyId | None = None
    revoked: Instant | None = None
    revoked_reason: Text = ""
    comment: Text = ""


class RotatedKey(WireModel):
    """The key that hands over: its id, and its fingerprint, since an id is a hint only."""

    public_key_id: PublicKeyId
    fingerprint: Annotated[str, matching(FINGERPRINT_PATTERN)]


class SucceedingKey(WireModel):
    """The key that follows, and the packages that it may sign."""

    public_key_id: PublicKeyId
    public_key: PublicKeyText
    namespaces: Namespaces


class KeyRotationFile(WireModel):
    """One key hands its packages over to another: `signature` is by the one, `acceptance` by the other."""

    schema_version: Literal["key-rotation.v0"]
    predecessor: RotatedKey
    predecessor_not_after: Instant
    successor: SucceedingKey
    rotated: Instant
    signature: SignatureInfo
    acceptance: SignatureInfo


def parse_key_file(value: JsonObject, *, where: str) -> KeyFile:
    """The model of a parsed key file.

    Raises:
        IceError: `key-file-invalid`.
    """
    return parse_wire(
        KeyFile,
        value,
        slug="key-file-invalid",
        document="a key file",
        where=where,
        hints=("To write it anew, run `ice keys trust ID --fingerprint SHA256 --key FILE`",),
    )


def parse_key_rotation_file(value: JsonObject, *, where: str) -> KeyRotationFile:
    """The model of a parsed rotation record.

    Raises:
        IceError: `key-rotation-invalid`.
    """
    return parse_wire(
        KeyRotationFile,
        value,
        slug="key-rotation-invalid",
        document="a rotation record",
        where=where,
        hints=("Ask the publisher for the file that `ice keys rotate` wrote",),
    )
