"""Which shapes fit which: the verdicts, judged by brute force over values."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_compiler.fit import fit
from ice_compiler.shape_words import described, paths_within, worded
from ice_core.contracts import Contract
from ice_core.shapes import Shape, any_of, item_shape, step_into, type_names, without_null
from ice_core.strict_json import JsonObject, JsonValue

S: JsonObject = {"type": "string"}
I: JsonObject = {"type": "integer"}  # noqa: E741  # one letter a type keeps the table readable
N: JsonObject = {"type": "number"}
NULL: JsonObject = {"type": "null"}


def obj(*required: str, closed: bool = False, **properties: JsonValue) -> JsonObject:
    """An object schema."""
    schema: JsonObject = {"type": "object", "properties": dict(properties), "required": list(required)}
    return {**schema, "additionalProperties": False} if closed else schema


def arr(items: JsonValue) -> JsonObject:
    """An array schema."""
    return {"type": "array", "items": items}


def either(*choices: JsonValue) -> JsonObject:
    """An `anyOf`."""
    return {"anyOf": list(choices)}


def every(parts: list[JsonObject]) -> JsonObject:
    """An `allOf`."""
    return {"allOf": [*parts]}


NODE: JsonObject = {
    "$ref": "#/$defs/Node",
    "$defs": {"Node": obj("value", value=N, next={"$ref": "#/$defs/Node"})},
}


@pytest.mark.parametrize(
    ("given_schema", "taken", "outcome", "reason"),
    [
        (S, S, "compatible", ""),
        (I, N, "compatible", ""),
        (S, {}, "compatible", ""),
        (obj("a", a=S, b=I), obj("a", a=S), "compatible", ""),
        (arr(I), arr(N), "compatible", ""),
        (S, either(S, NULL), "compatible", ""),
        ({"type": ["string", "integer"]}, either(I, S), "compatible", ""),
        ({"const": "new"}, {"enum": ["new", "old"]}, "compatible", ""),
        (N, I, "incompatible", "number is not integer"),
        (S, I, "incompatible", "string is not integer"),
        (either(S, NULL), S, "incompatible", "null is not string"),
        (S, either(I, NULL), "incompatible", "`integer or null` has no choice for it"),
        (obj("a", a=S), arr(S), "incompatible", "object is not array"),
        (arr(I), arr(S), "incompatible", "integer is not string"),
        (obj("a", a=I), obj("a", a=S), "incompatible", "integer is not string"),
        (obj(a=S), obj("b", b=S), "incompatible", "`b` is required and not there"),
        (obj("a", "b", a=S, b=S), obj(closed=True, a=S), "incompatible", "`b` is not taken"),
        ({"enum": ["a", "b"]}, {"enum": ["c"]}, "incompatible", "none of its values is taken"),
        ({"const": 3}, S, "incompatible", "none of its values is taken"),
        ({"type": "integer", "minimum": 5}, {"type": "integer", "maximum": 4}, "incompatible", "no value is both"),
        (arr(obj("a", a=arr(I))), arr(obj("a", a=arr(S))), "incompatible", "integer is not string"),
        (NODE, S, "incompatible", "object is not string"),
        ({}, S, "unknown", ""),
        ({"type": "array"}, arr(S), "unknown", ""),
        (S, {"type": "string", "minLength": 1}, "unknown", ""),
        (S, {"type": "string", "pattern": "^a"}, "unknown", ""),
        (S, {"enum": ["a"]}, "unknown", ""),
        ({"enum": ["a", "b"]}, {"enum": ["b"]}, "unknown", ""),
        (obj(a=S), obj("a", a=S), "unknown", ""),
        (obj(a=I), obj(a=S), "unknown", ""),
        ({"type": "object"}, obj("a", a=S), "unknown", ""),
        (NODE, NODE, "compatible", ""),
        ({"type": "array", "prefixItems": [I]}, arr(S), "unknown", ""),
        ({"type": "object", "additionalProperties": I}, obj("a", a=S), "incompatible", "no value is both"),
        ({"type": "object", "additionalProperties": I}, obj("a", a=N), "unknown", ""),
        (False, S, "compatible", ""),
        (S, {"type": "string", "format": "date"}, "unknown", ""),
        ({"type": "string", "format": "date"}, S, "compatible", ""),
        ({"type": "string", "format": "date"}, {"type": "string", "format": "date"}, "compatible", ""),
    ],
)
def test_the_verdict_on_two_shapes(given_schema: JsonValue, taken: JsonValue, outcome: str, reason: str) -> None:
    """Incompatible means that no run can be right; unknown depends on the value."""
    one = Shape.of(given_schema) if isinstance(given_schema, dict) else Shape(schema=given_schema)
    verdict = fit(one, Shape.of(taken) if isinstance(taken, dict) else Shape(schema=taken))

    assert (outcome, reason) == (verdict.outcome, verdict.reason)


def test_the_reason_names_the_member_inside() -> None:
    """The path down to what does not match."""
    verdict = fit(Shape.of(obj("a", a=arr(obj("b", b=I)))), Shape.of(obj("a", a=arr(obj("b", b=S)))))

    assert ("a", "[]", "b") == verdict.path


def test_many_members_that_may_be_null_fit() -> None:
    """Each member's choices are its own; they do not multiply those of the others."""
    members: JsonObject = {f"m{number}": either(S, NULL) for number in range(30)}
    wider: JsonObject = {name: either(S, NULL, I) for name in members}

    assert "compatible" == fit(Shape.of({"properties": members}), Shape.of({"properties": wider})).outcome


