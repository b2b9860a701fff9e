"""The lock of a run: one holder at a time, given back when it is let go of, and never on a file without a name."""

import os
import threading
from pathlib import Path

import pytest

from ice_orchestrator.run_locks import is_held, run_lock, try_lock


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Where a journal would be, with the folder of its locks."""
    path = tmp_path / "journal.db"
    Path(run_lock(path, "r")).parent.mkdir()
    return path


def held(path: str) -> int:
    descriptor = try_lock(path, create=True)
    assert descriptor is not None
    return descriptor


def test_a_lock_has_one_holder(journal: Path) -> None:
    path = run_lock(journal, "r")
    first = held(path)

    assert try_lock(path, create=True) is None
    assert is_held(journal, "r")
    os.close(first)
    assert not is_held(journal, "r")


def test_asking_whether_a_run_is_held_holds_nothing(journal: Path) -> None:
    path = run_lock(journal, "r")
    os.close(held(path))

    assert [False, False] == [is_held(journal, "r"), is_held(journal, "r")]
    os.close(held(path))


def test_a_run_without_a_lock_is_not_held_and_gets_none(journal: Path) -> None:
    assert not is_held(journal, "r")
    assert [] == list(Path(run_lock(journal, "r")).parent.iterdir())


def test_runs_are_held_apart(journal: Path) -> None:
    first = held(run_lock(journal, "one"))

    assert not is_held(journal, "two")
    os.close(first)


def test_a_lock_whose_file_was_removed_keeps_nobody_out(journal: Path) -> None:
    """What is locked is the file with that name now, not the one that had it."""
    path = run_lock(journal, "r")
    former = held(path)
    os.unlink(path)

    latter = held(path)

    assert is_held(journal, "r")
    assert not os.path.samestat(os.fstat(former), os.fstat(latter))
    os.close(former)
    assert is_held(journal, "r")
    os.close(latter)


def test_a_link_in_place_of_a_lock_is_not_followed(journal: Path, tmp_path: Path) -> None:
    path, elsewhere = run_lock(journal, "r"), tmp_path / "elsewhere"
    os.symlink(elsewhere, path)

    with pytest.raises(OSError, match="symbolic link"):
        try_lock(path, create=True)

    assert not elsewhere.exists()


def test_those_who_take_and_remove_one_lock_never_hold_it_together(journal: Path) -> None:
    """One may open the file that another removes before it is locked; then it must try again."""
    path, inside, met, taken = run_lock(journal, "r"), threading.Lock(), threading.Event(), [0]

    def take_and_remove() -> None:
        for _ in range(300):
            descriptor = try_lock(path, create=True)
            if descriptor is None:
                continue
            if not inside.acquire(blocking=False):
                met.set()
                return
            taken[0] += 1
            inside.release()
            os.unlink(path)
            os.close(descriptor)

    threads = [threading.Thread(target=take_and_remove) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not met.is_set()
    assert taken[0] >= 1
