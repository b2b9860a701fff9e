"""An author's wheel with its manifest put in: whatever the build back end wrote, the gate accepts the result."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.archives import read_archive
from ice_core.canonical import manifest_digest, printed_bytes
from ice_core.errors import IceError
from ice_core.models.plugins import parse_manifest
from ice_core.strict_json import JsonObject
from ice_core.wheel_agreement import check_wheel_against_manifest
from ice_core.wheel_rewriting import add_manifest, tidied_wheel
from ice_core.wheels import PluginWheel, read_wheel
from tests.builders.archives import RawMember, deflated, raw_archive
from tests.builders.manifests import component, manifest, signed
from tests.builders.wheels import FILENAME, INFO, RECORD, SOURCES, WHEEL, changed_wheel, metadata_files, plugin_wheel

BUILT = sorted((Path(__file__).parent / "data" / "built_wheels").glob("*/*.whl"))


UV = next(path.read_bytes() for path in BUILT if path.parent.name == "uv_build")


def accepted(data: bytes, value: JsonObject, *, filename: str = FILENAME) -> PluginWheel:
    """The wheel, after the gate and the check against this manifest."""
    wheel = read_wheel(data, filename=filename)
    check_wheel_against_manifest(wheel, parse_manifest(value, where="plugins.json"), manifest_digest(value))
    return wheel


def refused(data: bytes, value: JsonObject) -> IceError:
    with pytest.raises(IceError) as caught:
        add_manifest(data, value, where="acme.whl")
    return caught.value


class Unseekable(io.RawIOBase):
    """A stream that cannot go back, which makes the standard library write data descriptors."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(memoryview(data))  # type: ignore[arg-type]  # the stream's own parameter is any buffer
        self.data += piece
        return len(piece)


def oddly_packed(content: dict[str, bytes], *, streamed: bool = False, comment: bytes = b"") -> bytes:
    """A wheel as back ends may write it: folder entries, extra fields, times, modes, and data descriptors."""
    target = Unseekable() if streamed else io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = comment
        for folder in sorted({name.rpartition("/")[0] for name in content}):
            archive.mkdir(folder)
        for index, (name, data) in enumerate(content.items()):
            info = zipfile.ZipInfo(name, date_time=(2026, 1, 1 + index, 1, 2, 4))
            info.external_attr = (0o100755, 0o100600, 0)[index % 3] << 16
            info.extra = b"\x55\x54\x05\x00\x03\x00\x00\x00\x00"
            archive.writestr(info, data, zipfile.ZIP_STORED if index % 2 else zipfile.ZIP_DEFLATED)
    return bytes(target.data) if isinstance(target, Unseekable) else target.getvalue()


def files_without_manifest() -> dict[str, bytes]:
    sources = {name: text.encode() for name, text in SOURCES.items()}
    return {**sources, **metadata_files(), RECORD: b"an old one\n"}


def test_there_is_a_wheel_of_each_back_end() -> None:
    assert ["flit_core", "hatchling", "setuptools", "uv_build"] == [path.parent.name for path in BUILT]


@pytest.mark.parametrize("path", BUILT, ids=lambda path: path.parent.name)
def test_the_wheel_of_a_back_end_becomes_a_plugin_wheel(path: Path) -> None:
    built = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        before = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
    wheel = accepted(add_manifest(built, manifest()), manifest(), filename=path.name)
    after = {name: wheel.read(name) for name in wheel.archive.names}

    assert {"acme_csv/plugins.json"} == after.keys() - before.keys()
    assert set() == before.keys() - after.keys()
    assert [RECORD] == [name for name in before if before[name] != after[name]]
    assert printed_bytes(manifest()) == after["acme_csv/plugins.json"]


def test_a_wheel_that_hatchling_builds_now_becomes_a_plugin_wheel(tmp_path: Path) -> None:
    for name, text in SOURCES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "acme-csv"\nversion = "1.2.3"\n'
    )
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", "dist"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, env=environment)
    (built,) = (tmp_path / "dist").iterdir()

    assert "acme-csv" == accepted(add_manifest(built.read_bytes(), manifest()), manifest(), filename=built.name).name


