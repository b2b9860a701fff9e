"""A project, its manifest and its wheel, built for real once for all tests of a session."""

from dataclasses import dataclass
from pathlib import Path

from ice_client.wheel_building import build_wheel
from ice_core.home import write_atomically
from ice_core.signing import WheelPin
from ice_sdk.export import export_manifest
from tests.ice_cli.worlds import TOOL, project_of

CREATED = "1767323045"


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltProject:
    """The files that a test copies: the folder, and the wheel as hatchling made it."""

    folder: Path
    wheel: tuple[str, bytes]


def built_project(folder: Path) -> BuiltProject:
    """Exports the manifest and builds the wheel with the project's own back end."""
    project_of(folder, TOOL)
    file = folder / "plugins.json"
    write_atomically(file, export_manifest(folder, output=file, environ={"SOURCE_DATE_EPOCH": CREATED}).data)
    wheel = build_wheel(folder, isolation="this-environment")
    assert WheelPin.of(*wheel).filename == "acme_csv-1.2.3-py3-none-any.whl"
    return BuiltProject(folder=folder, wheel=wheel)
