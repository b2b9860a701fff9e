"""Queries over rows and over the weather file, and what is refused."""

import math
from pathlib import Path

import pytest

from iceos_tables.cells import Scalar
from iceos_tables.table import ColumnPart
from iceos_tables.table_query import Aggregate, Filter, Order, TableQuery, table_query

WEATHER = str(Path(__file__).parents[2] / "data" / "seattle-weather.csv")
ROWS: list[dict[str, Scalar]] = [
    {"day": "2014-01-01", "city": "Bergen", "rain": 11.5, "wet": True},
    {"day": "2014-01-02", "city": "Cairo", "rain": None, "wet": False},
    {"day": "2014-02-01", "city": "Bergen", "rain": 0.1, "wet": True},
    {"day": "2015-02-01", "city": "O'Fallon", "rain": 0.2, "wet": True},
]


def asked(**query: object) -> list[list[Scalar]]:
    result = table_query(TableQuery.model_validate({"rows": ROWS, **query}))
    return [list(row.values()) for row in result.rows]


@pytest.mark.parametrize(
    ("condition", "cities"),
    [
        ({"op": "eq", "column": "city", "value": "Cairo"}, ["Cairo"]),
        ({"op": "ne", "column": "city", "value": "Bergen"}, ["Cairo", "O'Fallon"]),
        ({"op": "gt", "column": "rain", "value": 0.1}, ["Bergen", "O'Fallon"]),
        ({"op": "le", "column": "rain", "value": 0.1}, ["Bergen"]),
        ({"op": "lt", "column": "day", "value": "2014-01-02"}, ["Bergen"]),
        ({"op": "ge", "column": "day", "part": "year", "value": 2015}, ["O'Fallon"]),
        ({"op": "eq", "column": "day", "part": "month", "value": 2}, ["Bergen", "O'Fallon"]),
        ({"op": "eq", "column": "day", "part": "year_month", "value": "2014-01"}, ["Bergen", "Cairo"]),
        ({"op": "contains", "column": "city", "value": "'fall"}, ["O'Fallon"]),
        ({"op": "in", "column": "city", "value": ["Cairo", "O'Fallon"]}, ["Cairo", "O'Fallon"]),
        ({"op": "missing", "column": "rain"}, ["Cairo"]),
        ({"op": "present", "column": "rain"}, ["Bergen", "Bergen", "O'Fallon"]),
        ({"op": "eq", "column": "wet", "value": False}, ["Cairo"]),
        ({"op": "eq", "column": "city", "value": "x' OR '1'='1"}, []),
    ],
)
def test_a_filter_keeps_what_it_says(condition: dict[str, object], cities: list[str]) -> None:
    assert asked(columns=["city"], filters=[condition]) == [[city] for city in cities]


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        ({"function": "count"}, 4),
        ({"function": "count", "column": "rain"}, 3),
        ({"function": "count_distinct", "column": "city"}, 3),
        ({"function": "sum", "column": "rain"}, 11.8),
        ({"function": "mean", "column": "rain"}, 11.8 / 3),
        ({"function": "min", "column": "city"}, "Bergen"),
        ({"function": "max", "column": "day"}, "2015-02-01"),
        ({"function": "max", "column": "wet"}, True),
    ],
)
def test_a_figure_is_right(aggregate: dict[str, object], expected: Scalar) -> None:
    found = asked(aggregates=[aggregate])

    assert found == [[expected]]
    assert type(found[0][0]) is type(expected)


def test_a_sum_is_exact_before_it_is_rounded() -> None:
    rows: list[dict[str, Scalar]] = [{"n": 0.1}] * 10

    result = table_query(TableQuery(rows=rows, aggregates=[Aggregate(function="sum", column="n")]))

    assert result.rows == [{"sum_n": 1.0}]
    assert math.fsum([0.1] * 10) == 1.0 != sum([0.1] * 10, start=0.1) - 0.1


def test_groups_come_in_the_order_that_is_asked_for() -> None:
    found = asked(
        group_by=[{"column": "day", "part": "year"}],
        aggregates=[{"function": "count", "name": "days"}],
        order_by=[{"by": "days", "descending": True}],
    )

    assert found == [[2014, 3], [2015, 1]]


def test_the_weather_file_gives_known_figures() -> None:
    result = table_query(
        TableQuery(
            path=WEATHER,
            filters=[Filter(column="date", part="year", value=2014), Filter(column="precipitation", op="gt", value=0)],
            group_by=[ColumnPart(column="weather")],
            aggregates=[Aggregate(function="count"), Aggregate(function="max", column="temp_max")],
            order_by=[Order(by="count", descending=True)],
            limit=2,
        )
    )

    assert (result.matched, result.truncated) == (150, True)
    assert result.columns == ["weather", "count", "max_temp_max"]
    assert [row["weather"] for row in result.rows] == ["fog", "sun"]


def test_rows_without_any_member_are_counted() -> None:
    assert table_query(TableQuery(rows=[])).rows == [{"count": 0}]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"columns": ["rian"]}, "did you mean `rain`"),
        ({"columns": ["c0; DROP TABLE t"]}, "is not a column of `rows`"),
        ({"filters": [{"column": "rain", "part": "year", "value": 1}]}, "`rain` of `rows` is of type number"),
        ({"filters": [{"column": "rain", "op": "eq"}]}, "compares `rain` with one value"),
        ({"filters": [{"column": "rain", "op": "in", "value": 1}]}, "compares `rain` with a list"),
        ({"aggregates": [{"function": "sum", "column": "city"}]}, "`sum` needs numbers"),
        ({"aggregates": [{"function": "mean"}]}, "`mean` needs a `column`"),
        ({"aggregates": [{"function": "count"}, {"function": "count"}]}, "two columns `count`"),
        ({"columns": ["city"], "aggregates": [{"function": "count"}]}, "either `columns`, or"),
        ({"columns": ["city"], "order_by": [{"by": "rain"}]}, "`rain` is not a column of the result"),
        ({"path": "a.csv"}, "either `path` or `rows`"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_in_words(query: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        asked(**query)
