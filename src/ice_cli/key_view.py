"""How keys are told: a row of a table, the facts of one, the line with which others trust it, a JSON object."""

from ice_client.trusted_keys import KeyListing
from ice_core.key_store import KeyRecord
from ice_core.strict_json import JsonObject

INSTANT = "%Y-%m-%dT%H:%M:%SZ"
COLUMNS = ("KEY", "SIGNS", "VALID", "PRIVATE HALF", "FINGERPRINT")


def key_cells(listing: KeyListing) -> tuple[str, ...]:
    """The cells of `COLUMNS`."""
    record = listing.record
    return (
        record.public_key_id,
        ",".join(record.namespaces),
        _validity(record),
        _private(listing),
        str(record.key.fingerprint),
    )


def key_facts(listing: KeyListing) -> list[tuple[str, str]]:
    """Everything that is known of one key, each fact with its name."""
    record = listing.record
    facts = [
        ("key", record.public_key_id),
        ("fingerprint", str(record.key.fingerprint)),
        ("public key", str(record.key)),
        ("may sign", packages_text(record)),
        ("valid", _validity(record)),
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


def key_row(listing: KeyListing) -> JsonObject:
    """A key as a JSON object; the private half is a path, never its bytes."""
    record = listing.record
    return {
        "public_key_id": record.public_key_id,
        "public_key": str(record.key),
        "fingerprint": str(record.key.fingerprint),
        "packages": list(record.namespaces),
        "not_before": f"{record.not_before:{INSTANT}}" if record.not_before else None,
        "not_after": f"{record.not_after:{INSTANT}}" if record.not_after else None,
        "revoked": f"{record.revoked:{INSTANT}}" if record.revoked else None,
        "comment": record.comment,
        "private_key": str(listing.private) if listing.private is not None else None,
        "encrypted": listing.encrypted,
    }


def _private(listing: KeyListing) -> str:
    return "no" if listing.private is None else "encrypted" if listing.encrypted else "UNENCRYPTED"


def _validity(record: KeyRecord) -> str:
    if record.revoked is not None:
        return f"revoked {record.revoked:%Y-%m-%d}"
    since = f"since {record.not_before:%Y-%m-%d}" if record.not_before else "always"
    return f"{since} until {record.not_after:%Y-%m-%d}" if record.not_after else since
