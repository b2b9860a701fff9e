"""From a locked plugin to its bundle: fetched, held against every digest of the lock, and verified.

What an index gives is untrusted until it is what was locked, byte for byte, and signed by the key that was locked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NoReturn

from ice_client.index import BundleIndex
from ice_core.archives import read_archive
from ice_core.bundles import Bundle, read_bundle
from ice_core.canonical import Digest
from ice_core.check_list import UNSEEN, Witness
from ice_core.errors import IceError, Location
from ice_core.key_store import KeyStore
from ice_core.manifest_sources import Origin
from ice_core.models.lock import Lock, LockedPlugin
from ice_core.names import ComponentId
from ice_core.trust import verify_bundle
from ice_core.verified_manifest import VerifiedManifest


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenBundle:
    """A bundle of an index, its structure and wheels through the gate, nothing verified; and each wheel's bytes."""

    bundle: Bundle
    wheel_data: Mapping[str, bytes]
    origin: Origin


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifiedBundle:
    """A bundle that is what the lock says, and that a trusted key signed."""

    plugin: LockedPlugin
    bundle: OpenBundle
    manifest: VerifiedManifest


def fetch_locked(lock: Lock, index: BundleIndex, *, keys: KeyStore, where: str) -> tuple[VerifiedBundle, ...]:
    """Every plugin of a lock; nothing is written.

    Args:
        lock: The lock.
        index: Where the bundles are.
        keys: Whom to trust.
        where: The lock's origin, for messages.

    Raises:
        IceError: `lock-hash-mismatch`, `lock-signer-mismatch`, `bundle-missing`, or what the checks of
            `ice_core.bundles` and `ice_core.trust` refuse.
    """
    return tuple(_fetch(plugin, index, keys, where) for plugin in lock.plugins)


def open_bundle(index: BundleIndex, name: str, version: str) -> OpenBundle:
    """The bundle that an index holds of a package and version, which must be of that package and version.

    Raises:
        IceError: `bundle-missing`, `bundle-mislabelled`, or what `ice_core.bundles.read_bundle` raises.
    """
    origin = Origin(kind="path", label=f"the bundle of {name} {version}")
    data = index.fetch(name, version)
    bundle = read_bundle(data, where=origin.label)
    for wheel in bundle.wheels:
        if (wheel.name, str(wheel.version)) != (name, version):
            raise IceError(
                "bundle-mislabelled",
                f"the index gave another package's bundle as `{name}` {version}",
                where=Location(origin.label),
                expected=f"{name} {version}",
                found=f"{wheel.name} {wheel.version}",
                hints=("Ask the index's owner why the file has that name",),
            )
    archive = read_archive(data, where=origin.label)
    return OpenBundle(
        bundle=bundle,
        wheel_data=MappingProxyType({wheel.filename: archive.read(wheel.filename) for wheel in bundle.wheels}),
        origin=origin,
    )


def component_digests(manifest: VerifiedManifest) -> Mapping[str, Digest]:
    """The digest of each component that a manifest lists, by id."""
    ids = [ComponentId(entry.node_type, entry.name) for entry in manifest.model.components]
    return {str(each): manifest.component_digest(each) for each in ids}


def check_locked_wheels(
    plugin: LockedPlugin, found: Mapping[str, Digest], *, where: str, witness: Witness = UNSEEN
) -> None:
    """Returns if these wheels, by file name, are those that the lock `where` pins.

    Raises:
        IceError: `lock-hash-mismatch`.
    """
    witness.begins("locked-wheels")
    pinned = {wheel.filename: wheel.digest for wheel in plugin.wheels}
    for filename in sorted(pinned.keys() | found.keys()):
        if pinned.get(filename) != found.get(filename):
            _refuse(f"`{filename}`", pinned.get(filename), found.get(filename), plugin, where)
    witness.shows(lambda: {filename: str(digest) for filename, digest in pinned.items()})


