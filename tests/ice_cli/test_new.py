"""`ice new`: what a person reads after a package, a component or a blueprint was written, and each refusal."""

from pathlib import Path

import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from ice_core.published_schemas import published_schema
from ice_core.strict_json import parse_json
from tests.fakes.folders import listing
from tests.ice_cli.invoke import Ice
from tests.ice_cli.worlds import TOOL, project_of


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in."""
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def project(folder: Path) -> Path:
    """The folder of `acme-csv` with its manifest."""
    return project_of(folder, TOOL)


PACKAGE = """\
  acme-rain/.gitignore
  acme-rain/Makefile
  acme-rain/README.md
  acme-rain/plugins.json
  acme-rain/pyproject.toml
  acme-rain/schemas/plugins.v0.schema.json
  acme-rain/src/acme_rain/__init__.py
  acme-rain/src/acme_rain/py.typed
  acme-rain/src/acme_rain/rain_depth.py
  acme-rain/tests/test_rain_depth.py
Made acme-rain 0.1.0 with `tool:rain_depth`.
To change the tool, edit acme-rain/src/acme_rain/rain_depth.py
To test it, run `cd acme-rain && python -m pytest`
To publish it, run `ice publish --project acme-rain --index FOLDER`
"""


def test_a_package_is_told_file_by_file_with_what_comes_next(ice: Ice, folder: Path) -> None:
    """Whole output."""
    made = ice("new", "package", "Acme.Rain", "--tool", "rain_depth")

    assert (0, "", PACKAGE) == (made.code, made.out, made.err)
    assert listing(folder).keys() == {line.strip() for line in PACKAGE.splitlines() if line.startswith("  ")}


def test_a_back_end_that_wants_the_manifest_inside_has_it_there(ice: Ice, folder: Path) -> None:
    made = ice("new", "package", "acme-rain", "--backend", "uv_build", "--json")

    assert (0, "") == (made.code, made.err)
    assert "src/acme_rain/plugins.json" in made.json["files"]
    assert "plugins.json" not in made.json["files"]
    added = ice("new", "tool", "depth", "--project", "acme-rain")
    assert "ice plugins export --project acme-rain --output acme-rain/src/acme_rain/plugins.json`\n" in added.err


def test_a_back_end_that_is_not_known_is_a_usage_error(ice: Ice, folder: Path) -> None:
    refused = ice("new", "package", "acme-rain", "--backend", "flit")

    assert (2, "usage", {}) == (refused.code, refused.slug, listing(folder))


def test_json_names_the_component_and_the_files(ice: Ice, project: Path) -> None:
    made = ice("new", "tool", "rank", "--json")

    assert (0, "") == (made.code, made.err)
    assert made.json == {
        "project": ".",
        "component": "tool:rank",
        "files": ["src/acme_csv/rank.py", "tests/test_rank.py"],
    }
    assert (project / "tests" / "test_rank.py").is_file()


@pytest.mark.parametrize("node_type", ["tool", "agent", "workflow"])
def test_a_component_is_told_with_its_export_and_its_test(ice: Ice, project: Path, node_type: str) -> None:
    """Whole output; the paths can be pasted where the person stands."""
    made = ice("new", node_type, "rank", "--project", project)

    assert (0, "") == (made.code, made.out)
    assert made.err == (
        f"  {project}/src/acme_csv/rank.py\n"
        f"  {project}/tests/test_rank.py\n"
        f"Added `{node_type}:rank`.\n"
        f"To list it in the manifest, run `ice plugins export --output {project}/plugins.json`\n"
        f"To test it, run `python -m pytest {project}/tests/test_rank.py`\n"
    )


def test_a_blueprint_calls_a_tool_of_the_project_and_compiles(ice: Ice, project: Path) -> None:
    assert 0 == ice("plugins", "export", "--output", "plugins.json").code

    made = ice("new", "blueprint", "news")

    assert made.err == (
        "  news.yaml\nWrote news.yaml.\nTo check it, run `ice compile news.yaml --plugins plugins.json`\n"
    )
    assert "tool_name: csv_reader\n" in (project / "news.yaml").read_text()
    compiled = ice("compile", "news.yaml", "--plugins", "plugins.json")
    assert (0, "") == (compiled.code, "".join(line for line in compiled.err.splitlines() if "[" in line))


def test_a_blueprint_without_a_manifest_compiles_as_it_is(ice: Ice, folder: Path) -> None:
    """It shows in a comment what a node looks like."""
    made = ice("new", "blueprint", "news")

    assert "To check it, run `ice compile news.yaml`\n" in made.err
    assert "#     tool_name: count_words\n" in (folder / "news.yaml").read_text()
    assert 0 == ice("compile", "news.yaml").code


def test_a_manifest_without_components_gives_a_blueprint_without_nodes(ice: Ice, folder: Path) -> None:
    project_of(folder, '"""None."""\n')
    assert 0 == ice("plugins", "export", "--output", "plugins.json").code

    assert 0 == ice("new", "blueprint", "news").code
    assert "nodes: []\n" in (folder / "news.yaml").read_text()


def test_a_blueprint_names_the_schema_where_a_copy_lies(ice: Ice, folder: Path) -> None:
    """The line that YAML editors read; the blueprint keeps that schema."""
    (folder / "schemas").mkdir()
    (folder / "schemas" / "blueprint.1.2.0.schema.json").write_bytes(published_schema("blueprint"))

    assert 0 == ice("new", "blueprint", "news").code

    text = (folder / "news.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=./schemas/blueprint.1.2.0.schema.json\n")
    schema = parse_json(published_schema("blueprint"), where="blueprint")
    assert jsonschema_rs.Draft202012Validator(schema).is_valid(YAML(typ="safe").load(text))


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        (("package", "json"), "name-unusable"),
        (("package", "acme rain"), "name-unusable"),
        (("package", "acme-rain", "--tool", "Rain"), "name-unusable"),
        (("package", "acme-rain", "--license", "free"), "license-invalid"),
        (("package", "there"), "new-file-exists"),
        (("tool", "rank"), "project-invalid"),
        (("tool", "class"), "name-unusable"),
        (("agent", "Rank"), "name-unusable"),
        (("workflow", "a-b"), "name-unusable"),
        (("blueprint", "a/b"), "name-unusable"),
        (("blueprint", "there"), "new-file-exists"),
    ],
)
def test_a_refusal_writes_nothing(ice: Ice, folder: Path, words: tuple[str, ...], slug: str) -> None:
    (folder / "there").write_text("mine\n")
    (folder / "there.yaml").write_text("mine\n")
    before = listing(folder)

    refused = ice("new", *words)

    assert (1, "", slug) == (refused.code, refused.out, refused.slug)
    assert before == listing(folder)
    assert [] == [path for path in folder.rglob("*") if path.is_dir()]


def test_a_taken_name_is_told_in_full(ice: Ice, folder: Path) -> None:
    """Whole output."""
    assert ice("new", "package", "json").err == (
        "error[name-unusable]: `json` is a module of the standard library\n"
        "\n"
        "  Expected:\n"
        "    a name such as acme-rain\n"
        "\n"
        "  Found:\n"
        "    json\n"
        "\n"
        "note: Nothing was written.\n"
        "\n"
        "hint: Choose another name, as in `acme-rain`\n"
    )
    assert {} == listing(folder)
