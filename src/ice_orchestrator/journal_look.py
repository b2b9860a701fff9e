"""A look at a journal that changes nothing: how many runs it holds, when the newest started, or what is not there."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from ice_core.errors import IceError, Location
from ice_orchestrator.journal import SCHEMA_VERSION


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalLook:
    """What a journal holds."""

    runs: int
    newest: datetime | None


def look_at_journal(path: Path) -> JournalLook:
    """What the journal at `path` holds.

    Raises:
        IceError: `journal-unreadable` or `journal-too-new`.
    """
    # Without a write-ahead log beside it nobody writes; then SQLite need not make its own files to read it.
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?{mode}", uri=True)) as connection:
            version = connection.execute("SELECT version FROM run_journal").fetchone()
            runs, newest = connection.execute("SELECT count(*), max(started) FROM runs").fetchone()
            moment = datetime.fromisoformat(newest) if newest is not None else None
    except (sqlite3.Error, ValueError, TypeError) as error:
        raise IceError(
            "journal-unreadable",
            f"`{path}` is not a journal that can be read",
            where=Location(str(path)),
            found=str(error),
            note="The file was not changed.",
            hints=("Restore it from a copy, or move it away: the next run makes a new one, without the old runs",),
        ) from error
    if version is None or version[0] != SCHEMA_VERSION:
        raise IceError(
            "journal-too-new",
            f"`{path}` was written by another version of iceos",
            where=Location(str(path)),
            expected=f"journal version {SCHEMA_VERSION}",
            found=f"journal version {version[0]!s}" if version else "no version",
            hints=("Use the iceos that wrote it, or set `ICEOS_HOME` to another folder",),
        )
    return JournalLook(runs=runs, newest=moment)


def run_unknown(run_id: str, journal: Path) -> IceError:
    """The refusal of a run that a journal does not have; also of one that is asked of a journal that is not there."""
    return IceError(
        "run-unknown",
        f"`{run_id}` is not a run of this journal",
        where=Location(str(journal)),
        hints=("To see all runs, run `ice runs list`",),
    )
