"""Values of one schema that lie near its bounds and near those of another: the candidates for a counter-example.

They are made part by part: of each member and item, first a value that both schemas take, then those that only the
first one takes; one part is varied at a time. The work is bounded; what is not found proves nothing.
"""

from collections.abc import Iterable
from itertools import islice, zip_longest
from typing import Final

from ice_core.contracts import Contract, compiled
from ice_core.errors import IceError
from ice_core.schema_parts import Place, arrays_near, objects_near
from ice_core.schema_texts import named_values, numbers_near, texts_near
from ice_core.shapes import Conjunction, Shape, alternatives, beside, enumerated, types_of
from ice_core.strict_json import JsonValue

MAX_DEPTH: Final = 24
MAX_CALLS: Final = 300
MOST_WITHIN_ITSELF: Final = 2
_MOST_KEPT: Final = 12  # of those that the other schema refuses, and as many of those that it takes
_MOST_TRIED: Final = 1000
_ANY_TYPE: Final = ("null", "string", "number", "boolean", "object", "array")
_PLAIN: Final[tuple[JsonValue, ...]] = (None, "a", 0, True, {}, [], 1.5, "", False)


def contract_of(shape: Shape) -> Contract:
    """The contract of a shape.

    Raises:
        IceError: `schema-invalid`.
    """
    return compiled(shape.standalone(), where="schema")


class Instances:
    """One bounded search for values of schemas and of their parts."""

    def __init__(self) -> None:
        self._calls = 0
        self._above: list[str] = []
        self._known: dict[tuple[str, str, int], tuple[list[JsonValue], list[JsonValue]]] = {}

    def of(self, narrow: Shape, wide: Shape, depth: int = MAX_DEPTH) -> tuple[list[JsonValue], list[JsonValue]]:
        """Values of `narrow`: those that `wide` refuses, and those that it takes."""
        name = repr(narrow.schema)
        # What is within itself is gone into twice, so that a value shows its way and ends.
        key = (name, repr(wide.schema), depth if self._above.count(name) < MOST_WITHIN_ITSELF else 0)
        if key not in self._known:
            self._above.append(name)
            self._known[key] = self._values(narrow, wide, key[2])
            self._above.pop()
        refused, taken = self._known[key]
        return [*refused], [*taken]

    def _values(self, narrow: Shape, wide: Shape, depth: int) -> tuple[list[JsonValue], list[JsonValue]]:
        self._calls += 1
        refused: list[JsonValue] = []
        taken: list[JsonValue] = []
        try:
            mine, other = contract_of(narrow), contract_of(wide)
        except IceError:
            return refused, taken
        for value in _distinct(self._candidates(narrow, wide, depth)):
            if mine.is_kept_by(value):
                found = taken if other.is_kept_by(value) else refused
                if len(found) < _MOST_KEPT:
                    found.append(value)
                elif len(refused) == len(taken):
                    break
        return refused, taken

    def _candidates(self, narrow: Shape, wide: Shape, depth: int) -> Iterable[JsonValue]:
        hints = [*beside(narrow), *beside(wide)]
        named = [value for schema in hints for value in named_values(schema)]
        if depth == 0 or self._calls > MAX_CALLS:
            return [*named, *_PLAIN]
        found: list[list[JsonValue]] = [named]
        known = alternatives(narrow)
        for conjunction in known if known is not None else [({},)]:
            values = enumerated(conjunction)
            if values is not None:
                found.append(values)
            else:
                place = Place(conjunction, narrow, wide, hints, lambda one, other: self.of(one, other, depth - 1))
                found += [_of_type(name, place) for name in _type_names(conjunction)]
        return islice(_in_turn(found), _MOST_TRIED)


def _of_type(name: str, place: Place) -> list[JsonValue]:
    if name == "object":
        return objects_near(place)
    if name == "array":
        return arrays_near(place)
    if name == "string":
        return texts_near(place.hints)
    if name in ("integer", "number"):
        return numbers_near(place.hints)
    return [None] if name == "null" else [True, False]


def _type_names(conjunction: Conjunction) -> list[str]:
    types = types_of(conjunction)
    return [*_ANY_TYPE] if types is None else sorted(types)


def _in_turn(lists: list[list[JsonValue]]) -> Iterable[JsonValue]:
    # One of each in turn, so that no alternative uses up what may be tried.
    missing = object()
    for row in zip_longest(*lists, fillvalue=missing):
        yield from (value for value in row if value is not missing)  # type: ignore[misc]  # what is missing is left out


def _distinct(values: Iterable[JsonValue]) -> Iterable[JsonValue]:
    seen: set[str] = set()
    for value in values:
        key = repr(value)
        if key not in seen:
            seen.add(key)
            yield value
