"""A journal, opened to read it and to change nothing; neither asyncio nor a model is needed for that."""

from __future__ import annotations

import _sqlite3
import os

from ice_core.errors import IceError, Location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    Value: TypeAlias = None | int | float | str | bytes

SCHEMA_VERSION = 1


class JournalReading:
    """One look at a journal; use it as a context manager.

    Raises:
        IceError: `journal-unreadable` or `journal-too-new`.
    """

    __slots__ = ("_connection", "is_new", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        # Without a write-ahead log beside it nobody writes; then SQLite need not make its own files to read it.
        mode = "mode=ro" if os.path.exists(f"{path}-wal") else "mode=ro&immutable=1"
        address = os.path.abspath(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        try:
            self._connection = _sqlite3.connect(f"file:{address}?{mode}", uri=True)
        except _sqlite3.Error as error:
            raise journal_unreadable(path, str(error)) from error
        try:
            # A process that made it was killed before it held anything; the next run goes on from there.
            self.is_new = not self.read("SELECT 1 FROM sqlite_master WHERE name = 'run_journal'")
            if not self.is_new:
                self._refuse_other_versions()
        except IceError:
            self._connection.close()
            raise

    def __enter__(self) -> JournalReading:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def read(self, query: str, *values: Value) -> Sequence[tuple[Value, ...]]:
        """The rows of a query.

        Raises:
            IceError: `journal-unreadable`.
        """
        try:
            return self._connection.execute(query, values).fetchall()
        except _sqlite3.Error as error:
            raise journal_unreadable(self.path, str(error)) from error

    def _refuse_other_versions(self) -> None:
        rows = self.read("SELECT version FROM run_journal")
        if not rows or rows[0][0] != SCHEMA_VERSION:
            raise journal_too_new(self.path, f"journal version {rows[0][0]!s}" if rows else "no version")


def journal_too_new(path: str, found: str) -> IceError:
    """The refusal of a journal of another version."""
    return IceError(
        "journal-too-new",
        f"`{path}` was written by another version of iceos",
        where=Location(path),
        expected=f"journal version {SCHEMA_VERSION}",
        found=found,
        hints=("Use the iceos that wrote it, or set `ICEOS_HOME` to another folder",),
    )


def journal_unreadable(path: str, reason: str) -> IceError:
    """The refusal of a file that is no journal, or is damaged."""
    return IceError(
        "journal-unreadable",
        f"`{path}` is not a journal that can be read",
        where=Location(path),
        found=reason,
        note="The file was not changed.",
        hints=("Restore it from a copy, or move it away: the next run makes a new one, without the old runs",),
    )
