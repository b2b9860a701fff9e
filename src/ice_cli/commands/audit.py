"""`ice audit`: what a blueprint, a plan, a lock or this machine would run, and which of it nobody vouches for."""

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import click

from ice_cli import output
from ice_cli.audit_view import audit_lines, verdict_text
from ice_cli.compilation import compiled_file, lock_beside, plan_or_refusal, read_blueprint
from ice_cli.files import read_named
from ice_cli.render import findings_text
from ice_core.clock import judged_time
from ice_core.errors import Finding, IceError
from ice_core.home import Home, write_atomically
from ice_core.models.lock import LOCK_NAME, MAX_LOCK_BYTES, read_lock
from ice_core.models.plan import PLAN_VERSION, Plan, read_plan
from ice_core.strict_json import MAX_REGISTRY_BYTES, JsonObject, parse_json
from ice_core.unified_registry import Registry, load_plugins
from ice_orchestrator.audit import Auditor, loaded_here
from ice_orchestrator.audit_change import MAX_AUDIT_BYTES, audit_changes, read_audit
from ice_orchestrator.audit_report import Audit
from ice_orchestrator.verification import Verifier
from ice_sdk.export import source_date

FailOn = Literal["unverified", "warning", "nothing"]
_FAIL_ON: Final[tuple[FailOn, ...]] = ("unverified", "warning", "nothing")


@click.command("audit")
@click.argument("subject", required=False, type=click.Path(path_type=Path), metavar="[BLUEPRINT|PLAN|LOCK]")
@click.option("--sbom", type=click.Path(path_type=Path), metavar="FILE", help="Write a CycloneDX 1.6 bill there.")
@click.option("--diff", "older", type=click.Path(path_type=Path), metavar="FILE", help="Tell what rose since this one.")
@click.option(
    "--fail-on",
    type=click.Choice(_FAIL_ON),
    default="unverified",
    help="What ends with exit code 1; default: unverified.",
)
@output.json_option
def audit_command(
    subject: Path | None, *, sbom: Path | None, older: Path | None, fail_on: FailOn, as_json: bool
) -> int:
    """List what would run: packages, signers, permissions, costs, and what is
    not verified.

    Without an argument: the lock of this folder, else everything installed. A
    blueprint or plan is audited for what it calls. Unverified is what a strict
    run refuses: unsigned manifests, code without a signed wheel, dependencies
    that no lock pins, revoked or unknown keys. Nothing is imported, and nothing
    but --sbom is written. Exit code 1 if something is not verified.

    \b
    Example: ice audit news.yaml --sbom bom.json
    """
    home = Home.from_environment(os.environ)
    verifier = Verifier(home=home, now=judged_time(home, datetime.now(UTC)))
    auditor = Auditor(verifier=verifier, search_path=sys.path)
    before = read_audit(read_named(older, max_bytes=MAX_AUDIT_BYTES), where=str(older)) if older is not None else None
    audit = _audited(auditor, subject)
    changes = audit_changes(before, audit.to_json(), where=str(older)) if before is not None else ()
    if sbom is not None:
        write_atomically(sbom, _bill(audit, os.environ))
    if as_json:
        output.data(_document(audit, changes, sbom=sbom, compared=before is not None))
    else:
        _tell(audit, changes, sbom=sbom, older=older)
    return _code([*audit.findings, *changes], fail_on)


def _audited(auditor: Auditor, subject: Path | None) -> Audit:
    if subject is None and not Path(LOCK_NAME).exists():
        manifests, refusals = loaded_here(auditor.verifier, os.environ, sys.path)
        auditor.refuse(refusals)
        return auditor.of_manifests(manifests, subject="what is installed here")
    path = subject or Path(LOCK_NAME)
    if path.suffix == ".toml":
        return auditor.of_lock(read_lock(read_named(path, max_bytes=MAX_LOCK_BYTES), where=str(path)), where=str(path))
    auditor.lock = lock_beside(None, locked=False)
    auditor.where = LOCK_NAME if auditor.lock is not None else ""
    registry = load_plugins(no_dynamic=False)
    return auditor.of_plan(_plan(path, registry, auditor), registry.manifests, subject=str(path))


def _plan(path: Path, registry: Registry, auditor: Auditor) -> Plan:
    if path.suffix == ".json":
        data = read_blueprint(path, max_bytes=MAX_REGISTRY_BYTES)
        if parse_json(data, where=str(path), max_bytes=MAX_REGISTRY_BYTES).get("schema_version") == PLAN_VERSION:
            return read_plan(data, where=str(path))
    return plan_or_refusal(compiled_file(path, registry, auditor.lock, locked=False))


def _bill(audit: Audit, environ: Mapping[str, str]) -> bytes:
    try:
        from ice_orchestrator.bill_of_materials import bill_of_materials
    except ImportError as error:
        raise IceError(
            "extra-missing",
            "`cyclonedx-python-lib` is needed to write a bill of materials, and it is not installed",
            note="A machine that only runs plans does not need it, so it comes with the extra `audit`.",
            hints=("To install it, run `pip install 'iceos[audit]'`",),
            details={"program": "cyclonedx-python-lib", "extra": "audit"},
        ) from error
    return bill_of_materials(audit, created=source_date(environ))


def _document(audit: Audit, changes: Sequence[Finding], *, sbom: Path | None, compared: bool) -> JsonObject:
    value = audit.to_json()
    if compared:
        value["changes"] = [change.to_json() for change in changes]
    if sbom is not None:
        value["sbom"] = str(sbom)
    return value


def _tell(audit: Audit, changes: Sequence[Finding], *, sbom: Path | None, older: Path | None) -> None:
    for text in audit_lines(audit):
        output.line(text)
    for found in (audit.findings, changes):
        if found:
            output.say(f"\n{findings_text(found)}".rstrip("\n"))
    output.say("")
    if older is not None and not changes:
        output.say(f"Nothing differs from {older}.")
    if sbom is not None:
        output.say(f"Wrote {sbom}.")
    output.say(verdict_text(audit))


def _code(findings: Sequence[Finding], fail_on: FailOn) -> int:
    if fail_on == "nothing":
        return 0
    return int(any(finding.severity == "error" or fail_on == "warning" for finding in findings))
