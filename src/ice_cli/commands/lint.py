"""`ice plugins lint`: everything that is wrong with a project's components, as findings; `--fix` mends what is safe."""

import difflib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from ice_cli import output
from ice_cli.files import missing, read_named
from ice_cli.options import project_option
from ice_cli.progress import Progress
from ice_cli.render import findings_text
from ice_core.archive_limits import LIMITS
from ice_core.errors import Finding
from ice_core.event_log import ManifestListing, read_events, unlisted_findings
from ice_core.home import read_regular_file, write_atomically
from ice_core.names import ComponentId
from ice_core.strict_json import MAX_BYTES, JsonObject
from ice_core.unified_registry import load_plugins
from ice_core.wheel_rewriting import tidied_wheel
from ice_core.wheels import PluginWheel, read_wheel
from ice_sdk.export import MANIFEST_NAME, export_command
from ice_sdk.lint import LintReport, LintRequest, lint_project
from ice_sdk.lint_rules import LINT_RULES, LintSettings, read_lint_settings
from ice_sdk.project import read_project

_FIXED: Final = "manifest-drift"


def _patterns(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(pattern for item in given for pattern in item.split(",") if pattern)


@click.command("lint")
@project_option
@click.option("--manifest", "file", type=click.Path(path_type=Path), metavar="FILE", help="Default: its plugins.json.")
@click.option("--baseline", metavar="FILE|REVISION", help="What versions are compared with.")
@click.option(
    "--wheel", "wheels", multiple=True, type=click.Path(path_type=Path), metavar="FILE", help="A built wheel to check."
)
@click.option("--from-log", "log", type=click.Path(path_type=Path), metavar="FILE", help="What a test run registered.")
@click.option("--select", multiple=True, callback=_patterns, metavar="RULES", help="Only these, as in cost-*.")
@click.option("--ignore", multiple=True, callback=_patterns, metavar="RULES", help="Not these.")
@click.option("--strict", is_flag=True, help="Exit 1 for warnings, too.")
@click.option("--fix", is_flag=True, help="Write the manifest anew where it no longer describes the code.")
@click.option("--diff", is_flag=True, help="Show what --fix would write, and write nothing.")
@click.option("--list-rules", is_flag=True, help="List the rules and end.")
@output.form_option
@output.json_option
def lint_command(
    *,
    project: Path,
    file: Path | None,
    baseline: str | None,
    wheels: tuple[Path, ...],
    log: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    fix: bool,
    diff: bool,
    list_rules: bool,
    form: output.Form | None,
    as_json: bool,
) -> int:
    """Hold a project's manifest, versions and code against each other.

    Every rule has a page: `ice explain SLUG`. Versions are compared with
    --baseline, else with the manifest at the last tag of git, else (only for
    what breaks callers) with the one that HEAD holds. [tool.iceos.lint] in
    pyproject.toml takes select, ignore, per-component-ignores and baseline.
    --from-log takes what `pytest --iceos-log FILE` wrote.

    \b
    Example: ice plugins lint --ignore no-example --baseline v1.2.0
    """
    form = output.chosen_form(form, as_json=as_json)
    if list_rules:
        _list_rules(as_json=form == "json")
        return 0
    manifest = _existing(file or project / MANIFEST_NAME, project)
    settings = read_lint_settings(project).with_options(select=select, ignore=ignore, baseline=baseline)
    request = LintRequest(
        project=project,
        manifest=manifest,
        settings=settings,
        wheels=_read_wheels(wheels),
        known_names=known_names(project),
        further=_registered(log, manifest),
    )
    with Progress("Reading the project's components"):
        report = lint_project(request)
    if diff:
        return int(_show_difference(manifest, report, settings))
    fixed = fix and _fix(manifest, report, settings)
    if fixed:
        report = lint_project(request)
    _tell(report, request, fixed=fixed, form=form)
    return int(_count(report, "error") > 0 or (strict and len(report.findings) > 0))


def _existing(manifest: Path, project: Path) -> Path:
    if not manifest.exists():
        raise missing(manifest, hints=(f"To write it, run `{export_command(project, manifest)}`",))
    return manifest


def _list_rules(*, as_json: bool) -> None:
    if as_json:
        output.data(
            {
                "rules": [
                    {"slug": rule.slug, "severity": rule.severity, "fixable": rule.is_fixable, "meaning": rule.meaning}
                    for rule in LINT_RULES
                ]
            }
        )
        return
    rows = [("RULE", "SEVERITY", "FIX")]
    rows += [(rule.slug, rule.severity, "--fix" if rule.is_fixable else "") for rule in LINT_RULES]
    for text in output.columns(rows):
        output.line(text.rstrip())
    output.say("To read about one, run `ice explain RULE`.")


def _read_wheels(paths: Sequence[Path]) -> tuple[PluginWheel, ...]:
    # As `ice publish` packs what a back end built: uv_build, for one, writes folder entries, which the gate refuses.
    built = ((path.name, read_named(path, max_bytes=LIMITS.max_bytes)) for path in paths)
    return tuple(read_wheel(tidied_wheel(data, where=name), filename=name) for name, data in built)


def _registered(log: Path | None, manifest: Path) -> tuple[Finding, ...]:
    if log is None:
        return ()
    here = Path.cwd()
    listing = ManifestListing.read([manifest], root=here, search_path=sys.path)
    return unlisted_findings(read_events(log), listing, root=here)


def known_names(project: Path) -> Mapping[ComponentId, str]:
    """The components of other distributions that are loaded here, each with its distribution."""
    own = read_project(project.resolve()).name
    listed = ((item.id, item.distribution) for item in load_plugins().list())
    return {component: name for component, name in listed if name is not None and name != own}


def _is_mended(report: LintReport, settings: LintSettings) -> bool:
    return report.has_drift and settings.wants(_FIXED)


def _fix(manifest: Path, report: LintReport, settings: LintSettings) -> bool:
    if report.exported is None or not _is_mended(report, settings):
        return False
    write_atomically(manifest, report.exported.data)
    return True


def _show_difference(manifest: Path, report: LintReport, settings: LintSettings) -> bool:
    if report.exported is None or not _is_mended(report, settings):
        output.say("There is nothing that `--fix` would write.")
        return False
    old = read_regular_file(manifest, max_bytes=MAX_BYTES).decode("utf-8")
    lines = difflib.unified_diff(
        old.splitlines(), report.exported.data.decode("utf-8").splitlines(), str(manifest), str(manifest), lineterm=""
    )
    for text in lines:
        output.line(output.shown(text))
    return True


def _tell(report: LintReport, request: LintRequest, *, fixed: bool, form: output.Form) -> None:
    manifest = request.manifest
    if form == "json":
        output.data(_document(report, manifest, fixed=fixed))
        return
    if form != "full":
        wanted = {rule.slug: rule.severity for rule in LINT_RULES if request.settings.wants(rule.slug)}
        output.findings(report.findings, form=form, rules=wanted)
    elif report.findings:
        output.line(findings_text(report.findings))
    if fixed:
        output.say(f"Wrote {manifest}: it describes this code again, and is not signed.")
    output.say(_summary(report, manifest))


def _document(report: LintReport, manifest: Path, *, fixed: bool) -> JsonObject:
    return {
        "manifest": str(manifest),
        "baseline": report.baseline.label if report.baseline is not None else None,
        "findings": [finding.to_json() for finding in report.findings],
        "errors": _count(report, "error"),
        "warnings": _count(report, "warning"),
        "fixed": [str(manifest)] if fixed else [],
        "left_out": list(report.left_out),
    }


def _summary(report: LintReport, manifest: Path) -> str:
    counts = [
        output.counted(number, severity) for severity in ("error", "warning") if (number := _count(report, severity))
    ]
    compared = f"Versions were compared with {report.baseline.label}." if report.baseline is not None else ""
    if not report.baseline:
        compared = "Versions were compared with nothing: no tag or commit that was found holds a manifest."
    mended = " `--fix` mends the manifest." if any(each.slug == _FIXED for each in report.findings) else ""
    left_out = f" Left out: {', '.join(report.left_out)}." if report.left_out else ""
    return f"{' and '.join(counts) or f'No rule objects to `{manifest}`'}.{mended}{left_out} {compared}".rstrip()


def _count(report: LintReport, severity: str) -> int:
    return sum(finding.severity == severity for finding in report.findings)
