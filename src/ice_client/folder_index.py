"""A folder of bundles as an index: `NAME-VERSION.icebundle`, each written once and never replaced."""

import os
from pathlib import Path
from typing import Literal

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ice_core.archive_limits import LIMITS
from ice_core.bundles import BUNDLE_SUFFIX, bundle_filename
from ice_core.canonical import Digest
from ice_core.errors import IceError, Location
from ice_core.home import read_regular_file, write_new


class FolderIndex:
    """An index for one machine, one team's shared folder or a medium that is carried to an offline cluster."""

    __slots__ = ("folder",)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def identity(self) -> str:
        """`folder`: a lock is the same wherever the folder lies."""
        return "folder"

    def names(self) -> tuple[str, ...]:
        """The packages of which there is a bundle, sorted.

        Raises:
            IceError: `index-missing`.
        """
        return tuple(sorted({name for name, _ in self._listing()}))

    def versions(self, name: str) -> tuple[str, ...]:
        """The versions of a package, lowest first; none if there is no bundle of it.

        Raises:
            IceError: `index-missing`.
        """
        return tuple(str(version) for version in sorted(version for found, version in self._listing() if found == name))

    def fetch(self, name: str, version: str) -> bytes:
        """The bytes of a bundle, unverified.

        Raises:
            IceError: `bundle-missing`, `file-not-regular` or `file-too-large`.
        """
        path = self.folder / bundle_filename(name, version)
        try:
            return read_regular_file(path, max_bytes=LIMITS.max_bytes)
        except IceError as error:
            if error.slug != "file-missing":
                raise
        known = self.versions(name)
        raise IceError(
            "bundle-missing",
            f"the index has no bundle of `{name}` {version}",
            where=Location(str(self.folder)),
            expected=path.name,
            found=f"versions {', '.join(known)}" if known else f"no bundle of `{name}`",
            hints=("To lock what the index has, run `ice lock`",),
        )

    def upload(self, name: str, version: str, bundle: bytes) -> Literal["new", "already-there"]:
        """Writes the bundle into the folder, which is made if it is missing; the same bytes again change nothing.

        Raises:
            IceError: `version-exists`, `file-not-regular` or `file-too-large`.
        """
        path = self.folder / bundle_filename(name, version)
        try:
            write_new(path, bundle)
        except FileExistsError:
            there = read_regular_file(path, max_bytes=LIMITS.max_bytes)
        else:
            return "new"
        if there == bundle:
            return "already-there"
        raise IceError(
            "version-exists",
            f"`{name}` {version} is already published, with other bytes",
            where=Location(str(path)),
            expected=str(Digest.of(there)),
            found=str(Digest.of(bundle)),
            note="A published version never changes. Nothing was uploaded.",
            hints=("Give the package its next version, then run `ice publish` again",),
        )

    def _listing(self) -> list[tuple[str, Version]]:
        try:
            files = os.listdir(self.folder)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise IceError(
                "index-missing",
                f"there is no index at `{self.folder}`",
                where=Location(str(self.folder)),
                expected="a folder of bundles",
                found="a file" if isinstance(error, NotADirectoryError) else "nothing",
                hints=(f"To publish a first bundle there, run `ice publish --index {self.folder}`",),
            ) from error
        return [found for file in files if (found := _name_and_version(file)) is not None]


def _name_and_version(file: str) -> tuple[str, Version] | None:
    # The name is written as wheels write it, without hyphens. A file that `upload` would not name so is not ours.
    name, _, text = file.removesuffix(BUNDLE_SUFFIX).rpartition("-")
    try:
        version = Version(text)
    except InvalidVersion:
        return None
    return (canonicalize_name(name), version) if name and file == bundle_filename(name, str(version)) else None
