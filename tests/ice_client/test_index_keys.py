"""The public keys of an index: published beside the bundles, kept for ever, and looked up by their id."""

from pathlib import Path

import pytest

from ice_client.folder_index import FolderIndex
from ice_client.publish import SigningKey, publish
from ice_core.errors import IceError
from ice_core.key_store import parse_record, record_bytes
from tests.builders.indexes import NOW
from tests.builders.keys import KEY_ID, key_record, private_key, public_key
from tests.builders.projects import project_at
from tests.builders.wheels import plugin_wheel
from tests.fakes.folders import listing


@pytest.fixture
def index(tmp_path: Path) -> FolderIndex:
    """An index with one bundle, and the key number 1 of who published it."""
    index = FolderIndex(tmp_path / "bundles")
    index.upload("acme-csv", "1.2.3", b"bundle", publisher=key_record())
    return index


def test_a_bundle_comes_with_the_public_record_of_its_publisher(index: FolderIndex) -> None:
    found = index.publisher_key(KEY_ID)

    assert record_bytes(key_record()) == found
    assert key_record() == parse_record(found, where="the index")


def test_keys_are_no_bundles(index: FolderIndex) -> None:
    assert ("acme-csv",) == tuple(index.packages())


def test_what_is_published_with_a_key_brings_that_key(tmp_path: Path) -> None:
    index = FolderIndex(tmp_path / "bundles")
    path = project_at(tmp_path / "project")
    publish(
        path,
        [plugin_wheel(manifest={})],
        index,
        key=SigningKey(private=private_key(), record=key_record()),
        now=NOW,
    )

    assert public_key(1) == parse_record(index.publisher_key(KEY_ID), where="the index").key


def test_another_key_of_the_same_id_publishes_nothing(index: FolderIndex) -> None:
    before = listing(index.folder)

    with pytest.raises(IceError) as caught:
        index.upload("acme-csv", "1.3.0", b"other", publisher=key_record(2))

    assert "key-exists" == caught.value.slug
    assert (str(public_key(1).fingerprint), str(public_key(2).fingerprint)) == (
        caught.value.finding.expected,
        caught.value.finding.found,
    )
    assert before == listing(index.folder)


def test_the_same_key_with_other_patterns_leaves_the_first_record(index: FolderIndex) -> None:
    """What an index says of a key does not change under those who looked it up."""
    before = index.publisher_key(KEY_ID)

    outcome = index.upload("acme-csv", "1.3.0", b"other", publisher=key_record(namespaces=("acme-*",)))

    assert ("new", before) == (outcome, index.publisher_key(KEY_ID))


def test_a_version_that_is_taken_publishes_no_key_either(index: FolderIndex) -> None:
    before = listing(index.folder)

    with pytest.raises(IceError) as caught:
        index.upload("acme-csv", "1.2.3", b"other", publisher=key_record(2, public_key_id="acme-2027"))

    assert "version-exists" == caught.value.slug
    assert before == listing(index.folder)


def test_a_key_that_nobody_published_with_is_told_with_those_that_are_there(index: FolderIndex) -> None:
    with pytest.raises(IceError) as caught:
        index.publisher_key("acme-2062")

    finding = caught.value.finding
    assert "publisher-key-missing" == finding.slug
    assert ("Keys of the index:", f"  {KEY_ID}") == finding.detail
    assert f"`{KEY_ID}` is there; did you mean that?" == finding.hints[0]
    assert {"public_key_id": "acme-2062", "known": [KEY_ID]} == finding.details


def test_an_index_that_is_not_there_has_no_key(tmp_path: Path) -> None:
    with pytest.raises(IceError) as caught:
        FolderIndex(tmp_path / "nowhere").publisher_key(KEY_ID)

    assert "index-missing" == caught.value.slug


@pytest.mark.parametrize("public_key_id", ["../../etc/x", "A", "", "a/b"])
def test_an_id_that_is_no_name_reaches_no_file(index: FolderIndex, public_key_id: str) -> None:
    with pytest.raises(IceError) as caught:
        index.publisher_key(public_key_id)

    assert "key-id-invalid" == caught.value.slug
