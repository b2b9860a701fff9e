"""Columns, counts and JSON: what is printed stays aligned, readable, and cannot move the cursor."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_cli import output
from ice_core.errors import IceError
from ice_core.strict_json import JsonValue

CELLS = st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def test_rows_become_columns_two_spaces_apart() -> None:
    """The last column is not padded, so that no line ends with spaces."""
    assert output.columns([("KEY", "SIGNS", "VALID"), ("acme-2026", "*", "always")]) == [
        "KEY        SIGNS  VALID",
        "acme-2026  *      always",
    ]


def test_no_rows_are_no_lines() -> None:
    assert [] == output.columns([])


def test_an_empty_last_cell_leaves_no_spaces() -> None:
    assert ["a  b", "c"] == output.columns([("a", "b"), ("c", "")])


@given(st.integers(1, 5).flatmap(lambda width: st.lists(st.tuples(*[CELLS] * width), min_size=1, max_size=8)))
def test_each_column_begins_at_one_place_in_every_line(rows: list[tuple[str, ...]]) -> None:
    lines = output.columns(rows)
    starts = [0]
    for index in range(len(rows[0]) - 1):
        starts.append(starts[-1] + max(len(row[index]) for row in rows) + 2)

    assert len(rows) == len(lines)
    for row, text in zip(rows, lines, strict=True):
        assert list(row) == [text[start : start + len(cell)] for start, cell in zip(starts, row, strict=True)]


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 wheels"), (1, "1 wheel"), (2, "2 wheels"), (1000, "1000 wheels")]
)
def test_a_count_agrees_with_its_word(number: int, expected: str) -> None:
    assert expected == output.counted(number, "wheel")


@given(VALUES)
def test_json_reads_back_as_the_value_it_was(value: JsonValue) -> None:
    assert value == json.loads(output.json_text(value))
    assert value == json.loads(output.json_text(value, indent=2))


@given(st.text())
def test_json_holds_nothing_that_a_terminal_would_obey_or_hide(text: str) -> None:
    """Control characters, bidi marks and zero-width characters are escapes; programs read the same."""
    printed = output.json_text({"text": text})

    assert [] == [char for char in printed if unicodedata.category(char) in ("Cc", "Cf", "Co", "Zl", "Zp")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zürich", '"Zürich"'),
        ("\x1b[2J", '"\\u001b[2J"'),
        ("\x7f", '"\\u007f"'),
        ("\u202e", '"\\u202e"'),
        ("\U000e0001", '"\\udb40\\udc01"'),
        ("a\nb", '"a\\nb"'),
    ],
    ids=["letters", "escape", "delete", "bidi", "tag", "line end"],
)
def test_letters_stay_letters_and_the_rest_is_escaped(text: str, expected: str) -> None:
    assert expected == output.json_text(text)


def test_data_and_words_go_to_different_streams(capsys: pytest.CaptureFixture[str]) -> None:
    output.data({"a": 1})
    output.say("words")
    output.line("a line")
    output.say()

    printed = capsys.readouterr()
    assert '{\n  "a": 1\n}\na line\n' == printed.out
    assert "words\n\n" == printed.err


def test_raw_bytes_are_not_touched(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """A manifest's bytes are what was hashed: no line end is translated, nothing is added."""
    output.raw(b"{}\r\n\xff")

    assert b"{}\r\n\xff" == capfdbinary.readouterr().out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "full"),
        (["compile", "x.json", "--json"], "json"),
        (["compile", "--output-format", "sarif", "x.json"], "sarif"),
        (["compile", "--output-format=github", "x.json"], "github"),
        (["compile", "--output-format", "github", "--output-format", "concise"], "concise"),
        (["compile", "--output-format=xml"], "full"),
        (["compile", "--output-format"], "full"),
        (["compile", "sarif"], "full"),
    ],
)
def test_the_form_is_known_before_arguments_are_parsed(words: list[str], expected: str) -> None:
    """A refusal of the arguments themselves keeps it; the last one counts, as it does for the command."""
    assert expected == output.asked_form(words)


def test_json_is_one_of_the_forms() -> None:
    assert "json" == output.chosen_form(None, as_json=True) == output.chosen_form("json", as_json=True)
    assert "full" == output.chosen_form(None, as_json=False)
    assert "sarif" == output.chosen_form("sarif", as_json=False)


def test_two_forms_at_once_are_refused() -> None:
    with pytest.raises(IceError, match="`--json` and `--output-format sarif` ask for two forms") as raised:
        output.chosen_form("sarif", as_json=True)

    assert "usage" == raised.value.slug
