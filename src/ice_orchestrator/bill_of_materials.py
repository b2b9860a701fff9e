"""An audit as a CycloneDX 1.6 bill of materials: the same bytes for the same audit, on any machine.

The serial number is derived from what the bill says, and there is a timestamp only if `$SOURCE_DATE_EPOCH` gives one.
Imported only by who asks for a bill: `cyclonedx-python-lib` comes with the extra `audit` and takes half a second.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from ice_core.canonical import canonical_bytes, printed_bytes, value_digest
from ice_core.version import VERSION
from ice_orchestrator.audit_report import Audit, AuditedComponent, AuditedDependency, AuditedPackage

_PREFIX: Final = "iceos:"


def bill_of_materials(audit: Audit, *, created: str | None = None) -> bytes:
    """The bill of an audit as JSON, ending with a newline.

    Args:
        audit: What would run.
        created: When it was made, as `2026-10-02T12:00:00Z`; without it the bill holds no time.
    """
    bom = Bom()
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, f"{_PREFIX}{value_digest(audit.to_json())}")
    root = Component(name=audit.subject, type=ComponentType.APPLICATION, bom_ref="subject")
    bom.metadata.component = root
    bom.metadata.tools.components.add(Component(name="iceos", version=VERSION, type=ComponentType.APPLICATION))
    if created is not None:
        bom.metadata.timestamp = datetime.fromisoformat(created)
    packages = [_package(package) for package in audit.packages]
    dependencies = [_dependency(dependency) for dependency in audit.dependencies]
    bom.components.update([*packages, *dependencies])
    bom.register_dependency(root, packages)
    requires = [
        *(package.requires for package in audit.packages),
        *(dependency.requires for dependency in audit.dependencies),
    ]
    for component, names in zip([*packages, *dependencies], requires, strict=True):
        needed = [each for each in (*packages, *dependencies) if each.name in names]
        bom.register_dependency(component, needed)
    value = json.loads(JsonV1Dot6(bom).output_as_string())
    if created is None:
        # The library's own value is now, which would make two bills of one audit differ.
        value["metadata"].pop("timestamp", None)
    return printed_bytes(value)


def _package(package: AuditedPackage) -> Component:
    facts = {
        "code": package.code,
        "key-state": package.key_state,
        "signer": package.signer,
        "signer-fingerprint": str(package.fingerprint) if package.fingerprint is not None else None,
        "manifest-digest": str(package.manifest_digest) if package.manifest_digest is not None else None,
        "first-seen": f"{package.first_seen:%Y-%m-%dT%H:%M:%SZ}" if package.first_seen is not None else None,
    }
    component = _library(package.name, package.version, [(name, each.hex) for name, each in package.wheels], facts)
    component.licenses.update(_licence(package.license))
    component.components.update(_part(package, each) for each in package.components)
    return component


def _part(package: AuditedPackage, component: AuditedComponent) -> Component:
    value = component.to_json()
    told = {name: canonical_bytes(value[name]).decode() for name in ("permissions", "cost") if value[name] is not None}
    return Component(
        name=component.id,
        version=component.version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{package.name}@{package.version}#{component.id}",
        properties=_properties({"component-digest": str(component.digest), **told}),
    )


def _dependency(dependency: AuditedDependency) -> Component:
    return _library(dependency.name, dependency.version, dependency.wheels, {"code": dependency.code})


def _library(name: str, version: str, wheels: Sequence[tuple[str, str]], facts: Mapping[str, str | None]) -> Component:
    # A manifest of no distribution has a path for a name, which no package index knows.
    purl = PackageURL(type="pypi", name=name, version=version) if version else None
    reference = str(purl) if purl is not None else name
    files = [
        Component(
            name=filename,
            type=ComponentType.FILE,
            bom_ref=f"{reference}#{filename}",
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        )
        for filename, digest in wheels
    ]
    # Several wheels have several hashes, none of which is that of the package.
    own = files[0].hashes if len(files) == 1 else ()
    return Component(
        name=name,
        version=version or None,
        type=ComponentType.LIBRARY,
        bom_ref=reference,
        purl=purl,
        hashes=own,
        components=files,
        properties=_properties(facts),
    )


def _licence(text: str | None) -> Iterable[LicenseExpression | DisjunctiveLicense]:
    if text is None:
        return ()
    try:
        return (LicenseExpression(str(canonicalize_license_expression(text))),)
    except InvalidLicenseExpression:
        return (DisjunctiveLicense(name=text),)


def _properties(facts: Mapping[str, str | None]) -> list[Property]:
    return [Property(name=f"{_PREFIX}{name}", value=value) for name, value in facts.items() if value is not None]
