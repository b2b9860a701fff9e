"""The one zip parser: what is read, and every way of saying two things that is refused."""

import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ice_core.archive_limits import ArchiveLimits
from ice_core.archives import read_archive, write_archive
from ice_core.errors import IceError
from ice_core.member_names import first_collision, name_fault
from tests.builders.archives import REGULAR, RawMember, deflated, raw_archive


def refused(data: bytes, *, limits: ArchiveLimits | None = None) -> tuple[str, str]:
    """The slug and the reason for which an archive is refused, when opened or when its members are read."""
    with pytest.raises(IceError) as caught:
        read_all(data, limits=limits)
    reason = caught.value.finding.details["reason"]
    assert isinstance(reason, str)
    return caught.value.slug, reason


def read_all(data: bytes, *, limits: ArchiveLimits | None = None) -> list[tuple[str, bytes]]:
    archive = read_archive(data, where="t.zip", limits=limits or ArchiveLimits())
    return [(name, archive.read(name)) for name in archive.names]


A = RawMember(name=b"a.txt", content=b"first")
B = RawMember(name=b"b.txt", content=b"second, deflated " * 9, deflate=True)
FOLDER_ATTRIBUTES = 0o040755 << 16
LINK_ATTRIBUTES = 0o120777 << 16


def test_what_is_packed_by_hand_is_read_in_order() -> None:
    assert [("a.txt", A.content), ("b.txt", B.content)] == read_all(raw_archive([A, B]))


def test_an_archive_knows_its_members() -> None:
    archive = read_archive(raw_archive([A, B]), where="t.zip")

    assert ("a.txt", "b.txt") == archive.names
    assert [True, False] == [member.is_stored for member in archive.members]
    assert "a.txt" in archive
    assert "c.txt" not in archive


def test_an_archive_without_members_is_read() -> None:
    assert [] == read_all(raw_archive([]))


@pytest.mark.parametrize(
    "member",
    [
        RawMember(name="é/ü.txt".encode(), both={"flags": 0x800}),
        RawMember(both={"flags": 0x800}),
        RawMember(central={"attributes": 0}),
        RawMember(central={"attributes": 0o100755 << 16}),
        RawMember(central={"made_by": 20, "attributes": 0x20}),
        RawMember(both={"needed": 10, "time": 0x7A3F, "date": 0x5C21}),
        RawMember(content=b""),
        RawMember(content=b"", deflate=True),
        RawMember(name=b"a b (1)~$#@!+,;=[]{}'&%^-.txt"),
    ],
)
def test_what_writers_may_vary_is_read(member: RawMember) -> None:
    assert [(member.name.decode(), member.content)] == read_all(raw_archive([member]))


