"""Inputs and budgets as they are typed: text stays text, JSON becomes JSON, money stays decimal."""

import json
from decimal import Decimal
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_cli.run_inputs import Dollars, read_inputs
from ice_core.errors import IceError
from ice_core.strict_json import JsonObject, JsonValue

TEXT: JsonObject = {"properties": {"x": {"type": "string"}}}
ANY: JsonObject = {"properties": {"x": {}}}


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_what_a_text_input_is_given_arrives_as_it_was_typed(text: str) -> None:
    """Whatever it looks like, and however many equals signs it holds."""
    assert {"x": text} == read_inputs((f"x={text}",), None, TEXT)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(alphabet="abc\"' é", max_size=6),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=8,
    )
)
def test_json_given_to_any_other_input_is_that_value(value: JsonValue) -> None:
    assert {"x": value} == read_inputs((f"x={json.dumps(value)}",), None, ANY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rain", "rain"),
        ("", ""),
        ("1.50", 1.5),
        ("1e400", "1e400"),
        ("NaN", "NaN"),
        ("[1,]", "[1,]"),
        ('{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
        ("2026-01-31", "2026-01-31"),
    ],
)
def test_what_is_not_strict_json_is_text(text: str, expected: JsonValue) -> None:
    """Nothing is repaired or guessed: two readers could differ about a member that is there twice."""
    assert {"x": expected} == read_inputs((f"x={text}",), None, ANY)


@pytest.mark.parametrize("schema", [{}, {"properties": []}, {"properties": {"x": True}}, {"properties": {"y": {}}}])
def test_an_input_that_no_schema_describes_is_read_as_json(schema: JsonObject) -> None:
    """The blueprint's schema refuses it afterwards, with a place."""
    assert {"x": 3} == read_inputs(("x=3",), None, schema)


def test_the_last_word_for_a_name_wins() -> None:
    assert {"x": 2, "y": 3} == read_inputs(("x=1", "y=3", "x=2"), None, {})


def test_the_file_comes_first_and_words_over_it(tmp_path: Path) -> None:
    file = tmp_path / "inputs.json"
    file.write_text('{"x": 1, "y": {"deep": [true]}}')

    assert {"x": 5, "y": {"deep": [True]}} == read_inputs(("x=5",), file, {})


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("[1]", "json-root-not-object"),
        ("{", "json-syntax"),
        ('{"x": 1, "x": 2}', "json-duplicate-member"),
        ('{"x": 9007199254740993}', "json-number-out-of-range"),
    ],
)
def test_an_inputs_file_is_strict_json(tmp_path: Path, text: str, slug: str) -> None:
    """The file is named, so that the finding has a place."""
    file = tmp_path / "inputs.json"
    file.write_text(text)

    with pytest.raises(IceError) as refusal:
        read_inputs((), file, {})

    assert slug == refusal.value.slug
    assert str(file) in str(refusal.value.finding.where)


@pytest.mark.parametrize("pair", ["x", "=1", "", "x:1"])
def test_a_word_without_a_name_or_an_equals_sign_is_a_usage_error(pair: str) -> None:
    with pytest.raises(IceError) as refusal:
        read_inputs((pair,), None, {})

    assert ("usage", f"`--input {pair}` is not of the form NAME=VALUE") == (
        refusal.value.slug,
        refusal.value.finding.message,
    )


@given(st.decimals(min_value=0, max_value=10**9, places=8))
def test_a_budget_keeps_every_digit(amount: Decimal) -> None:
    """Money never passes through a float."""
    assert amount == Dollars().convert(f"{amount:f}", None, None)


@pytest.mark.parametrize("text", ["dear", "", "-0.01", "NaN", "-Infinity", "Infinity", "1,5", "0x10"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter) as refusal:
        Dollars().convert(text, None, None)

    assert f"{text!r} is not an amount" in refusal.value.message
