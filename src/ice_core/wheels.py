"""The gate: what a plugin wheel may contain, and whether it is the wheel that its manifest describes.

`read_wheel` needs the bytes and the file name alone; `check_wheel_against_manifest` holds the result against a
manifest. Nothing is unpacked or imported. Building a wheel that passes is `wheel_rewriting`'s work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from packaging.tags import Tag
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ice_core.archive_limits import LIMITS, ArchiveLimits
from ice_core.archives import Archive, read_archive
from ice_core.canonical import Digest, manifest_digest
from ice_core.errors import IceError, Location
from ice_core.models.plugins import PluginsManifest
from ice_core.names import ImportTarget
from ice_core.strict_json import JsonValue, parse_json, printable
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


def read_wheel(data: bytes, *, filename: str, limits: ArchiveLimits = LIMITS) -> PluginWheel:
    """The wheel that these bytes are, if they pass every rule of the gate that needs no manifest.

    Raises:
        IceError: `wheel-filename-invalid`, `archive-damaged`, `archive-ambiguous`, `archive-member-refused`,
            `archive-too-large`, `wheel-content-refused`, `wheel-top-level`, `wheel-record-mismatch`,
            `wheel-metadata-invalid`, `wheel-name-mismatch`, `wheel-manifest-mismatch` or a slug of `strict_json`.
    """
    # 1. The file name, which the signature does not cover.
    named = parse_filename(filename)
    # 2. The archive's structure and its members' names.
    archive = read_archive(data, where=filename, limits=limits)
    dist_info = dist_info_folder(archive.names, where=filename)
    # 3. What must not be there.
    check_contents(archive.names, dist_info=dist_info, where=filename)
    top_level = top_level_names(archive.names, dist_info=dist_info, where=filename)
    modules = modules_of(archive.names, dist_info=dist_info, where=filename)
    # 4. Every byte that is there is listed.
    for required in ("METADATA", "RECORD", "WHEEL"):
        _require(archive, f"{dist_info}/{required}")
    digests = check_record(archive, record=f"{dist_info}/RECORD")
    # 5. The names agree: the file's, the folder's, METADATA's and the tags.
    metadata = parse_metadata(archive.read(f"{dist_info}/METADATA"), where=f"{filename}/{dist_info}/METADATA")
    tags = parse_wheel_tags(archive.read(f"{dist_info}/WHEEL"), where=f"{filename}/{dist_info}/WHEEL")
    _check_names(named, metadata, tags, dist_info, filename)
    # 6. At most one manifest.
    manifest_member = _manifest_member(archive, dist_info)
    value = None
    if manifest_member is not None:
        value = parse_json(archive.read(manifest_member), where=f"{filename}/{manifest_member}")
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
        manifest_member=manifest_member,
        manifest_digest=manifest_digest(value) if value is not None else None,
        manifest_is_signed=value is not None and "signature" in value,
        archive=archive,
    )


def check_wheel_against_manifest(wheel: PluginWheel, manifest: PluginsManifest, digest: Digest) -> None:
    """Returns if `wheel` carries the code of this manifest, which has this digest.

    Raises:
        IceError: `wheel-name-mismatch`, `wheel-manifest-missing`, `wheel-manifest-mismatch`, `import-target-missing` or
            `wheel-top-level`.
    """
    # 1. The package that the manifest names is this distribution.
    check_package(wheel, manifest)
    # 2. The manifest inside is this one.
    check_manifest_inside(wheel, digest)
    # 3. Each component's module is in the wheel.
    check_modules(wheel, manifest)
    # 4. The wheel puts nothing else on the import path.
    check_top_level(wheel, manifest)


def check_modules(wheel: PluginWheel, manifest: PluginsManifest) -> None:
    """Refuses with `import-target-missing` a wheel that lacks the module of a component."""
    for index, entry in enumerate(manifest.components):
        target = ImportTarget.parse(entry.import_)
        if target.module not in wheel.modules:
            near = sorted(name for name in wheel.modules if name.partition(".")[0] == target.top_level)
            raise IceError(
                "import-target-missing",
                f"`{entry.id}` is imported from `{target.module}`, which `{wheel.filename}` does not hold",
                where=Location(MANIFEST_FILE, path=f"components[{index}].import"),
                expected=f"the module `{target.module}` in the wheel",
                found=", ".join(near) or "no module of " + target.top_level,
                hints=("To write the manifest anew, run `ice plugins export --output plugins.json`",),
                details={"import": entry.import_, "wheel": wheel.filename},
            )


def check_top_level(wheel: PluginWheel, manifest: PluginsManifest) -> None:
    """Refuses with `wheel-top-level` a wheel that puts a name on the import path that no component is imported from."""
    used = {ImportTarget.parse(entry.import_).top_level for entry in manifest.components}
    unused = sorted(wheel.top_level - used)
    if unused:
        shown: list[JsonValue] = [*unused]
        raise IceError(
            "wheel-top-level",
            f"`{wheel.filename}` holds `{printable(unused[0])}`, which no component of its manifest is imported from",
            where=Location(wheel.filename),
            expected=", ".join(sorted(used)) or "no top-level names",
            found=", ".join(map(printable, sorted(wheel.top_level))),
            note="A wheel could otherwise bring modules that stand in for those of another package.",
            hints=(f"Leave `{printable(unused[0])}` out of the wheel, in the build settings of `pyproject.toml`",),
            details={"reason": "unused", "names": shown},
        )


def _require(archive: Archive, member: str) -> None:
    if member not in archive:
        raise IceError(
            "wheel-metadata-invalid",
            f"`{archive.where}` has no `{member}`",
            where=Location(archive.where),
            expected=member,
            found="no such member",
            hints=("To build it anew, run `uv build --wheel` in its project",),
        )


def _check_names(
    named: WheelName, metadata: WheelMetadata, tags: frozenset[Tag], dist_info: str, filename: str
) -> None:
    folder_name, _, folder_version = dist_info.removesuffix(".dist-info").partition("-")
    said = {
        "METADATA": (metadata.name, str(metadata.version)),
        dist_info: (canonicalize_name(folder_name), _normal_version(folder_version)),
    }
    for place, found in said.items():
        if found != (named.name, str(named.version)):
            raise _name_mismatch(
                f"`{filename}` and its `{place}` name two distributions",
                expected=f"{named.name} {named.version}",
                found=" ".join(map(printable, found)),
                where=filename,
                reason="distribution",
            )
    if tags != named.tags:
        raise _name_mismatch(
            f"`{filename}` and the tags in its `WHEEL` file differ",
            expected=", ".join(sorted(map(str, named.tags))),
            found=", ".join(sorted(map(str, tags))) or "no tags",
            where=filename,
            reason="tags",
        )


def _normal_version(text: str) -> str:
    try:
        return str(Version(text))
    except InvalidVersion:
        return text


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


def check_package(wheel: PluginWheel, manifest: PluginsManifest) -> None:
    """Refuses with `wheel-name-mismatch` a wheel of another distribution or version than the manifest's."""
    package = manifest.package
    found = f"{package.name} {package.version}" if package is not None else "no member `package`"
    if (
        package is None
        or canonicalize_name(package.name) != wheel.name
        or _normal_version(package.version) != str(wheel.version)
    ):
        raise _name_mismatch(
            f"`{wheel.filename}` is not the distribution that the manifest describes",
            expected=f"{wheel.name} {wheel.version}",
            found=printable(found),
            where=MANIFEST_FILE,
            reason="package",
        )


