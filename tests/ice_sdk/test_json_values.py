"""Python values as JSON values: what passes unchanged, what is refused, and with which path."""

from collections import OrderedDict
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ice_core.canonical import canonical_bytes
from ice_core.strict_json import MAX_DEPTH, JsonValue, parse_any_json
from ice_sdk.json_values import NotJson, is_plain_json, to_json

JSON_VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=12,
)


def nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def holding_itself() -> list[object]:
    value: list[object] = []
    value.append(value)
    return value


@given(JSON_VALUES)
def test_a_json_value_stays_as_it_is(value: JsonValue) -> None:
    assert value == to_json(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_finite_number_keeps_its_canonical_form(number: float) -> None:
    if 2**53 <= abs(number) < 1e21:
        with pytest.raises(NotJson, match="beyond 2\\^53-1"):
            to_json(number)
    else:
        assert canonical_bytes(number) == canonical_bytes(to_json(number))


@given(st.floats(allow_nan=False, allow_infinity=False) | JSON_VALUES)
def test_what_passes_can_be_written_and_read_strictly(value: JsonValue) -> None:
    assume(not isinstance(value, float) or not 2**53 <= abs(value) < 1e21)

    assert value == parse_any_json(canonical_bytes(to_json(value)), where="the test")


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        ((1, 2), [1, 2]),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (range(3), [0, 1, 2]),
        (0.0, 0),
        (2.0, 2),
        (0.5, 0.5),
        (Decimal("0.0001"), 0.0001),
        (Decimal("3"), 3),
        (True, True),
    ],
)
def test_what_means_the_same_is_converted(given_value: object, expected: JsonValue) -> None:
    converted = to_json(given_value)

    assert expected == converted
    assert type(expected) is type(converted)


@pytest.mark.parametrize(
    ("given_value", "path", "reason"),
    [
        ({"a": [1, date(2026, 1, 2)]}, ".a[1]", "date"),
        ({1: "a"}, "", "member name 1"),
        (float("nan"), "", "nan is not a finite number"),
        ([float("inf")], "[0]", "inf is not a finite number"),
        (2**53, "", "2^53-1"),
        (-(2**53), "", "2^53-1"),
        ([1e17], "[0]", "1e+17 is beyond 2^53-1"),
        ([10**5000], "[0]", "an integer of 16610 bits is beyond 2^53-1"),
        (nested(65), "", "it nests deeper than 64 levels"),
        (nested(100_000), "", "it nests deeper than 64 levels"),
        ({"a": holding_itself()}, "", "it nests deeper than 64 levels"),
        (Decimal("0.12345678901234567890123"), "", "more digits"),
        (Decimal("NaN"), "", "not a finite number"),
        ("\ud800", "", "lone surrogate"),
        ([{"\ud800": 1}], "[0]", "lone surrogate"),
        (b"bytes", "", "bytes"),
        ({"a"}, "", "set"),
        (object, "", "type"),
    ],
    # An integer of that size cannot be a test's name.
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_json_cannot_say_is_refused_with_its_path(given_value: object, path: str, reason: str) -> None:
    with pytest.raises(NotJson) as refused:
        to_json(given_value)

    assert path == refused.value.path
    assert reason in refused.value.reason


def test_a_value_as_deep_as_json_is_read_stays_as_it_is() -> None:
    assert nested(64) == to_json(nested(64))


def test_further_kinds_are_texts_where_the_caller_says_so() -> None:
    assert {"on": ["2026-01-02"]} == to_json(
        {"on": [date(2026, 1, 2)]}, text_of=lambda item: str(item) if isinstance(item, date) else None
    )


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, True),
        (True, True),
        ({"a": [1, "x", {"b": None}]}, True),
        (2**53 - 1, True),
        (2**53, False),
        (1.5, False),
        ((1,), False),
        ({1: 2}, False),
        ("\u00e9", False),
        (b"", False),
        ([object()], False),
    ],
)
def test_what_is_plainly_json_is_told_without_a_copy(value: object, *, plain: bool) -> None:
    """Other kinds are left to the longer look, which takes some of them."""
    assert plain == is_plain_json(value)
    if plain:
        assert value == to_json(value)


def test_what_nests_too_deeply_or_holds_itself_is_not_plain() -> None:
    deep: list[object] = []
    for _ in range(MAX_DEPTH):
        deep = [deep]
    endless: list[object] = []
    endless += [endless, endless]

    assert [False, False] == [is_plain_json(deep), is_plain_json(endless)]
