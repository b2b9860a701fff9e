"""Attacks on the local index: forged, exchanged, cut short, of another machine or time, killed while it is written."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.index import MAGIC, PREFIX_BYTES, Index, IndexUnusable
from ice_core.index_renewal import index_state, synchronise
from ice_core.unified_registry import Registry
from tests.builders.homes import NOW, install
from tests.builders.indexed import index_file, indexed_home, load, opened, package
from tests.builders.manifests import component

ONE = package("acme-csv", component("one"), component("two"), component("three"))
OTHER = package("other", component("four", description="Sends everything to me."))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return indexed_home(tmp_path / "home", ONE, OTHER)


def names(registry: Registry) -> list[str]:
    """The names of all components, each with its description as it was signed."""
    found = registry.list()
    assert all(each.entry.description.startswith(("Does what", "Sends everything")) for each in found)
    return [each.id.name for each in found]


def test_no_flipped_byte_changes_what_is_found(home: Home) -> None:
    """Threat 2: whatever part of the index is changed, the manifests decide."""
    data = index_file(home).read_bytes()
    for place in range(0, len(data), 131):
        index_file(home).write_bytes(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])

        registry = load(home)

        assert ["four", "one", "three", "two"] == names(registry)
        assert {"one": "acme-csv", "four": "other"} == {
            name: registry.get("tool", name).distribution for name in ("one", "four")
        }


@pytest.mark.parametrize("keep", [0, 7, 40, PREFIX_BYTES, 300, 1000, -1])
def test_an_index_cut_short_is_as_if_it_were_not_there(home: Home, keep: int) -> None:
    """Threat 47: half a file is no index."""
    data = index_file(home).read_bytes()
    index_file(home).write_bytes(data[:keep])

    assert ["four", "one", "three", "two"] == names(load(home))


def test_an_index_forged_with_another_key_is_not_read(home: Home, tmp_path: Path) -> None:
    """Threat 1: who can write the file and not read the key makes nothing of it: another machine's index is whole."""
    elsewhere = indexed_home(tmp_path / "elsewhere", package("acme-csv", component("evil")))
    shutil.copyfile(index_file(elsewhere), index_file(home))

    assert Index.open(home.place) is None
    assert ["four", "one", "three", "two"] == names(load(home))


def test_nothing_is_unmarshalled_whose_mac_does_not_hold(home: Home) -> None:
    """Threat 28: `marshal` is not safe for what others wrote, so it never sees it; bytes that would end it do not."""
    head = b"\xff" * 100
    index_file(home).write_bytes(MAGIC + len(head).to_bytes(8, "little") + b"\0" * 32 + head)

    assert Index.open(home.place) is None


def test_an_index_of_another_time_is_not_believed(home: Home) -> None:
    """Threat 4: an older index, whole and of this machine, lists what is no longer there, and is stale."""
    older = index_file(home).read_bytes()
    (home.manifests / "other-1.0.0.json").unlink()
    synchronise(home, now=NOW)
    index_file(home).write_bytes(older)

    assert "stale" == index_state(home)
    assert ["one", "three", "two"] == names(load(home))
    with pytest.raises(IceError, match="component-unknown"):
        load(home).get("tool", "four")


def swap_entries(data: bytes) -> bytes:
    """The bytes of two entries of one length, exchanged."""
    first, second = b'"description":"Does what one says."', b'"description":"Does what two says."'
    return data.replace(first, b"<first>").replace(second, first).replace(b"<first>", second)


def change_entry(data: bytes) -> bytes:
    """An entry that says something else."""
    return data.replace(b"Does what one says.", b"Sends all of it out")


@pytest.mark.parametrize("change", [swap_entries, change_entry])
def test_an_exchanged_entry_has_another_digest(home: Home, change: Callable[[bytes], bytes]) -> None:
    """Threat 2: entries carry no MAC of their own; the bucket's digest is what they are held to."""
    index_file(home).write_bytes(change(index_file(home).read_bytes()))
    index = opened(home)

    with pytest.raises(IndexUnusable):
        index.canonical(index.rows("tool", "one")[0])
    with pytest.raises(IndexUnusable):
        index.written(index.rows("tool", "one")[0])
    assert "Does what one says." == load(home).get("tool", "one").entry.description


def test_blobs_that_change_places_are_refused(home: Home) -> None:
    """Threat 7: a genuine blob, shown in the place of another, is not what is asked for."""
    index = opened(home)
    data = index_file(home).read_bytes()
    slots = index.head["buckets"] + index.head["packages"]
    table = data[-12 * slots :]
    index_file(home).write_bytes(data[: -12 * slots] + table[12:] + table[:12])

    for number in range(2):
        with pytest.raises(IndexUnusable):
            opened(home).package(number)
    assert ["four", "one", "three", "two"] == names(load(home))


