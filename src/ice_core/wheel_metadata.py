"""What a wheel says about itself: its file name, METADATA, WHEEL and RECORD, read strictly (PEP 427, core metadata)."""

import base64
import csv
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NoReturn

from packaging.metadata import InvalidMetadata, Metadata, parse_email
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from ice_core.archives import Archive
from ice_core.errors import IceError, Location
from ice_core.signing import is_wheel_filename
from ice_core.strict_json import JsonValue, printable

# What the gate reads of METADATA; a second value of one of these makes the wheel ambiguous.
_FIELDS: Final = frozenset(("metadata-version", "name", "version", "requires-dist", "requires-python"))
# Of METADATA only the fields are read, not the description below them; of WHEEL everything.
MAX_FIELDS_BYTES: Final = 256 * 1024
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, kw_only=True, slots=True)
class WheelName:
    """A wheel's file name: the normalised name (PEP 503), the version and the tags, compressed tag sets expanded."""

    name: str
    version: Version
    tags: frozenset[Tag]


@dataclass(frozen=True, kw_only=True, slots=True)
class WheelMetadata:
    """What METADATA says: the normalised name, the version and what the distribution needs."""

    name: str
    version: Version
    requires_dist: tuple[Requirement, ...]
    requires_python: SpecifierSet | None


def parse_filename(filename: str) -> WheelName:
    """The parts of a wheel's file name.

    Raises:
        IceError: `wheel-filename-invalid`.
    """
    try:
        if not is_wheel_filename(filename):
            raise InvalidWheelFilename("it is not a plain file name")
        name, version, build, tags = parse_wheel_filename(filename)
        if build:
            # WHEEL may say another one, and a version that is published never changes.
            raise InvalidWheelFilename("it has a build number")
    except (InvalidWheelFilename, InvalidVersion) as error:
        raise IceError(
            "wheel-filename-invalid",
            f"`{printable(filename)}` is not the file name of a wheel",
            where=Location(printable(filename)),
            expected="NAME-VERSION-PYTHON-ABI-PLATFORM.whl, without a build number",
            found=printable(filename),
            hints=(),
        ) from error
    return WheelName(name=name, version=version, tags=frozenset(tags))


def parse_metadata(data: bytes, *, where: str) -> WheelMetadata:
    """What the METADATA file says.

    Raises:
        IceError: `wheel-metadata-invalid`.
    """
    blank = _BLANK_LINE.search(data)
    fields = data[: blank.end()] if blank is not None else data
    if len(fields) > MAX_FIELDS_BYTES:
        _refuse_metadata(where, expected=f"at most {MAX_FIELDS_BYTES} bytes of fields", found=f"{len(fields)} bytes")
    try:
        raw, unparsed = parse_email(fields)
        doubtful = sorted(_FIELDS & unparsed.keys())
        if doubtful:
            _refuse_metadata(where, expected="each field once, in UTF-8", found=", ".join(doubtful))
        for field in ("name", "version"):
            if field not in raw:
                _refuse_metadata(where, expected=f"a field `{field.title()}`", found="none")
        metadata = Metadata.from_raw(raw, validate=False)
        return WheelMetadata(
            name=canonicalize_name(metadata.name, validate=True),
            version=metadata.version,
            requires_dist=tuple(metadata.requires_dist or ()),
            requires_python=metadata.requires_python,
        )
    except (InvalidMetadata, ValueError, RecursionError) as error:
        # A marker of a thousand brackets ends the parser's recursion.
        _refuse_metadata(where, expected="core metadata", found=printable(str(error)))


