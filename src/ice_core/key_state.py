"""What a key is worth at one instant: `valid`, `not-yet-valid`, `expired` or `revoked`."""

from datetime import datetime
from typing import Literal, TypeAlias

from ice_core.key_store import KeyRecord

KeyState: TypeAlias = Literal["valid", "not-yet-valid", "expired", "revoked"]


def state_of(record: KeyRecord, now: datetime) -> KeyState:
    """The state in which something that is first seen `now` finds the key; the same that the key-store judges by."""
    if record.revoked is not None:
        return "revoked"
    if record.not_before is not None and now < record.not_before:
        return "not-yet-valid"
    if record.not_after is not None and now > record.not_after:
        return "expired"
    return "valid"
