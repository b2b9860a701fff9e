"""Six packages of other people, each typed function of theirs declared by script: all export, or say why not."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from ice_core.errors import Finding, IceError
from ice_sdk.export import Exported, export_manifest
from tests.builders.wrapped_packages import without, wrapped_package

ROOT = Path(__file__).resolve().parents[2]
# Package, typed functions of its own at least, those of them that export at least. At the pinned versions: numbers and
# times as words, colours, URLs and pages, widths of text, locales, and functions over lists, dicts and texts.
PACKAGES = [
    ("humanize", 20, 16),
    ("webcolors", 19, 19),
    ("w3lib", 38, 11),
    ("wcwidth", 20, 20),
    ("babel", 118, 46),
    ("pydash", 254, 40),
]
REASONS = {"annotation-unresolved", "declaration-invalid", "schema-inexpressible"}
# Everything is refused at once, so what is left exports.
ROUNDS = 2


def exported(project: Path) -> tuple[Exported, list[Finding]]:
    """The export of what can be exported, and each refusal on the way."""
    refusals: list[Finding] = []
    for _ in range(ROUNDS):
        try:
            return export_manifest(project), refusals
        except IceError as error:
            found = error.findings or (error.finding,)
        lines: dict[str, set[int]] = defaultdict(set)
        for finding in found:
            assert finding.where is not None
            assert finding.where.line is not None
            lines[finding.where.file].add(finding.where.line)
        for file, refused in lines.items():
            without(project, file, sorted(refused))
        refusals += found
    raise AssertionError(refusals)


@pytest.mark.parametrize(("package", "declared", "described"), PACKAGES)
def test_a_strangers_typed_functions_export_and_keep_their_results(
    package: str, declared: int, described: int, tmp_path: Path
) -> None:
    """Whatever does not export is told with file, line and the reason; whatever does gives what a plain call gives."""
    project, count = wrapped_package(package, tmp_path / package)
    export, refusals = exported(project)
    (project / "plugins.json").write_bytes(export.data)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "tests.scenarios.wrapped_calls", "plugins.json", "src"]
    calls = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    result = json.loads(calls.stdout)

    assert declared <= count
    assert described <= len(export.discovery.components)
    assert REASONS >= {finding.slug for finding in refusals}
    assert [] == [finding.message for finding in refusals if not finding.hints or not finding.found]
    assert [] == result["disagree"]
    assert result["called"] >= 5 * described


def test_two_hundred_functions_and_more_are_wrapped() -> None:
    assert 200 <= sum(declared for _, declared, _ in PACKAGES)
