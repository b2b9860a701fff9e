"""Each example package: its own tests pass, its manifest is what export writes, its examples are true."""

import json

import pytest

from ice_sdk.export import export_manifest
from tests.examples.packages import DATA, EXAMPLES, LIGHT, NAMES, manifest_of, python
from tests.house.tree import ROOT

FILES = ["LICENSE", "README.md", "plugins.json", "pyproject.toml"]


def test_the_packages_are_these() -> None:
    assert [*LIGHT, "iceos-assistant", "iceos-duckdb"] == sorted(NAMES, key=lambda name: (name not in LIGHT, name))


@pytest.mark.parametrize("name", NAMES)
def test_a_package_is_a_project_of_its_own(name: str) -> None:
    folder = EXAMPLES / name
    package = folder / "src" / name.replace("-", "_")

    assert [] == [file for file in FILES if not (folder / file).is_file()]
    assert (package / "py.typed").is_file()
    assert (ROOT / "LICENSE").read_bytes() == (folder / "LICENSE").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_the_own_tests_of_a_package_pass_in_its_own_folder(name: str) -> None:
    """A warning fails them, as it does here."""
    ran = python(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "error", folder=EXAMPLES / name
    )

    assert 0 == ran.returncode, ran.stdout + ran.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_committed_manifest_is_what_export_writes(name: str) -> None:
    exported = export_manifest(EXAMPLES / name, output=manifest_of(name), environ={})

    assert manifest_of(name).read_bytes() == exported.data


def test_every_example_of_a_manifest_gives_its_declared_output() -> None:
    """Agents reach the tools that their entry permits, and no others."""
    ran = python("-m", "tests.examples.call_examples", folder=DATA, sources=True)

    assert 0 == ran.returncode, ran.stderr
    assert {"examples": 9, "faults": []} == json.loads(ran.stdout)
