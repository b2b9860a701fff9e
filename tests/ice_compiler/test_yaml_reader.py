"""YAML is read to the value that JSON has, with the place of each part; what readers disagree about is refused."""

import json
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from ice_compiler.yaml_reader import MAX_YAML_BYTES, read_yaml
from ice_core.document import Document, PathSteps
from ice_core.errors import IceError
from ice_core.json_places import json_spans
from ice_core.strict_json import MAX_INTEGER, JsonValue

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co")), max_size=8)
LEAVES = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.floats(-1e9, 1e9) | TEXT
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
)


def _value(text: str) -> JsonValue:
    return read_yaml(text, where="x.yaml")[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b", {"a": "b"}),
        ("a:", {"a": None}),
        ("a: null", {"a": None}),
        ("a: true\nb: false", {"a": True, "b": False}),
        ("a: 1\nb: -0.5\nc: 1e3", {"a": 1, "b": -0.5, "c": 1000.0}),
        ("a: '1'\nb: \"true\"\nc: '~'", {"a": "1", "b": "true", "c": "~"}),
        ("a: 1.2.3\nb: v1\nc: a/b\nd: .", {"a": "1.2.3", "b": "v1", "c": "a/b", "d": "."}),
        ("y: 1\nn: 2", {"y": 1, "n": 2}),
        ("a: {b: [c, {d: e}]}", {"a": {"b": ["c", {"d": "e"}]}}),
        ("- 1\n-\n  - 2", [1, [2]]),
        ("a: |\n  one\n  two\nb: >-\n  one\n  two\n", {"a": "one\ntwo\n", "b": "one two"}),
        ("# only a comment", None),
        ("---\na: 1\n...", {"a": 1}),
        ('{"a": [1, "\\u00e9", null]}', {"a": [1, "é", None]}),
    ],
)
def test_a_text_has_one_meaning(text: str, expected: JsonValue) -> None:
    """That of YAML 1.2 where all readers agree."""
    assert expected == _value(text)


@pytest.mark.parametrize(
    "text",
    "yes Yes NO on off ~ Null NULL True FALSE 012 0o17 0x1F 0b11 1_000 +1 .5 1. +.5 .inf -.INF .NaN 12:30 1:20:30 "
    "2026-01-01 2026-01-01T10:00:00Z << =".split(),
)
def test_a_value_that_readers_disagree_about_must_be_quoted(text: str) -> None:
    """The refusal points at it and says how to write it; quoted, it is a text."""
    with pytest.raises(IceError) as value:
        _value(f"a:\n  - {text}")
    with pytest.raises(IceError) as key:
        _value(f"{text}: 1")

    place = value.value.where
    assert place is not None
    assert ("yaml-ambiguous", 2, 5) == (value.value.slug, place.line, place.column)
    assert (f'If a text is meant, write `"{text}"`',) == value.value.finding.hints
    assert "yaml-ambiguous" == key.value.slug
    assert {"a": text} == _value(f'a: "{text}"')


@pytest.mark.parametrize(
    ("text", "slug", "line", "column"),
    [
        ("a: &x 1", "yaml-construct", 1, 4),
        ("a: &x [1]", "yaml-construct", 1, 4),
        ("a: *x", "yaml-construct", 1, 4),
        ("a: !!str x", "yaml-construct", 1, 4),
        ("a: !x {}", "yaml-construct", 1, 4),
        ("a: ! x", "yaml-construct", 1, 4),
        ("%YAML 1.1\n---\na: 1", "yaml-construct", 1, 1),
        ("%TAG ! x\n---\na: 1", "yaml-construct", 1, 1),
        ("a: 1\n---\nb: 1", "yaml-construct", 2, 1),
        ("? [a]\n: 1", "yaml-construct", 1, 3),
        ("1: x", "yaml-ambiguous", 1, 1),
        (": x", "yaml-ambiguous", 1, 1),
        ("a: 1\nb: 2\n'a': 3", "json-duplicate-member", 3, 1),
        ("a: {b: 1, b: 2}", "json-duplicate-member", 1, 11),
        (f"a: {MAX_INTEGER + 1}", "json-number-out-of-range", 1, 4),
        ("a: -99999999999999999999", "json-number-out-of-range", 1, 4),
        ("a: 1e400", "json-number-out-of-range", 1, 4),
        ('a: "\\ud800"', "json-lone-surrogate", 1, 4),
        ("[" * 65, "json-too-deep", 1, 65),
        ("\n".join("  " * level + "a:" for level in range(70)), "json-too-deep", 65, 129),
        ("a: [", "yaml-syntax", 1, 4),
        ("a: 'x", "yaml-syntax", 1, 4),
        ("a: b: c", "yaml-syntax", 1, 5),
        ("a: @x", "yaml-syntax", 1, 4),
        ("\ta: 1", "yaml-syntax", 1, 1),
        ("a: \x07", "yaml-syntax", 1, 4),
    ],
)
def test_what_is_not_plain_data_is_refused_at_its_place(
    text: str, slug: str, line: int | None, column: int | None
) -> None:
    """Whatever it is, it is refused before a value is built from it."""
    with pytest.raises(IceError) as refusal:
        _value(text)

    place = refusal.value.where
    assert place is not None
    assert (slug, line, column) == (refusal.value.slug, place.line, place.column)


