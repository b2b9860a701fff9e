"""What a person writes for an index: a folder's path works, a URL is refused with why."""

from pathlib import Path

import pytest

from ice_client.folder_index import FolderIndex
from ice_client.index_location import open_index
from ice_core.errors import IceError


@pytest.mark.parametrize("location", ["bundles", "./bundles", "/srv/bundles", "c:/bundles"])
def test_a_path_is_a_folder_of_bundles(location: str) -> None:
    index = open_index(location)

    assert isinstance(index, FolderIndex)
    assert Path(location) == index.folder


def test_a_home_folder_is_found_by_its_sign(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    index = open_index(Path("~/bundles"))

    assert isinstance(index, FolderIndex)
    assert tmp_path / "bundles" == index.folder


@pytest.mark.parametrize("location", ["https://market.example", "http://127.0.0.1:8000/", "s3://bucket", "HTTPS://X"])
def test_a_url_is_refused_and_says_that_there_is_no_server_yet(location: str) -> None:
    with pytest.raises(IceError) as caught:
        open_index(location)

    assert "index-unsupported" == caught.value.slug
    assert "The marketplace's server does not exist yet. Nothing was sent." == caught.value.finding.note
