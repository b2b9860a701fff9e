"""The tool `data_query`: one SQL SELECT over a CSV, JSON or Parquet file, which is the table `data`."""

import datetime
import decimal
import math
import uuid
from typing import Annotated, Final

import duckdb
from pydantic import BaseModel, Field, JsonValue

from ice_sdk import tool
from iceos_duckdb.sandbox import opened

LARGEST_INTEGER: Final = 2**53 - 1  # beyond it, JSON readers disagree about what a number is


class ResultColumn(BaseModel, frozen=True, extra="forbid"):
    """A column's name and its DuckDB type."""

    name: str
    type: str


class QueryRows(BaseModel, frozen=True, extra="forbid"):
    """The rows of a result; dates, times and integers that JSON cannot hold are texts."""

    columns: list[ResultColumn]
    rows: list[dict[str, JsonValue]]
    truncated: bool


@tool(
    version="0.1.0",
    cost_estimate=0.0005,
    tags=["sql", "csv", "json", "parquet", "duckdb"],
    permissions={"filesystem": ["read"]},
    examples=[
        {
            # In the folder `examples/data`.
            "input": {
                "path": "seattle-weather.csv",
                "sql": "SELECT weather, count(*) AS days FROM data GROUP BY weather ORDER BY days DESC LIMIT 1",
            },
            "output": {
                "columns": [{"name": "weather", "type": "VARCHAR"}, {"name": "days", "type": "BIGINT"}],
                "rows": [{"weather": "sun", "days": 714}],
                "truncated": False,
            },
        }
    ],
)
def data_query(
    path: str,
    *,
    sql: str = "SELECT * FROM data",
    limit: Annotated[int, Field(ge=1, le=100_000)] = 1_000,
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0,
) -> QueryRows:
    """Query a CSV, TSV, JSON, JSON Lines or Parquet file with SQL; the file is the table `data`.

    The query is one SELECT and can read nothing but that file: no other file, no network, no extension.

    Args:
        path: The file; its ending says what it is.
        sql: One SELECT statement over `data`, in DuckDB's dialect.
        limit: The most rows to return.
        timeout_seconds: After this time the query is stopped.

    Raises:
        ValueError: the file is of no known kind, the SQL is no single SELECT, or DuckDB refuses it.
    """
    with opened(path, timeout_seconds=timeout_seconds) as connection:
        result = connection.execute(single_select(sql))
        columns = [ResultColumn(name=name, type=str(kind)) for name, kind, *_ in result.description or ()]
        found = result.fetchmany(limit + 1)
    names = [column.name for column in columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"The result has two columns `{twice[0]}`; name one with AS")
    rows = [dict(zip(names, map(as_json, row), strict=True)) for row in found[:limit]]
    return QueryRows(columns=columns, rows=rows, truncated=len(found) > limit)


def single_select(sql: str) -> duckdb.Statement:
    """The statement, if the text is exactly one and only reads.

    Raises:
        ValueError: it is another kind of statement, or there are none or several.
        duckdb.Error: it is not SQL.
    """
    statements = duckdb.extract_statements(sql)
    kinds = [statement.type for statement in statements]
    if kinds != [duckdb.StatementType.SELECT]:
        found = ", ".join(kind.name for kind in kinds) or "nothing"
        raise ValueError(f"`sql` is one SELECT, and this is {found}")
    return statements[0]


def as_json(value: object) -> JsonValue:
    """A value of DuckDB as JSON; what is not a number (NaN, infinity) is missing."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) <= LARGEST_INTEGER else str(value)
        case float():
            return value if math.isfinite(value) else None
        case decimal.Decimal():
            return float(value)
        case datetime.date() | datetime.time():
            return value.isoformat()
        case datetime.timedelta() | uuid.UUID():
            return str(value)
        case bytes():
            return value.hex()
        case list() | tuple():
            return [as_json(item) for item in value]
        case dict():
            return {str(name): as_json(item) for name, item in value.items()}
        case _:
            raise ValueError(f"A result of type {type(value).__name__} cannot be written as JSON; CAST it to VARCHAR")
