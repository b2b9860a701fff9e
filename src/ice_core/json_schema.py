"""The JSON Schema subset that a manifest may use: walk it, bound it, follow its references, make it stand alone.

Draft 2020-12; only `#/schemas/NAME` references, acyclic except through `properties` and `items`; at most 1,000
expansions, depth 32 and 64 KiB a component; no `$dynamicRef`, nothing fetched ever. Patterns must compile in a regex
engine without backtracking, which `contracts.Contract` sees to.
"""

import json
from collections.abc import Callable, Iterator
from typing import Final, NoReturn

from ice_core.errors import IceError, Location
from ice_core.strict_json import JsonObject, JsonValue, type_name

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
REFERENCE_PREFIX: Final = "#/schemas/"
MAX_EXPANSIONS: Final = 1000
MAX_SCHEMA_DEPTH: Final = 32
MAX_SCHEMA_BYTES: Final = 64 * 1024

# Keywords whose value is one schema, a list of schemas, or a map from names to schemas (draft 2020-12).
_ONE: Final = frozenset(
    (
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    )
)
_LIST: Final = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
_MAP: Final = frozenset(("dependentSchemas", "patternProperties", "properties"))
REFUSED_KEYWORDS: Final = frozenset(
    (
        "$anchor",
        "$defs",
        "$dynamicAnchor",
        "$dynamicRef",
        "$id",
        "$recursiveAnchor",
        "$recursiveRef",
        "$vocabulary",
        "definitions",
    )
)
# A cycle is sound when each turn goes one level down into the instance.
_DESCENDS: Final = frozenset(
    (
        "additionalProperties",
        "contains",
        "items",
        "patternProperties",
        "prefixItems",
        "properties",
        "unevaluatedItems",
        "unevaluatedProperties",
    )
)


def subschemas(schema: JsonObject) -> Iterator[tuple[str, str, JsonValue]]:
    """The schemas directly inside `schema`, each as (keyword, path from here, schema); data members are passed over."""
    for keyword, value in schema.items():
        if keyword in _ONE:
            yield keyword, keyword, value
        elif keyword in _LIST and isinstance(value, list):
            for index, item in enumerate(value):
                yield keyword, f"{keyword}[{index}]", item
        elif keyword in _MAP and isinstance(value, dict):
            for name, item in value.items():
                yield keyword, f"{keyword}.{name}", item


def referenced_name(schema: JsonValue) -> str | None:
    """The NAME of a schema's own `$ref` to `#/schemas/NAME`, if it has one."""
    reference = schema.get("$ref") if isinstance(schema, dict) else None
    if isinstance(reference, str) and reference.startswith(REFERENCE_PREFIX):
        return reference.removeprefix(REFERENCE_PREFIX)
    return None


def schema_references(schema: JsonValue) -> set[str]:
    """Every NAME that `schema` refers to by `#/schemas/NAME`, at any depth, without following any."""
    names: set[str] = set()
    waiting: list[JsonValue] = [schema]
    while waiting:
        item = waiting.pop()
        name = referenced_name(item)
        if name is not None:
            names.add(name)
        if isinstance(item, dict):
            waiting.extend(inner for _, _, inner in subschemas(item))
    return names


def reachable_schemas(schema_values: list[JsonValue], schemas: JsonObject) -> JsonObject:
    """Those of `schemas` that the given schemas reach, directly or not, sorted by name; unknown names are left out."""
    if not schemas:
        return {}
    reached: set[str] = set()
    waiting: set[str] = set().union(*(schema_references(value) for value in schema_values))
    while waiting:
        name = waiting.pop()
        if name not in reached and name in schemas:
            reached.add(name)
            waiting |= schema_references(schemas[name])
    return {name: schemas[name] for name in sorted(reached)}


def component_schemas(entry: JsonObject, schemas: JsonObject) -> JsonObject:
    """The shared schemas that a manifest's component entry reaches from its input and output."""
    pair = entry.get("schema")
    return reachable_schemas(list(pair.values()) if isinstance(pair, dict) else [], schemas)


def standalone_schema(schema: JsonValue, schemas: JsonObject) -> JsonObject:
    """`schema` with the shared ones that it reaches under `$defs`, so that it means the same without its manifest."""
    reached = reachable_schemas([schema], schemas)
    rewritten = _local(schema)
    alone: JsonObject = rewritten if isinstance(rewritten, dict) else {"allOf": [rewritten]}
    if reached:
        alone = {**alone, "$defs": {name: _local(value) for name, value in reached.items()}}
    return alone


