"""`ice plugins export`: the manifest to standard output or a file, its drift from the code, and its public subset."""

import json
from pathlib import Path

import pytest

from ice_core.canonical import manifest_digest
from tests.fakes.folders import listing
from tests.ice_cli.invoke import Ice
from tests.ice_cli.worlds import OTHER_TOOL, TOOL, project_of


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of `acme-csv` 1.2.3 with one tool; its modules print while they are imported."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767323045")
    folder = project_of(tmp_path / "project", TOOL)
    monkeypatch.chdir(folder)
    return folder


def digest_of(data: str | bytes) -> str:
    return str(manifest_digest(json.loads(data)))


def test_the_manifest_is_the_data_and_its_summary_the_words(ice: Ice, project: Path) -> None:
    """What the modules print is on neither stream's data: standard output can be redirected into the file."""
    made = ice("plugins", "export")

    value = made.json
    assert (0, f"Exported: 1 component, {digest_of(made.out)}\n") == (made.code, made.err)
    assert made.out.startswith('{\n  "schema_version": "plugins.v0",\n  "created": "2026-01-02T03:04:05Z",\n')
    assert made.out.endswith("}\n")
    assert ["csv_reader"] == [each["name"] for each in value["components"]]
    assert not (project / "plugins.json").exists()


def test_output_writes_the_same_bytes_to_a_file(ice: Ice, project: Path) -> None:
    printed = ice("plugins", "export").out
    made = ice("plugins", "export", "--output", "plugins.json")

    written = (project / "plugins.json").read_text()
    assert printed == written
    assert (0, "", f"Wrote plugins.json: 1 component, {digest_of(written)}\n") == (made.code, made.out, made.err)


def test_json_is_a_summary_for_programs(ice: Ice, project: Path) -> None:
    made = ice("plugins", "export", "--output", "plugins.json", "--json")

    assert {
        "package": {"name": "acme-csv", "version": "1.2.3"},
        "components": ["tool:csv_reader"],
        "manifest_digest": digest_of((project / "plugins.json").read_bytes()),
        "file": "plugins.json",
        "warnings": [],
    } == {name: value for name, value in made.json.items() if name != "network_refused_by"}
    assert "audit hook" == made.json["network_refused_by"][0]
    assert "" == made.err


