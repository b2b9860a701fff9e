"""The headers of a zip member, and what they may say: in our own archives, and in those that other people built.

Our own are read under the rules of `archives`: nothing is said twice. Foreign ones come from builders that write
folders, extra fields and data descriptors; each is let through only where all readers agree on what it means.
"""

import stat
import struct
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from ice_core.errors import IceError, Location
from ice_core.member_names import name_fault
from ice_core.strict_json import printable

# APPNOTE.TXT 4.3.7, 4.3.9, 4.3.12.
LOCAL: Final = struct.Struct("<4s5H3I2H")
CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_DESCRIPTOR: Final = struct.Struct("<3I")
LOCAL_SIGNATURE: Final = b"PK\x03\x04"
_DESCRIPTOR_SIGNATURE: Final = b"PK\x07\x08"
STORED, DEFLATED = 0, 8
UTF8_FLAG: Final = 0x800
DOS, UNIX = 0, 3
_DESCRIPTOR_FLAG: Final = 0x8
_DEFLATE_OPTION_FLAGS: Final = 0x6
_DOS_FOLDER_OR_LABEL: Final = 0x18
_ZIP64_SIZE: Final = 0xFFFFFFFF
_ZIP64_EXTRA: Final = 1
# 4.4.3.2: up to here a version says which features a writer knows, and the flags and sizes say which it used.
_FOREIGN_NEEDED: Final = 45


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberPlace:
    """Where a member's stored bytes begin and end, and where the next member's local header begins."""

    start: int
    end: int
    next_offset: int


def member_name(encoded: bytes, flags: int, where: str, *, foreign: bool) -> str:
    """The name of a member, which every system reads as the same path; a foreign folder keeps its slash at the end.

    Raises:
        IceError: `archive-member-refused`.
    """
    try:
        # Without the flag readers guess a code page; ASCII is the same in all of them.
        name = encoded.decode("utf-8" if flags & UTF8_FLAG else "ascii")
    except UnicodeDecodeError:
        _refuse_member(where, "name-encoding", repr(encoded[:100]), "a name in ASCII, or in UTF-8 that says so")
    fault = name_fault(name.removesuffix("/") if foreign else name)
    if fault is not None:
        _refuse_member(where, fault, name, "a relative path of plain names that every system reads in the same way")
    return name


def check_kind(name: str, made_by: int, needed: int, flags: int, method: int, attributes: int, where: str) -> None:
    """Returns if a member of our own archives is a regular file, plainly stored or deflated.

    Raises:
        IceError: `archive-ambiguous` or `archive-member-refused`.
    """
    if flags & ~UTF8_FLAG:
        refuse_ambiguous(where, "flags", f"`{name}` is encrypted, or its sizes follow its data (flags {flags:#06x})")
    _check_method(name, method, where)
    if needed > 20:
        refuse_ambiguous(where, "zip64", f"`{name}` needs version {needed / 10} of the format; up to 2.0 is read")
    mode = attributes >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG) or mode & 0o7000 or attributes & _DOS_FOLDER_OR_LABEL:
        _refuse_member(where, "not-regular", name, "a regular file: no link, folder, device or set-id bit")
    if made_by >> 8 not in (DOS, UNIX):
        _refuse_member(where, "made-by", name, "attributes of DOS or Unix")


def check_foreign_kind(
    name: str, made_by: int, needed: int, flags: int, method: int, attributes: int, where: str
) -> None:
    """Returns if a member of a foreign archive is a regular file or a folder, plainly stored or deflated.

    Raises:
        IceError: `archive-ambiguous` or `archive-member-refused`.
    """
    if flags & ~(UTF8_FLAG | _DESCRIPTOR_FLAG | _DEFLATE_OPTION_FLAGS):
        refuse_ambiguous(where, "flags", f"`{name}` is encrypted or patched (flags {flags:#06x})")
    _check_method(name, method, where)
    if needed > _FOREIGN_NEEDED:
        refuse_ambiguous(where, "zip64", f"`{name}` needs version {needed / 10} of the format; up to 4.5 is read")
    kind = stat.S_IFMT(attributes >> 16)
    if name.endswith("/"):
        if kind not in (0, stat.S_IFDIR):
            _refuse_member(where, "not-regular", name, "a folder, as its name says")
    elif kind not in (0, stat.S_IFREG) or attributes >> 16 & 0o7000 or attributes & _DOS_FOLDER_OR_LABEL:
        _refuse_member(where, "not-regular", name, "a regular file: no link, device or set-id bit")


