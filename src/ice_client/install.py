"""6 INSTALL: a lock becomes files in `~/.iceos`, each verified, none imported.

Everything is fetched and verified before anything is written. Then wheels go into the store, and for each plugin its
wheel index, when it was first seen, and last its manifest: `plugins.d/NAME-VERSION.json` is what makes a plugin
installed, so a kill at any point leaves it installed or not, never half; installing again mends.

Other versions of a package that is installed are taken out of `plugins.d` afterwards: one version of a distribution is
installed at a time. Packages that the lock does not name stay, since another project's lock may; nothing is ever taken
out of the store, since a run may be reading from it.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from packaging.version import InvalidVersion, Version

from ice_client.dependency_install import PLAINLY, DependencyChoices, install_dependencies
from ice_client.index import BundleIndex
from ice_client.locked_bundles import VerifiedBundle, fetch_locked
from ice_core.archive_limits import LIMITS
from ice_core.bundles import BUNDLE_SUFFIX, bundle_filename
from ice_core.canonical import Digest
from ice_core.errors import IceError
from ice_core.home import Home, read_regular_file, refuse_if_others_can_write, sync_folder, write_atomically
from ice_core.key_store import KeyStore
from ice_core.manifest_sources import first_seen_bytes
from ice_core.models.lock import LOCK_NAME, WHEELS_FOLDER, read_lock
from ice_core.signing import wheel_index

_ENDINGS: Final = (".json", ".wheels", ".seen")  # the manifest first: without it the others say nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class InstalledPlugin:
    """One plugin after an installation: `outcome` says whether its files were written or were there already."""

    name: str
    version: str
    manifest_digest: Digest
    signer: str
    components: tuple[str, ...]
    outcome: Literal["installed", "already-there"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Installed:
    """What an installation did.

    Attributes:
        replaced: The other versions that it took out of `plugins.d`.
        dependencies: The third-party packages that are installed, each file that of its locked wheel.
        unlisted: Why strict runs cannot check some of them, a line each.
    """

    plugins: tuple[InstalledPlugin, ...]
    replaced: tuple[str, ...]
    dependencies: tuple[str, ...]
    unlisted: tuple[str, ...] = ()


def install(
    lock: bytes,
    index: BundleIndex,
    *,
    home: Home,
    keys: KeyStore,
    where: str = LOCK_NAME,
    dependencies: DependencyChoices = PLAINLY,
    environ: Mapping[str, str] | None = None,
    progress: Callable[[str], None] = lambda words: None,
) -> Installed:
    """Installs every plugin of a lock, and its dependencies into an environment.

    Args:
        lock: The lock's bytes.
        index: Where the bundles are.
        home: Where to install.
        keys: Whom to trust.
        where: The lock's origin, for messages.
        dependencies: How packages that are no plugins are treated.
        environ: The environment that uv reads its configuration from; by default this process's.
        progress: Told in a few words what is done next.

    Raises:
        IceError: `lock-invalid`, `lock-hash-mismatch`, `lock-signer-mismatch`, `bundle-missing`,
            `home-writable-by-others`, or what `install_dependencies` and the checks of a bundle refuse; no plugin was
            installed then.
    """
    # 1 Everything is read and verified; nothing is written.
    held = read_lock(lock, where=where)
    for folder in (home.root, home.manifests, home.blob("").parent, home.blob("")):
        refuse_if_others_can_write(folder)
    progress(f"verifying {len(held.plugins)} bundles")
    bundles = fetch_locked(held, index, keys=keys, where=where)
    # 2 Dependencies first: a plugin is not installed before what it needs.
    done = install_dependencies(held, home=home, choices=dependencies, environ=environ, progress=progress)
    # 3 The plugins, one after the other.
    plugins = []
    for bundle in bundles:
        progress(f"writing {bundle.plugin.name} {bundle.plugin.version}")
        plugins.append(_write(bundle, home))
    # 4 Other versions of the same packages.
    replaced = [stem for bundle in bundles for stem in _remove_others(bundle, home)]
    # 5 The lock itself, by its digest, for runs that are resumed.
    if not _holds(home.lock(held.digest.hex), lock):
        write_atomically(home.lock(held.digest.hex), lock)
    return Installed(plugins=tuple(plugins), replaced=tuple(replaced), dependencies=done.titles, unlisted=done.unlisted)


def place_wheels(lock: bytes, index: BundleIndex, folder: Path, *, keys: KeyStore, where: str = LOCK_NAME) -> Path:
    """Writes the plugins' wheels beside a lock in `folder`, where the lock says that they are; pip and uv then install.

    Raises:
        IceError: what `install` raises for a lock and its bundles; nothing was written then.
    """
    bundles = fetch_locked(read_lock(lock, where=where), index, keys=keys, where=where)
    target = folder / WHEELS_FOLDER
    for bundle in bundles:
        for filename, data in bundle.bundle.wheel_data.items():
            write_atomically(target / filename, data)
    return target


def _write(bundle: VerifiedBundle, home: Home) -> InstalledPlugin:
    plugin, manifest = bundle.plugin, bundle.manifest
    stem = _stem(plugin.name, plugin.version)
    files = {
        home.manifests / f"{stem}.json": bundle.bundle.bundle.manifest_bytes,
        home.manifests / f"{stem}.wheels": wheel_index(bundle.bundle.bundle.pins),
        home.manifests / f"{stem}.seen": first_seen_bytes(plugin.first_seen),
    }
    for wheel in bundle.bundle.bundle.wheels:
        path = home.blob(wheel.digest.hex)
        if not _holds(path, bundle.bundle.wheel_data[wheel.filename]):
            write_atomically(path, bundle.bundle.wheel_data[wheel.filename])
    there = all(_holds(path, data) for path, data in files.items())
    if not there:
        (manifest_path, manifest_bytes), *others = files.items()
        if not _holds(manifest_path, manifest_bytes):
            # A manifest of other bytes must not be seen beside these wheels.
            _unlink(manifest_path)
        for path, data in others:
            write_atomically(path, data)
        write_atomically(manifest_path, manifest_bytes)
    return InstalledPlugin(
        name=plugin.name,
        version=plugin.version,
        manifest_digest=manifest.digest,
        signer=plugin.signer,
        components=tuple(sorted(plugin.components)),
        outcome="already-there" if there else "installed",
    )


def _stem(name: str, version: str) -> str:
    return bundle_filename(name, version).removesuffix(BUNDLE_SUFFIX)


def _holds(path: Path, data: bytes) -> bool:
    try:
        return read_regular_file(path, max_bytes=LIMITS.max_bytes) == data
    except IceError:
        return False  # missing, damaged or no file: written anew


def _unlink(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()
        sync_folder(path.parent)


def _remove_others(bundle: VerifiedBundle, home: Home) -> list[str]:
    own = _stem(bundle.plugin.name, bundle.plugin.version)
    prefix = own.rpartition("-")[0]
    stems = {path.stem for path in home.manifests.iterdir() if path.suffix in _ENDINGS}
    others = sorted(stem for stem in stems - {own} if _is_version_of(stem, prefix))
    for stem in others:
        for ending in _ENDINGS:
            _unlink(home.manifests / f"{stem}{ending}")
    return others


def _is_version_of(stem: str, prefix: str) -> bool:
    name, _, version = stem.rpartition("-")
    try:
        Version(version)
    except InvalidVersion:
        return False
    return name == prefix
