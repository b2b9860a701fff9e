"""What an ELF file links against, read from its bytes: both widths, both byte orders, and damage of every kind."""

import random
import struct
import sys
import sysconfig
from pathlib import Path

import pytest

from ice_orchestrator.elf import NotElf, linked


def made(*, is_wide: bool, order: str, entries: tuple[tuple[int, int], ...], names: bytes) -> bytes:
    """A file of one loaded segment at address 0x1000 that holds everything, and its dynamic section."""
    form = "QQ" if is_wide else "II"
    header = 64 if is_wide else 52
    size = 56 if is_wide else 32
    dynamic_at = header + 2 * size
    dynamic = b"".join(struct.pack(f"{order}{form}", *entry) for entry in (*entries, (0, 0)))
    names_at = dynamic_at + len(dynamic)
    dynamic = dynamic.replace(struct.pack(f"{order}{form}", 5, 0), struct.pack(f"{order}{form}", 5, 0x1000 + names_at))
    total = names_at + len(names)
    if is_wide:
        start = struct.pack(f"{order}32xQ14xHH", header, size, 2)
        segments = struct.pack(f"{order}IIQQQQQQ", 1, 5, 0, 0x1000, 0, total, total, 0)
        segments += struct.pack(f"{order}IIQQQQQQ", 2, 5, dynamic_at, 0, 0, len(dynamic), 0, 0)
    else:
        start = struct.pack(f"{order}28xI10xHH", header, size, 2)
        segments = struct.pack(f"{order}IIIIIIII", 1, 0, 0x1000, 0, total, total, 5, 0)
        segments += struct.pack(f"{order}IIIIIIII", 2, dynamic_at, 0, 0, len(dynamic), 0, 5, 0)
    identity = b"\x7fELF" + bytes((2 if is_wide else 1, 1 if order == "<" else 2))
    return identity + start[6:].ljust(header - 6, b"\0") + segments + dynamic + names


NAMES = b"\0libc.so.6\0libextra.so\0$ORIGIN/../x.libs\0"
ENTRIES = ((1, 1), (1, 11), (29, 23), (5, 0))


@pytest.mark.parametrize("is_wide", [True, False])
@pytest.mark.parametrize("order", ["<", ">"])
def test_libraries_and_folders_are_read_in_every_form(is_wide: bool, order: str) -> None:
    """DT_NEEDED and DT_RUNPATH, wherever they stand."""
    found = linked(made(is_wide=is_wide, order=order, entries=ENTRIES, names=NAMES))

    assert ("libc.so.6", "libextra.so") == found.needed
    assert ("$ORIGIN/../x.libs",) == found.folders


def test_a_file_that_links_against_nothing_needs_nothing() -> None:
    """No dynamic section, or an empty one."""
    assert ((), ()) == (linked(b"\x7fELF\x02\x01" + bytes(58)).needed, linked(b"\x7fELF\x02\x01" + bytes(58)).folders)
    assert () == linked(made(is_wide=True, order="<", entries=(), names=b"")).needed


DAMAGED = {
    "empty": b"",
    "short": b"\x7fELF",
    "another width": b"\x7fELF\x03\x01" + bytes(58),
    "another order": b"\x7fELF\x02\x03" + bytes(58),
    "something else": b"MZ" + bytes(62),
    "too many segments": b"\x7fELF\x02\x01" + bytes(50) + b"\xff\xff" + bytes(6),
    "segments outside": b"\x7fELF\x02\x01" + bytes(26) + b"\xff" * 8 + bytes(14) + b"\x38\0\x01\0" + bytes(4),
    "no table of names": made(is_wide=True, order="<", entries=((1, 1),), names=NAMES),
    "a name outside": made(is_wide=True, order="<", entries=((1, 10_000), (5, 0)), names=NAMES),
    "a name without an end": made(is_wide=True, order="<", entries=((1, 1), (5, 0)), names=b"\0lib"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_damaged_is_not_elf(name: str) -> None:
    """One typed error, whatever is wrong."""
    with pytest.raises(NotElf):
        linked(DAMAGED[name])


def test_random_damage_is_a_typed_error_or_an_answer() -> None:
    """Five hundred files with random bytes in them."""
    whole = made(is_wide=True, order="<", entries=ENTRIES, names=NAMES)
    draw = random.Random(1)
    for _ in range(500):
        data = bytearray(whole)
        for _ in range(draw.randrange(1, 8)):
            data[draw.randrange(6, len(data))] = draw.randrange(256)
        try:
            linked(bytes(data))
        except NotElf:
            continue


@pytest.mark.skipif(sys.platform != "linux", reason="it reads a library of the interpreter")
def test_a_real_library_is_read() -> None:
    """One that Python itself loads: the system's own, and no folder to search."""
    folder = Path(sysconfig.get_path("platstdlib")) / "lib-dynload"
    libraries = sorted(folder.glob("*.so"))
    if not libraries:
        pytest.skip("this Python has its modules built in")

    assert any("libc.so" in " ".join(linked(path.read_bytes()).needed) for path in libraries[:5])
