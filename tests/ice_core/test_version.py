"""The constant that says which iceos this is."""

import tomllib
from pathlib import Path

from ice_core.names import SemVer
from ice_core.version import VERSION


def test_the_constant_is_the_version_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))

    assert project["project"]["version"] == VERSION


def test_the_version_can_be_held_against_iceos_min() -> None:
    assert VERSION == str(SemVer.parse(VERSION))
