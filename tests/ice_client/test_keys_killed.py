"""A kill at any step of a key write leaves the state before or after it, never half; the same again finishes it."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ice_client.key_revocation import revoke_key
from ice_client.key_rotation import Rotating, accept_rotations, rotate_key
from ice_client.private_key_files import UnsafeUnencrypted, is_encrypted_file, opened_file
from ice_client.signers import change_passphrase, create_key, is_encrypted, load_private_key
from ice_client.trusted_keys import trust_key
from ice_core.home import Home
from ice_core.key_state import state_of
from ice_core.key_store import KeyStore
from tests.builders.keys import key_record
from tests.builders.rotations import rotation_record
from tests.fakes.kills import killed_at, killed_at_each_step, private_files

Work = Callable[[Home], None]
Shape = dict[str, tuple[object, ...]]

NOW = datetime(2026, 10, 2, 12, tzinfo=UTC)
PLAIN = UnsafeUnencrypted()
WORDS = b"some new words"
OTHER = key_record(2, public_key_id="other-2026")
ROTATION = rotation_record(old=("other-2026", 2), new=("other-2027", 3), at=NOW)


def nothing(home: Home) -> None:
    pass


def new(home: Home) -> None:
    # A key is never made twice: whoever is told that it is there already has it.
    if "acme-2025" in (each.public_key_id for each in KeyStore.read(home.keys).records):
        return
    create_key(home, "acme-2025", passphrase=PLAIN, namespaces=("acme-*",), now=NOW)


def trust(home: Home) -> None:
    trust_key(home, OTHER, fingerprint=str(OTHER.key.fingerprint))


def new_and_trust(home: Home) -> None:
    new(home)
    trust(home)


def own_key(home: Home) -> Ed25519PrivateKey:
    return load_private_key(home, "acme-2025", passphrase=WORDS if is_encrypted(home, "acme-2025") else None)


def rotate(home: Home) -> None:
    how = Rotating(
        open_old=lambda: own_key(home),
        open_new=lambda name: load_private_key(home, name, passphrase=None),
        passphrase=lambda name: PLAIN,
    )
    rotate_key(home, "acme-2025", how, now=NOW + timedelta(days=1))


def accept(home: Home) -> None:
    accept_rotations(home, [(ROTATION, "a file")], now=NOW)


def revoke(home: Home) -> None:
    revoke_key(home, "other-2026", at=NOW, reason="stolen")


def passphrase(home: Home) -> None:
    change_passphrase(home, "acme-2025", own_key(home), to=WORDS)


# What was there before, and the write.
WRITES: dict[str, tuple[Work, Work]] = {
    "new": (nothing, new),
    "trust": (new, trust),
    "rotate": (new_and_trust, rotate),
    "accept a rotation": (new_and_trust, accept),
    "revoke": (new_and_trust, revoke),
    "passphrase": (new, passphrase),
}


def shape(home: Home) -> Shape:
    """Each record of a key-store, in what does not depend on which key was drawn."""
    kept = {path.stem: is_encrypted_file(path.read_bytes()) for path in private_files(home.keys)}
    return {
        each.public_key_id: (
            state_of(each, NOW + timedelta(days=2)),
            each.namespaces,
            each.not_before,
            each.not_after,
            each.successor,
            each.revoked,
            each.revoked_reason,
            kept.get(each.public_key_id),
        )
        for each in KeyStore.read(home.keys).records
    }


def expect_whole(home: Home, before: Shape, after: Shape) -> None:
    """Every file reads; each record is as before or as after; who could sign before still can."""
    for path in private_files(home.keys):
        opened_file(path.read_bytes(), name=path.stem, where=str(path), passphrase=WORDS)
    found = shape(home)

    assert {} == {name: each for name, each in found.items() if each not in (before.get(name), after.get(name))}
    assert before.keys() <= found.keys()
    valid = [name for name, each in found.items() if each[0] == "valid" and each[-1] is not None]
    assert valid or not before


def shapes(folder: Path, before: Work, work: Work) -> tuple[Shape, Shape]:
    reference = Home(folder / "reference")
    before(reference)
    first = shape(reference)
    work(reference)
    return first, shape(reference)


# Deriving a key from a passphrase takes a fifth of a second; that write is one file, and the next test kills it too.
@pytest.mark.parametrize("name", sorted(set(WRITES) - {"passphrase"}))
def test_a_kill_at_each_step_leaves_old_or_new(tmp_path: Path, name: str) -> None:
    """Threat 47: crash in the middle of a key write: each step in turn, then the same write again to the end."""
    before, work = WRITES[name]
    old, last = shapes(tmp_path, before, work)
    steps = 0
    home = Home(tmp_path / "home")
    before(home)
    for number in range(500):
        if not killed_at(number, partial(work, home)):
            break
        steps += 1
        expect_whole(home, old, last)
        work(home)
        expect_whole(home, last, last)
        home = Home(tmp_path / f"home-{number}")
        before(home)

    assert 8 <= steps
    assert last == shape(home)


@pytest.mark.parametrize("name", WRITES)
def test_kills_that_follow_each_other_leave_old_or_new(tmp_path: Path, name: str) -> None:
    """Threat 47: crash in the middle of a key write: the same home is killed one step later each time."""
    before, work = WRITES[name]
    old, last = shapes(tmp_path, before, work)
    home = Home(tmp_path / "home")
    before(home)
    for _ in killed_at_each_step(partial(work, home)):
        expect_whole(home, old, last)

    assert last == shape(home)


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", WRITES)
def test_four_hundred_kills_at_random_steps_leave_old_or_new(tmp_path: Path, name: str) -> None:
    before, work = WRITES[name]
    old, last = shapes(tmp_path, before, work)
    moments = random.Random(name)
    home, kills, homes = Home(tmp_path / "0"), 0, 0
    before(home)
    while kills < 400:
        if killed_at(moments.randrange(60), partial(work, home)):
            kills += 1
            expect_whole(home, old, last)
        else:
            assert last == shape(home)
            homes += 1
            home = Home(tmp_path / str(homes))
            before(home)
