"""JSON values as Python literals: the same value, in ASCII, on lines that a formatter leaves alone."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk.python_literals import call_text, text_literal, value_literal

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_a_literal_is_its_value(value: JsonValue) -> None:
    text = value_literal(value)

    assert value == ast.literal_eval(text)
    assert text.isascii()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", '"a"'),
        ('say "a"', "'say \"a\"'"),
        ("it's", '"it\'s"'),
        ('it\'s "a"', '"it\'s \\x22a\\x22"'),
        ("\n\\", '"\\n\\\\"'),
        ("\u202e", '"\\u202e"'),
    ],
)
def test_a_text_has_the_quotes_that_need_fewer_escapes(text: str, expected: str) -> None:
    assert expected == text_literal(text)


def test_arguments_stand_one_below_the_other() -> None:
    arguments: JsonObject = {"a": 1e30, "b": [None], "c": {}}

    assert "f(\n    a=1e30,\n    b=[\n        None,\n    ],\n    c={},\n)" == call_text("f", arguments)
