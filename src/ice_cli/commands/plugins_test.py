"""`ice plugins test`: lint, stubs and manifest of one project or several, one line of verdict for each step."""

from collections.abc import Sequence
from pathlib import Path

import click

from ice_cli import output
from ice_cli.lint_view import known_names
from ice_cli.options import all_option
from ice_cli.progress import Progress
from ice_cli.project_manifest import existing_manifest
from ice_cli.render import findings_text
from ice_core.errors import Finding, IceError
from ice_core.strict_json import JsonObject
from ice_sdk.finding_places import placed
from ice_sdk.gate import Step, run_gate
from ice_sdk.lint import LintRequest
from ice_sdk.lint_rules import read_lint_settings
from ice_sdk.project import manifest_of_project
from ice_sdk.stub_writing import write_stubs
from ice_sdk.workspace import read_workspace
from ice_sdk.workspace_export import MemberExport, committed_manifest, shared_findings


@click.command("test")
@click.option(
    "--project",
    "projects",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    multiple=True,
    default=(Path(),),
    metavar="FOLDER",
    help="The folder of pyproject.toml, once or more; default: this one.",
)
@all_option
@output.json_option
def test_command(*, projects: tuple[Path, ...], all_packages: bool, as_json: bool) -> int:
    """Run what a project must pass before it is merged.

    Three steps, all of them whichever fails: the rules of `ice plugins lint`;
    `mypy --strict` on the stubs of the committed manifest; the digest of a fresh
    export against that manifest. Exit code 1 if one of them fails. With --all they
    run for each package of a monorepo that declares components, and no two of them
    may share a component, a name or a manifest.

    \b
    Example: ice plugins test --project examples/iceos-text
    """
    if all_packages:
        projects = tuple(folder for project in projects for folder in _packages(project))
    for project in projects:
        existing_manifest(project)
    tested: list[tuple[Path, tuple[Step, ...]]] = []
    for project in projects:
        with Progress(f"Testing {project}"):
            steps = _steps(project)
        tested.append((project, steps))
        if not as_json:
            _tell(project, steps)
    shared = shared_findings(_exports(tested)) if all_packages else []
    passed = not shared and all(step.passed for _, steps in tested for step in steps)
    if as_json:
        output.data(
            {
                "passed": passed,
                "projects": [_document(project, steps) for project, steps in tested],
                "findings": [finding.to_json() for finding in shared],
            },
        )
    elif shared:
        output.line(findings_text(shared))
    return 0 if passed else 1


def _exports(tested: Sequence[tuple[Path, tuple[Step, ...]]]) -> list[MemberExport]:
    found = []
    for project, steps in tested:
        exported = next((step.exported for step in steps if step.exported is not None), None)
        if exported is not None:
            found.append(MemberExport(folder=project, manifest=manifest_of_project(project), exported=exported))
    return found


def _packages(root: Path) -> list[Path]:
    found: list[Path] = []
    faults: list[Finding] = []
    for folder in read_workspace(root).members:
        try:
            found += [folder] if committed_manifest(folder) is not None else []
        except IceError as error:
            faults += [placed(folder, finding) for finding in error.findings or (error.finding,)]
    if faults:
        raise IceError.of(faults)
    return found


def _steps(project: Path) -> tuple[Step, ...]:
    request = LintRequest(
        project=project,
        manifest=manifest_of_project(project),
        settings=read_lint_settings(project),
        known_names=known_names(project),
    )
    return run_gate(request, write_stubs=write_stubs)


def _tell(project: Path, steps: tuple[Step, ...]) -> None:
    errors = [finding for step in steps for finding in step.findings if finding.severity == "error"]
    if errors:
        output.line(findings_text(errors))
    rows = [(f"  {step.name}", "passed" if step.passed else "FAILED", _words(step)) for step in steps]
    output.say(output.shown(str(project)))
    for row in output.columns(rows):
        output.say(output.shown(row))


def _words(step: Step) -> str:
    warnings = sum(finding.severity == "warning" for finding in step.findings)
    return f"{step.words}; {output.counted(warnings, 'warning')}" if warnings else step.words


def _document(project: Path, steps: tuple[Step, ...]) -> JsonObject:
    return {
        "project": str(project),
        "passed": all(step.passed for step in steps),
        "steps": [
            {
                "name": step.name,
                "passed": step.passed,
                "words": step.words,
                "findings": [finding.to_json() for finding in step.findings],
            }
            for step in steps
        ],
    }