def test_a_shape_within_itself_fits_a_wider_one() -> None:
    """A chain of whole numbers is a chain of numbers."""
    chain: JsonObject = {
        "$ref": "#/$defs/Link",
        "$defs": {"Link": obj("value", value=I, next={"$ref": "#/$defs/Link"})},
    }

    assert "compatible" == fit(Shape.of(chain), Shape.of(NODE)).outcome
    assert "incompatible" == fit(Shape.of(NODE), Shape.of(chain)).outcome


def test_a_schema_that_multiplies_out_is_not_multiplied_out() -> None:
    """Forty choices of two would be a million million; the answer is unknown, at once."""
    wide: JsonObject = {"allOf": [either({"required": [f"a{n}"]}, {"required": [f"b{n}"]}) for n in range(40)]}

    assert "unknown" == fit(Shape.of(wide), Shape.of(wide)).outcome
    assert "anything" == described(Shape.of(wide))


SCALARS: st.SearchStrategy[JsonValue] = st.sampled_from([None, True, 0, 3, 7.5, "", "a", "new", "longer text"])
INSTANCES: st.SearchStrategy[JsonValue] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
PLAIN: st.SearchStrategy[JsonObject] = st.sampled_from(
    [
        {}, S, I, N, NULL, {"type": "boolean"}, {"type": "array"}, {"type": "object"}, {"const": "a"},
        {"enum": ["a", 3, None]}, {"type": "string", "minLength": 2}, {"type": "integer", "minimum": 1},
        {"type": ["string", "null"]}, {"type": "number", "maximum": 5},
    ]
)  # fmt: skip
SCHEMAS: st.SearchStrategy[JsonObject] = st.recursive(
    PLAIN,
    lambda inner: (
        inner.map(arr)
        | st.lists(inner, min_size=1, max_size=2).map(lambda choices: either(*choices))
        | st.lists(inner, min_size=1, max_size=2).map(every)
        | st.builds(
            lambda members, required, closed: {
                "type": "object",
                "properties": dict(members),
                "required": sorted(required),
                **({"additionalProperties": False} if closed else {}),
            },
            st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
            st.sets(st.sampled_from("abc"), max_size=2),
            st.booleans(),
        )
    ),
    max_leaves=4,
)


@given(SCHEMAS, SCHEMAS, st.lists(INSTANCES, max_size=20))
def test_no_verdict_is_contradicted_by_a_value(one: JsonObject, other: JsonObject, values: list[JsonValue]) -> None:
    """Compatible: each value of the one is a value of the other. Disjoint: no value is both."""
    verdict = fit(Shape.of(one), Shape.of(other))
    first, second = Contract(one, where="one"), Contract(other, where="other")
    of_first = [value for value in values if not first.violations(value)]
    of_both = [value for value in of_first if not second.violations(value)]

    assert verdict.outcome != "compatible" or of_first == of_both, (one, other)
    assert verdict.reason != "no value is both" or not of_both, (one, other)


@given(SCHEMAS, SCHEMAS)
def test_what_is_incompatible_has_a_value_that_does_not_fit(one: JsonObject, other: JsonObject) -> None:
    """Where the one is a plain type, so that a value can be made: the other refuses one of its values."""
    samples: dict[str, list[JsonValue]] = {
        "string": ["", "a", "longer text"], "integer": [0, 3, 10**6], "number": [0, 7.5, -1], "null": [None],
        "boolean": [True, False], "array": [[]], "object": [{}],
    }  # fmt: skip
    kind = one.get("type")
    if fit(Shape.of(one), Shape.of(other)).outcome != "incompatible" or not isinstance(kind, str):
        return
    contract, values = Contract(one, where="one"), samples[kind]
    mine = [value for value in values if not contract.violations(value)]

    assert not mine or any(Contract(other, where="other").violations(value) for value in mine) or len(one) > 1


