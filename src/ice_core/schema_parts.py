"""Objects and arrays near what two schemas say about them: bare, whole, and with one member or item varied."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Final, NamedTuple

from ice_core.pattern_texts import texts_of_pattern
from ice_core.schema_texts import texts_near, whole_number
from ice_core.shapes import ANYTHING, Conjunction, Shape, required, step_into, step_schemas
from ice_core.strict_json import JsonObject, JsonValue

# Values of the first shape: those that the second one refuses, and those that it takes.
ValuesOf = Callable[[Shape, Shape], tuple[list[JsonValue], list[JsonValue]]]

_MOST_ITEMS: Final = 300
_MOST_MEMBERS: Final = 64
_MOST_VARIED: Final = 6
_OTHER_NAMES: Final = ("x", "other", "a", "b", "z9")


class Place(NamedTuple):
    """What is known about the objects or arrays that are wanted.

    `conjunction` is one alternative of `narrow`, `hints` are all schemas that speak about the value, and `of` makes
    values of parts.
    """

    conjunction: Conjunction
    narrow: Shape
    wide: Shape
    hints: list[JsonObject]
    of: ValuesOf

    def part(self, step: str | int) -> list[JsonValue]:
        """Values of a member or item: one that both schemas take in front, then those that `wide` refuses."""
        schemas, _ = step_schemas(self.conjunction, step)
        return self.values(schemas, step_into(self.wide, step).shape or ANYTHING) if schemas is not None else []

    def values(self, schemas: list[JsonValue], wide: Shape) -> list[JsonValue]:
        """Values that keep all of `schemas`, in the order of `part`."""
        part = self.narrow.part(schemas[0] if len(schemas) == 1 else {"allOf": schemas} if schemas else True)
        refused, taken = self.of(part, wide)
        return [*taken[:1], *refused, *taken[1:]]

    def counts(self, least: str, most: str, *, at_most: int) -> list[int]:
        """Counts of members or items near what any of the schemas says, in order."""
        found = {0, 1, 2}
        for schema in self.hints:
            for keyword in (least, most):
                count = whole_number(schema.get(keyword))
                found |= {count - 1, count, count + 1} if count is not None else set()
        return [count for count in sorted(found) if 0 <= count <= at_most]


def objects_near(place: Place) -> list[JsonValue]:
    """Objects with the required members only, with all, and with each member varied, left out or added."""
    declared = _declared(place)
    others = _other_members(place, declared)
    needed = required(place.conjunction)
    bare = {name: values[0] for name, values in (declared | others).items() if name in needed}
    full = {**bare, **{name: values[0] for name, values in declared.items()}}
    found: list[JsonValue] = [bare, full, {}]
    found += [{**base, name: value} for name, value in _varied(others) for base in (bare, full)]
    found += [{**base, name: value} for name, value in _varied(declared) for base in (bare, full)]
    found += [{kept: value for kept, value in full.items() if kept != name} for name in full]
    found += _sized(place, full, others)
    found += _pairs(bare, declared)
    return found


def _varied(parts: Mapping[str, list[JsonValue]]) -> Iterator[tuple[str, JsonValue]]:
    # The most telling value of each member before the second of any.
    for index in range(1, 1 + max((len(values) for values in parts.values()), default=0)):
        for name, values in parts.items():
            if index < len(values):
                yield name, values[index]
            elif index == 1 and values:
                yield name, values[0]


def _declared(place: Place) -> dict[str, list[JsonValue]]:
    names = {
        str(name): None
        for schema in place.hints
        for keyword in ("properties", "required", "dependentRequired", "dependentSchemas")
        for name in _names(schema.get(keyword))
    }
    found: dict[str, list[JsonValue]] = {}
    for name in islice(names, _MOST_MEMBERS):
        values = place.part(name) if _is_declared(place, name) else _undeclared(place, name)
        if values:
            found[name] = values
    return found


def _is_declared(place: Place, name: str) -> bool:
    return any(name in _names(schema.get("properties")) for schema in place.conjunction)


def _undeclared(place: Place, name: str) -> list[JsonValue]:
    # JSON Schema lets an object have what it does not declare, unless it says otherwise.
    schemas: list[JsonValue] = [True]
    for schema in place.conjunction:
        patterns = schema.get("patternProperties")
        schemas += patterns.values() if isinstance(patterns, dict) else ()
        schemas += [schema["additionalProperties"]] if "additionalProperties" in schema else []
    wide = step_into(place.wide, name).shape or ANYTHING
    found = [value for part in schemas for value in place.values([part], wide)]
    return found[: _MOST_VARIED * 4]


def _other_members(place: Place, declared: Mapping[str, list[JsonValue]]) -> dict[str, list[JsonValue]]:
    names: dict[str, None] = {}
    for schema in place.hints:
        for pattern in _names(schema.get("patternProperties")):
            names.update(dict.fromkeys(texts_of_pattern(pattern)))
        about = schema.get("propertyNames")
        near = texts_near([about])[:_MOST_VARIED] if isinstance(about, dict) else []
        names.update({name: None for name in near if isinstance(name, str)})
    names.update(dict.fromkeys(_OTHER_NAMES))
    free = [name for name in names if name not in declared][:_MOST_VARIED]
    return {name: values for name in free if (values := _undeclared(place, name))}


def _sized(place: Place, full: JsonObject, others: Mapping[str, list[JsonValue]]) -> list[JsonValue]:
    found: list[JsonValue] = []
    value: JsonValue = next(iter(others.values()), [None])[0]
    for count in place.counts("minProperties", "maxProperties", at_most=_MOST_ITEMS):
        more: JsonObject = {f"m{index}": value for index in range(count)}
        sized: JsonObject = dict([*full.items(), *more.items()][:count])
        found.append(sized)
    return found


def _pairs(bare: JsonObject, declared: Mapping[str, list[JsonValue]]) -> list[JsonValue]:
    few = {name: values[:4] for name, values in islice(declared.items(), 5)}
    return [
        {**bare, one: first, other: second}
        for one in few
        for other in few
        if one < other
        for first in few[one]
        for second in few[other]
    ]


def arrays_near(place: Place) -> list[JsonValue]:
    """Arrays of each length that matters, with one item varied, and with one item twice."""
    first = max((len(_items(schema.get("prefixItems"))) for schema in place.hints), default=0)
    parts = [place.part(index) for index in range(min(first, _MOST_VARIED) + 1)]
    parts[-1] += [value for values in _contained(place) for value in values]
    found: list[JsonValue] = [[]]
    for count in place.counts("minItems", "maxItems", at_most=_MOST_ITEMS) + [*range(len(parts) + 1)]:
        items = _filled(parts, count)
        if len(items) < count:
            continue
        found += [items, _filled(parts, count, repeated=True)]
        for index in range(min(count, len(parts))):
            found += [[*items[:index], value, *items[index + 1 :]] for value in parts[index][: _MOST_VARIED * 2]]
    for value in parts[-1][: _MOST_VARIED * 2]:
        found += [[*_filled(parts, len(parts) - 1), *[value] * count] for count in (1, 2)]
    return found


def _filled(parts: list[list[JsonValue]], count: int, *, repeated: bool = False) -> list[JsonValue]:
    # Different items as long as there are any, since they may have to be.
    items: list[JsonValue] = []
    for index in range(count):
        values = parts[min(index, len(parts) - 1)]
        if not values:
            break
        turn = 0 if repeated or index < len(parts) - 1 else index - (len(parts) - 1)
        items.append(values[turn % len(values)])
    return items


def _contained(place: Place) -> Iterator[list[JsonValue]]:
    for schema in place.conjunction:
        if "contains" in schema:
            beyond, _ = step_schemas(place.conjunction, _MOST_ITEMS)
            yield place.values([*(beyond or []), schema["contains"]], ANYTHING)


def _names(value: JsonValue) -> list[str]:
    return [str(name) for name in value] if isinstance(value, dict | list) else []


def _items(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
