"""`ice audit`: what it lists, what it writes, and with which exit code it ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ice_core.home import Home
from ice_core.models.lock import LOCK_NAME
from tests.builders.audits import DEPENDENCY_TEXT, home_of_lock, install_one, lock_bytes
from tests.builders.homes import listing
from tests.builders.keys import key_record
from tests.builders.manifests import component
from tests.ice_cli.invoke import Ice
from tests.ice_cli.test_verify import BLUEPRINT

FINGERPRINT = str(key_record().key.fingerprint)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a lock, and what it pins installed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ICEOS_HOME", str(home_of_lock(tmp_path).root))
    (tmp_path / LOCK_NAME).write_bytes(lock_bytes())
    return tmp_path


def test_the_lock_of_the_folder_is_audited(ice: Ice, folder: Path) -> None:
    """Whole output but for the digests."""
    done = ice("audit")
    lines = [line for line in done.out.splitlines() if "sha256:" not in line]

    assert 0 == done.code
    assert "\n2 packages, 2 components: everything is verified; nothing was imported, nothing written.\n" == done.err
    assert [
        "audit of pylock.iceos.toml",
        "",
        "acme-csv 1.3.0",
        "  signed by    acme-2026, valid",
        "  first seen   2026-10-02 12:00:00 UTC",
        "  manifest",
        "  wheel        acme_csv-1.3.0-py3-none-any.whl",
        "  licence      Apache-2.0",
        "  code         from the bytes that were verified",
        "  tool:csv_reader 1.3.0",
        "    may use    nothing",
        "    costs      0.0001 USD a call",
    ] == lines[:12]
    assert f"    {FINGERPRINT}" in done.out.splitlines()
    assert [] == [line for line in done.out.splitlines() if len(line) > 80]


def test_what_is_not_verified_ends_with_exit_code_one(ice: Ice, folder: Path) -> None:
    for blob in (folder / "home" / "store" / "sha256").iterdir():
        blob.unlink()

    done = ice("audit")

    assert (1, "wheel-missing") == (done.code, done.slug)
    assert "2 packages, 2 components: 2 parts not verified" in done.err


@pytest.mark.parametrize(("choice", "code"), [("unverified", 0), ("warning", 1), ("nothing", 0)])
def test_the_caller_chooses_what_fails(ice: Ice, folder: Path, choice: str, code: int) -> None:
    (folder / LOCK_NAME).unlink()
    for path in (folder / "home" / "plugins.d").iterdir():
        path.unlink()
    install_one(Home(folder / "home"), component(deprecated={"since": "1.0.0"}))

    assert code == ice("audit", "--fail-on", choice).code


def test_without_a_lock_everything_installed_is_audited(ice: Ice, folder: Path) -> None:
    (folder / LOCK_NAME).unlink()

    done = ice("audit", "--json")

    assert (0, "audit.v0", "what is installed here") == (done.code, done.json["format"], done.json["subject"])
    assert ["acme-csv", "acme-rank"] == [each["package"] for each in done.json["packages"]]


def test_a_blueprint_is_audited_for_what_it_calls(ice: Ice, folder: Path) -> None:
    """The package of its one tool, the one that this imports and that is not called, and what one run costs."""
    (folder / "read.yaml").write_text(BLUEPRINT)

    done = ice("audit", "read.yaml", "--json")

    assert 0 == done.code
    assert [("acme-csv", 0), ("acme-rank", 1)] == [
        (each["package"], len(each["components"])) for each in done.json["packages"]
    ]
    assert {"minimum": "0.0001", "expected": "0.0001", "maximum": "0.0001", "currency": "USD"} == done.json["cost"]


def test_a_plan_is_audited_as_it_was_compiled(ice: Ice, folder: Path) -> None:
    (folder / "read.yaml").write_text(BLUEPRINT)
    ice("compile", "read.yaml", "--output", "plan.json")
    good = ice("audit", "plan.json")
    plan = json.loads((folder / "plan.json").read_text())
    plan["packages"]["acme-rank"]["manifest_digest"] = "sha256:" + "0" * 64
    (folder / "plan.json").write_text(json.dumps(plan))

    bad = ice("audit", "plan.json")

    assert (0, 1, "package-changed") == (good.code, bad.code, bad.slug)
    assert "one run costs from 0.0001 to 0.0001 USD\n" in good.out


def test_dependencies_are_listed_with_how_they_are_pinned(ice: Ice, folder: Path) -> None:
    (folder / LOCK_NAME).write_bytes(lock_bytes(DEPENDENCY_TEXT))

    done = ice("audit")

    assert (
        "DEPENDENCY  VERSION  PINNED BY  INSTALLED FILES\n"
        "acmetable   0.9.0    1 wheel    none\n"
        "acmewidth   0.2.13   1 wheel    none\n"
    ) in done.out
    assert "warning[dependency-not-installed]: `acmetable 0.9.0` is locked, and not installed here\n" in done.err
    assert "2 packages, 2 components, 2 dependencies: everything is verified" in done.err


def test_a_bill_of_materials_is_the_same_for_the_same_lock(ice: Ice, folder: Path) -> None:
    first, second = (ice("audit", "--sbom", name) for name in ("a.json", "b.json"))

    assert (0, 0) == (first.code, second.code)
    assert "Wrote a.json.\n" in first.err
    assert (folder / "a.json").read_bytes() == (folder / "b.json").read_bytes()
    assert "CycloneDX" == json.loads((folder / "a.json").read_text())["bomFormat"]


def test_a_bill_is_dated_by_the_environment_alone(ice: Ice, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    ice("audit", "--sbom", "bom.json")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")

    assert json.loads((folder / "bom.json").read_text())["metadata"]["timestamp"].startswith("2026-01-01T00:00:00")
    assert "source-date-invalid" == ice("audit", "--sbom", "other.json").slug
    assert not (folder / "other.json").exists()


def test_a_machine_without_the_extra_is_told_what_to_install(folder: Path) -> None:
    """In a process of its own, in which the library cannot be imported."""
    code = (
        "import sys; sys.modules['cyclonedx'] = None\n"
        "from ice_cli.main import main\n"
        "main(['audit', '--sbom', 'bom.json'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert 2 == done.returncode
    assert "error[extra-missing]: `cyclonedx-python-lib` is needed" in done.stderr
    assert "hint: To install it, run `pip install 'iceos[audit]'`" in done.stderr
    assert not (folder / "bom.json").exists()


def test_what_rose_since_an_accepted_audit_is_told(ice: Ice, folder: Path) -> None:
    """A release that reaches another host, signed by the same key: the signature does not see it, the audit does."""
    (folder / LOCK_NAME).unlink()
    (folder / "old.json").write_text(ice("audit", "--json").out)
    same = ice("audit", "--diff", "old.json")
    old = json.loads((folder / "old.json").read_text())
    old["packages"][0]["components"][0]["permissions"] = {}
    old["packages"][0]["fingerprint"] = "sha256:" + "0" * 64
    (folder / "old.json").write_text(json.dumps(old))

    done = ice("audit", "--diff", "old.json", "--json")

    assert 0 == same.code
    assert "Nothing differs from old.json.\n" in same.err
    assert 1 == done.code
    assert ["audit-signer-changed"] == [change["slug"] for change in done.json["changes"]]
    assert (
        "hint: To accept it after review, run `ice audit --json > old.json`" in ice("audit", "--diff", "old.json").err
    )


def test_a_file_to_compare_with_that_is_no_audit_is_refused(ice: Ice, folder: Path) -> None:
    (folder / "old.json").write_text("{}")

    assert (1, "audit-invalid") == ((done := ice("audit", "--diff", "old.json")).code, done.slug)


def test_where_nothing_is_nothing_is_called_verified(ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert ice("audit").err.endswith("Nothing is installed or pinned here, so nothing was audited.\n")


def test_nothing_is_written(ice: Ice, folder: Path) -> None:
    before = listing(folder)
    ice("audit")
    ice("audit", "--json")

    assert before == listing(folder)
