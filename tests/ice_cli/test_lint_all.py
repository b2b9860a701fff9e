"""`ice plugins lint --all` and `ice plugins test --all`: every package of a monorepo, each by its own settings."""

from pathlib import Path

import pytest

from ice_sdk.project import manifest_of_project
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

NO_EXAMPLE = ', examples=[{"input": {"metres_per_second": 10.0}, "output": 5}]'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A monorepo to which no rule objects; its root is the current folder."""
    folder = monorepo_at(tmp_path / "repository")
    monkeypatch.chdir(folder)
    return folder


def test_a_monorepo_in_order_has_a_line_for_each_package(ice: Ice, root: Path) -> None:
    made = ice("plugins", "lint", "--all", "--strict")

    assert (0, "") == (made.code, made.out)
    assert made.err == (
        f"{RAIN}: no rule objects.\n"
        f"{WIND}: no rule objects.\n"
        f"note: no component is declared in {UNITS}; no manifest is written there.\n"
    )


def test_findings_of_all_packages_are_one_list_in_every_form(ice: Ice, root: Path) -> None:
    """Drift in one, a missing example in the other; what a package ignores is not looked for in it alone."""
    edited(RAIN_CODE, "litres: float,", "litres: int,")
    edited(WIND_CODE, NO_EXAMPLE, "")
    with (root / WIND / "pyproject.toml").open("a") as file:
        file.write('[tool.iceos.lint]\nignore = ["manifest-drift"]\n')

    concise = ice("plugins", "lint", "--all", "--output-format", "concise")
    document = ice("plugins", "lint", "--all", "--json").json

    assert 1 == concise.code
    assert [
        f"{RAIN_MANIFEST}: error[manifest-drift]",
        f"{WIND_CODE}:10: warning[no-example]",
    ] == [" ".join(line.split()[:2]) for line in concise.out.splitlines()]
    assert f"{RAIN}: 1 error.\n{WIND}: 1 warning.\n" in concise.err
    assert (1, 1, [str(UNITS)]) == (document["errors"], document["warnings"], document["without_components"])
    assert ["manifest-drift", "no-example"] == [each["slug"] for each in document["findings"]]
    assert [1, 0] == [each["errors"] for each in document["packages"]]


def test_warnings_fail_only_when_strict(ice: Ice, root: Path) -> None:
    edited(WIND_CODE, NO_EXAMPLE, "")
    assert 0 == ice("plugins", "export", "--all").code

    assert 0 == ice("plugins", "lint", "--all").code
    assert 1 == ice("plugins", "lint", "--all", "--strict").code


def test_fix_writes_each_manifest_that_drifted(ice: Ice, root: Path) -> None:
    edited(RAIN_CODE, "how many millimetres", "how many mm")
    before = WIND_MANIFEST.read_bytes()

    fixed = ice("plugins", "lint", "--all", "--fix")

    assert (0, "") == (fixed.code, fixed.out)
    assert f"Wrote {RAIN_MANIFEST}: it describes its code again, and is not signed.\n" in fixed.err
    assert b"how many mm" in RAIN_MANIFEST.read_bytes()
    assert before == WIND_MANIFEST.read_bytes()


def test_what_cannot_be_linted_is_told_with_the_findings_of_the_others(ice: Ice, root: Path) -> None:
    """A manifest that is not there, a project that cannot be read, and a shared component."""
    WIND_MANIFEST.unlink()
    edited(RAIN_CODE, "litres: float,", "litres: int,")
    (root / UNITS / "pyproject.toml").write_text("[project]\n")

    made = ice("plugins", "lint", "--all", "--json").json

    assert ["manifest-drift", "project-invalid", "file-missing"] == [each["slug"] for each in made["findings"]]


def test_a_component_of_two_packages_is_a_finding(ice: Ice, root: Path) -> None:
    edited(WIND_CODE, "def wind_force", "def rain_depth")
    made = ice("plugins", "lint", "--all", "--ignore", "manifest-drift")

    assert 1 == made.code
    assert "error[workspace-component-shared]: `tool:rain_depth` is declared by" in made.out


@pytest.mark.parametrize("words", [("--manifest", "plugins.json"), ("--wheel", "a.whl"), ("--diff",)])
def test_what_is_for_one_project_is_a_usage_error(ice: Ice, root: Path, words: tuple[str, ...]) -> None:
    refused = ice("plugins", "lint", "--all", *words)

    assert (2, "usage", "") == (refused.code, refused.slug, refused.out)
    assert f"`--all` lints every package, and `{words[0]}` is for one" in refused.err


def test_the_gate_runs_for_each_package_with_components(ice: Ice, root: Path) -> None:
    with (root / "pyproject.toml").open("a") as file:
        file.write(f'[tool.iceos]\npackages = ["{WIND}", "{UNITS}"]\n')
    made = ice("plugins", "test", "--all", "--json")

    assert (0, True) == (made.code, made.json["passed"])
    assert [str(WIND)] == [each["project"] for each in made.json["projects"]]


def test_the_gate_does_not_begin_where_a_manifest_is_missing(ice: Ice, root: Path) -> None:
    WIND_MANIFEST.unlink()
    before = listing(root)

    refused = ice("plugins", "test", "--all")

    assert (1, "file-missing") == (refused.code, refused.slug)
    assert "hint: To write it, run `ice plugins export --all`\n" in refused.err
    assert before == listing(root)


def test_the_gate_fails_where_two_packages_claim_one_component_or_one_name(ice: Ice, root: Path) -> None:
    """Each package in order by itself."""
    edited(WIND_CODE, "def wind_force", "def rain_depth")
    edited(root / WIND / "pyproject.toml", "acme-wind", "Acme.Rain")
    for package in (RAIN, WIND):
        assert 0 == ice("plugins", "export", "--project", package, "--output", manifest_of_project(package)).code

    made = ice("plugins", "test", "--all", "--json")

    assert (1, False) == (made.code, made.json["passed"])
    assert ["workspace-component-shared", "workspace-invalid"] == [each["slug"] for each in made.json["findings"]]
    assert [True, True] == [each["passed"] for each in made.json["projects"]]


def test_the_gate_tells_a_shared_name_to_a_person(ice: Ice, root: Path) -> None:
    edited(root / WIND / "pyproject.toml", "acme-wind", "Acme.Rain")
    made = ice("plugins", "test", "--all")

    assert 1 == made.code
    assert f"error[workspace-invalid]: `{RAIN}` and `{WIND}` have the same name\n" in made.out
