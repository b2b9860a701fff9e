"""What `ice verify` does: the checks of load and run, each seen, in the order in which they are made."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from ice_client.dependency_install import DependencyChoices
from ice_client.install import install
from ice_core.canonical import manifest_digest, printed_bytes
from ice_core.check_list import CheckName
from ice_core.home import Home
from ice_core.key_store import KeyRecord
from ice_core.manifest_sources import Origin, Source, home_sources, path_sources
from ice_core.models.lock import Lock, read_lock
from ice_core.signing import WheelPin, message_to_sign, sign, signature_member, wheel_index
from ice_core.strict_json import parse_json
from ice_orchestrator.verification import (
    BUNDLE_ROUTE,
    INSTALLED_ROUTE,
    LOCKED_ROUTE,
    MANIFEST_ROUTE,
    WHEEL_ROUTE,
    Verification,
    Verifier,
)
from tests.builders.homes import listing, make_home, write
from tests.builders.indexes import NOW, bundle_of, small_index, small_lock
from tests.builders.keys import key_record, key_store, private_key
from tests.builders.manifests import manifest, signed
from tests.builders.wheels import plugin_wheel

STEM = "acme_csv-1.3.0"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with `acme-csv` 1.3.0 and `acme-rank` 0.1.0 installed."""
    made = make_home(tmp_path / "home")
    index = small_index(tmp_path / "bundles")
    install(small_lock("acme-rank"), index, home=made, keys=key_store(), dependencies=DependencyChoices(act="leave"))
    return made


@pytest.fixture
def verifier(home: Home) -> Verifier:
    """Verifies against that home, a day after the lock was made."""
    return Verifier(home=home, now=NOW + timedelta(days=1))


def installed(home: Home) -> Source:
    """The source of `acme-csv`."""
    return next(source for source in home_sources(home) if source.origin.label.endswith(f"{STEM}.json"))


def bundle(tmp_path: Path, data: bytes) -> Source:
    """The source of a bundle with these bytes."""
    return next(path_sources([write(tmp_path / f"{STEM}.icebundle", data)]))


def lock() -> Lock:
    """The lock by which the home was installed."""
    return read_lock(small_lock("acme-rank"), where="lock")


def passed(done: Verification) -> list[CheckName]:
    """The checks that passed, each once, in their order."""
    return list(dict.fromkeys(each.name for each in done.results if each.verdict == "passed"))


def ended(done: Verification) -> tuple[str, str]:
    """At which check it was refused, and with which slug."""
    assert done.refusal is not None
    refused = [each for each in done.results if each.verdict == "refused"]
    after = {each.verdict for each in done.results if each.number > refused[0].number}

    assert 1 == len(refused)
    assert after <= {"not reached", "passed", "not applicable"}
    assert done.refusal.finding.hints
    return refused[0].name, done.refusal.slug


def test_an_installed_package_passes_every_check_of_its_route(home: Home, verifier: Verifier) -> None:
    """The route is what was really gone through: a check that is added to one and not to the other fails here."""
    done = verifier.source(installed(home))

    assert None is done.refusal
    assert list(INSTALLED_ROUTE) == passed(done)
    assert list(range(1, len(INSTALLED_ROUTE) + 1)) == [each.number for each in done.results]


def test_a_bundle_passes_every_check_of_its_route(tmp_path: Path, verifier: Verifier) -> None:
    done = verifier.source(bundle(tmp_path, bundle_of(version="1.3.0")))

    assert list(BUNDLE_ROUTE) == passed(done)
    assert "acme-csv 1.3.0" in done.subject


def test_a_locked_package_passes_every_check_of_its_route(verifier: Verifier) -> None:
    done = [verifier.locked(plugin, where="lock") for plugin in lock().plugins]

    assert [list(LOCKED_ROUTE)] * 2 == [passed(each) for each in done]


def test_a_wheel_and_its_manifest_pass_every_check_of_their_route(tmp_path: Path, verifier: Verifier) -> None:
    wheel = plugin_wheel()
    write(tmp_path / wheel[0], wheel[1])
    write(tmp_path / "plugins.json", signed(manifest(), [wheel]))

    done = verifier.wheels([tmp_path / wheel[0]], tmp_path / "plugins.json")

    assert list(WHEEL_ROUTE) == passed(done)


