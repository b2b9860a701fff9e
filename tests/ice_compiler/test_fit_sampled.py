"""The verdict `compatible` held against brute force: many pairs of schemas over the whole subset."""

import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import settings

from ice_compiler.fit import fit, is_empty
from ice_core.contracts import Contract
from ice_core.errors import IceError
from ice_core.shapes import Shape
from ice_core.strict_json import JsonObject, JsonValue

PAIRS = max(settings().max_examples, 300)
DEFINITIONS: JsonObject = {
    "Node": {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"$ref": "#/$defs/Node"}}},
    "Text": {"type": "string", "minLength": 1},
}
SCALARS: Sequence[JsonValue] = [
    None, True, False, 0, 1, -1, 3, 6, 100, 0.5, 1.0, 2.5, -7.5, 1e300, "", "a", "b", "ab", "abc", "aaaa", "7", "é",
]  # fmt: skip
PLAIN: Sequence[JsonObject] = [
    {}, {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "null"}, {"type": "boolean"},
    {"type": ["string", "null"]}, {"type": ["integer", "string", "array"]}, {"const": "a"}, {"const": 1},
    {"const": None}, {"enum": ["a", "ab", 1]}, {"enum": [0, 0.5, None, True]}, {"enum": [[1], {"a": 1}]},
    {"type": "string", "minLength": 2},
    {"type": "string", "maxLength": 2}, {"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "b$"},
    {"type": "integer", "minimum": 1}, {"type": "integer", "exclusiveMaximum": 6}, {"type": "number", "maximum": 2.5},
    {"type": "number", "multipleOf": 0.5}, {"type": "integer", "multipleOf": 3}, {"minimum": 3}, {"minLength": 1},
    {"$ref": "#/$defs/Node"}, {"$ref": "#/$defs/Text"}, {"required": ["a"]}, {"type": "array"}, {"type": "object"},
    {"not": {"type": "string"}}, {"not": {"const": 1}}, {"type": "number", "not": {"minimum": 3}},
]  # fmt: skip
Chance = random.Random


def _object(chance: Chance, depth: int) -> JsonObject:
    schema: JsonObject = {"type": "object"}
    names = [name for name in "abc" if chance.random() < 0.6]
    schema["properties"] = {name: _schema(chance, depth - 1) for name in names}
    schema["required"] = [name for name in "abc" if chance.random() < 0.3]
    closing = chance.choice(["open", "open", "closed", "typed", "patterned", "counted", "named", "dependent"])
    if closing == "closed":
        schema["additionalProperties"] = False
    elif closing == "typed":
        schema["additionalProperties"] = _schema(chance, 0)
    elif closing == "patterned":
        schema["patternProperties"] = {chance.choice(["^a", "c$"]): _schema(chance, 0)}
        schema["additionalProperties"] = chance.choice([True, False])
    elif closing == "counted":
        schema[chance.choice(["minProperties", "maxProperties"])] = chance.randint(0, 2)
    elif closing == "named":
        schema["propertyNames"] = {"enum": ["a", "b"]}
    elif closing == "dependent":
        schema["dependentRequired"] = {"a": ["b"]}
    return schema


def _array(chance: Chance, depth: int) -> JsonObject:
    schema: JsonObject = {"type": "array"}
    if chance.random() < 0.7:
        schema["items"] = _schema(chance, depth - 1)
    if chance.random() < 0.2:
        schema["prefixItems"] = [_schema(chance, 0) for _ in range(chance.randint(1, 2))]
    if chance.random() < 0.3:
        schema[chance.choice(["minItems", "maxItems"])] = chance.randint(0, 2)
    if chance.random() < 0.1:
        schema["uniqueItems"] = True
    if chance.random() < 0.1:
        schema["contains"] = _schema(chance, 0)
    return schema


def _combined(chance: Chance, depth: int) -> JsonObject:
    word = chance.choice(["anyOf", "oneOf", "allOf", "if"])
    if word == "if":
        return {"if": _schema(chance, 0), "then": _schema(chance, depth - 1), "else": _schema(chance, 0)}
    return {word: [_schema(chance, depth - 1) for _ in range(chance.randint(1, 3))]}


def _schema(chance: Chance, depth: int) -> JsonObject:
    if depth <= 0 or chance.random() < 0.3:
        return chance.choice(PLAIN)
    return chance.choice((_object, _array, _combined))(chance, depth)


def _wider(schema: JsonObject, chance: Chance) -> JsonObject:
    # Taking a keyword away, or another choice beside it: what took a value before mostly still takes it.
    copy = dict(schema)
    keywords = [keyword for keyword in copy if keyword not in ("type", "$ref", "if", "then", "else")]
    if keywords and chance.random() < 0.7:
        del copy[chance.choice(keywords)]
        return copy
    return {"anyOf": [_schema(chance, 0), copy]}


def _value(chance: Chance, depth: int) -> JsonValue:
    kind = chance.random()
    if depth and kind < 0.35:
        return {name: _value(chance, depth - 1) for name in "abcd" if chance.random() < 0.5}
    if depth and kind < 0.6:
        return [_value(chance, depth - 1) for _ in range(chance.randint(0, 3))]
    return chance.choice(SCALARS)


def _pair(chance: Chance) -> tuple[JsonObject, JsonObject]:
    one = _schema(chance, 3)
    other = one if chance.random() < 0.1 else _wider(one, chance) if chance.random() < 0.6 else _schema(chance, 3)
    turned = chance.random() < 0.2
    return (
        ({**other, "$defs": DEFINITIONS}, {**one, "$defs": DEFINITIONS})
        if turned
        else (
            {**one, "$defs": DEFINITIONS},
            {**other, "$defs": DEFINITIONS},
        )
    )


def _accepts(schema: JsonObject) -> Callable[[JsonValue], bool]:
    contract = Contract(schema, where="schema")
    return lambda value: not contract.violations(value)


@pytest.mark.parametrize("seed", range(4))
def test_no_value_contradicts_a_verdict(seed: int) -> None:
    """Compatible: whatever the one takes the other takes. Disjoint: nothing is both. Empty: nothing is it."""
    chance = random.Random(seed)
    verdicts = {"compatible": 0, "incompatible": 0, "unknown": 0}
    for _ in range(PAIRS):
        one, other = _pair(chance)
        try:
            takes_one, takes_other = _accepts(one), _accepts(other)
        except IceError:  # outside what a manifest may declare
            continue
        verdict = fit(Shape.of(one), Shape.of(other))
        verdicts[verdict.outcome] += 1
        mine = [value for value in (_value(chance, 3) for _ in range(60)) if takes_one(value)]
        both = [value for value in mine if takes_other(value)]

        assert verdict.outcome != "compatible" or mine == both, (one, other)
        assert verdict.reason != "no value is both" or not both, (one, other)
        assert not mine or not is_empty(Shape.of(one)), one
    assert verdicts["compatible"] >= PAIRS // 5, verdicts
