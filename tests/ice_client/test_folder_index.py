"""A folder of bundles: what was published once stays as it is, and what is not a bundle is not listed."""

import os
from pathlib import Path

import pytest

from ice_client.folder_index import FolderIndex
from ice_client.index import BundleIndex
from ice_core.canonical import Digest
from ice_core.errors import IceError
from tests.fakes.folders import listing


@pytest.fixture
def index(tmp_path: Path) -> FolderIndex:
    return FolderIndex(tmp_path / "bundles")


def test_what_was_published_is_listed_and_fetched(index: FolderIndex) -> None:
    for name, version in (("acme-rank", "0.1"), ("acme-csv", "1.10.0"), ("acme-csv", "1.9.0")):
        index.upload(name, version, f"{name} {version}".encode())

    assert ("acme-csv", "acme-rank") == tuple(index.packages())
    assert ("1.9.0", "1.10.0") == index.versions("acme-csv")
    assert () == index.versions("acme")
    assert b"acme-csv 1.9.0" == index.fetch("acme-csv", "1.9.0")


def test_a_folder_of_bundles_is_an_index_whose_identity_names_no_path(index: FolderIndex) -> None:
    port: BundleIndex = index

    assert "folder" == port.identity


def test_the_same_bytes_again_change_nothing(index: FolderIndex) -> None:
    first = index.upload("acme-csv", "1.2.3", b"bundle")
    before = listing(index.folder)

    assert ("new", "already-there") == (first, index.upload("acme-csv", "1.2.3", b"bundle"))
    assert before == listing(index.folder)


def test_a_published_version_is_not_replaced(index: FolderIndex) -> None:
    """Threat 43: version re-use."""
    index.upload("acme-csv", "1.2.3", b"bundle")
    before = listing(index.folder)

    with pytest.raises(IceError) as caught:
        index.upload("acme-csv", "1.2.3", b"other")

    assert "version-exists" == caught.value.slug
    assert (str(Digest.of(b"bundle")), str(Digest.of(b"other"))) == (
        caught.value.finding.expected,
        caught.value.finding.found,
    )
    assert before == listing(index.folder)


@pytest.mark.parametrize(
    "file",
    [
        "acme_csv-1.2.3.icebundle.tmp",
        ".acme_csv-1.2.3.icebundle.x.tmp",
        "acme_csv-1.2.3.zip",
        "acme_csv-one.icebundle",
        "acme_csv-1.2.3-rc1.icebundle",
        "acme-csv-1.2.3.icebundle",
        "Acme_csv-1.2.3.icebundle",
        "acme_csv-01.2.icebundle",
        "-1.2.3.icebundle",
        "acme_csv.icebundle",
        "README.md",
    ],
)
def test_a_file_that_is_not_named_like_a_bundle_is_not_listed(index: FolderIndex, file: str) -> None:
    index.folder.mkdir()
    (index.folder / file).write_bytes(b"")

    assert () == tuple(index.packages())


def test_a_missing_version_is_refused_with_those_that_are_there(index: FolderIndex) -> None:
    index.upload("acme-csv", "1.2.3", b"bundle")

    with pytest.raises(IceError) as caught:
        index.fetch("acme-csv", "9.9.9")

    assert ("bundle-missing", "versions 1.2.3") == (caught.value.slug, caught.value.finding.found)


def test_a_package_that_is_not_there_is_refused(index: FolderIndex) -> None:
    index.upload("acme-csv", "1.2.3", b"bundle")

    with pytest.raises(IceError) as caught:
        index.fetch("acme-rank", "1.0")

    assert ("bundle-missing", "no bundle of `acme-rank`") == (caught.value.slug, caught.value.finding.found)


@pytest.mark.parametrize("there", ["nothing", "a file"])
def test_a_place_without_a_folder_is_no_index(index: FolderIndex, there: str) -> None:
    if there == "a file":
        index.folder.write_bytes(b"")

    with pytest.raises(IceError) as caught:
        index.packages()

    assert ("index-missing", there) == (caught.value.slug, caught.value.finding.found)


def test_a_link_in_the_folder_is_not_followed(index: FolderIndex, tmp_path: Path) -> None:
    index.folder.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    os.symlink(tmp_path / "secret", index.folder / "acme_csv-1.2.3.icebundle")
    before = (tmp_path / "secret").read_bytes()

    with pytest.raises(IceError) as fetched:
        index.fetch("acme-csv", "1.2.3")
    with pytest.raises(IceError) as uploaded:
        index.upload("acme-csv", "1.2.3", b"bundle")

    assert ("file-not-regular", "file-not-regular") == (fetched.value.slug, uploaded.value.slug)
    assert before == (tmp_path / "secret").read_bytes()
