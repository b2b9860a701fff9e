"""Rotation: a key hands its packages over to another, here and where others trust it.

What is written, in this order, each whole or not at all:

1. the new private half, `keys/private/NEW.pem`;
2. the signed rotation record, `keys/rotations/OLD.json`: from here on what follows is decided;
3. the new key's record: from here on it is trusted;
4. the old key's record, with its end and its successor.

So there is a key that can sign at every moment. A kill leaves the state before or after one of these; running the same
command again goes on where it stopped, and after the second step needs no passphrase for it.
"""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ice_client.key_writing import (
    alone_with_keys,
    checked_record,
    record_path,
    refuse_id,
    replace_record,
    write_key_file,
)
from ice_client.private_key_files import UnsafeUnencrypted, refuse_passphrase
from ice_client.signers import made_or_left
from ice_core.errors import IceError, Location
from ice_core.home import Home, read_regular_file
from ice_core.key_namespaces import outside
from ice_core.key_rotation import (
    KeyRotation,
    parse_rotation,
    rotated_records,
    rotation_bytes,
    rotation_message,
    unsigned_rotation,
)
from ice_core.key_store import MAX_KEY_FILE_BYTES, KeyRecord, KeyStore
from ice_core.signer_port import MessageSigner
from ice_core.signing import PublicKey, sign

