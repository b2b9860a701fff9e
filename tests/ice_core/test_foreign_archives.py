"""Wheels that other people built: what their builders write is read where it has one meaning, and refused elsewhere."""

import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.archives import read_archive
from ice_core.errors import IceError
from tests.builders.archives import RawMember, raw_archive

TEXT = b"some text, some text, some text"
CRC = zlib.crc32(TEXT)
FOLDER = 0o040755 << 16
LINK = 0o120777 << 16


def read(data: bytes) -> dict[str, bytes]:
    """All members of a foreign archive."""
    archive = read_archive(data, where="t.whl", foreign=True)
    return {name: archive.read(name) for name in archive.names}


def reason_of(data: bytes) -> str:
    """Why it is refused."""
    with pytest.raises(IceError) as caught:
        read(data)
    reason = caught.value.finding.details["reason"]
    assert isinstance(reason, str)
    return reason


def described(*, marked: bool, crc: int = CRC, sizes: tuple[int, int] = (len(TEXT), len(TEXT))) -> RawMember:
    """A stored member whose sizes follow its data."""
    after = (b"PK\x07\x08" if marked else b"") + struct.pack("<3I", crc, *sizes)
    return RawMember(
        name=b"a.py", content=TEXT, both={"flags": 0x8}, local={"crc": 0, "stored": 0, "size": 0}, after=after
    )


def zip64(size: int, stored: int) -> bytes:
    """An extra field that gives both sizes."""
    return struct.pack("<2H2Q", 1, 16, size, stored)


READ: dict[str, RawMember] = {
    "plain": RawMember(name=b"a.py", content=TEXT),
    "deflated": RawMember(name=b"a.py", content=TEXT, deflate=True),
    "descriptor": described(marked=True),
    "descriptor without a mark": described(marked=False),
    "descriptor and sizes in front": RawMember(
        name=b"a.py", content=TEXT, both={"flags": 0x8}, after=struct.pack("<3I", CRC, len(TEXT), len(TEXT))
    ),
    "local extra field": RawMember(name=b"a.py", content=TEXT, local_extra=struct.pack("<2HI", 0x5455, 4, 7)),
    "central extra field": RawMember(name=b"a.py", content=TEXT, central_extra=struct.pack("<2HI", 0x5455, 4, 7)),
    "sizes of zip64 that agree": RawMember(name=b"a.py", content=TEXT, local_extra=zip64(len(TEXT), len(TEXT))),
    "made on another system": RawMember(name=b"a.py", content=TEXT, central={"made_by": 10 << 8 | 20}),
    "executable": RawMember(name=b"a.py", content=TEXT, central={"attributes": 0o100755 << 16}),
    "options of deflate": RawMember(name=b"a.py", content=TEXT, deflate=True, both={"flags": 0x6}),
    "needs 4.5": RawMember(name=b"a.py", content=TEXT, both={"needed": 45}),
}
REFUSED: dict[str, tuple[RawMember, str]] = {
    "encrypted": (RawMember(name=b"a.py", content=TEXT, both={"flags": 0x1}), "flags"),
    "strongly encrypted": (RawMember(name=b"a.py", content=TEXT, both={"flags": 0x2000}), "flags"),
    "another method": (RawMember(name=b"a.py", content=TEXT, both={"method": 12}), "method"),
    "needs 5.0": (RawMember(name=b"a.py", content=TEXT, both={"needed": 50}), "zip64"),
    "another name in front": (RawMember(name=b"a.py", content=TEXT, local_name=b"b.py"), "headers-differ"),
    "another size in front": (RawMember(name=b"a.py", content=TEXT, local={"size": 3}), "headers-differ"),
    "another CRC in front": (RawMember(name=b"a.py", content=TEXT, local={"crc": 3}), "headers-differ"),
    "flags in front only": (RawMember(name=b"a.py", content=TEXT, local={"flags": 0x8}), "headers-differ"),
    "method in front only": (RawMember(name=b"a.py", content=TEXT, local={"method": 8}), "headers-differ"),
    "descriptor with another CRC": (described(marked=True, crc=3), "headers-differ"),
    "descriptor with another size": (described(marked=False, sizes=(1, 1)), "headers-differ"),
    "sizes of zip64 that differ": (RawMember(name=b"a.py", content=TEXT, local_extra=zip64(3, 3)), "headers-differ"),
    "comment": (RawMember(name=b"a.py", content=TEXT, comment=b"x"), "extra-field"),
    "bytes between": (RawMember(name=b"a.py", content=TEXT, after=b"x"), "gap"),
    "link": (RawMember(name=b"a.py", content=b"/etc/passwd", central={"attributes": LINK}), "not-regular"),
    "set-id": (RawMember(name=b"a.py", content=TEXT, central={"attributes": 0o104755 << 16}), "not-regular"),
    "folder without a slash": (RawMember(name=b"a", content=b"", central={"attributes": FOLDER}), "not-regular"),
    "file with a slash": (RawMember(name=b"a/", content=b"", central={"attributes": 0o100644 << 16}), "not-regular"),
    "folder with data": (RawMember(name=b"a/", content=TEXT, central={"attributes": FOLDER}), "folder-with-data"),
    "two slashes": (RawMember(name=b"a//", content=b"", central={"attributes": FOLDER}), "name-folder"),
    "upwards": (RawMember(name=b"../a.py", content=TEXT), "name-leaves-folder"),
    "absolute": (RawMember(name=b"/a.py", content=TEXT), "name-absolute"),
    "size of zip64": (
        RawMember(name=b"a.py", content=TEXT, both={"method": 8, "size": 0xFFFFFFFF}),
        "zip64",
    ),
}


