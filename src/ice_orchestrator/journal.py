"""The durable memory of runs: a SQLite file in WAL mode with synchronous=FULL and group commit.

Rows handed over while a commit is under way go into the next one together: one fsync for all of them. A row is durable
when the future of its `hand_over` is done, in the order in which rows were handed over. One process holds a run at a
time (a file lock that the kernel gives back when the process dies), so two resumes cannot both run a node.
"""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from ice_core.errors import IceError, Location
from ice_orchestrator.group_commit import GroupCommit, Row, SqlValue, Told
from ice_orchestrator.journal_reading import SCHEMA_VERSION, journal_too_new, journal_unreadable
from ice_orchestrator.run_locks import is_held, run_lock, try_lock

# Beside the tables of the version: an older iceos does not look at it, and a journal of its gets it when it is opened.
_OBSERVATIONS = """
CREATE TABLE IF NOT EXISTS observations (
    run_id TEXT NOT NULL, path TEXT NOT NULL, attempt INTEGER NOT NULL, component TEXT NOT NULL, observed TEXT NOT NULL,
    PRIMARY KEY (run_id, path, attempt)) WITHOUT ROWID;
"""
BUSY_SECONDS: Final = 5.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS run_journal (version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS plans (plan_digest TEXT PRIMARY KEY, plan BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS runs (
    run_id TEXT PRIMARY KEY, blueprint_id TEXT NOT NULL, plan_digest TEXT NOT NULL, inputs TEXT NOT NULL,
    budget TEXT, started TEXT NOT NULL, status TEXT NOT NULL, finished TEXT, outputs TEXT, error TEXT);
CREATE TABLE IF NOT EXISTS steps (
    run_id TEXT NOT NULL, path TEXT NOT NULL, component TEXT NOT NULL, input_digest TEXT NOT NULL,
    status TEXT NOT NULL, output TEXT NOT NULL, PRIMARY KEY (run_id, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attempts (
    run_id TEXT NOT NULL, path TEXT NOT NULL, attempt INTEGER NOT NULL, component TEXT NOT NULL,
    idempotency_key TEXT NOT NULL, reserved TEXT NOT NULL, started TEXT NOT NULL, outcome TEXT NOT NULL,
    cost TEXT, tokens INTEGER, seconds REAL, error TEXT, PRIMARY KEY (run_id, path, attempt)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    run_id TEXT NOT NULL, sequence INTEGER NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (run_id, sequence)) WITHOUT ROWID;
"""


class Journal:
    """One open journal; use it as a context manager.

    Raises:
        IceError: `journal-locked`, `journal-write-failed`, `journal-unreadable` or `journal-too-new`.
    """

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        self._commits = GroupCommit(self._write)
        with self._translated():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # The commits run in a thread of their own; `isolation_level=None` leaves BEGIN and COMMIT to us.
            self._connection = sqlite3.connect(
                path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
            )
        with contextlib.ExitStack() as undo:
            undo.callback(self._connection.close)
            self._prepare()
            undo.pop_all()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; what was not committed was never acknowledged."""
        self._commits.close()
        self._connection.close()

    def _prepare(self) -> None:
        with self._translated():
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            os.chmod(self.path, 0o600)  # outputs of components may be private
            if not self._rows("SELECT 1 FROM sqlite_master WHERE name = 'run_journal'"):
                self._connection.executescript(
                    f"BEGIN IMMEDIATE; {_SCHEMA} INSERT INTO run_journal SELECT {SCHEMA_VERSION} "
                    "WHERE NOT EXISTS (SELECT 1 FROM run_journal); COMMIT;"
                )
            version = self._rows("SELECT version FROM run_journal")[0][0]
        if version == SCHEMA_VERSION:
            with self._translated():
                self._connection.execute(_OBSERVATIONS)
        else:
            raise journal_too_new(str(self.path), f"journal version {version!s}")

    def read(self, query: str, *values: SqlValue) -> list[tuple[SqlValue, ...]]:
        """The rows of a query; call it outside of a commit (before a run, or after)."""
        with self._translated():
            return self._rows(query, *values)

    def _rows(self, query: str, *values: SqlValue) -> list[tuple[SqlValue, ...]]:
        return self._connection.execute(query, values).fetchall()

    def hand_over(self, rows: Sequence[Row], *, told: Told | None = None) -> "asyncio.Future[None]":
        """Queues the rows for the next transaction; the future is done once they are on disk.

        It holds an `IceError`, `journal-locked` or `journal-write-failed`, when nothing of these rows was written.
        `told` hears the same before anyone who waits goes on.
        """
        return self._commits.hand_over(rows, told=told)

    async def commit(self, rows: Sequence[Row]) -> None:
        """Writes the rows in one transaction; when it returns they are on disk.

        Raises:
            IceError: `journal-locked` or `journal-write-failed`; then nothing of these rows was written.
        """
        await on_disk(self.hand_over(rows))

    def _write(self, rows: Sequence[Row]) -> None:
        with self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                # Statement by statement: many rows of one statement cost a third of as many calls. Rows of one
                # statement keep their order, and what a transaction inserts is there before what it updates.
                ordered = sorted(rows, key=_statement)
                for statement, alike in groupby(ordered, key=_statement):
                    self._connection.executemany(statement, [values for _, values in alike])
                self._connection.execute("COMMIT")
            except sqlite3.Error:
                with contextlib.suppress(sqlite3.Error):  # after a full disk SQLite has rolled back by itself
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def hold(self, run_id: str) -> Iterator[None]:
        """Holds the run for this process.

        Raises:
            IceError: `run-in-progress`, when a living process holds it.
        """
        path = Path(run_lock(self.path, run_id))
        with self._translated():
            path.parent.mkdir(exist_ok=True, mode=0o700)
            descriptor = try_lock(path, create=True)
        if descriptor is None:
            raise IceError(
                "run-in-progress",
                f"`{run_id}` is running in another process",
                where=Location(str(self.path)),
                hints=(f"To watch it, run `ice runs show {run_id}`",),
            )
        try:
            yield
        finally:
            path.unlink(missing_ok=True)  # while the lock is held; `_try_lock` sees that its file is gone
            os.close(descriptor)

    def is_held(self, run_id: str) -> bool:
        """Whether a living process holds the run."""
        with self._translated():
            return is_held(self.path, run_id)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """Turns what SQLite and the file system refuse into the journal's own errors."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._error(getattr(error, "sqlite_errorcode", 0) & 0xFF, str(error)) from error
        except OSError as error:
            raise self._error(0, f"{error.strerror}: {error.filename}") from error

    def _error(self, code: int, reason: str) -> IceError:
        place = Location(str(self.path))
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return IceError(
                "journal-locked",
                f"`{self.path}` is locked by another process",
                where=place,
                found=reason,
                note="Nothing was written, and no node was started without its row.",
                hints=("See who holds it: `fuser` names the processes that have a file open", "Then resume the run"),
            )
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return journal_unreadable(str(self.path), reason)
        return IceError(
            "journal-write-failed",
            f"`{self.path}` could not be written",
            where=place,
            found=reason,
            note="The run stopped. What the journal acknowledged is kept; a node without its row was not started.",
            hints=("Make room on the disk, then run `ice runs resume RUN`",),
        )


async def on_disk(handed_over: "asyncio.Future[None]") -> None:
    """Waits for rows that were handed over.

    Raises:
        IceError: why they were not written.
    """
    try:
        await asyncio.shield(handed_over)
    except asyncio.CancelledError:
        # A cancelled node still waits for its row: what was handed over is written or refused, never forgotten.
        await asyncio.wait((handed_over,))
        if (refused := handed_over.exception()) is not None:
            raise refused from None
        raise


def _statement(row: Row) -> str:
    return row[0]