_YEAR: Final = re.compile(r"(.*[._-])(\d{4})", re.ASCII)
_NUMBERED: Final = re.compile(r"(.*[._-])(\d{1,3})", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rotated:
    """A finished rotation: both records as the key-store has them, and the file that others need."""

    old: KeyRecord
    new: KeyRecord
    path: Path
    data: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Rotating:
    """How to rotate; private halves and passphrases are asked for only when they are needed.

    Attributes:
        open_old: Gives the private half of the old key.
        open_new: Gives the private half of a new key that is there already.
        passphrase: Gives the passphrase of a new key that is made.
        new_id: What to call the new key, or a key that is here already; default: the old id with the next year or
            number.
        namespaces: The packages of the new key, none that the old one does not have; default: all of those.
        until: Until when what the old key signed may be first seen; default: the time of the rotation.
    """

    open_old: Callable[[], MessageSigner]
    open_new: Callable[[str], Ed25519PrivateKey]
    passphrase: Callable[[str], bytes | UnsafeUnencrypted]
    new_id: str | None = None
    namespaces: tuple[str, ...] = ()
    until: datetime | None = None


def rotate_key(home: Home, old_id: str, how: Rotating, *, now: datetime) -> Rotated:
    """Makes the successor of a key of this home; again finishes what was begun, or changes nothing.

    Args:
        home: The home folder.
        old_id: The key that hands over.
        how: Where private halves come from, and what the new key is called and may sign.
        now: When the new key becomes valid.

    Raises:
        IceError: `key-unknown`, `key-revoked`, `key-expired`, `key-rotation-conflict`, `key-rotation-namespaces`,
            `key-exists`, or what opening and making a private key refuses.
    """
    refuse_id(old_id)
    KeyStore.read(home.keys).get(old_id)
    with alone_with_keys(home):
        keys = KeyStore.read(home.keys)
        old = keys.get(old_id)
        path = rotation_path(home, old_id)
        if not os.path.lexists(path):
            _begin(home, keys, old, how, now.replace(microsecond=0))
        data = read_regular_file(path, max_bytes=MAX_KEY_FILE_BYTES)
        rotation = parse_rotation(data, where=str(path))
        if how.new_id not in (None, rotation.successor.public_key_id):
            raise _followed(old, rotation.successor.public_key_id, str(how.new_id), where=path)
        # Judged when it was made: a rotation that a kill cut short can be finished at any time.
        records = rotated_records(rotation, keys, now=rotation.successor.not_before or now)
        old, new = _write(home, *records, keys=keys)
    return Rotated(old=old, new=new, path=path, data=data)


def accept_rotations(
    home: Home, records: Sequence[tuple[bytes, str]], *, now: datetime
) -> tuple[tuple[KeyRecord, KeyRecord], ...]:
    """Trusts the keys that follow keys which are trusted here, each record after the one before it.

    All are judged before the first is written; the same again changes nothing.

    Args:
        home: The home folder.
        records: The bytes of each rotation record, and where they came from.
        now: When they are first seen.

    Raises:
        IceError: what `parse_rotation` and `rotated_records` refuse.
    """
    rotations = [parse_rotation(data, where=where) for data, where in records]
    # Once before a folder is made or waited for, and again when nobody else writes.
    _judged(rotations, KeyStore.read(home.keys), now=now)
    with alone_with_keys(home):
        keys = KeyStore.read(home.keys)
        accepted = _judged(rotations, keys, now=now)
        for old, new in accepted:
            _write(home, old, new, keys=keys)
    return accepted


def _judged(
    rotations: Sequence[KeyRotation], keys: KeyStore, *, now: datetime
) -> tuple[tuple[KeyRecord, KeyRecord], ...]:
    accepted = []
    for rotation in rotations:
        accepted.append(rotated_records(rotation, keys, now=now))
        keys = _with(keys, *accepted[-1])
    return tuple(accepted)


def rotation_path(home: Home, old_id: str) -> Path:
    """Where the record lies by which a key of this home hands over."""
    return home.keys / "rotations" / f"{old_id}.json"


def next_id(old_id: str, taken: Sequence[str], *, year: int) -> str:
    """What the successor of a key is called: `acme-2027` after `acme-2026`, `ci-3` after `ci-2`, else `NAME-2`."""
    dated, numbered = _YEAR.fullmatch(old_id), _NUMBERED.fullmatch(old_id)
    if dated is not None:
        stem, number = dated[1], max(year, int(dated[2]) + 1)
        # Twice in a year: the year stays, and a number counts.
        if int(dated[2]) >= year:
            stem, number = f"{old_id}-", 2
    elif numbered is not None:
        stem, number = numbered[1], int(numbered[2]) + 1
    else:
        stem, number = f"{old_id}-", 2
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def _begin(home: Home, keys: KeyStore, old: KeyRecord, how: Rotating, at: datetime) -> None:
    keys.refuse_invalid(old, first_seen=at)
    taken = [each.public_key_id for each in keys.records]
    name = how.new_id if how.new_id is not None else next_id(old.public_key_id, taken, year=at.year)
    refuse_id(name)
    if old.successor is not None:
        raise _followed(old, old.successor, name, where=record_path(home, old.public_key_id))
    there = next((each for each in keys.records if each.public_key_id == name), None)
    if there is not None:
        keys.refuse_invalid(there, first_seen=at)
    namespaces = how.namespaces or (there.namespaces if there is not None else old.namespaces)
    if outside(namespaces, old.namespaces):
        raise _wider(old, name, namespaces)
    signer = how.open_old()
    # Step 1. What a kill left of it is taken up: nobody trusts it yet.
    private = _new_private(home, name, how, there)
    new = KeyRecord(
        public_key_id=name,
        key=PublicKey(private.public_key().public_bytes_raw()),
        namespaces=namespaces,
        not_before=at,
    )
    value = unsigned_rotation(old, new, not_after=max(how.until or at, at), at=at)
    message = rotation_message(value)
    data = rotation_bytes(value, signature=sign(signer, message), acceptance=sign(private, message))
    # Judged before it is written as everybody else will judge it.
    rotated_records(parse_rotation(data, where=name), keys, now=at)
    # Step 2.
    path = rotation_path(home, old.public_key_id)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    write_key_file(path, data, old.public_key_id)


def _new_private(home: Home, name: str, how: Rotating, there: KeyRecord | None) -> Ed25519PrivateKey:
    if there is not None:
        return how.open_new(name)
    passphrase = how.passphrase(name)
    if isinstance(passphrase, bytes):
        refuse_passphrase(passphrase)
    return made_or_left(home, name, Ed25519PrivateKey.generate(), passphrase)


def _write(home: Home, old: KeyRecord, new: KeyRecord, *, keys: KeyStore) -> tuple[KeyRecord, KeyRecord]:
    # Steps 3 and 4; what is there already is not written again.
    if new not in keys.records:
        write_key_file(record_path(home, new.public_key_id), checked_record(new), new.public_key_id)
    if old not in keys.records:
        replace_record(home, old)
    return old, new


def _with(keys: KeyStore, old: KeyRecord, new: KeyRecord) -> KeyStore:
    changed = (old.public_key_id, new.public_key_id)
    others = [each for each in keys.records if each.public_key_id not in changed]
    return KeyStore((*others, old, new), where=keys.where)


def _followed(old: KeyRecord, successor: str, wanted: str, *, where: Path) -> IceError:
    return IceError(
        "key-rotation-conflict",
        f"`{old.public_key_id}` handed over to another key already",
        where=Location(str(where)),
        expected=successor,
        found=wanted,
        note="A key is followed once. Nothing was written.",
        hints=(
            f"To finish that rotation, run `ice keys rotate {old.public_key_id}`",
            f"To rotate the new key, run `ice keys rotate {successor}`",
        ),
        details={"public_key_id": old.public_key_id},
    )


def _wider(old: KeyRecord, name: str, wanted: Sequence[str]) -> IceError:
    return IceError(
        "key-rotation-namespaces",
        f"`{name}` would sign more than `{old.public_key_id}`, which hands over to it",
        expected="packages among " + ", ".join(old.namespaces),
        found=", ".join(wanted),
        note="A rotation hands on what the old key may sign, and nothing else. Nothing was written.",
        hints=("For other packages make a key with `ice keys new ID --package PATTERN`, trusted by its fingerprint",),
        details={"public_key_id": old.public_key_id},
    )
