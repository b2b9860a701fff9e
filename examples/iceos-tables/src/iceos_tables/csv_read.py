"""The tool `csv_read`: the first rows of a CSV file or text, each column with a type."""

from itertools import islice
from typing import Annotated

from pydantic import BaseModel, Field

from ice_sdk import tool
from iceos_tables.cells import ColumnType, Narrowing, Scalar, typed
from iceos_tables.reading import records


class Column(BaseModel, frozen=True, extra="forbid"):
    """A column's name and the narrowest type that all of its values fit."""

    name: str
    type: ColumnType


class CsvRows(BaseModel, frozen=True, extra="forbid"):
    """Typed rows; `truncated` says that the file has more of them."""

    columns: list[Column]
    rows: list[dict[str, Scalar]]
    delimiter: str
    truncated: bool


@tool(
    version="0.1.0",
    cost_estimate=0.0001,
    tags=["csv", "table", "read"],
    permissions={"filesystem": ["read"]},
    examples=[
        {
            "input": {"text": "city;rain_mm\nBergen;11.5\nCairo;\n"},
            "output": {
                "columns": [{"name": "city", "type": "string"}, {"name": "rain_mm", "type": "number"}],
                "rows": [{"city": "Bergen", "rain_mm": 11.5}, {"city": "Cairo", "rain_mm": None}],
                "delimiter": ";",
                "truncated": False,
            },
        }
    ],
)
def csv_read(
    *,
    path: str | None = None,
    text: str | None = None,
    delimiter: str | None = None,
    limit: Annotated[int, Field(ge=1, le=100_000)] = 1_000,
) -> CsvRows:
    """Read the first rows of a CSV file or text as typed values: booleans, integers, numbers, ISO dates, strings.

    Args:
        path: The file to read, in UTF-8; or give `text`.
        text: The CSV itself; or give `path`.
        delimiter: One character; without it, the one that fits the first lines among comma, semicolon, tab and bar.
        limit: The most rows to return; the file is read no further.

    Raises:
        ValueError: neither or both of `path` and `text`, or a record that does not fit the header.
        OSError: the file cannot be read.
    """
    with records(path=path, text=text, delimiter=delimiter) as source:
        cells = list(islice(source, limit + 1))
        columns, separator = source.columns, source.delimiter
    truncated = len(cells) > limit
    types = column_types(columns, cells := cells[:limit])
    return CsvRows(
        columns=[Column(name=name, type=column_type) for name, column_type in zip(columns, types, strict=True)],
        rows=[{name: typed(text, kind) for name, text, kind in zip(columns, row, types, strict=True)} for row in cells],
        delimiter=separator,
        truncated=truncated,
    )


def column_types(columns: list[str], cells: list[list[str]]) -> list[ColumnType]:
    """The type of each column over these rows."""
    narrowing = [Narrowing() for _ in columns]
    for row in cells:
        for column, text in zip(narrowing, row, strict=True):
            column.add(text)
    return [column.column_type for column in narrowing]
