"""The packages under examples/ pass every check, sources included, as their authors would see it."""

from pathlib import Path

import pytest

from ice_checks.all_checks import run_checks
from ice_checks.check import Subject
from ice_core.models.plugins import parse_manifest
from ice_core.strict_json import parse_json
from ice_sdk.project import read_project
from ice_sdk.project_sources import project_sources, source_folder

EXAMPLES = sorted(path.parent for path in (Path(__file__).parents[2] / "examples").glob("*/plugins.json"))


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_an_example_has_no_findings(folder: Path) -> None:
    """What asks a model may have no example, because no two answers are the same."""
    data, project = (folder / "plugins.json").read_bytes(), read_project(folder)
    value = parse_json(data, where="plugins.json")
    subject = Subject(
        manifest=parse_manifest(value, where="plugins.json"),
        value=value,
        where="plugins.json",
        text=data.decode(),
        sources=project_sources(project),
        source_folder=source_folder(project),
    )

    assert set() == {finding.slug for finding in run_checks(subject)} - {"no-example"}
