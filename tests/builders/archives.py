"""Zip archives packed by hand with struct, so that a test can say in them what no honest writer would."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")
REGULAR = 0o100644 << 16


@dataclass(frozen=True, kw_only=True)
class RawMember:
    """One member; `both` overrides fields of its two headers, `local` and `central` of one of them.

    Fields: signature, needed, flags, method, time, date, crc, stored, size, name_length, extra_length; in the central
    header also made_by, comment_length, disk, internal, attributes, offset.
    """

    name: bytes = b"a.txt"
    content: bytes = b"hello"
    deflate: bool = False
    data: bytes | None = None
    both: Mapping[str, int | bytes] = field(default_factory=dict)
    local: Mapping[str, int | bytes] = field(default_factory=dict)
    central: Mapping[str, int | bytes] = field(default_factory=dict)
    local_name: bytes | None = None
    local_extra: bytes = b""
    central_extra: bytes = b""
    comment: bytes = b""
    before: bytes = b""
    after: bytes = b""

    @property
    def stored(self) -> bytes:
        """The bytes as they lie in the archive."""
        if self.data is not None:
            return self.data
        return deflated(self.content) if self.deflate else self.content


def deflated(content: bytes) -> bytes:
    """A raw deflate stream."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflater.compress(content) + deflater.flush()


def raw_archive(
    members: Sequence[RawMember],
    *,
    prepend: bytes = b"",
    between: bytes = b"",
    before_end: bytes = b"",
    trail: bytes = b"",
    end: Mapping[str, int | bytes] | None = None,
    shift: int | None = None,
) -> bytes:
    """The archive of these members.

    Args:
        members: In their order, in the file as in the directory.
        prepend, between, before_end, trail: Bytes before everything, before the central directory, before the end
            record, behind everything.
        end: Overrides of the end record: signature, disk, directory_disk, here, count, size, start, comment_length.
        shift: What is added to every offset; by default the length of `prepend`, as an honest reader would see it.
    """
    local, central = bytearray(prepend), bytearray()
    moved = 0 if shift is None else shift - len(prepend)
    for member in members:
        local += member.before
        offset = len(local) + moved
        local += _local_header(member) + member.stored + member.after
        central += _central_entry(member, offset)
    local += between
    closing: dict[str, int | bytes] = {
        "signature": b"PK\x05\x06",
        "disk": 0,
        "directory_disk": 0,
        "here": len(members),
        "count": len(members),
        "size": len(central),
        "start": len(local) + moved,
        "comment_length": 0,
        **(end or {}),
    }
    return bytes(local + central + before_end) + END.pack(*closing.values()) + trail


def _shared_fields(member: RawMember) -> dict[str, int | bytes]:
    """What both headers say, in the order of the local one; the signature is that of a local header."""
    return {
        "signature": b"PK\x03\x04",
        "needed": 20,
        "flags": 0,
        "method": 8 if member.deflate else 0,
        "time": 0,
        "date": 0x21,
        "crc": zlib.crc32(member.content),
        "stored": len(member.stored),
        "size": len(member.content),
        "name_length": len(member.name),
        "extra_length": 0,
        **member.both,
    }


def _local_header(member: RawMember) -> bytes:
    name = member.name if member.local_name is None else member.local_name
    own = {"name_length": len(name), "extra_length": len(member.local_extra)}
    return LOCAL.pack(*{**_shared_fields(member), **own, **member.local}.values()) + name + member.local_extra


def _central_entry(member: RawMember, offset: int) -> bytes:
    fields = _shared_fields(member)
    fields.pop("signature")
    entry: dict[str, int | bytes] = {
        "signature": b"PK\x01\x02",
        "made_by": 3 << 8 | 20,
        **fields,
        "extra_length": len(member.central_extra),
        "comment_length": len(member.comment),
        "disk": 0,
        "internal": 0,
        "attributes": REGULAR,
        "offset": offset,
        **member.central,
    }
    return CENTRAL.pack(*entry.values()) + member.name + member.central_extra + member.comment
