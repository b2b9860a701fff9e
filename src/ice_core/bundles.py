"""A bundle, `NAME-VERSION.icebundle`: a signed manifest and its wheels in one uncompressed archive.

Reading one checks its structure and each wheel's gate; that the manifest is signed, and for these wheels, is for
`trust` to say.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from packaging.tags import Tag
from packaging.utils import canonicalize_name

from ice_core.archive_limits import LIMITS, ArchiveLimits, limits_evidence
from ice_core.archives import Archive, read_archive, write_archive
from ice_core.canonical import Digest
from ice_core.check_list import UNSEEN, Witness
from ice_core.errors import IceError, Location
from ice_core.signing import WheelPin, is_wheel_filename
from ice_core.strict_json import JsonObject, parse_json, printable
from ice_core.wheels import MANIFEST_FILE, PluginWheel, read_wheel

BUNDLE_SUFFIX: Final = ".icebundle"
MAX_BUNDLE_BYTES: Final = LIMITS.max_bytes
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]*", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """What a bundle holds; only `read_bundle` makes one, and nothing in it is verified.

    Attributes:
        manifest_bytes: `plugins.json` as it is.
        manifest_value: The same, parsed strictly.
        wheels: The wheels, each through the gate, in the archive's order.
        digest: SHA-256 of the bundle's bytes.
    """

    manifest_bytes: bytes
    manifest_value: JsonObject
    wheels: tuple[PluginWheel, ...]
    digest: Digest

    @property
    def pins(self) -> tuple[WheelPin, ...]:
        """The wheels as the signature names them."""
        return tuple(WheelPin(filename=wheel.filename, digest=wheel.digest) for wheel in self.wheels)


def bundle_filename(name: str, version: str) -> str:
    """The file name of a bundle: the package's normalised name, as wheels write it, and its version.

    Raises:
        IceError: `bundle-invalid` for a version that cannot be part of a file name.
    """
    if _VERSION.fullmatch(version) is None:
        _refuse(f"{name} {version}", expected="a version that can be part of a file name", found=printable(version))
    return f"{canonicalize_name(name).replace('-', '_')}-{version}{BUNDLE_SUFFIX}"


def bundle_bytes(manifest: bytes, wheels: Sequence[tuple[str, bytes]]) -> bytes:
    """The bundle of a signed manifest and wheels (file name, bytes): the same bytes whatever the order of the wheels.

    Raises:
        IceError: `bundle-invalid` for a file name that is not one of a wheel, or what `archives.write_archive` raises.
    """
    for filename, _ in wheels:
        if not is_wheel_filename(filename):
            _refuse("the new bundle", expected="file names that end in .whl", found=printable(filename))
    members = [(MANIFEST_FILE, manifest), *sorted(wheels)]
    return write_archive(members, compress=False, where="the new bundle")


def read_bundle(data: bytes, *, where: str, limits: ArchiveLimits = LIMITS, witness: Witness = UNSEEN) -> Bundle:
    """What these bytes hold, structure and wheels checked, nothing verified.

    Raises:
        IceError: `bundle-invalid`, a slug of `archives`, of `strict_json` or of `wheels.read_wheel`.
    """
    witness.begins("archive")
    archive = read_archive(data, where=where, limits=limits)
    witness.shows(lambda: limits_evidence(archive.size, archive.inflated, limits))
    witness.begins("bundle-members")
    _check_members(archive)
    witness.shows(lambda: {"members": [*archive.names], "bundle": str(Digest.of(data))})
    wheels = [
        read_wheel(archive.read(name), filename=name, limits=limits, witness=witness) for name in archive.names[1:]
    ]
    witness.begins("bundle-wheels")
    _refuse_rivals(wheels, where)
    witness.shows(lambda: {"wheels": len(wheels)})
    witness.begins("json")
    manifest = archive.read(MANIFEST_FILE)
    return Bundle(
        manifest_bytes=manifest,
        manifest_value=parse_json(manifest, where=f"{where}/{MANIFEST_FILE}"),
        wheels=tuple(wheels),
        digest=Digest.of(data),
    )


def _check_members(archive: Archive) -> None:
    where = archive.where
    if archive.names[:1] != (MANIFEST_FILE,):
        _refuse(where, expected=f"`{MANIFEST_FILE}` first", found=printable(", ".join(archive.names[:1])) or "nothing")
    if not all(member.is_stored for member in archive.members):
        _refuse(where, expected="uncompressed members", found="a compressed member")
    for name in archive.names[1:]:
        if not is_wheel_filename(name):
            _refuse(where, expected=f"`{MANIFEST_FILE}` and wheels, nothing else", found=printable(name))


def _refuse_rivals(wheels: Sequence[PluginWheel], where: str) -> None:
    """Refuses wheels of two distributions, and two wheels for one tag: which one is used would depend on the reader."""
    holders: dict[Tag, str] = {}
    for wheel in wheels:
        if (wheel.name, wheel.version) != (wheels[0].name, wheels[0].version):
            found = f"{wheels[0].filename} and {wheel.filename}"
            _refuse(where, expected="wheels of one version of one distribution", found=found)
        for tag in wheel.tags:
            other = holders.setdefault(tag, wheel.filename)
            if other != wheel.filename:
                _refuse(where, expected="one wheel for each tag", found=f"{other} and {wheel.filename} for {tag}")


def _refuse(where: str, *, expected: str, found: str) -> NoReturn:
    raise IceError(
        "bundle-invalid",
        f"`{where}` is not a bundle",
        where=Location(where),
        expected=expected,
        found=found,
        hints=("To make one, run `ice publish --manifest plugins.json` with a folder as the index",),
    )