def with_subschemas(schema: JsonObject, change: Callable[[JsonValue], JsonValue]) -> JsonObject:
    """`schema` with `change` applied to each schema directly inside it; its own keywords stay as they are."""
    copy: JsonObject = dict(schema)
    for keyword, value in schema.items():
        if keyword in _ONE:
            copy[keyword] = change(value)
        elif keyword in _LIST and isinstance(value, list):
            copy[keyword] = [change(item) for item in value]
        elif keyword in _MAP and isinstance(value, dict):
            copy[keyword] = {inner: change(item) for inner, item in value.items()}
    return copy


def _local(schema: JsonValue) -> JsonValue:
    if not isinstance(schema, dict):
        return schema
    copy = with_subschemas(schema, _local)
    name = referenced_name(schema)
    if name is not None:
        copy["$ref"] = f"#/$defs/{name}"
    return copy


def check_schema_subset(schema: JsonValue, schemas: JsonObject, *, where: str, path: str) -> None:
    """Refuses a schema that is outside the subset or beyond its bounds, shared schemas included.

    Args:
        schema: One input or output schema.
        schemas: The manifest's shared schemas.
        where: The manifest's origin, for messages.
        path: Where in the manifest the schema stands, as in `components[3].schema.input`.

    Raises:
        IceError: `schema-invalid`, with the path.
    """
    size = len(json.dumps([schema, reachable_schemas([schema], schemas)], ensure_ascii=False).encode())
    if size > MAX_SCHEMA_BYTES:
        _refuse(where, path, f"at most {MAX_SCHEMA_BYTES} bytes with what it refers to", f"{size} bytes")
    _Walk(schemas, where).visit(schema, path, depth=0, unsound=frozenset(), above=frozenset())


class _Walk:
    """One bounded walk through a schema and what it refers to."""

    def __init__(self, schemas: JsonObject, where: str) -> None:
        self.schemas = schemas
        self.where = where
        self.expansions = 0

    def visit(
        self, schema: JsonValue, path: str, *, depth: int, unsound: frozenset[str], above: frozenset[str]
    ) -> None:
        """Checks one schema; `unsound` are the names whose repetition would be a cycle that never descends."""
        if isinstance(schema, bool):
            return
        if not isinstance(schema, dict):
            _refuse(self.where, path, "a schema: an object or a boolean", type_name(schema))
        if depth > MAX_SCHEMA_DEPTH:
            _refuse(self.where, path, f"at most {MAX_SCHEMA_DEPTH} levels", "more")
        self._check_keywords(schema, path)
        self._follow(schema, path, depth=depth, unsound=unsound, above=above)
        for keyword, step, inner in subschemas(schema):
            below = frozenset[str]() if keyword in _DESCENDS else unsound
            self.visit(inner, f"{path}.{step}", depth=depth + 1, unsound=below, above=above)

    def _check_keywords(self, schema: JsonObject, path: str) -> None:
        for keyword in sorted(REFUSED_KEYWORDS & schema.keys()):
            _refuse(self.where, f"{path}.{keyword}", "shared schemas under the manifest's `schemas`", f"`{keyword}`")
        if schema.get("$schema", DIALECT) != DIALECT:
            _refuse(self.where, f"{path}.$schema", DIALECT, str(schema["$schema"]))
        for keyword in sorted(_MAP & schema.keys()):
            if not isinstance(schema[keyword], dict):
                _refuse(self.where, f"{path}.{keyword}", "an object", type_name(schema[keyword]))

    def _follow(
        self, schema: JsonObject, path: str, *, depth: int, unsound: frozenset[str], above: frozenset[str]
    ) -> None:
        if "$ref" not in schema:
            return
        name = referenced_name(schema)
        if name is None or name not in self.schemas:
            _refuse(self.where, f"{path}.$ref", "`#/schemas/NAME` of a schema of this manifest", repr(schema["$ref"]))
        if name in unsound:
            _refuse(self.where, f"{path}.$ref", "a schema that does not contain itself", f"`{name}` within `{name}`")
        if name in above:
            return
        self.expansions += 1
        if self.expansions > MAX_EXPANSIONS:
            _refuse(self.where, path, f"at most {MAX_EXPANSIONS} references when written out", "more")
        names = frozenset((name,))
        self.visit(self.schemas[name], f"schemas.{name}", depth=depth + 1, unsound=unsound | names, above=above | names)


def _refuse(where: str, path: str, expected: str, found: str) -> NoReturn:
    raise IceError(
        "schema-invalid",
        f"the schema at `{path}` is outside the subset that manifests may use",
        where=Location(where, path=path),
        expected=expected,
        found=found,
        hints=("To see the subset and why it is bounded, run `ice explain schema-invalid`",),
    )
