"""The fast encoder against `rfc8785`: the same bytes for every value, and the slow way for what it writes otherwise."""

import math
from collections.abc import Iterator

import jsonschema_rs
import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from ice_core import canonical_encoding
from ice_core.canonical_encoding import encoded
from ice_core.strict_json import JsonObject, JsonValue
from tests.ice_core.json_values import JSON_OBJECTS, JSON_VALUES

# Doubles near each power of ten, where one form of number passes into the other.
NEAR_POWERS = [
    number
    for power in range(-320, 309)
    for number in (float(f"1e{power}"), math.nextafter(float(f"1e{power}"), 0), float(f"1.5e{power}"))
]
# The planes' ends in UTF-8 and in UTF-16, where the two orders part.
KEYS = st.text(st.sampled_from('a"\\\x00\x1f\x7f\x80\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff'), max_size=3)


@given(JSON_VALUES)
def test_every_value_has_the_bytes_of_the_rfc(value: JsonValue) -> None:
    """Whichever way they were made."""
    data = encoded(value)

    assert rfc8785.dumps(value) == data


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(-0.0)
@example(5e-324)
@example(1.7976931348623157e308)
@example(0.1 + 0.2)
def test_every_number_has_the_form_of_the_rfc(number: float) -> None:
    """Also inside arrays and objects, where the fast encoder is asked."""
    data = encoded({"a": [number, 1, number]})

    assert rfc8785.dumps({"a": [number, 1, number]}) == data


def test_numbers_near_each_power_of_ten_have_the_form_of_the_rfc() -> None:
    """Where digits give way to exponents, and what lies between two doubles."""
    differing = [number for number in NEAR_POWERS if encoded([number]) != rfc8785.dumps([number])]

    assert [] == differing


@given(st.dictionaries(KEYS, st.sampled_from([None, True, 0.0, 1, "x"]), max_size=6))
def test_members_are_in_the_order_of_the_rfc(value: JsonObject) -> None:
    """By UTF-16 code units, which beyond the first plane are not in the order of code points."""
    data = encoded([value])

    assert rfc8785.dumps([value]) == data


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_never_written_as_null(number: float) -> None:
    """The fast encoder would; a digest over it would stand for another value."""
    with pytest.raises(rfc8785.FloatDomainError):
        encoded({"a": number})
    with pytest.raises(rfc8785.FloatDomainError):
        encoded({"a": [None, number], "b": "x"})


@pytest.mark.parametrize("value", [{"a": 2**53}, {"a": -(2**63)}, {"a": 2**80}])
def test_an_inexact_integer_has_no_canonical_form(value: JsonValue) -> None:
    """RFC 8785 3.2.2.3 by way of I-JSON."""
    with pytest.raises(rfc8785.IntegerDomainError):
        encoded(value)


def test_half_a_pair_has_no_canonical_form() -> None:
    """There are no UTF-8 bytes for it."""
    with pytest.raises(rfc8785.CanonicalizationError):
        encoded(["\ud800"])


def test_nesting_beyond_the_fast_encoder_is_written_all_the_same() -> None:
    """The strict parser bounds it; a value that a program made may be deeper."""
    value: JsonValue = 1
    for _ in range(300):
        value = [value]

    assert b"[" * 300 + b"1" + b"]" * 300 == encoded(value)


class _OtherJson:
    """An encoder of another version, which orders or prints otherwise."""

    def __init__(self) -> None:
        self.asked = 0

    def to_string(self, value: object) -> str:
        """Counts, and writes something else."""
        self.asked += 1
        return "{}"


@pytest.fixture
def other_encoder(monkeypatch: pytest.MonkeyPatch) -> Iterator[_OtherJson]:
    """The encoder as a later version of its library might be."""
    other = _OtherJson()
    monkeypatch.setattr(jsonschema_rs.canonical, "json", other)
    canonical_encoding._encoder_is_known.cache_clear()
    yield other
    canonical_encoding._encoder_is_known.cache_clear()


def test_an_encoder_that_writes_something_else_is_not_used(other_encoder: _OtherJson) -> None:
    """A library that changes its form costs time and never a signature."""
    data = [encoded({"b": 1, "a": [0.0]}) for _ in range(3)]

    assert [b'{"a":[0],"b":1}'] * 3 == data
    assert 1 == other_encoder.asked


@given(JSON_OBJECTS)
def test_encoding_leaves_the_value_as_it_was(value: JsonObject) -> None:
    """Digests are taken over values that go on being used."""
    before = repr(value)

    encoded(value)

    assert before == repr(value)
