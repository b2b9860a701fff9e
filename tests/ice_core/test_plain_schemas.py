"""Schemas found sound by compiled passes: whatever they say yes to, every rule held in full says yes to as well."""

import jsonschema_rs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ice_core.contracts import Contract
from ice_core.errors import IceError
from ice_core.json_schema import (
    DIALECT,
    MAX_EXPANSIONS,
    MAX_SCHEMA_BYTES,
    MAX_SCHEMA_DEPTH,
    REFUSED_KEYWORDS,
    check_schema_subset,
    schema_references,
    standalone_schema,
)
from ice_core.plain_schemas import PlainSchemas
from ice_core.strict_json import JsonObject, JsonValue

KEYWORDS = (
    "$comment $ref $schema additionalProperties allOf anyOf const contains contentEncoding "
    "contentMediaType contentSchema default dependencies dependentRequired dependentSchemas deprecated "
    "description else enum examples exclusiveMaximum exclusiveMinimum format if items maxContains "
    "maxItems maxLength maxProperties maximum minContains minItems minLength minProperties minimum "
    "multipleOf not oneOf pattern patternProperties prefixItems properties propertyNames readOnly "
    "required then title type unevaluatedItems unevaluatedProperties uniqueItems writeOnly x-own"
).split()
VALUES: st.SearchStrategy[JsonValue] = st.sampled_from(
    [0, 1, -1, 0.5, 1e21, 1e300, 5e-324, -0.0, 2**53 - 1, True, False, None, "", "a", "[", "date", DIALECT, "string"]
    + ["#/schemas/A", "#/schemas/B", "#/schemas/Gone", "#/$defs/A", ["a", "b"], ["a", "a"], ["string", "null"], [], {}]
)
NAMES = st.sampled_from(["A", "B", "a", "", "$ref", "\U0001f600"])


def _schemas(inner: st.SearchStrategy[JsonValue]) -> st.SearchStrategy[JsonValue]:
    of_keyword = st.one_of(VALUES, inner, st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=2))
    return st.dictionaries(st.sampled_from([*KEYWORDS, *sorted(REFUSED_KEYWORDS)]), of_keyword, max_size=4)


ANY: st.SearchStrategy[JsonValue] = st.recursive(VALUES, _schemas, max_leaves=12)
SHARED: st.SearchStrategy[JsonObject] = st.fixed_dictionaries({}, optional={"A": ANY, "B": ANY})


def _is_sound_in_full(schema: JsonValue, shared: JsonObject) -> bool:
    if schema_references(schema) - shared.keys():
        return False
    try:
        check_schema_subset(schema, shared, where="x", path="input")
        Contract(standalone_schema(schema, shared), where="x")
    except IceError:
        return False
    return True


@given(ANY, SHARED)
@example({"$ref": "#/schemas/A"}, {"A": {"items": {"$ref": "#/schemas/A"}}})
@example({"properties": {"$ref": {"const": {"$ref": "#/schemas/Gone"}}}}, {})
@example({"minLength": 1e300}, {})
@example({"enum": [{"$ref": "#/schemas/A"}]}, {})
def test_what_is_plain_keeps_every_rule(schema: JsonValue, shared: JsonObject) -> None:
    """A yes is certain; a no decides nothing."""
    plain = PlainSchemas(shared)

    assert not plain.holds(schema) or _is_sound_in_full(schema, shared)
    for name in shared:
        assert not plain.holds_shared(name) or _is_sound_in_full(shared[name], shared)


@given(ANY)
def test_the_rules_of_one_schema_are_at_least_those_of_the_draft(schema: JsonValue) -> None:
    """The flattened rules lack nothing of draft 2020-12's own, which spread over seven documents."""
    assert not PlainSchemas({}).holds(schema) or (isinstance(schema, dict) and jsonschema_rs.meta.is_valid(schema))


PLAIN: list[JsonObject] = [
    {},
    {"type": "object", "properties": {"a": {"type": ["string", "null"], "maxLength": 3}}, "required": ["a"]},
    {"$schema": DIALECT, "title": "T", "additionalProperties": False, "default": {"a": [None]}, "examples": [1]},
    {"anyOf": [{"const": 1}, {"not": {"enum": ["a"]}}], "unevaluatedProperties": {"multipleOf": 0.5}},
    {"$ref": "#/schemas/A", "description": "the first"},
    {"prefixItems": [{"$ref": "#/schemas/B"}, True], "items": {"$ref": "#/schemas/A"}, "uniqueItems": True},
]


@pytest.mark.parametrize("schema", PLAIN)
def test_an_everyday_schema_is_plain(schema: JsonObject) -> None:
    """Most are, so that most manifests are checked without a walk and without a compilation."""
    shared: JsonObject = {"A": {"properties": {"b": {"$ref": "#/schemas/B"}}}, "B": {"type": "string"}}

    assert PlainSchemas(shared).holds(schema)


NOT_PLAIN: list[JsonValue] = [
    True,
    None,
    {"pattern": "^a"},
    {"patternProperties": {}},
    {"dependencies": {}},
    {"$defs": {}},
    {"properties": {"a": {"$id": "x"}}},
    {"$ref": "#/schemas/Gone"},
    {"$ref": "https://example.org"},
    {"$ref": "#/schemas/Loop"},
    {"$ref": "#/schemas/Pattern"},
    {"description": "a" * MAX_SCHEMA_BYTES},
    {"allOf": [{"$ref": "#/schemas/Large"}, {"$ref": "#/schemas/Large"}]},
    {"anyOf": [{"$ref": "#/schemas/Many"}, {"$ref": "#/schemas/Many"}]},
]


@pytest.mark.parametrize("schema", NOT_PLAIN, ids=range(len(NOT_PLAIN)))
def test_what_needs_more_than_a_look_is_not_plain(schema: JsonValue) -> None:
    """It may be sound all the same; the rules in full decide."""
    small: JsonValue = {"$ref": "#/schemas/Small"}
    shared: JsonObject = {
        "Loop": {"items": {"$ref": "#/schemas/Loop"}},
        "Pattern": {"pattern": "^a"},
        "Large": {"description": "a" * (MAX_SCHEMA_BYTES // 3 - 1000)},
        "Small": {},
        "Many": {"prefixItems": [small] * (MAX_EXPANSIONS // 2)},
    }

    assert not PlainSchemas(shared).holds(schema)


def _nested(depth: int) -> JsonObject:
    schema: JsonObject = {}
    for _ in range(depth):
        schema = {"items": schema}
    return schema


def test_depth_is_counted_through_references() -> None:
    """Two halves that fit alone, and not one behind the other."""
    half = MAX_SCHEMA_DEPTH // 2 + 1
    behind: JsonObject = _nested(half)
    innermost = behind
    while isinstance(inner := innermost.get("items"), dict):
        innermost = inner
    innermost["$ref"] = "#/schemas/Half"
    plain = PlainSchemas({"Half": _nested(half)})

    assert plain.holds_shared("Half")
    assert not plain.holds(behind)
    assert not _is_sound_in_full(behind, {"Half": _nested(half)})