def test_a_project_is_exported_from_another_folder(
    ice: Ice, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    made = ice("plugins", "export", "--project", "project", "--output", "project/plugins.json")

    assert (0, True) == (made.code, (project / "plugins.json").is_file())


def test_a_folder_that_is_not_there_is_a_usage_error(ice: Ice, project: Path) -> None:
    refused = ice("plugins", "export", "--project", "nowhere")

    assert (2, "usage", "") == (refused.code, refused.slug, refused.out)
    assert "`ice plugins export`: invalid value for '--project': Directory 'nowhere' does not exist" in refused.err


def test_check_is_silent_on_standard_output_when_nothing_drifted(ice: Ice, project: Path) -> None:
    ice("plugins", "export", "--output", "plugins.json")
    checked = ice("plugins", "export", "--check")

    assert (0, "", "`plugins.json` describes this code: 1 component.\n") == (checked.code, checked.out, checked.err)
    assert False is ice("plugins", "export", "--check", "--json").json["drift"]


def test_check_names_what_came_went_and_changed(ice: Ice, project: Path) -> None:
    """`+`, `~` and `-`, sorted by component, with the place in the code; nothing is written."""
    (project / "src" / "acme_csv" / "tools.py").write_text(TOOL + OTHER_TOOL)
    ice("plugins", "export", "--output", "plugins.json")
    changed = TOOL.replace("text: str)", "text: str, separator: str)") + OTHER_TOOL.replace("zipper", "folder")
    (project / "src" / "acme_csv" / "tools.py").write_text(changed)
    before = listing(project)

    checked = ice("plugins", "export", "--check")

    assert (1, "") == (checked.code, checked.out)
    assert checked.err == (
        "error[manifest-drift]: `plugins.json` no longer describes this code\n"
        "  --> plugins.json\n"
        "\n"
        "  ~ tool:csv_reader  input: `separator` is new and required\n"
        "  + tool:folder      src/acme_csv/tools.py:14 declares it; the manifest does not\n"
        "  - tool:zipper      the manifest lists it; no code declares it\n"
        "\n"
        "hint: To write the manifest anew, run `ice plugins export --output plugins.json`\n"
        "hint: `csv_reader` takes less than 1.2.3 took; its next version is 2.0.0\n"
    )
    assert before == {path: data for path, data in listing(project).items() if "__pycache__" not in path}


def test_check_under_json_gives_each_change_with_its_place(ice: Ice, project: Path) -> None:
    ice("plugins", "export", "--output", "plugins.json")
    (project / "src" / "acme_csv" / "tools.py").write_text(TOOL + OTHER_TOOL)

    checked = ice("plugins", "export", "--check", "--json")

    (change,) = checked.json["error"]["details"]["changes"]
    assert (1, "") == (checked.code, checked.err)
    assert ("+", "tool:zipper", 14) == (change["sign"], change["subject"], change["where"]["line"])


def test_check_annotates_drift_on_a_forge(ice: Ice, project: Path) -> None:
    """One annotation for the manifest, each difference in it; without drift, none, and words on standard error."""
    ice("plugins", "export", "--output", "plugins.json")
    clean = ice("plugins", "export", "--check", "--output-format", "github")
    (project / "src" / "acme_csv" / "tools.py").write_text(TOOL + OTHER_TOOL)
    drifted = ice("plugins", "export", "--check", "--output-format", "github")

    assert (0, "", "`plugins.json` describes this code: 1 component.\n") == (clean.code, clean.out, clean.err)
    assert (1, "") == (drifted.code, drifted.err)
    assert drifted.out == (
        "::error file=plugins.json,title=manifest-drift::`plugins.json` no longer describes this code%0A%0A"
        "  + tool:zipper  src/acme_csv/tools.py:14 declares it; the manifest does not%0A%0A"
        "hint: To write the manifest anew, run `ice plugins export --output plugins.json`\n"
    )


def test_forms_of_findings_need_check(ice: Ice, project: Path) -> None:
    """An export has no findings; `json` keeps its summary."""
    refused = ice("plugins", "export", "--output-format", "sarif")

    assert (2, "") == (refused.code, refused.out)
    assert refused.err == (
        "error[usage]: `--output-format sarif` is for findings, and only `--check` looks for them\n"
        "\n"
        "hint: To look for drift, run `ice plugins export --check --output-format sarif`\n"
    )


def test_check_without_a_manifest_says_how_to_write_one(ice: Ice, project: Path) -> None:
    checked = ice("plugins", "export", "--check")

    assert 1 == checked.code
    assert checked.err == (
        "error[file-missing]: `plugins.json` does not exist\n"
        "  --> plugins.json\n"
        "\n"
        "hint: To write it, run `ice plugins export --output plugins.json`\n"
    )


def test_check_of_a_part_is_a_usage_error(ice: Ice, project: Path) -> None:
    refused = ice("plugins", "export", "--check", "--public")

    assert (2, "") == (refused.code, refused.out)
    assert refused.err == (
        "error[usage]: `--check` compares the whole manifest; `--public` writes a part of it\n"
        "\n"
        "hint: To compare, run `ice plugins export --check`\n"
    )


def test_public_leaves_out_what_only_a_run_needs(ice: Ice, project: Path) -> None:
    """No import, no permissions; the digest that is told is the whole manifest's."""
    ice("plugins", "export", "--output", "plugins.json")
    made = ice("plugins", "export", "--public")

    (component,) = made.json["components"]
    assert {"node_type", "name", "version", "schema", "cost_estimate", "description"} == set(component)
    assert {"package", "license", "schemas", "components"} == set(made.json)
    assert f"Exported: the public subset of 1 component, {digest_of((project / 'plugins.json').read_bytes())}\n" == (
        made.err
    )


def test_a_project_without_components_gives_an_empty_manifest_and_says_so(ice: Ice, project: Path) -> None:
    (project / "src" / "acme_csv" / "tools.py").write_text('"""Nothing."""\n')
    made = ice("plugins", "export")

    assert (0, []) == (made.code, made.json["components"])
    assert made.err == (
        "No component was found: no module of the project uses `@tool`, `@agent` or `@workflow` of ice_sdk.\n"
    )


def test_a_folder_without_a_project_is_refused(ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    refused = ice("plugins", "export", "--output", "plugins.json")

    assert (1, "project-invalid") == (refused.code, refused.slug)
    assert not (tmp_path / "plugins.json").exists()


def test_a_decorator_out_of_sight_is_told_when_the_manifest_is_written_and_checked(ice: Ice, project: Path) -> None:
    (project / "src/acme_csv/kinds.py").write_text("from ice_sdk import tool\nKINDS = [tool]\n")
    written = ice("plugins", "export", "--output", "plugins.json")
    checked = ice("plugins", "export", "--check")
    concise = ice("plugins", "export", "--check", "--output-format", "concise")

    assert (0, 0, 0) == (written.code, checked.code, concise.code)
    for said in (written.err, checked.err):
        assert said.startswith("warning[decorator-not-followed]: `tool` is handed on here, where reading")
        assert "  --> src/acme_csv/kinds.py:2\n" in said
    assert concise.out.startswith("src/acme_csv/kinds.py:2")
    assert "decorator-not-followed" in concise.out


def test_a_folder_that_had_to_be_made_is_said(ice: Ice, project: Path) -> None:
    """A slip of the hand makes one, too."""
    made = ice("plugins", "export", "--output", "out/new/plugins.json")

    assert (0, "") == (made.code, made.out)
    assert made.err.startswith("Made the folder out, and wrote out/new/plugins.json: 1 component, sha256:")
