"""What a third-party wheel puts into site-packages: from the wheel's bytes, kept, and read back or refused."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from ice_core.canonical import Digest
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.wheel_files import files_bytes, keep_files, kept_files, read_wheel_files
from tests.builders.archives import RawMember, raw_archive
from tests.builders.dependencies import put
from tests.builders.wheels import dist_info, pack, plugin_wheel
from tests.fakes.folders import listing

TINY = plugin_wheel("tiny-thing", "3.1", files={"tiny/__init__.py": "a = 1\n"}, manifest={})
INFO = dist_info("tiny-thing", "3.1")
DATA = "tiny_thing-3.1.data"


def wheel(files: dict[str, bytes]) -> bytes:
    """A wheel of `tiny-thing` 3.1 with these files."""
    return pack({f"{INFO}/METADATA": b"", **files}, record=f"{INFO}/RECORD")


def paths(data: bytes) -> list[str]:
    """The listed paths but for the metadata."""
    return [path for path in read_wheel_files(data, filename=TINY[0]).files if not path.startswith(INFO)]


def test_each_file_is_listed_with_its_digest_and_record_is_not() -> None:
    files = read_wheel_files(TINY[1], filename=TINY[0])

    assert hashlib.sha256(b"a = 1\n").hexdigest() == files.files["tiny/__init__.py"]
    assert {"tiny/__init__.py", f"{INFO}/METADATA", f"{INFO}/WHEEL"} == set(files.files)
    assert Digest.of(TINY[1]) == files.digest


def test_what_goes_to_site_packages_is_listed_where_it_goes() -> None:
    """Scripts, headers and data files go elsewhere, and are not imported."""
    schemes = {f"{DATA}/{scheme}/x.py": b"" for scheme in ("platlib", "scripts", "headers", "data")}

    assert ["x.py", "y.py"] == sorted(paths(wheel({**schemes, f"{DATA}/purelib/y.py": b""})))


def test_two_members_for_one_path_are_refused() -> None:
    with pytest.raises(IceError) as caught:
        read_wheel_files(wheel({"x.py": b"1", f"{DATA}/purelib/x.py": b"2"}), filename=TINY[0])

    assert ("wheel-content-refused", "path-twice") == (caught.value.slug, caught.value.finding.details["reason"])


@pytest.mark.parametrize(
    ("filename", "slug"),
    [
        ("tiny.whl", "wheel-filename-invalid"),
        ("other-3.1-py3-none-any.whl", "wheel-name-mismatch"),
    ],
)
def test_a_wheel_under_another_name_is_refused(filename: str, slug: str) -> None:
    with pytest.raises(IceError) as caught:
        read_wheel_files(TINY[1], filename=filename)

    assert slug == caught.value.slug


def test_a_foreign_builders_wheel_is_read() -> None:
    """Folders as members, which our own wheels never have."""
    members = [
        RawMember(name=b"tiny/", content=b"", central={"attributes": 0o040755 << 16}),
        RawMember(name=b"tiny/__init__.py", content=b"a = 1\n"),
        RawMember(name=f"{INFO}/METADATA".encode(), content=b""),
    ]

    assert ["tiny/__init__.py"] == paths(raw_archive(members))


@pytest.mark.parametrize(
    ("name", "start_up"),
    [
        ("evil.pth", True),
        ("evil.start", True),
        ("sitecustomize.py", True),
        ("usercustomize/__init__.py", True),
        ("tiny/data.pth", False),
        ("tiny/sitecustomize.py", False),
    ],
)
def test_files_that_run_at_start_up_are_told(name: str, start_up: bool) -> None:
    found = read_wheel_files(wheel({name: b""}), filename=TINY[0]).start_up

    assert ((name,) if start_up else ()) == found


def test_a_list_is_kept_and_read_back(tmp_path: Path) -> None:
    home = Home(tmp_path)
    files = read_wheel_files(TINY[1], filename=TINY[0])
    keep_files(files, home)

    assert files == kept_files(files.digest, home)
    assert kept_files(Digest.of(b"another"), home) is None


def test_a_kept_list_is_what_sha256sum_checks(tmp_path: Path) -> None:
    """So that nobody needs iceos to compare an environment with a wheel."""
    site = put(tmp_path / "site", TINY)
    (tmp_path / "list").write_bytes(files_bytes(read_wheel_files(TINY[1], filename=TINY[0])))
    command = ["sha256sum", "--check", "--strict", "--quiet", str(tmp_path / "list")]
    whole = subprocess.run(command, cwd=site, check=False, capture_output=True)
    (site / "tiny" / "__init__.py").write_text("a = 2\n")
    changed = subprocess.run(command, cwd=site, check=False, capture_output=True)

    assert (0, 1) == (whole.returncode, changed.returncode)


ZEROS = b"0" * 64


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        ZEROS + b"  a.py",
        ZEROS + b" a.py\n",
        b"0" * 63 + b"  a.py\n",
        b"G" * 64 + b"  a.py\n",
        ZEROS + b"  a.py\n" + ZEROS + b"  a.py\n",
        ZEROS + b"  /etc/passwd\n",
        ZEROS + b"  a/../../b.py\n",
        ZEROS + b"  a\x1b.py\n",
    ],
)
def test_a_damaged_list_is_refused(tmp_path: Path, data: bytes) -> None:
    home = Home(tmp_path)
    path = home.wheel_files(Digest.of(TINY[1]).hex)
    path.parent.mkdir(mode=0o755)
    path.write_bytes(data)
    path.chmod(0o644)

    with pytest.raises(IceError) as caught:
        kept_files(Digest.of(TINY[1]), home)

    assert "wheel-files-invalid" == caught.value.slug


@pytest.mark.parametrize("which", ["folder", "file"])
def test_a_list_that_others_could_write_is_refused(tmp_path: Path, which: str) -> None:
    """Threat 33: home that others can write: what installed files are held against is not anybody's to choose."""
    home = Home(tmp_path)
    files = read_wheel_files(TINY[1], filename=TINY[0])
    keep_files(files, home)
    path = home.wheel_files(files.digest.hex)
    (path.parent if which == "folder" else path).chmod(0o777)
    before = listing(tmp_path)

    with pytest.raises(IceError) as caught:
        kept_files(files.digest, home)

    assert "home-writable-by-others" == caught.value.slug
    assert before == listing(tmp_path)
