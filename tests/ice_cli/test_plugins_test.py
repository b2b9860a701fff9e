"""`ice plugins test`: a line for each step of each project, findings before them, and one exit code."""

from pathlib import Path

import pytest

from ice_core.canonical import manifest_digest
from ice_core.strict_json import parse_json
from tests.ice_cli.invoke import Ice
from tests.ice_sdk.lint_projects import CLEAN, project_at, with_code


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a project to which no rule objects; it is the current one."""
    folder = project_at(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


def digest(project: Path) -> str:
    return str(manifest_digest(parse_json((project / "plugins.json").read_bytes(), where="plugins.json")))


def test_a_project_in_order_passes_with_a_line_for_each_step(ice: Ice, project: Path) -> None:
    made = ice("plugins", "test")

    assert (0, "") == (made.code, made.out)
    assert (
        ".\n"
        "  lint      passed  the rules of `ice plugins lint`\n"
        "  stubs     passed  `mypy --strict` on the manifest's stubs\n"
        f"  manifest  passed  {digest(project)}\n"
    ) == made.err


def test_a_failing_step_tells_its_errors_and_the_others_run(ice: Ice, project: Path) -> None:
    with_code(project, CLEAN.replace("limit: int", "most: int").replace("limit)", "most)"))
    made = ice("plugins", "test")

    assert 1 == made.code
    assert "error[manifest-drift]: `plugins.json` no longer describes this code\n" in made.out
    assert (
        ".\n"
        "  lint      passed  the rules of `ice plugins lint`\n"
        "  stubs     passed  `mypy --strict` on the manifest's stubs\n"
        "  manifest  FAILED  `plugins.json` no longer describes this code\n"
    ) == made.err


def test_several_projects_are_one_document_for_programs(ice: Ice, project: Path, tmp_path: Path) -> None:
    other = project_at(tmp_path / "other", code="")
    with_code(other, CLEAN.replace('examples=[{"input": {"text": "a b"}, "output": 2}]', "tags=['a']"))
    made = ice("plugins", "test", "--project", project, "--project", other, "--json")

    assert 1 == made.code
    assert not made.json["passed"]
    assert [(str(project), True), (str(other), False)] == [
        (each["project"], each["passed"]) for each in made.json["projects"]
    ]
    assert [("lint", True, ["no-example"]), ("stubs", True, []), ("manifest", False, ["manifest-drift"])] == [
        (step["name"], step["passed"], [finding["slug"] for finding in step["findings"]])
        for step in made.json["projects"][1]["steps"]
    ]


def test_a_project_without_a_manifest_is_refused_before_any_step(ice: Ice, project: Path) -> None:
    (project / "plugins.json").unlink()
    made = ice("plugins", "test")

    assert (1, "file-missing") == (made.code, made.slug)
    assert "hint: To write it, run `ice plugins export --output plugins.json`\n" in made.err
