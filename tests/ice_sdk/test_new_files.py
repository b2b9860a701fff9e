"""What `ice new` writes: green as generated, whole or not at all, and never over anything."""

import re
import subprocess
import sys
import tomllib
import zipfile
from io import BytesIO
from pathlib import Path
from string import Template

import pytest

from ice_client.wheel_building import build_wheel
from ice_core.errors import IceError
from ice_core.models.plugins import parse_manifest
from ice_core.names import NODE_TYPES, NodeType
from ice_core.published_schemas import published_schema
from ice_core.strict_json import parse_json
from ice_core.wheel_rewriting import tidied_wheel
from ice_core.wheels import read_wheel
from ice_sdk.drift import check_manifest
from ice_sdk.export import export_manifest
from ice_sdk.new_files import new_component, new_package, write_all
from ice_sdk.new_names import component_name, package_names
from ice_sdk.project import manifest_of_project
from tests.fakes.folders import listing
from tests.house.tree import ROOT

_FILLED_IN = {
    *("build_settings", "build_system", "distribution", "license", "manifest", "manifest_schema", "manifest_setting"),
    *("name", "package", "result", "test_setting"),
}
TEMPLATES = ROOT / "src" / "ice_sdk" / "templates"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated package to which a component of each kind was added; the export is fresh."""
    made = new_package(tmp_path_factory.mktemp("new"), package_names("acme-rain"), license_expression="MIT")
    for node_type in NODE_TYPES:
        new_component(made.project, node_type, component_name(f"my_{node_type}", node_type))
    manifest = made.project / "plugins.json"
    manifest.write_bytes(export_manifest(made.project, output=manifest).data)
    return made.project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project by hand, to which components are added."""
    (tmp_path / "src" / "acme_rain").mkdir(parents=True)
    (tmp_path / "src" / "acme_rain" / "__init__.py").write_text('"""Rain."""\n')
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "acme-rain"\nversion = "0.1.0"\n')
    return tmp_path


def run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "words",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("pytest", "-q", "-p", "no:cacheprovider"),
        ("ice_cli", "plugins", "lint", "--strict"),
    ],
    ids=lambda words: "-".join(words[:2]),
)
def test_every_kind_lints_types_and_tests_green_as_generated(whole: Path, words: tuple[str, ...]) -> None:
    """The package with a tool, and one more tool, agent and workflow; mypy is strict by the package's own settings."""
    assert tomllib.loads((whole / "pyproject.toml").read_text())["tool"]["mypy"]["strict"]

    done = run(whole, *words)

    assert 0 == done.returncode, done.stdout + done.stderr


def test_the_generated_wheel_holds_its_manifest_and_announces_it(whole: Path) -> None:
    """A plain build by the back end, without `ice publish`."""
    name, data = build_wheel(whole, isolation="this-environment")

    with zipfile.ZipFile(BytesIO(data)) as wheel:
        held = wheel.read("acme_rain/plugins.json")
        announced = wheel.read("acme_rain-0.1.0.dist-info/entry_points.txt").decode()
    assert "acme_rain-0.1.0-py3-none-any.whl" == name
    assert (whole / "plugins.json").read_bytes() == held
    assert "[iceos_plugins]\nacme_rain = acme_rain:plugins.json\n" == announced


