"""An audit: everything that would run is listed, and whatever nobody vouches for is a finding."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from ice_core.errors import Finding
from ice_core.home import Home
from ice_core.strict_json import JsonObject
from ice_orchestrator.audit import Auditor, loaded_here
from ice_orchestrator.audit_report import Audit, permissions_text
from ice_orchestrator.verification import Verifier
from tests.builders.audits import DEPENDENCY_TEXT, home_of_lock, install_one, lock
from tests.builders.homes import listing, make_home, write
from tests.builders.indexes import NOW
from tests.builders.keys import KEY_ID, key_record
from tests.builders.manifests import component

LATER = NOW + timedelta(days=400)


def here(home: Home) -> Audit:
    """The audit of everything that is installed in a home."""
    auditor = Auditor(verifier=Verifier(home=home, now=LATER))
    manifests, refusals = loaded_here(auditor.verifier, {}, [])
    auditor.refuse(refusals)
    return auditor.of_manifests(manifests, subject="here")


def of_lock(home: Home, more: str = "") -> Audit:
    """The audit of the lock of a home."""
    return Auditor(verifier=Verifier(home=home, now=NOW)).of_lock(lock(more), where="lock")


def told(audit: Audit) -> list[tuple[str, str]]:
    """Severity and slug of each finding."""
    return [(finding.severity, finding.slug) for finding in audit.findings]


def finding(audit: Audit, slug: str) -> Finding:
    """The one finding with this slug."""
    (found,) = (each for each in audit.findings if each.slug == slug)
    return found


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that trusts one key, with nothing installed."""
    return make_home(tmp_path / "home")


def test_what_a_lock_pins_and_is_installed_is_verified(tmp_path: Path) -> None:
    audit = of_lock(home_of_lock(tmp_path))

    assert (0, []) == (audit.unverified, told(audit))
    assert [("acme-csv", "1.3.0", KEY_ID, "valid", "import"), ("acme-rank", "0.1.0", KEY_ID, "valid", "import")] == [
        (each.name, each.version, each.signer, each.key_state, each.code) for each in audit.packages
    ]
    assert ("acme-csv",) == audit.packages[1].requires


def test_what_a_lock_pins_and_is_not_installed_is_not_verified(tmp_path: Path, home: Home) -> None:
    """What is known of it is what the lock says."""
    audit = of_lock(home)

    assert [("error", "package-not-installed")] * 2 == told(audit)
    assert [("tool:csv_reader", None)] == [(each.id, each.entry) for each in audit.packages[0].components]
    assert ["absent", "absent"] == [each.code for each in audit.packages]


def test_dependencies_of_the_lock_are_listed_with_their_hashes(tmp_path: Path) -> None:
    audit = of_lock(home_of_lock(tmp_path), DEPENDENCY_TEXT)

    assert [("acmetable", "0.9.0", ("acmewidth",)), ("acmewidth", "0.2.13", ())] == [
        (each.name, each.version, each.requires) for each in audit.dependencies
    ]
    assert ("acmetable-0.9.0-py3-none-any.whl", "ab" * 32) == audit.dependencies[0].wheels[0]


def test_a_dependency_that_no_lock_pins_is_not_verified(home: Home) -> None:
    """A marker that this interpreter does not meet asks for nothing."""
    install_one(home, requires=("iceos", "acmetable>=0.9", "colorama; python_version < '3'"))

    audit = here(home)

    assert [("error", "dependency-not-locked")] == told(audit)
    assert "`acme-csv` 1.2.3 needs `acmetable`, and no lock pins it" == audit.findings[0].message


def test_an_unsigned_manifest_is_not_verified(home: Home) -> None:
    install_one(home, unsigned=True)

    audit = here(home)

    assert [("error", "manifest-unsigned")] == told(audit)
    assert ("unsigned", "refused") == (audit.packages[0].key_state, audit.packages[0].code)


def test_a_manifest_without_a_wheel_is_told_as_code_from_elsewhere(home: Home) -> None:
    value = install_one(home)
    (home.manifests / "acme_csv-1.2.3.json").unlink()
    write(home.manifest, value)

    audit = here(home)

    assert {("error", "manifest-unsigned"), ("error", "wheel-missing")} == set(told(audit))
    assert "off" == audit.packages[0].code


def test_a_wheel_that_was_changed_is_found_though_loading_does_not_open_it(home: Home) -> None:
    install_one(home)
    for blob in (home.root / "store" / "sha256").iterdir():
        blob.write_bytes(b"another")

    assert [("error", "wheel-digest-mismatch")] == told(here(home))


@pytest.mark.parametrize("slug", ["key-revoked", "key-unknown"])
def test_a_key_that_is_trusted_no_more_is_not_verified(tmp_path: Path, slug: str) -> None:
    record = key_record(revoked=NOW) if slug == "key-revoked" else key_record(number=2, public_key_id="other")
    home = make_home(tmp_path / "home", record)
    install_one(home)

    assert [("error", slug)] == told(here(home))


def test_an_expired_key_that_signed_in_time_is_a_warning(tmp_path: Path) -> None:
    """What it signed before stays verified; the reader should know that there will be nothing new from it."""
    home = make_home(tmp_path / "home", key_record(not_after=NOW))
    install_one(home, first_seen=NOW)

    audit = here(home)

    assert (0, [("warning", "key-expired")]) == (audit.unverified, told(audit))
    assert "expired" == audit.packages[0].key_state


def test_a_deprecated_component_is_a_warning_with_its_replacement(home: Home) -> None:
    install_one(home, component(deprecated={"since": "1.2.0", "replacement": "parquet_reader"}))

    audit = here(home)

    assert (0, [("warning", "component-deprecated")]) == (audit.unverified, told(audit))
    assert ("Use `parquet_reader` instead",) == finding(audit, "component-deprecated").hints


def test_permissions_costs_and_licence_are_those_of_the_manifest(home: Home) -> None:
    permissions: JsonObject = {"network": ["api.example.com"], "subprocess": True}
    install_one(home, component(permissions=permissions, max_tokens=100))

    (package,) = here(home).packages
    told = package.components[0].to_json()

    assert "Apache-2.0" == package.license
    assert permissions == told["permissions"]
    assert {"base": "0.0001", "per_token": "0", "max_tokens": 100, "currency": "USD"} == told["cost"]
    assert ["network api.example.com; subprocess", "nothing"] == [permissions_text(permissions), permissions_text({})]


def test_an_audit_writes_and_imports_nothing(tmp_path: Path) -> None:
    home = home_of_lock(tmp_path)
    before = listing(tmp_path)
    of_lock(home)
    here(home)

    assert before == listing(tmp_path)
    assert [] == [name for name in sys.modules if name.startswith("acme_")]


def test_two_audits_of_one_state_are_equal(tmp_path: Path) -> None:
    home = home_of_lock(tmp_path)

    assert of_lock(home).to_json() == of_lock(home).to_json()