OTHER_FIELDS: dict[str, int | bytes] = {
    "signature": b"PK\x03\x05",
    "needed": 10,
    "flags": 0x800,
    "method": 8,
    "time": 1,
    "date": 0x22,
    "crc": 0,
    "stored": 4,
    "size": 6,
    "name_length": 4,
    "extra_length": 1,
}
AMBIGUOUS = [
    # Where the end record is, and what it says.
    ("trailing-data", raw_archive([A], trail=b"x")),
    ("trailing-data", raw_archive([A], trail=b"\n")),
    ("trailing-data", raw_archive([A], trail=b"comment", end={"comment_length": 7})),
    ("end-record", raw_archive([A], end={"comment_length": 7})),
    ("trailing-data", raw_archive([A]) + raw_archive([B])[:-22]),
    ("end-record", raw_archive([A], end={"size": 0x06054B50})),
    ("zip64", raw_archive([A], before_end=b"PK\x06\x07" + bytes(16))),
    ("disks", raw_archive([A], end={"disk": 1})),
    ("disks", raw_archive([A], end={"directory_disk": 1})),
    ("disks", raw_archive([A], end={"here": 0})),
    ("directory-size", raw_archive([A], before_end=b"x")),
    ("directory-size", raw_archive([A], end={"size": 10})),
    ("directory-size", raw_archive([A], end={"start": 3})),
    ("directory-size", raw_archive([A, B], end={"count": 1, "here": 1})),
    # Bytes that belong to no member, and members that share bytes.
    ("directory-size", raw_archive([A], prepend=b"#!/bin/sh\n", shift=0)),
    ("gap", raw_archive([A], prepend=b"#!/bin/sh\n")),
    ("gap", raw_archive([A], between=b"x")),
    ("gap", raw_archive([A, RawMember(name=b"b.txt", before=b"x")])),
    ("gap", raw_archive([RawMember(after=b"x"), B])),
    ("gap", raw_archive([A, RawMember(name=b"b.txt", central={"offset": 0})])),
    ("gap", raw_archive([A, RawMember(name=b"b.txt", central={"offset": 2**31})])),
    ("gap", raw_archive([RawMember(both={"stored": 60, "size": 60})])),
    ("gap", raw_archive([RawMember(central={"offset": 40}), RawMember(name=b"b.txt", central={"offset": 0})])),
    # What the two headers say.
    *(("headers-differ", raw_archive([RawMember(local={field: value})])) for field, value in OTHER_FIELDS.items()),
    ("headers-differ", raw_archive([RawMember(local_name=b"b.txt")])),
    ("headers-differ", raw_archive([RawMember(local_name=b"../etc/passwd")])),
    ("headers-differ", raw_archive([RawMember(local_extra=b"up\x00\x00")])),
    ("stored-size", raw_archive([RawMember(both={"size": 6})])),
    # What this format does without.
    ("extra-field", raw_archive([RawMember(central_extra=b"up\x00\x00")])),
    ("extra-field", raw_archive([RawMember(central_extra=b"\x01\x00\x08\x00" + bytes(8))])),
    ("extra-field", raw_archive([RawMember(comment=b"hello")])),
    ("extra-field", raw_archive([RawMember(central={"disk": 1})])),
    ("flags", raw_archive([RawMember(both={"flags": 0x1})])),
    ("flags", raw_archive([RawMember(both={"flags": 0x8})])),
    ("flags", raw_archive([RawMember(both={"flags": 0x40})])),
    ("flags", raw_archive([RawMember(both={"flags": 0x2000})])),
    *(("method", raw_archive([RawMember(both={"method": method})])) for method in (1, 6, 9, 12, 14, 93, 95, 98, 99)),
    ("zip64", raw_archive([RawMember(both={"needed": 45})])),
]


@pytest.mark.parametrize(("reason", "data"), AMBIGUOUS, ids=[f"{n}-{case[0]}" for n, case in enumerate(AMBIGUOUS)])
def test_an_archive_that_two_readers_could_read_in_two_ways_is_refused(reason: str, data: bytes) -> None:
    assert ("archive-ambiguous", reason) == refused(data)


def test_the_standard_library_reads_some_of_what_is_refused() -> None:
    """Why there is one parser of our own: other bytes can stand before the first member, and be read as something."""
    data = raw_archive([A], prepend=b"#!/bin/sh\n", shift=0)

    assert ["a.txt"] == zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert "archive-ambiguous" == refused(data)[0]


DAMAGED = [
    ("too-short", b""),
    ("too-short", b"PK\x05\x06"),
    ("no-end-record", b"x" * 22),
    ("no-end-record", b"x" * 500),
    ("directory", raw_archive([A], end={"count": 2, "here": 2})),
    ("directory", raw_archive([RawMember(central={"signature": b"PK\x01\x03"})])),
    ("directory", raw_archive([RawMember(central={"name_length": 500})])),
    ("crc", raw_archive([RawMember(both={"crc": 1})])),
    ("crc", raw_archive([RawMember(deflate=True, both={"crc": 1})])),
    ("deflate", raw_archive([RawMember(deflate=True, data=b"\xff\xff\xff\xff\xff")])),
    ("deflate", raw_archive([RawMember(deflate=True, data=b"")])),
    ("deflate", raw_archive([RawMember(deflate=True, both={"size": 4})])),
    ("deflate", raw_archive([RawMember(deflate=True, both={"size": 6})])),
    ("deflate", raw_archive([RawMember(deflate=True, data=deflated(b"hello") + b"x")])),
    ("deflate", raw_archive([RawMember(deflate=True, data=deflated(b"hello") + deflated(b"hello"))])),
    ("deflate", raw_archive([RawMember(deflate=True, data=deflated(b"hello")[:-1])])),
]


