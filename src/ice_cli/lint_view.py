"""What `ice plugins lint` is asked and what it tells, for one project and for each package of a monorepo alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ice_cli import output
from ice_core.errors import Finding
from ice_core.home import write_atomically
from ice_core.names import ComponentId
from ice_core.strict_json import JsonObject
from ice_core.unified_registry import load_plugins
from ice_core.wheels import PluginWheel
from ice_sdk.lint import LintReport, LintRequest
from ice_sdk.lint_rules import LintSettings, read_lint_settings
from ice_sdk.project import read_project

FIXED: Final = "manifest-drift"
VERSIONS: Final = "version-not-raised"


@dataclass(frozen=True, kw_only=True, slots=True)
class LintOptions:
    """What the command line says about every project that is linted.

    Attributes:
        select, ignore, baseline: In place of the project's own settings, or added to them.
        fix: Whether a manifest that drifted is written anew.
        strict: Whether warnings fail, too.
    """

    select: tuple[str, ...]
    ignore: tuple[str, ...]
    baseline: str | None
    fix: bool
    strict: bool


def lint_request(
    project: Path,
    manifest: Path,
    options: LintOptions,
    *,
    wheels: tuple[PluginWheel, ...] = (),
    further: Sequence[Finding] = (),
) -> LintRequest:
    """What is linted, with what, by the project's settings and the command line's.

    Raises:
        IceError: `project-invalid`, `lint-rule-unknown`, or what loading other components raises.
    """
    settings = read_lint_settings(project)
    return LintRequest(
        project=project,
        manifest=manifest,
        settings=settings.with_options(select=options.select, ignore=options.ignore, baseline=options.baseline),
        wheels=wheels,
        known_names=known_names(project),
        further=further,
    )


def known_names(project: Path) -> Mapping[ComponentId, str]:
    """The components of other distributions that are loaded here, each with its distribution."""
    own = read_project(project.resolve()).name
    listed = ((item.id, item.distribution) for item in load_plugins().list())
    return {component: name for component, name in listed if name is not None and name != own}


def is_mended(report: LintReport, settings: LintSettings) -> bool:
    """Whether writing the manifest anew mends something that the settings object to."""
    return report.has_drift and settings.wants(FIXED)


def fix_manifest(manifest: Path, report: LintReport, settings: LintSettings) -> bool:
    """Writes the manifest anew if that mends something; whether it did."""
    if report.exported is None or not is_mended(report, settings):
        return False
    write_atomically(manifest, report.exported.data)
    return True


def document(report: LintReport, manifest: Path, *, fixed: bool) -> JsonObject:
    """What a lint found, for programs."""
    return {
        "manifest": str(manifest),
        "baseline": report.baseline.label if report.baseline is not None else None,
        "findings": [finding.to_json() for finding in report.findings],
        "errors": count(report, "error"),
        "warnings": count(report, "warning"),
        "fixed": [str(manifest)] if fixed else [],
        "left_out": list(report.left_out),
    }


def summary(report: LintReport, manifest: Path) -> str:
    """What a lint found, in one line for a person."""
    counts = [
        output.counted(number, severity) for severity in ("error", "warning") if (number := count(report, severity))
    ]
    compared = "Versions were compared with nothing: no tag or commit that was found holds a manifest."
    if report.baseline is not None:
        compared = f"Versions were compared with {report.baseline.label}."
    elif VERSIONS in report.left_out:
        compared = "Versions were not compared."
    mended = " `--fix` mends the manifest." if any(each.slug == FIXED for each in report.findings) else ""
    left_out = f" Left out: {', '.join(report.left_out)}." if report.left_out else ""
    return f"{' and '.join(counts) or f'No rule objects to `{manifest}`'}.{mended}{left_out} {compared}".rstrip()


def count(report: LintReport, severity: str) -> int:
    """How many findings weigh that much."""
    return sum(finding.severity == severity for finding in report.findings)
