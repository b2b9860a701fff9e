"""Revocation: a key of the key-store is refused from now on, for everything that it ever signed."""

from dataclasses import dataclass, replace
from datetime import datetime

from ice_client.key_writing import alone_with_keys, refuse_id, replace_record
from ice_core.home import Home
from ice_core.key_store import KeyRecord, KeyStore


@dataclass(frozen=True, kw_only=True, slots=True)
class Revoked:
    """The record of a revoked key, and whether this revocation is the one that stands."""

    record: KeyRecord
    new: bool


def revoke_key(home: Home, public_key_id: str, *, at: datetime, reason: str = "") -> Revoked:
    """Marks a key as revoked. The first revocation stands: again changes nothing, and nothing here takes it back.

    Args:
        home: The home folder.
        public_key_id: A key of the key-store, of this machine or of somebody else.
        at: Since when, for people: what it signed is refused whenever it was signed.
        reason: Why, for people.

    Raises:
        IceError: `key-unknown`, `key-id-invalid`, `key-file-invalid` for a reason that cannot be shown, or
            `home-writable-by-others`.
    """
    refuse_id(public_key_id)
    KeyStore.read(home.keys).get(public_key_id)
    with alone_with_keys(home):
        there = KeyStore.read(home.keys).get(public_key_id)
        if there.revoked is not None:
            return Revoked(record=there, new=False)
        record = replace(there, revoked=at.replace(microsecond=0), revoked_reason=reason)
        replace_record(home, record)
    return Revoked(record=record, new=True)
