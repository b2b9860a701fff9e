"""The JSON Schema subset: what it refuses and how fast, what it follows, and that a schema alone means the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.contracts import compiled
from ice_core.errors import IceError
from ice_core.json_schema import (
    DIALECT,
    MAX_SCHEMA_BYTES,
    MAX_SCHEMA_DEPTH,
    check_schema_subset,
    component_schemas,
    reachable_schemas,
    schema_references,
    standalone_schema,
    subschemas,
)
from ice_core.strict_json import JsonObject, JsonValue
from tests.ice_core.json_values import JSON_VALUES

TO_TREE: JsonObject = {"$ref": "#/schemas/Tree"}


def _check(schema: JsonValue, schemas: JsonObject | None = None) -> None:
    check_schema_subset(schema, schemas or {}, where="plugins.json", path="components[0].schema.input")


def _reference(name: str) -> JsonObject:
    return {"$ref": f"#/schemas/{name}"}


def _nested(levels: int) -> JsonObject:
    schema: JsonObject = {}
    for _ in range(levels):
        schema = {"items": schema}
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        {},
        True,
        False,
        {"$schema": DIALECT, "type": "object"},
        {"properties": {"$ref": {"type": "string"}, "$id": {}, "$defs": True, "definitions": {}}},
        {"const": {"$ref": "http://127.0.0.1:9/x"}, "enum": [{"$id": "x"}], "default": {"$dynamicRef": "x"}},
        {"examples": [{"$ref": "file:///etc/passwd"}]},
        {"allOf": [True, {"anyOf": [False, {}]}], "not": {"items": {"prefixItems": [{}]}}},
        {"patternProperties": {"^a$": {}}, "dependentSchemas": {"a": {}}, "dependentRequired": {"a": ["b"]}},
        _nested(MAX_SCHEMA_DEPTH),
        {"description": "x" * (MAX_SCHEMA_BYTES - 30)},
    ],
)
def test_a_schema_of_the_subset_is_accepted(schema: JsonValue) -> None:
    """Data members are data: a `$ref` among them, or a property of that name, refers to nothing."""
    _check(schema)

    assert set() == schema_references(schema)


REFUSED: list[tuple[JsonValue, str]] = [
    (1, ""),
    (None, ""),
    ("x", ""),
    ([], ""),
    ({"items": [{}]}, ".items"),
    ({"items": 1}, ".items"),
    ({"allOf": [{}, 1]}, ".allOf[1]"),
    ({"properties": []}, ".properties"),
    ({"properties": {"a": "string"}}, ".properties.a"),
    ({"patternProperties": None}, ".patternProperties"),
    ({"dependentSchemas": {"a": []}}, ".dependentSchemas.a"),
    ({"$schema": "http://json-schema.org/draft-07/schema#"}, ".$schema"),
    ({"$schema": 1}, ".$schema"),
    ({"properties": {"a": {"$schema": "http://127.0.0.1:9/x"}}}, ".properties.a.$schema"),
    ({"$ref": "http://127.0.0.1:9/x"}, ".$ref"),
    ({"$ref": "file:///etc/passwd"}, ".$ref"),
    ({"$ref": "#"}, ".$ref"),
    ({"$ref": ""}, ".$ref"),
    ({"$ref": "#/schemas/"}, ".$ref"),
    ({"$ref": "#/schemas/Absent"}, ".$ref"),
    ({"$ref": "#/schemas/Tree/properties/left"}, ".$ref"),
    ({"$ref": "plugins.json#/schemas/Tree"}, ".$ref"),
    ({"$ref": "#/components/0/schema/input"}, ".$ref"),
    ({"$ref": "#/$defs/A"}, ".$ref"),
    ({"$ref": 5}, ".$ref"),
    ({"$ref": None}, ".$ref"),
    ({"$ref": ["#/schemas/Tree"]}, ".$ref"),
    ({"items": {"not": {"$ref": "../x"}}}, ".items.not.$ref"),
    (_nested(MAX_SCHEMA_DEPTH + 1), ".items" * (MAX_SCHEMA_DEPTH + 1)),
    ({"description": "x" * MAX_SCHEMA_BYTES}, ""),
    ({"$anchor": "a"}, ".$anchor"),
    ({"$defs": {}}, ".$defs"),
    ({"$dynamicAnchor": "a"}, ".$dynamicAnchor"),
    ({"$dynamicRef": "#a"}, ".$dynamicRef"),
    ({"$id": "http://127.0.0.1:9/x"}, ".$id"),
    ({"$recursiveAnchor": True}, ".$recursiveAnchor"),
    ({"$recursiveRef": "#"}, ".$recursiveRef"),
    ({"$vocabulary": {}}, ".$vocabulary"),
    ({"definitions": {}}, ".definitions"),
]


@pytest.mark.parametrize(("schema", "path"), REFUSED)
def test_a_schema_outside_the_subset_is_refused_at_its_place(schema: JsonValue, path: str) -> None:
    """The path leads from the manifest's root to the member."""
    with pytest.raises(IceError) as refusal:
        _check(schema, {"Tree": {"type": "object"}})

    assert "schema-invalid" == refusal.value.slug
    assert refusal.value.where is not None
    assert f"components[0].schema.input{path}" == refusal.value.where.path