def parse_wheel_tags(data: bytes, *, where: str) -> frozenset[Tag]:
    """The tags that the WHEEL file lists.

    Raises:
        IceError: `wheel-metadata-invalid` if it is not of Wheel-Version 1.0 or not of the form `Key: value`.
    """
    if len(data) > MAX_FIELDS_BYTES:
        _refuse_metadata(where, expected=f"at most {MAX_FIELDS_BYTES} bytes", found=f"{len(data)} bytes")
    try:
        lines = [line.split(": ", 1) for line in data.decode("utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError:
        _refuse_metadata(where, expected="UTF-8", found="other bytes")
    if any(len(line) != 2 for line in lines):
        _refuse_metadata(where, expected="lines of the form `Key: value`", found="another line")
    versions = [value for key, value in lines if key == "Wheel-Version"]
    if versions != ["1.0"]:
        _refuse_metadata(where, expected="Wheel-Version 1.0", found=printable(", ".join(versions)) or "none")
    tags: set[Tag] = set()
    for value in (value for key, value in lines if key == "Tag"):
        parts = value.split("-")
        # PEP 427 wants them expanded here; a compressed line can stand for the cube of its length.
        if len(parts) != 3 or not all(parts) or "." in value:
            _refuse_metadata(where, expected="one tag a line, as in py3-none-any", found=printable(value[:100]))
        tags.add(Tag(*parts))
    return frozenset(tags)


def record_row(name: str, content: bytes) -> tuple[str, str, str]:
    """A member's row of RECORD: its name, `sha256=` with unpadded URL-safe base64, its size in bytes."""
    return _row(name, hashlib.sha256(content).digest(), len(content))


def _row(name: str, digest: bytes, size: int) -> tuple[str, str, str]:
    return name, f"sha256={base64.urlsafe_b64encode(digest).rstrip(b'=').decode('ascii')}", str(size)


def write_record(members: Sequence[tuple[str, bytes]], *, record: str) -> bytes:
    """The RECORD of these members, in their order, itself last and without a hash."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(record_row(name, content) for name, content in members)
    writer.writerow((record, "", ""))
    return text.getvalue().encode("utf-8")


def check_record(archive: Archive, *, record: str) -> Mapping[str, bytes]:
    """Returns each member's SHA-256 if RECORD lists every member once, with its right hash and size, and nothing else.

    Raises:
        IceError: `wheel-record-mismatch`, with every difference in its detail.
    """
    listed = _parse_record(archive.read(record), where=f"{archive.where}/{record}")
    differences: list[tuple[str, str]] = []
    digests: dict[str, bytes] = {}
    for name in archive.names:
        row = listed.get(name)
        content = archive.read(name)
        digests[name] = hashlib.sha256(content).digest()
        wanted = (name, "", "") if name == record else _row(name, digests[name], len(content))
        if row is None:
            differences.append(("not-listed", name))
        elif row[1] != wanted[1]:
            differences.append(("hash", name))
        elif row[2] != wanted[2]:
            differences.append(("size", name))
    differences += [("not-there", name) for name in listed if name not in archive]
    if not differences:
        return MappingProxyType(digests)
    differences.sort(key=lambda difference: difference[1])
    words = {
        "not-listed": "in the wheel, not in RECORD",
        "not-there": "in RECORD, not in the wheel",
        "hash": "its sha256 is not the one in RECORD",
        "size": "its size is not the one in RECORD",
    }
    reason, name = differences[0]
    shown: list[JsonValue] = [name for _, name in differences]
    raise IceError(
        "wheel-record-mismatch",
        f"RECORD of `{archive.where}` does not describe `{printable(name)}`: {words[reason]}",
        where=Location(f"{archive.where}/{record}"),
        detail=[f"  {printable(name)}    {words[reason]}" for reason, name in differences],
        hints=("To build it anew, run `uv build --wheel` in its project",),
        details={"reason": reason, "members": shown},
    )


def _parse_record(data: bytes, *, where: str) -> Mapping[str, tuple[str, str, str]]:
    listed: dict[str, tuple[str, str, str]] = {}
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        _refuse_record(where, "malformed", "is not a table in UTF-8")
    for row in rows:
        if len(row) != 3:
            _refuse_record(where, "malformed", f"has a row of {len(row)} fields")
        if row[0] in listed:
            _refuse_record(where, "twice", f"lists `{printable(row[0])}` twice")
        listed[row[0]] = (row[0], row[1], row[2])
    return listed


def _refuse_record(where: str, reason: str, what: str) -> NoReturn:
    raise IceError(
        "wheel-record-mismatch",
        f"`{where}` {what}",
        where=Location(where),
        expected="one row `name,sha256=HASH,size` for each member",
        found=what,
        hints=("To build it anew, run `uv build --wheel` in its project",),
        details={"reason": reason},
    )


def _refuse_metadata(where: str, *, expected: str, found: str) -> NoReturn:
    raise IceError(
        "wheel-metadata-invalid",
        f"`{where}` cannot be read",
        where=Location(where),
        expected=expected,
        found=found,
        hints=("To build it anew, run `uv build --wheel` in its project",),
    )
