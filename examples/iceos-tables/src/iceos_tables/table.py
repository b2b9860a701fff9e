"""A table in a private SQLite database in memory: typed columns, and the expressions that stand for them.

No name and no value of a caller becomes SQL text: columns are called `c0`, `c1` and so on, values are parameters.
Sums and means are rounded once, from the exact sum, so that every machine gives the same digits.
"""

import difflib
import math
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Literal, TypeAlias, TypeVar

from pydantic import BaseModel

from iceos_tables.cells import ColumnType, Narrowing, Scalar, type_of_values, typed
from iceos_tables.reading import MAX_COLUMNS, records

MAX_ROWS: Final = 1_000_000

Row = TypeVar("Row")

DatePart: TypeAlias = Literal["value", "year", "year_month", "month", "day"]
_PART_LENGTHS: Final[dict[str, tuple[int, int]]] = {
    "year": (1, 4),
    "year_month": (1, 7),
    "month": (6, 2),
    "day": (9, 2),
}


class ColumnPart(BaseModel, frozen=True, extra="forbid"):
    """A column, or a part of its dates: `year` 2014, `year_month` "2014-03", `month` 3, `day` 31."""

    column: str
    part: DatePart = "value"


class Table:
    """The rows of one table, in SQLite."""

    def __init__(
        self, connection: sqlite3.Connection, name: str, columns: Sequence[str], types: Sequence[ColumnType]
    ) -> None:
        self._connection = connection
        self.name = name
        self.columns = tuple(columns)
        self.types = tuple(types)

    def expression(self, part: ColumnPart) -> str:
        """The SQL that stands for a column or a part of it.

        Raises:
            ValueError: there is no such column, or a part of something that is not a date is asked for.
        """
        position = self._position(part.column)
        if part.part == "value":
            return f"c{position}"
        if self.types[position] != "date":
            raise ValueError(
                f"`{part.part}` is a part of a date, and `{part.column}` of `{self.name}` is of type"
                f" {self.types[position]}"
            )
        begin, length = _PART_LENGTHS[part.part]
        text = f"substr(c{position}, {begin}, {length})"
        return text if part.part == "year_month" else f"cast({text} AS integer)"

    def column_type(self, part: ColumnPart) -> ColumnType:
        """The type of a column or of a part of it."""
        whole = self.types[self._position(part.column)]
        if part.part == "value":
            return whole
        return "string" if part.part == "year_month" else "integer"

    def _position(self, column: str) -> int:
        if column in self.columns:
            return self.columns.index(column)
        near = difflib.get_close_matches(column, self.columns, n=1)
        meant = f"; did you mean `{near[0]}`?" if near else ""
        known = ", ".join(f"`{name}`" for name in self.columns)
        raise ValueError(f"`{column}` is not a column of `{self.name}`, which has {known}{meant}")

    def select(self, sql: str, parameters: Sequence[Scalar] = ()) -> list[tuple[Scalar, ...]]:
        """The rows that a statement over `t` gives."""
        return self._connection.execute(sql, tuple(parameters)).fetchall()


@contextmanager
def opened(*, path: str | None, rows: list[dict[str, Scalar]] | None) -> Iterator[Table]:
    """The table of a CSV file (read twice: for the types, then for the values) or of rows given as JSON.

    Raises:
        ValueError: both or neither are given, the file is at fault, or there are more than a million rows.
        OSError: the file cannot be read.
    """
    if (path is None) == (rows is None):
        raise ValueError("Give either `path` or `rows`")
    connection = sqlite3.connect(":memory:")
    try:
        connection.create_aggregate("exact_sum", 1, _ExactSum)  # type: ignore[arg-type]  # typeshed wants one value type
        yield _from_file(connection, path) if path is not None else _from_rows(connection, rows or [])
    finally:
        connection.close()


def _from_file(connection: sqlite3.Connection, path: str) -> Table:
    with records(path=path, text=None) as source:
        narrowing = [Narrowing() for _ in source.columns]
        for cells in _bounded(source, source.name):
            for column, text in zip(narrowing, cells, strict=True):
                column.add(text)
        types = [column.column_type for column in narrowing]
    with records(path=path, text=None) as source:
        values = ([typed(text, kind) for text, kind in zip(cells, types, strict=True)] for cells in source)
        return _filled(connection, source.name, source.columns, types, values)


def _from_rows(connection: sqlite3.Connection, rows: list[dict[str, Scalar]]) -> Table:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    values = [[row.get(name) for name in columns] for row in _bounded(rows, "rows")]
    types = [type_of_values([row[position] for row in values]) for position in range(len(columns))]
    return _filled(connection, "rows", columns, types, values)


def _filled(
    connection: sqlite3.Connection,
    name: str,
    columns: Sequence[str],
    types: Sequence[ColumnType],
    values: Iterable[Sequence[Scalar]],
) -> Table:
    if len(columns) > MAX_COLUMNS:
        raise ValueError(f"`{name}` has {len(columns)} columns, and at most {MAX_COLUMNS} are read")
    # SQLite wants at least one column; an empty list of rows has none.
    names = ", ".join(f"c{position}" for position in range(max(1, len(columns))))
    connection.execute(f"CREATE TABLE t ({names})")
    if columns:
        connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(columns))})", values)
    return Table(connection, name, columns, types)


def _bounded(source: Iterable[Row], name: str) -> Iterator[Row]:
    for count, row in enumerate(source, 1):
        if count > MAX_ROWS:
            raise ValueError(f"`{name}` has more than {MAX_ROWS} rows")
        yield row


class _ExactSum:
    """The sum of the numbers of a group; whole if all of them are, absent if there are none."""

    def __init__(self) -> None:
        self._values: list[int | float] = []

    def step(self, value: Scalar) -> None:
        """Takes one value; what is missing or no number adds nothing."""
        if isinstance(value, int | float):
            self._values.append(value)

    def finalize(self) -> int | float | None:
        """The sum, rounded once."""
        if not self._values:
            return None
        add: Callable[[list[int | float]], int | float] = sum if _whole(self._values) else math.fsum
        return add(self._values)


def _whole(values: list[int | float]) -> bool:
    return all(isinstance(value, int) for value in values)