@pytest.mark.parametrize(
    "keyword", ["properties", "items", "additionalProperties", "patternProperties", "prefixItems", "contains"]
)
def test_recursion_that_descends_into_the_instance_is_accepted(keyword: str) -> None:
    """A tree is a common thing to return."""
    inner: JsonValue = TO_TREE
    if keyword in ("properties", "patternProperties"):
        inner = {"left": TO_TREE, "right": TO_TREE}
    if keyword == "prefixItems":
        inner = [TO_TREE]

    _check(TO_TREE, {"Tree": {keyword: inner}})

    assert () == compiled(standalone_schema(TO_TREE, {"Tree": {keyword: inner}}), where="x").violations({"a": [[], {}]})


@pytest.mark.parametrize(
    "schemas",
    [
        {"Tree": TO_TREE},
        {"Tree": {"allOf": [TO_TREE]}},
        {"Tree": {"anyOf": [{}, TO_TREE]}},
        {"Tree": {"not": TO_TREE}},
        {"Tree": {"if": TO_TREE}},
        {"Tree": {"propertyNames": TO_TREE}},
        {"Tree": {"dependentSchemas": {"a": TO_TREE}}},
        {"Tree": {"oneOf": [_reference("B")]}, "B": {"then": _reference("C")}, "C": {"else": TO_TREE}},
        {"Tree": {"properties": {"x": _reference("B")}}, "B": {"allOf": [_reference("C")]}, "C": _reference("B")},
    ],
)
def test_recursion_that_never_descends_is_refused(schemas: JsonObject) -> None:
    """A validator would follow it without end."""
    with pytest.raises(IceError) as refusal:
        _check(TO_TREE, schemas)

    assert "schema-invalid" == refusal.value.slug


def test_mutual_recursion_is_sound_when_one_step_of_each_turn_descends() -> None:
    """A value is a list of values, or a value wrapped."""
    schemas: JsonObject = {
        "Tree": {"anyOf": [_reference("Many"), {"type": "string"}]},
        "Many": {"type": "array", "items": TO_TREE},
    }

    _check(TO_TREE, schemas)

    contract = compiled(standalone_schema(TO_TREE, schemas), where="x")
    assert () == contract.violations([["a"], "b"])
    assert 0 < len(contract.violations([["a"], 1]))