def test_a_deep_text_never_ends_in_a_recursion_error() -> None:
    """A hundred thousand brackets, dashes or question marks cost a refusal."""
    for text in ("[" * 100_000, "- " * 5_000, "{a: " * 5_000):
        with pytest.raises(IceError) as refusal:
            _value(text)

        assert "json-too-deep" == refusal.value.slug


def test_a_large_yaml_is_refused_before_it_is_parsed() -> None:
    """Larger blueprints are written in JSON."""
    with pytest.raises(IceError) as refusal:
        _value("a: " + "x" * MAX_YAML_BYTES)

    assert "json-too-large" == refusal.value.slug


@given(VALUES)
def test_yaml_that_a_writer_makes_of_a_value_reads_back_as_that_value(value: JsonValue) -> None:
    """Whatever its style, unless a scalar is one that readers disagree about."""
    stream = StringIO()
    YAML(typ="safe", pure=True).dump(value, stream)
    try:
        read = _value(stream.getvalue())
    except IceError as error:
        assert error.slug in ("yaml-ambiguous", "yaml-construct")  # noqa: PT017  # the one thing a writer may leave bare
        return

    assert json.dumps(value, sort_keys=True) == json.dumps(read, sort_keys=True)


@given(VALUES, st.sampled_from([None, 2]))
def test_json_means_the_same_to_both_readers_and_each_part_is_where_it_is_said_to_be(
    value: JsonValue, indent: int | None
) -> None:
    """JSON is YAML here; each span of either reader, cut out and read again, is the part at its path."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    read, from_yaml = read_yaml(text, where="x.yaml")
    from_json = json_spans(text)

    assert json.dumps(value) == json.dumps(read)
    assert {path: (span.start, span.end, span.key) for path, span in from_json.items()} == {
        path: (span.start, span.end, span.key) for path, span in from_yaml.items()
    }
    for path, span in from_json.items():
        assert json.dumps(_part(value, path)) == json.dumps(json.loads(text[span.start : span.end]))
        assert span.key is None or path[-1] == json.loads(text[slice(*span.key)])


def _part(value: JsonValue, path: PathSteps) -> JsonValue:
    for step in path:
        if isinstance(value, dict):
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
    return value


def test_the_place_of_a_part_that_is_missing_is_the_name_of_what_should_hold_it() -> None:
    """Its nearest surroundings; the root is the first character."""
    text = "a:\n  b: [1, 2]\n"
    value, spans = read_yaml(text, where="x.yaml")
    assert isinstance(value, dict)
    document = Document("x.yaml", text, value, find_spans=lambda: spans)

    assert "x.yaml:2:3 at a.b[7].c" == str(document.place(("a", "b", 7, "c")).where)
    assert "x.yaml:1:1 at z" == str(document.place(("z",)).where)
    assert ("x.yaml:2:10 at a.b[1]", 1) == (
        str(document.place(("a", "b", 1)).where),
        document.place(("a", "b", 1)).length,
    )


def test_an_underline_stays_within_its_line() -> None:
    """A value of several lines is underlined to the end of the first."""
    text = "a: |\n  one\n  two\n"
    value, spans = read_yaml(text, where="x.yaml")
    assert isinstance(value, dict)
    document = Document("x.yaml", text, value, find_spans=lambda: spans)

    assert 1 == document.place(("a",)).length
    assert ("x.yaml:3:3 at a", 3) == (
        str(document.place(("a",), within=("two", 0)).where),
        document.place(("a",), within=("two", 0)).length,
    )
    assert "x.yaml:1:4 at a" == str(document.place(("a",), within=("three", 0)).where)
