"""Random values of a JSON Schema, small ones, from a seed; for schemas that annotations give."""

import random
import string
from collections.abc import Mapping

from ice_core.strict_json import JsonObject, JsonValue

_TEXTS = (
    "",
    "a",
    "Ab c",
    "x-1",
    "2024-02-29",
    "12.5",
    "<b>bold</b> &amp; more",
    "http://example.test/a?b=c#d",
    "#ff8800",
    "en",
)
_FORMATS: Mapping[str, tuple[str, ...]] = {
    "date": ("2024-02-29", "1999-12-31"),
    "date-time": ("2024-02-29T12:30:00Z", "1999-12-31T23:59:59+01:00"),
    "time": ("12:30:00", "23:59:59"),
    "duration": ("P1DT2H", "PT90S"),
    "uuid": ("12345678-1234-5678-1234-567812345678",),
    "path": ("here", "a/b.txt"),
}


class Unknown(Exception):
    """A schema that this module makes no values of."""


def instance(schema: JsonValue, schemas: JsonObject, chance: random.Random, *, depth: int = 0) -> JsonValue:
    """One value that `schema` allows."""
    if not isinstance(schema, dict) or not schema.keys() - {"default", "description", "title"}:
        return chance.choice(("text", 3, 1.5, True, None))
    if "$ref" in schema:
        return instance(schemas[str(schema["$ref"]).removeprefix("#/schemas/")], schemas, chance, depth=depth + 1)
    if "const" in schema:
        return schema["const"]
    for keyword in ("enum", "anyOf", "oneOf"):
        choices = schema.get(keyword)
        if isinstance(choices, list):
            chosen = chance.choice(choices)
            return chosen if keyword == "enum" else instance(chosen, schemas, chance, depth=depth + 1)
    return _of_type(schema, schemas, chance, depth)


def _of_type(schema: JsonObject, schemas: JsonObject, chance: random.Random, depth: int) -> JsonValue:
    makers = {"string": _text, "integer": _integer, "number": _number}
    kind = str(schema.get("type"))
    if kind in makers:
        return makers[kind](schema, chance)
    if kind == "boolean":
        return chance.random() < 0.5
    if kind == "null":
        return None
    if kind == "array":
        return _array(schema, schemas, chance, depth)
    if kind == "object":
        return _members(schema, schemas, chance, depth)
    raise Unknown(str(schema))


def _text(schema: JsonObject, chance: random.Random) -> JsonValue:
    if schema.get("format") in _FORMATS:
        return chance.choice(_FORMATS[str(schema["format"])])
    if "pattern" in schema:
        return str(chance.randint(-9, 99))
    least = schema.get("minLength", 0)
    text = chance.choice((*_TEXTS, "".join(chance.choices(string.ascii_letters, k=5))))
    return text if len(text) >= (least if isinstance(least, int) else 0) else text + "abcdef"


def _integer(schema: JsonObject, chance: random.Random) -> JsonValue:
    least, most = schema.get("minimum", -3), schema.get("maximum", 20)
    return chance.randint(int(str(least)), int(str(most)))


def _number(schema: JsonObject, chance: random.Random) -> JsonValue:
    return chance.choice((0, 1, 2.5, -1.25, 12.0, 300))


def _array(schema: JsonObject, schemas: JsonObject, chance: random.Random, depth: int) -> JsonValue:
    first = schema.get("prefixItems", [])
    items = [instance(item, schemas, chance, depth=depth + 1) for item in (first if isinstance(first, list) else [])]
    if "items" in schema and depth < 5:
        length = max(chance.randint(0, 3), int(str(schema.get("minItems", 0))))
        more = [instance(schema["items"], schemas, chance, depth=depth + 1) for _ in range(length - len(items))]
        items += [item for index, item in enumerate(more) if not schema.get("uniqueItems") or item not in more[:index]]
    return items


def _members(schema: JsonObject, schemas: JsonObject, chance: random.Random, depth: int) -> JsonValue:
    known, required = schema.get("properties", {}), schema.get("required", [])
    assert isinstance(known, dict)
    assert isinstance(required, list)
    value: JsonObject = {
        name: instance(inner, schemas, chance, depth=depth + 1)
        for name, inner in known.items()
        if name in required or chance.random() < 0.5
    }
    if schema.get("additionalProperties") not in (None, False) and depth < 5:
        for name in chance.sample(("a", "b c", "d"), chance.randint(0, 2)):
            value[name] = instance(schema["additionalProperties"], schemas, chance, depth=depth + 1)
    return value
