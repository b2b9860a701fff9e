"""What a component prints while it runs: words on standard error, with whatever a terminal would obey as an escape."""

import io
from typing import TextIO

from ice_core.strict_json import printable


class EscapedStream(io.TextIOBase):
    """Stands in for `sys.stdout` during a run; a component's text cannot move the cursor or forge a line."""

    def __init__(self, target: TextIO) -> None:
        self._target = target

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, text: str, /) -> int:
        """Hands the text on; line ends and tabs stay, every other invisible character is an escape."""
        self._target.write("".join(char if char in "\n\t" else printable(char) for char in text))
        return len(text)

    def flush(self) -> None:
        """Flushes the target."""
        self._target.flush()

    def close(self) -> None:
        """Flushes only: the target is not the component's to close."""
        self.flush()