def test_a_manifest_with_a_wheel_index_passes_every_check_of_its_route(
    tmp_path: Path, home: Home, verifier: Verifier
) -> None:
    wheel = plugin_wheel()
    write(home.blob(WheelPin.of(*wheel).digest.hex), wheel[1])
    write(tmp_path / "plugins.wheels", wheel_index([WheelPin.of(*wheel)]))
    path = write(tmp_path / "plugins.json", signed(manifest(), [wheel]))

    done = verifier.source(next(path_sources([path])))

    assert [name for name in MANIFEST_ROUTE if name != "first-seen"] == passed(done)


def test_a_manifest_that_was_signed_alone_is_told_as_metadata(tmp_path: Path, verifier: Verifier) -> None:
    path = write(tmp_path / "plugins.json", signed(manifest(), []))

    done = verifier.source(next(path_sources([path])))
    left_out = {each.name for each in done.results if each.verdict == "not applicable"}

    assert None is done.refusal
    assert {"wheel-stored", "wheel-digest", "wheel-record", "first-seen"} <= left_out


def test_every_check_that_passes_shows_what_it_found(tmp_path: Path, home: Home, verifier: Verifier) -> None:
    """Evidence is what makes a verdict worth reading; what has none would be a word alone."""
    done = [verifier.source(installed(home)), verifier.source(bundle(tmp_path, bundle_of(version="1.3.0")))]

    assert [] == [each.name for one in done for each in one.results if not each.evidence]


def test_the_evidence_of_trust_is_the_key_and_what_it_signed(home: Home, verifier: Verifier) -> None:
    done = verifier.source(installed(home))
    evidence = {each.name: each.evidence for each in done.results}

    assert done.manifest is not None
    assert {"key": "acme-2026", "fingerprint": str(key_record().key.fingerprint)} == evidence["key-known"]
    assert str(done.manifest.digest) == evidence["signature"]["manifest"]
    assert "2026-10-02T12:00:00Z" == evidence["key-authorised"]["first seen"]
    assert ["*"] == evidence["key-authorised"]["may sign"]


def test_a_changed_wheel_in_the_store_is_refused_where_a_run_would(home: Home, verifier: Verifier) -> None:
    source = installed(home)
    (pin,) = source.read().wheels
    write(home.blob(pin.digest.hex), b"another")

    assert ("wheel-digest", "wheel-digest-mismatch") == ended(verifier.source(source))


def test_a_missing_wheel_is_refused(home: Home, verifier: Verifier) -> None:
    source = installed(home)
    (pin,) = source.read().wheels
    home.blob(pin.digest.hex).unlink()

    assert ("wheel-stored", "wheel-missing") == ended(verifier.source(source))


def test_a_changed_manifest_is_refused_by_its_signature(home: Home, verifier: Verifier) -> None:
    path = home.manifests / f"{STEM}.json"
    write(path, path.read_bytes().replace(b"acme_csv.tools:read", b"acme_csv.tools:riad"))

    assert ("signature", "signature-mismatch") == ended(verifier.source(installed(home)))


def test_a_folder_that_others_can_write_is_refused_first(home: Home, verifier: Verifier) -> None:
    source = installed(home)
    home.manifests.chmod(0o777)

    assert ("home", "home-writable-by-others") == ended(verifier.source(source))


def test_a_damaged_key_store_is_refused(tmp_path: Path, home: Home, verifier: Verifier) -> None:
    write(home.keys / "other.json", b"{}")

    done = verifier.source(bundle(tmp_path, bundle_of()))

    assert ("key-store", "key-file-invalid") == ended(done)
    assert "not reached" == done.results[-1].verdict


@pytest.mark.parametrize(
    ("record", "ending"),
    [
        (key_record(number=2, public_key_id="other"), ("key-known", "key-unknown")),
        (key_record(namespaces=("acme-rank",)), ("key-authorised", "key-namespace")),
        (key_record(not_after=NOW - timedelta(days=1)), ("key-authorised", "key-expired")),
        (key_record(revoked=NOW), ("key-authorised", "key-revoked")),
    ],
    ids=["unknown", "namespace", "expired", "revoked"],
)
def test_a_key_is_judged_at_its_own_check(tmp_path: Path, record: KeyRecord, ending: tuple[str, str]) -> None:
    trusting = make_home(tmp_path / "home", record)
    verifier = Verifier(home=trusting, now=NOW)

    assert ending == ended(verifier.source(bundle(tmp_path, bundle_of())))