def check_locked_manifest(
    plugin: LockedPlugin, manifest: VerifiedManifest, *, where: str, witness: Witness = UNSEEN
) -> None:
    """Returns if a verified manifest is the one that the lock `where` pins, signed by the key that it names.

    Raises:
        IceError: `lock-hash-mismatch` or `lock-signer-mismatch`.
    """
    # 1 The components are those that were locked; named before the manifest, because they say what changed.
    witness.begins("locked-components")
    components = component_digests(manifest)
    for name in sorted(components.keys() | plugin.components.keys()):
        locked = plugin.components.get(name)
        if locked is None or components.get(name) != locked.digest:
            line = locked.line if locked is not None else plugin.line
            title = f"`{name}` {locked.version}" if locked is not None else f"`{name}`"
            _refuse(title, locked.digest if locked else None, components.get(name), plugin, where, line=line)
    witness.shows(lambda: {name: str(digest) for name, digest in components.items()})
    # 2 The manifest is the one that was locked.
    witness.begins("locked-manifest")
    if manifest.digest != plugin.manifest_digest:
        _refuse(f"the manifest of `{plugin.name}`", plugin.manifest_digest, manifest.digest, plugin, where)
    witness.shows(lambda: {"manifest": str(manifest.digest)})
    # 3 The signer is the one that was locked.
    witness.begins("locked-signer")
    if manifest.signer != plugin.signer:
        raise IceError(
            "lock-signer-mismatch",
            f"`{plugin.name}` {plugin.version} is signed with another key than was locked",
            where=Location(where, line=plugin.line),
            expected=plugin.signer,
            found=str(manifest.signer),
            note="Nothing was installed.",
            hints=(
                "Ask the publisher why the key changed",
                f"To accept the new key, run `ice lock --upgrade {plugin.name}`, and review the difference",
            ),
        )
    witness.shows(lambda: {"signer": plugin.signer})


def _fetch(plugin: LockedPlugin, index: BundleIndex, keys: KeyStore, where: str) -> VerifiedBundle:
    try:
        opened = open_bundle(index, plugin.name, plugin.version)
    except IceError as error:
        raise _unreadable(error, plugin) from error
    check_locked_wheels(plugin, {wheel.filename: wheel.digest for wheel in opened.bundle.wheels}, where=where)
    # The manifest is trusted now, as of when it was first seen.
    manifest = verify_bundle(opened.bundle, origin=opened.origin, keys=keys, first_seen=plugin.first_seen, strict=True)
    check_locked_manifest(plugin, manifest, where=where)
    return VerifiedBundle(plugin=plugin, bundle=opened, manifest=manifest)


def _unreadable(error: IceError, plugin: LockedPlugin) -> IceError:
    # What an archive's reader says is about bytes; here it is known whose they are and what was kept from happening.
    raised = error.finding
    return IceError(
        raised.slug,
        raised.message,
        where=raised.where,
        expected=raised.expected,
        found=raised.found,
        detail=raised.detail,
        note=raised.note or "Nothing was installed.",
        hints=raised.hints
        or (f"The index's bundle of `{plugin.name}` {plugin.version} was changed or damaged: ask its owner for it",),
        details=raised.details,
    )


def _refuse(
    title: str,
    expected: Digest | None,
    computed: Digest | None,
    plugin: LockedPlugin,
    where: str,
    *,
    line: int | None = None,
) -> NoReturn:
    raise IceError(
        "lock-hash-mismatch",
        f"{title} is not the one that was locked",
        where=Location(where, line=line or plugin.line),
        expected=str(expected) if expected is not None else "not in the lock",
        found=str(computed) if computed is not None else "not in the bundle",
        note=f"It came with the bundle of `{plugin.name}` {plugin.version}. Nothing was installed.",
        hints=(
            "A published version never changes, so ask the index's owner why this one did",
            "To see what differs, run `ice lock --check`",
        ),
        details={"package": plugin.name, "version": plugin.version},
    )
