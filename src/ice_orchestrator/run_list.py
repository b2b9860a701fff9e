"""The runs of a journal, newest first, as `ice runs list` tells them."""

from __future__ import annotations

import os
from decimal import Decimal

from ice_core.amounts import amount_text
from ice_orchestrator.journal_reading import JournalReading
from ice_orchestrator.run_locks import is_held

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ice_core.home import AnyPath
    from ice_core.strict_json import JsonObject

_NEWEST = "FROM runs ORDER BY started DESC, run_id DESC LIMIT ?"


class RunSummary:
    """One line of `ice runs list`; `status` is interrupted when the process that ran it is gone."""

    __slots__ = ("blueprint_id", "cost", "finished", "run_id", "started", "status")

    def __init__(
        self, *, run_id: str, blueprint_id: str, status: str, started: str, finished: str | None, cost: Decimal
    ) -> None:
        self.run_id = run_id
        self.blueprint_id = blueprint_id
        self.status = status
        self.started = started
        self.finished = finished
        self.cost = cost

    def to_json(self) -> JsonObject:
        """The members, money as text."""
        return {
            "run_id": self.run_id,
            "blueprint_id": self.blueprint_id,
            "status": self.status,
            "started": self.started,
            "finished": self.finished,
            "cost": amount_text(self.cost),
        }


def list_runs(path: AnyPath, *, limit: int = 100) -> tuple[RunSummary, ...]:
    """The newest `limit` runs of the journal at `path`, which is not changed.

    Raises:
        IceError: `journal-unreadable` or `journal-too-new`.
    """
    with JournalReading(os.fspath(path)) as journal:
        if journal.is_new:
            return ()
        runs = journal.read(f"SELECT run_id, blueprint_id, status, started, finished {_NEWEST}", limit)
        query = f"SELECT run_id, cost FROM attempts WHERE cost IS NOT NULL AND run_id IN (SELECT run_id {_NEWEST})"
        costs: dict[object, Decimal] = {}
        for run_id, cost in journal.read(query, limit):
            # Added up here: SQLite would add as binary floating point.
            costs[run_id] = costs.get(run_id, Decimal(0)) + Decimal(str(cost))
    return tuple(
        RunSummary(
            run_id=str(run_id),
            blueprint_id=str(blueprint_id),
            status=status_now(path, str(run_id), str(status)),
            started=str(started),
            finished=str(finished) if finished is not None else None,
            cost=costs.get(run_id, Decimal(0)),
        )
        for run_id, blueprint_id, status, started, finished in runs
    )


def status_now(journal: AnyPath, run_id: str, recorded: str) -> str:
    """The status of a run: the process that wrote `running` may be gone, and only the kernel knows."""
    return "interrupted" if recorded == "running" and not is_held(journal, run_id) else recorded
