"""Schemas that a few compiled passes find sound: in the subset, within its bounds, and sure to compile.

Most schemas of a manifest are: no pattern, a handful of members, references that form no cycle. For one of those this
module says yes, and neither a walk nor a compilation is needed to know that it may be used. For any other it says no,
which decides nothing: `manifest_checks` then holds every rule in full, and names the one that is broken.
"""

from functools import cache
from typing import Final, NamedTuple

import jsonschema_rs

from ice_core.json_schema import (
    DIALECT,
    MAX_EXPANSIONS,
    MAX_SCHEMA_BYTES,
    MAX_SCHEMA_DEPTH,
    REFERENCE_PREFIX,
    REFUSED_KEYWORDS,
)
from ice_core.strict_json import MAX_INTEGER, JsonObject, JsonValue

_SCHEMA: Final[JsonObject] = {"$ref": "#/$defs/schema"}
_SCHEMAS: Final[JsonObject] = {"type": "array", "minItems": 1, "items": _SCHEMA}
_NAMED_SCHEMAS: Final[JsonObject] = {"type": "object", "additionalProperties": _SCHEMA}
_TEXT: Final[JsonObject] = {"type": "string"}
_FLAG: Final[JsonObject] = {"type": "boolean"}
_NUMBER: Final[JsonObject] = {"type": "number"}
_COUNT: Final[JsonObject] = {"type": "integer", "minimum": 0, "maximum": MAX_INTEGER}
_NAMES: Final[JsonObject] = {"type": "array", "items": _TEXT, "uniqueItems": True}
_TYPE: Final[JsonObject] = {"enum": ["array", "boolean", "integer", "null", "number", "object", "string"]}
_TYPES: Final[JsonObject] = {"anyOf": [_TYPE, {"type": "array", "items": _TYPE, "minItems": 1, "uniqueItems": True}]}
# What needs more than a look at the schema itself: an engine that reads the pattern, or a keyword of older drafts.
_NOT_PLAIN: Final = ("pattern", "patternProperties", "dependencies")
_BY_RULE: Final[tuple[tuple[str, JsonValue], ...]] = (
    ("additionalProperties contains contentSchema else if items not propertyNames then", _SCHEMA),
    ("unevaluatedItems unevaluatedProperties", _SCHEMA),
    ("allOf anyOf oneOf prefixItems", _SCHEMAS),
    ("dependentSchemas properties", _NAMED_SCHEMAS),
    ("$comment title description format contentEncoding contentMediaType", _TEXT),
    ("deprecated readOnly writeOnly uniqueItems", _FLAG),
    ("maximum minimum exclusiveMaximum exclusiveMinimum", _NUMBER),
    ("minLength maxLength minItems maxItems minProperties maxProperties minContains maxContains", _COUNT),
    ("enum examples", {"type": "array"}),
    ("required", _NAMES),
    ("dependentRequired", {"type": "object", "additionalProperties": _NAMES}),
    ("multipleOf", {"type": "number", "exclusiveMinimum": 0}),
    ("type", _TYPES),
    ("$schema", {"const": DIALECT}),
    ("$ref", {"type": "string", "pattern": f"^{REFERENCE_PREFIX}"}),
)
_REFERENCE: Final = f'"$ref":"{REFERENCE_PREFIX}'
# What a schema is written in at most, for each character of its canonical form: `1` as `1.0`, four bytes a character.
_ASCII_GROWTH, _GROWTH = 3, 12


class _Extent(NamedTuple):
    """What a schema can come to at most, with all that it refers to written out."""

    depth: int
    expansions: int
    size: int


class PlainSchemas:
    """The schemas of one manifest; which of them are plain."""

    def __init__(self, schemas: JsonObject) -> None:
        self._schemas = schemas
        self._shared: dict[str, _Extent | None] = {}

    def holds(self, schema: JsonValue) -> bool:
        """Whether a schema is plain, and all that it refers to; False decides nothing."""
        return _fits(self._extent(schema))

    def holds_shared(self, name: str) -> bool:
        """Whether a shared schema is plain."""
        return _fits(self._extent_of(name))

    def _extent(self, schema: JsonValue) -> _Extent | None:
        if not isinstance(schema, dict) or not _rules().is_valid(schema):
            return None
        text: str = jsonschema_rs.canonical.json.to_string(schema)
        # Each level opens at least one bracket.
        depth, expansions = text.count("{") + text.count("["), 0
        size = len(text) * (_ASCII_GROWTH if text.isascii() else _GROWTH)
        deepest = 0
        # Data that looks like a reference is counted as one, which only makes the extent greater.
        for piece in text.split(_REFERENCE)[1:]:
            inner = self._extent_of(piece.partition('"')[0])
            if inner is None:
                return None
            deepest = max(deepest, inner.depth)
            expansions += 1 + inner.expansions
            size += inner.size
        return _Extent(depth + deepest, expansions, size)

    def _extent_of(self, name: str) -> _Extent | None:
        if name not in self._shared:
            # Until it is known it is not plain: a schema that leads to itself never is.
            self._shared[name] = None
            extent = self._extent(self._schemas[name]) if name in self._schemas else None
            self._shared[name] = extent if _fits(extent) else None
        return self._shared[name]


def _fits(extent: _Extent | None) -> bool:
    return extent is not None and (
        extent.depth <= MAX_SCHEMA_DEPTH and extent.expansions <= MAX_EXPANSIONS and extent.size <= MAX_SCHEMA_BYTES
    )


@cache
def _rules() -> jsonschema_rs.Draft202012Validator:
    """Draft 2020-12's rules for schemas and those of the subset, as one schema without dynamic references."""
    members: JsonObject = {keyword: rule for keywords, rule in _BY_RULE for keyword in keywords.split()}
    members |= dict.fromkeys((*REFUSED_KEYWORDS, *_NOT_PLAIN), False)
    one: JsonObject = {"type": ["object", "boolean"], "properties": members}
    return jsonschema_rs.Draft202012Validator({"$defs": {"schema": one}, "$ref": "#/$defs/schema"}, offline=True)
