"""Whom to trust: adds publishers' public keys to the key-store, and lists what is there.

A key is trusted by its fingerprint, which must come from the publisher by another way than the key did.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ice_client.key_writing import (
    alone_with_keys,
    checked_record,
    key_exists,
    private_path,
    record_path,
    refuse_id,
    write_key_file,
)
from ice_client.private_key_files import MAX_PEM_BYTES, is_encrypted_file
from ice_core.errors import IceError, Location
from ice_core.home import Home, read_regular_file
from ice_core.key_store import KeyRecord, KeyStore, parse_record
from ice_core.signing import PublicKey

_BLANKS: Final = b" \t\r\n"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyListing:
    """A key of the key-store, whether its private half is here, and which keys handed over to it."""

    record: KeyRecord
    private: Path | None
    encrypted: bool
    predecessors: tuple[str, ...] = ()


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
    if data.removeprefix(_BYTE_ORDER_MARK).lstrip(_BLANKS)[:1] == b"{":
        record = parse_record(data, where=where)
    else:
        key = PublicKey.parse(_bare_text(data, where=where), where=where)
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


def _bare_text(data: bytes, *, where: str) -> str:
    # White space around the key is no difference. Inside it, or in other scripts, readers differ.
    text = data.strip(_BLANKS)
    if text.startswith(_BYTE_ORDER_MARK):
        raise _not_bare(where, "a byte order mark before the first character")
    if not text.isascii():
        raise _not_bare(where, "characters that are not ASCII")
    if any(blank in text for blank in _BLANKS):
        raise _not_bare(where, "white space inside")
    return text.decode("ascii")


def _not_bare(where: str, found: str) -> IceError:
    return IceError(
        "key-malformed",
        f"`{where}` is not an Ed25519 public key",
        where=Location(where),
        expected="a key file, or one line with the canonical base64 of 32 bytes (44 characters)",
        found=found,
        hints=("The publisher writes the file with `ice keys export ID --output FILE`",),
    )


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
    # Once before a folder is made or waited for, and again when nobody else writes.
    if _is_there(KeyStore.read(home.keys), record, path):
        return record
    with alone_with_keys(home):
        if not _is_there(KeyStore.read(home.keys), record, path):
            write_key_file(path, data, record.public_key_id)
    return record


def _is_there(keys: KeyStore, record: KeyRecord, path: Path) -> bool:
    there = next((each for each in keys.records if each.public_key_id == record.public_key_id), None)
    if there is None:
        KeyStore((*keys.records, record), where=keys.where)
        return False
    if there == record:
        return True
    if there.revoked is not None:
        keys.refuse_invalid(there, first_seen=there.revoked)
    raise key_exists(path, record.public_key_id, expected=str(there.key.fingerprint), found=str(record.key.fingerprint))


def list_keys(home: Home) -> tuple[KeyListing, ...]:
    """The keys of the key-store, sorted by id, each with where its private half is, if it is here."""
    records = KeyStore.read(home.keys).records
    return tuple(_listing(home, record, records) for record in records)


def _listing(home: Home, record: KeyRecord, records: Sequence[KeyRecord]) -> KeyListing:
    before = tuple(each.public_key_id for each in records if each.successor == record.public_key_id)
    path = private_path(home, record.public_key_id)
    if not os.path.lexists(path):
        return KeyListing(record=record, private=None, encrypted=False, predecessors=before)
    data = read_regular_file(path, max_bytes=MAX_PEM_BYTES)
    return KeyListing(record=record, private=path, encrypted=is_encrypted_file(data), predecessors=before)


def _with_namespaces(record: KeyRecord, namespaces: Sequence[str]) -> KeyRecord:
    return replace(record, namespaces=tuple(namespaces) or record.namespaces)