@pytest.mark.parametrize("keyword", ["properties", "allOf"])
@pytest.mark.parametrize("depth", range(14, 25))
def test_doubling_references_are_refused_before_they_cost(keyword: str, depth: int) -> None:
    """Each schema uses the next one twice: 2^depth when written out, refused after 1,000."""
    schemas: JsonObject = {f"S{depth}": {"type": "string"}}
    for level in range(depth):
        twice = [_reference(f"S{level + 1}")] * 2
        schemas[f"S{level}"] = (
            {"allOf": list(twice)} if keyword == "allOf" else {keyword: {"a": twice[0], "b": twice[1]}}
        )

    with pytest.raises(IceError) as refusal:
        _check(_reference("S0"), schemas)

    assert "schema-invalid" == refusal.value.slug
    bounds = ("at most 1000 references when written out", "at most 32 levels")
    assert refusal.value.finding.expected in bounds  # whichever it meets first; written out it never ends


def test_the_size_bound_counts_the_schemas_that_are_reached_and_no_others() -> None:
    """A large schema elsewhere in the manifest is not this component's."""
    large: JsonObject = {"description": "x" * MAX_SCHEMA_BYTES}
    _check({"type": "string"}, {"Large": large})

    with pytest.raises(IceError) as refusal:
        _check(_reference("Small"), {"Small": {"items": _reference("Large")}, "Large": large})

    assert "schema-invalid" == refusal.value.slug


def test_reachable_schemas_follow_references_and_leave_out_the_rest() -> None:
    """Through shared schemas, around cycles, and past names that point nowhere."""
    schemas: JsonObject = {
        "B": {"items": _reference("A")},
        "A": {"items": _reference("B"), "not": _reference("Absent")},
        "C": {"const": _reference("D")},
        "D": {},
    }
    entry: JsonObject = {"schema": {"input": _reference("B"), "output": {"anyOf": [_reference("C")]}}}

    reached = component_schemas(entry, schemas)

    assert ["A", "B", "C"] == list(reached)
    assert {} == component_schemas({"name": "a"}, schemas)
    assert {} == reachable_schemas([True, None], schemas)


def test_subschemas_pass_over_data_and_ill_formed_keywords() -> None:
    """Keyword and path of each schema directly inside."""
    schema: JsonObject = {
        "not": {"type": "null"},
        "anyOf": [True],
        "properties": {"a.b": {}},
        "allOf": {},
        "const": {"not": {}},
    }

    found = list(subschemas(schema))

    assert [
        ("not", "not", {"type": "null"}),
        ("anyOf", "anyOf[0]", True),
        ("properties", "properties.a.b", {}),
    ] == found


def test_a_schema_alone_refers_to_its_own_definitions() -> None:
    """References are rewritten wherever a schema stands, and only there."""
    schemas: JsonObject = {
        "A": {"items": _reference("B")},
        "B": {"type": "string", "default": _reference("A")},
        "C": {},
    }
    schema: JsonObject = {
        "properties": {"$ref": _reference("A"), "const": {"const": _reference("A")}},
        "anyOf": [_reference("A"), True],
        "additionalProperties": _reference("B"),
        "enum": [_reference("A")],
    }
    before = repr((schema, schemas))

    alone = standalone_schema(schema, schemas)

    assert {
        "properties": {"$ref": {"$ref": "#/$defs/A"}, "const": {"const": _reference("A")}},
        "anyOf": [{"$ref": "#/$defs/A"}, True],
        "additionalProperties": {"$ref": "#/$defs/B"},
        "enum": [_reference("A")],
        "$defs": {"A": {"items": {"$ref": "#/$defs/B"}}, "B": {"type": "string", "default": _reference("A")}},
    } == alone
    assert before == repr((schema, schemas))


@pytest.mark.parametrize(("schema", "accepts"), [(True, True), (False, False)])
def test_a_boolean_schema_stands_alone_too(schema: JsonValue, *, accepts: bool) -> None:
    """A contract is always an object."""
    contract = compiled(standalone_schema(schema, {}), where="x")

    assert accepts is (() == contract.violations(1))


@given(JSON_VALUES, st.sampled_from(["const", "default"]))
def test_data_members_are_left_untouched(value: JsonValue, keyword: str) -> None:
    """Whatever a constant holds, it is not a schema."""
    schema: JsonObject = {keyword: value}

    alone = standalone_schema(schema, {"A": {}})

    assert schema == alone
