"""Which schema takes what another gives: everyday pairs, what cannot be decided, and schemas made to be expensive."""

import pytest

from ice_core.canonical import canonical_bytes
from ice_core.contracts import Contract
from ice_core.json_schema import standalone_schema
from ice_core.schema_compatibility import Verdict, compare_schemas
from ice_core.strict_json import JsonObject, JsonValue, parse_any_json
from tests.ice_core.everyday_pairs import BREAKING, COMPATIBLE, SCHEMAS, array, either, obj, text


def compared(narrow: JsonValue, wide: JsonValue) -> Verdict:
    """The verdict on two schemas that share their schemas."""
    return compare_schemas(narrow, wide, schemas_narrow=SCHEMAS, schemas_wide=SCHEMAS)


def takes(schema: JsonValue, value: JsonValue) -> bool:
    """Whether the project's validator takes the value."""
    return Contract(standalone_schema(schema, SCHEMAS), where="schema").is_kept_by(value)


@pytest.mark.parametrize(("narrow", "wide"), COMPATIBLE)
def test_what_is_the_same_or_wider_is_compatible(narrow: JsonValue, wide: JsonValue) -> None:
    verdict = compared(narrow, wide)

    assert ("compatible", "", "", None) == (verdict.kind, verdict.path, verdict.reason, verdict.counter_example)


@pytest.mark.parametrize(("narrow", "wide", "path", "reason"), BREAKING)
def test_what_is_narrower_breaks_and_a_value_shows_where(
    narrow: JsonValue, wide: JsonValue, path: str, reason: str
) -> None:
    verdict = compared(narrow, wide)

    assert ("breaking", path, reason) == (verdict.kind, verdict.path, verdict.reason)
    assert takes(narrow, verdict.counter_example)
    assert not takes(wide, verdict.counter_example)


def test_one_name_may_mean_two_schemas() -> None:
    old: JsonObject = {"Row": obj("name", name=either({"type": "string"}, {"type": "null"}))}
    new: JsonObject = {"Row": obj("name", name={"type": "string"})}
    rows = obj("rows", rows=array({"$ref": "#/schemas/Row"}))
    verdict = compare_schemas(rows, rows, schemas_narrow=old, schemas_wide=new)

    assert ("breaking", "rows[].name") == (verdict.kind, verdict.path)
    assert {"rows": [{"name": None}]} == verdict.counter_example
    assert "compatible" == compare_schemas(rows, rows, schemas_narrow=new, schemas_wide=old).kind


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (text(pattern="^(0|1)*10$"), text(pattern="^(0|1)*0$")),
        (text(format="date"), text(format="unheard-of")),
        (text(format="date"), text(pattern="^[0-9-]+$")),
    ],
)
def test_what_is_neither_proven_nor_shown_is_unknown(narrow: JsonValue, wide: JsonValue) -> None:
    verdict = compared(narrow, wide)

    assert ("unknown", "neither a proof nor a counter-example was found") == (verdict.kind, verdict.reason)


def deep(levels: int, leaf: JsonValue) -> JsonValue:
    """An array in an array, and so on."""
    return leaf if levels == 0 else array(deep(levels - 1, leaf))


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (deep(40, {"type": "string"}), "(more)"),
        ({"$ref": "#/schemas/Missing"}, "('#/schemas/Missing')"),
        ({"$ref": "https://example.org/x"}, "('https://example.org/x')"),
        (text(pattern="(?=a)b"), 'is not a "regex"'),
        ({"type": "sting"}, '"sting"'),
        ({"description": "x" * 70_000}, "bytes)"),
        ("string", "(a string)"),
    ],
)
def test_a_schema_outside_the_subset_is_unknown_with_the_reason(schema: JsonValue, reason: str) -> None:
    for verdict in (compared(schema, {"type": "string"}), compared({"type": "string"}, schema)):
        assert "unknown" == verdict.kind
        assert reason in verdict.reason


def members(count: int) -> JsonObject:
    """An object that may have so many members, all texts, and no others."""
    properties: JsonObject = {f"m{n}": text() for n in range(count)}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def texts(count: int) -> list[JsonValue]:
    """So many times the schema of a text."""
    return [text() for _ in range(count)]


def required_choices(count: int, first: str, second: str) -> JsonObject:
    """Objects with one of two members, and one of two others, and so on: 2^count alternatives."""
    return {"allOf": [{"anyOf": [{"required": [f"{first}{n}"]}, {"required": [f"{second}{n}"]}]} for n in range(count)]}


def doubling(levels: int, leaf: JsonValue) -> JsonObject:
    """Shared schemas, each of which refers to the next one twice: 2^levels values in the largest value."""
    found: JsonObject = {"N0": leaf}
    for level in range(1, levels + 1):
        part: JsonObject = {"$ref": f"#/schemas/N{level - 1}"}
        found[f"N{level}"] = obj("a", "b", a=part, b=part)
    return found


