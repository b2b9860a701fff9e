"""A terminal for tests: a real pseudo-terminal, and what its screen shows in the end."""

import contextlib
import os
import pty
import re
import select
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

SEQUENCE = re.compile(r"\x1b\[(\??[0-9;]*)([A-Za-z])")
READ_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class Terminal:
    """The master's side, and a text stream onto the terminal."""

    master: int
    stream: TextIO

    def written(self, *, seconds: float = READ_SECONDS) -> str:
        """Everything that was written since the last time, once nothing more comes."""
        data = b""
        while select.select([self.master], [], [], seconds)[0]:
            try:
                chunk = os.read(self.master, 65536)
            except OSError:  # the other side is closed
                break
            if not chunk:
                break
            data += chunk
        return data.decode("utf-8", "replace")


@contextlib.contextmanager
def terminal() -> Iterator[Terminal]:
    """A pseudo-terminal."""
    master, slave = pty.openpty()
    with os.fdopen(slave, "w", encoding="utf-8", buffering=1) as stream:
        try:
            yield Terminal(master=master, stream=stream)
        finally:
            os.close(master)


def screen(written: str) -> list[str]:
    """The lines that a terminal shows after this was written: the few sequences that a status line needs."""
    lines = [""]
    row = column = position = 0
    while position < len(written):
        sequence = SEQUENCE.match(written, position)
        if sequence:
            position = sequence.end()
            count = int(sequence[1]) if sequence[1].isdigit() else 1
            if sequence[2] == "A":
                row = max(0, row - count)
            elif sequence[2] == "K":
                lines[row] = "" if sequence[1] == "2" else lines[row][:column]
            continue
        char = written[position]
        position += 1
        if char == "\r":
            column = 0
        elif char == "\n":
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        else:
            lines[row] = lines[row].ljust(column)[:column] + char + lines[row][column + 1 :]
            column += 1
    return [line.rstrip() for line in "\n".join(lines).rstrip("\n").split("\n")]


def colours(written: str) -> list[str]:
    """The sequences that set a colour (SGR 30 to 49 and 90 to 107); bold and the like are none."""
    found = [parts for parts, letter in SEQUENCE.findall(written) if letter == "m"]
    return [
        parts for parts in found if any(30 <= int(part or 0) <= 49 or int(part or 0) >= 90 for part in parts.split(";"))
    ]
