"""`ice plugins stubs --all`: the module of each package that names a place for it, or every fault and no module."""

from pathlib import Path

import pytest

from tests.fakes.folders import listing
from tests.ice_cli.invoke import Ice
from tests.ice_cli.monorepos import RAIN, RAIN_MANIFEST, UNITS, WIND, WIND_MANIFEST, edited, monorepo_at

RAIN_STUBS = RAIN / "src/acme_rain/stubs.py"
WIND_STUBS = WIND / "stubs.py"


def says_stubs(package: Path, place: str) -> None:
    file = package / "pyproject.toml"
    text = file.read_text()
    head = "" if "[tool.iceos]" in text else "[tool.iceos]\n"
    line = f'stubs = "{place}"\n'
    file.write_text(text.replace("[tool.iceos]\n", f"[tool.iceos]\n{line}") if not head else f"{text}\n{head}{line}")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A monorepo, two of whose packages say where their stubs lie; its root is the current folder."""
    folder = monorepo_at(tmp_path / "repository")
    monkeypatch.chdir(folder)
    says_stubs(RAIN, "src/acme_rain/stubs.py")
    says_stubs(WIND, "stubs.py")
    return folder


def test_each_module_is_written_to_the_place_that_its_package_names(ice: Ice, root: Path) -> None:
    """Whole output; the package that says no place is a note."""
    made = ice("plugins", "stubs", "--all")

    assert (0, "") == (made.code, made.out)
    assert made.err == (
        f"Wrote {RAIN_STUBS}: the types of 1 component.\n"
        f"Wrote {WIND_STUBS}: the types of 1 component.\n"
        f"note: {UNITS} says no `stubs` under `[tool.iceos]`; nothing is written there.\n"
    )
    assert ice("plugins", "stubs", str(RAIN_MANIFEST)).out == RAIN_STUBS.read_text()


def test_check_takes_what_is_current_and_tells_all_that_is_not(ice: Ice, root: Path) -> None:
    ice("plugins", "stubs", "--all")
    same = ice("plugins", "stubs", "--all", "--check")
    for file in (RAIN_STUBS, WIND_STUBS):
        file.write_text("old\n")
    before = listing(root)
    other = ice("plugins", "stubs", "--all", "--check", "--json")

    assert (0, f"{RAIN_STUBS} holds the types of 1 component.") == (same.code, same.err.splitlines()[0])
    assert 1 == other.code
    found = other.json["error"]["findings"]
    assert [("stubs-stale", str(RAIN_STUBS)), ("stubs-stale", str(WIND_STUBS))] == [
        (each["slug"], each["where"]["file"]) for each in found
    ]
    assert before == listing(root)


def test_one_fault_keeps_every_module_from_being_written(ice: Ice, root: Path) -> None:
    edited(WIND_MANIFEST, '"schema_version"', '"schema_versions"')
    before = listing(root)
    refused = ice("plugins", "stubs", "--all")

    assert (1, "manifest-invalid") == (refused.code, refused.slug)
    assert before == listing(root)


def test_json_has_a_row_for_each_package(ice: Ice, root: Path) -> None:
    made = ice("plugins", "stubs", "--all", "--json").json

    assert [(str(RAIN_MANIFEST), str(RAIN_STUBS), 1), (str(WIND_MANIFEST), str(WIND_STUBS), 1)] == [
        (row["manifest"], row["file"], row["components"]) for row in made["packages"]
    ]
    assert [str(UNITS)] == made["without_stubs"]


@pytest.mark.parametrize("words", [("plugins.json",), ("--output", "stubs.py")])
def test_what_is_for_one_package_is_a_usage_error(ice: Ice, root: Path, words: tuple[str, ...]) -> None:
    refused = ice("plugins", "stubs", "--all", *words)

    assert (2, "usage") == (refused.code, refused.slug)


def test_a_workspace_that_says_no_place_is_a_usage_error(
    ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(monorepo_at(tmp_path / "repository"))
    refused = ice("plugins", "stubs", "--all")

    assert (2, "usage") == (refused.code, refused.slug)
    assert 'hint: Write `stubs = "src/acme_csv/stubs.py"` under `[tool.iceos]` of a package\n' in refused.err


def test_stubs_outside_of_the_package_are_refused(ice: Ice, root: Path) -> None:
    edited(WIND / "pyproject.toml", 'stubs = "stubs.py"', 'stubs = "../stubs.py"')
    refused = ice("plugins", "stubs", "--all")

    assert (1, "project-invalid") == (refused.code, refused.slug)
    assert not RAIN_STUBS.exists()
