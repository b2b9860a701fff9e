"""Names of shared schemas: `NAME-Input` and `NAME-Output` are one `NAME` where the two say the same.

Pydantic compares the two as they are written, so a type that refers to itself always looks different from itself.
"""

from collections.abc import Mapping

from ice_core.json_schema import REFERENCE_PREFIX, referenced_name, with_subschemas
from ice_core.strict_json import JsonObject, JsonValue


def shared_names(schemas: JsonObject) -> dict[str, str]:
    """The shorter name for each schema whose two directions are equal, once every such pair has one name."""
    pairs = {
        name.removesuffix("-Input")
        for name in schemas
        if name.endswith("-Input") and f"{name.removesuffix('-Input')}-Output" in schemas
    }
    pairs = {name for name in pairs if name not in schemas}
    while True:
        # All that are left are taken as equal; a pair that differs even so takes those that refer to it along.
        renamed = {f"{name}{end}": name for name in pairs for end in ("-Input", "-Output")}
        unequal = {
            name
            for name in pairs
            if with_names(schemas[f"{name}-Input"], renamed) != with_names(schemas[f"{name}-Output"], renamed)
        }
        if not unequal:
            return renamed
        pairs -= unequal


def with_names(schema: JsonValue, renamed: Mapping[str, str]) -> JsonValue:
    """`schema` with its references to renamed schemas following."""
    if not isinstance(schema, dict):
        return schema
    copy = with_subschemas(schema, lambda inner: with_names(inner, renamed))
    name = referenced_name(schema)
    if name is not None and name in renamed:
        copy["$ref"] = f"{REFERENCE_PREFIX}{renamed[name]}"
    return copy
