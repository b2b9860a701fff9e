"""Rotation records for tests, by the keys of `tests.builders.keys`."""

from datetime import UTC, datetime

from ice_core.key_rotation import rotation_bytes, rotation_message, unsigned_rotation
from ice_core.signing import sign
from tests.builders.keys import key_record, private_key

ROTATED = datetime(2026, 6, 1, tzinfo=UTC)


def rotation_record(
    *,
    old: tuple[str, int] = ("acme-2026", 1),
    new: tuple[str, int] = ("acme-2027", 2),
    signer: int | None = None,
    namespaces: tuple[str, ...] = ("*",),
    at: datetime = ROTATED,
    until: datetime | None = None,
) -> bytes:
    """The record by which the key `old` hands over to `new`; each is an id and a number."""
    value = unsigned_rotation(
        key_record(old[1], public_key_id=old[0]),
        key_record(new[1], public_key_id=new[0], namespaces=namespaces),
        not_after=until or at,
        at=at,
    )
    message = rotation_message(value)
    return rotation_bytes(
        value, signature=sign(private_key(signer or old[1]), message), acceptance=sign(private_key(new[1]), message)
    )
