"""`ice plugins export`: the manifest to standard output or a file, whole; `--check` tells what the code says now."""

import json
from pathlib import Path

import pytest

from ice_core.canonical import manifest_digest
from ice_core.strict_json import parse_json
from tests.fakes.folders import listing
from tests.ice_cli.authors import changed, words_project
from tests.ice_cli.invoke import Ice

WRITE = "hint: To write it, run `ice plugins export --output plugins.json`\n"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The module of a project's two tools; the project's folder is the current one."""
    monkeypatch.chdir(tmp_path)
    return words_project(tmp_path)


@pytest.fixture
def exported(ice: Ice, module: Path) -> Path:
    """The same project, its manifest written and committed."""
    assert ice("plugins", "export", "--output", "plugins.json").code == 0
    return module


def digest_of(data: str) -> str:
    """The manifest digest of what was printed."""
    return str(manifest_digest(parse_json(data.encode(), where="a test")))


def test_the_manifest_goes_to_standard_output_and_a_line_about_it_does_not(
    ice: Ice, module: Path, tmp_path: Path
) -> None:
    before = listing(tmp_path)

    made = ice("plugins", "export")

    value = json.loads(made.out)
    assert (0, f"Exported: 2 components, {digest_of(made.out)}\n") == (made.code, made.err)
    assert ["plugins.v0", {"name": "acme-words", "version": "1.0.0"}] == [value["schema_version"], value["package"]]
    assert ["count_words", "shout"] == [each["name"] for each in value["components"]]
    assert before == listing(tmp_path)


def test_output_writes_the_file_and_standard_output_stays_empty(ice: Ice, module: Path, tmp_path: Path) -> None:
    made = ice("plugins", "export", "--output", "plugins.json")

    written = (tmp_path / "plugins.json").read_text()
    assert (0, "") == (made.code, made.out)
    assert f"Wrote plugins.json: 2 components, {digest_of(written)}\n" == made.err


def test_the_same_code_again_gives_the_same_bytes(ice: Ice, exported: Path, tmp_path: Path) -> None:
    """`created` is kept while nothing else changes, so a second export is no difference for git."""
    before = (tmp_path / "plugins.json").read_bytes()

    again = ice("plugins", "export", "--output", "plugins.json")

    assert (0, before) == (again.code, (tmp_path / "plugins.json").read_bytes())


def test_json_tells_what_was_written_and_not_the_manifest(ice: Ice, module: Path, tmp_path: Path) -> None:
    made = ice("plugins", "export", "--output", "plugins.json", "--json")

    assert (0, "") == (made.code, made.err)
    assert {
        "package": {"name": "acme-words", "version": "1.0.0"},
        "components": ["tool:count_words", "tool:shout"],
        "manifest_digest": digest_of((tmp_path / "plugins.json").read_text()),
        "file": "plugins.json",
    } == made.json


def test_a_project_elsewhere_is_exported_from_here(ice: Ice, module: Path, tmp_path: Path) -> None:
    here = ice("plugins", "export", "--json").json
    (tmp_path / "elsewhere").mkdir()

    there = ice("plugins", "export", "--project", tmp_path, "--json").json

    assert here["components"] == there["components"]
    assert here["file"] is there["file"] is None


def test_check_of_unchanged_code_says_so_and_writes_nothing(ice: Ice, exported: Path, tmp_path: Path) -> None:
    before = listing(tmp_path)

    checked = ice("plugins", "export", "--check")

    assert (0, "", "`plugins.json` describes this code: 2 components.\n") == (checked.code, checked.out, checked.err)
    assert before == listing(tmp_path)


def test_check_under_json_says_that_nothing_drifted(ice: Ice, exported: Path, tmp_path: Path) -> None:
    checked = ice("plugins", "export", "--check", "--json")

    assert {
        "package": {"name": "acme-words", "version": "1.0.0"},
        "components": ["tool:count_words", "tool:shout"],
        "manifest_digest": digest_of((tmp_path / "plugins.json").read_text()),
        "file": "plugins.json",
        "drift": False,
    } == checked.json


def test_check_tells_what_came_went_and_changed(ice: Ice, exported: Path, tmp_path: Path) -> None:
    """One line for each, with the sign of a difference; the manifest stays as it was."""
    changed(exported, "def count_words(text: str)", "def count_words(text: str, separator: str)")
    changed(exported, "def shout(", "def cry(")
    before = listing(tmp_path)

    checked = ice("plugins", "export", "--check")

    assert (1, "") == (checked.code, checked.out)
    assert checked.err == (
        "error[manifest-drift]: `plugins.json` no longer describes this code\n"
        "  --> plugins.json\n"
        "\n"
        "  ~ tool:count_words  input: `separator` is new and required\n"
        "  + tool:cry          src/acme_words/counting.py:12 declares it; the manifest does not\n"
        "  - tool:shout        the manifest lists it; no code declares it\n"
        "\n"
        "hint: To write the manifest anew, run `ice plugins export --output plugins.json`\n"
        "hint: `count_words` takes less than 1.0.0 took; its next version is 2.0.0\n"
    )
    assert before == listing(tmp_path)


def test_check_under_json_lists_each_change_for_programs(ice: Ice, exported: Path) -> None:
    changed(exported, "def shout(", "def cry(")

    checked = ice("plugins", "export", "--check", "--json")

    error = checked.json["error"]
    assert (1, "", "manifest-drift") == (checked.code, checked.err, error["slug"])
    assert [("+", "tool:cry"), ("-", "tool:shout")] == [
        (change["sign"], change["subject"]) for change in error["details"]["changes"]
    ]


def test_check_without_a_manifest_says_how_to_write_it(ice: Ice, module: Path) -> None:
    checked = ice("plugins", "export", "--check")

    assert (1, "") == (checked.code, checked.out)
    assert checked.err == f"error[file-missing]: `plugins.json` does not exist\n  --> plugins.json\n\n{WRITE}"


def test_check_of_a_project_elsewhere_names_the_project_in_its_hint(
    ice: Ice, module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hint is pasted where the person stands, which is not the project."""
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")

    checked = ice("plugins", "export", "--check", "--project", "..")

    assert (1, "file-missing") == (checked.code, checked.slug)
    assert checked.err.endswith("hint: To write it, run `ice plugins export --project .. --output ../plugins.json`\n")
    assert ice("plugins", "export", "--project", "..", "--output", "../plugins.json").code == 0
    assert ice("plugins", "export", "--check", "--project", "..").code == 0


