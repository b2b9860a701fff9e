"""Plain values: the quick answer is that of the strict reader, copies share nothing, bounds are those of reading."""

import enum
import json
import math
import uuid
from collections import OrderedDict
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.errors import IceError
from ice_core.lowered_limits import lower, set_aside
from ice_core.plain_json import NotPlain, is_within_bounds, plain_copy, plain_text
from ice_core.strict_json import JsonValue, parse_any_json

NUMBERS = st.integers(-(2**60), 2**60) | st.floats() | st.integers(2**53 - 3, 2**53 + 3) | st.just(1e21)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


class Word(enum.Enum):
    A = "a"


class Name(str):
    """A text of its own kind."""


def nested(depth: int) -> JsonValue:
    value: JsonValue = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def endless() -> list[object]:
    value: list[object] = []
    value.append(value)
    return value


def parts(value: JsonValue) -> list[int]:
    """The identities of every array and object inside, itself included."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    own = [id(value)] if isinstance(value, dict | list) else []
    return own + [each for item in inner for each in parts(item)]


def read_back(value: JsonValue) -> "list[JsonValue]":
    """What strict JSON reads of the value's text; nothing where it refuses to."""
    try:
        return [parse_any_json(json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8"), where="it")]
    except (ValueError, IceError):
        return []


def has_whole_fractions(value: JsonValue) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return any(map(has_whole_fractions, inner))


@given(VALUES)
def test_what_is_copied_is_what_strict_json_reads(value: JsonValue) -> None:
    try:
        copy = plain_copy(value)
    except NotPlain:
        # A text may look like such a number, and is then gone through with more care.
        assert [] == read_back(value) or has_whole_fractions(value) or ".0" in str(value)
    else:
        assert [repr(copy)] == [repr(each) for each in read_back(value)]
        assert repr(value) == repr(copy)
        assert not set(parts(value)) & set(parts(copy))


@pytest.mark.parametrize(
    "value",
    [
        (1, 2),
        {"a": (1,)},
        OrderedDict(a=1),
        Name("a"),
        {Name("a"): 1},
        {1: "a"},
        Word.A,
        [True, {"a": Word.A}],
        uuid.UUID(int=1),
        date(2026, 1, 2),
        Decimal("1.5"),
        b"bytes",
        {"a"},
        object(),
        math.nan,
        [math.inf],
        2**53,
        10**5000,
        1e17,
        [1.0],
        -0.0,
        "\ud800",
        {"\ud800": 1},
        nested(65),
        nested(1000),
        endless(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_plain_is_not_copied(value: object) -> None:
    with pytest.raises(NotPlain):
        plain_copy(value)


def test_the_very_types_and_the_order_of_members_stay() -> None:
    value: JsonValue = {"b": [None, True, -1, 0.5, 1e21, "é\x00"], "a": {}}

    assert repr(value) == repr(plain_copy(value))


@pytest.mark.parametrize(("depth", "fits"), [(0, True), (1, True), (63, True), (64, True), (65, False), (300, False)])
@pytest.mark.parametrize("beside", [0, 100])
def test_a_value_may_be_as_deep_as_what_is_read(depth: int, beside: int, fits: bool) -> None:
    """However many arrays lie beside each other."""
    value: JsonValue = [nested(depth - 1), *[[] for _ in range(beside)]] if depth else 1

    assert fits == is_within_bounds(value)
    assert fits == bool(read_back(value))


def test_what_is_known_of_the_depth_is_not_looked_for() -> None:
    """Unless this machine reads less than that."""
    deep, flat = nested(65), nested(2)

    assert is_within_bounds(deep, levels=64)
    assert not is_within_bounds(deep, levels=65)
    with set_aside():
        lower({"json_depth": 1})

        assert not is_within_bounds(flat, levels=2)


def test_a_text_full_of_brackets_is_not_deep() -> None:
    assert is_within_bounds({"a": "[" * 1000, "b": ["{" * 1000]})


def test_lowered_limits_hold() -> None:
    with set_aside():
        lower({"json_depth": 3, "json_bytes": 30})
        found = [is_within_bounds(value) for value in (nested(3), nested(4), "x" * 28, "x" * 29)]
        copied = [plain_copy(nested(3)), plain_copy("x" * 28)]
        for value in (nested(4), "x" * 29):
            with pytest.raises(NotPlain):
                plain_copy(value)

    assert [True, False, True, False] == found
    assert [nested(3), "x" * 28] == copied


def test_a_text_is_written_without_spaces_and_in_order() -> None:
    assert b'{"b":"\xc3\xa9","a":[1,null]}' == plain_text({"b": "é", "a": [1, None]})


def test_what_no_text_can_say_is_not_plain() -> None:
    with pytest.raises(NotPlain, match="surrogates"):
        plain_text(["\ud800"])

    assert not is_within_bounds(["\ud800"])
