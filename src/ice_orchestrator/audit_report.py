"""What an audit found, as values and as `audit.v0`: packages, components, dependencies, what is unverified."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from ice_core.amounts import amount_text
from ice_core.canonical import Digest
from ice_core.errors import Finding
from ice_core.key_store import KeyRecord
from ice_core.models.plan import CostBounds
from ice_core.models.plugins import ComponentEntry, Permissions
from ice_core.strict_json import JsonObject, JsonValue

FORMAT: Final = "audit.v0"
# Where a package's code would come from: verified bytes, the import path; or nowhere, since a strict run refuses it, it
# is not installed, or it has none.
Code = Literal["import", "off", "refused", "absent", "none"]
# How a strict run would take it: checked file by file, not at all since something is wrong, or not installed here.
DependencyCode = Literal["record", "off", "absent"]
KeyState = Literal["valid", "not yet valid", "expired", "revoked", "unknown", "unsigned"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditedComponent:
    """One component that would run; `entry` is None where no manifest that can be read says more than its digest."""

    id: str
    version: str
    digest: Digest
    entry: ComponentEntry | None

    def to_json(self) -> JsonObject:
        """Its members; permissions and cost as its manifest writes them."""
        entry = self.entry
        deprecated = entry.deprecated if entry is not None else None
        return {
            "component": self.id,
            "version": self.version,
            "digest": str(self.digest),
            "description": entry.description if entry is not None else None,
            "permissions": permissions_value(entry.permissions) if entry is not None else None,
            "cost": _cost(entry) if entry is not None else None,
            "deprecated": deprecated.since if deprecated is not None else None,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditedPackage:
    """One package whose components would run.

    Attributes:
        name, version: The distribution.
        manifest_digest: Of its manifest; None where none can be read.
        wheels: File name and digest of each.
        signer, fingerprint, key_state: The key, and what the key-store says of it now.
        first_seen: When the signature was first seen, by which the key's validity was judged.
        license: The SPDX expression of its manifest.
        code: Where its code would come from.
        components: Those of its components that the subject calls.
        requires: The names of the distributions that its wheels require.
    """

    name: str
    version: str
    manifest_digest: Digest | None
    wheels: tuple[tuple[str, Digest], ...]
    signer: str | None
    fingerprint: Digest | None
    key_state: KeyState
    first_seen: datetime | None
    license: str | None
    code: Code
    components: tuple[AuditedComponent, ...]
    requires: tuple[str, ...]

    def to_json(self) -> JsonObject:
        """Its members, digests and times as text."""
        return {
            "package": self.name,
            "version": self.version,
            "manifest_digest": _text(self.manifest_digest),
            "wheels": [{"filename": name, "digest": str(digest)} for name, digest in self.wheels],
            "signer": self.signer,
            "fingerprint": _text(self.fingerprint),
            "key": self.key_state,
            "first_seen": f"{self.first_seen:%Y-%m-%dT%H:%M:%SZ}" if self.first_seen is not None else None,
            "license": self.license,
            "code": self.code,
            "components": [component.to_json() for component in self.components],
            "requires": [*self.requires],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditedDependency:
    """A third-party distribution that the lock pins: its wheels, and what it requires where the lock says so."""

    name: str
    version: str
    wheels: tuple[tuple[str, str], ...]
    requires: tuple[str, ...]
    code: DependencyCode

    def to_json(self) -> JsonObject:
        """Its members."""
        return {
            "package": self.name,
            "version": self.version,
            "wheels": [{"filename": name, "digest": f"sha256:{digest}"} for name, digest in self.wheels],
            "requires": [*self.requires],
            "code": self.code,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """Everything that would run; findings of severity `error` are what is not verified."""

    subject: str
    packages: tuple[AuditedPackage, ...]
    dependencies: tuple[AuditedDependency, ...]
    cost: CostBounds | None
    findings: tuple[Finding, ...]

    @property
    def unverified(self) -> int:
        """How many parts are not verified."""
        return sum(finding.severity == "error" for finding in self.findings)

    def to_json(self) -> JsonObject:
        """`audit.v0`."""
        cost: JsonValue = None
        if self.cost is not None:
            cost = {
                "minimum": amount_text(self.cost.minimum),
                "expected": amount_text(self.cost.expected),
                "maximum": amount_text(self.cost.maximum),
                "currency": "USD",
            }
        return {
            "format": FORMAT,
            "subject": self.subject,
            "packages": [package.to_json() for package in self.packages],
            "dependencies": [dependency.to_json() for dependency in self.dependencies],
            "cost": cost,
            "unverified": self.unverified,
            "findings": [finding.to_json() for finding in self.findings],
        }


def key_state(record: KeyRecord | None, *, signer: str | None, now: datetime) -> KeyState:
    """What the key-store says of the key that signed, as of now."""
    if signer is None:
        return "unsigned"
    if record is None:
        return "unknown"
    if record.revoked is not None:
        return "revoked"
    if record.not_after is not None and record.not_after < now:
        return "expired"
    return "not yet valid" if record.not_before is not None and now < record.not_before else "valid"


def permissions_value(permissions: Permissions) -> JsonObject:
    """What a component may touch; what it may not is left out."""
    value: JsonObject = permissions.model_dump(mode="json", exclude_defaults=True)
    return value


def permissions_text(value: Mapping[str, JsonValue]) -> str:
    """The same in words."""
    granted = [
        name if allowed is True else f"{name} {', '.join(map(str, allowed))}"
        for name, allowed in value.items()
        if allowed is True or isinstance(allowed, list)
    ]
    return "; ".join(granted) or "nothing"


def _cost(entry: ComponentEntry) -> JsonValue:
    estimate = entry.cost_estimate
    if estimate is None:
        return None
    return {
        "base": amount_text(estimate.base),
        "per_token": amount_text(estimate.per_token),
        "max_tokens": entry.max_tokens,
        "currency": estimate.currency,
    }


def _text(digest: Digest | None) -> str | None:
    return str(digest) if digest is not None else None
