"""The gate: what a plugin wheel may contain.

`read_wheel` needs the bytes and the file name alone; `wheel_agreement` holds the result against a manifest. Nothing is
unpacked or imported. Building a wheel that passes is `wheel_rewriting`'s work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from packaging.tags import Tag
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ice_core.archive_limits import LIMITS, ArchiveLimits, limits_evidence
from ice_core.archives import Archive, read_archive
from ice_core.canonical import Digest, manifest_digest
from ice_core.check_list import UNSEEN, Witness
from ice_core.errors import IceError, Location
from ice_core.strict_json import JsonObject, JsonValue, parse_json, printable
from ice_core.wheel_contents import check_contents, dist_info_folder, modules_of, top_level_names
from ice_core.wheel_metadata import (
    WheelMetadata,
    WheelName,
    check_record,
    parse_filename,
    parse_metadata,
    parse_wheel_tags,
)

MANIFEST_FILE = "plugins.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class PluginWheel:
    """A wheel that passed the gate; `read_wheel` makes one, and `wheel_verdicts` one that `read_wheel` made before.

    Attributes:
        filename: Its file name, which agrees with METADATA and WHEEL.
        digest: SHA-256 of its bytes.
        name: The distribution's normalised name (PEP 503).
        version: The distribution's version (PEP 440).
        tags: The tags of its file name.
        requires_dist: What METADATA says that it needs; texts, because a start has no use for them.
        requires_python: The interpreters that METADATA allows, a text too.
        top_level: What it puts on the import path.
        modules: From each dotted module name to the member that is its code.
        digests: The SHA-256 of each member, as computed when the gate read it.
        manifest_member: Where its manifest lies, if it holds one.
        manifest_digest: The digest of its manifest, if it holds one; nothing about it was verified.
        manifest_is_signed: Whether its manifest has a signature, which one inside a wheel may not.
        archive: The archive itself.
        is_known: Whether a verdict on it was taken (`wheel_verdicts`): it fits the manifest inside it.
    """

    filename: str
    digest: Digest
    name: str
    version: Version
    tags: frozenset[Tag]
    requires_dist: tuple[str, ...]
    requires_python: str | None
    top_level: frozenset[str]
    modules: Mapping[str, str]
    digests: Mapping[str, bytes]
    manifest_member: str | None
    manifest_digest: Digest | None
    manifest_is_signed: bool
    archive: Archive
    is_known: bool = False

    def read(self, member: str) -> bytes:
        """The bytes of a member; raises `KeyError` if there is none of that name."""
        return self.archive.read(member)

    def sources(self) -> Mapping[str, bytes]:
        """The bytes of each Python file under its path in the wheel."""
        return {name: self.archive.read(name) for name in self.archive.names if name.endswith(".py")}


class Gate(Protocol):
    """Takes the bytes of a wheel, whose digest was compared, through the gate's rules: now, or on an earlier day."""

    def __call__(self, data: bytes, *, filename: str, digest: Digest) -> PluginWheel:
        """The wheel that these bytes are."""


def read_wheel(data: bytes, *, filename: str, limits: ArchiveLimits = LIMITS, witness: Witness = UNSEEN) -> PluginWheel:
    """The wheel that these bytes are, if they pass every rule of the gate that needs no manifest.

    Raises:
        IceError: `wheel-filename-invalid`, `wheel-content-refused`, `wheel-top-level`, `wheel-record-mismatch`,
            `wheel-metadata-invalid`, `wheel-name-mismatch`, `wheel-manifest-mismatch`, or a slug of `archives` or
            `strict_json`.
    """
    # 1. The file name, which the signature does not cover.
    witness.begins("wheel-name", of=filename)
    named = parse_filename(filename)
    witness.shows(lambda: {"name": f"{named.name} {named.version}", "tags": [*sorted(map(str, named.tags))]})
    # 2. The archive's structure and its members' names.
    witness.begins("wheel-archive", of=filename)
    archive = read_archive(data, where=filename, limits=limits)
    dist_info = dist_info_folder(archive.names, where=filename)
    witness.shows(lambda: limits_evidence(archive.size, archive.inflated, limits))
    # 3. What must not be there.
    witness.begins("wheel-contents", of=filename)
    check_contents(archive.names, dist_info=dist_info, where=filename)
    top_level = top_level_names(archive.names, dist_info=dist_info, where=filename)
    modules = modules_of(archive.names, dist_info=dist_info, where=filename)
    witness.shows(lambda: {"top-level names": [*sorted(top_level)], "modules": len(modules)})
    # 4. Every byte that is there is listed.
    witness.begins("wheel-record", of=filename)
    _require(archive, dist_info, "METADATA", "RECORD", "WHEEL")
    digests = check_record(archive, record=f"{dist_info}/RECORD")
    witness.shows(lambda: {"members hashed": len(archive.names) - 1})
    # 5. The names agree: the file's, the folder's, METADATA's and the tags.
    witness.begins("wheel-metadata", of=filename)
    metadata, tags = _described(archive, dist_info, named)
    witness.shows(lambda: {"distribution": f"{metadata.name} {metadata.version}"})
    # 6. At most one manifest.
    member, value = _manifest_inside(archive, dist_info, witness)
    return PluginWheel(
        filename=filename,
        digest=Digest.of(data),
        name=metadata.name,
        version=metadata.version,
        tags=tags,
        requires_dist=tuple(map(str, metadata.requires_dist)),
        requires_python=str(metadata.requires_python) if metadata.requires_python is not None else None,
        top_level=top_level,
        modules=modules,
        digests=digests,
        manifest_member=member,
        manifest_digest=manifest_digest(value) if value is not None else None,
        manifest_is_signed=value is not None and "signature" in value,
        archive=archive,
    )


