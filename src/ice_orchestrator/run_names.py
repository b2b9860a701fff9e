"""The names of recorded runs, for a shell that completes them."""

from __future__ import annotations

import os

from ice_orchestrator.journal_reading import JournalReading

LIMIT = 100


def newest_runs(path: str) -> list[str]:
    """The newest runs of a journal, the newest first; none where there is no journal.

    Raises:
        IceError: `journal-unreadable` or `journal-too-new`.
    """
    if not os.path.exists(path):
        return []
    with JournalReading(path) as journal:
        if journal.is_new:
            return []
        rows = journal.read("SELECT run_id FROM runs ORDER BY started DESC, run_id DESC LIMIT ?", LIMIT)
    return [str(run_id) for (run_id,) in rows]
