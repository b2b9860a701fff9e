"""`ice plugins export --all`: each package's manifest in its own place, or every package's faults and no manifest."""

import json
from pathlib import Path

import pytest

from ice_core.canonical import manifest_digest
from ice_core.errors import IceError
from ice_sdk.workspace import read_workspace
from ice_sdk.workspace_export import export_workspace
from tests.fakes.folders import listing
from tests.ice_cli.invoke import Ice
from tests.ice_cli.monorepos import (
    RAIN,
    RAIN_CODE,
    RAIN_MANIFEST,
    UNITS,
    WIND,
    WIND_CODE,
    WIND_MANIFEST,
    edited,
    monorepo_at,
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A monorepo whose manifests describe its code; its root is the current folder."""
    folder = monorepo_at(tmp_path / "repository")
    monkeypatch.chdir(folder)
    return folder


def digest(file: Path) -> str:
    return str(manifest_digest(json.loads(file.read_bytes())))


def manifests(root: Path) -> dict[str, bytes]:
    return {path: data for path, data in listing(root).items() if path.endswith(".json")}


def test_each_manifest_is_written_to_the_place_that_its_package_names(ice: Ice, root: Path) -> None:
    """Whole output; the package without a component is a note and gets no manifest."""
    committed = manifests(root)
    for file in (RAIN_MANIFEST, WIND_MANIFEST):
        edited(file, '"created": "2026-01-02T03:04:05Z"', '"created": "2026-01-01T00:00:00Z"')
    edited(RAIN_CODE, "how many millimetres", "how many mm")

    made = ice("plugins", "export", "--all")

    assert (0, "") == (made.code, made.out)
    assert made.err == (
        f"Wrote packages/acme-rain/plugins.json: 1 component, {digest(RAIN_MANIFEST)}\n"
        f"packages/acme-wind/src/acme_wind/plugins.json is as it was: 1 component, {digest(WIND_MANIFEST)}\n"
        "note: no component is declared in packages/acme-units; no manifest is written there.\n"
    )
    assert committed.keys() == manifests(root).keys()
    assert b"how many mm" in RAIN_MANIFEST.read_bytes()


def test_check_compares_every_package_and_writes_nothing(ice: Ice, root: Path) -> None:
    """The committed example is in order."""
    before = listing(root)
    made = ice("plugins", "export", "--all", "--check")

    assert (0, "") == (made.code, made.out)
    assert made.err == (
        "`packages/acme-rain/plugins.json` describes its code: 1 component.\n"
        "`packages/acme-wind/src/acme_wind/plugins.json` describes its code: 1 component.\n"
        "note: no component is declared in packages/acme-units; no manifest is written there.\n"
    )
    assert before == listing(root)


def test_check_tells_the_drift_of_all_packages_at_once(ice: Ice, root: Path) -> None:
    """Also a manifest that is not there; each with a command that mends it."""
    WIND_MANIFEST.unlink()
    edited(RAIN_CODE, "litres: float,", "litres: int,")
    before = listing(root)

    made = ice("plugins", "export", "--all", "--check")

    assert (1, "", "workspace-refused") == (made.code, made.out, made.slug)
    assert "error[manifest-drift]: `packages/acme-rain/plugins.json` no longer describes this code\n" in made.err
    assert "run `ice plugins export --project packages/acme-rain --output packages/acme-rain/plugins.json`" in made.err
    assert f"error[file-missing]: `{WIND_MANIFEST}` does not exist, and its package declares components\n" in made.err
    assert made.err.endswith(
        "error[workspace-refused]: 2 faults in the 3 packages of `.`\n"
        "  --> pyproject.toml at tool.uv.workspace\n\n"
        "note: Nothing was written, of no package.\n\n"
        "hint: To leave out a package, name the others in `packages` of `[tool.iceos]`\n"
    )
    assert before == listing(root)


def test_faults_are_annotated_where_they_are_on_a_forge(ice: Ice, root: Path) -> None:
    edited(RAIN_CODE, "litres: float,", "litres: int,")
    made = ice("plugins", "export", "--all", "--check", "--output-format", "github")

    assert (1, "") == (made.code, made.err)
    assert made.out.startswith("::error file=packages/acme-rain/plugins.json,title=manifest-drift::")


def test_the_faults_of_every_package_are_told_and_no_manifest_is_written(ice: Ice, root: Path) -> None:
    """A module that fails, and a project without a version; the third package is in order and waits."""
    before = manifests(root)
    edited(RAIN_CODE, '"""How much it rained."""', "raise LookupError('no gauge')")
    edited(WIND / "pyproject.toml", 'version = "0.3.0"', "")

    made = ice("plugins", "export", "--all", "--json")

    error = made.json["error"]
    assert (1, "workspace-refused", "") == (made.code, error["slug"], made.err)
    assert [
        (f"{RAIN_CODE}", "module-import-failed"),
        (f"{WIND}/pyproject.toml", "project-invalid"),
    ] == [(finding["where"]["file"], finding["slug"]) for finding in error["findings"]]
    assert before == manifests(root)


def test_a_component_of_two_packages_is_refused_with_both(ice: Ice, root: Path) -> None:
    edited(WIND_CODE, "def wind_force", "def rain_depth")
    before = manifests(root)

    made = ice("plugins", "export", "--all")
    with pytest.raises(IceError) as refused:
        export_workspace(read_workspace(Path()))

    assert ["workspace-component-shared"] == [finding.slug for finding in refused.value.findings]
    assert (1, "workspace-refused") == (made.code, made.slug)
    assert "error[workspace-component-shared]: `tool:rain_depth` is declared by `acme-rain` and by `acme-wind`" in (
        made.err
    )
    assert f"    {RAIN_CODE}:6 and {WIND_CODE}:10\n" in made.err
    assert before == manifests(root)


def test_two_packages_of_one_name_are_refused(ice: Ice, root: Path) -> None:
    edited(WIND / "pyproject.toml", "acme-wind", "Acme.Rain")
    made = ice("plugins", "export", "--all")

    assert 1 == made.code
    assert "error[workspace-invalid]: `packages/acme-rain` and `packages/acme-wind` have the same name\n" in made.err


def test_two_packages_of_one_manifest_are_refused(ice: Ice, root: Path) -> None:
    """A project at the root may say a place inside another package."""
    text = '[project]\nname = "root"\nversion = "1.0.0"\n[tool.iceos]\nmanifest = "packages/acme-rain/plugins.json"\n'
    (root / "pyproject.toml").write_text(text + (root / "pyproject.toml").read_text())
    (root / "top.py").write_text("from ice_sdk import tool\n\n@tool\ndef top() -> int:\n    return 1\n")
    before = manifests(root)

    made = ice("plugins", "export", "--all")

    assert "error[workspace-invalid]: `.` and `packages/acme-rain` have the same manifest\n" in made.err
    assert before == manifests(root)


def test_a_project_at_the_root_does_not_claim_what_its_members_declare(root: Path) -> None:
    """In a flat layout the other packages lie below its source folder."""
    text = '[project]\nname = "root"\nversion = "1.0.0"\n'
    (root / "pyproject.toml").write_text(text + (root / "pyproject.toml").read_text())

    done = export_workspace(read_workspace(Path()))

    assert {".": 0, str(RAIN): 1, str(UNITS): 0, str(WIND): 1} == {
        str(member.folder): len(member.exported.discovery.components) for member in done
    }


def test_json_tells_every_package(ice: Ice, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From another folder, every path leads on from there."""
    monkeypatch.chdir(tmp_path)
    made = ice("plugins", "export", "--all", "--project", "repository", "--json")

    assert (0, "") == (made.code, made.err)
    packages = made.json["packages"]
    assert ("repository", "tool.uv.workspace") == (made.json["workspace"], made.json["named_by"])
    assert [f"repository/{UNITS}"] == made.json["without_components"]
    assert [
        (f"repository/{RAIN}", "acme-rain", ["tool:rain_depth"], f"repository/{RAIN_MANIFEST}", False),
        (f"repository/{WIND}", "acme-wind", ["tool:wind_force"], f"repository/{WIND_MANIFEST}", False),
    ] == [
        (each["folder"], each["package"]["name"], each["components"], each["file"], each["written"])
        for each in packages
    ]
    assert digest(tmp_path / packages[0]["file"]) == packages[0]["manifest_digest"]


def test_packages_of_iceos_win_and_what_uv_does_not_know_is_a_note(ice: Ice, root: Path) -> None:
    with (root / "pyproject.toml").open("a") as file:
        file.write('[tool.iceos]\npackages = ["packages/acme-wind", "extra"]\n')
    (root / "extra").mkdir()
    (root / "extra/pyproject.toml").write_text('[project]\nname = "extra"\nversion = "1.0.0"\n')

    made = ice("plugins", "export", "--all", "--check")

    assert (0, "") == (made.code, made.out)
    assert made.err == (
        f"`{WIND_MANIFEST}` describes its code: 1 component.\n"
        "note: no component is declared in extra; no manifest is written there.\n"
        "note: `tool.iceos.packages` names extra, and uv's workspace does not.\n"
    )


def test_a_warning_is_told_from_where_the_person_stands(ice: Ice, root: Path) -> None:
    (root / RAIN / "src/acme_rain/kinds.py").write_text("from ice_sdk import tool\nKINDS = [tool]\n")
    written = ice("plugins", "export", "--all")
    concise = ice("plugins", "export", "--all", "--check", "--output-format", "concise")

    assert (0, 0) == (written.code, concise.code)
    assert f"  --> {RAIN}/src/acme_rain/kinds.py:2\n" in written.err
    assert concise.out.startswith(f"{RAIN}/src/acme_rain/kinds.py:2")


@pytest.mark.parametrize("words", [("--output", "plugins.json"), ("--public",)])
def test_what_is_for_one_manifest_is_a_usage_error(ice: Ice, root: Path, words: tuple[str, ...]) -> None:
    refused = ice("plugins", "export", "--all", *words)

    assert (2, "usage", "") == (refused.code, refused.slug, refused.out)
    assert f"`--all` writes each package's manifest to its own place, and `{words[0]}` is for one" in refused.err


def test_a_folder_that_is_no_workspace_is_refused_with_the_one_above(
    ice: Ice, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole output."""
    monkeypatch.chdir(root / RAIN)
    refused = ice("plugins", "export", "--all")

    assert (1, "") == (refused.code, refused.out)
    assert refused.err == (
        "error[workspace-missing]: `.` is no workspace: its pyproject.toml names no packages\n"
        "  --> pyproject.toml\n\n"
        "  Expected:\n    `packages` in `[tool.iceos]`, or `[tool.uv.workspace]`\n\n"
        "  Found:\n    neither\n\n"
        "note: Nothing was written.\n\n"
        "hint: Add `--project ../..`, which is one\n"
        "hint: To work on this project alone, leave out `--all`\n"
    )
