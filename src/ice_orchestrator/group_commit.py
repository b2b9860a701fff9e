"""Group commit: one thread writes, and what is handed over meanwhile goes into the next transaction together.

Rows are written in the order in which they were handed over, or refused: a transaction that fails takes with it what
was handed over behind it, so that no row is on disk whose predecessor is not.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import TypeAlias

from ice_orchestrator.foreign import Captured

SqlValue: TypeAlias = None | int | float | str | bytes
Row: TypeAlias = tuple[str, tuple[SqlValue, ...]]
# Is called once, in the event loop, as soon as it is known what became of the rows: None, or why they are refused.
Told: TypeAlias = Callable[[BaseException | None], None]
Handed: TypeAlias = tuple[Sequence[Row], "asyncio.Future[None]", Told | None]


class GroupCommit:
    """Hands rows over from an event loop to the thread that writes them.

    Args:
        write: Writes rows in one transaction; called in that thread only.
    """

    __slots__ = ("_batches", "_is_under_way", "_thread", "_waiting", "_write")

    def __init__(self, write: Callable[[Sequence[Row]], None]) -> None:
        self._write = write
        self._waiting: list[Handed] = []
        self._is_under_way = False
        self._batches: SimpleQueue[tuple[asyncio.AbstractEventLoop, list[Handed]] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def hand_over(self, rows: Sequence[Row], *, told: Told | None = None) -> "asyncio.Future[None]":
        """Queues the rows; the future is done once they are on disk, or holds why they were refused.

        Args:
            rows: One transaction's rows, in their order.
            told: Called before anyone who waits goes on, in the order in which rows were handed over.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((rows, done, told))
        if not self._is_under_way:
            self._is_under_way = True
            self._flush_soon(loop)
        return done

    def close(self) -> None:
        """Waits for the transaction that is being written; what was not handed to the thread is not written."""
        if self._thread is not None:
            self._batches.put(None)
            self._thread.join()
            self._thread = None

    def _flush_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        # In two turns of the loop what a finished node lets start has run up to its own first row: the end of the one
        # and the start of the others share a transaction, and a chain needs one flush to disk a node instead of two.
        loop.call_soon(loop.call_soon, self._flush, loop)

    def _flush(self, loop: asyncio.AbstractEventLoop) -> None:
        batch, self._waiting = self._waiting, []
        if self._thread is None:
            # A daemon: a disk that hangs does not keep the process from ending.
            self._thread = threading.Thread(target=self._write_batches, name="journal", daemon=True)
            self._thread.start()
        self._batches.put((loop, batch))

    def _write_batches(self) -> None:
        while (given := self._batches.get()) is not None:
            loop, batch = given
            with Captured() as captured:
                self._write([row for rows, _, _ in batch for row in rows])
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._written, loop, batch, captured.error)

    def _written(self, loop: asyncio.AbstractEventLoop, batch: list[Handed], refused: BaseException | None) -> None:
        if refused is not None:
            batch, self._waiting = [*batch, *self._waiting], []
        for _, done, told in batch:
            if told is not None:
                told(refused)
            if done.done():
                continue
            if refused is None:
                done.set_result(None)
            else:
                done.set_exception(refused)
                done.exception()  # whoever was told needs not ask for it again
        self._is_under_way = bool(self._waiting)
        if self._is_under_way:
            self._flush_soon(loop)
