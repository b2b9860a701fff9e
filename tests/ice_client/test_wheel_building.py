"""Wheels built by a project's own back end: real builds, and what is said when there is none."""

import functools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ice_client.wheel_building import build_wheel
from ice_core.errors import IceError
from ice_core.wheel_rewriting import add_manifest
from ice_core.wheels import read_wheel
from tests.builders.manifests import manifest
from tests.builders.projects import BackEnd, project_at
from tests.fakes.folders import listing


@functools.cache
def built(back_end: BackEnd) -> tuple[str, bytes]:
    """The wheel that a real back end makes of the small project; built once."""
    with tempfile.TemporaryDirectory() as folder:
        project_at(Path(folder) / "project", back_end=back_end)
        return build_wheel(Path(folder) / "project", isolation="this-environment")


@pytest.mark.parametrize("back_end", ["hatchling", "setuptools"])
def test_the_wheel_of_a_real_back_end_passes_the_gate_once_the_manifest_is_in_it(back_end: BackEnd) -> None:
    filename, data = built(back_end)
    wheel = read_wheel(add_manifest(data, manifest()), filename=filename)

    assert ("acme-csv", "1.2.3") == (wheel.name, str(wheel.version))
    assert {"acme_csv", "acme_csv.tools"} == set(wheel.modules)
    assert "acme_csv/plugins.json" == wheel.manifest_member


def test_a_back_end_that_is_a_program_needs_no_activated_environment(tmp_path: Path) -> None:
    """uv_build calls a program of its environment by name; PATH does not lead there."""
    project = tmp_path / "project"
    project_at(project)
    text = '[build-system]\nrequires = ["uv_build"]\nbuild-backend = "uv_build"\n[project]\nname = "acme-csv"\n'
    (project / "pyproject.toml").write_text(f'{text}version = "1.2.3"\n')

    filename, _ = build_wheel(project, isolation="this-environment", environ={"PATH": "/usr/bin"})

    assert "acme_csv-1.2.3-py3-none-any.whl" == filename


def test_two_builds_of_one_tree_in_two_folders_give_one_wheel(tmp_path: Path) -> None:
    project_at(tmp_path / "elsewhere")

    assert built("hatchling") == build_wheel(tmp_path / "elsewhere", isolation="this-environment")


def test_a_folder_without_a_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IceError) as caught:
        build_wheel(tmp_path)

    assert ("build-failed", "a folder with a `pyproject.toml`") == (caught.value.slug, caught.value.finding.expected)


def test_a_failed_build_says_what_the_back_end_said_and_leaves_nothing(tmp_path: Path) -> None:
    project_at(tmp_path / "project")
    path = tmp_path / "project" / "pyproject.toml"
    path.write_text(path.read_text().replace('version = "1.2.3"', 'version = "one point two"'))
    before = listing(tmp_path)

    with pytest.raises(IceError) as caught:
        build_wheel(tmp_path / "project", isolation="this-environment")

    assert "build-failed" == caught.value.slug
    assert "one point two" in "\n".join(caught.value.finding.detail)
    assert before == listing(tmp_path)


def test_a_back_end_that_is_not_installed_is_named(tmp_path: Path) -> None:
    project_at(tmp_path / "project")
    path = tmp_path / "project" / "pyproject.toml"
    path.write_text(path.read_text().replace("hatchling", "no_such_back_end"))

    with pytest.raises(IceError) as caught:
        build_wheel(tmp_path / "project", isolation="this-environment")

    assert "no_such_back_end" in "\n".join(caught.value.finding.detail)


@pytest.mark.parametrize(
    ("program", "call"), [("uv", "run_uv(['--version'])"), ("build", "run_build([], folder=None)")]
)
def test_without_the_extra_the_refusal_names_the_program_and_how_to_install_it(program: str, call: str) -> None:
    """In a process of its own, in which the module cannot be imported."""
    code = (
        f"import sys; sys.modules[{program!r}] = None\n"
        "from ice_client.programs import run_build, run_uv\n"
        "from ice_core.errors import IceError\n"
        f"try:\n    {call}\nexcept IceError as error:\n    print(error.slug, *error.finding.hints)\n"
        "    print(error.finding.details['program'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )

    assert f"extra-missing To install it, run `pip install 'iceos[client]'`\n{program}\n" == done.stdout


def test_a_uv_package_without_its_program_is_an_extra_that_is_missing() -> None:
    code = (
        "import uv\n"
        "def gone(): raise FileNotFoundError('uv')\n"
        "uv.find_uv_bin = gone\n"
        "from ice_client.programs import run_uv\n"
        "from ice_core.errors import IceError\n"
        "try:\n    run_uv([])\nexcept IceError as error:\n    print(error.slug)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "extra-missing\n" == done.stdout


def test_a_build_that_needs_an_index_and_has_none_names_the_way_without(tmp_path: Path) -> None:
    """Isolated, offline and with an empty cache: as on a machine without a network."""
    project_at(tmp_path / "project")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    environ = clean | {"UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path / "cache")}

    with pytest.raises(IceError) as caught:
        build_wheel(tmp_path / "project", environ=environ)

    assert "build-failed" == caught.value.slug
    assert "install the back end here and run `ice publish --no-isolation`" in caught.value.finding.hints[1]
