"""The one zip parser, and the writer of what it accepts: an archive that every reader reads in the same way.

Accepted is the subset of APPNOTE.TXT in which nothing is said twice in two ways: local headers equal the central
directory, member follows member without a gap from byte 0 to the directory, and the directory is followed by an end
record of 22 bytes and nothing else. No comments, extra fields, zip64, encryption, data descriptors or several disks;
stored and deflated members only; regular files only; names as in `member_names`. Sizes are judged before a byte is
inflated, inflation is bounded by the declared size, and the CRC is checked. Scanning, storing and loading read the
same bytes through this module, so they cannot see different files.

`foreign=True` is for wheels that others built and that a lock pins by digest. It lets through what their builders write
and what still has one meaning: folders, extra fields, data descriptors that agree with the directory, any mode that is
a regular file's, and files that inflate much (the sum of all is bounded). The rest of the rules are the same.
"""

import stat
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NoReturn

from ice_core.archive_headers import (
    CENTRAL,
    DEFLATED,
    LOCAL,
    LOCAL_SIGNATURE,
    STORED,
    UNIX,
    UTF8_FLAG,
    MemberPlace,
    check_foreign_kind,
    check_kind,
    foreign_place,
    member_name,
    refuse_ambiguous,
)
from ice_core.archive_limits import LIMITS, ArchiveLimits, refuse_large, refuse_oversized
from ice_core.errors import IceError, Location
from ice_core.member_names import first_collision
from ice_core.strict_json import printable

# APPNOTE.TXT 4.3.16.
_END = struct.Struct("<4s4H2IH")
_CENTRAL_SIGNATURE: Final = b"PK\x01\x02"
_END_SIGNATURE: Final = b"PK\x05\x06"
_ZIP64_LOCATOR_SIGNATURE: Final = b"PK\x06\x07"
_ZIP64_LOCATOR_SIZE: Final = 20
# 1980-01-01 00:00:00, the earliest time that the format can say; `0644` and "regular file" in the upper half.
_WRITTEN_DATE: Final = 0x21
_WRITTEN_MODE: Final = (stat.S_IFREG | 0o644) << 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One file of an archive; `start` and `end` enclose its stored bytes."""

    name: str
    method: int
    crc: int
    size: int
    start: int
    end: int

    @property
    def is_stored(self) -> bool:
        """Whether its bytes lie in the archive as they are, not deflated."""
        return self.method == STORED


class Archive:
    """An archive whose structure was checked; each member is inflated and its CRC checked when it is read."""

    __slots__ = ("_data", "_members", "where")

    def __init__(self, data: bytes, members: Mapping[str, Member], *, where: str) -> None:
        self._data = data
        self._members = members
        self.where = where

    @property
    def size(self) -> int:
        """Of the archive itself, in bytes."""
        return len(self._data)

    @property
    def inflated(self) -> list[int]:
        """The size of each file when it is inflated, in bytes."""
        return [member.size for member in self._members.values()]

    @property
    def members(self) -> tuple[Member, ...]:
        """The files, in their order in the archive."""
        return tuple(self._members.values())

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files, in their order in the archive."""
        return tuple(self._members)

    @property
    def data(self) -> bytes:
        """The very bytes that the archive was read from."""
        return self._data

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def read(self, name: str) -> bytes:
        """The bytes of a member.

        Raises:
            KeyError: There is no such member.
            IceError: `archive-damaged` if it does not inflate to its declared size and CRC.
        """
        member = self._members[name]
        stored = self._data[member.start : member.end]
        content = stored if member.method == STORED else _inflated(stored, member, self.where)
        if zlib.crc32(content) != member.crc:
            _refuse_damaged(self.where, "crc", f"`{name}` does not have the CRC that the archive gives for it")
        return content


