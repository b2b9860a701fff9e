"""Blueprints as `ice compile` and `ice run` take them: names that are slips, inputs of each type, nested workflows."""

from pathlib import Path

import pytest

from ice_core.strict_json import JsonObject
from tests.builders.homes import make_home
from tests.ice_cli.invoke import Ice
from tests.ice_cli.worlds import counting, report_package, tool_node, words_package, write_blueprint


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder beside which `acme-words` is installed."""
    monkeypatch.chdir(tmp_path)
    words_package(tmp_path / "iceos-home")
    return tmp_path


def test_a_workflow_is_told_with_the_nodes_inside_it_and_what_the_bounds_rest_on(ice: Ice, folder: Path) -> None:
    """Bounds of tokens and of loops are guesses of someone; each is named under the table."""
    report_package(folder / "iceos-home")
    write_blueprint(folder / "outer.json", {"id": "all", "type": "workflow", "workflow_ref": "report"})
    done = ice("compile", "outer.json")

    assert (0, "") == (done.code, done.err.partition("plan sha256:")[0])
    assert done.out == (
        "NODE     COMPONENT        LEAST  EXPECTED  MOST (USD)\n"
        "all      workflow:report  0      1         1\n"
        "all/say  agent:say        0      1         1\n"
        "total                     0      1         1\n"
        "\n"
        "Assumed:\n"
        "  `agent:say` uses at most 100 tokens a call\n"
    )


def test_a_lock_is_used_when_one_is_named_and_must_be_there(ice: Ice, folder: Path) -> None:
    counting(folder / "count.json")
    refused = ice("compile", "count.json", "--lock", "team.toml")

    assert (1, "file-missing") == (refused.code, refused.slug)


@pytest.mark.parametrize("command", ["compile", "run"])
def test_a_missing_blueprint_is_told_with_the_names_that_look_like_it(ice: Ice, folder: Path, command: str) -> None:
    counting(folder / "count.json")
    for written in ("cout.json", "count", "count.yaml"):
        refused = ice(command, written)

        assert 1 == refused.code
        assert refused.err == (
            f"error[file-missing]: `{written}` does not exist\n"
            f"  --> {written}\n"
            "\n"
            "hint: `count.json` is there; did you mean that?\n"
        )


@pytest.mark.parametrize("command", ["compile", "run"])
def test_standard_input_is_no_blueprint(ice: Ice, folder: Path, command: str) -> None:
    refused = ice(command, "-")

    assert (2, "usage", "") == (refused.code, refused.slug, refused.out)
    assert "`-` is not a file" in refused.err


def test_a_file_that_is_no_blueprint_is_refused_where_it_goes_wrong(ice: Ice, folder: Path) -> None:
    (folder / "news.json").write_text('{"id": "news",\n "nodes": [}\n')
    refused = ice("compile", "news.json")

    assert (1, "blueprint-refused") == (refused.code, refused.slug)
    assert "error[json-syntax]: `news.json` is not JSON: expecting value\n" in refused.err
    assert "  --> news.json:2:12\n" in refused.err


@pytest.mark.parametrize(
    ("kind", "written", "expected"),
    [
        ({"type": "string"}, "7", "7"),
        ({"type": "integer"}, "7", 7),
        ({"type": "boolean"}, "true", True),
        ({"type": "array"}, '["a", 1]', ["a", 1]),
        ({"type": "object"}, '{"a": {"b": null}}', {"a": {"b": None}}),
        ({}, "plain words", "plain words"),
        ({}, "null", None),
        ({"type": "string"}, "a=b", "a=b"),
        ({"type": "string"}, "", ""),
    ],
)
def test_an_input_is_text_where_text_is_wanted_and_json_elsewhere(
    ice: Ice, folder: Path, kind: JsonObject, written: str, expected: object
) -> None:
    write_blueprint(
        folder / "given.json",
        tool_node("count", text="a"),
        inputs={"type": "object", "properties": {"x": kind}, "required": ["x"]},
        outputs={"x": "{{ inputs.x }}"},
    )
    done = ice("run", "given.json", "--input", f"x={written}")

    assert (0, {"x": expected}) == (done.code, done.json)


def test_a_changed_wheel_is_refused_before_anything_of_it_runs(ice: Ice, folder: Path) -> None:
    wheel = words_package(folder / "iceos-home")
    data = bytearray(wheel.read_bytes())
    data[len(data) // 2] ^= 1
    wheel.write_bytes(data)
    counting(folder / "count.json")
    refused = ice("run", "count.json", "--input", "text=a", "--no-dynamic")

    assert (1, "wheel-digest-mismatch", "") == (refused.code, refused.slug, refused.out)
    assert [] == ice("runs", "list", "--json").json


def test_a_warning_is_told_and_does_not_bar(ice: Ice, folder: Path) -> None:
    write_blueprint(folder / "old.json", tool_node("old", "old_count", text="a"), outputs={"n": "{{ old }}"})
    done = ice("run", "old.json", "--no-dynamic")

    assert (0, {"n": 1}) == (done.code, done.json)
    assert "warning[component-deprecated]" in done.err


def test_nothing_installed_is_told_with_the_manifests_that_were_read(
    ice: Ice, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_home(tmp_path / "empty-home")
    monkeypatch.setenv("ICEOS_HOME", str(tmp_path / "empty-home"))
    counting(folder / "count.json")
    refused = ice("run", "count.json", "--input", "text=a")

    assert (1, "blueprint-refused") == (refused.code, refused.slug)
    assert "`tool:count_words` is in no manifest that was read" in refused.err
