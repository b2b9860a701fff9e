"""Rotation and revocation on disk: what is written, what is asked for, what is refused without a write."""

import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ice_client.key_revocation import revoke_key
from ice_client.key_rotation import Rotated, Rotating, accept_rotations, next_id, rotate_key
from ice_client.private_key_files import UnsafeUnencrypted
from ice_client.signers import create_key, load_private_key
from ice_client.trusted_keys import list_keys
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.key_rotation import parse_rotation
from ice_core.key_store import KeyRecord, KeyStore, parse_record
from tests.builders.homes import make_home
from tests.builders.keys import key_record, public_key
from tests.builders.rotations import ROTATED, rotation_record
from tests.fakes.folders import listing

NOW = datetime(2027, 1, 2, 12, 0, 0, 5, tzinfo=UTC)
SECOND = NOW.replace(microsecond=0)
DAY = timedelta(days=1)
PLAIN = UnsafeUnencrypted()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with one key of its own, `acme-2026`."""
    made = Home(tmp_path / "home")
    create_key(made, "acme-2026", passphrase=PLAIN, namespaces=("acme-*",), now=NOW - 30 * DAY)
    return made


def how(home: Home, **more: object) -> Rotating:
    """Private halves of this home; new ones unencrypted."""

    def opened(name: str) -> Ed25519PrivateKey:
        return load_private_key(home, name, passphrase=None)

    asking = Rotating(open_old=lambda: opened("acme-2026"), open_new=opened, passphrase=lambda name: PLAIN)
    return replace(asking, **more)  # type: ignore[arg-type]  # members of Rotating, by name


def rotated(home: Home, **more: object) -> Rotated:
    return rotate_key(home, "acme-2026", how(home, **more), now=NOW)


def refused(home: Home, **more: object) -> IceError:
    before = listing(home.root)
    with pytest.raises(IceError) as caught:
        rotated(home, **more)

    assert before == listing(home.root)
    return caught.value


def unasked(*_: object) -> Ed25519PrivateKey:
    raise AssertionError("nothing is asked for")


def test_the_new_key_signs_the_same_packages_from_now_on_and_the_old_one_ends(home: Home) -> None:
    done = rotated(home)
    old, new = KeyStore.read(home.keys).records

    assert (old, new) == (done.old, done.new)
    assert ("acme-2026", SECOND, "acme-2027") == (old.public_key_id, old.not_after, old.successor)
    assert ("acme-2027", ("acme-*",), SECOND, None) == (
        new.public_key_id,
        new.namespaces,
        new.not_before,
        new.not_after,
    )
    private = load_private_key(home, "acme-2027", passphrase=None)
    assert new.key.raw == private.public_key().public_bytes_raw()


def test_nobody_else_can_read_what_a_rotation_writes(home: Home) -> None:
    rotated(home)
    modes = {
        path.relative_to(home.keys).as_posix(): oct(stat.S_IMODE(path.stat().st_mode)) for path in home.keys.rglob("*")
    }

    assert {"0o600"} == {mode for name, mode in modes.items() if name.endswith((".json", ".pem"))}
    assert ("0o700", "0o700") == (modes["private"], modes["rotations"])


def test_the_listing_tells_which_key_follows_which(home: Home) -> None:
    rotated(home)

    assert [(), ("acme-2026",)] == [each.predecessors for each in list_keys(home)]


def test_the_old_key_may_sign_a_while_longer(home: Home) -> None:
    assert SECOND + DAY == rotated(home, until=SECOND + DAY).old.not_after


def test_the_new_key_may_be_trusted_for_less(home: Home) -> None:
    assert ("acme-csv",) == rotated(home, namespaces=("acme-csv",)).new.namespaces


def test_a_key_that_is_here_already_can_follow(home: Home) -> None:
    """Made before rotation day, for instance on the machine where it will stay."""
    there = create_key(home, "acme-next", passphrase=PLAIN, namespaces=("acme-csv",), now=NOW - DAY)

    assert there == rotated(home, new_id="acme-next").new


def test_again_changes_nothing_and_asks_for_nothing(home: Home) -> None:
    first = rotated(home)
    before = listing(home.root)
    again = rotate_key(home, "acme-2026", how(home, open_old=unasked, passphrase=unasked), now=NOW + 400 * DAY)

    assert first == again
    assert before == listing(home.root)


@pytest.mark.parametrize("left", ["both records", "the old record"])
def test_what_a_kill_left_undone_is_finished_without_a_passphrase_at_any_time(home: Home, left: str) -> None:
    old = (home.keys / "acme-2026.json").read_bytes()
    first = rotated(home)
    (home.keys / "acme-2026.json").write_bytes(old)
    if left == "both records":
        (home.keys / "acme-2027.json").unlink()
    again = rotate_key(home, "acme-2026", how(home, open_old=unasked, passphrase=unasked), now=NOW + 400 * DAY)

    assert first == again
    assert (first.old, first.new) == KeyStore.read(home.keys).records


def test_the_private_half_that_a_kill_left_is_taken_up(home: Home) -> None:
    old = (home.keys / "acme-2026.json").read_bytes()
    first = rotated(home)
    (home.keys / "acme-2026.json").write_bytes(old)
    (home.keys / "acme-2027.json").unlink()
    (home.keys / "rotations" / "acme-2026.json").unlink()

    assert first.new.key == rotated(home).new.key


def test_more_packages_than_the_old_key_has_are_refused(home: Home) -> None:
    error = refused(home, namespaces=("acme-csv", "*"))

    assert ("key-rotation-namespaces", "packages among acme-*") == (error.slug, error.finding.expected)


def test_a_key_for_more_packages_cannot_follow(home: Home) -> None:
    create_key(home, "wide", passphrase=PLAIN, namespaces=("*",), now=NOW - DAY)

    assert "key-rotation-namespaces" == refused(home, new_id="wide").slug


@pytest.mark.parametrize("new_id", ["../x", "", "Acme"])
def test_what_cannot_name_a_key_cannot_follow(home: Home, new_id: str) -> None:
    assert "key-id-invalid" == refused(home, new_id=new_id).slug


def test_a_key_does_not_follow_itself(home: Home) -> None:
    assert "key-rotation-invalid" == refused(home, new_id="acme-2026").slug


def test_a_revoked_key_does_not_rotate(home: Home) -> None:
    revoke_key(home, "acme-2026", at=NOW)

    assert "key-revoked" == refused(home, open_old=unasked).slug


def test_another_successor_than_the_one_begun_is_refused_with_both_ways_on(home: Home) -> None:
    rotated(home)
    error = refused(home, new_id="acme-other")

    assert ("key-rotation-conflict", "acme-2027", "acme-other") == (
        error.slug,
        error.finding.expected,
        error.finding.found,
    )
    assert "To rotate the new key, run `ice keys rotate acme-2027`" in error.finding.hints


def test_an_unknown_key_makes_no_folder(tmp_path: Path) -> None:
    empty = Home(tmp_path / "empty")
    with pytest.raises(IceError) as caught:
        rotate_key(empty, "acme-2026", how(empty), now=NOW)

    assert "key-unknown" == caught.value.slug
    assert not empty.root.exists()


@pytest.mark.parametrize(
    ("old_id", "taken", "expected"),
    [
        ("acme-2026", (), "acme-2027"),
        ("acme-2020", (), "acme-2027"),
        ("acme-2026", ("acme-2027",), "acme-2028"),
        ("acme-2027", (), "acme-2027-2"),
        ("acme-2027-2", (), "acme-2027-3"),
        ("ci_7", ("ci_8",), "ci_9"),
        ("release", (), "release-2"),
    ],
)
def test_a_successor_is_called_after_the_year_or_counted(old_id: str, taken: tuple[str, ...], expected: str) -> None:
    assert expected == next_id(old_id, taken, year=2027)


def accepted(home: Home, *records: bytes) -> tuple[tuple[KeyRecord, KeyRecord], ...]:
    return accept_rotations(home, [(each, f"file {number}") for number, each in enumerate(records)], now=ROTATED + DAY)


def reader(folder: Path, *records: KeyRecord) -> Home:
    """A home that trusts the key number 1 for `acme-*`, and these."""
    return make_home(folder / "reader", key_record(namespaces=("acme-*",)), *records)


def test_who_trusts_the_old_key_trusts_the_new_one_for_the_same_packages(tmp_path: Path) -> None:
    home = reader(tmp_path)
    ((old, new),) = accepted(home, rotation_record())

    assert (old, new) == KeyStore.read(home.keys).records
    assert (("acme-*",), "acme-2027", ROTATED) == (new.namespaces, old.successor, old.not_after)
    assert public_key(2) == new.key


def test_a_rotation_that_is_accepted_again_changes_nothing(tmp_path: Path) -> None:
    home = reader(tmp_path)
    accepted(home, rotation_record())
    before = listing(home.root)
    accepted(home, rotation_record())

    assert before == listing(home.root)


def test_a_chain_is_accepted_in_one_go_or_not_at_all(tmp_path: Path) -> None:
    home = reader(tmp_path)
    chain = [rotation_record(until=ROTATED + 9 * DAY), rotation_record(old=("acme-2027", 2), new=("acme-2028", 3))]
    broken = rotation_record(old=("acme-2028", 3), new=("acme-2029", 4), signer=5)
    before = listing(home.root)
    with pytest.raises(IceError) as caught:
        accepted(home, *chain, broken)

    assert "key-rotation-forged" == caught.value.slug
    assert before == listing(home.root)
    accepted(home, *chain)
    assert ["acme-2027", "acme-2028", None] == [each.successor for each in KeyStore.read(home.keys).records]


def test_a_key_is_not_brought_in_under_a_second_name(tmp_path: Path) -> None:
    home = reader(tmp_path, key_record(2, public_key_id="known"))
    before = listing(home.root)
    with pytest.raises(IceError) as caught:
        accepted(home, rotation_record())

    assert "key-duplicate" == caught.value.slug
    assert before == listing(home.root)


def test_what_a_publisher_writes_a_reader_accepts(home: Home, tmp_path: Path) -> None:
    done = rotated(home, until=SECOND + DAY)
    other = make_home(tmp_path / "reader", replace(done.old, not_after=None, successor=None))
    accept_rotations(other, [(done.data, "a file")], now=NOW)

    assert (done.old, done.new) == KeyStore.read(other.keys).records
    assert "acme-2026" == parse_rotation(done.data, where="x").predecessor


def test_a_revocation_is_written_with_time_and_reason(home: Home) -> None:
    done = revoke_key(home, "acme-2026", at=NOW, reason="laptop stolen")
    on_disk = parse_record((home.keys / "acme-2026.json").read_bytes(), where="x")

    assert done.new
    assert done.record == on_disk
    assert (SECOND, "laptop stolen") == (on_disk.revoked, on_disk.revoked_reason)


def test_the_first_revocation_stands(home: Home) -> None:
    first = revoke_key(home, "acme-2026", at=NOW, reason="stolen")
    before = listing(home.root)
    again = revoke_key(home, "acme-2026", at=NOW + DAY, reason="not stolen after all")

    assert (False, first.record) == (again.new, again.record)
    assert before == listing(home.root)


@pytest.mark.parametrize(
    ("public_key_id", "reason", "slug"),
    [
        ("acme-2025", "", "key-unknown"),
        ("../x", "", "key-id-invalid"),
        ("acme-2026", "\u202egone", "key-file-invalid"),
        ("acme-2026", "x" * 5000, "key-file-invalid"),
    ],
)
def test_a_revocation_that_cannot_be_is_refused_and_nothing_is_written(
    home: Home, public_key_id: str, reason: str, slug: str
) -> None:
    before = listing(home.root)
    with pytest.raises(IceError) as caught:
        revoke_key(home, public_key_id, at=NOW, reason=reason)

    assert slug == caught.value.slug
    assert before == listing(home.root)
