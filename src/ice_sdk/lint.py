"""`ice plugins lint`: a project's manifest, versions and code against each other and against every governance check.

The steps, in this order:
 1. the committed manifest, and the manifest that the code declares (one child process);
 2. drift between the two;
 3. the versions, against the baseline;
 4. every check of `ice_checks`, on the code's own manifest, its sources, and wheels that are at hand;
 5. what was found elsewhere, as by a test run;
 6. what the settings select.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from ice_checks.all_checks import ALL_CHECKS, run_checks
from ice_checks.check import Subject
from ice_core.dynamic import near_names
from ice_core.errors import Finding, IceError, Location
from ice_core.home import read_regular_file
from ice_core.models.plugins import parse_manifest
from ice_core.names import ComponentId
from ice_core.strict_json import MAX_BYTES, JsonObject, parse_json, printable
from ice_core.wheels import PluginWheel
from ice_sdk.baseline import Baseline, find_baseline
from ice_sdk.difference import Change, drift, manifest_difference
from ice_sdk.export import Exported, export_command, export_manifest
from ice_sdk.finding_places import from_here, placed
from ice_sdk.lint_rules import LINT_RULES, LINT_TABLE, LintSettings
from ice_sdk.lint_versions import version_findings
from ice_sdk.project import read_project
from ice_sdk.project_sources import project_sources, source_folder

# What is wrong with these is at the decorator; the rest is where the check says.
_AT_THE_MANIFEST = frozenset(("import-target-missing", "manifest-unsorted"))


@dataclass(frozen=True, kw_only=True, slots=True)
class LintReport:
    """What a lint found.

    Attributes:
        findings: In order of place, those that the settings keep.
        exported: The manifest that the code declares; None when it cannot be exported, which is a finding then.
        baseline: What versions were compared with.
        has_drift: Whether writing `exported` would change the manifest.
        left_out: The rules that the settings turn off.
    """

    findings: tuple[Finding, ...]
    exported: Exported | None
    baseline: Baseline | None
    has_drift: bool
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LintRequest:
    """What to lint, and with what beside.

    Attributes:
        project: The folder of pyproject.toml.
        manifest: The committed manifest.
        settings: Which rules are on.
        wheels: Wheels that were built from the project.
        known_names: Components of others, each with its distribution; names are compared with them.
        further: Findings from elsewhere, as of a test run's log.
    """

    project: Path
    manifest: Path
    settings: LintSettings
    wheels: tuple[PluginWheel, ...] = ()
    known_names: Mapping[ComponentId, str] = field(default_factory=dict)
    further: Sequence[Finding] = ()


def lint_project(request: LintRequest) -> LintReport:
    """Everything that is wrong with a project's components, at once; nothing is written.

    Raises:
        IceError: `project-invalid`, `baseline-missing`, or what reading the manifest or the sources raises. What the
            code's own export raises is among the findings.
    """
    # 1. Both manifests.
    data = read_regular_file(request.manifest, max_bytes=MAX_BYTES)
    committed = parse_json(data, where=str(request.manifest))
    parse_manifest(committed, where=str(request.manifest))
    findings: list[Finding] = []
    exported = _exported(request, findings)
    baseline = _baseline(request, exported, findings)
    places = _places(request.project, exported)
    changes: tuple[Change, ...] = ()
    if exported is not None:
        findings += exported.discovery.warnings
        # 2. Drift.
        changes = manifest_difference(committed, exported.value, discovery=exported.discovery)
        if changes:
            findings.append(_drift(request, changes, committed, exported))
        # 3. Versions.
        if baseline is not None:
            where = Location(from_here(request.project, "pyproject.toml"), path="project.version")
            findings += version_findings(baseline, exported.value, places=places, project=where)
    # 4. Checks.
    value = exported.value if exported is not None else committed
    text = None if changes else data.decode("utf-8")
    findings += _check_findings(request, value, text, places)
    findings += _unmatched_patterns(request, exported)
    # 5. From elsewhere.
    findings += request.further
    # 6. What is wanted.
    kept = [placed(request.project, finding) for finding in findings if request.settings.keeps(finding)]
    return LintReport(
        findings=tuple(sorted(kept, key=Finding.sort_key)),
        exported=exported,
        baseline=baseline,
        has_drift=bool(changes),
        left_out=tuple(rule.slug for rule in LINT_RULES if not request.settings.wants(rule.slug)),
    )


def _baseline(request: LintRequest, exported: Exported | None, findings: list[Finding]) -> Baseline | None:
    if not request.settings.wants("version-not-raised"):
        return None
    current = exported.value if exported is not None else None
    try:
        return find_baseline(request.project, request.manifest, request.settings.baseline, current=current)
    except IceError as error:
        if error.slug != "git-unusable":
            raise
        findings.append(error.finding)
        return None


def _exported(request: LintRequest, findings: list[Finding]) -> Exported | None:
    try:
        return export_manifest(request.project, output=request.manifest)
    except IceError as error:
        findings.extend(error.findings or (error.finding,))
        return None


def _unmatched_patterns(request: LintRequest, exported: Exported | None) -> list[Finding]:
    if exported is None:
        return []
    known = tuple(str(found.id) for found in exported.discovery.components)
    return [
        Finding(
            "lint-component-unknown",
            f"`{printable(pattern)}` of `per-component-ignores` is no component of this project, and no pattern of one",
            severity="warning",
            where=Location("pyproject.toml", path=f"{LINT_TABLE}.per-component-ignores"),
            expected=", ".join(known) or "no component at all",
            found=printable(pattern),
            hints=(*(f"`{near}` is one; did you mean that?" for near in near_names(pattern, known)), "Take it out"),
        )
        for pattern in request.settings.per_component
        if not any(fnmatchcase(component, pattern) for component in known)
    ]


def _drift(request: LintRequest, changes: tuple[Change, ...], committed: JsonObject, exported: Exported) -> Finding:
    command = export_command(request.project, request.manifest)
    return drift(str(request.manifest), changes, committed, exported.value, command=command).finding


def _check_findings(
    request: LintRequest, value: JsonObject, text: str | None, places: Mapping[str, Location]
) -> list[Finding]:
    project = read_project(request.project.resolve())
    folder = source_folder(project)
    subject = Subject(
        manifest=parse_manifest(value, where=str(request.manifest)),
        value=value,
        where=str(request.manifest),
        text=text,
        wheels=request.wheels,
        sources=project_sources(project),
        source_folder=from_here(request.project, folder) + ("/" if folder else ""),
        known_names=request.known_names,
    )
    wanted = [check for check in ALL_CHECKS if request.settings.wants(check.slug)]
    try:
        found = run_checks(subject, checks=wanted)
    except IceError as error:
        return list(error.findings or (error.finding,))
    return [_at_the_decorator(finding, subject, places) for finding in found]


def _at_the_decorator(finding: Finding, subject: Subject, places: Mapping[str, Location]) -> Finding:
    where = finding.where
    if where is None or where.file != subject.where or finding.slug in _AT_THE_MANIFEST:
        return finding
    path = where.path
    component = next((str(entry.id) for step, entry in subject.entries() if f"{path}.".startswith(f"{step}.")), None)
    if component is not None:
        finding.details = {**finding.details, "component": component, "member": path.partition(".")[2]}
        finding.where = places.get(component, where)
    return finding


def _places(project: Path, exported: Exported | None) -> dict[str, Location]:
    found = exported.discovery.components if exported is not None else ()
    return {str(item.id): Location(from_here(project, item.file), line=item.line) for item in found}
