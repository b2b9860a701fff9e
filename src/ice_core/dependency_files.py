"""The third-party packages of a lock beside what is installed: which file is which module, and whether it is right.

Nothing is imported. A file is held against the list of its locked wheel (`wheel_files`), never against what the
installation says of itself.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Final

from packaging.version import InvalidVersion, Version

from ice_core.canonical import Digest
from ice_core.errors import Finding, IceError, Location
from ice_core.home import Home, read_regular_file
from ice_core.installed_distributions import Installed, InstalledDistribution
from ice_core.locked_dependencies import LockedDistribution, locked_distributions
from ice_core.models.lock import Lock
from ice_core.wheel_files import WheelFiles, kept_files

MAX_MODULE_BYTES: Final = 512 * 1024 * 1024
# As the import system prefers them; bytecode without a source is in no list of ours.
MODULE_SUFFIXES: Final = (*EXTENSION_SUFFIXES, ".py")
MEND: Final = "To put the locked files back, run `ice install`"


@dataclass(frozen=True, kw_only=True, slots=True)
class Dependency:
    """A locked third-party package: `installed` is what runs here under its name, `files` what its wheel holds."""

    locked: LockedDistribution
    installed: InstalledDistribution | None
    files: WheelFiles | None

    @property
    def title(self) -> str:
        """Name and version as they are locked."""
        return self.locked.title

    def faults(self) -> Iterator[Finding]:
        """Why this installation is not the locked one; reads metadata only."""
        if self.installed is None:
            return
        if not _same_version(self.installed.version, self.locked.version):
            yield _other_version(self, self.installed)
        elif (source := self.installed.editable_source()) is not None:
            yield _editable(self, source)

    def expected(self, path: str) -> str:
        """The SHA-256 of a file of the locked wheel, in hexadecimal digits.

        Raises:
            KeyError: The wheel has no such file, or what it holds is not known.
        """
        return (self.files.files if self.files is not None else {})[path]

    def checked(self, path: str) -> bytes:
        """The bytes of one installed file, read once, if they are those of the locked wheel.

        Raises:
            IceError: `dependency-changed`.
        """
        expected = self.expected(path)
        if self.installed is None:
            raise KeyError(path)
        place = self.installed.folder / path
        try:
            data = read_regular_file(place, max_bytes=MAX_MODULE_BYTES)
        except IceError as error:
            raise changed(self, place, expected=f"sha256:{expected}", found=error.finding.message) from error
        found = hashlib.sha256(data).hexdigest()
        if found != expected:
            raise changed(self, place, expected=f"sha256:{expected}", found=f"sha256:{found}")
        return data

    def changes(self) -> Iterator[Finding]:
        """Each installed file that is not the wheel's; all of them are read."""
        for path in self.files.files if self.files is not None and self.installed is not None else ():
            try:
                self.checked(path)
            except IceError as error:
                yield error.finding


class ModuleFiles:
    """From dotted names to files, over the lists of several distributions."""

    __slots__ = ("_folders", "_owners")

    def __init__(self, lists: Sequence[tuple[str, Sequence[str]]]) -> None:
        self._owners: dict[str, list[str]] = {}
        self._folders: dict[str, set[str]] = {}
        for owner, paths in lists:
            for path in paths:
                if path.endswith(MODULE_SUFFIXES):
                    self._owners.setdefault(path, []).append(owner)
                    self._add_folders(path, owner)

    def find(self, name: str) -> tuple[str, Sequence[str]] | None:
        """The file of a module, and the distributions whose list has it; None when none has."""
        stem = name.replace(".", "/")
        for suffix in (*(f"/__init__{each}" for each in MODULE_SUFFIXES), *MODULE_SUFFIXES):
            owners = self._owners.get(stem + suffix)
            if owners is not None:
                return stem + suffix, owners
        return None

    def folder_owners(self, name: str) -> Sequence[str]:
        """The distributions that have modules in the folder of this name, as namespace packages have."""
        return sorted(self._folders.get(name.replace(".", "/"), ()))

    def _add_folders(self, path: str, owner: str) -> None:
        folder = path.rpartition("/")[0]
        while folder and owner not in (owners := self._folders.setdefault(folder, set())):
            owners.add(owner)
            folder = folder.rpartition("/")[0]