@pytest.mark.parametrize("name", READ)
def test_what_builders_write_is_read(name: str) -> None:
    assert {"a.py": TEXT} == read(raw_archive([READ[name]]))


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_two_meanings_is_refused(name: str) -> None:
    """Threat 22: zip parser confusion: also in wheels of others, what two readers could read in two ways is refused."""
    member, reason = REFUSED[name]

    assert reason == reason_of(raw_archive([member]))


def test_names_that_fall_together_are_refused() -> None:
    """Threat 25: case-fold collision: in a foreign wheel too."""
    members = [RawMember(name=name, content=TEXT) for name in (b"a.py", b"A.py")]

    assert "name-collision" == reason_of(raw_archive(members))


def test_bytes_in_front_and_behind_are_refused() -> None:
    """Threat 22: zip parser confusion: some readers skip what stands before the first header or behind the last."""
    good = raw_archive([RawMember(name=b"a.py", content=TEXT)])

    assert "directory-size" == reason_of(raw_archive([RawMember(name=b"a.py", content=TEXT)], prepend=b"MZ", shift=0))
    assert "trailing-data" == reason_of(good + b"x")


@pytest.mark.parametrize("size", range(30))
def test_an_archive_cut_short_is_refused(size: int) -> None:
    good = raw_archive([described(marked=True)])

    with pytest.raises(IceError):
        read(good[: -size - 1])


def test_what_inflates_much_is_read_within_the_sum() -> None:
    """Padded libraries do; the ratio bounds what strangers send, and this wheel is pinned by its digest."""
    content = bytes(4 * 1024 * 1024)

    assert {"a.so": content} == read(raw_archive([RawMember(name=b"a.so", content=content, deflate=True)]))


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}\.py", fullmatch=True), st.binary(max_size=200), max_size=5))
def test_what_zipfile_writes_to_a_stream_reads_the_same(files: dict[str, bytes]) -> None:
    """Written without seeking, each member has a data descriptor."""
    written = io.BytesIO()
    stream = io.BufferedWriter(_Forward(written))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    stream.flush()

    assert files == read(written.getvalue())


class _Forward(io.RawIOBase):
    """A stream that cannot go back."""

    def __init__(self, target: io.BytesIO) -> None:
        self._target = target

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return self._target.write(bytes(data))  # type: ignore[call-overload] # a buffer, as the protocol says
