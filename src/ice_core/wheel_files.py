"""What a third-party wheel puts into site-packages: each file with its SHA-256, from the wheel's own bytes.

A lock pins such a wheel by digest; this list is what installed files are held against later, when the wheel is not at
hand. It is kept in the home folder as `wheels.d/DIGEST.files`, one line `hex SP SP path` a file, which `sha256sum
--check` reads inside site-packages. It is taken from a wheel whose digest is the locked one, never from what happens to
be installed, and can be taken from it again at any time.

Not in the list: RECORD and its signatures, which installers write anew, and what goes elsewhere than site-packages
(scripts, headers, data files of `NAME.data/`).
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from ice_core.archives import Archive, read_archive
from ice_core.canonical import Digest
from ice_core.errors import IceError, Location
from ice_core.home import Home, read_regular_file, refuse_if_others_can_write, write_atomically
from ice_core.strict_json import printable

MAX_FILES_BYTES: Final = 4 * 1024 * 1024
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([^\x00-\x1f\x7f]+)")
_REWRITTEN: Final = ("RECORD", "RECORD.jws", "RECORD.p7s")
_START_UP_SUFFIXES: Final = (".pth", ".start")
_START_UP_MODULES: Final = ("sitecustomize", "usercustomize")


@dataclass(frozen=True, kw_only=True, slots=True)
class WheelFiles:
    """The files of one wheel: `digest` is the wheel's; `files` go from a path in site-packages to a hex SHA-256."""

    digest: Digest
    files: Mapping[str, str]

    @property
    def start_up(self) -> tuple[str, ...]:
        """Files that every interpreter of the environment runs when it starts, before anything could check them."""
        return tuple(
            path
            for path in self.files
            if ("/" not in path and path.endswith(_START_UP_SUFFIXES))
            or path.partition("/")[0].partition(".")[0] in _START_UP_MODULES
        )


def read_wheel_files(data: bytes, *, filename: str) -> WheelFiles:
    """The files of a wheel; nothing is unpacked.

    Args:
        data: The whole wheel.
        filename: Its file name, which must be of the distribution that it holds.

    Raises:
        IceError: `wheel-filename-invalid`, `wheel-name-mismatch`, `wheel-content-refused`, or what the archive reader
            refuses.
    """
    archive = read_archive(data, where=filename, foreign=True)
    info, folder = _metadata_folders(archive, filename)
    files: dict[str, str] = {}
    for name in archive.names:
        path = _path(name, folder)
        if path is None or path in (f"{info}/{each}" for each in _REWRITTEN):
            continue
        if path in files:
            raise _refused(filename, name, f"one member for `{printable(path)}`", reason="path-twice")
        files[path] = hashlib.sha256(archive.read(name)).hexdigest()
    return WheelFiles(digest=Digest.of(data), files=MappingProxyType(dict(sorted(files.items()))))


def files_bytes(files: WheelFiles) -> bytes:
    """The list as it is kept: the same bytes for the same wheel."""
    return "".join(f"{digest}  {path}\n" for path, digest in files.files.items()).encode("utf-8")


def keep_files(files: WheelFiles, home: Home) -> None:
    """Writes the list into the home folder.

    Raises:
        IceError: `home-writable-by-others` or `file-not-written`.
    """
    path = home.wheel_files(files.digest.hex)
    refuse_if_others_can_write(path.parent)
    write_atomically(path, files_bytes(files))


def kept_files(digest: Digest, home: Home) -> WheelFiles | None:
    """The list of the wheel with this digest, as it was kept; None when there is none.

    Raises:
        IceError: `home-writable-by-others`, `file-not-regular`, `file-too-large` or `wheel-files-invalid`.
    """
    path = home.wheel_files(digest.hex)
    refuse_if_others_can_write(path.parent)
    refuse_if_others_can_write(path)
    try:
        data = read_regular_file(path, max_bytes=MAX_FILES_BYTES)
    except IceError as error:
        if error.slug == "file-missing":
            return None
        raise
    return WheelFiles(digest=digest, files=_parse(data, where=str(path)))


def _parse(data: bytes, *, where: str) -> Mapping[str, str]:
    files: dict[str, str] = {}
    # Not `splitlines`, which also ends a line at characters that a path may hold.
    lines = data.decode("utf-8", "replace").split("\n")
    for number, line in enumerate(lines[:-1], start=1):
        match = _LINE.fullmatch(line)
        if match is None or match[2] in files or match[2].startswith("/") or ".." in match[2].split("/"):
            raise _invalid(where, number, line)
        files[match[2]] = match[1]
    if lines[-1] or not files:
        raise _invalid(where, len(lines), lines[-1])
    return MappingProxyType(files)


def _invalid(where: str, number: int, line: str) -> IceError:
    return IceError(
        "wheel-files-invalid",
        f"`{where}` is not a list of a wheel's files",
        where=Location(where, line=number),
        expected="lines of 64 hexadecimal digits, two spaces and a path, each path once",
        found=printable(line[:200]) or "the end of the file",
        note="Nothing is checked against a list that cannot be read whole.",
        hints=(f"To have it made anew, delete `{where}` and run `ice install`",),
    )


def _metadata_folders(archive: Archive, filename: str) -> tuple[str, str]:
    # Of the distribution that the file name names: `NAME-VERSION.dist-info` and `NAME-VERSION.data`.
    try:
        named, version, _, _ = parse_wheel_filename(filename)
    except InvalidWheelFilename as error:
        raise IceError(
            "wheel-filename-invalid",
            f"`{printable(filename)}` is not the file name of a wheel",
            where=Location(printable(filename)),
            expected="NAME-VERSION-PYTHON-ABI-PLATFORM.whl",
            found=printable(filename),
            hints=(),
        ) from error
    tops = {name.partition("/")[0] for name in archive.names if "/" in name}
    infos = sorted(top for top in tops if top.endswith(".dist-info"))
    stems = [info.removesuffix(".dist-info") for info in infos]
    if len(stems) != 1 or canonicalize_name(stems[0].rpartition("-")[0]) != named:
        raise IceError(
            "wheel-name-mismatch",
            f"`{printable(filename)}` does not hold the metadata of `{named}`",
            where=Location(printable(filename)),
            expected=f"one folder {named}-{version}.dist-info",
            found=", ".join(map(printable, infos)) or "none",
            hints=(),
            details={"reason": "distribution"},
        )
    return infos[0], f"{stems[0]}.data/"


def _path(name: str, data_folder: str) -> str | None:
    if not name.startswith(data_folder):
        return name
    scheme, _, path = name.removeprefix(data_folder).partition("/")
    return path if scheme in ("purelib", "platlib") else None


def _refused(filename: str, member: str, expected: str, *, reason: str) -> IceError:
    return IceError(
        "wheel-content-refused",
        f"`{printable(filename)}` holds `{printable(member)}`, and another member goes to the same place",
        where=Location(printable(filename)),
        expected=expected,
        found=printable(member),
        hints=(),
        details={"reason": reason, "member": member},
    )