def read_archive(data: bytes, *, where: str, limits: ArchiveLimits = LIMITS, foreign: bool = False) -> Archive:
    """The archive that `data` is, its structure checked; nothing is inflated yet.

    Args:
        data: The whole archive.
        where: Its origin, for messages.
        limits: How large it may be.
        foreign: Whether it may have what builders of other people's wheels write; folders are left out.

    Raises:
        IceError: `archive-damaged`, `archive-ambiguous`, `archive-member-refused` or `archive-too-large`, each with a
            stable `reason` in its details.
    """
    limits = limits.in_force()
    if len(data) > limits.max_bytes:
        refuse_large(where, "archive-size", "is too large", limit=limits.max_bytes, found=len(data))
    count, directory_start = _read_end(data, where)
    if count > limits.max_members:
        refuse_large(where, "member-count", "has too many members", limit=limits.max_members, found=count)
    members: list[Member] = []
    position, local_position = directory_start, 0
    for _ in range(count):
        member, position, local_position = _read_member(data, position, local_position, where, foreign=foreign)
        members.append(member)
    if position != len(data) - _END.size:
        refuse_ambiguous(where, "directory-size", "the central directory does not end where the end record begins")
    if local_position != directory_start:
        refuse_ambiguous(where, "gap", "bytes that belong to no member lie before the central directory")
    members = [member for member in members if not member.name.endswith("/")]
    sizes = [(member.name, member.end - member.start, member.size) for member in members]
    refuse_oversized(sizes, where=where, limits=limits, with_ratio=not foreign)
    collision = first_collision([member.name for member in members])
    if collision is not None:
        first, second = collision
        raise IceError(
            "archive-member-refused",
            f"`{where}` holds `{printable(first)}` and `{printable(second)}`, which some systems take for one file",
            where=Location(where),
            expected="names that differ when case is ignored, and no file that is also a folder",
            found=f"{printable(first)}, {printable(second)}",
            hints=(),
            details={"reason": "name-collision", "members": [first, second]},
        )
    return Archive(data, MappingProxyType({member.name: member for member in members}), where=where)


def write_archive(members: Sequence[tuple[str, bytes]], *, compress: bool, where: str = "the new archive") -> bytes:
    """The archive of these files in this order: the same bytes for the same files, and accepted by `read_archive`.

    Uncompressed, the bytes depend on nothing else; compressed, on the machine's zlib.

    Raises:
        IceError: What `read_archive` raises, for names, counts and sizes that it would refuse.
    """
    local = bytearray()
    central = bytearray()
    for name, content in members:
        encoded = name.encode("utf-8")
        method, stored = STORED, content
        if compress:
            deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
            deflated = deflater.compress(content) + deflater.flush()
            if len(deflated) < len(content):
                method, stored = DEFLATED, deflated
        flags = 0 if name.isascii() else UTF8_FLAG
        sizes = (zlib.crc32(content), len(stored), len(content))
        shared = (20, flags, method, 0, _WRITTEN_DATE, *sizes, len(encoded), 0)
        offset = len(local)
        local += LOCAL.pack(LOCAL_SIGNATURE, *shared) + encoded + stored
        central += CENTRAL.pack(_CENTRAL_SIGNATURE, UNIX << 8 | 20, *shared, 0, 0, 0, _WRITTEN_MODE, offset)
        central += encoded
    count = len(members)
    if len(local) + len(central) > LIMITS.max_bytes or count > LIMITS.max_members:
        refuse_large(where, "archive-size", "is too large", limit=LIMITS.max_bytes, found=len(local) + len(central))
    end = _END.pack(_END_SIGNATURE, 0, 0, count, count, len(central), len(local), 0)
    data = bytes(local + central + end)
    read_archive(data, where=where)
    return data


