"""How deep a value can be: known where a schema says it, and never less than what the schema takes."""

import random

import pytest

from ice_core.contracts import Contract
from ice_core.errors import IceError
from ice_core.schema_levels import ANY_DEPTH, most_levels
from ice_core.strict_json import JsonObject, JsonValue
from tests.ice_core.schema_pairs import alone, pair, universe

CLOSED: JsonObject = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
ROWS: JsonObject = {"type": "array", "items": {"$ref": "#/$defs/Row"}}
TREE: JsonObject = {"type": "object", "properties": {"a": {"$ref": "#/$defs/Tree"}}, "additionalProperties": False}


def depth(value: JsonValue) -> int:
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@pytest.mark.parametrize(
    ("schema", "levels"),
    [
        ({"type": "string"}, 0),
        ({"type": ["integer", "null"]}, 0),
        (CLOSED, 1),
        ({**CLOSED, "patternProperties": {"^x": CLOSED}}, 2),
        ({"type": "object", "additionalProperties": {"type": "array", "items": {"type": "number"}}}, 2),
        ({**ROWS, "$defs": {"Row": CLOSED}}, 2),
        ({"type": "array", "prefixItems": [CLOSED, {"type": "string"}], "items": False}, 2),
        ({"type": "array", "items": False}, 1),
        ({"enum": ["a", [[1]]]}, 2),
        ({"const": {"a": []}}, 2),
        ({"anyOf": [{"type": "string"}, CLOSED]}, 1),
        ({"oneOf": [{"type": "null"}, {"type": "array", "items": CLOSED}]}, 2),
        ({"allOf": [{}, CLOSED]}, 1),
        ({"allOf": [{"type": "object"}], "additionalProperties": False, "items": False}, 1),
        ({"not": {}, "type": "boolean"}, 0),
    ],
)
def test_a_schema_that_names_every_member_says_how_deep_its_values_are(schema: JsonObject, levels: int) -> None:
    assert levels == most_levels(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object"},
        {"type": "array"},
        {"type": "object", "properties": {"a": {}}, "additionalProperties": False},
        {"type": "array", "items": {"anyOf": [{"type": "string"}, True]}},
        {"not": CLOSED},
        {"$ref": "#/$defs/Tree", "$defs": {"Tree": TREE}},
        {"$ref": "#/$defs/Absent"},
        {"if": CLOSED, "then": {"type": "string"}},
    ],
)
def test_a_schema_that_leaves_something_open_says_nothing(schema: JsonObject) -> None:
    assert most_levels(schema) >= ANY_DEPTH


def test_definitions_that_double_each_other_are_gone_through_once() -> None:
    """Written out they would have 2^60 places."""
    definitions: JsonObject = {
        str(number): {"type": "array", "prefixItems": [{"$ref": f"#/$defs/{number + 1}"}] * 2, "items": False}
        for number in range(60)
    }
    schema: JsonObject = {"$ref": "#/$defs/0", "$defs": {**definitions, "60": {"type": "null"}}}

    assert 60 == most_levels(schema)


def test_no_value_that_keeps_a_schema_is_deeper_than_it_says() -> None:
    """Random schemas, each with a universe of small values and deeper ones made of these."""
    chance, values = random.Random(7), universe()
    values += [[value] if chance.random() < 0.5 else {"a": value, "b": [value]} for value in values]
    deeper, told = list[tuple[JsonValue, JsonValue]](), 0
    for number in range(150):
        schema = alone(pair(9_000_000 + number)[0])
        try:
            contract = Contract(schema, where="x")
        except IceError:  # outside what a manifest may declare
            continue
        levels = most_levels(schema)
        told += levels < ANY_DEPTH
        deeper += [(schema, value) for value in values if depth(value) > levels and contract.is_kept_by(value)]

    assert [] == deeper
    assert told > 30
