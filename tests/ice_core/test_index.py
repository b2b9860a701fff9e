"""The local index: what is found in it, what it is bound to, and that nothing of it is believed without its MAC."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ice_core.canonical import canonical_bytes, component_digest
from ice_core.home import Home
from ice_core.index import Index, IndexUnusable, bucket_of, highest_release
from ice_core.index_renewal import synchronise
from ice_core.machine_key import KEY_BYTES
from ice_core.strict_json import JsonObject
from tests.builders.homes import NOW, WHEEL, install, make_home
from tests.builders.indexed import index_file, indexed_home, opened, package
from tests.builders.manifests import component, manifest, signed

SCHEMAS: JsonObject = {"In": {"type": "object"}, "Other": {"type": "string"}}
LISTED = component("rows", schema={"input": {"$ref": "#/schemas/In"}, "output": {"type": "array"}})


def test_an_entry_is_found_with_the_bytes_that_its_digest_is_of(tmp_path: Path) -> None:
    home = indexed_home(tmp_path / "home", signed(manifest(LISTED, schemas=SCHEMAS), [WHEEL]))

    found = opened(home).find("tool", "rows")

    assert found is not None
    assert canonical_bytes({"component": LISTED, "schemas": {"In": {"type": "object"}}}) == found.data
    assert (str(component_digest(LISTED, SCHEMAS)), "1.2.3") == (found.digest, found.version)
    assert ("plugins.d/acme-csv-1.2.3.json", "acme-2026") == (found.manifest["file"], found.manifest["signer"])


def test_what_no_manifest_lists_is_not_found(tmp_path: Path) -> None:
    index = opened(indexed_home(tmp_path / "home"))

    assert [None, None, None] == [
        index.find("tool", "four"),
        index.find("agent", "one"),
        index.find("tool", "one", "9.9.9"),
    ]


def test_the_highest_release_is_found_unless_a_version_is_asked_for(tmp_path: Path) -> None:
    versions = ("1.9.0", "1.10.0", "2.0.0-rc.1")
    home = indexed_home(
        tmp_path / "home",
        *(
            package("acme-csv", component("one", version=each), version=f"{number}.0")
            for number, each in enumerate(versions)
        ),
    )
    index = opened(home)

    found = [index.find("tool", "one"), *(index.find("tool", "one", each) for each in versions)]

    assert ["1.10.0", *versions] == [each.version for each in found if each is not None]


def test_of_prereleases_alone_the_highest_is_found() -> None:
    rows = [("tool", "one", version, 0, "a:B", b"", 0, 0, 0, b"") for version in ("1.0.0-a", "1.0.0-b")]

    assert rows[1] == highest_release(rows)
    assert highest_release([]) is None


def test_entries_keep_the_form_in_which_they_were_written(tmp_path: Path) -> None:
    """Canonical bytes sort members and write 0.0 as 0; people see what the author wrote."""
    home = make_home(tmp_path / "home")
    text = json.dumps(package("acme-csv", component("one", description="ü")), ensure_ascii=False)
    install(home, package("acme-csv", component("one", description="ü"))).write_bytes(text.encode())
    synchronise(home, now=NOW)
    index = opened(home)

    row = index.rows("tool", "one")[0]
    canonical, written = index.canonical(row), index.written(row)

    assert canonical != written
    assert json.loads(text)["components"][0] == json.loads(written)["component"]
    assert [*json.loads(text)["components"][0]] == [*json.loads(written)["component"]]


def test_many_components_are_spread_over_buckets_and_each_is_found(tmp_path: Path) -> None:
    names = [f"tool_{number}" for number in range(200)]
    index = opened(indexed_home(tmp_path / "home", package("acme-csv", *map(component, names))))

    assert index.head["buckets"] > 20
    assert {*names} == {name for name in names if index.find("tool", name) is not None}
    assert max(len(index.bucket(number)) for number in range(index.head["buckets"])) < 30


def test_a_bucket_holds_whatever_text_is_asked_for() -> None:
    assert 0 <= bucket_of("tool", "\ud800", 7) < 7


@pytest.mark.parametrize("content", [b"", b"iceindex", b"x" * 1000, b"iceindex" + b"\xff" * 100])
def test_what_is_no_index_is_as_if_it_were_not_there(tmp_path: Path, content: bytes) -> None:
    home = indexed_home(tmp_path / "home")
    index_file(home).write_bytes(content)

    assert Index.open(home.place) is None


def test_a_folder_or_a_link_in_its_place_is_not_opened(tmp_path: Path) -> None:
    home = indexed_home(tmp_path / "home")
    shutil.move(index_file(home), tmp_path / "moved")
    index_file(home).symlink_to(tmp_path / "moved")
    linked = Index.open(home.place)
    index_file(home).unlink()
    index_file(home).mkdir()

    assert [None, None] == [linked, Index.open(home.place)]


@pytest.mark.parametrize("key", [None, b"", b"x" * KEY_BYTES])
def test_without_the_key_that_it_was_written_with_there_is_no_index(tmp_path: Path, key: bytes | None) -> None:
    home = indexed_home(tmp_path / "home")
    (home.cache / "key").unlink()
    if key is not None:
        (home.cache / "key").write_bytes(key)
        (home.cache / "key").chmod(0o600)

    assert Index.open(home.place) is None


def test_a_reader_keeps_what_it_opened(tmp_path: Path) -> None:
    """The file is replaced and never changed, so a reader has one index from beginning to end."""
    home = indexed_home(tmp_path / "home")
    index = opened(home)
    install(home, package("other", component("four")))
    synchronise(home, now=NOW)

    assert (None, True) == (index.find("tool", "four"), index.find("tool", "one") is not None)
    assert opened(home).find("tool", "four") is not None


def test_an_index_that_was_cut_short_after_it_was_opened_is_unusable(tmp_path: Path) -> None:
    home = indexed_home(tmp_path / "home")
    index = opened(home)
    os.truncate(index_file(home), 400)

    with pytest.raises(IndexUnusable):
        index.find("tool", "one")


def test_descriptors_are_closed(tmp_path: Path) -> None:
    home = indexed_home(tmp_path / "home")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        opened(home)
    index_file(home).write_bytes(b"x" * 100)
    for _ in range(20):
        Index.open(home.place)

    assert before == len(os.listdir("/proc/self/fd"))


LOOK_UP = """
import sys
before = set(sys.modules)
from ice_core.index import Index
assert Index.open(sys.argv[1]).find("tool", "one").data
print(*sorted(set(sys.modules) - before))
"""


def test_a_look_up_loads_next_to_nothing(tmp_path: Path) -> None:
    """Each module that is loaded here is paid for by every start."""
    home = indexed_home(tmp_path / "home")
    done = subprocess.run([sys.executable, "-c", LOOK_UP, home.place], capture_output=True, text=True, check=True)

    allowed = {
        "__future__", "_blake2", "_operator", "_sha2", "_sha256", "ice_core", "ice_core.index", "ice_core.machine_key",
        "ice_core.sha256", "ice_core.version",
    }  # fmt: skip

    assert set() == {*done.stdout.split()} - allowed


def test_the_home_may_be_named_by_any_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    indexed_home(tmp_path / "home")
    monkeypatch.chdir(tmp_path)

    assert [True, True] == [Index.open(each) is not None for each in ("home", Path("home"))]
    assert Index.open(Home("elsewhere").place) is None


def test_an_index_that_is_open_to_the_end_closes_in_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The interpreter takes modules apart before it, and their globals are None then."""
    index = opened(indexed_home(tmp_path / "home"))
    descriptor = index._descriptor
    monkeypatch.setattr("ice_core.index.os", None)
    del index

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
