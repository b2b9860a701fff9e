"""An author's own wheel, written anew with its manifest inside, so that the gate accepts it.

Build back ends write folder entries, data descriptors, extra fields, times and file modes of their own; here the same
files become one deterministic archive: sorted, uncompressed (so that the bytes do not depend on a machine's zlib),
RECORD made anew. This is the one place where the standard library's lenient reader is used, on what the author's own
build has just made; what comes out goes through the gate like any other wheel.
"""

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from typing import Final

from ice_core.archive_limits import LIMITS, refuse_oversized
from ice_core.archives import write_archive
from ice_core.canonical import printed_bytes
from ice_core.errors import IceError, Location
from ice_core.models.plugins import parse_manifest
from ice_core.names import ImportTarget
from ice_core.strict_json import JsonObject
from ice_core.wheel_contents import dist_info_folder
from ice_core.wheel_metadata import write_record
from ice_core.wheels import MANIFEST_FILE

# Signatures over the old RECORD (PEP 427) would no longer hold.
_RECORD_SIGNATURES: Final = ("RECORD.jws", "RECORD.p7s")
# What the standard library raises on damaged, encrypted or exotic archives.
_UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError)


def add_manifest(wheel: bytes, manifest: JsonObject, *, where: str = "the built wheel") -> bytes:
    """The same wheel with `manifest` (without a signature) at `PACKAGE/plugins.json`; doing it twice changes nothing.

    PACKAGE is the package that the manifest's components are imported from, the first by name if there are several.

    Args:
        wheel: The bytes that a build back end wrote.
        manifest: The manifest's value; a member `signature` is left out.
        where: The wheel's name, for messages.

    Raises:
        IceError: `manifest-invalid`, `archive-damaged`, `wheel-content-refused`, `wheel-package-missing`, or what
            `archives.write_archive` raises.
    """
    unsigned: JsonObject = {name: member for name, member in manifest.items() if name != "signature"}
    model = parse_manifest(unsigned, where=MANIFEST_FILE)
    files = _read_leniently(wheel, where)
    package = _package_of({ImportTarget.parse(entry.import_).top_level for entry in model.components}, files, where)
    return _packed({**files, f"{package}/{MANIFEST_FILE}": printed_bytes(unsigned)}, where)


def tidied_wheel(wheel: bytes, *, where: str = "the built wheel") -> bytes:
    """The same files as `add_manifest` packs them, and no other: a built wheel that the gate can judge.

    Raises:
        IceError: `archive-damaged`, `wheel-content-refused`, or what `archives.write_archive` raises.
    """
    return _packed(_read_leniently(wheel, where), where)


def _packed(files: Mapping[str, bytes], where: str) -> bytes:
    dist_info = dist_info_folder(files, where=where)
    record = f"{dist_info}/RECORD"
    left_out = (record, *(f"{dist_info}/{signature}" for signature in _RECORD_SIGNATURES))
    kept = [(name, data) for name, data in files.items() if name not in left_out]
    # PEP 427 asks for the dist-info folder at the end.
    members = sorted(kept, key=lambda member: (member[0].startswith(f"{dist_info}/"), member[0]))
    return write_archive(
        [*members, (record, write_record(members, record=record))],
        compress=False,
        where=where,
    )


def _read_leniently(wheel: bytes, where: str) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            infos = [info for info in archive.infolist() if not info.filename.endswith("/")]
            sizes = [(info.filename, info.compress_size, info.file_size) for info in infos]
            refuse_oversized(sizes, where=where, limits=LIMITS)
            for info in infos:
                if info.filename in files:
                    raise zipfile.BadZipFile(f"{info.filename} is there twice")
                files[info.filename] = archive.read(info)
    except _UNREADABLE as error:
        raise IceError(
            "archive-damaged",
            f"`{where}` cannot be read: {error}",
            where=Location(where),
            hints=("To build it anew, run `uv build --wheel`",),
            details={"reason": "unreadable"},
        ) from error
    return files


def _package_of(used: set[str], files: Iterable[str], where: str) -> str:
    folders = {name.partition("/")[0] for name in files if "/" in name}
    packages = sorted(used & folders)
    if packages:
        return packages[0]
    first = min(used, default="PACKAGE")
    raise IceError(
        "wheel-package-missing",
        f"`{where}` holds no package that its components are imported from, so there is no place for its manifest",
        where=Location(where),
        expected=f"a folder `{first}/` in the wheel",
        found=", ".join(sorted(folders)) or "no folders",
        hints=(f"To make the module `{first}.py` a package, run `mkdir {first} && mv {first}.py {first}/__init__.py`",),
    )
