"""The journal: durable in order, committed in groups, held by one process, and its failures told apart."""

import asyncio
import fcntl
import os
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_orchestrator.group_commit import Row
from ice_orchestrator.journal import Journal


def row(number: int) -> Row:
    return ("INSERT INTO events VALUES ('r', ?, '{}')", (number,))


def numbers(journal: Journal) -> list[object]:
    return [value for (value,) in journal.read("SELECT sequence FROM events ORDER BY sequence")]


def test_rows_are_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    """What `commit` acknowledged another process reads."""
    with Journal(tmp_path / "j") as journal:
        asyncio.run(journal.commit([row(1), row(2)]))

    with Journal(tmp_path / "j") as again:
        assert [1, 2] == numbers(again)


def test_many_commits_at_once_are_written_in_few_transactions(tmp_path: Path) -> None:
    """A hundred rows handed over together need far fewer than a hundred commits."""
    with Journal(tmp_path / "j") as journal:
        statements: list[str] = []
        journal._connection.set_trace_callback(statements.append)

        async def all_at_once() -> None:
            await asyncio.gather(*(journal.commit([row(number)]) for number in range(100)))

        asyncio.run(all_at_once())

        assert list(range(100)) == numbers(journal)
        assert 3 >= statements.count("COMMIT")


def test_writes_are_synchronous_and_logged_ahead(tmp_path: Path) -> None:
    """WAL with synchronous=FULL: an acknowledged row survives the machine."""
    with Journal(tmp_path / "j") as journal:
        assert [("wal",)] == journal.read("PRAGMA journal_mode")
        assert [(2,)] == journal.read("PRAGMA synchronous")


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    """Outputs of components may be private."""
    with Journal(tmp_path / "folder" / "j") as journal:
        assert 0o600 == journal.path.stat().st_mode & 0o777
        assert 0o700 == journal.path.parent.stat().st_mode & 0o777


def test_a_refused_row_refuses_the_rows_beside_it(tmp_path: Path) -> None:
    """A transaction is all or nothing, and the journal can be used afterwards."""
    with Journal(tmp_path / "j") as journal:
        with pytest.raises(IceError) as refused:
            asyncio.run(journal.commit([row(1), row(1)]))
        asyncio.run(journal.commit([row(2)]))

        assert "journal-write-failed" == refused.value.slug
        assert [2] == numbers(journal)


def test_a_cancelled_task_still_waits_for_its_row(tmp_path: Path) -> None:
    """What was handed over is written, whoever lost patience."""
    with Journal(tmp_path / "j") as journal:

        async def impatient() -> None:
            task = asyncio.create_task(journal.commit([row(1)]))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait((task,))
            assert task.cancelled()

        asyncio.run(impatient())

        assert [1] == numbers(journal)


def test_a_locked_file_is_told_as_such(tmp_path: Path) -> None:
    """Another writer for longer than we wait: `journal-locked`, and nothing was written."""
    with Journal(tmp_path / "j", busy_seconds=0.01) as journal:
        other = sqlite3.connect(tmp_path / "j", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(IceError) as refused:
            asyncio.run(journal.commit([row(1)]))
        other.execute("ROLLBACK")
        other.close()

        assert "journal-locked" == refused.value.slug
        assert [] == numbers(journal)


def test_a_file_that_is_no_journal_is_left_as_it_is(tmp_path: Path) -> None:
    """`journal-unreadable`, and its bytes are the same."""
    (tmp_path / "j").write_bytes(b"something else entirely, and long enough" * 100)
    before = (tmp_path / "j").read_bytes()

    with pytest.raises(IceError) as refused:
        Journal(tmp_path / "j")

    assert "journal-unreadable" == refused.value.slug
    assert before == (tmp_path / "j").read_bytes()


def test_a_journal_of_another_version_is_refused(tmp_path: Path) -> None:
    """Tables that this version does not know are not guessed at."""
    with Journal(tmp_path / "j") as journal:
        asyncio.run(journal.commit([("UPDATE run_journal SET version = 99", ())]))

    with pytest.raises(IceError) as refused:
        Journal(tmp_path / "j")

    assert "journal-too-new" == refused.value.slug


def test_a_folder_that_cannot_be_made_is_a_write_failure(tmp_path: Path) -> None:
    """A file where the folder should be."""
    (tmp_path / "file").write_text("")

    with pytest.raises(IceError) as refused:
        Journal(tmp_path / "file" / "j")

    assert "journal-write-failed" == refused.value.slug


def test_a_run_is_held_by_one_process(tmp_path: Path) -> None:
    """While it is held it is seen to be, and a second holder is refused; afterwards nothing is left."""
    with Journal(tmp_path / "j") as journal, Journal(tmp_path / "j") as other:
        with journal.hold("r"):
            assert other.is_held("r")
            with pytest.raises(IceError) as refused, other.hold("r"):
                pass
        assert "run-in-progress" == refused.value.slug
        assert not other.is_held("r")
        with other.hold("r"):
            pass

        assert [] == list((tmp_path / "j.locks").iterdir())


def test_a_lock_on_a_file_that_was_removed_is_taken_anew(tmp_path: Path) -> None:
    """A holder that ends between opening and locking leaves a file without a name behind; it holds nothing."""
    folder = tmp_path / "j.locks"
    with Journal(tmp_path / "j") as journal:
        folder.mkdir()
        orphan = os.open(folder / "r", os.O_RDWR | os.O_CREAT)
        (folder / "r").unlink()
        fcntl.flock(orphan, fcntl.LOCK_EX)
        with journal.hold("r"):
            assert (folder / "r").exists()
        os.close(orphan)


FULL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from ice_core.errors import IceError
from ice_orchestrator.journal import Journal

path = Path(sys.argv[1])
kept = 0

async def fill(journal):
    global kept
    for number in range(10_000):
        await journal.commit([("INSERT INTO events VALUES ('r', ?, ?)", (number, "x" * 4000))])
        kept = number + 1

with Journal(path) as journal:
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    try:
        asyncio.run(fill(journal))
    except IceError as error:
        print(error.slug, kept)
"""


def test_a_full_disk_stops_the_run_and_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    """The write fails as `journal-write-failed`; every acknowledged row is there afterwards."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)
    ended = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "j")], capture_output=True, text=True, check=True
    )
    slug, kept = ended.stdout.split()

    with Journal(tmp_path / "j") as journal:
        found = numbers(journal)

    assert "journal-write-failed" == slug
    assert list(range(int(kept))) == found[: int(kept)]
    assert 0 < int(kept)