@given(SCHEMAS, INSTANCES)
def test_a_step_into_a_shape_is_a_step_into_its_values(schema: JsonObject, value: JsonValue) -> None:
    """Each member and item of a valid value is valid for the shape that the step gives, unless it is undeclared."""
    if Contract(schema, where="whole").violations(value):
        return
    parts: list[tuple[str | int, JsonValue]] = []
    if isinstance(value, dict):
        parts = [*value.items()]
    elif isinstance(value, list):
        parts = [*enumerate(value)]
    for step, part in parts:
        found = step_into(Shape.of(schema), step)
        if found.shape is not None:
            assert not Contract(found.shape.standalone(), where="part").violations(part), (schema, step)


@given(SCHEMAS, INSTANCES)
def test_the_types_of_a_shape_are_those_of_its_values(schema: JsonObject, value: JsonValue) -> None:
    """No valid value has another; without null nothing but null is lost."""
    if Contract(schema, where="whole").violations(value):
        return
    names = {type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    name = names.get(type(value), "object")

    assert name in type_names(Shape.of(schema)) | ({"integer"} if "number" in type_names(Shape.of(schema)) else set())
    assert value is None or not Contract(without_null(Shape.of(schema)).standalone(), where="x").violations(value)


@pytest.mark.parametrize(
    ("schema", "words", "sentence"),
    [
        (S, "string", "a string"),
        (I, "integer", "an integer"),
        (arr(S), "array of string", "an array of string"),
        (arr(either(S, NULL)), "array of (string or null)", "an array of (string or null)"),
        (arr(arr(arr(S))), "array of array of array", "an array of array"),
        ({}, "anything", "anything"),
        ({"type": "array"}, "array", "an array"),
        (obj(a=S, b=S), "object with `a`, `b`", "an object"),
        (either(S, NULL), "string or null", "a string or null"),
        ({"type": ["null", "object"]}, "object or null", "an object or null"),
        ({"enum": ["a", 1, None, True]}, '"a" or 1 or null or true', '"a" or 1 or null or true'),
        ({"enum": list(range(20))}, "integer", "an integer"),
        ({"const": {"a": 1}}, "object", "an object"),
        ({"const": "x" * 50}, "string", "a string"),
        (either(S, {}), "anything", "anything"),
        ({"properties": {"a": S}}, "object with `a`", "an object with `a`"),
        (NODE, "object with `value`, `next`", "an object"),
    ],
)
def test_a_shape_in_words(schema: JsonObject, words: str, sentence: str) -> None:
    """As messages say it."""
    assert (words, sentence) == (described(Shape.of(schema)), worded(Shape.of(schema)))


def test_steps_into_references_patterns_and_open_objects() -> None:
    """What is declared is found through `$ref`; what is open is anything, and not promised."""
    deep = step_into(step_into(Shape.of(NODE), "next").shape or Shape(schema=False), "value")
    open_ = step_into(Shape.of({"type": "object", "additionalProperties": I}), "x")
    patterned = step_into(Shape.of({"type": "object", "patternProperties": {"^x": S}}), "x1")
    bare = step_into(Shape.of({"type": "object"}), "x")
    first = step_into(Shape.of({"type": "array", "prefixItems": [S], "items": I}), 0)

    assert "number" == described(deep.shape or Shape(schema=False))
    assert deep.always
    assert ("integer", False) == (described(open_.shape or Shape(schema=False)), open_.always)
    assert ("anything", False) == (described(patterned.shape or Shape(schema=False)), patterned.always)
    assert ("anything", False) == (described(bare.shape or Shape(schema=False)), bare.always)
    assert "string" == described(first.shape or Shape(schema=False))
    assert item_shape(Shape.of({"type": "array", "items": False})) is None


def test_shapes_with_definitions_of_the_same_name_are_joined_without_mixing_them() -> None:
    """Each keeps its own."""
    one: JsonObject = {"$ref": "#/$defs/X", "$defs": {"X": obj("a", a=S)}}
    other: JsonObject = {"$ref": "#/$defs/X", "$defs": {"X": obj("b", b=I, again={"$ref": "#/$defs/X"})}}
    joined = any_of([Shape.of(one), Shape.of(other)]).standalone()
    contract = Contract(json.loads(json.dumps(joined)), where="joined")

    assert not contract.violations({"a": "x"})
    assert not contract.violations({"b": 1, "again": {"b": 2}})
    assert contract.violations({"b": "x"})
    assert contract.violations({"b": 1, "again": {"a": "x"}})


def test_what_lies_within_a_shape_is_listed_the_nearest_first() -> None:
    """Three levels deep, also through a shape that contains itself."""
    assert [("next",), ("value",), ("next", "next"), ("next", "value"), ("next", "next", "next")] == [
        path for path, _ in paths_within(Shape.of(NODE))
    ][:5]
