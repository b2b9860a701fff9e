"""The gate of a project: three steps, each with its own verdict, and none hides another."""

from pathlib import Path

import pytest

from ice_core.canonical import manifest_digest
from ice_core.strict_json import JsonObject, parse_json
from ice_sdk.gate import run_gate
from ice_sdk.lint import LintRequest
from ice_sdk.lint_rules import LintSettings
from tests.fakes.folders import listing
from tests.ice_sdk.lint_projects import CLEAN, project_at, with_code


def none_at_all(manifest: JsonObject, folder: Path, *, where: str) -> None:
    """Leaves the folder empty, so that mypy has nothing to do."""


def ill_typed(manifest: JsonObject, folder: Path, *, where: str) -> None:
    (folder / "stubs.py").write_text("limit: int = ''\n")


def request(root: Path) -> LintRequest:
    return LintRequest(project=root, manifest=root / "plugins.json", settings=LintSettings())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project to which no rule objects."""
    return project_at(tmp_path / "project")


def test_a_project_in_order_passes_each_step_and_nothing_is_written(project: Path) -> None:
    before = listing(project)
    steps = run_gate(request(project), write_stubs=none_at_all)

    committed = parse_json((project / "plugins.json").read_bytes(), where="plugins.json")
    assert [("lint", True, ()), ("stubs", True, ()), ("manifest", True, ())] == [
        (step.name, step.passed, step.findings) for step in steps
    ]
    assert str(manifest_digest(committed)) == steps[2].words
    assert before == listing(project)


def test_every_step_runs_and_tells_its_own_faults_whichever_fails(project: Path) -> None:
    """Drift is the third step's alone."""
    with_code(project, CLEAN.replace("cost_estimate=0, ", "").replace("limit", "most"))

    steps = run_gate(request(project), write_stubs=ill_typed)

    assert {"lint": False, "stubs": False, "manifest": False} == {step.name: step.passed for step in steps}
    assert "cost-undeclared" in [finding.slug for finding in steps[0].findings]
    assert ["stubs-ill-typed"] == [finding.slug for finding in steps[1].findings]
    assert ["manifest-drift"] == [finding.slug for finding in steps[2].findings]
    assert "manifest-drift" not in [finding.slug for finding in steps[0].findings]


def test_code_that_cannot_be_exported_fails_two_steps_and_leaves_the_stubs(project: Path) -> None:
    with_code(project, "import absent_module\nfrom ice_sdk import tool\n\n\n@tool\ndef f() -> int:\n    return 1\n")

    steps = run_gate(request(project), write_stubs=none_at_all)

    assert [False, True, False] == [step.passed for step in steps]
    assert ["module-import-failed"] == [finding.slug for finding in steps[2].findings]


def test_a_manifest_that_cannot_be_read_fails_every_step(project: Path) -> None:
    (project / "plugins.json").write_text("{}")

    steps = run_gate(request(project), write_stubs=none_at_all)

    assert [{"manifest-invalid"}] * 3 == [{finding.slug for finding in step.findings} for step in steps]


def test_warnings_fail_nothing(project: Path) -> None:
    with_code(project, CLEAN.replace(', examples=[{"input": {"text": "a b"}, "output": 2}]', ""))

    lint, _, _ = run_gate(request(project), write_stubs=none_at_all)

    assert (True, ["no-example"]) == (lint.passed, [finding.slug for finding in lint.findings])
