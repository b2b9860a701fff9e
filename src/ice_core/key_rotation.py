"""A rotation record: one key says which key follows it, and the other accepts; what a reader may conclude from that.

Both sign the same message: DSSE's encoding of the payload type `key-rotation.v0` and the digest of the record without
its two signatures. The old key's signature lets those who trust it go on without another fingerprint; the new key's
shows that whoever rotates holds it, so that nobody can hand packages to a key of somebody else.

A rotation never widens anything: the new key may sign what the record claims and the reader trusts the old key for,
and the old key's validity only ever ends earlier.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ice_core.canonical import printed_bytes, value_digest
from ice_core.errors import IceError, Location
from ice_core.key_namespaces import common
from ice_core.key_store import MAX_KEY_FILE_BYTES, KeyRecord, KeyStore, instant_text
from ice_core.models.key import parse_key_rotation_file
from ice_core.signing import PublicKey, framed, verify
from ice_core.strict_json import JsonObject, parse_json

KEY_ROTATION_TYPE: Final = "application/vnd.iceos.key-rotation.v0"
SCHEMA_VERSION: Final = "key-rotation.v0"
SIGNATURES: Final = ("signature", "acceptance")


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyRotation:
    """A rotation record that has the form of one and that its successor accepted; nobody vouches for it yet.

    Attributes:
        predecessor: The id of the old key, and `predecessor_fingerprint` its SHA-256.
        predecessor_not_after: The last instant at which something signed by the old key may be first seen.
        successor: The new key, valid from the rotation on, with the packages that are claimed for it.
        where: Where the record came from.
        signature: The old key's signature, in base64, and `message` what it should be of.
    """

    predecessor: str
    predecessor_fingerprint: str
    predecessor_not_after: datetime
    successor: KeyRecord
    where: str
    signature: str
    message: bytes


def unsigned_rotation(predecessor: KeyRecord, successor: KeyRecord, *, not_after: datetime, at: datetime) -> JsonObject:
    """The record without its signatures: the old key signs until `not_after`, the new one from `at` on."""
    return {
        "schema_version": SCHEMA_VERSION,
        "predecessor": {
            "public_key_id": predecessor.public_key_id,
            "fingerprint": str(predecessor.key.fingerprint),
        },
        "predecessor_not_after": instant_text(not_after),
        "successor": {
            "public_key_id": successor.public_key_id,
            "public_key": str(successor.key),
            "namespaces": list(successor.namespaces),
        },
        "rotated": instant_text(at),
    }


def rotation_message(value: JsonObject) -> bytes:
    """What both keys sign of a record; the members that hold the signatures do not count."""
    unsigned: JsonObject = {name: member for name, member in value.items() if name not in SIGNATURES}
    return framed(KEY_ROTATION_TYPE, value_digest(unsigned).raw)


def rotation_bytes(value: JsonObject, *, signature: str, acceptance: str) -> bytes:
    """The file of a record with the old key's signature and the new key's, each in base64."""
    by = {"signature": ("predecessor", signature), "acceptance": ("successor", acceptance)}
    members: JsonObject = {
        name: {"algo": "ed25519", "value": text, "public_key_id": _key_id(value, who)}
        for name, (who, text) in by.items()
    }
    return printed_bytes({**value, **members})


def parse_rotation(data: bytes, *, where: str) -> KeyRotation:
    """The record that `data` holds, if its successor accepted it.

    Raises:
        IceError: `key-rotation-invalid`, `key-rotation-forged`, `key-malformed`, `key-low-order`,
            `signature-malformed` or a slug of `strict_json`.
    """
    try:
        value = parse_json(data, where=where, max_bytes=MAX_KEY_FILE_BYTES)
    except IceError as error:
        raise error.hinted(
            "Ask the publisher for the record; `ice keys rotate ID --output FILE` writes it again"
        ) from None
    file = parse_key_rotation_file(value, where=where)
    old, new = file.predecessor, file.successor
    key = PublicKey.parse(new.public_key, where=where)
    for path, expected, found in (
        ("signature.public_key_id", old.public_key_id, file.signature.public_key_id),
        ("acceptance.public_key_id", new.public_key_id, file.acceptance.public_key_id),
    ):
        if expected != found:
            raise _invalid(where, path, expected=expected, found=found)
    if new.public_key_id == old.public_key_id or str(key.fingerprint) == old.fingerprint:
        raise _invalid(where, "successor", expected="another id and another key", found=new.public_key_id)
    message = rotation_message(value)
    _verify(key, message, file.acceptance.value, where=where, member="acceptance", public_key_id=new.public_key_id)
    return KeyRotation(
        predecessor=old.public_key_id,
        predecessor_fingerprint=old.fingerprint,
        predecessor_not_after=datetime.fromisoformat(file.predecessor_not_after),
        successor=KeyRecord(
            public_key_id=new.public_key_id,
            key=key,
            namespaces=new.namespaces,
            not_before=datetime.fromisoformat(file.rotated),
        ),
        where=where,
        signature=file.signature.value,
        message=message,
    )


def rotated_records(rotation: KeyRotation, keys: KeyStore, *, now: datetime) -> tuple[KeyRecord, KeyRecord]:
    """The records of the old and the new key once the rotation is accepted; the same again once it was.

    Args:
        rotation: The record.
        keys: Whom the reader trusts; the old key must be among them.
        now: When the reader first sees the record.

    Raises:
        IceError: `key-unknown`, `key-rotation-forged`, `key-revoked`, `key-rotation-conflict`, `key-expired`,
            `key-not-yet-valid`, `key-rotation-namespaces` or `key-exists`.
    """
    # 1 The old key is known here, is the one that is meant, and signed this.
    old = _predecessor(rotation, keys)
    if str(old.key.fingerprint) != rotation.predecessor_fingerprint:
        raise _forged(
            rotation.where,
            f"`{rotation.where}` speaks of another `{old.public_key_id}` than the key-store holds",
            expected=str(old.key.fingerprint),
            found=rotation.predecessor_fingerprint,
        )
    _verify(
        old.key, rotation.message, rotation.signature,
        where=rotation.where, member="signature", public_key_id=old.public_key_id,
    )  # fmt: skip
    # 2 Nothing that was decided here before is taken back.
    _refuse_revoked(old, rotation)
    there = _held(rotation, keys)
    if old.successor not in (None, rotation.successor.public_key_id):
        raise _conflict(old, rotation)
    if old.successor is not None and there is not None:
        return old, there
    # 3 The old key could still sign: when it says that it did, and now, when that is first seen.
    for instant in (rotation.successor.not_before or now, now):
        keys.refuse_invalid(old, first_seen=instant)
    # 4 For no package that the old key is not trusted for here.
    namespaces = common(rotation.successor.namespaces, old.namespaces)
    if not namespaces:
        raise _no_packages(old, rotation)
    ends = min(rotation.predecessor_not_after, old.not_after or rotation.predecessor_not_after)
    new = there or replace(rotation.successor, namespaces=namespaces)
    return replace(old, not_after=ends, successor=new.public_key_id), new


def _predecessor(rotation: KeyRotation, keys: KeyStore) -> KeyRecord:
    try:
        return keys.get(rotation.predecessor)
    except IceError as error:
        name = rotation.predecessor
        error.finding.message = f"`{rotation.where}` is signed with `{name}`, which is not in the key-store"
        error.finding.hints = (
            f"If `{name}` followed a key that is known here, first give the record that says so: "
            f"`ice keys trust --rotation FILE --rotation {rotation.where}`",
            f"Else get the new key's fingerprint from the publisher, then run "
            f"`ice keys trust {rotation.successor.public_key_id} --fingerprint <sha256> --key FILE`",
        )
        raise


def _held(rotation: KeyRotation, keys: KeyStore) -> KeyRecord | None:
    """The new key's record, where the reader trusts it already."""
    new = rotation.successor
    there = next((each for each in keys.records if each.public_key_id == new.public_key_id), None)
    if there is None:
        return None
    if there.key != new.key:
        raise IceError(
            "key-exists",
            f"there is another key `{new.public_key_id}` already",
            where=Location(keys.where),
            expected=str(there.key.fingerprint),
            found=str(new.key.fingerprint),
            note="A key is never replaced. Nothing was written.",
            hints=(f"To see the one that is there, run `ice keys show {new.public_key_id}`",),
            details={"public_key_id": new.public_key_id},
        )
    _refuse_revoked(there, rotation)
    return there


