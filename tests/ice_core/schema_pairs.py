"""Random pairs of schemas over the whole subset, and a universe of small values to judge them by.

Most pairs are one schema and a change of it, since two independent ones hardly ever take the same values.
"""

import random
from collections.abc import Sequence
from typing import Final

from ice_core.json_schema import standalone_schema
from ice_core.strict_json import JsonObject, JsonValue

Chance = random.Random

SCHEMAS: Final[JsonObject] = {
    "Node": {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"$ref": "#/schemas/Node"}}},
    "Wide": {"type": "object", "properties": {"a": {"type": "number"}, "b": {"$ref": "#/schemas/Wide"}}},
    "Text": {"type": "string", "minLength": 1},
}
_SCALARS: Final[Sequence[JsonValue]] = [
    None, True, False, 0, 1, 1.0, 2, 3, -1, 5, 6, 0.5, 1.5, 2.5, -7.5, 100, 1e300, "", "a", "b", "ab", "ba", "abc",
    "aaaa", "7", "é", "2026-11-24",
]  # fmt: skip
_FEW: Final[Sequence[JsonValue]] = [None, True, 0, 1, 2, 1.5, "", "a", "ab"]
_LEAVES: Final[Sequence[JsonValue]] = [
    {}, True, False, {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "null"},
    {"type": "boolean"}, {"type": ["string", "null"]}, {"type": ["integer", "string", "array"]}, {"const": "a"},
    {"const": 1}, {"const": None}, {"const": 1.0}, {"enum": ["a", "ab", 1]}, {"enum": [0, 0.5, None, True]},
    {"enum": [[1], {"a": 1}]}, {"enum": [True, False]}, {"type": "string", "minLength": 2},
    {"type": "string", "minLength": 1}, {"type": "string", "maxLength": 2}, {"type": "string", "pattern": "^a"},
    {"type": "string", "pattern": "b$"}, {"type": "string", "pattern": "^a+$"}, {"type": "string", "format": "date"},
    {"type": "integer", "minimum": 1}, {"type": "integer", "minimum": 0}, {"type": "integer", "exclusiveMinimum": 0},
    {"type": "integer", "exclusiveMaximum": 6}, {"type": "integer", "minimum": 1, "maximum": 3},
    {"type": "number", "maximum": 2.5}, {"type": "number", "exclusiveMaximum": 2.5},
    {"type": "number", "multipleOf": 0.5}, {"type": "integer", "multipleOf": 3}, {"type": "number", "multipleOf": 1},
    {"type": "integer", "multipleOf": 2}, {"minimum": 3}, {"minLength": 1}, {"required": ["a"]}, {"type": "array"},
    {"type": "object"}, {"not": {"type": "string"}}, {"not": {"const": 1}}, {"type": "number", "not": {"minimum": 3}},
    {"type": "object", "required": ["a"]}, {"minProperties": 1}, {"maxItems": 1}, {"$ref": "#/schemas/Node"},
    {"$ref": "#/schemas/Wide"}, {"$ref": "#/schemas/Text"}, {"$ref": "#/schemas/Text", "maxLength": 2},
]  # fmt: skip
_NESTING: Final = ("additionalProperties", "allOf", "anyOf", "items", "not", "oneOf", "prefixItems", "properties")


def universe() -> list[JsonValue]:
    """Some hundred small values: every scalar, and arrays and objects of few of them."""
    values: list[JsonValue] = [*_SCALARS, [], {}]
    values += [[one] for one in _SCALARS]
    values += [[one, other] for one in _FEW for other in _FEW]
    values += [[1, 2, 3], [1, 1, 1], ["a", "b", "c"], [1, "a", None], [[]], [[1]], [["a"]], [{}], [{"a": 1}]]
    values += [[1, 1, 1, 1], [{"a": "a"}], [{"a": 1}, {"a": 1}], [[1], [1]], [{"a": 1}, "a"], [1, [1]]]
    values += [{name: one} for name in "abx" for one in _SCALARS]
    values += [{"a": one, "b": other} for one in _FEW for other in _FEW]
    parts: Sequence[JsonValue] = [{}, [], [1], ["a"], {"a": 1}, {"a": "a"}, {"b": 1}, {"a": 1, "b": 2}, {"a": 1.5}]
    values += [{name: part} for name in "abx" for part in parts]
    values += [{"a": 1, "b": {"a": 1}}, {"a": 1, "b": {"a": 1, "b": {"a": "a"}}}, {"a": 1, "b": {"a": 1.5}}]
    values += [
        {"a": 1, "b": "a", "c": None},
        {"a": 1, "b": 2, "x": 3},
        {"c": 1},
        {"c": "a"},
        {"a": 1, "c": 1},
        {"ab": 1},
    ]
    return values


def pair(seed: int) -> tuple[JsonValue, JsonValue]:
    """Two schemas that refer to `SCHEMAS`; the same ones for the same seed."""
    chance = Chance(seed)
    one = _schema(chance, 3)
    kind = chance.random()
    other = one if kind < 0.04 else _changed(one, chance, 3) if kind < 0.75 else _schema(chance, 2)
    if kind < 0.3 and chance.random() < 0.4:
        other = _changed(other, chance, 3)
    return (other, one) if chance.random() < 0.3 else (one, other)


