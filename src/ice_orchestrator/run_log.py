"""One run's pen: rows and events go to the journal together, and listeners hear of them once they are on disk."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from ice_orchestrator.events import Event, Listener
from ice_orchestrator.foreign import Captured
from ice_orchestrator.group_commit import Row
from ice_orchestrator.journal import Journal, on_disk
from ice_orchestrator.records import event_row


def utc_now() -> datetime:
    """The current instant in UTC."""
    return datetime.now(UTC)


class RunLog:
    """Appends to one run.

    Attributes:
        failure: Why rows of this run are not on disk, or what a listener raised; then nothing more is started.
    """

    __slots__ = ("_journal", "_last", "_listener", "_sequence", "failure", "monotonic", "now", "run_id")

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
        self._last: asyncio.Future[None] | None = None
        self.failure: BaseException | None = None
        self.run_id = run_id
        self.now = now
        self.monotonic = time.monotonic

    def hand_over(self, event: Event | None, *rows: Row) -> "asyncio.Future[None]":
        """Queues the rows, and the event behind those; `settled` waits for them and tells of a refusal.

        Raises:
            IceError: why rows before these were refused; then these are not queued.
        """
        self._refuse_after_failure()
        return self.hand_over_end(event, *rows)

    def hand_over_end(self, event: Event | None, *rows: Row) -> "asyncio.Future[None]":
        """Like `hand_over`, for an attempt that is over: its start is on disk, so its end is tried in any case."""
        if event is not None:
            rows = (*rows, event_row(self._sequence, event))
            self._sequence += 1
        self._last = self._journal.hand_over(rows, told=partial(self._tell, event))
        return self._last

    async def append(self, event: Event | None, *rows: Row) -> None:
        """Writes the rows, and the event after those; when it returns they and all rows before them are durable.

        Raises:
            IceError: `journal-locked` or `journal-write-failed`, also when rows before these were refused.
        """
        await on_disk(self.hand_over(event, *rows))
        self._refuse_after_failure()

    async def settled(self) -> None:
        """Waits until all that was handed over is durable, and told.

        Raises:
            IceError: why some of it is not.
        """
        if self._last is not None and not self._last.done():
            await asyncio.wait((self._last,))
        self._refuse_after_failure()

    def _refuse_after_failure(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _tell(self, event: Event | None, refused: BaseException | None) -> None:
        if refused is None and event is not None and self._listener is not None:
            with Captured() as captured:
                self._listener(event)
            refused = captured.error
        self.failure = self.failure or refused