@pytest.mark.parametrize("path", BUILT, ids=lambda path: path.parent.name)
def test_the_wheel_of_a_back_end_is_tidied_for_the_gate_and_gains_nothing(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        before = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
    wheel = read_wheel(tidied_wheel(path.read_bytes()), filename=path.name)

    assert {name: data for name, data in before.items() if name != RECORD} == {
        name: wheel.read(name) for name in wheel.archive.names if name != RECORD
    }
    assert wheel.manifest_digest is None


def test_bytes_that_are_no_wheel_are_not_tidied() -> None:
    with pytest.raises(IceError) as caught:
        tidied_wheel(b"no archive", where="acme.whl")

    assert "archive-damaged" == caught.value.slug


@pytest.mark.parametrize(
    "data",
    [
        oddly_packed(files_without_manifest()),
        oddly_packed(files_without_manifest(), streamed=True),
        oddly_packed(files_without_manifest(), comment=b"built by hand"),
        b"#!/bin/sh\n" + oddly_packed(files_without_manifest()),
        oddly_packed(dict(reversed(files_without_manifest().items()))),
        oddly_packed({**files_without_manifest(), f"{INFO}/RECORD.jws": b"{}", f"{INFO}/RECORD.p7s": b"x"}),
        oddly_packed({name: data for name, data in files_without_manifest().items() if name != RECORD}),
        WHEEL,
        changed_wheel({"acme_csv/plugins.json": b"an old one"}),
        plugin_wheel(manifest={}, compress=True)[1],
    ],
)
def test_however_the_same_files_were_packed_the_result_has_the_same_bytes(data: bytes) -> None:
    assert WHEEL_WITH_MANIFEST == add_manifest(data, manifest())


WHEEL_WITH_MANIFEST = add_manifest(WHEEL, manifest())


def test_doing_it_twice_changes_nothing() -> None:
    assert WHEEL_WITH_MANIFEST == add_manifest(WHEEL_WITH_MANIFEST, manifest())


def test_a_signature_is_left_out() -> None:
    assert WHEEL_WITH_MANIFEST == add_manifest(WHEEL, signed(manifest()))


def test_record_is_last_and_the_metadata_folder_before_it() -> None:
    names = read_archive(WHEEL_WITH_MANIFEST, where="w").names

    assert [f"{INFO}/METADATA", f"{INFO}/WHEEL", RECORD] == list(names[-3:])
    assert sorted(names[:-3]) == list(names[:-3])


def test_the_manifest_lies_in_the_first_package_that_components_come_from() -> None:
    value = manifest(component(), component("other", "acme_a.run:run"), component("third", "aaa:run"))
    sources = {**SOURCES, "acme_a/run.py": "", "aaa.py": ""}
    wheel = accepted(add_manifest(plugin_wheel(files=sources, manifest={})[1], value), value)

    assert "acme_a/plugins.json" == wheel.manifest_member


@pytest.mark.parametrize("target", ["acme_csv:read", "other.tools:read"])
def test_a_wheel_without_a_package_for_the_manifest_is_refused(target: str) -> None:
    data = plugin_wheel(files={"acme_csv.py": ""}, manifest={})[1]
    error = refused(data, manifest(component("csv_reader", target)))

    assert "wheel-package-missing" == error.slug
    assert f"mkdir {target.partition(':')[0].partition('.')[0]} " in error.finding.hints[0]


def test_a_manifest_without_components_has_no_place() -> None:
    assert "wheel-package-missing" == refused(WHEEL, {**manifest(), "components": []}).slug


def test_a_manifest_that_is_none_is_refused() -> None:
    assert "manifest-invalid" == refused(WHEEL, {**manifest(), "schema_version": "plugins.v9"}).slug


NAMED = [RawMember(name=name.encode(), content=data) for name, data in files_without_manifest().items()]
TWICE = raw_archive([RawMember(name=b"acme_csv/__init__.py"), RawMember(name=b"acme_csv/__init__.py")])


@pytest.mark.parametrize(
    "data",
    [b"", b"not a zip", WHEEL[:-30], WHEEL.replace(b"return text", b"return Text", 1), TWICE],
    ids=["empty", "no-zip", "cut", "crc", "twice"],
)
def test_a_file_that_cannot_be_read_is_refused(data: bytes) -> None:
    assert "archive-damaged" == refused(data, manifest()).slug


@given(position=st.integers(min_value=0, max_value=len(UV) - 1), change=st.integers(min_value=1, max_value=255))
def test_a_changed_byte_of_a_built_wheel_is_refused_with_a_slug_or_harmless(position: int, change: int) -> None:
    data = bytearray(UV)
    data[position] ^= change
    try:
        result = add_manifest(bytes(data), manifest())
        wheel = read_wheel(result, filename=FILENAME)
    except IceError:
        return

    assert manifest_digest(manifest()) == wheel.manifest_digest


def test_a_member_without_a_name_is_not_written() -> None:
    assert "archive-member-refused" == refused(raw_archive([*NAMED, RawMember(name=b"")]), manifest()).slug


def test_a_member_that_inflates_too_much_is_not_read() -> None:
    data = raw_archive([RawMember(content=b"", deflate=True, data=deflated(bytes(1 << 16)), both={"size": 1 << 30})])

    assert "archive-too-large" == refused(data, manifest()).slug


def test_what_the_gate_would_refuse_for_its_name_is_not_written() -> None:
    data = oddly_packed({**files_without_manifest(), "acme_csv/../../evil.py": b""})

    assert "archive-member-refused" == refused(data, manifest()).slug


@given(
    extra=st.dictionaries(
        st.from_regex(r"acme_csv/[a-z]{1,6}(/[a-z]{1,6})?\.(py|txt|json|csv)", fullmatch=True).filter(
            lambda name: name not in ("acme_csv/plugins.json", *SOURCES)
        ),
        st.binary(max_size=200),
        max_size=6,
    ),
    streamed=st.booleans(),
)
def test_every_file_survives_the_rewriting(extra: dict[str, bytes], streamed: bool) -> None:
    content = {**files_without_manifest(), **extra}
    wheel = accepted(add_manifest(oddly_packed(content, streamed=streamed), manifest()), manifest())

    assert {name: data for name, data in content.items() if name != RECORD} == {
        name: wheel.read(name) for name in wheel.archive.names if name not in (RECORD, "acme_csv/plugins.json")
    }
