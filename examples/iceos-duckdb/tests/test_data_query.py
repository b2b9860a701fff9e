"""Queries over files of each kind, and each way out of the one file, shut."""

import datetime
import decimal
from pathlib import Path

import duckdb
import pytest

from iceos_duckdb.data_query import as_json, data_query

WEATHER = str(Path(__file__).parents[2] / "data" / "seattle-weather.csv")


def test_a_csv_file_is_queried() -> None:
    found = data_query(
        WEATHER, sql="SELECT year(date) AS year, max(temp_max) AS hottest FROM data GROUP BY 1 ORDER BY 1"
    )

    assert [list(row.values()) for row in found.rows] == [[2012, 34.4], [2013, 33.9], [2014, 35.6], [2015, 35.0]]
    assert [(column.name, column.type) for column in found.columns] == [("year", "BIGINT"), ("hottest", "DOUBLE")]


@pytest.mark.parametrize("ending", ["parquet", "json", "jsonl", "tsv"])
def test_each_kind_of_file_gives_the_same_rows(ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"it's one.{ending}"
    if ending == "parquet":
        quoted = str(file).replace("'", "''")
        duckdb.sql(f"COPY (SELECT 1 AS n, 'a' AS word UNION ALL SELECT 2, 'b') TO '{quoted}'")
    else:
        texts = {
            "json": '[{"n": 1, "word": "a"}, {"n": 2, "word": "b"}]',
            "jsonl": '{"n": 1, "word": "a"}\n{"n": 2, "word": "b"}\n',
            "tsv": "n\tword\n1\ta\n2\tb\n",
        }
        file.write_text(texts[ending], encoding="utf-8")

    found = data_query(str(file), sql="FROM data ORDER BY n")

    assert found.rows == [{"n": 1, "word": "a"}, {"n": 2, "word": "b"}]


def test_reading_stops_at_the_limit_and_says_so() -> None:
    found = data_query(WEATHER, limit=2)

    assert (len(found.rows), found.truncated) == (2, True)
    assert found.rows[0]["date"] == "2012-01-01"


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE x AS SELECT 1",
        "INSERT INTO data VALUES (1)",
        "COPY data TO 'out.csv'",
        "ATTACH 'other.db'",
        "SET threads = 8",
        "INSTALL httpfs",
        "PRAGMA version",
        "CALL pragma_version()",
        "EXPORT DATABASE 'folder'",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP VIEW data",
        "",
        "-- nothing",
    ],
)
def test_what_is_not_one_select_is_refused(sql: str) -> None:
    with pytest.raises(ValueError, match="`sql` is one SELECT, and this is"):
        data_query(WEATHER, sql=sql)


@pytest.mark.parametrize(
    "source",
    [
        "read_csv('{other}')",
        "read_text('{other}')",
        "read_blob('{other}')",
        "'{other}'",
        "glob('{folder}/*')",
        "read_csv('https://localhost/a.csv')",
        "query_table('{other}')",
        "query('SELECT * FROM read_text(''{other}'')')",
        "environment",
    ],
)
def test_no_other_file_can_be_reached(source: str, tmp_path: Path) -> None:
    other = tmp_path / "secret.csv"
    other.write_text("key\nxyzzy\n", encoding="utf-8")
    environment = {"not": "reached through the name of a variable"}

    with pytest.raises(ValueError, match="DuckDB refuses it"):
        data_query(WEATHER, sql=f"SELECT * FROM {source.format(other=other, folder=tmp_path)}")

    assert environment


def test_nothing_is_written_next_to_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("n\n1\n", encoding="utf-8")

    data_query(str(file))

    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert file.read_text(encoding="utf-8") == "n\n1\n"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("a.txt", "is none of"),
        ("gone.csv", "is no file"),
        (".", "is none of"),
        ("https://localhost/a.csv", "is no file"),
    ],
)
def test_what_is_no_file_of_a_known_kind_is_refused(path: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        data_query(path)


def test_a_name_that_is_a_pattern_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a[1].csv").write_text("n\n1\n", encoding="utf-8")

    with pytest.raises(ValueError, match="reads as a pattern"):
        data_query(str(tmp_path / "a[1].csv"))


@pytest.mark.parametrize("seconds", [0.2, 0.000001])
def test_a_query_that_takes_too_long_is_stopped(seconds: float) -> None:
    """Also where the time is over before the query begins."""
    endless = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range % 7 = b.range % 11"

    with pytest.raises(ValueError, match=f"took more than {seconds:g} s"):
        data_query(WEATHER, sql=endless, timeout_seconds=seconds)


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two columns `a`"):
        data_query(WEATHER, sql="SELECT 1 AS a, 2 AS a")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2**53, "9007199254740992"),
        (float("nan"), None),
        (decimal.Decimal("1.50"), 1.5),
        (datetime.datetime(2014, 1, 2, 3, 4), "2014-01-02T03:04:00"),
        (datetime.timedelta(days=1), "1 day, 0:00:00"),
        (b"\x00\xff", "00ff"),
        ([1, {"a": (True, None)}], [1, {"a": [True, None]}]),
    ],
)
def test_a_value_becomes_json_without_losing_what_it_says(value: object, expected: object) -> None:
    assert as_json(value) == expected


def test_a_value_that_json_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="CAST it to VARCHAR"):
        as_json(object())