@pytest.fixture(scope="module", params=["setuptools", "uv_build"])
def inside(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated package whose back end wants the manifest inside of it."""
    names = package_names("acme-rain")
    folder = tmp_path_factory.mktemp("new")
    return new_package(folder, names, license_expression="MIT", backend=request.param).project


def test_each_back_end_puts_the_manifest_into_the_wheel(inside: Path) -> None:
    """A plain build, without `ice publish`: a wheel without its manifest would be built without a word."""
    name, data = build_wheel(inside, isolation="this-environment")

    with zipfile.ZipFile(BytesIO(data)) as archive:
        held = archive.read("acme_rain/plugins.json")
        names = archive.namelist()
    wheel = read_wheel(tidied_wheel(data, where=name), filename=name)
    assert (inside / "src/acme_rain/plugins.json").read_bytes() == held
    assert "acme_rain/plugins.json" == wheel.manifest_member
    assert {"acme_rain/py.typed", "acme_rain/rain.py"} <= {*names}
    assert [] == [each for each in names if each.startswith(("tests/", "schemas/"))]


@pytest.mark.parametrize(
    "words",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("pytest", "-q", "-p", "no:cacheprovider"),
        ("ice_cli", "plugins", "lint", "--strict"),
    ],
    ids=lambda words: "-".join(words[:2]),
)
def test_a_package_of_each_back_end_is_green_as_generated(inside: Path, words: tuple[str, ...]) -> None:
    """Its types are those of every generated package, so they are checked there."""
    done = run(inside, *words)

    assert 0 == done.returncode, done.stdout + done.stderr


def test_a_manifest_inside_a_package_is_found_by_every_command(inside: Path) -> None:
    """The editor's schema, the tests' manifest and the export's place lead to files that are there."""
    manifest = manifest_of_project(inside)
    value = parse_json(manifest.read_bytes(), where="plugins.json")
    settings = tomllib.loads((inside / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]

    assert inside / "src/acme_rain/plugins.json" == manifest == inside / settings["iceos_manifest"][0]
    assert published_schema("plugins.v0") == (manifest.parent / str(value["$schema"])).read_bytes()
    assert "ice plugins export --output src/acme_rain/plugins.json" in (inside / "Makefile").read_text()
    check_manifest(inside, manifest)


def test_the_manifest_of_the_generated_code_lists_every_kind(whole: Path) -> None:
    value = parse_json((whole / "plugins.json").read_bytes(), where="plugins.json")
    listed = [str(entry.id) for entry in parse_manifest(value, where="plugins.json").components]

    assert "agent:my_agent tool:my_agent_words tool:my_tool tool:my_workflow_words tool:rain workflow:my_workflow" == (
        " ".join(listed)
    )


def test_every_generated_component_declares_what_reviewers_ask_for(whole: Path) -> None:
    """A description, a cost, a version and an example."""
    value = parse_json((whole / "plugins.json").read_bytes(), where="plugins.json")
    model = parse_manifest(value, where="plugins.json")

    assert "MIT" == value["license"]
    for entry in model.components:
        assert (True, "0.1.0") == (bool(entry.description), entry.version)
        assert entry.cost_estimate is not None
        assert entry.examples


def test_the_manifest_that_a_new_package_comes_with_describes_its_code(tmp_path: Path) -> None:
    made = new_package(tmp_path, package_names("acme-rain", tool="rain_depth"), license_expression="apache-2.0")

    assert (tmp_path / "acme-rain") == made.project
    assert sorted(listing(made.project)) == [str(path) for path in made.files]
    check_manifest(made.project, made.project / "plugins.json")
    assert 'license = "Apache-2.0"\n' in (made.project / "pyproject.toml").read_text()


def test_an_editor_finds_the_schema_beside_the_manifest(whole: Path) -> None:
    """`$schema` is a path to a copy, so it works without a network."""
    value = parse_json((whole / "plugins.json").read_bytes(), where="plugins.json")

    assert published_schema("plugins.v0") == (whole / str(value["$schema"])).read_bytes()


def test_a_package_never_replaces_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "acme-rain").mkdir()

    with pytest.raises(IceError, match="new-file-exists"):
        new_package(tmp_path, package_names("acme-rain"), license_expression="MIT")

    assert [tmp_path / "acme-rain"] == list(tmp_path.rglob("*"))


def test_a_licence_that_is_none_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(IceError, match="license-invalid"):
        new_package(tmp_path, package_names("acme-rain"), license_expression="Copyleft!")

    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(IceError, match="file-not-written"):
        new_package(tmp_path / "file", package_names("acme-rain"), license_expression="MIT")


def test_an_export_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package appears under its name only when it is whole."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")

    with pytest.raises(IceError, match="source-date-invalid"):
        new_package(tmp_path, package_names("acme-rain"), license_expression="MIT")

    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("node_type", NODE_TYPES)
def test_a_component_is_a_module_and_a_test(project: Path, node_type: NodeType) -> None:
    made = new_component(project, node_type, "rank")

    assert (Path("src/acme_rain/rank.py"), Path("tests/test_rank.py")) == made.files
    assert f"The {node_type} `rank`" in (project / "src" / "acme_rain" / "rank.py").read_text()


@pytest.mark.parametrize("there", ["src/acme_rain/rank.py", "tests/test_rank.py"])
def test_a_component_never_replaces_a_file(project: Path, there: str) -> None:
    """Neither file is written when one of them is there."""
    (project / there).parent.mkdir(exist_ok=True)
    (project / there).write_text("mine\n")
    before = listing(project)

    with pytest.raises(IceError, match="new-file-exists"):
        new_component(project, "tool", "rank")

    assert before == listing(project)


def test_a_component_needs_a_project(tmp_path: Path) -> None:
    with pytest.raises(IceError, match="project-invalid"):
        new_component(tmp_path, "tool", "rank")

    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("packages", [(), ("one", "two")])
def test_a_project_that_does_not_say_where_its_code_goes_is_told(project: Path, packages: tuple[str, ...]) -> None:
    (project / "src" / "acme_rain" / "__init__.py").unlink()
    for name in packages:
        (project / "src" / name).mkdir()
        (project / "src" / name / "__init__.py").touch()
    before = listing(project)

    with pytest.raises(IceError) as refused:
        new_component(project, "tool", "rank")

    assert ("project-invalid", ", ".join(packages) or "none") == (refused.value.slug, refused.value.finding.found)
    assert before == listing(project)


def test_the_only_package_of_a_project_is_meant_whatever_it_is_called(project: Path) -> None:
    (project / "src" / "acme_rain").rename(project / "src" / "rainfall")

    assert Path("src/rainfall/rank.py") == new_component(project, "tool", "rank").files[0]


def test_what_was_written_before_a_failure_is_taken_back(tmp_path: Path) -> None:
    """The second file's folder is a file."""
    (tmp_path / "file").write_text("")

    with pytest.raises(IceError, match="file-not-written"):
        write_all({tmp_path / "first": b"1", tmp_path / "file" / "second": b"2"})

    assert {"file": b""} == listing(tmp_path)


def test_a_template_holds_nothing_that_is_not_filled_in() -> None:
    """What `string.Template` reads, and names of places that we do not own."""
    for path in sorted(TEMPLATES.iterdir()):
        text = path.read_text("utf-8")
        assert set(Template(text).get_identifiers()) <= _FILLED_IN
        assert re.search(r"https?:", text) is None