def test_an_unsigned_manifest_is_refused_as_a_strict_run_does(tmp_path: Path, verifier: Verifier) -> None:
    path = write(tmp_path / "plugins.json", manifest())

    assert ("signed", "manifest-unsigned") == ended(verifier.source(next(path_sources([path]))))


def test_a_wheel_that_was_not_signed_is_refused(tmp_path: Path, verifier: Verifier) -> None:
    wheel, other = plugin_wheel(), plugin_wheel(files={"acme_csv/__init__.py": "", "acme_csv/tools.py": "x = 1\n"})
    write(tmp_path / wheel[0], other[1])
    write(tmp_path / "plugins.json", signed(manifest(), [wheel]))

    assert ("signature", "signature-mismatch") == ended(
        verifier.wheels([tmp_path / wheel[0]], tmp_path / "plugins.json")
    )


def test_a_package_of_the_lock_that_is_not_installed_is_told(home: Home, verifier: Verifier) -> None:
    (home.manifests / f"{STEM}.json").unlink()
    plugin = lock().plugin("acme-csv")

    assert plugin is not None
    assert ("file", "package-not-installed") == ended(verifier.locked(plugin, where="lock"))


def test_another_build_than_was_locked_is_refused_although_well_signed(home: Home, verifier: Verifier) -> None:
    """Both are genuine; the lock tells them apart before the signature is asked."""
    plugin = lock().plugin("acme-csv")
    wheel = plugin_wheel(version="1.3.0", manifest=manifest(name="acme-csv", version="1.3.0"))
    write(home.manifests / f"{STEM}.wheels", wheel_index([WheelPin.of(*wheel)]))

    assert plugin is not None
    assert ("locked-wheels", "lock-hash-mismatch") == ended(verifier.locked(plugin, where="lock"))


def test_another_signer_than_was_locked_is_refused(home: Home, tmp_path: Path) -> None:
    """The same wheel and manifest under a second trusted key: only the lock's signer sees it."""
    trusting = make_home(home.root, key_record(), key_record(number=2, public_key_id="other-2026"))
    path = home.manifests / f"{STEM}.json"
    source = Source(Origin(kind="installed", label=str(path), path=path), home=home)
    found = source.read()
    resigned = small_resigned(found.data, found.wheels)
    write(path, resigned)
    plugin = lock().plugin("acme-csv")

    assert plugin is not None
    done = Verifier(home=trusting, now=NOW).locked(plugin, where="lock")
    assert ("locked-signer", "lock-signer-mismatch") == ended(done)


def small_resigned(data: bytes, wheels: tuple[WheelPin, ...]) -> bytes:
    """The same manifest signed by the second key."""
    value = parse_json(data, where="manifest")
    message = message_to_sign(manifest_digest(value), wheels)
    return printed_bytes(
        {**value, "signature": signature_member(sign(private_key(2), message), public_key_id="other-2026")}
    )


def test_verifying_writes_and_imports_nothing(tmp_path: Path, home: Home, verifier: Verifier) -> None:
    source = bundle(tmp_path, bundle_of(version="1.3.0"))
    before, modules = listing(tmp_path), {name for name in sys.modules if name.startswith("acme")}
    for each in (installed(home), source):
        verifier.source(each)
    verifier.locked(lock().plugins[0], where="lock")

    assert before == listing(tmp_path)
    assert modules == {name for name in sys.modules if name.startswith("acme")}


def test_a_manifest_that_is_damaged_in_its_bundle_is_refused_as_the_manifest(
    tmp_path: Path, verifier: Verifier
) -> None:
    data = bundle_of(version="1.3.0").replace(b"Does what", b"Does that", 1)

    assert ("json", "archive-damaged") == ended(verifier.source(bundle(tmp_path, data)))


def test_a_verification_is_told_to_programs_with_its_refusal(tmp_path: Path, verifier: Verifier) -> None:
    told = verifier.source(bundle(tmp_path, b"no zip")).to_json()
    error = told["error"]

    assert isinstance(error, dict)
    assert (False, "archive-damaged") == (told["verified"], error["slug"])