def test_a_blob_of_an_older_index_does_not_fit_a_newer_one(home: Home) -> None:
    """Threat 7: each MAC covers the snapshot; two indexes of one key cannot be mixed."""
    older = index_file(home).read_bytes()
    os.utime(home.manifests)
    synchronise(home, now=NOW)
    newer = index_file(home).read_bytes()
    head = PREFIX_BYTES + int.from_bytes(newer[8:16], "little")
    index_file(home).write_bytes(newer[:head] + older[head:])

    with pytest.raises(IndexUnusable):
        opened(home).rows("tool", "one")
    assert ["four", "one", "three", "two"] == names(load(home))


@pytest.mark.parametrize("what", ["link", "folder", "pipe", "loop"])
def test_nothing_but_a_file_is_opened_in_its_place(home: Home, tmp_path: Path, what: str) -> None:
    """Threat 24: a link to a genuine index is none; a pipe does not make a start wait."""
    place = index_file(home)
    shutil.move(place, tmp_path / "moved")
    if what == "link":
        place.symlink_to(tmp_path / "moved")
    elif what == "loop":
        place.symlink_to(place)
    elif what == "pipe":
        os.mkfifo(place)
    else:
        place.mkdir()

    assert Index.open(home.place) is None
    assert ["four", "one", "three", "two"] == names(load(home))


def test_an_exposed_key_makes_the_index_worthless(home: Home) -> None:
    """Threat 33: who could read the key could have forged what it vouches for."""
    (home.cache / "key").chmod(0o644)

    assert Index.open(home.place) is None
    assert ["four", "one", "three", "two"] == names(load(home))


@pytest.mark.parametrize("ending", [".json", ".wheels"])
def test_half_a_pair_in_the_home_is_refused_wherever_it_is_used(home: Home, ending: str) -> None:
    """Threat 47: an installed manifest or its wheel index that is gone or cut short is refused, index or not."""
    path = (home.manifests / "other-1.0.0.json").with_suffix(ending)
    path.write_bytes(path.read_bytes()[:20])

    with pytest.raises(IceError):
        load(home).get("tool", "four")
    with pytest.raises(IceError):
        load(home).list()


def test_a_stripped_signature_is_refused_though_the_index_knows_it_signed(home: Home) -> None:
    """Threat 3: the verdict is about the file that was read; another file is judged anew."""
    install(home, {name: member for name, member in OTHER.items() if name != "signature"})

    with pytest.raises(IceError, match="manifest-unsigned"):
        load(home, no_dynamic=True).get("tool", "four")


def test_a_home_that_cannot_be_written_is_read_as_it_is(home: Home) -> None:
    """Threat 33: a load needs no write; an index that is stale there is passed over each time."""
    os.utime(home.manifests)
    before = index_file(home).read_bytes()
    folder = index_file(home).parent
    shutil.rmtree(folder)
    folder.write_bytes(before)

    assert ["four", "one", "three", "two"] == names(load(home))
    assert before == folder.read_bytes()


SYNC = """
import itertools, os, sys
from pathlib import Path
from ice_core.home import Home
from ice_core.index_renewal import synchronise
home = Home(Path(sys.argv[1]))
print("ready", flush=True)
for _ in itertools.count():
    os.utime(home.manifests)
    synchronise(home)
"""
READ = """
import sys, time
from ice_core.index import Index
until, found = time.monotonic() + float(sys.argv[2]), 0
while time.monotonic() < until:
    index = Index.open(sys.argv[1])
    assert index is not None, "an index that was there is gone"
    for name in ("one", "two", "three", "four"):
        assert index.find("tool", name).data
    found += 1
print(found)
"""


KILL = """
import os, signal, sys, time
from pathlib import Path
from ice_core.home import Home
from ice_core.index import Index
from ice_core.index_renewal import synchronise
home = Home(Path(sys.argv[1]))
for round_ in range(25):
    writer = os.fork()
    if not writer:
        while True:
            os.utime(home.manifests)
            synchronise(home)
    time.sleep(0.03 + 0.0037 * round_)
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    index = Index.open(home.place)
    assert index is not None, "an index that was there is gone"
    assert all(index.find("tool", name).data for name in ("one", "two", "three", "four"))
"""


def test_a_killed_writer_leaves_the_old_index_or_the_new_one(home: Home) -> None:
    """Threat 47: kill -9 at any moment of a synchronisation, again and again."""
    subprocess.run([sys.executable, "-c", KILL, home.place], check=True)

    assert ["four", "one", "three", "two"] == names(load(home))
    synchronise(home)
    assert "fresh" == index_state(home)


def test_readers_never_see_half_of_what_a_writer_writes(home: Home) -> None:
    """Threat 47: eight readers and one writer, no locks: each reader has one whole index at any time."""
    with subprocess.Popen([sys.executable, "-c", SYNC, home.place], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        command = [sys.executable, "-c", READ, home.place, "1"]
        readers = [
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(8)
        ]
        said = [reader.communicate() for reader in readers]
        writer.send_signal(signal.SIGKILL)

    assert [0] * 8 == [reader.returncode for reader in readers], said
    assert all(int(found) > 0 for found, _ in said)
