"""Third-party packages for tests inside one process: installed below a folder, listed in a home, pinned by a lock."""

from collections.abc import Sequence
from pathlib import Path

from packaging.pylock import Package, PackageWheel
from packaging.utils import canonicalize_name, parse_wheel_filename

from ice_core.archives import read_archive
from ice_core.canonical import Digest
from ice_core.dependency_files import Dependency, dependencies_of
from ice_core.home import Home
from ice_core.installed_distributions import installed_distributions
from ice_core.models.lock import Lock
from ice_core.wheel_files import keep_files, read_wheel_files

Wheel = tuple[str, bytes]


def locked_package(*wheels: Wheel) -> Package:
    """The entry of a lock for a distribution's wheels."""
    name, version, _, _ = parse_wheel_filename(wheels[0][0])
    return Package(
        name=canonicalize_name(name),
        version=version,
        wheels=[
            PackageWheel(url=f"https://index.example/{file}", hashes={"sha256": Digest.of(data).hex})
            for file, data in wheels
        ],
    )


def lock_of(*packages: Package, digest: Digest | None = None) -> Lock:
    """A lock that pins these third-party packages and no plugin."""
    return Lock(
        digest=digest or Digest.of(repr(packages).encode()),
        requirements=(),
        marketplace="folder",
        acknowledged_risks=(),
        plugins=(),
        dependencies=packages,
    )


def put(site: Path, *wheels: Wheel) -> Path:
    """Unpacks wheels below a folder, as an installer does."""
    for file, data in wheels:
        archive = read_archive(data, where=file, foreign=True)
        for name in archive.names:
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_bytes(archive.read(name))
    return site


def keep(home: Home, *wheels: Wheel) -> None:
    """Keeps what these wheels hold."""
    home.root.mkdir(mode=0o700, exist_ok=True)
    for file, data in wheels:
        keep_files(read_wheel_files(data, filename=file), home)


def dependencies(lock: Lock, home: Home, site: Path) -> Sequence[Dependency]:
    """The lock's packages as they are installed below one folder."""
    return dependencies_of(lock, home=home, installed=installed_distributions([str(site)]))
