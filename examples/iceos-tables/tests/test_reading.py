"""CSV texts as they come: delimiters, quotes, types, and what is refused."""

from pathlib import Path

import pytest

from iceos_tables.cells import Narrowing, typed
from iceos_tables.csv_read import csv_read


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ("only\n1\n", ","),
        ('a;b\n"x;y";2\n', ";"),
    ],
)
def test_the_delimiter_is_found(text: str, delimiter: str) -> None:
    assert csv_read(text=text).delimiter == delimiter


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "2", ""], "integer"),
        (["1", "2.5", "-3e2"], "number"),
        (["2014-01-02", "2014/01/03"], "date"),
        (["2014-02-30"], "string"),
        (["2014-01/03"], "string"),
        (["true", "FALSE"], "boolean"),
        (["true", "1"], "string"),
        (["007", "12"], "string"),
        (["0", "0.5"], "number"),
        (["9007199254740993"], "number"),
        (["1e999"], "string"),
        (["١"], "string"),
        (["", "NA", "null"], "string"),
    ],
)
def test_a_column_has_the_narrowest_type_that_all_its_values_fit(cells: list[str], expected: str) -> None:
    narrowing = Narrowing()
    for cell in cells:
        narrowing.add(cell)

    assert narrowing.column_type == expected


def test_dates_are_written_in_one_form_whatever_the_file_has() -> None:
    assert typed("2014/01/02", "date") == "2014-01-02"


def test_quoted_cells_may_hold_delimiters_quotes_and_line_breaks() -> None:
    rows = csv_read(text='name,note\n"a, b","she said ""no""\nand left"\n').rows

    assert rows == [{"name": "a, b", "note": 'she said "no"\nand left'}]


def test_reading_stops_at_the_limit_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    file.write_text("\ufeffn\r\n" + "".join(f"{n}\r\n" for n in range(10)), encoding="utf-8")

    read = csv_read(path=str(file), limit=3)

    assert (read.rows, read.truncated) == ([{"n": 0}, {"n": 1}, {"n": 2}], True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("a,a\n1,2\n", "the column `a` twice"),
        ("a,b\n1\n", "line 2 has 1 cells"),
        ('a,b\n"1,2\n', "line 2"),
        ('"a,b\n', "line 1"),
        ("a\n" + "x" * 200_000, "line 2: field larger than field limit"),
        (",".join(f"c{n}" for n in range(1001)), "1001 columns"),
    ],
)
def test_a_text_that_is_no_table_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        csv_read(text=text)


def test_one_source_has_to_be_given() -> None:
    with pytest.raises(ValueError, match="either `path` or `text`"):
        csv_read()
    with pytest.raises(ValueError, match="either `path` or `text`"):
        csv_read(path="a.csv", text="a\n")


def test_a_delimiter_is_one_character() -> None:
    with pytest.raises(ValueError, match="`delimiter` is one character"):
        csv_read(text="a\n", delimiter="::")
