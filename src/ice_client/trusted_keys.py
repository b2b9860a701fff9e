"""Whom to trust: adds publishers' public keys to the key-store, and lists what is there.

A key is trusted by its fingerprint, which must come from the publisher by another way than the key did.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ice_client.private_key_files import MAX_PEM_BYTES, is_encrypted_file
from ice_client.signers import (
    checked_record,
    key_exists,
    make_key_folders,
    private_path,
    record_path,
    refuse_id,
    write_key_file,
)
from ice_core.errors import IceError, Location
from ice_core.home import Home, read_regular_file
from ice_core.key_store import KeyRecord, KeyStore, parse_record
from ice_core.signing import PublicKey


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyListing:
    """A key of the key-store, and whether its private half is here."""

    record: KeyRecord
    private: Path | None
    encrypted: bool


def key_record(
    data: bytes, *, where: str, public_key_id: str | None = None, namespaces: Sequence[str] = ()
) -> KeyRecord:
    """A publisher's key as it came: a key file, or the base64 text of the public key alone.

    Args:
        data: The file's bytes or the text.
        where: The origin, for messages.
        public_key_id: What to call the key; a key file says so itself, and must not say otherwise.
        namespaces: The packages that the key may sign here; needed for a bare key, and narrows a key file's own.

    Raises:
        IceError: `key-file-invalid`, `key-malformed`, `key-low-order` or a slug of `strict_json`.
    """
    if data.lstrip()[:1] == b"{":
        record = parse_record(data, where=where)
    else:
        key = PublicKey.parse(data.decode("ascii", "replace").strip(), where=where)
        record = KeyRecord(public_key_id=public_key_id or "", key=key, namespaces=tuple(namespaces))
    if public_key_id is not None and record.public_key_id != public_key_id:
        raise IceError(
            "key-file-invalid",
            f"`{where}` holds another key than `{public_key_id}`",
            where=Location(where, path="public_key_id"),
            expected=public_key_id,
            found=record.public_key_id,
            hints=(
                f"To trust that key, run `ice keys trust {record.public_key_id} --fingerprint <sha256> --key {where}`",
            ),
        )
    return _with_namespaces(record, namespaces)


def trust_key(home: Home, record: KeyRecord, *, fingerprint: str) -> KeyRecord:
    """Adds a publisher's key to the key-store; again with the same record changes nothing.

    Args:
        home: The home folder.
        record: The key, and for which packages it is trusted.
        fingerprint: What the publisher said by another way, as `sha256:` and 64 digits or the digits alone.

    Raises:
        IceError: `key-fingerprint-mismatch`, `key-exists` if the id is taken by another record, `key-duplicate` if the
            key is there under another id, `key-id-invalid`, `key-file-invalid` or `home-writable-by-others`.
    """
    refuse_id(record.public_key_id)
    computed = str(record.key.fingerprint)
    if fingerprint.strip().lower().removeprefix("sha256:") != record.key.fingerprint.hex:
        raise IceError(
            "key-fingerprint-mismatch",
            f"the key `{record.public_key_id}` does not have this fingerprint",
            where=Location(str(home.keys)),
            expected=fingerprint,
            found=computed,
            note="The key is another one than the publisher's, or the fingerprint was mistyped. It was not trusted.",
            hints=("Ask the publisher for the fingerprint by a way that the key did not come by",),
        )
    data = checked_record(record)
    path = record_path(home, record.public_key_id)
    make_key_folders(home)
    if os.path.lexists(path):
        if read_regular_file(path, max_bytes=MAX_PEM_BYTES) != data:
            raise key_exists(path, record.public_key_id)
        return record
    KeyStore((*KeyStore.read(home.keys).records, record), where=str(home.keys))
    write_key_file(path, data, record.public_key_id)
    return record


def list_keys(home: Home) -> tuple[KeyListing, ...]:
    """The keys of the key-store, sorted by id, each with where its private half is, if it is here."""
    return tuple(_listing(home, record) for record in KeyStore.read(home.keys).records)


def _listing(home: Home, record: KeyRecord) -> KeyListing:
    path = private_path(home, record.public_key_id)
    if not os.path.lexists(path):
        return KeyListing(record=record, private=None, encrypted=False)
    data = read_regular_file(path, max_bytes=MAX_PEM_BYTES)
    return KeyListing(record=record, private=path, encrypted=is_encrypted_file(data))


def _with_namespaces(record: KeyRecord, namespaces: Sequence[str]) -> KeyRecord:
    return KeyRecord(
        public_key_id=record.public_key_id,
        key=record.key,
        namespaces=tuple(namespaces) or record.namespaces,
        not_before=record.not_before,
        not_after=record.not_after,
        revoked=record.revoked,
        comment=record.comment,
    )