def negations(levels: int) -> JsonValue:
    """`not` in `not`, with members in between."""
    schema: JsonValue = {"type": "string"}
    for _ in range(levels):
        schema = {"not": {"type": "object", "properties": {"a": schema, "b": schema}}}
    return schema


def kinds(count: int, leaf: JsonValue) -> JsonObject:
    """So many kinds of objects, told apart by `kind`, each with four members."""
    return {
        "anyOf": [
            {
                "type": "object",
                "properties": {"kind": {"const": f"k{n}"}, **{f"m{m}": leaf for m in range(4)}},
                "required": ["kind"],
            }
            for n in range(count)
        ]
    }


HOSTILE: list[tuple[str, JsonValue, JsonValue, JsonObject, JsonObject]] = [
    ("alternatives multiplied", required_choices(40, "a", "b"), required_choices(40, "b", "c"), {}, {}),
    ("alternatives within bounds", required_choices(6, "a", "b"), required_choices(6, "b", "c"), {}, {}),
    ("many values", {"enum": [*range(9000)]}, {"enum": [*range(1, 9001)]}, {}, {}),
    (
        "many members",
        members(900),
        members(899),
        {},
        {},
    ),
    (
        "one of many",
        {"oneOf": [{"required": [f"a{n}"]} for n in range(90)]},
        {"oneOf": [{"required": ["b"]}, True]},
        {},
        {},
    ),
    ("negations", negations(7), {"not": negations(7)}, {}, {}),
    ("long texts", text(maxLength=10**9), text(maxLength=10**8), {}, {}),
    ("long lists", array(True, maxItems=10**9), array(True, maxItems=10**8), {}, {}),
    ("wide prefixes", {"prefixItems": texts(900)}, {"prefixItems": [*texts(899), {"type": "null"}]}, {}, {}),
    ("many kinds", kinds(100, text()), kinds(100, either(text(), {"type": "null"})), {}, {}),
    ("many kinds, the other way", kinds(100, either(text(), {"type": "null"})), kinds(100, text()), {}, {}),
    ("patterns", text(pattern="^(a{1,100}){1,100}$"), text(pattern="^(a{1,100}){1,99}$"), {}, {}),
    (
        "references doubled",
        {"$ref": "#/schemas/N8"},
        {"$ref": "#/schemas/N8"},
        doubling(8, {"type": "string"}),
        doubling(8, {"type": ["string", "null"]}),
    ),
    (
        "references doubled, the other way",
        {"$ref": "#/schemas/N8"},
        {"$ref": "#/schemas/N8"},
        doubling(8, {"type": ["string", "null"]}),
        doubling(8, {"type": "string"}),
    ),
]


@pytest.mark.parametrize(
    ("narrow", "wide", "schemas_narrow", "schemas_wide"), [case[1:] for case in HOSTILE], ids=[c[0] for c in HOSTILE]
)
def test_schemas_made_to_be_expensive_are_answered(
    narrow: JsonValue, wide: JsonValue, schemas_narrow: JsonObject, schemas_wide: JsonObject
) -> None:
    """Whatever the answer, it is there before the test's own limit, and nothing recurses without bound."""
    verdict = compare_schemas(narrow, wide, schemas_narrow=schemas_narrow, schemas_wide=schemas_wide)

    assert verdict.kind in ("compatible", "breaking", "unknown")


def test_one_kind_of_many_that_breaks_is_found() -> None:
    verdict = compared(kinds(80, either(text(), {"type": "null"})), kinds(80, text()))

    assert "breaking" == verdict.kind
    assert "null" in str(verdict.reason)


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ({"type": "integer"}, {"type": "integer", "maximum": 2**53 - 1}),
        ({"type": "integer", "maximum": 2**53 - 1}, {"type": "integer", "maximum": 2**53 - 2}),
        ({"type": "number"}, {"type": "number", "minimum": -1e20}),
        ({"type": "number", "maximum": 1e300}, {"type": "number", "maximum": 1e299}),
    ],
)
def test_a_counter_example_is_a_value_that_the_parser_takes(narrow: JsonValue, wide: JsonValue) -> None:
    """Also at the end of what numbers JSON readers hold exactly."""
    verdict = compared(narrow, wide)

    assert verdict.kind != "compatible"
    if verdict.kind == "breaking":
        parse_any_json(canonical_bytes(verdict.counter_example), where="counter-example")


def test_a_verdict_shows_itself() -> None:
    assert "Verdict('breaking', path='', reason='" in repr(compared({"type": "string"}, {"type": "null"}))
