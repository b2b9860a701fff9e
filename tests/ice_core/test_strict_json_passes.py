"""The quick passes of the strict parser against the rules held in full: the same value or the same refusal, always."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from ice_core import strict_json
from ice_core.errors import IceError
from ice_core.strict_json import MAX_DEPTH, JsonValue, parse_any_json, parse_sound_json
from ice_core.strict_json_in_full import read_in_full
from tests.ice_core.json_values import JSON_VALUES

PIECES = st.sampled_from(
    ["{", "}", "[", "]", '"', "\\", '\\"', "\\\\", "a", ":", ",", '"a":', "1", "0.5", "1e400", "-", "null", "NaN"]
    + [" ", "\n", "\\ud800", "\\uDC00", "\\u0061", "é", "[" * 40, "]" * 40, '{"a":' * 40, "}" * 40, '"a":1,']
)
DOCUMENTS = st.lists(PIECES, max_size=25).map("".join)


def _read(data: bytes) -> str:
    try:
        return repr(parse_any_json(data, where="x"))
    except IceError as error:
        return str(error.to_json())


def _read_in_full(data: bytes) -> str:
    try:
        text = strict_json.decode_text(data, where="x")
        return repr(read_in_full(data, text, where="x", deepest=MAX_DEPTH))
    except IceError as error:
        return str(error.to_json())


@given(DOCUMENTS)
@example('\\"' + "[" * 70)
@example('{"a":"\\\\","b":' + "[" * 70 + "]" * 70 + "}")
@example("]" * 70 + "[" * 70)
@example("[" * 65 + "}" * 65)
@example('["' + "[" * 70 + '"]')
@example(" \n{}")
@example("\x0c[]")
@example("[] \x0b")
@example('[1] "')
@example('{"a":1,"a":2' + "[" * 70)
def test_pieces_of_documents_are_read_alike(text: str) -> None:
    """Also what no parser accepts: the refusal names the same rule, place and value."""
    data = text.encode()

    assert _read_in_full(data) == _read(data)


@given(JSON_VALUES, st.integers(0, 4))
def test_documents_are_read_alike(value: JsonValue, indent: int) -> None:
    """With escapes and without, printed or not."""
    for plain in (True, False):
        data = json.dumps(value, indent=indent or None, ensure_ascii=plain).encode()

        assert _read_in_full(data) == _read(data)


@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from(['"]"', '"\\"["', '"\\\\"', "1"]))
def test_the_depth_that_is_certain_is_within_the_bound(first: int, second: int, leaf: str) -> None:
    """Of two branches the deeper one counts, brackets in strings do not."""
    branches = (f"{'[' * depth}{leaf}{']' * depth}" for depth in (first, second))
    data = "[{}]".format(",".join(branches)).encode()

    assert strict_json._is_shallow(data, MAX_DEPTH) == (max(first, second) < MAX_DEPTH)


@given(st.integers(1, 6).flatmap(lambda depth: st.tuples(st.just(depth), st.integers(0, 8))))
def test_a_lowered_depth_is_kept(case: tuple[int, int]) -> None:
    """The bound is the one in force."""
    depth, deepest = case
    data = b"[" * depth + b"]" * depth

    assert (depth <= deepest) == strict_json._is_shallow(data, deepest)


@given(JSON_VALUES)
def test_what_was_sound_before_is_read_as_the_same_value(value: JsonValue) -> None:
    data = json.dumps(value, separators=(",", ":")).encode()

    assert repr(parse_any_json(data, where="x")) == repr(parse_sound_json(data))
