"""How keys are told: a row of a table, the facts of one, the line with which others trust it, a JSON object."""

from datetime import datetime

from ice_client.trusted_keys import KeyListing
from ice_core.key_state import state_of
from ice_core.key_store import KeyRecord, instant_text
from ice_core.strict_json import JsonObject

COLUMNS = ("KEY", "SIGNS", "STATE", "PRIVATE HALF", "FINGERPRINT")


def key_cells(listing: KeyListing, *, now: datetime) -> tuple[str, ...]:
    """The cells of `COLUMNS`."""
    record = listing.record
    return (
        record.public_key_id,
        ",".join(record.namespaces),
        validity(record, now=now),
        _private(listing),
        str(record.key.fingerprint),
    )


def key_facts(listing: KeyListing, *, now: datetime) -> list[tuple[str, str]]:
    """Everything that is known of one key, each fact with its name."""
    record = listing.record
    facts = [
        ("key", record.public_key_id),
        ("fingerprint", str(record.key.fingerprint)),
        ("public key", str(record.key)),
        ("may sign", packages_text(record)),
        ("state", validity(record, now=now)),
        ("valid from", instant_text(record.not_before) if record.not_before else ""),
        ("valid until", instant_text(record.not_after) if record.not_after else ""),
        ("followed by", record.successor or ""),
        ("follows", ", ".join(listing.predecessors)),
        ("revoked", instant_text(record.revoked) if record.revoked else ""),
        ("reason", record.revoked_reason),
        ("private half", _private(listing) if listing.private is None else f"{_private(listing)}, {listing.private}"),
        ("comment", record.comment),
    ]
    return [fact for fact in facts if fact[1]]


def packages_text(record: KeyRecord) -> str:
    """The packages that a key may sign, in words."""
    return "any package" if record.namespaces == ("*",) else ", ".join(record.namespaces)


def trust_line(record: KeyRecord) -> str:
    """The command with which others trust the key."""
    return f"ice keys trust {record.public_key_id} --fingerprint {record.key.fingerprint} --key {record.key}" + "".join(
        f" --package '{pattern}'" for pattern in record.namespaces
    )


def key_row(listing: KeyListing, *, now: datetime) -> JsonObject:
    """A key as a JSON object; the private half is a path, never its bytes."""
    record = listing.record
    return {
        "public_key_id": record.public_key_id,
        "public_key": str(record.key),
        "fingerprint": str(record.key.fingerprint),
        "packages": list(record.namespaces),
        "state": state_of(record, now),
        "not_before": instant_text(record.not_before) if record.not_before else None,
        "not_after": instant_text(record.not_after) if record.not_after else None,
        "successor": record.successor,
        "predecessors": list(listing.predecessors),
        "revoked": instant_text(record.revoked) if record.revoked else None,
        "revoked_reason": record.revoked_reason,
        "comment": record.comment,
        "private_key": str(listing.private) if listing.private is not None else None,
        "encrypted": listing.encrypted,
    }


def validity(record: KeyRecord, *, now: datetime) -> str:
    """The state of a key in a few words, with the time that made it so or will end it."""
    state = state_of(record, now)
    after = f", followed by {record.successor}" if record.successor else ""
    if record.revoked is not None:
        return f"revoked {record.revoked:%Y-%m-%d}{after}"
    if state == "not-yet-valid":
        return f"not yet, from {record.not_before:%Y-%m-%d}{after}"
    if state == "expired":
        return f"expired {record.not_after:%Y-%m-%d}{after}"
    return "valid" + (f" until {record.not_after:%Y-%m-%d}" if record.not_after else "") + after


def _private(listing: KeyListing) -> str:
    return "no" if listing.private is None else "encrypted" if listing.encrypted else "UNENCRYPTED"
