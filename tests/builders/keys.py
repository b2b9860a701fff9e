"""Keys for tests: the same few, made from numbers, so that every test that says 1 means the same key."""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ice_core.key_store import KeyRecord, KeyStore
from ice_core.signing import PublicKey

KEY_ID = "acme-2026"


def private_key(number: int = 1) -> Ed25519PrivateKey:
    """The private key with this number."""
    return Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))


def public_key(number: int = 1) -> PublicKey:
    """The public half of `private_key(number)`."""
    return PublicKey(private_key(number).public_key().public_bytes_raw())


def key_record(
    number: int = 1,
    *,
    public_key_id: str = KEY_ID,
    namespaces: tuple[str, ...] = ("*",),
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    revoked: datetime | None = None,
) -> KeyRecord:
    """A trusted key; by default it may sign every package and never expires."""
    return KeyRecord(
        public_key_id=public_key_id,
        key=public_key(number),
        namespaces=namespaces,
        not_before=not_before,
        not_after=not_after,
        revoked=revoked,
    )


def key_store(*records: KeyRecord) -> KeyStore:
    """A store of these records; without any, of `key_record()` alone."""
    return KeyStore(records or (key_record(),), where="keys")