@pytest.mark.parametrize(("reason", "data"), DAMAGED, ids=[f"{n}-{case[0]}" for n, case in enumerate(DAMAGED)])
def test_a_damaged_archive_is_refused(reason: str, data: bytes) -> None:
    assert ("archive-damaged", reason) == refused(data)


MEMBERS = [
    ("not-regular", RawMember(central={"attributes": LINK_ATTRIBUTES})),
    ("not-regular", RawMember(central={"attributes": FOLDER_ATTRIBUTES})),
    ("not-regular", RawMember(central={"attributes": 0o020666 << 16})),
    ("not-regular", RawMember(central={"attributes": 0o060666 << 16})),
    ("not-regular", RawMember(central={"attributes": 0o010644 << 16})),
    ("not-regular", RawMember(central={"attributes": 0o140644 << 16})),
    ("not-regular", RawMember(central={"attributes": 0o104755 << 16})),
    ("not-regular", RawMember(central={"attributes": 0o102755 << 16})),
    ("not-regular", RawMember(central={"attributes": REGULAR | 0x10})),
    ("not-regular", RawMember(central={"attributes": 0x08})),
    ("made-by", RawMember(central={"made_by": 7 << 8 | 20})),
    ("name-encoding", RawMember(name="é".encode())),
    ("name-encoding", RawMember(name=b"\xff", both={"flags": 0x800})),
    ("name-encoding", RawMember(name=b"\xed\xa0\x80", both={"flags": 0x800})),
    ("name-encoding", RawMember(name=b"\xc0\xae\xc0\xae/x", both={"flags": 0x800})),
    ("name-empty", RawMember(name=b"")),
    ("name-folder", RawMember(name=b"a/", content=b"")),
    ("name-leaves-folder", RawMember(name=b"../x")),
    ("name-absolute", RawMember(name=b"/x")),
    ("name-character", RawMember(name=b"C:x")),
    ("name-character", RawMember(name=b"a\\b")),
    ("name-character", RawMember(name=b"a\x00.py")),
    ("name-device", RawMember(name=b"con.py")),
]


@pytest.mark.parametrize(("reason", "member"), MEMBERS, ids=[f"{n}-{case[0]}" for n, case in enumerate(MEMBERS)])
def test_a_member_that_is_no_plain_file_is_refused(reason: str, member: RawMember) -> None:
    assert ("archive-member-refused", reason) == refused(raw_archive([member]))


@pytest.mark.parametrize(
    "names",
    [
        ["a.txt", "a.txt"],
        ["A.py", "a.py"],
        ["x/A/b", "x/a/c"],
        ["a", "a/b"],
        ["a/b", "a"],
        ["A/b", "a"],
        ["ß.py", "SS.py"],
        ["ﬁ.py", "fi.py"],
        ["ſ.py", "s.py"],
        ["K.py", "k.py"],
    ],
)
def test_names_that_some_system_takes_for_one_file_are_refused(names: list[str]) -> None:
    """Threat 25: case-fold collision."""
    members = [RawMember(name=name.encode(), both={"flags": 0x800}) for name in names]

    assert ("archive-member-refused", "name-collision") == refused(raw_archive(members))


