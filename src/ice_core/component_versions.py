"""The components of verified manifests by id and version, and which of them cannot stand together."""

from collections.abc import Iterable, Iterator, Mapping

from packaging.version import InvalidVersion, Version

from ice_core.errors import Finding, IceError, Location
from ice_core.manifest_checks import component_entries
from ice_core.names import ComponentId
from ice_core.registered import ListedComponent, RegisteredComponent
from ice_core.verified_manifest import VerifiedManifest

Versions = dict[str, list[RegisteredComponent]]


def components_of(manifests: Iterable[VerifiedManifest]) -> Iterator[RegisteredComponent]:
    """Every component that these manifests list, in their order."""
    for manifest in manifests:
        for value, entry in zip(component_entries(manifest.value), manifest.model.components, strict=True):
            yield ListedComponent(entry, value, schemas=manifest.schemas, manifest=manifest)


def by_version(components: Iterable[RegisteredComponent]) -> dict[ComponentId, Versions]:
    """These components by id and version; of one version, the most vouched for first.

    Raises:
        IceError: `component-conflict`, with a finding for each pair that cannot stand together.
    """
    found: dict[ComponentId, Versions] = {}
    for item in components:
        found.setdefault(item.id, {}).setdefault(str(item.version), []).append(item)
    several = {key: versions for key, versions in found.items() if sum(map(len, versions.values())) > 1}
    findings = [finding for key, versions in several.items() for finding in conflicts(key, versions)]
    if findings:
        raise IceError.of(findings)
    for versions in several.values():
        for version, items in versions.items():
            versions[version] = most_vouched_first(items)
    return found


def in_order(components: Iterable[RegisteredComponent]) -> list[RegisteredComponent]:
    """These components by id, then by version; of one version, the most vouched for first."""
    found = by_version(components)
    return [item for key in sorted(found) for items in ordered(found[key]) for item in items]


def ordered(versions: Versions) -> list[list[RegisteredComponent]]:
    """The components of each version, the lowest version first."""
    return sorted(versions.values(), key=lambda items: (items[0].version, str(items[0].version)))


def most_vouched_first(items: list[RegisteredComponent]) -> list[RegisteredComponent]:
    """Signed before unsigned, with a wheel before without, a newer distribution before an older; else as found."""
    return sorted(items, key=_vouching, reverse=True)


def conflicts(component: ComponentId, versions: Mapping[str, list[RegisteredComponent]]) -> Iterator[Finding]:
    """What bars the manifests that list `component` from being loaded together.

    One version with two digests; or two distributions that both claim the name. A manifest that names no distribution
    may repeat what another lists, digest for digest, and nothing more.
    """
    for version, items in versions.items():
        other = next((item for item in items if item.digest != items[0].digest), None)
        if other is not None:
            reason = f"`{component}` {version} means two different things"
            yield _conflict(reason, items[0], other)
            return
    everything = [item for items in versions.values() for item in items]
    named = [item for item in everything if item.distribution is not None]
    rival = next((item for item in named if item.distribution != named[0].distribution), None)
    if rival is not None:
        yield _conflict(f"`{component}` is claimed by two distributions", named[0], rival)
        return
    for items in versions.values():
        other = next((item for item in everything if item not in items), None)
        if other is not None and all(item.distribution is None for item in items):
            reason = f"`{component}` is listed by a manifest that names no distribution, and otherwise by another"
            yield _conflict(reason, items[0], other)
            return


def _conflict(reason: str, one: RegisteredComponent, other: RegisteredComponent) -> Finding:
    return Finding(
        "component-conflict",
        f"{reason}: in `{one.origin}` and in `{other.origin}`",
        where=Location(other.origin),
        expected=_described(one),
        found=_described(other),
        note="Nothing was loaded.",
        hints=("To load one of them, remove the other: delete its file, or take its path out of what is given",),
        details={"component": str(one.id), "origins": [one.origin, other.origin]},
    )


def _described(item: RegisteredComponent) -> str:
    return f"{item.id} {item.version} of {item.distribution or 'no distribution'}, {item.digest}"


def _vouching(item: RegisteredComponent) -> tuple[bool, bool, Version]:
    manifest = item.manifest
    if manifest is None or manifest.package is None:
        return (manifest is not None and manifest.status == "signed", False, Version("0"))
    try:
        version = Version(manifest.package.version)
    except InvalidVersion:
        version = Version("0")
    return (manifest.status == "signed", bool(manifest.wheels), version)
