"""The bill of materials: valid by the official schema of CycloneDX, and the same bytes for the same audit."""

import json
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ice_core.home import Home
from ice_orchestrator.audit import Auditor, loaded_here
from ice_orchestrator.audit_report import Audit
from ice_orchestrator.bill_of_materials import bill_of_materials
from ice_orchestrator.verification import Verifier
from tests.builders.audits import DEPENDENCY_TEXT, home_of_lock, install_one, lock
from tests.builders.homes import make_home
from tests.builders.indexes import NOW
from tests.builders.keys import KEY_ID, key_record

SCHEMAS = ("bom-1.6", "spdx", "jsf-0.82")


def schema(name: str) -> Any:
    """One of the schemas that the library ships, as CycloneDX publishes it."""
    return json.loads(files("cyclonedx.schema._res").joinpath(f"{name}.SNAPSHOT.schema.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def validator() -> Any:
    """The official schema of CycloneDX 1.6 with those that it refers to; nothing is fetched."""
    documents = {name: schema(name) for name in SCHEMAS}
    # They refer to each other by the names under which the library keeps them.
    resources = [(f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", each) for name, each in documents.items()]
    registry = jsonschema_rs.Registry(resources)
    return jsonschema_rs.validator_for(documents["bom-1.6"], registry=registry)


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    """The audit of a lock with two plugins and two dependencies."""
    verifier = Verifier(home=home_of_lock(tmp_path), now=NOW)
    return Auditor(verifier=verifier).of_lock(lock(DEPENDENCY_TEXT), where="pylock.iceos.toml")


def bill(audit: Audit, *, created: str | None = None) -> Any:
    """The bill as a value."""
    return json.loads(bill_of_materials(audit, created=created))


def component(value: Any, name: str) -> Any:
    """A component of a bill by its name."""
    return next(each for each in value["components"] if each["name"] == name)


def test_a_bill_keeps_the_official_schema(audit: Audit, validator: Any) -> None:
    assert [] == [str(error) for error in validator.iter_errors(bill(audit))]
    assert [] == [str(error) for error in validator.iter_errors(bill(audit, created="2026-10-02T12:00:00Z"))]


def test_the_schema_would_say_so_if_a_bill_were_wrong(audit: Audit, validator: Any) -> None:
    value = bill(audit)
    value["components"][0]["hashes"] = [{"alg": "CRC", "content": "0"}]

    assert not validator.is_valid(value)


def test_the_same_audit_gives_the_same_bytes(audit: Audit) -> None:
    assert bill_of_materials(audit) == bill_of_materials(audit)
    assert "timestamp" not in bill(audit)["metadata"]


def test_a_time_is_in_it_only_when_one_is_given(audit: Audit) -> None:
    assert bill(audit, created="2026-10-02T12:00:00Z")["metadata"]["timestamp"].startswith("2026-10-02T12:00:00")


def test_the_serial_number_follows_from_what_is_audited(audit: Audit, tmp_path: Path) -> None:
    other = Auditor(verifier=Verifier(home=Home(tmp_path / "home"), now=NOW)).of_lock(lock(), where="pylock.iceos.toml")

    assert bill(audit)["serialNumber"] == bill(audit)["serialNumber"]
    assert bill(audit)["serialNumber"] != bill(other)["serialNumber"]


def test_a_package_is_named_hashed_licensed_and_signed(audit: Audit) -> None:
    package = component(bill(audit), "acme-csv")
    properties = {each["name"]: each["value"] for each in package["properties"]}

    assert ("pkg:pypi/acme-csv@1.3.0", "1.3.0") == (package["purl"], package["version"])
    assert [{"expression": "Apache-2.0"}] == package["licenses"]
    assert [{"alg": "SHA-256", "content": audit.packages[0].wheels[0][1].hex}] == package["hashes"]
    assert {
        "iceos:code": "import",
        "iceos:first-seen": "2026-10-02T12:00:00Z",
        "iceos:key-state": "valid",
        "iceos:manifest-digest": str(audit.packages[0].manifest_digest),
        "iceos:signer": KEY_ID,
        "iceos:signer-fingerprint": str(key_record().key.fingerprint),
    } == properties


def test_components_stand_in_their_package_with_digest_and_permissions(audit: Audit) -> None:
    parts = {each["name"]: each for each in component(bill(audit), "acme-csv")["components"]}
    properties = {each["name"]: each["value"] for each in parts["tool:csv_reader"]["properties"]}

    assert {"acme_csv-1.3.0-py3-none-any.whl", "tool:csv_reader"} == set(parts)
    assert str(audit.packages[0].components[0].digest) == properties["iceos:component-digest"]
    assert "{}" == properties["iceos:permissions"]


def test_the_graph_goes_as_far_as_the_lock_knows(audit: Audit) -> None:
    graph = {each["ref"]: each.get("dependsOn", []) for each in bill(audit)["dependencies"]}

    assert ["pkg:pypi/acme-csv@1.3.0", "pkg:pypi/acme-rank@0.1.0"] == graph["subject"]
    assert ["pkg:pypi/acme-csv@1.3.0"] == graph["pkg:pypi/acme-rank@0.1.0"]
    assert ["pkg:pypi/acmewidth@0.2.13"] == graph["pkg:pypi/acmetable@0.9.0"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("mit or apache-2.0", {"expression": "MIT OR Apache-2.0"}), ("Our own", {"license": {"name": "Our own"}})],
)
def test_a_licence_that_is_no_expression_is_a_name(tmp_path: Path, validator: Any, text: str, expected: Any) -> None:
    home = make_home(tmp_path / "home")
    install_one(home, license=text)
    auditor = Auditor(verifier=Verifier(home=home, now=NOW + timedelta(days=1)))
    value = bill(auditor.of_manifests(loaded_here(auditor.verifier, {}, [])[0], subject="here"))

    assert [expected] == component(value, "acme-csv")["licenses"]
    assert validator.is_valid(value)
