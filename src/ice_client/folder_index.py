"""A folder of bundles as an index: `NAME-VERSION.icebundle`, each written once and never replaced.

The public keys of those who published lie beside them, as `keys/ID.json`; an id keeps its key for ever.
"""

import difflib
import os
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Literal

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ice_client.key_writing import key_exists, refuse_id
from ice_core.archive_limits import LIMITS
from ice_core.bundles import BUNDLE_SUFFIX, bundle_filename
from ice_core.canonical import Digest
from ice_core.errors import IceError, Location
from ice_core.home import read_regular_file, write_new
from ice_core.key_store import MAX_KEY_FILE_BYTES, KeyRecord, parse_record, record_bytes


class FolderIndex:
    """An index for one machine, one team's shared folder or a medium that is carried to an offline cluster."""

    __slots__ = ("folder",)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def identity(self) -> str:
        """`folder`: a lock is the same wherever the folder lies."""
        return "folder"

    def packages(self) -> dict[str, tuple[str, ...]]:
        """The packages of which there is a bundle, sorted, each with its versions, lowest first.

        Raises:
            IceError: `index-missing`.
        """
        return {
            name: tuple(str(version) for _, version in several)
            for name, several in groupby(sorted(self._listing()), key=itemgetter(0))
        }

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

    def upload(
        self, name: str, version: str, bundle: bytes, *, publisher: KeyRecord | None = None
    ) -> Literal["new", "already-there"]:
        """Writes the bundle into the folder, which is made if it is missing; the same bytes again change nothing.

        Raises:
            IceError: `version-exists`, `key-exists`, `file-not-regular` or `file-too-large`.
        """
        path = self.folder / bundle_filename(name, version)
        if os.path.lexists(path):
            _refuse_other_bytes(path, name, version, bundle)
        # The key first: a bundle whose signer nobody can look up would be of no use.
        if publisher is not None:
            self._keep_key(publisher)
        try:
            write_new(path, bundle)
        except FileExistsError:
            _refuse_other_bytes(path, name, version, bundle)
            return "already-there"
        return "new"

    def publisher_key(self, public_key_id: str) -> bytes:
        """The bytes of `keys/ID.json`, unverified.

        Raises:
            IceError: `key-id-invalid`, `publisher-key-missing`, `index-missing`, `file-not-regular` or
                `file-too-large`.
        """
        refuse_id(public_key_id)
        path = self._key_path(public_key_id)
        if os.path.lexists(path):
            return read_regular_file(path, max_bytes=MAX_KEY_FILE_BYTES)
        self._listing()
        known = sorted(file.stem for file in path.parent.glob("*.json") if not file.name.startswith("."))
        raise IceError(
            "publisher-key-missing",
            f"the index has no key `{public_key_id}`",
            where=Location(str(path.parent)),
            detail=("Keys of the index:", *(f"  {name}" for name in known)) if known else (),
            hints=(
                *(f"`{name}` is there; did you mean that?" for name in difflib.get_close_matches(public_key_id, known)),
                f"With the key's file, run `ice keys trust {public_key_id} --fingerprint <sha256> --key FILE`",
            ),
            details={"public_key_id": public_key_id, "known": [*known]},
        )

    def _keep_key(self, publisher: KeyRecord) -> None:
        refuse_id(publisher.public_key_id)
        path = self._key_path(publisher.public_key_id)
        try:
            write_new(path, record_bytes(publisher))
        except FileExistsError:
            there = parse_record(read_regular_file(path, max_bytes=MAX_KEY_FILE_BYTES), where=str(path))
            # The key counts; a comment or a pattern that changed since is no other key.
            if there.key != publisher.key:
                raise key_exists(
                    path,
                    publisher.public_key_id,
                    expected=str(there.key.fingerprint),
                    found=str(publisher.key.fingerprint),
                ) from None

    def _key_path(self, public_key_id: str) -> Path:
        return self.folder / "keys" / f"{public_key_id}.json"

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


def _refuse_other_bytes(path: Path, name: str, version: str, bundle: bytes) -> None:
    there = read_regular_file(path, max_bytes=LIMITS.max_bytes)
    if there == bundle:
        return
    raise IceError(
        "version-exists",
        f"`{name}` {version} is already published, with other bytes",
        where=Location(str(path)),
        expected=str(Digest.of(there)),
        found=str(Digest.of(bundle)),
        note="A published version never changes. Nothing was uploaded.",
        hints=("Give the package its next version, then run `ice publish` again",),
    )
