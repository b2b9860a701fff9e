"""Where a part of a blueprint stands, and how values and paths are shown."""

import pytest

from ice_compiler.parse import read_document
from ice_core.document import Document, PathSteps, json_words, parts_of, path_text
from ice_core.strict_json import JsonValue

YAML = """id: x
block: |
  one | two
  three | {{ a | b }}
folded: >-
  it's > that
single: 'it''s a "quote"'
double: "it's a \\"quote\\" | too"
flow: {list: [1, "two", {deep: three}], empty: {}}
plain: a > b | c
"""
JSON = '{"id": "x", "a": {"b": ["é", "\\u00e9", {"c": "q \\" r"}]},\n\t"d": -1.5e3}'


def _underlined(document: Document, steps: PathSteps, **how: "bool | tuple[str, int]") -> str:
    within, key = how.get("within"), how.get("key")
    place = document.place(steps, key=key is True, within=within if isinstance(within, tuple) else None)
    assert place.where.line is not None
    assert place.where.column is not None
    start = place.where.column - 1
    return document.text.split("\n")[place.where.line - 1][start : start + place.length]


@pytest.mark.parametrize(
    ("steps", "within", "line", "expected"),
    [
        (("block",), ("|", 0), 3, "|"),  # not the bar that opens the block
        (("block",), ("|", 1), 4, "|"),
        (("block",), ("{{ a", 0), 4, "{{ a"),
        (("folded",), (">", 0), 6, ">"),
        (("folded",), ("'", 0), 6, "'"),
        (("single",), ('"', 1), 7, '"'),
        (("double",), ("'", 0), 8, "'"),
        (("double",), ("| too", 0), 8, "| too"),
        (("plain",), ("|", 0), 10, "|"),
        (("plain",), (">", 0), 10, ">"),
    ],
)
def test_a_piece_of_a_text_is_found_behind_what_opens_the_text(
    steps: PathSteps, within: tuple[str, int], line: int, expected: str
) -> None:
    """Quotes, bars and arrows of YAML's own are not the text's."""
    document = read_document(YAML.encode(), where="x.yaml")
    place = document.place(steps, within=within)

    assert (line, expected) == (place.where.line, _underlined(document, steps, within=within))


def test_the_opening_quote_is_not_a_piece_of_the_text() -> None:
    """In a text that begins with the same character."""
    document = read_document(b'{"a": "\\"b\\""}', where="x.json")

    assert 9 == document.place(("a",), within=('"', 0)).where.column


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (("flow", "list", 0), "1"),
        (("flow", "list", 1), '"two"'),
        (("flow", "list", 2, "deep"), "three"),
        (("flow", "empty"), "{}"),
        (("single",), "'it''s a \"quote\"'"),
    ],
)
def test_a_value_is_underlined_whole(steps: PathSteps, expected: str) -> None:
    """With its quotes and brackets."""
    assert expected == _underlined(read_document(YAML.encode(), where="x.yaml"), steps)


@pytest.mark.parametrize(
    ("steps", "key", "expected"),
    [
        (("a", "b", 1), False, '"\\u00e9"'),
        (("a", "b", 2, "c"), False, '"q \\" r"'),
        (("a", "b", 2, "c"), True, '"c"'),
        (("d",), False, "-1.5e3"),
        (("a", "b", 7), False, '"b"'),  # what should hold it
        (("a", "z", "y"), False, '"a"'),
        (("z",), False, "{"),
    ],
)
def test_a_part_of_json_is_where_it_is_written(steps: PathSteps, key: bool, expected: str) -> None:
    """Its value, its name, or the name of what is around it."""
    assert expected == _underlined(read_document(JSON.encode(), where="x.json"), steps, key=key)


def test_a_line_that_ends_in_cr_lf_counts_once() -> None:
    """And the carriage return is not underlined."""
    document = read_document(YAML.replace("\n", "\r\n").encode(), where="x.yaml")
    place = document.place(("plain",))

    assert (10, 8, len("a > b | c")) == (place.where.line, place.where.column, place.length)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (-0.5, "-0.5"),
        ("é\n", '"é\\n"'),
        ([], "[]"),
        ({}, "{}"),
        ([1], "an array"),
        ({"a": 1}, "an object"),
        ("x" * 100, '"' + "x" * 79 + "…"),
    ],
)
def test_a_value_is_shown_as_json_writes_it(value: JsonValue, expected: str) -> None:
    """Not as Python does."""
    assert expected == json_words(value)


def test_every_part_of_a_value_has_its_path() -> None:
    """The value itself first; paths are shown as a reference would write them."""
    paths = [path_text(steps) for steps, _ in parts_of({"a": [1, {"b": None}], "c": {}})]

    assert ["", "a", "a[0]", "a[1]", "a[1].b", "c"] == paths
