"""`ice lock --blueprint`: from what a blueprint names to a lock of the packages that hold it."""

import json
from pathlib import Path

import pytest

from ice_client.folder_index import FolderIndex
from ice_core.key_store import record_bytes
from ice_core.models.lock import read_lock
from tests.builders.indexes import bundle_of, small_index
from tests.builders.keys import KEY_ID, key_record
from tests.ice_cli.invoke import Ice


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder with an index, a blueprint that calls `tool:rank`, and the publisher's key trusted."""
    monkeypatch.chdir(tmp_path)
    small_index(tmp_path / "bundles")
    node = {"id": "rank", "type": "tool", "tool_name": "rank", "tool_args": {"text": "a"}}
    (tmp_path / "report.json").write_text(json.dumps({"schema_version": "1.2.0", "id": "report", "nodes": [node]}))
    keys = tmp_path / "iceos-home" / "keys"
    keys.mkdir(parents=True, mode=0o700)
    (keys / f"{KEY_ID}.json").write_bytes(record_bytes(key_record()))
    return tmp_path


def test_the_packages_that_a_blueprint_needs_are_locked(ice: Ice, folder: Path) -> None:
    made = ice("lock", "--blueprint", "report.json", "--index", "bundles")
    lock = read_lock((folder / "pylock.iceos.toml").read_bytes(), where="a test")

    assert 0 == made.code
    assert ("acme-rank",) == lock.requirements
    assert {"acme-csv", "acme-rank"} == {plugin.name for plugin in lock.plugins}


def test_a_lock_that_answers_a_blueprint_is_found_fresh(ice: Ice, folder: Path) -> None:
    ice("lock", "--blueprint", "report.json", "--index", "bundles")
    before = (folder / "pylock.iceos.toml").read_bytes()

    assert 0 == ice("lock", "--check", "--blueprint", "report.json", "--index", "bundles").code
    assert before == (folder / "pylock.iceos.toml").read_bytes()


def test_a_lock_that_does_not_answer_a_blueprint_is_stale(ice: Ice, folder: Path) -> None:
    ice("lock", "acme-csv", "--index", "bundles")
    checked = ice("lock", "--check", "--blueprint", "report.json", "--index", "bundles")

    assert (1, "lock-stale") == (checked.code, checked.slug)


def test_a_component_that_no_package_holds_locks_nothing(ice: Ice, folder: Path) -> None:
    path = folder / "report.json"
    path.write_text(path.read_text().replace('"tool_name": "rank"', '"tool_name": "rang"'))
    refused = ice("lock", "--blueprint", "report.json", "--index", "bundles")

    assert (1, "plugin-unknown") == (refused.code, refused.slug)
    assert not (folder / "pylock.iceos.toml").exists()


def node(identity: str, tool: str) -> dict[str, object]:
    return {"id": identity, "type": "tool", "tool_name": tool, "tool_args": {"text": "a"}}


def write_report(folder: Path, *tools: str) -> None:
    nodes = [node(f"n{number}", tool) for number, tool in enumerate(tools)]
    (folder / "report.json").write_text(
        json.dumps({"schema_version": "1.2.0", "id": "report", "nodes": nodes}, indent=1) + "\n"
    )


def test_a_component_that_no_package_holds_is_told_at_its_line_with_near_names(ice: Ice, folder: Path) -> None:
    write_report(folder, "csv_reader", "rang")
    refused = ice("lock", "-b", "report.json", "--index", "bundles")

    assert 1 == refused.code
    assert refused.err == (
        "error[plugin-unknown]: no package of the index holds `tool:rang`\n"
        "  --> report.json:16:17 at nodes[1].tool_name\n"
        "\n"
        '  16 |    "tool_name": "rang",\n'
        "     |                 ^\n"
        "\n"
        "  Expected:\n"
        "    `tool:rang` in any version\n"
        "\n"
        "  Components of the index:\n"
        "    tool:csv_reader\n"
        "    tool:rank\n"
        "\n"
        "note: Nothing was locked.\n"
        "\n"
        "hint: `tool:rank` is there; did you mean that?\n"
        "hint: To publish it there, run `ice publish --manifest plugins.json --index INDEX` in its project\n"
    )
    assert not (folder / "pylock.iceos.toml").exists()


def test_a_component_that_two_packages_hold_is_a_choice(ice: Ice, folder: Path) -> None:
    FolderIndex(folder / "bundles").upload("acme-tsv", "1.0.0", bundle_of("acme-tsv", "1.0.0"))
    write_report(folder, "csv_reader")
    refused = ice("lock", "-b", "report.json", "--index", "bundles")

    assert (1, "component-conflict") == (refused.code, refused.slug)
    assert "error[component-conflict]: `tool:csv_reader` is in `acme-csv` and in `acme-tsv`\n" in refused.err
    assert "hint: To choose, run `ice lock acme-tsv`, without `--blueprint`\n" in refused.err
    assert not (folder / "pylock.iceos.toml").exists()


def test_the_packages_of_several_blueprints_are_recorded_as_requirements(ice: Ice, folder: Path) -> None:
    write_report(folder, "csv_reader")
    (folder / "first.json").write_bytes((folder / "report.json").read_bytes())
    write_report(folder, "rank")
    made = ice("lock", "-b", "first.json", "-b", "report.json", "--index", "bundles", "--json")

    assert ["acme-csv", "acme-rank"] == made.json["requirements"]
