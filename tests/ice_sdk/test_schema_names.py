"""Which two directions of a type share a name: those that say the same, references included."""

import pytest

from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk.schema_names import shared_names, with_names


def ref(name: str) -> JsonObject:
    return {"$ref": f"#/schemas/{name}"}


def holding(*names: str) -> JsonObject:
    return {"type": "object", "properties": {f"m{index}": ref(name) for index, name in enumerate(names)}}


@pytest.mark.parametrize(
    ("schemas", "expected"),
    [
        ({}, set()),
        ({"A": {"type": "string"}}, set()),
        ({"A-Input": {"type": "string"}}, set()),
        ({"A-Input": {"type": "string"}, "A-Output": {"type": "string"}}, {"A"}),
        ({"A-Input": {"type": "string"}, "A-Output": {"type": "number"}}, set()),
        ({"A-Input": {"type": "string"}, "A-Output": {"type": "string"}, "A": {}}, set()),
        ({"A-Input": holding("A-Input"), "A-Output": holding("A-Output")}, {"A"}),
        (
            {
                "A-Input": holding("B-Input"),
                "A-Output": holding("B-Output"),
                "B-Input": holding("A-Input"),
                "B-Output": holding("A-Output"),
            },
            {"A", "B"},
        ),
        (
            {
                "A-Input": holding("B-Input"),
                "A-Output": holding("B-Output"),
                "B-Input": {"type": "number"},
                "B-Output": {"type": "string"},
            },
            set(),
        ),
    ],
)
def test_equal_directions_share_the_shorter_name(schemas: JsonObject, expected: set[str]) -> None:
    assert expected == set(shared_names(schemas).values())


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (True, True),
        (ref("A-Input"), ref("A")),
        (ref("B"), ref("B")),
        ({"items": ref("A-Input")}, {"items": ref("A")}),
        ({"anyOf": [ref("A-Input"), ref("A-Output")]}, {"anyOf": [ref("A"), ref("A")]}),
        ({"default": ref("A-Input")}, {"default": ref("A-Input")}),
        ({"properties": {"$ref": ref("A-Input")}}, {"properties": {"$ref": ref("A")}}),
    ],
)
def test_references_follow_and_data_stays(schema: JsonValue, expected: JsonValue) -> None:
    assert expected == with_names(schema, {"A-Input": "A", "A-Output": "A"})
