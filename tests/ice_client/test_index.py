"""The port to an index: the folder and the fake in memory keep the same contract."""

from pathlib import Path

import pytest

from ice_client.folder_index import FolderIndex
from ice_client.index import BundleIndex
from ice_core.errors import IceError
from tests.fakes.bundle_index import MemoryIndex


@pytest.fixture(params=["folder", "memory"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> BundleIndex:
    """An index with a first bundle."""
    made: BundleIndex = FolderIndex(tmp_path / "bundles") if request.param == "folder" else MemoryIndex()
    made.upload("acme-csv", "1.9.0", b"first")
    return made


def test_versions_are_ordered_as_versions_and_not_as_text(index: BundleIndex) -> None:
    for version in ("1.10.0", "1.2.0", "2.0.0rc1"):
        index.upload("acme-csv", version, version.encode())

    assert ("1.2.0", "1.9.0", "1.10.0", "2.0.0rc1") == index.versions("acme-csv")


def test_names_are_sorted_and_each_is_there_once(index: BundleIndex) -> None:
    index.upload("zeta", "1.0", b"")
    index.upload("acme-csv", "2.0", b"")
    index.upload("acme", "1.0", b"")

    assert ("acme", "acme-csv", "zeta") == tuple(index.packages())


def test_a_bundle_is_fetched_as_it_was_uploaded(index: BundleIndex) -> None:
    assert b"first" == index.fetch("acme-csv", "1.9.0")


@pytest.mark.parametrize(("name", "version"), [("acme-csv", "1.9.1"), ("acme", "1.9.0")])
def test_what_is_not_there_is_a_missing_bundle(index: BundleIndex, name: str, version: str) -> None:
    with pytest.raises(IceError) as caught:
        index.fetch(name, version)

    assert "bundle-missing" == caught.value.slug


def test_a_version_keeps_its_first_bytes(index: BundleIndex) -> None:
    with pytest.raises(IceError) as caught:
        index.upload("acme-csv", "1.9.0", b"second")

    assert ("version-exists", b"first") == (caught.value.slug, index.fetch("acme-csv", "1.9.0"))


def test_an_unknown_package_has_no_versions(index: BundleIndex) -> None:
    assert () == index.versions("acme")