def test_drift_of_a_project_elsewhere_names_the_project_in_its_hint(
    ice: Ice, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(exported, "def shout(", "def cry(")
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")

    checked = ice("plugins", "export", "--check", "--project", "..")

    assert (1, "manifest-drift") == (checked.code, checked.slug)
    assert "run `ice plugins export --project .. --output ../plugins.json`\n" in checked.err


def test_public_leaves_out_what_is_for_the_machine_only(ice: Ice, module: Path) -> None:
    """No import target; the digest that is told is the whole manifest's, not that of a part."""
    made = ice("plugins", "export", "--public")

    value = json.loads(made.out)
    assert ["count_words", "shout"] == [each["name"] for each in value["components"]]
    assert not [each for each in value["components"] if "import" in each]
    assert "created" not in value
    assert made.err.startswith("Exported: the public subset of 2 components, sha256:")


def test_public_goes_to_a_file_of_its_own(ice: Ice, exported: Path, tmp_path: Path) -> None:
    whole = (tmp_path / "plugins.json").read_text()

    made = ice("plugins", "export", "--public", "--output", "public.json")

    assert f"Wrote public.json: the public subset of 2 components, {digest_of(whole)}\n" == made.err
    assert (tmp_path / "plugins.json").read_text() == whole


def test_check_and_public_do_not_go_together(ice: Ice, exported: Path, tmp_path: Path) -> None:
    before = listing(tmp_path)

    refused = ice("plugins", "export", "--check", "--public")

    assert (2, "") == (refused.code, refused.out)
    assert refused.err == ("error[usage]: `--check` compares the whole manifest; `--public` writes a part of it\n")
    assert before == listing(tmp_path)


def test_a_project_without_components_gives_a_manifest_of_none_and_says_why(ice: Ice, module: Path) -> None:
    module.unlink()

    made = ice("plugins", "export")

    assert (0, []) == (made.code, made.json["components"])
    assert made.err == (
        "No component was found: no module of the project uses `@tool`, `@agent` or `@workflow` of ice_sdk.\n"
    )


def test_a_folder_that_is_not_there_is_a_usage_error(ice: Ice, module: Path) -> None:
    refused = ice("plugins", "export", "--project", "nowhere")

    assert (2, "usage") == (refused.code, refused.slug)
    assert "'nowhere' does not exist" in refused.err


def test_code_that_cannot_be_imported_writes_nothing(ice: Ice, exported: Path, tmp_path: Path) -> None:
    """A module that raises is told with its line; the manifest of yesterday stays."""
    exported.write_text(exported.read_text() + "\nraise LookupError('not today')\n")
    before = listing(tmp_path)

    refused = ice("plugins", "export", "--output", "plugins.json")

    assert 1 == refused.code
    assert "not today" in refused.err
    assert "src/acme_words/counting.py" in refused.err
    assert before == listing(tmp_path)
