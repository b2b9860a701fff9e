"""`ice plugins test`: what a project must pass before it is merged; all three steps run, whichever of them fails.

1. lint: every rule but drift, which the third step tells;
2. stubs: `mypy --strict` on what is generated from the committed manifest;
3. manifest: the digest of a fresh export against that of the committed file.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ice_core.canonical import manifest_digest
from ice_core.errors import Finding, IceError
from ice_core.home import read_regular_file
from ice_core.models.plugins import parse_manifest
from ice_core.strict_json import MAX_BYTES, parse_json
from ice_sdk.drift import check_manifest
from ice_sdk.export import Exported
from ice_sdk.lint import LintRequest, lint_project
from ice_sdk.stub_check import StubWriter, check_stubs

_OF_THE_THIRD_STEP: Final = "manifest-drift"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What became of one step.

    Attributes:
        name: lint, stubs or manifest.
        findings: What was found, in order.
        passed: Whether nothing of it is an error.
        words: What was checked, for a person.
        exported: What the code declares, where the step read it.
    """

    name: str
    findings: tuple[Finding, ...]
    words: str
    exported: Exported | None = None

    @property
    def passed(self) -> bool:
        """Whether nothing that was found is an error."""
        return all(finding.severity != "error" for finding in self.findings)


def run_gate(request: LintRequest, *, write_stubs: StubWriter) -> tuple[Step, ...]:
    """Runs the three steps over one project; nothing is written.

    Args:
        request: The project, its manifest, and what lint is told.
        write_stubs: What writes the stubs of a manifest.
    """
    steps: tuple[tuple[str, Callable[[], Step]], ...] = (
        ("lint", lambda: _lint(request)),
        ("stubs", lambda: _stubs(request.manifest, write_stubs)),
        ("manifest", lambda: _manifest(request.project, request.manifest)),
    )
    return tuple(_step(name, run) for name, run in steps)


def _step(name: str, run: Callable[[], Step]) -> Step:
    try:
        step = run()
    except IceError as error:
        step = Step(name=name, findings=error.findings or (error.finding,), words=error.finding.message)
    return replace(step, findings=tuple(sorted(step.findings, key=Finding.sort_key)))


def _lint(request: LintRequest) -> Step:
    settings = request.settings.with_options(ignore=(_OF_THE_THIRD_STEP,))
    report = lint_project(replace(request, settings=settings))
    baseline = f", versions against {report.baseline.label}" if report.baseline is not None else ""
    left_out = [slug for slug in report.left_out if slug != _OF_THE_THIRD_STEP]
    without = f", without {', '.join(left_out)}" if left_out else ""
    words = f"the rules of `ice plugins lint`{without}{baseline}"
    return Step(name="lint", findings=report.findings, words=words, exported=report.exported)


def _stubs(manifest: Path, write_stubs: StubWriter) -> Step:
    value = parse_json(read_regular_file(manifest, max_bytes=MAX_BYTES), where=str(manifest))
    parse_manifest(value, where=str(manifest))
    findings = check_stubs(value, where=str(manifest), write=write_stubs)
    return Step(name="stubs", findings=findings, words="`mypy --strict` on the manifest's stubs")


def _manifest(project: Path, manifest: Path) -> Step:
    exported = check_manifest(project, manifest)
    return Step(name="manifest", findings=(), words=str(manifest_digest(exported.value)), exported=exported)
