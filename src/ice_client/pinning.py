"""From resolved packages to pins: each plugin's bundle is verified, and what it holds is written down by digest.

When a bundle was first seen is kept from the lock so far, as long as manifest and wheels are the same: the validity of
its key is judged at that time.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from packaging.pylock import Package

from ice_client.lock_text import PluginPin
from ice_client.locked_bundles import OpenBundle, component_digests
from ice_core.canonical import manifest_digest
from ice_core.errors import IceError
from ice_core.key_store import KeyStore
from ice_core.models.lock import Lock, LockedComponent, LockedWheel
from ice_core.trust import verify_bundle
from ice_core.verified_manifest import VerifiedManifest


def pin_plugins(
    packages: Sequence[Package],
    bundles: Mapping[tuple[str, str], OpenBundle],
    *,
    keys: KeyStore,
    now: datetime,
    before: Lock | None,
) -> dict[str, PluginPin]:
    """The pins of those packages that are plugins, by name; each bundle is verified before it is pinned.

    Args:
        packages: What was resolved.
        bundles: The bundles that it was resolved from, by name and version.
        keys: Whom to trust.
        now: When a bundle that `before` does not hold is first seen.
        before: The lock so far.

    Raises:
        IceError: `resolution-failed` for a plugin in several versions, `component-conflict`, or what the checks of a
            bundle refuse.
    """
    names = {name for name, _ in bundles}
    plugins = [package for package in packages if package.name in names]
    _refuse_forks(plugins)
    pins = {
        str(package.name): _pin(bundles[str(package.name), str(package.version)], keys, now, before)
        for package in plugins
    }
    _refuse_conflicts(pins)
    return pins


def _refuse_forks(plugins: Sequence[Package]) -> None:
    # uv may answer with one version for some environments and another for the rest; a plan holds one.
    versions: dict[str, list[str]] = {}
    for package in plugins:
        versions.setdefault(str(package.name), []).append(f"{package.version} where {package.marker or 'always'}")
    for name, found in versions.items():
        if len(found) > 1:
            raise IceError(
                "resolution-failed",
                f"`{name}` would be locked in {len(found)} versions",
                expected="one version of a plugin for all environments",
                found="; ".join(found),
                note="Nothing was locked.",
                hints=(f"To choose one, require it, as in `ice lock '{name}<2'`",),
            )


def _pin(bundle: OpenBundle, keys: KeyStore, now: datetime, before: Lock | None) -> PluginPin:
    wheels = tuple(
        LockedWheel(filename=wheel.filename, digest=wheel.digest, size=len(bundle.wheel_data[wheel.filename]))
        for wheel in bundle.bundle.wheels
    )
    digest = manifest_digest(bundle.bundle.manifest_value)
    held = before.plugin(bundle.bundle.wheels[0].name) if before is not None else None
    same = held is not None and held.manifest_digest == digest and _digests(held.wheels) == _digests(wheels)
    first_seen = held.first_seen if held is not None and same else now.astimezone(UTC).replace(microsecond=0)
    manifest = verify_bundle(bundle.bundle, origin=bundle.origin, keys=keys, first_seen=first_seen, strict=True)
    return PluginPin(
        manifest_digest=manifest.digest,
        signer=str(manifest.signer),
        first_seen=first_seen,
        wheels=wheels,
        components=_components(manifest),
    )


def _digests(wheels: Sequence[LockedWheel]) -> set[tuple[str, str]]:
    return {(wheel.filename, str(wheel.digest)) for wheel in wheels}


def _components(manifest: VerifiedManifest) -> dict[str, LockedComponent]:
    digests = component_digests(manifest)
    return {
        str(entry.id): LockedComponent(version=entry.version, digest=digests[str(entry.id)])
        for entry in manifest.model.components
    }


def _refuse_conflicts(plugins: Mapping[str, PluginPin]) -> None:
    owner: dict[str, str] = {}
    for name, pin in sorted(plugins.items()):
        for component in pin.components:
            other = owner.setdefault(component, name)
            if other != name:
                raise IceError(
                    "component-conflict",
                    f"`{component}` is in `{other}` and in `{name}`, and one lock would hold both",
                    expected="each component in one package",
                    found=f"{other}, {name}",
                    note="Which of the two ran would depend on an order. Nothing was locked.",
                    hints=(f"Lock `{other}` or `{name}`, not both",),
                )
