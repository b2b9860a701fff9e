"""Words about long work, on standard error: one line that changes on a terminal, nothing for what ends at once."""

import threading
from types import TracebackType
from typing import TYPE_CHECKING

from ice_cli import output

if TYPE_CHECKING:
    from rich.status import Status

SILENT_SECONDS = 1.0


class Progress:
    """Says what is being done when it takes longer than a second; a terminal shows it as one changing line."""

    def __init__(self, words: str) -> None:
        self.words = words
        self._terminal = output.on_terminal()
        self._status: Status | None = None
        self._timer = threading.Timer(SILENT_SECONDS, self._overdue)
        self._timer.daemon = True
        self._spoken = False

    def __enter__(self) -> "Progress":
        if self._terminal:
            from rich.console import Console

            self._status = Console(stderr=True).status(f"{self.words} …")
            self._status.start()
        else:
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._status is not None:
            self._status.stop()

    def tell(self, words: str) -> None:
        """What is done next; a line of its own where no terminal can change one and it takes long."""
        self.words = words[:1].upper() + words[1:]
        if self._status is not None:
            self._status.update(f"{self.words} …")
        elif self._spoken:
            output.say(f"{self.words} …")

    def _overdue(self) -> None:
        self._spoken = True
        output.say(f"{self.words} …")
