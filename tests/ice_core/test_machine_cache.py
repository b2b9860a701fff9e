"""The machine's cache: a key that only its owner can read, MACs that name what they are for, writes with a bound."""

import os
from pathlib import Path

import pytest

from ice_core.home import Home
from ice_core.machine_cache import MachineCache, cache_size, key_state
from ice_core.machine_key import KEY_BYTES
from tests.builders.homes import listing


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home folder with a key."""
    made = Home(tmp_path / "home")

    assert MachineCache.open(made).make_key()

    return made


def test_the_key_is_random_and_readable_by_its_owner_alone(tmp_path: Path, home: Home) -> None:
    """Another home has another key; the folder is closed too."""
    other = Home(tmp_path / "other")
    MachineCache.open(other).make_key()
    keys = [(each.cache / "key").read_bytes() for each in (home, other)]

    assert [KEY_BYTES, KEY_BYTES] == [len(key) for key in keys]
    assert keys[0] != keys[1]
    assert (0o600, 0o700) == tuple(path.stat().st_mode & 0o777 for path in (home.cache / "key", home.cache))


def test_of_two_that_make_a_key_both_have_the_first(tmp_path: Path) -> None:
    """A process that opened the cache before there was a key takes the one that another made."""
    first, second = (MachineCache.open(Home(tmp_path / "home")) for _ in range(2))

    assert (True, True) == (first.make_key(), second.make_key())
    assert first.tag(b"purpose") == second.tag(b"purpose")


def test_asking_writes_nothing(tmp_path: Path) -> None:
    """A home that is not there is not made by opening its cache."""
    home = Home(tmp_path / "home")
    cache = MachineCache.open(home)

    assert cache.tag(b"purpose", b"part") is None
    assert not cache.holds(bytes(32), b"purpose", b"part")
    assert "absent" == key_state(home)
    assert not home.root.exists()


def test_a_mac_is_for_one_purpose_and_one_list_of_parts(home: Home) -> None:
    """Where one part ends and the next begins is covered too, and a new start has the same key."""
    cache = MachineCache.open(home)
    tag = cache.tag(b"purpose", b"ab", b"c")

    assert tag is not None
    assert MachineCache.open(home).holds(tag, b"purpose", b"ab", b"c")
    assert not cache.holds(tag, b"purpose", b"a", b"bc")
    assert not cache.holds(tag, b"purpos", b"eab", b"c")
    assert not cache.holds(tag, b"other", b"ab", b"c")
    assert not cache.holds(tag[:-1], b"purpose", b"ab", b"c")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_key_that_others_can_read_is_not_used(home: Home, mode: int) -> None:
    """Whoever can read it could forge what it vouches for; it is said, and not replaced behind anyone's back."""
    (home.cache / "key").chmod(mode)
    before = listing(home.root)
    cache = MachineCache.open(home)

    assert cache.tag(b"purpose") is None
    assert not cache.make_key()
    assert "exposed" == key_state(home)
    assert before == listing(home.root)


@pytest.mark.parametrize("content", [b"", b"x" * (KEY_BYTES - 1), b"x" * (KEY_BYTES + 1)])
def test_a_key_of_another_length_is_none(home: Home, content: bytes) -> None:
    """Cut short, or something else."""
    (home.cache / "key").write_bytes(content)

    assert "damaged" == key_state(home)
    assert MachineCache.open(home).tag(b"purpose") is None


def test_a_link_in_the_place_of_the_key_is_not_followed(home: Home, tmp_path: Path) -> None:
    """Its target could be anything that its owner knows."""
    (tmp_path / "known").write_bytes(b"k" * KEY_BYTES)
    (tmp_path / "known").chmod(0o600)
    (home.cache / "key").unlink()
    (home.cache / "key").symlink_to(tmp_path / "known")

    assert "damaged" == key_state(home)
    assert MachineCache.open(home).tag(b"purpose") is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write everywhere")
def test_a_home_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    """And nothing fails."""
    home = Home(tmp_path / "home")
    home.root.mkdir(mode=0o500)
    cache = MachineCache.open(home)

    assert not cache.make_key()
    cache.keep(cache.path("code", "a"), b"x")
    assert [] == list(home.root.iterdir())


def test_a_file_where_the_cache_would_be_is_no_failure(tmp_path: Path) -> None:
    """There is no key then, and nothing is kept."""
    home = Home(tmp_path / "home")
    home.root.mkdir()
    home.cache.touch()
    cache = MachineCache.open(home)

    assert not cache.make_key()
    assert "damaged" == key_state(home)
    assert b"" == home.cache.read_bytes()


def test_something_in_the_way_is_no_failure(home: Home) -> None:
    """A folder where the file would be, a file where the folder would be."""
    cache = MachineCache.open(home)
    (home.cache / "code" / "a").mkdir(parents=True)
    (home.cache / "verdicts").write_bytes(b"")

    cache.keep(cache.path("code", "a"), b"x")
    cache.keep(cache.path("verdicts", "a"), b"x")

    assert (home.cache / "code" / "a").is_dir()


def test_what_was_used_longest_ago_makes_room(home: Home) -> None:
    """The folder stays within its bound, the newest file stays, and what is larger than all of it is not kept."""
    cache = MachineCache.open(home)
    small = MachineCache(cache.root, None, max_bytes=100)
    for number, name in enumerate(("old", "older", "used")):
        small.keep(cache.path("code", name), b"x" * 30)
        os.utime(cache.path("code", name), (number, 1000 - number))
    descriptor = os.open(cache.path("code", "used"), os.O_RDONLY)
    small.touch(descriptor)
    os.close(descriptor)

    small.keep(cache.path("verdicts", "new"), b"x" * 40)
    small.keep(cache.path("verdicts", "huge"), b"x" * 101)

    assert ["code/old", "code/used", "verdicts/new"] == [
        str(path.relative_to(cache.root)) for path in sorted(Path(cache.root).glob("*/*"))
    ]
    assert (3, 100) == cache_size(home)


def test_a_file_in_use_is_noted_once_a_day(home: Home) -> None:
    """Not at each start: that would be a write each time."""
    path = home.cache / "code"
    path.write_bytes(b"")
    descriptor = os.open(path, os.O_RDONLY)
    MachineCache.open(home).touch(descriptor)
    first = path.stat().st_mtime_ns
    MachineCache.open(home).touch(descriptor)
    os.close(descriptor)

    assert first == path.stat().st_mtime_ns
