"""What the proof keyword by keyword must not be led into, and what it has to see; it knows no counter-examples."""

import pytest

from ice_core.json_schema import standalone_schema
from ice_core.schema_congruence import is_proven
from ice_core.shapes import Shape
from ice_core.strict_json import JsonObject, JsonValue
from tests.ice_core.everyday_pairs import NULL, N, T, W, array, either, every, number, obj, one_of, ref, text, whole

SCHEMAS: JsonObject = {
    # A chain through two shapes: `Narrow` is no `Wide`, since its value is a number and not a text.
    "Narrow": obj("value", "next", next=ref("NarrowNext"), value=W),
    "NarrowNext": obj(link=ref("Narrow")),
    "Wide": obj("value", "next", next=ref("WideNext"), value=T),
    "WideNext": obj(link=ref("Wide")),
    "List": obj(head=W, tail=either(ref("List"), NULL)),
    "WideList": obj(head=N, tail=either(NULL, ref("WideList"))),
}
OPEN: JsonObject = {"type": "object"}


def proven(narrow: JsonValue, wide: JsonValue) -> bool:
    """Whether the one is proven to be within the other."""
    return is_proven(Shape.of(standalone_schema(narrow, SCHEMAS)), Shape.of(standalone_schema(wide, SCHEMAS)))


NOT_WITHIN: list[tuple[str, JsonValue, JsonValue]] = [
    (
        "what was assumed and then failed holds nothing up",
        obj("a", "b", a=ref("Narrow"), b=ref("NarrowNext")),
        obj(a=either(ref("Wide"), {}), b=ref("WideNext")),
    ),
    ("members that a pattern may meet", {**OPEN, "additionalProperties": W}, {**OPEN, "patternProperties": {"^x": T}}),
    (
        "members that only a pattern allows",
        {**OPEN, "patternProperties": {"^a": W}},
        {**OPEN, "additionalProperties": T},
    ),
    ("a declared member that meets a pattern", obj(xa=W), {**OPEN, "patternProperties": {"^x": T}}),
    ("a member that is required and not declared", obj("a"), obj(a=T)),
    ("items behind the first ones", array(T, prefixItems=[W]), array(T)),
    ("items behind those that fit", array(W, prefixItems=[T]), array(T)),
    (
        "members of a pattern behind those that fit",
        {**OPEN, "patternProperties": {"^a": W}, "additionalProperties": T},
        {**OPEN, "additionalProperties": T},
    ),
    ("items that are not there yet", array(T), array(T, prefixItems=[W])),
    ("one of two that overlap", T, one_of(text(minLength=1), text(maxLength=3))),
    ("both of two", text(minLength=1), one_of(T, text(minLength=1))),
    ("a bound that is not in", number(minimum=0), number(exclusiveMinimum=0)),
    ("a bound above", number(maximum=1), number(exclusiveMaximum=1)),
    ("a number between whole ones", number(exclusiveMinimum=0), number(minimum=1)),
    ("the number one for true", {"const": 1}, {"const": True}),
    ("true for the number one", {"const": True}, {"enum": [1]}),
    ("another pattern", text(pattern="^a"), text(pattern="^ab")),
    ("what is denied", {"not": text(minLength=2)}, {"not": T}),
    ("what contains something else", array(True, contains=W), array(True, contains=whole(minimum=1))),
    ("what is counted otherwise", array(True, contains=W), array(True, contains=W, minContains=2)),
    ("a condition", T, {"if": T, "then": text(minLength=1)}),
    ("a condition that is the same in part", {"if": T, "then": W}, {"if": T, "then": W, "else": W}),
    ("members that nothing evaluated", obj(a=T), obj(a=T, also={"unevaluatedProperties": False})),
    ("names of members", OPEN, {**OPEN, "propertyNames": {"maxLength": 3}}),
    ("one that needs another", obj("a"), obj(also={"dependentRequired": {"a": ["b"]}})),
    ("half of an allOf", text(minLength=1), every(text(minLength=1), text(maxLength=5))),
    ("an unknown keyword of another vocabulary", T, {**T, "x-limit": 3}),
    ("nothing but a reference that is missing", T, ref("Missing")),
]

WITHIN: list[tuple[str, JsonValue, JsonValue]] = [
    ("itself", ref("Narrow"), ref("Narrow")),
    ("a wider list", ref("List"), ref("WideList")),
    ("the tighter of two lengths", every(text(maxLength=3), text(maxLength=5)), text(maxLength=4)),
    ("each type by itself", {"type": ["string", "null", "integer"]}, either(NULL, N, T)),
    ("a pattern beside others", {**OPEN, "patternProperties": {"^x": W}}, {**OPEN, "patternProperties": {"^x": N}}),
    ("closed where a pattern asks", obj(closed=True, a=W), {**OPEN, "patternProperties": {"^x": T}}),
    ("as many as there may be", array(T, maxItems=1), array(T, prefixItems=[T, W])),
    ("names in a closer way", {**OPEN, "propertyNames": {"maxLength": 2}}, {**OPEN, "propertyNames": {"maxLength": 3}}),
    ("both needed", obj("a", "b"), obj(also={"dependentRequired": {"a": ["b"]}})),
    ("what nothing can be", False, T),
    ("one of two that are apart", whole(minimum=0), one_of(N, T)),
    ("a whole number between two bounds", whole(minimum=1, maximum=5), number(exclusiveMinimum=0, exclusiveMaximum=6)),
    ("the same condition", {"if": T, "then": W}, {"if": T, "then": W}),
]


@pytest.mark.parametrize(("narrow", "wide"), [case[1:] for case in NOT_WITHIN], ids=[case[0] for case in NOT_WITHIN])
def test_what_is_not_within_is_not_proven(narrow: JsonValue, wide: JsonValue) -> None:
    assert not proven(narrow, wide)


@pytest.mark.parametrize(("narrow", "wide"), [case[1:] for case in WITHIN], ids=[case[0] for case in WITHIN])
def test_what_is_within_is_proven(narrow: JsonValue, wide: JsonValue) -> None:
    assert proven(narrow, wide)


def test_a_proof_has_an_end() -> None:
    """Shapes that refer to each other in every way are compared a bounded number of times."""
    one, other = Shape.of(crowd(W)), Shape.of(crowd(T))

    assert not is_proven(one, other)
    assert is_proven(one, one)
    assert not is_proven(Shape.of(crowd(N)), one)


def crowd(leaf: JsonValue) -> JsonObject:
    """Nine shapes, each of which has nine members that are one of two others."""
    definitions: JsonObject = {}
    for n in range(9):
        members: JsonObject = {f"p{m}": either(*_two(n, m)) for m in range(9)}
        definitions[f"M{n}"] = {"type": "object", "properties": {**members, "leaf": leaf}, "required": ["leaf"]}
    return {"$ref": "#/$defs/M0", "$defs": definitions}


def _two(n: int, m: int) -> list[JsonValue]:
    return [{"$ref": f"#/$defs/M{(n + m) % 9}"}, {"$ref": f"#/$defs/M{(n * m) % 9}"}]
