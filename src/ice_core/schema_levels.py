"""How deep a value can be that keeps a schema: most schemas of tools say so by naming every member.

A level is an array or an object. Every keyword of a schema must be kept, so the least of what they allow bounds the
value; a keyword that is not known here allows anything.
"""

from typing import Final

from ice_core.strict_json import JsonObject, JsonValue

ANY_DEPTH: Final = 1_000_000
_CONTAINERS: Final[list[JsonValue]] = ["array", "object"]


def most_levels(schema: JsonObject) -> int:
    """The most levels of a value that keeps a stand-alone schema; `ANY_DEPTH` or more where it does not say."""
    definitions = schema.get("$defs")
    return _Levels(definitions if isinstance(definitions, dict) else {}).of(schema)


class _Levels:
    """The levels of schemas that share definitions, each of which is gone through once."""

    def __init__(self, definitions: JsonObject) -> None:
        self._definitions = definitions
        self._known: dict[str, int] = {}

    def of(self, schema: JsonValue) -> int:
        if not isinstance(schema, dict):
            return ANY_DEPTH if schema is True else 0
        bounds = [self._by_type(schema), *map(self.of, _list(schema, "allOf"))]
        bounds += [max(map(self.of, _list(schema, name)), default=0) for name in ("anyOf", "oneOf") if name in schema]
        reference = schema.get("$ref")
        if isinstance(reference, str):
            bounds.append(self._of_definition(reference.removeprefix("#/$defs/")))
        if "const" in schema:
            bounds.append(_depth(schema["const"]))
        if "enum" in schema:
            bounds.append(max(map(_depth, _list(schema, "enum")), default=0))
        return min(bounds)

    def _of_definition(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = ANY_DEPTH  # where it is met again within itself
            self._known[name] = self.of(self._definitions.get(name, True))
        return self._known[name]

    def _by_type(self, schema: JsonObject) -> int:
        types = _list(schema, "type") or ([schema["type"]] if "type" in schema else _CONTAINERS)
        within: list[JsonValue] = []
        if "object" in types:
            for keyword in ("properties", "patternProperties"):
                named = schema.get(keyword)
                within += named.values() if isinstance(named, dict) else ()
            within.append(schema.get("additionalProperties", True))
        if "array" in types:
            within += [*_list(schema, "prefixItems"), schema.get("items", True)]
        return 1 + max(map(self.of, within), default=0) if within else 0


def _list(schema: JsonObject, keyword: str) -> list[JsonValue]:
    value = schema.get(keyword)
    return value if isinstance(value, list) else []


def _depth(value: JsonValue) -> int:
    if not isinstance(value, list | dict):
        return 0
    return 1 + max(map(_depth, value.values() if isinstance(value, dict) else value), default=0)
