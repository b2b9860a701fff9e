"""Profiles of the weather file and of rows with gaps."""

from pathlib import Path

from iceos_tables.table_profile import table_profile

WEATHER = str(Path(__file__).parents[2] / "data" / "seattle-weather.csv")


def test_the_weather_file_is_described() -> None:
    profile = table_profile(path=WEATHER)
    columns = {column.name: column for column in profile.columns}

    assert (profile.name, profile.rows) == ("seattle-weather.csv", 1461)
    assert [column.type for column in profile.columns] == ["date", "number", "number", "number", "number", "string"]
    assert (columns["date"].min, columns["date"].max) == ("2012-01-01", "2015-12-31")
    assert (columns["temp_max"].min, columns["temp_max"].max) == (-1.6, 35.6)
    assert columns["weather"].values == ["drizzle", "fog", "rain", "snow", "sun"]
    assert sum(column.missing for column in profile.columns) == 0


def test_missing_values_and_booleans_are_told_apart() -> None:
    profile = table_profile(rows=[{"ok": True, "n": 1}, {"ok": False}, {"ok": None, "n": 3}])

    ok, number = profile.columns

    assert (ok.type, ok.min, ok.max, ok.values, ok.mean) == ("boolean", False, True, [False, True], None)
    assert (number.count, number.missing, number.mean) == (2, 1, 2.0)


def test_a_column_with_many_texts_does_not_list_them() -> None:
    [column] = table_profile(rows=[{"word": f"w{n}"} for n in range(21)]).columns

    assert (column.distinct, column.values) == (21, [])


def test_a_table_without_columns_has_none() -> None:
    assert table_profile(rows=[]).columns == []
