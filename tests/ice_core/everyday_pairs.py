"""Changes of schemas as authors make them, each with its verdict on the first schema against the second."""

from typing import Literal

from ice_core.strict_json import JsonObject, JsonValue

Kind = Literal["compatible", "breaking"]

T: JsonObject = {"type": "string"}
W: JsonObject = {"type": "integer"}
N: JsonObject = {"type": "number"}
B: JsonObject = {"type": "boolean"}
NULL: JsonObject = {"type": "null"}
SCHEMAS: JsonObject = {
    "Node": {
        "type": "object",
        "properties": {"value": W, "next": {"anyOf": [{"$ref": "#/schemas/Node"}, NULL]}},
        "required": ["value"],
    },
    "WideNode": {
        "type": "object",
        "properties": {"value": N, "next": {"anyOf": [{"$ref": "#/schemas/WideNode"}, NULL]}},
        "required": ["value"],
    },
    "Tree": {
        "type": "object",
        "properties": {"name": T, "children": {"type": "array", "items": {"$ref": "#/schemas/Tree"}}},
        "required": ["name"],
    },
    "Forest": {
        "type": "object",
        "properties": {"name": T, "children": {"type": "array", "items": {"$ref": "#/schemas/Forest"}}},
    },
    "Name": {"type": "string", "minLength": 1},
    "Cat": {"type": "object", "properties": {"kind": {"const": "cat"}, "lives": W}, "required": ["kind", "lives"]},
    "Dog": {"type": "object", "properties": {"kind": {"const": "dog"}, "good": B}, "required": ["kind", "good"]},
}


def text(**keywords: JsonValue) -> JsonObject:
    """A text with keywords."""
    return {"type": "string", **keywords}


def whole(**keywords: JsonValue) -> JsonObject:
    """A whole number with keywords."""
    return {"type": "integer", **keywords}


def number(**keywords: JsonValue) -> JsonObject:
    """A number with keywords."""
    return {"type": "number", **keywords}


def array(items: JsonValue, **keywords: JsonValue) -> JsonObject:
    """A list of items."""
    return {"type": "array", "items": items, **keywords}


def obj(*required: str, closed: bool = False, also: JsonObject | None = None, **properties: JsonValue) -> JsonObject:
    """An object with properties."""
    schema: JsonObject = {"type": "object", "properties": dict(properties)}
    if required:
        schema["required"] = list(required)
    return {**schema, **({"additionalProperties": False} if closed else {}), **(also or {})}


def either(*choices: JsonValue) -> JsonObject:
    """An `anyOf`."""
    return {"anyOf": list(choices)}


def one_of(*choices: JsonValue) -> JsonObject:
    """A `oneOf`."""
    return {"oneOf": list(choices)}


def every(*parts: JsonValue) -> JsonObject:
    """An `allOf`."""
    return {"allOf": list(parts)}


def ref(name: str) -> JsonObject:
    """A reference."""
    return {"$ref": f"#/schemas/{name}"}


def enum(*values: JsonValue) -> JsonObject:
    """An `enum`."""
    return {"enum": list(values)}


CAT, DOG = ref("Cat"), ref("Dog")

