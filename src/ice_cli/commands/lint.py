"""`ice plugins lint`: everything that is wrong with a project's components, as findings; `--fix` mends what is safe."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from ice_cli import output
from ice_cli.commands.lint_all import lint_all
from ice_cli.files import read_named
from ice_cli.lint_view import (
    LintOptions,
    count,
    document,
    fix_manifest,
    is_mended,
    lint_request,
    summary,
)
from ice_cli.options import all_option, project_option
from ice_cli.progress import Progress
from ice_cli.project_manifest import existing_manifest
from ice_cli.render import findings_text
from ice_core.archive_limits import LIMITS
from ice_core.errors import Finding
from ice_core.event_log import ManifestListing, read_events, unlisted_findings
from ice_core.home import read_regular_file
from ice_core.strict_json import MAX_BYTES
from ice_core.wheel_rewriting import tidied_wheel
from ice_core.wheels import PluginWheel, read_wheel
from ice_sdk.lint import LintReport, LintRequest, lint_project
from ice_sdk.lint_rules import LINT_RULES, LintSettings


def _patterns(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    patterns = tuple(pattern for item in given for pattern in item.split(",") if pattern)
    if given and not patterns:
        raise click.BadParameter("it names no rule; leave it out for all of them", ctx=context, param=parameter)
    return patterns


def _not_empty(context: click.Context, parameter: click.Parameter, given: str | None) -> str | None:
    if given == "":
        raise click.BadParameter("it names neither a file nor a revision", ctx=context, param=parameter)
    return given


@click.command("lint")
@project_option
@all_option
@click.option("--manifest", "file", type=click.Path(path_type=Path), metavar="FILE", help="Default: its plugins.json.")
@click.option("--baseline", callback=_not_empty, metavar="FILE|REVISION", help="What versions are compared with.")
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
    all_packages: bool,
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
    --from-log takes what `pytest --iceos-log FILE` wrote. --all lints each package
    of a monorepo by its own settings.

    \b
    Example: ice plugins lint --ignore no-example --baseline v1.2.0
    """
    form = output.chosen_form(form, as_json=as_json)
    if list_rules:
        _list_rules(form)
        return 0
    options = LintOptions(select=select, ignore=ignore, baseline=baseline, fix=fix, strict=strict)
    if all_packages:
        single = {"--manifest": file, "--wheel": wheels, "--from-log": log, "--diff": diff}
        return lint_all(project, options, refused=[name for name, given in single.items() if given], form=form)
    manifest = existing_manifest(project, file)
    request = lint_request(project, manifest, options, wheels=_read_wheels(wheels), further=_registered(log, manifest))
    settings = request.settings
    with Progress("Reading the project's components"):
        report = lint_project(request)
    if diff:
        return int(_show_difference(manifest, report, settings))
    fixed = fix and fix_manifest(manifest, report, settings)
    if fixed:
        report = lint_project(request)
    _tell(report, request, fixed=fixed, form=form)
    return int(count(report, "error") > 0 or (strict and len(report.findings) > 0))


def _list_rules(form: output.Form) -> None:
    if form == "github":
        raise output.usage_error(
            f"`{output.FORM_OPTION} github` annotates files, and `--list-rules` finds nothing in them",
            hints=(f"To list the rules for programs, run `ice plugins lint --list-rules {output.FORM_OPTION} sarif`",),
        )
    if form == "sarif":
        output.findings((), form=form, rules={rule.slug: rule.severity for rule in LINT_RULES})
        return
    if form == "json":
        output.data(
            {
                "rules": [
                    {"slug": rule.slug, "severity": rule.severity, "fixable": rule.is_fixable, "meaning": rule.meaning}
                    for rule in LINT_RULES
                ]
            }
        )
        return
    rows = [("RULE", "SEVERITY", "FIX")] if form == "full" else []
    rows += [(rule.slug, rule.severity, "--fix" if rule.is_fixable else "") for rule in LINT_RULES]
    for text in output.columns(rows):
        output.line(text.rstrip())
    if form == "full":
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


def _show_difference(manifest: Path, report: LintReport, settings: LintSettings) -> bool:
    if report.exported is None or not is_mended(report, settings):
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
        output.data(document(report, manifest, fixed=fixed))
        return
    if form != "full":
        wanted = {rule.slug: rule.severity for rule in LINT_RULES if request.settings.wants(rule.slug)}
        output.findings(report.findings, form=form, rules=wanted)
    elif report.findings:
        output.line(findings_text(report.findings))
    if fixed:
        output.say(f"Wrote {manifest}: it describes this code again, and is not signed.")
    output.say(summary(report, manifest))
