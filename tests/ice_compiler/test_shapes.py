"""What a schema says, asked one step at a time, and how messages word it."""

import pytest

from ice_compiler.fit import fit, is_empty
from ice_compiler.shape_words import described, paths_within, worded
from ice_core.shapes import Shape, alternatives, any_of, item_shape, step_into, type_names, without_null
from ice_core.strict_json import JsonObject, JsonValue

NODE: JsonObject = {
    "$ref": "#/$defs/Node",
    "$defs": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}, "n": {"type": "integer"}}}},
}
OTHER: JsonObject = {"$ref": "#/$defs/Node", "$defs": {"Node": {"type": "string"}}}


def _deep(levels: int) -> JsonObject:
    schema: JsonObject = {"type": "string"}
    for _ in range(levels):
        schema = {"allOf": [schema]}
    return schema


@pytest.mark.parametrize(
    ("schema", "steps", "expected"),
    [
        ({"type": "object", "properties": {"a": {"type": "string"}}}, ("a",), "string"),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, ("b",), None),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, ("b",), "integer"),
        ({"type": "object"}, ("b",), "anything"),
        ({"type": "object", "patternProperties": {"^b": {"type": "integer"}}}, ("b",), "anything"),
        ({"type": "array", "items": {"type": "boolean"}}, (5,), "boolean"),
        ({"type": "array", "prefixItems": [{"type": "null"}], "items": False}, (0,), "null"),
        ({"type": "array", "prefixItems": [{"type": "null"}], "items": False}, (1,), None),
        ({"type": "string"}, ("a",), None),
        ({"type": "array"}, ("a",), None),
        (NODE, ("next", "next", "n"), "integer"),
        ({"anyOf": [{"type": "null"}, {"type": "array", "items": {"type": "string"}}]}, (0,), "string"),
        ({"allOf": [{"type": "object"}, {"properties": {"a": {"const": 3}}}]}, ("a",), "3"),
        ({}, ("a", 0, "b"), "anything"),
    ],
)
def test_a_step_leads_where_the_schema_says(schema: JsonObject, steps: tuple[str | int, ...], expected: str) -> None:
    """Into members and items; nowhere where nothing can be."""
    shape: Shape | None = Shape.of(schema)
    for step in steps:
        shape = step_into(shape, step).shape if shape is not None else None

    assert expected == (described(shape) if shape is not None else None)


@pytest.mark.parametrize(
    ("schema", "always"),
    [
        ({"type": "object", "properties": {"a": {}}, "required": ["a"]}, True),
        ({"type": "object", "properties": {"a": {}}}, False),
        ({"properties": {"a": {}}, "required": ["a"]}, False),  # it may be no object at all
        ({"anyOf": [{"type": "object", "properties": {"a": {}}, "required": ["a"]}, {"type": "null"}]}, False),
    ],
)
def test_a_member_is_always_there_only_if_every_value_has_it(schema: JsonObject, always: bool) -> None:
    """Required, of something that is surely an object."""
    assert always == step_into(Shape.of(schema), "a").always


def test_what_is_too_deep_or_false_is_answered_without_a_guess() -> None:
    """Too deep: anything, not surely there. False: no alternative."""
    deep, never = Shape.of(_deep(40)), Shape(schema=False)
    step = step_into(deep, "a")

    assert alternatives(deep) is None
    assert step.shape is not None
    assert ("anything", False) == (described(step.shape), step.always)
    assert [] == alternatives(never)
    assert (True, False) == (is_empty(never), is_empty(deep))


def test_shapes_of_two_components_keep_their_own_definitions() -> None:
    """Two manifests may both call something `Node`."""
    both = any_of([Shape.of(NODE), Shape.of(OTHER)])

    assert "object with `next`, `n` or string" == described(both)
    assert "compatible" == fit(Shape.of(NODE), both).outcome  # through a circle, too
    assert "compatible" == fit(Shape.of(OTHER), both).outcome


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": ["string", "null"]}, {"string"}),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, {"integer"}),
        ({"type": "string"}, {"string"}),
        ({"enum": ["a", None]}, {"string"}),
    ],
)
def test_without_null_the_other_types_are_left(schema: JsonObject, expected: set[str]) -> None:
    """What a fallback passes over is gone."""
    assert expected == set(type_names(without_null(Shape.of(schema))))


@pytest.mark.parametrize(
    ("schema", "words", "sentence"),
    [
        ({"type": "array", "items": {"type": "string"}}, "array of string", "an array of string"),
        ({"type": "array", "items": {"type": ["string", "null"]}}, "array of (string or null)", None),
        ({"type": ["null", "array", "string", "object"]}, "string or object or array or null", None),
        ({"enum": ["a", 1, None, True]}, '"a" or 1 or null or true', None),
        ({"type": "object", "properties": {"a": {}, "b": {}}}, "object with `a`, `b`", "an object"),
        ({"type": "integer"}, "integer", "an integer"),
        ({"type": "boolean"}, "boolean", "a boolean"),
        ({}, "anything", "anything"),
    ],
)
def test_a_shape_in_words(schema: JsonObject, words: str, sentence: str | None) -> None:
    """As a message's values have it, and as its sentence has it."""
    shape = Shape.of(schema)

    assert words == described(shape)
    assert sentence is None or sentence == worded(shape)


def test_candidates_come_nearest_first_and_end() -> None:
    """A definition that refers to itself is followed three levels down."""
    paths = [".".join(steps) for steps, _ in paths_within(Shape.of(NODE))]

    assert ["n", "next", "next.n", "next.next", "next.next.n", "next.next.next"] == paths


@pytest.mark.parametrize(
    ("schema", "expected"),
    [({"type": "array", "items": {"const": 1}}, "1"), ({"type": "string"}, None), ({}, "anything")],
)
def test_the_items_of_what_may_be_an_array(schema: JsonValue, expected: str | None) -> None:
    """None where it cannot be one."""
    item = item_shape(Shape(schema=schema))

    assert expected == (described(item) if item is not None else None)