# What is the same in other words, or wider.
COMPATIBLE: list[tuple[JsonValue, JsonValue]] = [
    (T, T),
    (T, {**T, "description": "A name", "title": "Name", "default": "x", "examples": ["a"]}),
    (W, N),
    (N, either(N, NULL)),
    (T, {"type": ["string", "null"]}),
    (either(T, NULL), {"type": ["null", "string"]}),
    ({"type": ["string", "null"]}, either(NULL, T)),
    (either(T, W), either(W, T, B)),
    (enum("a", "b"), enum("b", "a", "c")),
    (enum("a", "b"), T),
    ({"const": "a"}, enum("a", "b")),
    (enum(True, False), B),
    (B, enum(True, False)),
    (NULL, {"const": None}),
    ({"const": 1}, whole(minimum=1)),
    ({"const": 1.0}, W),
    (enum("2026-11-24"), text(format="date")),
    (enum("ab", "abb"), text(pattern="^ab+$")),
    (text(format="date"), T),
    (text(format="uuid", description="Which"), text(format="uuid")),
    (text(pattern="^a"), text(pattern="^a")),
    (text(pattern="^a", minLength=3), text(pattern="^a", minLength=2)),
    (text(minLength=1), T),
    (text(maxLength=5), text(maxLength=10)),
    (text(minLength=0), T),
    (T, text(minLength=0)),
    (whole(minimum=1), whole(minimum=0)),
    (whole(exclusiveMinimum=0), whole(minimum=1)),
    (whole(minimum=1), whole(exclusiveMinimum=0)),
    (number(exclusiveMaximum=5), number(maximum=5)),
    (whole(minimum=1, maximum=3), enum(1, 2, 3, 4)),
    (whole(multipleOf=6), whole(multipleOf=3)),
    (W, number(multipleOf=1)),
    (array(W), array(N)),
    (array(T, minItems=1), array(T)),
    (array(T, maxItems=1), array(T, uniqueItems=True)),
    ({"type": "array", "prefixItems": [T, W], "minItems": 2, "maxItems": 2}, array(either(T, W))),
    (array(T), {"type": "array"}),
    (array(text(minLength=1)), array(T)),
    (obj("a", a=T), obj(a=T)),
    (obj("a", a=T, b=W), obj("a", a=T)),
    (obj("a", a=T), obj("a", also={"additionalProperties": True}, a=T)),
    (obj("a", closed=True, a=T), obj("a", a=T)),
    (obj("a", closed=True, a=T), obj("a", closed=True, a=T, b=W)),
    (obj("a", closed=True, a=T), obj("a", a=T, b=W)),
    (obj("a", a=W), obj("a", a=N)),
    (obj("a", a=T), obj("a", a=either(T, NULL))),
    (obj("rows", rows=array(obj("name", name=T))), obj("rows", rows=array(obj(name=either(T, NULL))))),
    ({"type": "object", "additionalProperties": W}, {"type": "object", "additionalProperties": N}),
    (obj(closed=True, a=W, b=W), {"type": "object", "additionalProperties": N}),
    (obj("a", "b", a=T, b=T), {"type": "object", "minProperties": 2}),
    ({"type": "object", "patternProperties": {"^x_": W}}, {"type": "object", "patternProperties": {"^x_": N}}),
    (obj("a", "b", a=T, b=T), obj(also={"dependentRequired": {"a": ["b"]}}, a=T)),
    (ref("Name"), T),
    (text(minLength=1), ref("Name")),
    (every(ref("Name"), {"description": "Who"}), ref("Name")),
    ({"$ref": "#/schemas/Name", "description": "Who"}, ref("Name")),
    (ref("Node"), ref("Node")),
    (ref("Node"), ref("WideNode")),
    (ref("Tree"), ref("Forest")),
    (array(ref("Tree")), array(ref("Forest"))),
    (CAT, either(CAT, DOG)),
    (either(DOG, CAT), either(CAT, DOG)),
    (one_of(CAT, DOG), one_of(DOG, CAT)),
    (one_of(CAT, DOG), either(CAT, DOG)),
    (either(CAT, DOG), one_of(CAT, DOG)),
    (every(obj("a", a=T), obj("b", b=W)), obj("a", "b", a=T, b=W)),
    (obj("a", "b", a=T, b=W), every(obj("a", a=T), obj("b", b=W))),
    (text(minLength=3), {"not": NULL}),
    (T, {"not": W}),
    ({"not": T}, {"not": text(minLength=2)}),
    (False, T),
    (T, True),
    (T, {}),
]

