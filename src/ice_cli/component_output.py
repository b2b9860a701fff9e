"""What a component prints while it runs: words on standard error, with whatever a terminal would obey as an escape."""

import codecs
import io
from typing import TYPE_CHECKING, Final, TextIO

from ice_core.strict_json import printable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_LAYOUT: Final = "\n\t"
_MOST_KNOWN: Final = 4096


class _Shown(dict[int, str]):
    """How each character is shown, worked out when it first comes."""

    def __missing__(self, code: int) -> str:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        char = chr(code)
        shown = self[code] = char if char in _LAYOUT else printable(char)
        return shown


_SHOWN: Final = _Shown()


class EscapedStream(io.TextIOBase):
    """Stands in for `sys.stdout` during a run; a component's text cannot move the cursor or forge a line.

    Attributes:
        buffer: Takes bytes, which are read as UTF-8, for who writes below the text.
    """

    encoding = "utf-8"

    def __init__(self, target: TextIO) -> None:
        self._target = target
        self.buffer = _Bytes(target)

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, text: str, /) -> int:
        """Hands the text on; line ends and tabs stay, every other invisible character is an escape."""
        self._target.write(text.translate(_SHOWN))
        return len(text)

    def reconfigure(self, **_: object) -> None:
        """Changes nothing: how the text is shown is not the component's to say."""

    def flush(self) -> None:
        """Flushes the target."""
        self._target.flush()

    def close(self) -> None:
        """Flushes only: the target is not the component's to close."""
        if not self._target.closed:
            self.flush()


class _Bytes(io.RawIOBase):
    """The bytes below the text; a character may come in pieces."""

    def __init__(self, target: TextIO) -> None:
        self._target = target
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        """Hands the bytes on as text."""
        given = bytes(data)
        self._target.write(self._decoder.decode(given).translate(_SHOWN))
        return len(given)

    def flush(self) -> None:
        """Flushes the target."""
        self._target.flush()

    def close(self) -> None:
        """Flushes only."""
        if not self._target.closed:
            self.flush()
