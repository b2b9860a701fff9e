"""The part of a manifest that designers and search see: an allow-list, so new members are private until listed."""

from typing import Final

from ice_core.json_schema import component_schemas
from ice_core.strict_json import JsonObject, JsonValue

PUBLIC_ROOT: Final = ("package", "license")
PUBLIC_COMPONENT: Final = (
    "node_type",
    "name",
    "version",
    "schema",
    "cost_estimate",
    "tags",
    "description",
    "examples",
    "deprecated",
)


def public_subset(manifest: JsonObject) -> JsonObject:
    """What of a manifest may leave its owner: `package`, `license`, each component's public members, and their schemas.

    Import targets, permissions, blueprints, bounds and the signature stay.
    """
    subset: JsonObject = {name: manifest[name] for name in PUBLIC_ROOT if name in manifest}
    listed, shared = manifest.get("components"), manifest.get("schemas")
    components: list[JsonValue] = []
    schemas: JsonObject = {}
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, dict):
            public: JsonObject = {name: entry[name] for name in PUBLIC_COMPONENT if name in entry}
            components.append(public)
            schemas.update(component_schemas(public, shared if isinstance(shared, dict) else {}))
    if schemas:
        subset["schemas"] = {name: schemas[name] for name in sorted(schemas)}
    subset["components"] = components
    return subset
