"""What a wheel says about itself: names that agree, metadata that reads one way, and a RECORD of every byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.archives import read_archive, write_archive
from ice_core.errors import IceError
from ice_core.wheel_metadata import write_record
from ice_core.wheels import read_wheel
from tests.builders.wheels import FILENAME, INFO, RECORD, WHEEL, changed_wheel, metadata_files, wheel_filename
from tests.ice_core.wheel_refusals import reason_of, refusal


def with_record(record: bytes) -> bytes:
    """The good wheel with other bytes for its RECORD."""
    archive = read_archive(WHEEL, where="w")
    files = [(name, archive.read(name)) for name in archive.names if name != RECORD]
    return write_archive([*files, (RECORD, record)], compress=False)


@pytest.mark.parametrize(
    "filename",
    ["", "acme.zip", "acme_csv.whl", "acme_csv-1.2.3-py3-none.whl", "acme_csv-x.y-py3-none-any.whl", "../" + FILENAME,
     FILENAME + "\n", "acme csv-1.2.3-py3-none-any.whl", "acme_csv-1.2.3-x-py3-none-any.whl",
     "acme_csv-1.2.3-1-py3-none-any.whl"],
)  # fmt: skip
def test_a_file_name_that_is_not_one_of_a_wheel_is_refused(filename: str) -> None:
    assert "wheel-filename-invalid" == refusal(WHEEL, filename=filename).slug


@pytest.mark.parametrize(
    ("filename", "reason"),
    [
        ("acme_csv-1.2.4-py3-none-any.whl", "distribution"),
        ("acme_tsv-1.2.3-py3-none-any.whl", "distribution"),
        ("acme_csv-1.2.3-py2.py3-none-any.whl", "tags"),
        ("acme_csv-1.2.3-cp311-cp311-macosx_11_0_arm64.whl", "tags"),
    ],
)
def test_a_file_name_that_says_something_else_than_the_wheel_is_refused(filename: str, reason: str) -> None:
    assert ("wheel-name-mismatch", reason) == reason_of(refusal(WHEEL, filename=filename))


@pytest.mark.parametrize("filename", ["Acme_CSV-1.2.3-py3-none-any.whl", "acme_csv-1.2.3.0-py3-none-any.whl"])
def test_spellings_of_one_name_agree_and_versions_must_print_the_same(filename: str) -> None:
    if filename.startswith("Acme"):
        assert "acme-csv" == read_wheel(WHEEL, filename=filename).name
    else:
        assert ("wheel-name-mismatch", "distribution") == reason_of(refusal(WHEEL, filename=filename))


def test_metadata_that_names_another_distribution_is_refused() -> None:
    other = metadata_files("evil")["evil-1.2.3.dist-info/METADATA"]

    assert ("wheel-name-mismatch", "distribution") == reason_of(refusal(changed_wheel({f"{INFO}/METADATA": other})))


def test_a_compressed_tag_set_agrees_with_its_tags_one_by_one() -> None:
    files = metadata_files(tags=("py2-none-any", "py3-none-any"))
    filename = wheel_filename(tag="py2.py3-none-any")

    assert 2 == len(read_wheel(changed_wheel(files), filename=filename).tags)


METADATA = [
    (f"{INFO}/METADATA", b""),
    (f"{INFO}/METADATA", b"Metadata-Version: 2.1\nName: acme-csv\n"),
    (f"{INFO}/METADATA", b"Metadata-Version: 2.1\nVersion: 1.2.3\n"),
    (f"{INFO}/METADATA", b"Name: acme-csv\nName: evil\nVersion: 1.2.3\n"),
    (f"{INFO}/METADATA", b"Name: acme-csv\nVersion: 1.2.3\nVersion: 1.2.4\n"),
    (f"{INFO}/METADATA", b"Name: acme-csv\nVersion: one\n"),
    (f"{INFO}/METADATA", b"Name: acme csv\nVersion: 1.2.3\n"),
    (f"{INFO}/METADATA", b"Name: acme-csv\nVersion: 1.2.3\nRequires-Dist: =\n"),
    (f"{INFO}/METADATA", b"Name: acme-csv\nVersion: 1.2.3\nRequires-Dist: \xff\n"),
    (f"{INFO}/METADATA", b"Name: acme-csv\nVersion: 1.2.3\nRequires-Python: three\n"),
    (f"{INFO}/WHEEL", b""),
    (f"{INFO}/WHEEL", b"Wheel-Version: 2.0\nTag: py3-none-any\n"),
    (f"{INFO}/WHEEL", b"Wheel-Version: 1.0\nWheel-Version: 1.0\nTag: py3-none-any\n"),
    (f"{INFO}/WHEEL", b"Wheel-Version: 1.0\nTag\n"),
    (f"{INFO}/WHEEL", b"\xff"),
    (f"{INFO}/WHEEL", b"Wheel-Version: 1.0\nTag: py3-none\n"),
    (f"{INFO}/WHEEL", b"Wheel-Version: 1.0\nTag: py3--any\n"),
    (f"{INFO}/WHEEL", b"Wheel-Version: 1.0\nTag: py2.py3-none-any\n"),
    (f"{INFO}/WHEEL", b"Wheel-Version: 1.0\nTag: py3-none-any\n" + b"x: y\n" * 60_000),
    (f"{INFO}/METADATA", b"Name: acme-csv\nVersion: 1.2.3\n" + b"Classifier: x\n" * 20_000),
    (f"{INFO}/METADATA", b"Name: acme-csv\nVersion: 1.2.3\nRequires-Dist: a; " + b"(" * 5_000 + b"x\n"),
]


@pytest.mark.parametrize(("name", "content"), METADATA, ids=map(str, range(len(METADATA))))
def test_metadata_that_cannot_be_read_in_one_way_is_refused(name: str, content: bytes) -> None:
    assert "wheel-metadata-invalid" == refusal(changed_wheel({name: content})).slug


@pytest.mark.parametrize("name", ["METADATA", "WHEEL"])
def test_a_missing_metadata_file_is_refused(name: str) -> None:
    assert "wheel-metadata-invalid" == refusal(changed_wheel({}, without=(f"{INFO}/{name}",))).slug


def test_a_wheel_without_record_is_refused() -> None:
    archive = read_archive(WHEEL, where="w")
    files = [(name, archive.read(name)) for name in archive.names if name != RECORD]

    assert "wheel-metadata-invalid" == refusal(write_archive(files, compress=False)).slug


ROWS = read_archive(WHEEL, where="w").read(RECORD).decode().splitlines(keepends=True)
TOOLS = next(row for row in ROWS if row.startswith("acme_csv/tools.py"))
NAME, HASH, SIZE = TOOLS.strip().split(",")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (TOOLS, "", "not-listed"),
        (TOOLS, TOOLS + TOOLS, "twice"),
        (TOOLS, TOOLS + f"acme_csv/gone.py,{HASH},{SIZE}\n", "not-there"),
        (TOOLS, TOOLS + f"../evil.py,{HASH},{SIZE}\n", "not-there"),
        (TOOLS, TOOLS + "\n", "malformed"),
        (TOOLS, TOOLS.replace(f",{SIZE}", ""), "malformed"),
        (TOOLS, TOOLS.replace("\n", ",x\n"), "malformed"),
        (TOOLS, f'"{NAME},{HASH},{SIZE}\n', "malformed"),
        (TOOLS, f"{NAME},,\n", "hash"),
        (TOOLS, f"{NAME},{HASH}=,{SIZE}\n", "hash"),
        (TOOLS, f"{NAME},{HASH.replace('sha256', 'md5')},{SIZE}\n", "hash"),
        (TOOLS, f"{NAME},{HASH[:-1]},{SIZE}\n", "hash"),
        (TOOLS, f"{NAME},{HASH},{int(SIZE) + 1}\n", "size"),
        (TOOLS, f"{NAME},{HASH},0{SIZE}\n", "size"),
        (TOOLS, f"{NAME},{HASH},\n", "size"),
        (f"{RECORD},,\n", "", "not-listed"),
        (f"{RECORD},,\n", f"{RECORD},{HASH},\n", "hash"),
        (f"{RECORD},,\n", f"{RECORD},,1\n", "size"),
    ],
)
def test_a_record_that_does_not_describe_every_byte_is_refused(old: str, new: str, reason: str) -> None:
    """Threat 23: RECORD mismatch."""
    text = "".join(ROWS)
    assert old in text

    assert ("wheel-record-mismatch", reason) == reason_of(refusal(with_record(text.replace(old, new).encode())))


def test_a_record_that_is_no_text_is_refused() -> None:
    assert ("wheel-record-mismatch", "malformed") == reason_of(refusal(with_record(b"\xff,,\n")))


def test_every_difference_from_record_is_named() -> None:
    """Threat 23: RECORD mismatch."""
    record = write_record([("acme_csv/tools.py", b"other"), ("acme_csv/gone.py", b"")], record=RECORD)
    error = refusal(with_record(record))

    assert [
        f"  {INFO}/METADATA    in the wheel, not in RECORD",
        f"  {INFO}/WHEEL    in the wheel, not in RECORD",
        "  acme_csv/__init__.py    in the wheel, not in RECORD",
        "  acme_csv/gone.py    in RECORD, not in the wheel",
        "  acme_csv/plugins.json    in the wheel, not in RECORD",
        "  acme_csv/tools.py    its sha256 is not the one in RECORD",
    ] == list(error.finding.detail)


LINES = st.sampled_from(
    [b"Name: acme-csv", b"Version: 1.2.3", b"Metadata-Version: 2.4", b"Requires-Dist: a>1; x", b"Requires-Python: >=3",
     b"Tag: py3-none-any", b"Tag: py3-none", b"Wheel-Version: 1.0", b"", b" folded", b"Name", b":", b"\xff: \xfe",
     b"Content-Type: multipart/mixed; boundary=x", b"--x", b"a,b,c", b'"', b"\x00", b"License-File: ../x",
     b"Dynamic: name", b"Description-Content-Type: text/x", b"Keywords: a,b", b"Project-URL: x"]
)  # fmt: skip


@given(content=st.one_of(st.binary(max_size=80), st.lists(LINES, max_size=8).map(b"\n".join)))
@pytest.mark.parametrize("name", ["METADATA", "WHEEL", "RECORD"])
def test_arbitrary_metadata_is_read_or_refused_with_a_slug(name: str, content: bytes) -> None:
    data = with_record(content) if name == "RECORD" else changed_wheel({f"{INFO}/{name}": content})
    try:
        read = read_wheel(data, filename=FILENAME)
    except IceError:
        return

    assert ("acme-csv", "1.2.3") == (read.name, str(read.version))


def test_a_description_may_be_long_and_is_not_read() -> None:
    long = metadata_files()[f"{INFO}/METADATA"] + b"\nName: evil\n" + b"# A heading\n" * 100_000

    assert "acme-csv" == read_wheel(changed_wheel({f"{INFO}/METADATA": long}), filename=FILENAME).name


def test_a_tag_of_many_parts_is_not_written_out() -> None:
    many = b".".join([b"a"] * 20_000)
    data = changed_wheel({f"{INFO}/WHEEL": b"Wheel-Version: 1.0\nTag: " + b"-".join([many] * 3) + b"\n"})

    assert "wheel-metadata-invalid" == refusal(data).slug  # written out it has 20,000 ** 3 tags, and never ends


def test_a_name_with_a_comma_is_quoted_in_record() -> None:
    name = "acme_csv/a,b;'c.txt"

    assert b"x" == read_wheel(changed_wheel({name: b"x"}), filename=FILENAME).read(name)
