"""Stamps: every change shows in them, and what changed only just now is not taken by them yet."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ice_core.stamps import COARSE_TICK_NS, TICK_NS, is_private, rests_in_ns, stamp_of
from tests.builders.homes import write

SECOND = 1_000_000_000


def rewritten(path: Path) -> None:
    path.write_bytes(b"other")


def replaced(path: Path) -> None:
    write(path.with_name("new"), b"bytes").rename(path)


def backdated(path: Path) -> None:
    status = path.stat()
    path.write_bytes(b"BYTES")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def opened_to_others(path: Path) -> None:
    path.chmod(0o666)


def made_a_link(path: Path) -> None:
    path.rename(path.with_name("moved"))
    path.symlink_to(path.with_name("moved"))


@pytest.mark.parametrize("change", [rewritten, replaced, backdated, opened_to_others, made_a_link])
def test_each_change_shows(tmp_path: Path, change: Callable[[Path], None]) -> None:
    path = write(tmp_path / "file", b"bytes")
    before = stamp_of(path)
    time.sleep(TICK_NS / SECOND)
    change(path)

    assert before != stamp_of(path)


def test_reading_is_no_change(tmp_path: Path) -> None:
    path = write(tmp_path / "file", b"bytes")
    before = stamp_of(path)
    path.read_bytes()

    assert before == stamp_of(path)


def test_what_is_not_there_has_no_stamp(tmp_path: Path) -> None:
    write(tmp_path / "file", b"")

    assert [None, None] == [stamp_of(tmp_path / "absent"), stamp_of(tmp_path / "file" / "below")]


def test_a_link_has_a_stamp_of_its_own_unless_it_is_followed(tmp_path: Path) -> None:
    path = write(tmp_path / "file", b"bytes")
    link = tmp_path / "link"
    link.symlink_to(path)

    assert stamp_of(path) != stamp_of(link)
    assert stamp_of(path) == stamp_of(link, follow=True)


def test_a_loop_of_links_cannot_be_looked_at(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(link)

    with pytest.raises(OSError, match="symbolic"):
        stamp_of(link, follow=True)


@pytest.mark.parametrize(
    ("changed", "read", "waits"),
    [
        (5 * SECOND + 1, 5 * SECOND + 1, TICK_NS),
        (5 * SECOND + 1, 5 * SECOND + 1 + TICK_NS, 0),
        (5 * SECOND + 1, 9 * SECOND, 0),
        (5 * SECOND, 5 * SECOND, COARSE_TICK_NS),
        (5 * SECOND, 6 * SECOND, COARSE_TICK_NS - SECOND),
        (5 * SECOND, 7 * SECOND, 0),
        (9 * SECOND + 1, 5 * SECOND, 4 * SECOND + 1 + TICK_NS),
    ],
)
def test_what_changed_within_a_tick_does_not_rest_yet(changed: int, read: int, waits: int) -> None:
    """A file system that keeps whole seconds has a longer tick."""
    assert waits == rests_in_ns((0, changed, 1, 1, 0o100600, 0), read)


def test_what_is_not_there_rests() -> None:
    assert 0 == rests_in_ns(None, 0)


@pytest.mark.parametrize(
    ("mode", "owner", "private"),
    [
        (0o100600, os.geteuid(), True),
        (0o100644, 0, True),
        (0o040700, os.geteuid(), True),
        (0o100620, os.geteuid(), False),
        (0o100602, os.geteuid(), False),
        (0o120777, os.geteuid(), False),
        (0o120700, os.geteuid(), False),
        (0o100600, os.geteuid() + 1, False),
    ],
)
def test_private_is_what_nobody_else_can_change(mode: int, owner: int, private: bool) -> None:
    assert private == is_private((0, 0, 0, 0, mode, owner))


def test_what_is_not_there_is_nobodys() -> None:
    assert is_private(None)
