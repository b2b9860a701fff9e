"""The public subset: what leaves is on the list, and nothing else does."""

from ice_core.models.plugins import ComponentEntry, PluginsManifest
from ice_core.strict_json import JsonObject
from ice_sdk.public_subset import PUBLIC_COMPONENT, PUBLIC_ROOT, public_subset

FULL: JsonObject = {
    "$schema": "https://example.org/plugins.v0.schema.json",
    "schema_version": "plugins.v0",
    "created": "2026-11-24T06:00:00Z",
    "package": {"name": "acme-csv", "version": "1.2.0"},
    "license": "Apache-2.0",
    "schemas": {
        "Secret": {"type": "string", "description": "reached by nothing public"},
        "Row": {"type": "object"},
        "Table": {"type": "array", "items": {"$ref": "#/schemas/Row"}},
    },
    "components": [
        {
            "node_type": "workflow",
            "name": "daily",
            "import": "acme.private_names:daily",
            "version": "1.2.3",
            "iceos_min": "1.0.0",
            "schema": {"input": {"type": "object"}, "output": {"$ref": "#/schemas/Table"}},
            "cost_estimate": {"base": 0.5, "per_token": 0},
            "max_tokens": 100,
            "tags": ["csv"],
            "description": "Reports each day",
            "examples": [{"input": {}, "output": []}],
            "permissions": {"network": ["internal.example.org"]},
            "deprecated": {"since": "1.2.3"},
            "blueprint": {"schema_version": "1.2.0", "id": "daily", "nodes": []},
        },
        {
            "node_type": "tool",
            "name": "bare",
            "import": "acme:bare",
            "version": "1.0.0",
            "schema": {"input": {"type": "object"}, "output": {"type": "string"}},
        },
    ],
    "signature": {"algo": "ed25519", "value": "c2ln", "public_key_id": "acme-2026"},
}

PUBLIC: JsonObject = {
    "package": {"name": "acme-csv", "version": "1.2.0"},
    "license": "Apache-2.0",
    "schemas": {"Row": {"type": "object"}, "Table": {"type": "array", "items": {"$ref": "#/schemas/Row"}}},
    "components": [
        {
            "node_type": "workflow",
            "name": "daily",
            "version": "1.2.3",
            "schema": {"input": {"type": "object"}, "output": {"$ref": "#/schemas/Table"}},
            "cost_estimate": {"base": 0.5, "per_token": 0},
            "tags": ["csv"],
            "description": "Reports each day",
            "examples": [{"input": {}, "output": []}],
            "deprecated": {"since": "1.2.3"},
        },
        {
            "node_type": "tool",
            "name": "bare",
            "version": "1.0.0",
            "schema": {"input": {"type": "object"}, "output": {"type": "string"}},
        },
    ],
}


def test_the_public_subset_is_exactly_this() -> None:
    assert PUBLIC == public_subset(FULL)
    assert list(PUBLIC) == list(public_subset(FULL))


def test_every_member_of_the_format_was_decided_on() -> None:
    private_root = {"$schema", "schema_version", "created", "schemas", "components", "signature"}
    private_component = {"import", "iceos_min", "max_tokens", "permissions", "blueprint"}

    assert private_root | set(PUBLIC_ROOT) == {
        field.alias or name for name, field in PluginsManifest.model_fields.items()
    }
    assert private_component | set(PUBLIC_COMPONENT) == {
        field.alias or name for name, field in ComponentEntry.model_fields.items()
    }


def test_a_member_that_a_later_version_adds_stays_private() -> None:
    later: JsonObject = {**FULL, "owner": "ada", "components": [{**entry, "price_list": 1} for entry in entries()]}

    assert PUBLIC == public_subset(later)


def entries() -> list[JsonObject]:
    listed = FULL["components"]
    assert isinstance(listed, list)
    return [entry for entry in listed if isinstance(entry, dict)]


def test_a_manifest_without_shared_schemas_has_none_in_its_subset() -> None:
    bare: JsonObject = {**FULL, "components": [entries()[1]]}

    assert "schemas" not in public_subset(bare)


def test_the_manifest_itself_is_left_as_it_was() -> None:
    before = str(FULL)
    public_subset(FULL)

    assert before == str(FULL)