def foreign_place(data: bytes, encoded: bytes, entry: tuple[Any, ...], where: str) -> MemberPlace:
    """Where a foreign member's bytes lie, its local header and data descriptor held against the directory entry.

    Args:
        data: The archive.
        encoded: The member's name as the directory has it.
        entry: The directory's entry.
        where: The archive's origin, for messages.

    Raises:
        IceError: `archive-ambiguous`, or `archive-damaged`.
    """
    flags, method, crc, stored, size = entry[3], entry[4], *entry[7:10]
    offset = entry[16]
    name = printable(encoded.decode("utf-8", "replace"))
    if _ZIP64_SIZE in (stored, size, offset):
        refuse_ambiguous(where, "zip64", f"`{name}` has sizes of zip64")
    if offset + LOCAL.size > len(data):
        refuse_ambiguous(where, "headers-differ", f"`{name}` has no local header")
    local = LOCAL.unpack_from(data, offset)
    name_start = offset + LOCAL.size
    start = name_start + local[9] + local[10]
    has_descriptor = bool(flags & _DESCRIPTOR_FLAG)
    sizes = (crc, stored, size)
    said = (sizes, (0, 0, 0)) if has_descriptor else (sizes,)
    extra = data[name_start + local[9] : start]
    if (
        local[0] != LOCAL_SIGNATURE
        or (local[2], local[3]) != (flags, method)
        or local[6:9] not in said
        or data[name_start : name_start + local[9]] != encoded
        or not _agrees(extra, size, stored)
    ):
        refuse_ambiguous(where, "headers-differ", f"the local header of `{name}` is not what the directory says")
    end = start + stored
    if name.endswith("/") and size:
        refuse_ambiguous(where, "folder-with-data", f"the folder `{name}` has bytes of its own")
    if not has_descriptor:
        return MemberPlace(start=start, end=end, next_offset=end)
    marked = _DESCRIPTOR_SIGNATURE if data[end : end + 4] == _DESCRIPTOR_SIGNATURE else b""
    after = end + len(marked) + _DESCRIPTOR.size
    if data[end:after] != marked + _DESCRIPTOR.pack(*sizes):
        refuse_ambiguous(where, "headers-differ", f"the sizes behind `{name}` are not what the directory says")
    return MemberPlace(start=start, end=end, next_offset=after)


def refuse_ambiguous(where: str, reason: str, what: str) -> NoReturn:
    """Raises `archive-ambiguous` with this reason."""
    raise IceError(
        "archive-ambiguous",
        f"`{where}` can be read in more than one way: {what}",
        where=Location(where),
        note="Two readers could see different files in it, so it is not read at all.",
        hints=(),
        details={"reason": reason},
    )


def _agrees(extra: bytes, size: int, stored: int) -> bool:
    # Some writers give the sizes as zip64 too, although they fit: harmless where both say the same (4.5.3).
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, position)
        field = extra[position + 4 : position + 4 + length]
        if kind == _ZIP64_EXTRA and field != struct.pack("<2Q", size, stored):
            return False
        position += 4 + length
    return True


def _check_method(name: str, method: int, where: str) -> None:
    if method not in (STORED, DEFLATED):
        refuse_ambiguous(where, "method", f"`{name}` is compressed by method {method}; 0 and 8 are read")


def _refuse_member(where: str, reason: str, name: str, expected: str) -> NoReturn:
    raise IceError(
        "archive-member-refused",
        f"`{where}` holds the member `{printable(name)}`, which no archive may hold",
        where=Location(where),
        expected=expected,
        found=printable(name),
        hints=(),
        details={"reason": reason, "member": name},
    )
