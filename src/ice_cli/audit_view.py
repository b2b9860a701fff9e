"""An audit as words within 80 columns: each package with its signer and components, dependencies, and what it costs."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from ice_cli.output import columns, counted, shown
from ice_core.amounts import amount_text
from ice_core.models.plugins import ComponentEntry
from ice_orchestrator.audit_report import (
    Audit,
    AuditedComponent,
    AuditedPackage,
    Code,
    DependencyCode,
    permissions_text,
    permissions_value,
)

WIDTH: Final = 80
_CODE: Final[Mapping[Code, str]] = MappingProxyType(
    {
        "import": "from the bytes that were verified",
        "off": "from the import path; nothing vouches for it",
        "refused": "none in a strict run, which refuses it",
        "absent": "not here, or not what was locked",
        "none": "none: its components are data",
    }
)
_DEPENDENCY: Final[Mapping[DependencyCode, str]] = MappingProxyType(
    {"record": "those of the locked wheel", "off": "not those, or not known", "absent": "none"}
)
_LABEL: Final = 13


def audit_lines(audit: Audit) -> Iterator[str]:
    """The whole report; what is not verified is told beside it, as findings."""
    yield shown(f"audit of {audit.subject}")
    for package in audit.packages:
        yield ""
        yield from _package_lines(package)
    if audit.dependencies:
        yield ""
        yield from columns([("DEPENDENCY", "VERSION", "PINNED BY", "INSTALLED FILES"), *_dependency_rows(audit)])
    if audit.cost is not None:
        yield ""
        yield f"one run costs from {amount_text(audit.cost.minimum)} to {amount_text(audit.cost.maximum)} USD"


def verdict_text(audit: Audit) -> str:
    """The last line: how much there is, and how much of it is not verified."""
    if not audit.packages:
        return "Nothing is installed or pinned here, so nothing was audited."
    components = sum(len(package.components) for package in audit.packages)
    held = f"{counted(len(audit.packages), 'package')}, {counted(components, 'component')}"
    if audit.dependencies:
        held += f", {len(audit.dependencies)} {'dependency' if len(audit.dependencies) == 1 else 'dependencies'}"
    wrong = "everything is verified" if not audit.unverified else f"{counted(audit.unverified, 'part')} not verified"
    return f"{held}: {wrong}; nothing was imported, nothing written."


def _package_lines(package: AuditedPackage) -> Iterator[str]:
    yield shown(f"{package.name} {package.version}".rstrip())
    signer = f"{package.signer}, {package.key_state}" if package.signer is not None else "NOBODY"
    yield from _fact("signed by", signer)
    if package.fingerprint is not None:
        yield f"    {package.fingerprint}"
    if package.first_seen is not None:
        yield from _fact("first seen", f"{package.first_seen:%Y-%m-%d %H:%M:%S} UTC")
    yield from _fact("manifest", "" if package.manifest_digest is not None else "cannot be read")
    if package.manifest_digest is not None:
        yield f"    {package.manifest_digest}"
    for filename, digest in package.wheels:
        yield from _fact("wheel", filename)
        yield f"    {digest}"
    yield from _fact("licence", package.license or "not said")
    yield from _fact("code", _CODE[package.code])
    if package.requires:
        yield from _fact("needs", ", ".join(package.requires))
    for component in package.components:
        yield from _component_lines(component)


def _component_lines(component: AuditedComponent) -> Iterator[str]:
    yield shown(f"  {component.id} {component.version}")
    yield f"    {component.digest}"
    if component.entry is None:
        return
    yield from _fact("  may use", permissions_text(permissions_value(component.entry.permissions)))
    yield from _fact("  costs", _cost(component.entry))
    if component.entry.deprecated is not None:
        yield from _fact("  deprecated", f"since {component.entry.deprecated.since}")


def _cost(entry: ComponentEntry) -> str:
    estimate = entry.cost_estimate
    if estimate is None:
        return "not declared"
    if not estimate.per_token:
        return f"{amount_text(estimate.base)} USD a call"
    if entry.max_tokens is None:
        return f"{amount_text(estimate.base)} USD a call and {amount_text(estimate.per_token)} a token, without a bound"
    most = estimate.base + estimate.per_token * entry.max_tokens
    return f"at most {amount_text(most)} USD a call, of up to {entry.max_tokens:,} tokens"


def _dependency_rows(audit: Audit) -> Iterable[tuple[str, ...]]:
    for dependency in audit.dependencies:
        hashes = counted(len(dependency.wheels), "wheel")
        yield shown(dependency.name), shown(dependency.version), hashes, _DEPENDENCY[dependency.code]


def _fact(name: str, text: str) -> list[str]:
    # A digest stands on a line of its own: with a label before it, it would not fit and who compares it would lose it.
    lead = f"  {name.ljust(_LABEL)}"
    return textwrap.wrap(
        shown(text),
        width=WIDTH,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [lead.rstrip()]