def test_a_gigabyte_of_zeros_is_refused_before_it_is_inflated() -> None:
    """Threat 21: zip bomb: a declared gigabyte."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = bytes(1 << 20)
    data = b"".join(deflater.compress(block) for _ in range(64)) + deflater.flush()
    bomb = raw_archive([RawMember(content=b"", deflate=True, data=data, both={"size": 1 << 30})])
    tracemalloc.start()
    verdict = refused(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert ("archive-too-large", "member-size") == verdict
    assert peak < 4 * len(bomb)


def test_a_member_that_inflates_far_beyond_its_declared_size_is_stopped_at_that_size() -> None:
    """Threat 21: zip bomb: a size that is a lie."""
    data = deflated(bytes(1 << 24))

    assert ("archive-damaged", "deflate") == refused(
        raw_archive([RawMember(content=b"", deflate=True, data=data, both={"size": 1 << 10})])
    )


SMALL = ArchiveLimits(max_bytes=4000, max_members=3, max_member_bytes=300, max_total_bytes=500)


@pytest.mark.parametrize(
    ("reason", "members"),
    [
        ("archive-size", [RawMember(content=b"x" * 4000)]),
        ("member-count", [RawMember(name=b"%d" % n, content=b"") for n in range(4)]),
        ("member-size", [RawMember(content=b"x" * 301)]),
        ("total-size", [RawMember(name=b"%d" % n, content=b"x" * 251) for n in range(2)]),
    ],
)
def test_an_archive_above_a_limit_is_refused(reason: str, members: list[RawMember]) -> None:
    assert ("archive-too-large", reason) == refused(raw_archive(members), limits=SMALL)


def test_a_large_member_that_inflates_too_much_is_refused() -> None:
    content = bytes(1024 * 1024 + 1)

    assert ("archive-too-large", "ratio") == refused(raw_archive([RawMember(content=content, deflate=True)]))
    assert [("a.txt", content[:-1])] == read_all(raw_archive([RawMember(content=content[:-1], deflate=True)]))


@pytest.mark.parametrize("field", ArchiveLimits.__dataclass_fields__)
def test_a_limit_can_be_lowered_and_not_raised(field: str) -> None:
    ceiling = getattr(ArchiveLimits(), field)

    assert ceiling - 1 == getattr(ArchiveLimits(**{field: ceiling - 1}), field)
    with pytest.raises(ValueError, match=field):
        ArchiveLimits(**{field: ceiling + 1})


part = st.text(alphabet="abcdefgh_-. éß漢", min_size=1, max_size=8).filter(lambda text: text[-1] not in ". ")
files = st.dictionaries(st.lists(part, min_size=1, max_size=3).map("/".join), st.binary(max_size=300), max_size=8)


@given(content=files, compress=st.booleans())
def test_what_is_written_is_read_back_and_the_standard_library_agrees(
    content: dict[str, bytes], compress: bool
) -> None:
    assume(first_collision([*content]) is None)
    assume(not any(map(name_fault, content)))
    data = write_archive([*content.items()], compress=compress)
    standard = zipfile.ZipFile(io.BytesIO(data))

    assert [*content.items()] == read_all(data)
    assert [*content.items()] == [(name, standard.read(name)) for name in standard.namelist()]
    assert data == write_archive(read_all(data), compress=compress)


def test_nothing_is_written_that_would_not_be_read() -> None:
    for members in ([("../x", b"")], [("a", b""), ("A", b"")], [("a/", b"")]):
        with pytest.raises(IceError) as caught:
            write_archive(members, compress=False)

        assert "archive-member-refused" == caught.value.slug


def test_more_members_than_may_be_are_not_written() -> None:
    with pytest.raises(IceError) as caught:
        write_archive([(str(number), b"") for number in range(10_001)], compress=False)

    assert "archive-too-large" == caught.value.slug


@given(flipped=st.integers(min_value=0, max_value=len(raw_archive([A, B])) * 8 - 1))
def test_a_flipped_bit_is_refused_or_changes_no_content(flipped: int) -> None:
    """What is left over are times, attributes and writers' versions, which nothing reads; others read the same."""
    data = bytearray(raw_archive([A, B]))
    data[flipped // 8] ^= 1 << flipped % 8
    try:
        found = read_all(bytes(data))
    except IceError:
        return

    standard = zipfile.ZipFile(io.BytesIO(data))

    assert [A.content, B.content] == [content for _, content in found]
    assert found == [(info.filename, standard.read(info)) for info in standard.infolist()]


@given(cut=st.integers(min_value=0, max_value=len(raw_archive([A, B])) - 1))
def test_an_archive_that_is_cut_short_is_refused(cut: int) -> None:
    assert refused(raw_archive([A, B])[:cut])[0] in ("archive-damaged", "archive-ambiguous")


@given(data=st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_with_a_slug(data: bytes) -> None:
    assert "archive-damaged" == refused(data)[0]


@given(words=st.lists(st.integers(min_value=0, max_value=0xFFFF), min_size=9, max_size=9))
def test_an_arbitrary_end_record_is_refused_with_a_slug(words: list[int]) -> None:
    body = raw_archive([A])[:-22]
    data = body + b"PK\x05\x06" + struct.pack("<9H", *words)
    slug = refused(data)[0] if data != raw_archive([A]) else "archive-ambiguous"

    assert slug in ("archive-ambiguous", "archive-damaged", "archive-too-large")
