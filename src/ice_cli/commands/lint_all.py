"""`ice plugins lint --all`: every package of a monorepo, each by its own settings, all findings in one form."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ice_cli import output
from ice_cli.commands.export_all import say_notes
from ice_cli.lint_view import LintOptions, count, document, fix_manifest, lint_request
from ice_cli.progress import Progress
from ice_cli.render import findings_text
from ice_core.errors import Finding, IceError
from ice_sdk.finding_places import placed
from ice_sdk.lint import LintReport, lint_project
from ice_sdk.lint_rules import LINT_RULES, read_lint_settings
from ice_sdk.workspace import read_workspace
from ice_sdk.workspace_export import MemberExport, committed_manifest, shared_findings


@dataclass(frozen=True, kw_only=True, slots=True)
class _Linted:
    folder: Path
    manifest: Path
    report: LintReport
    fixed: bool


def lint_all(root: Path, options: LintOptions, *, refused: Sequence[str], form: output.Form) -> int:
    """Lints a workspace's packages and gives the exit code.

    Args:
        root: The folder of the workspace.
        options: What the command line says about every package.
        refused: Options that were given and are for one package.
        form: How findings are told.

    Raises:
        IceError: `usage`, `workspace-missing` or `workspace-invalid`.
    """
    if refused:
        raise output.usage_error(
            f"`--all` lints every package, and `{refused[0]}` is for one",
            hints=("To lint one, run `ice plugins lint --project FOLDER`",),
        )
    workspace = read_workspace(root)
    linted: list[_Linted] = []
    without: list[Path] = []
    faults: list[Finding] = []
    with Progress("Reading the packages' components") as progress:
        for number, folder in enumerate(workspace.members, start=1):
            progress.tell(f"linting {folder} ({number} of {len(workspace.members)})")
            try:
                done = _linted(folder, options)
            except IceError as error:
                faults += [placed(folder, finding) for finding in error.findings or (error.finding,)]
                continue
            without += [] if done is not None else [folder]
            linted += [done] if done is not None else []
    faults += shared_findings(_exports(linted))
    found = sorted([*faults, *(finding for each in linted for finding in each.report.findings)], key=Finding.sort_key)
    _tell(linted, found, root=root, without=without, form=form)
    if form != "json":
        say_notes(workspace, without)
    return int(any(finding.severity == "error" or options.strict for finding in found))


def _linted(folder: Path, options: LintOptions) -> _Linted | None:
    manifest = committed_manifest(folder)
    if manifest is None:
        return None
    request = lint_request(folder, manifest, options)
    report = lint_project(request)
    fixed = options.fix and fix_manifest(manifest, report, request.settings)
    return _Linted(folder=folder, manifest=manifest, report=lint_project(request) if fixed else report, fixed=fixed)


def _exports(linted: Sequence[_Linted]) -> list[MemberExport]:
    return [
        MemberExport(folder=each.folder, manifest=each.manifest, exported=each.report.exported)
        for each in linted
        if each.report.exported is not None
    ]


def _tell(
    linted: Sequence[_Linted], found: Sequence[Finding], *, root: Path, without: Sequence[Path], form: output.Form
) -> None:
    errors = sum(finding.severity == "error" for finding in found)
    if form == "json":
        output.data(
            {
                "workspace": str(root),
                "packages": [document(each.report, each.manifest, fixed=each.fixed) for each in linted],
                "without_components": [str(folder) for folder in without],
                "findings": [finding.to_json() for finding in found],
                "errors": errors,
                "warnings": len(found) - errors,
            }
        )
        return
    if form != "full":
        wanted = {folder: read_lint_settings(folder) for folder in (each.folder for each in linted)}
        rules = {
            rule.slug: rule.severity
            for rule in LINT_RULES
            if any(settings.wants(rule.slug) for settings in wanted.values())
        }
        output.findings(found, form=form, rules=rules)
    elif found:
        output.line(findings_text(found))
    for each in linted:
        if each.fixed:
            output.say(f"Wrote {each.manifest}: it describes its code again, and is not signed.")
        numbers = [(count(each.report, severity), severity) for severity in ("error", "warning")]
        said = " and ".join(output.counted(number, word) for number, word in numbers if number)
        output.say(output.shown(f"{each.folder}: {said or 'no rule objects'}."))