def _refuse_revoked(record: KeyRecord, rotation: KeyRotation) -> None:
    if record.revoked is None:
        return
    raise IceError(
        "key-revoked",
        f"`{record.public_key_id}` was revoked here, so this rotation is not accepted",
        where=Location(rotation.where),
        expected="a key that is not revoked",
        found=f"revoked {instant_text(record.revoked)}",
        note="Whoever stole a key can sign a rotation with it. Nothing was written.",
        hints=(
            "Get the new key's fingerprint from the publisher by another way, then run "
            f"`ice keys trust {rotation.successor.public_key_id} --fingerprint <sha256> --key FILE`",
        ),
        details={"public_key_id": record.public_key_id},
    )


def _verify(key: PublicKey, message: bytes, value: str, *, where: str, member: str, public_key_id: str) -> None:
    try:
        verify(key, message, value, where=where)
    except IceError as error:
        if error.slug != "signature-mismatch":
            raise
        raise _forged(
            where,
            f"`{member}` of `{where}` is not `{public_key_id}`'s signature of this record",
            expected=f"a signature by the key with fingerprint {key.fingerprint}",
            found="a signature by another key, or of another record",
        ) from error


def _forged(where: str, message: str, *, expected: str, found: str) -> IceError:
    return IceError(
        "key-rotation-forged",
        message,
        where=Location(where),
        expected=expected,
        found=found,
        note="Nothing was written.",
        hints=("Ask the publisher for the file that `ice keys rotate` wrote, and by which key it was signed",),
    )


