"""Reads delimited text row by row: guesses the delimiter from the beginning, and holds one row at a time."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

DELIMITERS: Final = ",;\t|"
SAMPLE_CHARACTERS: Final = 64 * 1024
MAX_COLUMNS: Final = 1_000


class Records:
    """The header of a CSV text, and its records as they come."""

    def __init__(self, stream: TextIO, *, name: str, delimiter: str | None) -> None:
        """Reads the header.

        Raises:
            ValueError: there is no header, or it names no column, a column twice or too many.
        """
        self.name = name
        self.delimiter = delimiter or _sniffed(stream)
        self._reader = csv.reader(stream, delimiter=self.delimiter, strict=True)
        self.columns = self._header()

    def _header(self) -> list[str]:
        try:
            columns = [column.strip() for column in next(self._reader, [])]
        except csv.Error as error:
            raise ValueError(f"`{self.name}` line {self._reader.line_num}: {error}") from error
        if not columns:
            raise ValueError(f"`{self.name}` is empty; its first line has to name the columns")
        twice = sorted({column for column in columns if columns.count(column) > 1})
        if twice:
            raise ValueError(f"`{self.name}` names the column `{twice[0]}` twice")
        if len(columns) > MAX_COLUMNS:
            raise ValueError(f"`{self.name}` has {len(columns)} columns, and at most {MAX_COLUMNS} are read")
        return columns

    def __iter__(self) -> Iterator[list[str]]:
        """The records, blank lines left out.

        Raises:
            ValueError: a record has not as many cells as the header, or its quotes do not match.
        """
        try:
            for cells in self._reader:
                if not cells:
                    continue
                if len(cells) != len(self.columns):
                    raise ValueError(
                        f"`{self.name}` line {self._reader.line_num} has {len(cells)} cells,"
                        f" and the header names {len(self.columns)} columns"
                    )
                yield cells
        except csv.Error as error:
            raise ValueError(f"`{self.name}` line {self._reader.line_num}: {error}") from error


@contextmanager
def records(*, path: str | None, text: str | None, delimiter: str | None = None) -> Iterator[Records]:
    """Opens the CSV file at `path` or the CSV text `text`, whichever is given.

    Raises:
        ValueError: both or neither are given, or the header is at fault.
        OSError: the file cannot be read.
    """
    if (path is None) == (text is None):
        raise ValueError("Give either `path` or `text`")
    if delimiter is not None and len(delimiter) != 1:
        raise ValueError(f"`delimiter` is one character, and `{delimiter}` has {len(delimiter)}")
    with _opened(path, text) as stream:
        yield Records(stream, name=Path(path).name if path else "text", delimiter=delimiter)


def _opened(path: str | None, text: str | None) -> TextIO:
    if path is not None:
        return Path(path).open(encoding="utf-8-sig", newline="")
    return io.StringIO(text, newline="")


def _sniffed(stream: TextIO) -> str:
    """The delimiter that cuts the first lines into equally many cells, most cells first; a comma if none does."""
    sample = stream.read(SAMPLE_CHARACTERS)
    stream.seek(0)
    lines = sample.splitlines()[:50]
    if len(sample) == SAMPLE_CHARACTERS and len(lines) > 1:
        lines.pop()  # it may have been cut in two
    best, most = ",", 1
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        if widths and len(set(widths)) == 1 and widths[0] > most:
            best, most = delimiter, widths[0]
    return best
