"""What a manifest keeps beyond its model, each refusal with its path."""

import pytest

from ice_core.errors import IceError
from ice_core.manifest_checks import check_schemas, missing_references, refuse_duplicates, refuse_too_new
from ice_core.strict_json import JsonObject, JsonValue
from tests.builders.manifests import component, manifest


def with_schemas(input_schema: JsonValue, schemas: "JsonObject | None" = None) -> JsonObject:
    return manifest(component(schema={"input": input_schema, "output": {"type": "object"}}), schemas=schemas or {})


def test_references_that_point_nowhere_are_all_told_with_their_paths() -> None:
    value = with_schemas(
        {"type": "object", "properties": {"a": {"$ref": "#/schemas/Gone"}, "b": {"$ref": "#/schemas/Rows"}}},
        {"Row": {"items": {"$ref": "#/schemas/Cell"}}},
    )

    found = [
        (finding.slug, finding.where.path, finding.found)
        for finding in missing_references(value, where="plugins.json")
        if finding.where
    ]

    assert [
        ("schema-reference-missing", "components[0].schema.input", "Gone"),
        ("schema-reference-missing", "components[0].schema.input", "Rows"),
        ("schema-reference-missing", "schemas.Row", "Cell"),
    ] == found


def test_a_reference_that_points_nowhere_gets_a_near_name_or_the_command() -> None:
    value = with_schemas({"anyOf": [{"$ref": "#/schemas/Rows"}, {"$ref": "#/schemas/Xyz"}]}, {"Row": {}})

    hints = [finding.hints for finding in missing_references(value, where="plugins.json")]

    assert [
        ("`#/schemas/Row` exists; did you mean that?",),
        ("To write the manifest with its schemas, run `ice plugins export --output plugins.json`",),
    ] == hints


def test_schemas_that_point_at_each_other_are_fine() -> None:
    value = with_schemas({"$ref": "#/schemas/Row"}, {"Row": {"items": {"$ref": "#/schemas/Cell"}}, "Cell": {}})

    check_schemas(value, where="plugins.json")

    assert () == missing_references(value, where="plugins.json")


def test_a_missing_reference_is_refused_before_anything_else_about_schemas() -> None:
    with pytest.raises(IceError) as caught:
        check_schemas(with_schemas({"$ref": "#/schemas/Gone", "$id": "x"}), where="plugins.json")

    assert "schema-reference-missing" == caught.value.slug


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({"$dynamicRef": "#x"}, "components[0].schema.input.$dynamicRef"),
        ({"$ref": "file:///etc/passwd"}, "components[0].schema.input.$ref"),
        ({"pattern": "(?<=a)b"}, None),
        ({"type": "strange"}, None),
    ],
)
def test_a_schema_outside_the_subset_is_refused(schema: JsonObject, path: str | None) -> None:
    with pytest.raises(IceError) as caught:
        check_schemas(with_schemas(schema), where="plugins.json")

    assert "schema-invalid" == caught.value.slug
    if path is not None:
        assert path == (caught.value.where.path if caught.value.where else "")


def test_a_schema_that_no_component_reaches_is_checked_as_well() -> None:
    with pytest.raises(IceError) as caught:
        check_schemas(with_schemas({}, {"Idle": {"$anchor": "x"}}), where="plugins.json")

    assert "schema-invalid" == caught.value.slug
    assert "schemas.Idle.$anchor" == (caught.value.where.path if caught.value.where else "")


@pytest.mark.parametrize("needed", ["1.0.0", "0.9.9", "1.0.0-rc.1", None])
def test_an_iceos_that_is_new_enough_is_fine(needed: str | None) -> None:
    listed: JsonObject = component() if needed is None else component(iceos_min=needed)

    refuse_too_new(manifest(listed), where="plugins.json", iceos_version="1.0.0")


def test_each_component_that_needs_a_newer_iceos_is_told() -> None:
    value = manifest(component("one", iceos_min="1.0.1"), component("two"), component("three", iceos_min="2.0.0"))

    with pytest.raises(IceError) as caught:
        refuse_too_new(value, where="plugins.json", iceos_version="1.0.0")

    assert "iceos-too-old" == caught.value.slug
    assert [
        ("`tool:one` needs iceos 1.0.1 or newer, and this is 1.0.0", "components[0].iceos_min"),
        ("`tool:three` needs iceos 2.0.0 or newer, and this is 1.0.0", "components[2].iceos_min"),
    ] == [(finding.message, finding.where.path) for finding in caught.value.findings if finding.where]


def test_one_component_that_needs_a_newer_iceos_says_both_versions_and_the_command() -> None:
    with pytest.raises(IceError) as caught:
        refuse_too_new(manifest(component(iceos_min="2.0.0")), where="plugins.json", iceos_version="1.0.0")

    assert "iceos 2.0.0 or newer" == caught.value.finding.expected
    assert "iceos 1.0.0" == caught.value.finding.found
    assert ("To upgrade, run `uv pip install --upgrade 'iceos>=2.0.0'`",) == caught.value.finding.hints


@pytest.mark.parametrize("odd", [3, "not a version", None, [], {"a": 1}])
def test_an_odd_iceos_min_is_left_to_the_model(odd: JsonValue) -> None:
    refuse_too_new(manifest(component(iceos_min=odd)), where="plugins.json", iceos_version="1.0.0")


@pytest.mark.parametrize("components", [None, 3, ["x"], [None]])
def test_odd_components_are_left_to_the_model(components: JsonValue) -> None:
    refuse_too_new({"components": components}, where="plugins.json", iceos_version="1.0.0")


def test_a_component_without_a_name_is_called_by_its_place() -> None:
    with pytest.raises(IceError) as caught:
        refuse_too_new({"components": [{"iceos_min": "9.0.0"}]}, where="plugins.json", iceos_version="1.0.0")

    assert caught.value.finding.message.startswith("`components[0]` needs")


def test_each_repetition_of_a_component_is_told_with_both_places() -> None:
    value = manifest(component(), component(node_type="agent"), component(), component(version="2.0.0"))

    with pytest.raises(IceError) as caught:
        refuse_duplicates(value, where="plugins.json")

    assert "component-duplicate" == caught.value.slug
    assert ["components[0] and components[2]", "components[0] and components[3]"] == [
        finding.found for finding in caught.value.findings
    ]


def test_entries_without_names_are_left_to_the_model() -> None:
    refuse_duplicates({"components": [{}, {}, {"name": 3}]}, where="plugins.json")