def _conflict(old: KeyRecord, rotation: KeyRotation) -> IceError:
    return IceError(
        "key-rotation-conflict",
        f"`{old.public_key_id}` was followed by another key already",
        where=Location(rotation.where),
        expected=str(old.successor),
        found=rotation.successor.public_key_id,
        note="A key is followed once. A second rotation is what a thief of the old key would write.",
        hints=(
            f"Ask the publisher by another way; if `{old.public_key_id}` was stolen, run "
            f"`ice keys revoke {old.public_key_id} --reason stolen`",
        ),
        details={"public_key_id": old.public_key_id},
    )


def _no_packages(old: KeyRecord, rotation: KeyRotation) -> IceError:
    return IceError(
        "key-rotation-namespaces",
        f"`{rotation.successor.public_key_id}` would follow `{old.public_key_id}` for none of its packages",
        where=Location(rotation.where, path="successor.namespaces"),
        expected="packages among " + ", ".join(old.namespaces),
        found=", ".join(rotation.successor.namespaces),
        note="A rotation hands on packages that the old key is trusted for, and no others.",
        hints=("To trust the new key for others, get its fingerprint from the publisher and run `ice keys trust`",),
    )


def _invalid(where: str, path: str, *, expected: str, found: str) -> IceError:
    return IceError(
        "key-rotation-invalid",
        f"`{path}` of `{where}` contradicts the rest of the record",
        where=Location(where, path=path),
        expected=expected,
        found=found,
        hints=("Ask the publisher for the file that `ice keys rotate` wrote",),
    )


def _key_id(value: JsonObject, who: str) -> str:
    key = value[who]
    assert isinstance(key, dict)
    return str(key["public_key_id"])
