"""JSON values that `strict_json` accepts, as hypothesis strategies."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ice_core.strict_json import MAX_INTEGER, JsonObject, JsonValue

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def _survives(number: float) -> bool:
    # An integral number that is not exact as an integer is refused by the parser, however it is spelled.
    return not (number.is_integer() and MAX_INTEGER < abs(number) < 1e21)


SCALARS: SearchStrategy[JsonValue] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-MAX_INTEGER, MAX_INTEGER),
    st.floats(allow_nan=False, allow_infinity=False).filter(_survives),
    TEXTS,
)


def _deeper(values: SearchStrategy[JsonValue]) -> SearchStrategy[JsonValue]:
    return st.one_of(st.lists(values, max_size=4), st.dictionaries(TEXTS, values, max_size=4))


JSON_VALUES: SearchStrategy[JsonValue] = st.recursive(SCALARS, _deeper, max_leaves=20)
JSON_OBJECTS: SearchStrategy[JsonObject] = st.dictionaries(TEXTS, JSON_VALUES, max_size=5)