def alone(schema: JsonValue) -> JsonObject:
    """The schema with what it refers to."""
    return standalone_schema(schema, SCHEMAS)


def _schema(chance: Chance, depth: int) -> JsonValue:
    if depth <= 0 or chance.random() < 0.35:
        return chance.choice(_LEAVES)
    kind = chance.random()
    if kind < 0.35:
        return _object(chance, depth)
    if kind < 0.55:
        return _array(chance, depth)
    parts = [_schema(chance, depth - 1) for _ in range(chance.randint(1, 3))]
    for keyword, most in (("anyOf", 0.75), ("oneOf", 0.82), ("allOf", 0.9)):
        if kind < most:
            return {keyword: parts}
    if kind < 0.93:
        return {"not": parts[0]}
    return {"if": parts[0], "then": parts[-1], "else": _schema(chance, depth - 1)}


def _object(chance: Chance, depth: int) -> JsonObject:
    found: JsonObject = {"type": "object"} if chance.random() < 0.85 else {}
    found["properties"] = {name: _schema(chance, depth - 1) for name in "abc" if chance.random() < 0.5}
    required: list[JsonValue] = [name for name in "abc" if chance.random() < 0.25]
    if required:
        found["required"] = required
    kind = chance.random()
    if kind < 0.45:
        found["additionalProperties"] = False if kind < 0.3 else _schema(chance, depth - 1)
    names: list[JsonObject] = [{"maxLength": 1}, {"pattern": "^a"}, {"enum": ["a", "b"]}]
    rare: JsonObject = {
        "patternProperties": {chance.choice(["^a", "^x", "b"]): _schema(chance, depth - 1)},
        "minProperties": chance.randint(1, 2),
        "maxProperties": chance.randint(0, 2),
        "propertyNames": chance.choice(names),
        "dependentRequired": {"a": ["b"]},
        "unevaluatedProperties": False,
    }
    found.update({keyword: value for keyword, value in rare.items() if chance.random() < 0.06})
    return found


def _array(chance: Chance, depth: int) -> JsonObject:
    found: JsonObject = {"type": "array"} if chance.random() < 0.85 else {}
    if chance.random() < 0.8:
        found["items"] = _schema(chance, depth - 1)
    if chance.random() < 0.2:
        found["prefixItems"] = [_schema(chance, depth - 1) for _ in range(chance.randint(1, 2))]
    often: JsonObject = {"minItems": chance.randint(0, 2), "maxItems": chance.randint(0, 3)}
    rare: JsonObject = {"uniqueItems": True, "contains": _schema(chance, depth - 1)}
    found.update({keyword: value for keyword, value in often.items() if chance.random() < 0.2})
    found.update({keyword: value for keyword, value in rare.items() if chance.random() < 0.1})
    return found


def _changed(schema: JsonValue, chance: Chance, depth: int) -> JsonValue:
    if not isinstance(schema, dict):
        return _schema(chance, 1)
    copy = dict(schema)
    nesting = [keyword for keyword in _NESTING if isinstance(copy.get(keyword), dict | list) and copy[keyword]]
    kind = chance.random()
    if nesting and kind < 0.55:
        keyword = chance.choice(nesting)
        copy[keyword] = _changed_within(keyword, copy[keyword], chance, depth)
        return copy
    if copy and kind < 0.75:
        del copy[chance.choice(list(copy))]
        return copy
    if kind < 0.9:
        return {"anyOf" if kind < 0.85 else "allOf": [copy, _schema(chance, 1)]}
    return _changed_here(copy, chance, depth)


def _changed_within(keyword: str, value: JsonValue, chance: Chance, depth: int) -> JsonValue:
    if isinstance(value, list):
        parts = [*value]
        kind, index = chance.random(), chance.randrange(len(parts))
        if kind < 0.5:
            parts[index] = _changed(parts[index], chance, depth - 1)
        elif kind < 0.7:
            chance.shuffle(parts)
        elif kind < 0.85 or len(parts) == 1:
            parts.append(_schema(chance, depth - 1))
        else:
            del parts[index]
        return parts
    if keyword == "properties" and isinstance(value, dict):
        name = chance.choice(list(value))
        return {**value, name: _changed(value[name], chance, depth - 1)}
    return _changed(value, chance, depth - 1)


def _changed_here(copy: JsonObject, chance: Chance, depth: int) -> JsonValue:
    if copy.get("type") == "object":
        kind, properties, required = chance.random(), copy.get("properties"), copy.get("required")
        if kind < 0.4:
            members = properties if isinstance(properties, dict) else {}
            copy["properties"] = {**members, chance.choice("abcx"): _schema(chance, depth - 1)}
        elif kind < 0.7:
            names = {str(name) for name in required} if isinstance(required, list) else set()
            copy["required"] = [*sorted(names ^ {chance.choice("abc")})]
        else:
            copy["additionalProperties"] = chance.random() < 0.5
        return copy
    for keyword in ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "exclusiveMaximum"):
        bound = copy.get(keyword)
        if isinstance(bound, int | float):
            copy[keyword] = max(0, bound + chance.choice([-1, 1]))
            return copy
    return _schema(chance, depth)
