"""Threads for the calls of one plain component: each serves call after call, and ends when none comes for a while.

They are daemons, so a component that never returns does not keep the process from ending, and its thread serves nobody
else. What a component leaves behind in a thread (a thread-local value, a trace function) meets that component only.
"""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final, TypeAlias

IDLE_SECONDS: Final = 2.0

Work: TypeAlias = Callable[[], object]


class CallThreads:
    """As many threads as calls are under way, and those that were, for `idle_seconds`."""

    __slots__ = ("_idle", "_idle_seconds", "_lock")

    def __init__(self, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._idle: list[SimpleQueue[tuple[str, Work, Work]]] = []
        self._lock = threading.Lock()

    def start(self, work: Work, *, then: Work, name: str) -> None:
        """Does `work` in a thread of this name, and then tells of it by `then`; neither may raise."""
        with self._lock:
            calls = self._idle.pop() if self._idle else None
        if calls is not None:
            calls.put((name, work, then))
            return
        calls = SimpleQueue()
        calls.put((name, work, then))
        threading.Thread(target=self._serve, args=(calls,), name=name, daemon=True).start()

    def _serve(self, calls: "SimpleQueue[tuple[str, Work, Work]]") -> None:
        thread = threading.current_thread()
        while True:
            try:
                name, work, then = calls.get(timeout=self._idle_seconds)
            except Empty:
                with self._lock:
                    if calls in self._idle:
                        self._idle.remove(calls)
                        return
                continue  # a call was given to this thread at this very moment
            thread.name = name
            work()
            # Before it is told of: the next call may come at once.
            with self._lock:
                self._idle.append(calls)
            then()
            del work, then  # nothing of a call is kept while waiting for another
