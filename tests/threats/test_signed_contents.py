"""Bundles that a trusted key signed and whose wheels attack their reader: paths, sizes, RECORD, names."""

import functools
import time
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256

import pytest

from ice_core.archives import read_archive
from ice_core.strict_json import JsonObject
from tests.builders.archives import RawMember, raw_archive
from tests.builders.manifests import signed
from tests.scenarios.mission import document
from tests.threats.target import WHEEL, Target, packed, wheel_of

INFO = "acme_words-1.0.0.dist-info"
RECORD = f"{INFO}/RECORD"


def offered(value: JsonObject, wheel: bytes) -> bytes:
    """A bundle of a manifest and a wheel, whatever that is, signed by the trusted key."""
    return packed(signed(value, [(WHEEL, wheel)]), [(WHEEL, wheel)])


def with_files(*names: str) -> bytes:
    """The wheel with further members, and a right RECORD where RECORD can name them."""
    more = [RawMember(name=name.encode("utf-8"), content=b"x = 1\n", both={"flags": 0x800 * (not name.isascii())})
            for name in names]  # fmt: skip
    archive = read_archive(wheel_of()[1], where="the wheel")
    rows = archive.read(RECORD).decode()
    digest = urlsafe_b64encode(sha256(b"x = 1\n").digest()).decode().rstrip("=")
    rows += "".join(f"{name},sha256={digest},6\n" for name in names)
    own = [RawMember(name=name.encode(), content=archive.read(name)) for name in archive.names if name != RECORD]
    return raw_archive([*own, *more, RawMember(name=RECORD.encode(), content=rows.encode())])


def with_record(change: Callable[[str], str]) -> bytes:
    """The wheel with another RECORD."""
    archive = read_archive(wheel_of()[1], where="the wheel")
    record = change(archive.read(RECORD).decode()).encode()
    return raw_archive(
        [
            RawMember(name=name.encode(), content=record if name == RECORD else archive.read(name))
            for name in archive.names
        ]
    )


@functools.cache
def bomb(*, honest: bool) -> bytes:
    """The wheel with a member of 1 GiB of zeros in a megabyte, which says so or claims to be small."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = deflater.compress(bytes(1 << 20)) + deflater.flush(zlib.Z_FULL_FLUSH)
    # A full flush forgets what came before, so one block's bytes can stand any number of times.
    data = block * 1024 + b"\x03\x00"
    size = 1 << 30 if honest else 6
    archive = read_archive(wheel_of()[1], where="the wheel")
    own = [RawMember(name=name.encode(), content=archive.read(name)) for name in archive.names]
    return raw_archive([*own, RawMember(name=b"acme_words/big.py", data=data, deflate=True, both={"size": size})])


def without_record() -> bytes:
    """The wheel without its RECORD."""
    archive = read_archive(wheel_of()[1], where="the wheel")
    own = [name for name in archive.names if name != RECORD]
    return raw_archive([RawMember(name=name.encode(), content=archive.read(name)) for name in own])


def overlapping() -> bytes:
    """Two members whose data is the same bytes of the file."""
    return raw_archive([RawMember(name=b"a.py"), RawMember(name=b"b.py", central={"offset": 0})])


WHEELS: dict[str, tuple[int, Callable[[], bytes], str]] = {
    "a path upwards": (20, lambda: with_files("acme_words/../../evil.py"), "archive-member-refused"),
    "an absolute path": (20, lambda: with_files("/etc/evil.py"), "archive-member-refused"),
    "a drive": (20, lambda: with_files("C:evil.py"), "archive-member-refused"),
    "a backslash": (20, lambda: with_files("acme_words\\evil.py"), "archive-member-refused"),
    "a step to nowhere": (20, lambda: with_files("acme_words/./evil.py"), "archive-member-refused"),
    "a bomb that says so": (21, lambda: bomb(honest=True), "archive-too-large"),
    "a bomb that lies": (21, lambda: bomb(honest=False), "archive-damaged"),
    "overlapping members": (21, overlapping, "archive-ambiguous"),
    "RECORD without a member": (23, lambda: with_record(lambda text: text.split("\n", 1)[1]), "wheel-record-mismatch"),
    "RECORD with one more": (
        23, lambda: with_record(lambda text: "acme_words/gone.py,sha256=AAAA,1\n" + text), "wheel-record-mismatch"),
    "RECORD with another hash": (
        23, lambda: with_record(lambda text: text.replace("sha256=", "sha256=A", 1)), "wheel-record-mismatch"),
    "RECORD with a weak hash": (
        23, lambda: with_record(lambda text: text.replace("sha256=", "md5=", 1)), "wheel-record-mismatch"),
    "RECORD with a row twice": (
        23, lambda: with_record(lambda text: text.split("\n", 1)[0] + "\n" + text), "wheel-record-mismatch"),
    "no RECORD": (23, lambda: without_record(), "wheel-metadata-invalid"),
    "names that differ in case": (25, lambda: with_files("acme_words/Counting.py"), "archive-member-refused"),
    "names that fold to one": (25, lambda: with_files("acme_words/\ufb01le.py", "acme_words/file.py"),
                               "archive-member-refused"),
    "a device": (25, lambda: with_files("acme_words/con.py"), "archive-member-refused"),
    "a device in capitals": (25, lambda: with_files("acme_words/NUL"), "archive-member-refused"),
    "a name that ends in a dot": (25, lambda: with_files("acme_words/evil.py."), "archive-member-refused"),
}  # fmt: skip


def of_threat(number: int) -> pytest.MarkDecorator:
    """The wheels above of one row."""
    return pytest.mark.parametrize("name", [name for name, (threat, _, _) in WHEELS.items() if threat == number])


def assert_refused(target: Target, name: str) -> None:
    """At every door under the same slug."""
    _, make, slug = WHEELS[name]
    target.offer(offered(document(), make()))

    assert {slug} == target.refused_everywhere()


@of_threat(20)
def test_paths_that_leave_the_folder(target: Target, name: str) -> None:
    """Threat 20: zip slip: members with absolute, upward, drive and backslash paths inside a signed wheel."""
    assert_refused(target, name)


@of_threat(21)
def test_bombs(target: Target, name: str) -> None:
    """Threat 21: zip bomb: 1 GiB of zeros, honest or not, and overlapping members, refused without inflating them."""
    WHEELS[name][1]()
    begin = time.process_time()

    assert_refused(target, name)

    assert 5 > time.process_time() - begin


@of_threat(23)
def test_records_that_do_not_fit(target: Target, name: str) -> None:
    """Threat 23: RECORD mismatch: a member missing, extra, twice, or with another or a weak hash."""
    assert_refused(target, name)


@of_threat(25)
def test_names_that_some_system_takes_for_another(target: Target, name: str) -> None:
    """Threat 25: case-fold collision and reserved names inside a signed wheel."""
    assert_refused(target, name)
