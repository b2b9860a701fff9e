"""The tool `table_profile`: what each column of a table holds."""

from typing import Final

from pydantic import BaseModel

from ice_sdk import tool
from iceos_tables.cells import ColumnType, Scalar
from iceos_tables.table import ColumnPart, Table, opened

MOST_VALUES_LISTED: Final = 20


class ColumnProfile(BaseModel, frozen=True, extra="forbid"):
    """One column in figures; `values` lists what it holds if that is at most 20 texts or booleans."""

    name: str
    type: ColumnType
    count: int
    missing: int
    distinct: int
    min: Scalar
    max: Scalar
    mean: float | None
    values: list[Scalar]


class TableProfile(BaseModel, frozen=True, extra="forbid"):
    """A table in figures."""

    name: str
    rows: int
    columns: list[ColumnProfile]


@tool(
    version="0.1.0",
    cost_estimate=0.0002,
    tags=["csv", "table", "statistics"],
    permissions={"filesystem": ["read"]},
    examples=[
        {
            "input": {
                "rows": [{"sky": "sun", "rain": 0.0}, {"sky": "rain", "rain": 5.5}, {"sky": "sun", "rain": None}]
            },
            "output": {
                "name": "rows",
                "rows": 3,
                "columns": [
                    {
                        "name": "sky",
                        "type": "string",
                        "count": 3,
                        "missing": 0,
                        "distinct": 2,
                        "min": "rain",
                        "max": "sun",
                        "mean": None,
                        "values": ["rain", "sun"],
                    },
                    {
                        "name": "rain",
                        "type": "number",
                        "count": 2,
                        "missing": 1,
                        "distinct": 2,
                        "min": 0.0,
                        "max": 5.5,
                        "mean": 2.75,
                        "values": [],
                    },
                ],
            },
        }
    ],
)
def table_profile(*, path: str | None = None, rows: list[dict[str, Scalar]] | None = None) -> TableProfile:
    """Describe each column of a table: its type, how many values, missing and distinct ones, least, greatest and mean.

    Args:
        path: A CSV file in UTF-8; or give `rows`.
        rows: The table as a list of objects, whose members have no order of their own; or give `path`.

    Raises:
        ValueError: neither or both are given, or the file is at fault.
        OSError: the file cannot be read.
    """
    with opened(path=path, rows=rows) as table:
        [(total,)] = table.select("SELECT count(*) FROM t")
        columns = [_profiled(table, name) for name in table.columns]
        return TableProfile(name=table.name, rows=int(total or 0), columns=columns)


def _profiled(table: Table, name: str) -> ColumnProfile:
    part = ColumnPart(column=name)
    kind, cell = table.column_type(part), table.expression(part)
    [(rows, count, distinct, least, greatest, total)] = table.select(
        f"SELECT count(*), count({cell}), count(DISTINCT {cell}), min({cell}), max({cell}), exact_sum({cell}) FROM t"
    )
    present = int(count or 0)
    numeric = kind in ("integer", "number")
    return ColumnProfile(
        name=name,
        type=kind,
        count=present,
        missing=int(rows or 0) - present,
        distinct=int(distinct or 0),
        min=_restored(least, kind),
        max=_restored(greatest, kind),
        mean=float(total) / present if numeric and total is not None else None,
        values=_listed(table, cell, kind, int(distinct or 0)),
    )


def _listed(table: Table, cell: str, kind: ColumnType, distinct: int) -> list[Scalar]:
    if kind not in ("string", "boolean") or distinct > MOST_VALUES_LISTED:
        return []
    found = table.select(f"SELECT DISTINCT {cell} FROM t WHERE {cell} IS NOT NULL ORDER BY 1")
    return [_restored(value, kind) for (value,) in found]


def _restored(value: Scalar, kind: ColumnType) -> Scalar:
    # SQLite keeps a boolean as 0 or 1.
    return bool(value) if kind == "boolean" and value is not None else value