def _read_end(data: bytes, where: str) -> tuple[int, int]:
    """How many members there are, and where the central directory begins."""
    if len(data) < _END.size:
        _refuse_damaged(where, "too-short", "it is shorter than the smallest zip archive")
    end_start = len(data) - _END.size
    signature, disk, directory_disk, here, count, size, start, comment = _END.unpack_from(data, end_start)
    if signature != _END_SIGNATURE:
        found = data.rfind(_END_SIGNATURE)
        if found < 0:
            _refuse_damaged(where, "no-end-record", "it is not a zip archive")
        refuse_ambiguous(where, "trailing-data", "bytes follow its end record, or it has a comment")
    if comment or _END_SIGNATURE in data[end_start + 1 :]:
        refuse_ambiguous(where, "end-record", "its end record can be found in two places")
    if data[max(0, end_start - _ZIP64_LOCATOR_SIZE) :].startswith(_ZIP64_LOCATOR_SIGNATURE):
        refuse_ambiguous(where, "zip64", "it has a zip64 locator")
    if disk or directory_disk or here != count:
        refuse_ambiguous(where, "disks", "it is spread over several disks")
    if start + size != end_start:
        refuse_ambiguous(where, "directory-size", "the central directory does not end where the end record begins")
    return count, start


def _read_member(
    data: bytes, position: int, local_position: int, where: str, *, foreign: bool
) -> tuple[Member, int, int]:
    """A member from its directory entry and its local header, and where the next of each begins."""
    directory_end = len(data) - _END.size
    if position + CENTRAL.size > directory_end:
        _refuse_damaged(where, "directory", "its central directory ends in the middle of an entry")
    entry = CENTRAL.unpack_from(data, position)
    (signature, made_by, needed, flags, method, time, date, crc, stored, size) = entry[:10]
    (name_length, extra, comment, disk, _, attributes, offset) = entry[10:]
    name_start = position + CENTRAL.size
    next_entry = name_start + name_length + (extra if foreign else 0)
    encoded = data[name_start : name_start + name_length]
    if signature != _CENTRAL_SIGNATURE or next_entry > directory_end:
        _refuse_damaged(where, "directory", "its central directory is damaged")
    name = member_name(encoded, flags, where, foreign=foreign)
    if (extra and not foreign) or comment or disk:
        refuse_ambiguous(where, "extra-field", f"`{name}` has an extra field, a comment or a disk number")
    check = check_foreign_kind if foreign else check_kind
    check(name, made_by, needed, flags, method, attributes, where)
    if method == STORED and stored != size:
        refuse_ambiguous(where, "stored-size", f"`{name}` is stored and has two sizes")
    if offset != local_position:
        refuse_ambiguous(where, "gap", f"`{name}` does not begin where the member before it ends")
    if foreign:
        place = foreign_place(data, encoded, entry, where)
    else:
        data_start = offset + LOCAL.size + name_length
        expected = LOCAL.pack(LOCAL_SIGNATURE, needed, flags, method, time, date, crc, stored, size, name_length, 0)
        if data[offset:data_start] != expected + encoded:
            refuse_ambiguous(where, "headers-differ", f"the local header of `{name}` is not what the directory says")
        place = MemberPlace(start=data_start, end=data_start + stored, next_offset=data_start + stored)
    member = Member(name=name, method=method, crc=crc, size=size, start=place.start, end=place.end)
    return member, next_entry, place.next_offset


def _inflated(stored: bytes, member: Member, where: str) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        # One byte more than declared: enough to see that there is more, and never 0, which would mean no bound.
        content = inflater.decompress(stored, member.size + 1)
    except zlib.error:
        _refuse_damaged(where, "deflate", f"`{member.name}` is not a deflate stream")
    if len(content) != member.size or not inflater.eof or inflater.unused_data:
        _refuse_damaged(where, "deflate", f"`{member.name}` does not inflate to the size that the archive gives for it")
    return content


def _refuse_damaged(where: str, reason: str, what: str) -> NoReturn:
    raise IceError(
        "archive-damaged", f"`{where}` is damaged: {what}", where=Location(where), hints=(), details={"reason": reason}
    )