def _described(archive: Archive, dist_info: str, named: WheelName) -> tuple[WheelMetadata, frozenset[Tag]]:
    described, built = f"{dist_info}/METADATA", f"{dist_info}/WHEEL"
    metadata = parse_metadata(archive.read(described), where=f"{archive.where}/{described}")
    tags = parse_wheel_tags(archive.read(built), where=f"{archive.where}/{built}")
    _check_names(named, metadata, tags, dist_info, archive.where)
    return metadata, tags


def _require(archive: Archive, dist_info: str, *names: str) -> None:
    missing = [f"{dist_info}/{name}" for name in names if f"{dist_info}/{name}" not in archive]
    if missing:
        raise IceError(
            "wheel-metadata-invalid",
            f"`{archive.where}` has no `{missing[0]}`",
            where=Location(archive.where),
            expected=missing[0],
            found="no such member",
            hints=("To build it anew, run `uv build --wheel` in its project",),
        )


def _check_names(
    named: WheelName, metadata: WheelMetadata, tags: frozenset[Tag], dist_info: str, filename: str
) -> None:
    folder_name, _, folder_version = dist_info.removesuffix(".dist-info").partition("-")
    said = {
        "METADATA": (metadata.name, str(metadata.version)),
        dist_info: (canonicalize_name(folder_name), normal_version(folder_version)),
    }
    for place, found in said.items():
        if found != (named.name, str(named.version)):
            raise name_mismatch(
                f"`{filename}` and its `{place}` name two distributions",
                expected=f"{named.name} {named.version}",
                found=" ".join(map(printable, found)),
                where=filename,
                reason="distribution",
            )
    if tags != named.tags:
        raise name_mismatch(
            f"`{filename}` and the tags in its `WHEEL` file differ",
            expected=", ".join(sorted(map(str, named.tags))),
            found=", ".join(sorted(map(str, tags))) or "no tags",
            where=filename,
            reason="tags",
        )


def normal_version(text: str) -> str:
    """A version as PEP 440 writes it; what is none stays as it is."""
    try:
        return str(Version(text))
    except InvalidVersion:
        return text


def _manifest_inside(archive: Archive, dist_info: str, witness: Witness) -> "tuple[str | None, JsonObject | None]":
    witness.begins("wheel-manifest", of=archive.where)
    member = _manifest_member(archive, dist_info)
    witness.shows(lambda: {"member": member})
    if member is None:
        return None, None
    return member, parse_json(archive.read(member), where=f"{archive.where}/{member}")


def _manifest_member(archive: Archive, dist_info: str) -> str | None:
    found = [
        name
        for name in archive.names
        if name.count("/") == 1 and name.endswith(f"/{MANIFEST_FILE}") and not name.startswith(f"{dist_info}/")
    ]
    if len(found) > 1:
        members: Sequence[JsonValue] = found
        raise IceError(
            "wheel-manifest-mismatch",
            f"`{archive.where}` holds two manifests, `{printable(found[0])}` and `{printable(found[1])}`",
            where=Location(archive.where),
            expected="one manifest, in the package that the components are imported from",
            found=", ".join(map(printable, found)),
            hints=(),
            details={"reason": "several", "members": list(members)},
        )
    return found[0] if found else None


def name_mismatch(message: str, *, expected: str, found: str, where: str, reason: str) -> IceError:
    """The refusal of a wheel whose names disagree, with each other or with a manifest's."""
    return IceError(
        "wheel-name-mismatch",
        message,
        where=Location(where),
        expected=expected,
        found=found,
        hints=(),
        details={"reason": reason},
    )
