"""`ice plugins test`: lint, stubs and manifest of one project or several, one line of verdict for each step."""

from pathlib import Path

import click

from ice_cli import output
from ice_cli.commands.lint import known_names
from ice_cli.files import missing
from ice_cli.progress import Progress
from ice_cli.render import findings_text
from ice_core.strict_json import JsonObject
from ice_sdk.export import MANIFEST_NAME, export_command
from ice_sdk.gate import Step, run_gate
from ice_sdk.lint import LintRequest
from ice_sdk.lint_rules import read_lint_settings
from ice_sdk.stub_writing import write_stubs


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
@output.json_option
def test_command(*, projects: tuple[Path, ...], as_json: bool) -> int:
    """Run what a project must pass before it is merged.

    Three steps, all of them whichever fails: the rules of `ice plugins lint`;
    `mypy --strict` on the stubs of the committed manifest; the digest of a fresh
    export against that manifest. Exit code 1 if one of them fails.

    \b
    Example: ice plugins test --project examples/iceos-text
    """
    for project in projects:
        manifest = project / MANIFEST_NAME
        if not manifest.exists():
            raise missing(manifest, hints=(f"To write it, run `{export_command(project, manifest)}`",))
    tested = []
    for project in projects:
        with Progress(f"Testing {project}"):
            steps = _steps(project)
        tested.append((project, steps))
        if not as_json:
            _tell(project, steps)
    passed = all(step.passed for _, steps in tested for step in steps)
    if as_json:
        output.data(
            {"passed": passed, "projects": [_document(project, steps) for project, steps in tested]},
        )
    return 0 if passed else 1


def _steps(project: Path) -> tuple[Step, ...]:
    request = LintRequest(
        project=project,
        manifest=project / MANIFEST_NAME,
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
