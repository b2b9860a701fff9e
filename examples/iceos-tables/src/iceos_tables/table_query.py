"""The tool `table_query`: filter, group, aggregate and order the rows of a table, said as data and not as SQL."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from ice_sdk import tool
from iceos_tables.cells import Scalar
from iceos_tables.table import ColumnPart, Table, opened

Comparison = Literal["eq", "ne", "lt", "le", "gt", "ge", "contains", "in", "missing", "present"]
Function = Literal["count", "count_distinct", "sum", "mean", "min", "max"]

_OPERATORS: Final = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_FUNCTIONS: Final = {
    "count": "count({})",
    "count_distinct": "count(DISTINCT {})",
    "sum": "exact_sum({})",
    "mean": "exact_sum({0}) * 1.0 / nullif(count({0}), 0)",
    "min": "min({})",
    "max": "max({})",
}
_NUMBERS_ONLY: Final = ("sum", "mean")


class Filter(ColumnPart, frozen=True, extra="forbid"):
    """Keeps the rows whose column, or part of its date, compares so with `value`."""

    op: Comparison = "eq"
    value: Scalar | Annotated[list[Scalar], Field(max_length=10_000)] = None


class Aggregate(BaseModel, frozen=True, extra="forbid"):
    """One figure for each group; `count` without a column counts rows, with one its values that are there."""

    function: Function
    column: str | None = None
    name: str | None = None

    @property
    def label(self) -> str:
        """What the figure is called in the result."""
        return self.name or (f"{self.function}_{self.column}" if self.column else self.function)


class Order(BaseModel, frozen=True, extra="forbid"):
    """Sorts by a column of the result; ties keep the order of the other columns, so the result is always the same."""

    by: str
    descending: bool = False


class TableQuery(BaseModel, frozen=True, extra="forbid"):
    """What to ask of the CSV file at `path`, or of `rows`."""

    path: str | None = None
    rows: list[dict[str, Scalar]] | None = None
    columns: Annotated[list[str], Field(description="Columns to give; all if nothing is grouped or counted")] = []
    filters: list[Filter] = []
    group_by: list[ColumnPart] = []
    aggregates: list[Aggregate] = []
    order_by: list[Order] = []
    limit: Annotated[int, Field(ge=1, le=100_000)] = 1_000


class QueryResult(BaseModel, frozen=True, extra="forbid"):
    """The rows that answer a query; `matched` counts the rows that passed the filters."""

    columns: list[str]
    rows: list[dict[str, Scalar]]
    matched: int
    truncated: bool


_RAIN: Final = [
    {"month": "2014-01", "rain": 94.0},
    {"month": "2014-02", "rain": 155.2},
    {"month": "2015-01", "rain": 93.0},
]


@tool(
    version="0.1.0",
    cost_estimate=0.0002,
    tags=["csv", "table", "query"],
    permissions={"filesystem": ["read"]},
    examples=[
        {
            "input": {
                "rows": _RAIN,
                "filters": [{"column": "rain", "op": "gt", "value": 93.5}],
                "aggregates": [{"function": "count"}, {"function": "max", "column": "rain"}],
            },
            "output": {
                "columns": ["count", "max_rain"],
                "rows": [{"count": 2, "max_rain": 155.2}],
                "matched": 2,
                "truncated": False,
            },
        }
    ],
)
def table_query(query: TableQuery) -> QueryResult:
    """Filter, group, aggregate and order the rows of a CSV file or of rows given as JSON.

    Raises:
        ValueError: a column does not exist, or the query asks what its type does not have.
        OSError: the file cannot be read.
    """
    with opened(path=query.path, rows=query.rows) as table:
        where, parameters = _condition(table, query.filters)
        selected = _selected(table, query)
        order = _order(query, list(selected))
        grouped = [table.expression(part) for part in query.group_by]
        group = f" GROUP BY {', '.join(grouped)}" if grouped else ""
        listed = ", ".join(expression for expression, _ in selected.values())
        found = table.select(
            f"SELECT {listed} FROM t{where}{group} ORDER BY {order} LIMIT {query.limit + 1}", parameters
        )
        [(matched,)] = table.select(f"SELECT count(*) FROM t{where}", parameters)
    booleans = [is_boolean for _, is_boolean in selected.values()]
    rows = [
        {
            name: bool(value) if is_boolean and value is not None else value
            for name, value, is_boolean in zip(selected, row, booleans, strict=True)
        }
        for row in found[: query.limit]
    ]
    return QueryResult(columns=list(selected), rows=rows, matched=int(matched or 0), truncated=len(found) > query.limit)


def _condition(table: Table, filters: list[Filter]) -> tuple[str, list[Scalar]]:
    terms: list[str] = []
    parameters: list[Scalar] = []
    for condition in filters:
        term, values = _term(table.expression(condition), condition)
        terms.append(term)
        parameters += values
    return (f" WHERE {' AND '.join(terms)}" if terms else ""), parameters


def _term(expression: str, condition: Filter) -> tuple[str, list[Scalar]]:
    value = condition.value
    if condition.op in ("missing", "present"):
        return f"{expression} IS {'NOT ' if condition.op == 'present' else ''}NULL", []
    if condition.op == "in":
        if not isinstance(value, list):
            raise ValueError(f"`in` compares `{condition.column}` with a list")
        return f"{expression} IN ({', '.join('?' * len(value))})", value
    if value is None or isinstance(value, list):
        raise ValueError(f"`{condition.op}` compares `{condition.column}` with one value")
    if condition.op == "contains":
        return f"instr(lower({expression}), lower(?)) > 0", [value]
    return f"{expression} {_OPERATORS[condition.op]} ?", [value]


def _selected(table: Table, query: TableQuery) -> dict[str, tuple[str, bool]]:
    """Each column of the result by its name, as SQL and whether it is a boolean that SQLite keeps as a number."""
    if query.columns and (query.group_by or query.aggregates):
        raise ValueError("Give either `columns`, or `group_by` and `aggregates`")
    selected: dict[str, tuple[str, bool]] = {}
    for part in query.group_by:
        name = part.column if part.part == "value" else part.part
        _add(selected, name, _cell(table, part))
    for aggregate in query.aggregates:
        _add(selected, aggregate.label, _figure(table, aggregate))
    if not selected:
        for column in query.columns or table.columns:
            _add(selected, column, _cell(table, ColumnPart(column=column)))
    return selected or {"count": ("count(*)", False)}


def _cell(table: Table, part: ColumnPart) -> tuple[str, bool]:
    return table.expression(part), table.column_type(part) == "boolean"


def _add(selected: dict[str, tuple[str, bool]], name: str, expression: tuple[str, bool]) -> None:
    if name in selected:
        raise ValueError(f"The result would have two columns `{name}`; give one of them another `name`")
    selected[name] = expression


def _figure(table: Table, aggregate: Aggregate) -> tuple[str, bool]:
    if aggregate.column is None:
        if aggregate.function != "count":
            raise ValueError(f"`{aggregate.function}` needs a `column`")
        return "count(*)", False
    part = ColumnPart(column=aggregate.column)
    kind = table.column_type(part)
    if aggregate.function in _NUMBERS_ONLY and kind not in ("integer", "number"):
        raise ValueError(f"`{aggregate.function}` needs numbers, and `{aggregate.column}` is of type {kind}")
    is_boolean = kind == "boolean" and aggregate.function in ("min", "max")
    return _FUNCTIONS[aggregate.function].format(table.expression(part)), is_boolean


def _order(query: TableQuery, names: list[str]) -> str:
    """The ORDER BY list, by position; what is not asked for comes last, as a tie-break for groups only."""
    terms = []
    for order in query.order_by:
        if order.by not in names:
            known = ", ".join(f"`{name}`" for name in names)
            raise ValueError(f"`{order.by}` is not a column of the result, which has {known}")
        terms.append(f"{names.index(order.by) + 1}{' DESC' if order.descending else ''}")
    if query.group_by or query.aggregates:
        terms += [str(position) for position in range(1, len(names) + 1)]
    else:
        terms.append("rowid")
    return ", ".join(terms)