def check_manifest_inside(wheel: PluginWheel, digest: Digest) -> None:
    """Refuses with `wheel-manifest-missing` or `wheel-manifest-mismatch` a wheel that holds not this manifest."""
    hint = "To build the wheel again with the manifest inside, run `ice publish --manifest plugins.json`"
    inside, signed = wheel.manifest_digest, wheel.manifest_is_signed
    if inside is None:
        raise IceError(
            "wheel-manifest-missing",
            f"`{wheel.filename}` does not hold its manifest",
            where=Location(wheel.filename),
            expected=f"a member `PACKAGE/{MANIFEST_FILE}`",
            found="no such member",
            hints=(hint,),
        )
    if inside != digest or signed:
        raise IceError(
            "wheel-manifest-mismatch",
            f"The manifest inside `{wheel.filename}` is not the one that is signed with it",
            where=Location(f"{wheel.filename}/{wheel.manifest_member}"),
            expected=f"{digest}, without a signature",
            found=f"{inside}, with a signature" if signed else str(inside),
            hints=(hint,),
            details={"reason": "signed" if signed else "digest"},
        )


def _name_mismatch(message: str, *, expected: str, found: str, where: str, reason: str) -> IceError:
    return IceError(
        "wheel-name-mismatch",
        message,
        where=Location(where),
        expected=expected,
        found=found,
        hints=(),
        details={"reason": reason},
    )