def dependencies_of(lock: Lock, *, home: Home | None, installed: Installed) -> tuple[Dependency, ...]:
    """Each third-party package that a lock pins for this interpreter, what is installed, and what its wheel holds.

    Args:
        lock: The lock.
        home: Where the lists of wheels are kept; None where it does not matter what they hold.
        installed: What lies on the import path.

    Raises:
        IceError: `dependency-not-portable`, or what reading a kept list refuses.
    """
    return tuple(
        Dependency(
            locked=each,
            installed=_best(installed.get(each.name, ()), each.version),
            files=kept_files(each.wheel.digest, home) if each.wheel is not None and home is not None else None,
        )
        for each in locked_distributions(lock)
    )


def stored_lock(digest: Digest, home: Home, *, max_bytes: int) -> bytes | None:
    """The bytes of the lock with this digest, as `ice install` kept them; None when they are not there, or others."""
    try:
        data = read_regular_file(home.lock(digest.hex), max_bytes=max_bytes)
    except IceError:
        return None
    return data if Digest.of(data) == digest else None


def added_modules(dependencies: Sequence[Dependency]) -> Iterator[Finding]:
    """Each module that lies in a folder of locked packages and is in none of their wheels."""
    listed = {path for each in dependencies if each.files is not None for path in each.files.files}
    for each in dependencies:
        if each.files is None or each.installed is None:
            continue
        own = {path.rpartition("/")[0] for path in each.files.files if path.endswith("/__init__.py")}
        for folder in sorted(own):
            for name in _names(each.installed.folder / folder):
                if name.endswith(MODULE_SUFFIXES) and f"{folder}/{name}" not in listed:
                    yield added(each, each.installed.folder / folder / name).finding


def changed(dependency: Dependency, place: Path, *, expected: str, found: str) -> IceError:
    """The refusal of an installed file that is not the locked wheel's."""
    return IceError(
        "dependency-changed",
        f"`{place}` of `{dependency.title}` is not the file that was locked",
        where=Location(str(place)),
        expected=expected,
        found=found,
        note="It was changed after it was installed, or installed from another wheel. Nothing of it was executed.",
        hints=(MEND, f"Find out what changed `{dependency.locked.name}` before you trust this environment again"),
        details={"distribution": dependency.locked.name, "version": dependency.locked.version},
    )


def added(dependency: Dependency, place: Path) -> IceError:
    """The refusal of a module that lies in a locked package and is not in its wheel."""
    return IceError(
        "dependency-changed",
        f"`{place}` lies in `{dependency.title}`, and the locked wheel has no such file",
        where=Location(str(place)),
        expected="no such file",
        found="a module",
        note="It was put there after the installation, or by another package. Nothing of it was executed.",
        hints=(f"Find out what put it there, then delete it: `rm {place}`",),
        details={"distribution": dependency.locked.name, "version": dependency.locked.version},
    )


def refuse_all(findings: Sequence[Finding]) -> None:
    """Raises one error of all findings, if there are any."""
    if findings:
        raise IceError.of(findings)


def _other_version(dependency: Dependency, installed: InstalledDistribution) -> Finding:
    return IceError(
        "dependency-changed",
        f"`{dependency.locked.name}` {installed.version} is installed, and the lock pins {dependency.locked.version}",
        where=Location(str(installed.info)),
        expected=dependency.title,
        found=installed.title,
        note="Nothing was run.",
        hints=(
            "To install what is locked, run `ice install`",
            f"To lock another version, run `ice lock --upgrade {dependency.locked.name}`",
        ),
        details={"distribution": dependency.locked.name, "version": dependency.locked.version},
    ).finding


def _editable(dependency: Dependency, source: str) -> Finding:
    return IceError(
        "dependency-changed",
        f"`{dependency.title}` is an editable installation, and the lock pins a wheel",
        where=Location(str(dependency.installed.info if dependency.installed is not None else source)),
        expected="the files of the locked wheel",
        found=source,
        note="What lies in a source tree can change at any time. Nothing was run.",
        hints=("To install what is locked, run `ice install`", "While you develop, run with `--dynamic`"),
        details={"distribution": dependency.locked.name, "version": dependency.locked.version},
    ).finding


def _best(candidates: Sequence[InstalledDistribution], version: str) -> InstalledDistribution | None:
    # The locked version wherever it lies: its files are checked one by one, so the place proves nothing.
    same = (each for each in candidates if _same_version(each.version, version))
    return next(same, candidates[0] if candidates else None)


def _same_version(one: str, other: str) -> bool:
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return one == other


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