# What is narrower, or other: the first schema, the second, where, and the sentence.
BREAKING: list[tuple[JsonValue, JsonValue, str, str]] = [
    (T, W, "", "the value may be a text, and a whole number is wanted"),
    (N, W, "", "the value may be a number, and a whole number is wanted"),
    (either(T, NULL), T, "", "the value may be null, and a text is wanted"),
    (either(T, NULL), W, "", "the value may be a text, and a whole number is wanted"),
    (T, either(W, NULL), "", "the value may be a text, and a whole number or null is wanted"),
    ({}, T, "", "the value may be null, and a text is wanted"),
    (enum("a", "b"), {"const": "a"}, "", 'the value may be `"b"`, and `"a"` is wanted'),
    (T, enum("a", "b"), "", 'the value may be `"ax"`, and one of `"a"`, `"b"` is wanted'),
    (enum("a", "b", "c"), enum("a", "b"), "", 'the value may be `"c"`, and one of `"a"`, `"b"` is wanted'),
    (B, {"const": True}, "", "the value may be `false`, and `true` is wanted"),
    (T, text(minLength=1), "", "the value may have 0 characters, and at least 1 is wanted"),
    (T, text(maxLength=3), "", "the value may have 4 characters, and at most 3 are wanted"),
    (text(maxLength=10), text(maxLength=5), "", "the value may have 6 characters, and at most 5 are wanted"),
    (T, text(pattern="^[a-z]+$"), "", 'the value may be `""`, and a text that matches `^[a-z]+$` is wanted'),
    (T, text(format="date"), "", 'the value may be `"a"`, and a text in the form `date` is wanted'),
    (
        text(format="date"),
        text(format="uuid"),
        "",
        'the value may be `"2026-11-24"`, and a text in the form `uuid` is wanted',
    ),
    (W, whole(minimum=0), "", "the value may be `-1`, and at least 0 is wanted"),
    (N, number(exclusiveMinimum=0), "", "the value may be `0`, and more than 0 is wanted"),
    (whole(minimum=0), whole(minimum=1), "", "the value may be `0`, and at least 1 is wanted"),
    (whole(maximum=10), whole(maximum=9), "", "the value may be `10`, and at most 9 is wanted"),
    (whole(multipleOf=3), whole(multipleOf=6), "", "the value may be `3`, and a multiple of 6 is wanted"),
    (array(T), array(W), "[]", "`[]` may be a text, and a whole number is wanted"),
    (array(N), array(W), "[]", "`[]` may be a number, and a whole number is wanted"),
    (array(T), array(T, minItems=1), "", "the value may have 0 items, and at least 1 is wanted"),
    (array(T), array(T, maxItems=2), "", "the value may have 3 items, and at most 2 are wanted"),
    (array(T), array(T, uniqueItems=True), "", "the value may hold an item twice, and different items are wanted"),
    (array(T), array(T, contains={"const": "x"}), "", "the value may be `[]`, and it lacks an item that is wanted"),
    (
        {"type": "array", "prefixItems": [T, N]},
        {"type": "array", "prefixItems": [T, W]},
        "[1]",
        "`[1]` may be a number, and a whole number is wanted",
    ),
    (obj(a=T), obj("a", a=T), "a", "`a` may be missing, and it is required"),
    (obj("a", a=T), obj("a", "b", a=T, b=W), "b", "`b` may be missing, and it is required"),
    (obj("a", a=T), obj("b", b=T), "b", "`b` may be missing, and it is required"),
    (obj(a=T), obj(a=T, b=W), "b", "`b` may be null, and a whole number is wanted"),
    (obj(a=T), obj(closed=True, a=T), "x", "`x` may be given, and no such member is taken"),
    (
        obj("a", closed=True, a=T, b=W),
        obj("a", closed=True, a=T),
        "b",
        "`b` may be given, and no such member is taken",
    ),
    (obj("a", a=either(T, NULL)), obj("a", a=T), "a", "`a` may be null, and a text is wanted"),
    (
        obj("rows", rows=array(obj("name", name=either(T, NULL)))),
        obj("rows", rows=array(obj("name", name=T))),
        "rows[].name",
        "`rows[].name` may be null, and a text is wanted",
    ),
    (
        obj("rows", rows=array(obj(name=T))),
        obj("rows", rows=array(obj("name", name=T))),
        "rows[].name",
        "`rows[].name` may be missing, and it is required",
    ),
    (
        {"type": "object", "additionalProperties": N},
        {"type": "object", "additionalProperties": W},
        "x",
        "`x` may be a number, and a whole number is wanted",
    ),
    (
        {"type": "object"},
        {"type": "object", "minProperties": 1},
        "",
        "the value may have 0 members, and at least 1 is wanted",
    ),
    (
        {"type": "object"},
        {"type": "object", "maxProperties": 1},
        "",
        "the value may have 2 members, and at most 1 is wanted",
    ),
    (
        {"type": "object"},
        {"type": "object", "propertyNames": {"pattern": "^[a-z]$"}},
        "",
        'the value may be `{"": "a"}`, and not each of its member names is taken',
    ),
    ({"type": "object"}, obj(also={"dependentRequired": {"a": ["b"]}}), "b", "`b` may be missing, and it is required"),
    (T, ref("Name"), "", "the value may have 0 characters, and at least 1 is wanted"),
    (ref("WideNode"), ref("Node"), "value", "`value` may be a number, and a whole number is wanted"),
    (ref("Forest"), ref("Tree"), "name", "`name` may be missing, and it is required"),
    (either(CAT, DOG), CAT, "kind", '`kind` may be `"dog"`, and `"cat"` is wanted'),
    (one_of(CAT, DOG), DOG, "kind", '`kind` may be `"cat"`, and `"dog"` is wanted'),
    (T, {"not": enum("a", "b")}, "", 'the value may be `"a"`, which is not taken'),
    (either(T, W), one_of(T, either(W, text(minLength=2))), "", 'the value may be `"aa"`, which is not taken'),
    (T, False, "", "the value may be given, and it is not taken"),
]
