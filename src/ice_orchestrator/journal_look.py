"""A look at a journal that changes nothing: how many runs it holds, when the newest started, or what is not there."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ice_core.errors import IceError, Location
from ice_orchestrator.journal_reading import JournalReading, journal_unreadable


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
    with JournalReading(str(path)) as journal:
        ((runs, newest),) = journal.read("SELECT count(*), max(started) FROM runs")
    try:
        moment = datetime.fromisoformat(str(newest)) if newest is not None else None
    except ValueError as error:
        raise journal_unreadable(str(path), str(error)) from error
    return JournalLook(runs=int(str(runs)), newest=moment)


def run_unknown(run_id: str, journal: Path) -> IceError:
    """The refusal of a run that a journal does not have; also of one that is asked of a journal that is not there."""
    return IceError(
        "run-unknown",
        f"`{run_id}` is not a run of this journal",
        where=Location(str(journal)),
        hints=("To see all runs, run `ice runs list`",),
    )
