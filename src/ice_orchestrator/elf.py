"""What a compiled extension module asks the system's loader for, read out of its bytes (ELF, `man 5 elf`)."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NULL, _DT_STRTAB = 0, 5
_FOLDERS: Final = frozenset((15, 29))  # DT_RPATH, DT_RUNPATH
_LIBRARIES: Final = frozenset((1, 0x7FFFFFFD, 0x7FFFFFFF))  # DT_NEEDED, DT_AUXILIARY, DT_FILTER
# More than any linker writes.
_MAX_SEGMENTS, _MAX_ENTRIES = 512, 4096


class NotElf(Exception):
    """The bytes are not an ELF file that can be read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """The libraries that a file needs, by name, and the folders in which it says that they lie."""

    needed: tuple[str, ...]
    folders: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Segment:
    kind: int
    offset: int
    address: int
    size: int


def linked(data: bytes) -> Linked:
    """What the file links against.

    Raises:
        NotElf: It is not an ELF file, or damaged.
    """
    try:
        return _linked(data)
    except (struct.error, ValueError, OverflowError) as error:
        raise NotElf(str(error)) from error


def _linked(data: bytes) -> Linked:
    if data[:4] != b"\x7fELF" or data[4:5] not in (b"\x01", b"\x02") or data[5:6] not in (b"\x01", b"\x02"):
        raise ValueError("it does not begin as one")
    is_wide, order = data[4] == 2, "<" if data[5] == 1 else ">"
    segments = _segments(data, order, is_wide=is_wide)
    dynamic = [segment for segment in segments if segment.kind == _PT_DYNAMIC]
    entries = list(_entries(data, dynamic[-1], order, is_wide=is_wide)) if dynamic else []
    wanted = [(tag, value) for tag, value in entries if tag in _LIBRARIES | _FOLDERS]
    if not wanted:
        return Linked(needed=(), folders=())
    addresses = [value for tag, value in entries if tag == _DT_STRTAB]
    names = _place_of(addresses[-1] if addresses else None, segments)
    texts = [(tag, _text(data, names + value)) for tag, value in wanted]
    return Linked(
        needed=tuple(text for tag, text in texts if tag in _LIBRARIES),
        folders=tuple(text for tag, text in texts if tag in _FOLDERS),
    )


def _segments(data: bytes, order: str, *, is_wide: bool) -> Sequence[_Segment]:
    # e_phoff, e_phentsize, e_phnum; then p_type, p_offset, p_vaddr, p_filesz, which lie otherwise in 64 bits.
    start = int(struct.unpack_from(f"{order}{'Q' if is_wide else 'I'}", data, 32 if is_wide else 28)[0])
    size, count = struct.unpack_from(f"{order}HH", data, 54 if is_wide else 42)
    if count > _MAX_SEGMENTS:
        raise ValueError("it has too many segments")
    found = []
    for number in range(count):
        place = start + number * size
        if is_wide:
            kind, _, offset, address, _, stored = struct.unpack_from(f"{order}IIQQQQ", data, place)
        else:
            kind, offset, address, _, stored = struct.unpack_from(f"{order}IIIII", data, place)
        found.append(_Segment(kind=kind, offset=offset, address=address, size=stored))
    return found


def _entries(data: bytes, dynamic: _Segment, order: str, *, is_wide: bool) -> Iterator[tuple[int, int]]:
    entry = struct.Struct(f"{order}{'QQ' if is_wide else 'II'}")
    for number in range(min(dynamic.size // entry.size, _MAX_ENTRIES)):
        tag, value = entry.unpack_from(data, dynamic.offset + number * entry.size)
        if tag == _DT_NULL:
            return
        yield tag, value


def _place_of(address: int | None, segments: Sequence[_Segment]) -> int:
    for segment in segments:
        if segment.kind == _PT_LOAD and address is not None and 0 <= address - segment.address < segment.size:
            return segment.offset + address - segment.address
    raise ValueError("it has no table of names")


def _text(data: bytes, place: int) -> str:
    if not 0 <= place < len(data):
        raise ValueError("a name lies outside of it")
    return data[place : data.index(b"\0", place)].decode("utf-8", "surrogateescape")
