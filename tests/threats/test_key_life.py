"""Attacks on the life of a key: stolen after it handed over, stolen and revoked, handed over by a thief."""

from datetime import UTC, datetime, timedelta

import pytest

from ice_client.dependency_install import DependencyChoices
from ice_client.folder_index import FolderIndex
from ice_client.install import install
from ice_client.key_revocation import revoke_key
from ice_client.key_rotation import accept_rotations
from ice_client.lock import make_lock
from ice_core.home import Home
from ice_core.key_store import KeyStore
from ice_core.unified_registry import load_plugins
from tests.builders.homes import listing, make_home
from tests.builders.keys import key_record, key_store, private_key, public_key
from tests.builders.rotations import rotation_record
from tests.fakes.bundle_index import MemoryIndex
from tests.scenarios.mission import FILES
from tests.scenarios.packages import markers
from tests.threats.target import Target, bundle_of, good_bundle
from tests.threats.test_surroundings import EVIL as EVIL_CODE

# Far enough in the past for any clock that the doors are opened by.
SEEN = datetime(2020, 1, 1, tzinfo=UTC)
ROTATED = datetime(2020, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
EVIL = {**FILES, "acme_words/counting.py": EVIL_CODE}


def lock_seen_before() -> bytes:
    """A lock that saw the good bundle before its key handed over."""
    index = MemoryIndex()
    index.upload("acme-words", "1.0.0", good_bundle())
    return make_lock(["acme-words"], index, keys=key_store(), now=SEEN)


def swapped(target: Target) -> Target:
    """The same folder and project, with a home whose `acme-2026` is an attacker's key and whose package is theirs."""
    make_home(target.home.root, key_record(3))
    bundle = bundle_of(files=EVIL, key=private_key(3))
    target.offer(bundle)
    index = MemoryIndex()
    index.upload("acme-words", "1.0.0", bundle)
    keys = KeyStore.read(target.home.keys)
    lock = make_lock(["acme-words"], index, keys=keys, now=SEEN)
    install(lock, FolderIndex(target.market), home=target.home, keys=keys, dependencies=DependencyChoices(act="leave"))
    return target


def pin(target: Target, *numbers: int) -> None:
    """The project trusts these keys."""
    pins = ", ".join(f'"{public_key(number).fingerprint}"' for number in numbers)
    (target.folder / "pyproject.toml").write_text(f"[tool.iceos]\nno_dynamic = true\ntrusted_keys = [{pins}]\n")


def test_another_home_runs_nothing_in_a_project_that_pins_its_keys(target: Target) -> None:
    """Threat 34: HOME swap: the key-store is another, the project is not; what other keys signed does not count."""
    pin(swapped(target), 1)
    before = listing(target.folder)
    outcome = target.run()

    assert (1, "blueprint-refused") == (outcome.code, outcome.slug)
    assert "error[component-unknown]" in outcome.err
    assert before == listing(target.folder)
    target.assert_untouched()


@pytest.mark.parametrize("way", ["--plugins", "environment"])
def test_a_bundle_of_another_key_does_not_get_in_by_name(
    target: Target, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Threat 34: HOME swap: nor by the environment or an argument, and the listing says why."""
    pin(swapped(target), 1)
    words = ("--plugins", target.bundle) if way == "--plugins" else ()
    if way == "environment":
        monkeypatch.setenv("ICEOS_EXTRA_PLUGINS", str(target.bundle))
    outcome = target.run(*words)

    assert (1, "blueprint-refused") == (outcome.code, outcome.slug)
    assert "warning[key-not-pinned]" in outcome.err
    target.assert_untouched()


def test_what_another_key_signed_is_named_with_both_fingerprints(target: Target) -> None:
    """Threat 34: HOME swap: told as a warning, since whoever uses several projects has packages of several keys."""
    pin(swapped(target), 1)
    registry = load_plugins(home=target.home.root, environ={}, project=target.folder)
    (told,) = registry.notices

    assert ("key-not-pinned", "warning") == (told.slug, told.severity)
    assert (str(public_key(1).fingerprint), str(public_key(3).fingerprint)) == (told.expected, told.found)
    assert ((), [0]) == (registry.list(), [count for _, count in registry.sources])


def test_without_pins_another_home_decides(target: Target) -> None:
    """Threat 34: HOME swap: what the pins are for, the same home in a project that has none."""
    outcome = swapped(target).run()

    assert "called evil" in markers(target.markers), outcome.err


def test_the_good_bundle_runs_where_its_key_is_pinned(target: Target) -> None:
    target.installed()
    pin(target, 7, 1)
    outcome = target.run()

    assert (0, {"words": 3}) == (outcome.code, outcome.json), outcome.err


def hand_over(home: Home, *, namespaces: tuple[str, ...] = ("*",)) -> None:
    """The target accepts that `acme-2027` follows `acme-2026`."""
    record = rotation_record(at=ROTATED, namespaces=namespaces)
    accept_rotations(home, [(record, "a file")], now=ROTATED)


def test_a_key_that_handed_over_signs_nothing_new(target: Target) -> None:
    """Threat 9: theft of a publisher's key: what the old key signs after the rotation is refused at every door."""
    hand_over(target.home)
    target.offer(good_bundle())

    assert {"key-expired"} == target.refused_everywhere()


def test_what_a_key_signed_before_it_handed_over_still_runs(target: Target) -> None:
    """Threat 9: theft of a publisher's key: the locked version stays; a rotation breaks nobody's production."""
    target.installed(lock=lock_seen_before())
    hand_over(target.home)
    outcome = target.run()

    assert (0, {"words": 3}) == (outcome.code, outcome.json), outcome.err


def test_the_key_that_follows_signs_from_then_on(target: Target) -> None:
    """Threat 9: theft of a publisher's key: the new key needs no other fingerprint than the old one's."""
    hand_over(target.home)
    target.offer(bundle_of(key=private_key(2), public_key_id="acme-2027"))
    outcome = target.run("--plugins", target.bundle)

    assert (0, {"words": 3}) == (outcome.code, outcome.json), outcome.err


@pytest.mark.parametrize(("trusted", "claimed"), [(("*",), ("acme-other",)), (("acme-other",), ("*",))])
def test_the_key_that_follows_signs_no_other_packages(
    target: Target, trusted: tuple[str, ...], claimed: tuple[str, ...]
) -> None:
    """Threat 13: key-id confusion: a key that was handed one package signs another: refused, whatever it claims."""
    make_home(target.home.root, key_record(namespaces=trusted))
    hand_over(target.home, namespaces=claimed)
    target.offer(bundle_of(key=private_key(2), public_key_id="acme-2027"))

    assert {"key-namespace"} == target.refused_everywhere()


@pytest.mark.parametrize("when", ["before the revocation", "long before"])
def test_what_a_revoked_key_signed_does_not_run(target: Target, when: str) -> None:
    """Threat 9: theft of a publisher's key: revoked, it kills what it signed, whenever that was first seen."""
    target.installed(lock=lock_seen_before())
    revoke_key(target.home, "acme-2026", at=SEEN + (DAY if when == "before the revocation" else 999 * DAY))
    before = listing(target.folder)
    outcome = target.run()

    assert (1, "key-revoked") == (outcome.code, outcome.slug)
    assert before == listing(target.folder)
    target.assert_untouched()


def test_a_thief_does_not_rotate_away_from_a_revocation(target: Target) -> None:
    """Threat 9: theft of a publisher's key: the stolen key names a successor of the thief; nobody is trusted."""
    revoke_key(target.home, "acme-2026", at=ROTATED)
    file = target.folder / "mallory.json"
    file.write_bytes(rotation_record(at=ROTATED - DAY, new=("mallory-2027", 3)))
    before = listing(target.folder)
    outcome = target.ice("keys", "trust", "--rotation", file)

    assert (1, "key-revoked") == (outcome.code, outcome.slug)
    assert before == listing(target.folder)


def test_a_thief_does_not_rotate_a_second_time(target: Target) -> None:
    """Threat 9: theft of a publisher's key: stolen after the rotation, it names another successor; refused."""
    hand_over(target.home)
    trusted = [each.public_key_id for each in KeyStore.read(target.home.keys).records]
    file = target.folder / "mallory.json"
    file.write_bytes(rotation_record(at=ROTATED, new=("mallory-2027", 3)))
    outcome = target.ice("keys", "trust", "--rotation", file)

    assert (1, "key-rotation-conflict") == (outcome.code, outcome.slug)
    assert trusted == [each.public_key_id for each in KeyStore.read(target.home.keys).records]


def test_a_thief_of_another_key_does_not_rotate_this_one(target: Target) -> None:
    """Threat 9: theft of a publisher's key: a record that names this key and was signed by another is refused."""
    file = target.folder / "mallory.json"
    file.write_bytes(rotation_record(at=ROTATED, new=("mallory-2027", 3), signer=4))
    before = listing(target.folder)
    outcome = target.ice("keys", "trust", "--rotation", file)

    assert (1, "key-rotation-forged") == (outcome.code, outcome.slug)
    assert before == listing(target.folder)
