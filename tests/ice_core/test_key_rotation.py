"""Rotation records: the vectors, what a reader concludes from one, and that it never widens or takes back anything."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ice_core.canonical import Digest, printed_bytes
from ice_core.errors import IceError
from ice_core.key_rotation import parse_rotation, rotated_records, rotation_message
from ice_core.key_store import KeyRecord, KeyStore, parse_record
from ice_core.signing import message_to_sign, verify
from tests.builders.keys import key_record, key_store, public_key
from tests.builders.rotations import ROTATED, rotation_record
from tests.house.tree import ROOT
from tests.threats.test_signatures import LOW_ORDER, another, leaves, with_leaf

VECTORS: Any = json.loads((ROOT / "spec/vectors/key-rotation/vectors.json").read_text())
LATER = ROTATED + timedelta(hours=1)
YEAR = timedelta(days=365)


def accepted(
    data: bytes, *records: KeyRecord, now: datetime = LATER, where: str = "acme.rotation.json"
) -> tuple[KeyRecord, KeyRecord]:
    return rotated_records(parse_rotation(data, where=where), key_store(*records), now=now)


def refused(data: bytes, *records: KeyRecord, now: datetime = LATER) -> IceError:
    with pytest.raises(IceError) as caught:
        accepted(data, *records, now=now)
    return caught.value


def of_vectors(document: Any) -> tuple[KeyRecord, KeyRecord]:
    trusted = parse_record(printed_bytes(VECTORS["trusted"]), where="trusted")
    return accepted(printed_bytes(document), trusted, now=datetime.fromisoformat(VECTORS["first_seen"]))


def test_the_accepted_vector_is_accepted_with_every_value_on_the_way() -> None:
    vector = VECTORS["accepted"]
    old, new = of_vectors(vector["document"])

    assert vector["message_hex"] == rotation_message(vector["document"]).hex()
    assert (datetime(2027, 2, 1, tzinfo=UTC), "acme-2027") == (old.not_after, old.successor)
    assert ("acme-2027", ("acme-*",), datetime(2027, 1, 1, tzinfo=UTC)) == (
        new.public_key_id,
        new.namespaces,
        new.not_before,
    )


def test_all_vectors_are_there() -> None:
    assert 18 == len(VECTORS["refused"])


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=[each["why"] for each in VECTORS["refused"]])
def test_each_refused_vector_is_refused_for_its_reason(vector: Any) -> None:
    with pytest.raises(IceError) as caught:
        of_vectors(vector["document"])

    assert vector["slug"] == caught.value.slug


LEAVES = list(leaves(VECTORS["accepted"]["document"]))


@pytest.mark.parametrize("path", LEAVES, ids=[".".join(map(str, path)) for path in LEAVES])
def test_each_leaf_changed_is_refused(path: tuple[str | int, ...]) -> None:
    with pytest.raises(IceError):
        of_vectors(with_leaf(VECTORS["accepted"]["document"], path, another))


def test_order_and_white_space_are_no_difference() -> None:
    document = VECTORS["accepted"]["document"]
    compact = json.dumps(dict(reversed(document.items())), separators=(",", ":")).encode()
    trusted = parse_record(printed_bytes(VECTORS["trusted"]), where="trusted")

    assert of_vectors(document) == accepted(compact, trusted, now=datetime.fromisoformat(VECTORS["first_seen"]))


@pytest.mark.parametrize("text", LOW_ORDER)
def test_a_new_key_of_low_order_is_refused(text: str) -> None:
    """Threat 11: low-order public key: a rotation does not bring one in either."""
    document = json.loads(rotation_record())
    document["successor"]["public_key"] = base64.b64encode(bytes.fromhex(text)).decode()

    assert "key-low-order" == refused(printed_bytes(document)).slug


def test_a_signature_of_a_rotation_is_none_of_a_manifest() -> None:
    """The same 32 bytes of body under another payload type are another message."""
    document = json.loads(rotation_record())
    body = rotation_message(document)[-32:]
    manifest = message_to_sign(Digest(body), ())

    with pytest.raises(IceError) as caught:
        verify(public_key(1), manifest, document["signature"]["value"], where="plugins.json")

    assert "signature-mismatch" == caught.value.slug


def test_the_old_key_ends_and_the_new_one_begins() -> None:
    old, new = accepted(rotation_record(until=ROTATED + YEAR))

    assert key_record(not_after=ROTATED + YEAR).not_after == old.not_after
    assert ("acme-2027", None) == (old.successor, old.revoked)
    assert (public_key(2), ROTATED, None) == (new.key, new.not_before, new.not_after)


def test_an_end_that_was_decided_here_is_never_put_off() -> None:
    """Who trusts the old key until June does not trust it until next June because it says so."""
    old, _ = accepted(rotation_record(until=ROTATED + YEAR), key_record(not_after=LATER))

    assert LATER == old.not_after


@pytest.mark.parametrize(
    ("trusted", "claimed", "expected"),
    [
        (("acme-*",), ("*",), ("acme-*",)),
        (("*",), ("acme-*",), ("acme-*",)),
        (("acme-csv", "acme-xml"), ("acme-*",), ("acme-csv", "acme-xml")),
        (("acme-*",), ("acme-csv", "other"), ("acme-csv",)),
    ],
)
def test_the_new_key_gets_no_package_that_the_old_one_is_not_trusted_for(
    trusted: tuple[str, ...], claimed: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    """Threat 13: key-id confusion: a rotation never widens what a publisher may sign here."""
    _, new = accepted(rotation_record(namespaces=claimed), key_record(namespaces=trusted))

    assert expected == new.namespaces


def test_a_rotation_for_other_packages_only_is_refused() -> None:
    error = refused(rotation_record(namespaces=("other-*",)), key_record(namespaces=("acme-*",)))

    assert ("key-rotation-namespaces", "packages among acme-*", "other-*") == (
        error.slug,
        error.finding.expected,
        error.finding.found,
    )


def test_a_rotation_of_an_unknown_key_is_refused_with_both_ways_out() -> None:
    error = refused(rotation_record(old=("acme-2025", 3)))

    assert "key-unknown" == error.slug
    assert "`ice keys trust --rotation FILE --rotation acme.rotation.json`" in error.finding.hints[0]
    assert "ice keys trust acme-2027 --fingerprint" in error.finding.hints[1]


def test_a_rotation_that_another_key_signed_is_refused_with_both_fingerprints() -> None:
    """Threat 9: theft of a publisher's key: a thief of another key cannot rotate this one."""
    error = refused(rotation_record(signer=3))

    assert "key-rotation-forged" == error.slug
    assert str(public_key(1).fingerprint) in str(error.finding.expected)


