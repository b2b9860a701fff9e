"""One run's pen: rows and events go to the journal together, and listeners hear of them once they are on disk."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from ice_orchestrator.events import Event, Listener
from ice_orchestrator.journal import Journal, Row
from ice_orchestrator.records import event_row


def utc_now() -> datetime:
    """The current instant in UTC."""
    return datetime.now(UTC)


class RunLog:
    """Appends to one run."""

    __slots__ = ("_journal", "_listener", "_sequence", "monotonic", "now", "run_id")

    def __init__(
        self,
        journal: Journal,
        run_id: str,
        *,
        sequence: int = 0,
        listener: Listener | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._journal = journal
        self._sequence = sequence
        self._listener = listener
        self.run_id = run_id
        self.now = now
        self.monotonic = time.monotonic

    async def append(self, event: Event | None, *rows: Row) -> None:
        """Writes the rows, and the event after those before it; returns when they are durable.

        Raises:
            IceError: `journal-locked` or `journal-write-failed`.
        """
        if event is None:
            await self._journal.commit(rows)
            return
        sequence, self._sequence = self._sequence, self._sequence + 1
        await self._journal.commit((*rows, event_row(sequence, event)))
        if self._listener is not None:
            self._listener(event)