def test_another_key_of_the_same_id_is_not_the_one_that_is_trusted() -> None:
    """Threat 13: key-id confusion: the id is a hint, the fingerprint in the record must be that of the key-store."""
    error = refused(rotation_record(old=("acme-2026", 3)))

    assert ("key-rotation-forged", str(public_key(1).fingerprint), str(public_key(3).fingerprint)) == (
        error.slug,
        error.finding.expected,
        error.finding.found,
    )


def test_a_revoked_key_hands_nothing_over() -> None:
    """Threat 9: theft of a publisher's key: a thief cannot rotate away from a revocation."""
    assert "key-revoked" == refused(rotation_record(), key_record(revoked=ROTATED)).slug


def test_a_second_rotation_of_a_key_is_refused() -> None:
    """Threat 9: theft of a publisher's key: a thief who comes after the rotation finds that it was followed."""
    old, new = accepted(rotation_record())
    error = refused(rotation_record(new=("mallory-2027", 3)), old, new)

    assert ("key-rotation-conflict", "acme-2027", "mallory-2027") == (
        error.slug,
        error.finding.expected,
        error.finding.found,
    )


@pytest.mark.parametrize(
    ("record", "now", "slug"),
    [
        (key_record(not_after=ROTATED - YEAR), LATER, "key-expired"),
        (key_record(not_after=LATER), LATER + YEAR, "key-expired"),
        (key_record(not_before=ROTATED + YEAR), LATER + YEAR, "key-not-yet-valid"),
        (key_record(not_before=LATER), ROTATED, "key-not-yet-valid"),
    ],
    ids=["expired before it rotated", "expired before it was seen", "rotated before it was valid", "not valid yet"],
)
def test_a_key_hands_over_only_while_it_is_valid(record: KeyRecord, now: datetime, slug: str) -> None:
    """Threat 9: theft of a publisher's key: whoever finds an expired key cannot date a rotation back."""
    assert slug == refused(rotation_record(), record, now=now).slug


def test_the_same_rotation_again_changes_nothing_however_late() -> None:
    once = accepted(rotation_record())

    assert once == accepted(rotation_record(), *once, now=LATER + 9 * YEAR)


def test_a_new_key_that_was_trusted_before_keeps_its_record() -> None:
    there = key_record(2, public_key_id="acme-2027", namespaces=("acme-csv",))
    old, new = accepted(rotation_record(), key_record(), there)

    assert (there, "acme-2027") == (new, old.successor)


@pytest.mark.parametrize(
    ("there", "slug"),
    [
        (key_record(3, public_key_id="acme-2027"), "key-exists"),
        (key_record(2, public_key_id="acme-2027", revoked=ROTATED), "key-revoked"),
    ],
    ids=["another key of that name", "revoked here"],
)
def test_a_new_key_that_cannot_be_trusted_here_is_refused(there: KeyRecord, slug: str) -> None:
    assert slug == refused(rotation_record(), key_record(), there).slug


def test_a_chain_of_rotations_leads_from_the_first_key_to_the_last() -> None:
    keys = key_store()
    chain = [("acme-2026", 1), ("acme-2027", 2), ("acme-2028", 3), ("acme-2029", 4)]
    for number, (old, new) in enumerate(zip(chain, chain[1:], strict=False)):
        at = ROTATED + number * YEAR
        records = rotated_records(
            parse_rotation(rotation_record(old=old, new=new, at=at), where="r"), keys, now=at + timedelta(hours=1)
        )
        others = [each for each in keys.records if each.public_key_id not in (old[0], new[0])]
        keys = KeyStore((*others, *records), where="keys")

    assert ["acme-2027", "acme-2028", "acme-2029", None] == [each.successor for each in keys.records]


def test_what_is_no_json_is_refused_with_whom_to_ask() -> None:
    """The record came from the publisher, and from nobody else."""
    with pytest.raises(IceError) as refused:
        parse_rotation(b"{", where="record.json")

    assert "json-syntax" == refused.value.slug
    assert ("Ask the publisher for the record; `ice keys rotate ID --output FILE` writes it again",) == (
        refused.value.finding.hints
    )
