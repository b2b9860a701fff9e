"""Random schemas as other frameworks write them, and the form in which two of them are compared."""

import json
import random

from ice_core.strict_json import JsonObject, JsonValue

HOSTILE = (
    'a"',
    '"""\nimport os\nraise SystemExit\n"""',
    "'''",
    'it\'s "both"',
    "\\",
    "\\\n",
    "\r\u2028\u202e",
    "é \U0001f600",
    "{x}",
    "# noqa",
    "x" * 130,
    "",
)
NAMES = ("city", "maxResults", "id", "class", "str", "not a name", "_hidden", "__init__", "a_b", "Field", "type", '"""')
WORDS = frozenset(("description", "title", "default", "examples", "deprecated", "$comment", "x-own"))
DEFINED = ("Node", "Color", "Loop", "Pair")


def made_schema(source: random.Random) -> JsonObject:
    """The schema of an input: an object, and definitions that it may refer to."""
    schema = _object(source, 3)
    schema["$defs"] = {
        "Node": {
            "type": "object",
            "properties": {"value": _schema(source, 1), "next": {"$ref": "#/$defs/Node"}, "kids": _kids(source)},
            "required": ["value"],
        },
        "Color": {"type": "string", "enum": ["red", "green", "it's"]},
        "Pair": {"anyOf": [{"type": "integer"}, {"$ref": "#/$defs/Color"}]},
        "Loop": {"type": "array", "items": {"$ref": "#/$defs/Loop"}},
    }
    return schema


def _kids(source: random.Random) -> JsonValue:
    node: JsonObject = {"$ref": "#/$defs/Node"}
    forms: list[JsonValue] = [
        {"type": "array", "items": node},
        {"anyOf": [node, {"type": "null"}]},
        {"anyOf": [{"type": "array", "items": node}, node, {"type": "string", "minLength": 1}]},
        {"type": "object", "additionalProperties": node},
    ]
    return source.choice(forms)


def _schema(source: random.Random, depth: int) -> JsonValue:
    makers = [_scalar, _scalar, _named, _plain]
    makers += [_array, _object, _choice, _reference, _odd] if depth > 0 else []
    made = source.choice(makers)(source, depth)
    return _worded(source, made) if isinstance(made, dict) else made


def _worded(source: random.Random, schema: JsonObject) -> JsonObject:
    defaults: list[JsonValue] = [None, 1, 1.5, 1e30, True, [], {}, "x", {"a": [source.choice(HOSTILE)]}]
    words: JsonObject = {
        "description": source.choice(HOSTILE),
        "title": source.choice(HOSTILE),
        "default": source.choice(defaults),
        "examples": [source.choice(HOSTILE), {}],
        "deprecated": True,
        "$comment": source.choice(HOSTILE),
        "x-own": {"a": source.choice(HOSTILE)},
    }
    chosen = source.sample(sorted(words), source.choice([0, 0, 1, 1, 2, 4]))
    return {**schema, **{word: words[word] for word in chosen}}


def _scalar(source: random.Random, depth: int) -> JsonValue:
    bounds: dict[str, JsonObject] = {
        "string": {"minLength": 1, "maxLength": 9, "pattern": "^[a-z\"']+$", "format": "email"},
        "integer": {"minimum": -1, "maximum": 9, "exclusiveMinimum": -2, "exclusiveMaximum": 10.5, "multipleOf": 2},
        "number": {"minimum": -1.5, "maximum": 9, "exclusiveMinimum": -2, "exclusiveMaximum": 1e21, "multipleOf": 0.5},
        "boolean": {},
        "null": {},
    }
    kind = source.choice(sorted(bounds))
    chosen = source.sample(sorted(bounds[kind]), source.randint(0, len(bounds[kind])))
    return {"type": kind, **{word: bounds[kind][word] for word in chosen}}


def _named(source: random.Random, depth: int) -> JsonValue:
    values: list[JsonValue] = [
        {"type": "string", "enum": ["a", "b"]},
        {"type": "string", "enum": [f"a long value number {number}" for number in range(source.randint(1, 5))]},
        {"enum": ["a", 1, None, True, 1.5, [], {}]},
        {"type": "string", "enum": list(HOSTILE)},
        {"const": source.choice(HOSTILE)},
        {"type": "integer", "enum": [1, 2]},
        {"type": ["string", "null"]},
        {"type": ["integer", "string"], "minimum": 0, "maxLength": 3},
        {"type": ["array", "object", "null"]},
    ]
    return source.choice(values)


def _plain(source: random.Random, depth: int) -> JsonValue:
    values: list[JsonValue] = [True, {}, False]
    return source.choice(values)


def _array(source: random.Random, depth: int) -> JsonValue:
    schema: JsonObject = {"type": "array", "items": _schema(source, depth - 1)}
    extra: JsonObject = {"minItems": 1, "maxItems": 4, "uniqueItems": True, "prefixItems": [_schema(source, 0)]}
    chosen = source.sample(sorted(extra), source.choice([0, 1, 2]))
    return {**schema, **{word: extra[word] for word in chosen}}


def _object(source: random.Random, depth: int) -> JsonObject:
    names = source.sample(NAMES[: source.choice([3, len(NAMES)])], source.randint(0, 3))
    schema: JsonObject = {"type": "object", "properties": {name: _schema(source, depth - 1) for name in names}}
    if names and source.random() < 0.6:
        schema["required"] = list[JsonValue](source.sample(names, source.randint(1, len(names))))
    closed: list[JsonObject] = [
        {},
        {"additionalProperties": False},
        {"additionalProperties": True},
        {"additionalProperties": {"type": "integer"}},
        {"minProperties": 1},
        {"patternProperties": {"^x": {"type": "string"}}},
    ]
    made = {**schema, **source.choice(closed)}
    if source.random() < 0.15:
        del made["properties"]
        made.pop("required", None)
    return made


def _choice(source: random.Random, depth: int) -> JsonValue:
    word = source.choice(["anyOf", "anyOf", "anyOf", "oneOf", "allOf"])
    return {word: [_schema(source, depth - 1) for _ in range(source.randint(1, 4))]}


def _reference(source: random.Random, depth: int) -> JsonValue:
    target = source.choice(DEFINED)
    beside: list[JsonObject] = [{}, {}, {"description": "there"}, {"minLength": 1}]
    return {"$ref": f"#/$defs/{target}", **source.choice(beside)}


def _odd(source: random.Random, depth: int) -> JsonValue:
    inner = _schema(source, depth - 1)
    forms: list[JsonObject] = [
        {"not": inner},
        {"if": inner, "then": {"type": "string"}},
        {"type": "object", "propertyNames": {"maxLength": 3}},
        {"type": "array", "contains": inner},
        {"type": "array", "items": [inner]},
        {"$id": "urn:x", "type": "string"},
        {"$ref": "#/$defs/Missing"},
        {"type": "string", "pattern": "(?=a)a"},
        {"minimum": 3},
    ]
    return source.choice(forms)


def comparable(schema: JsonValue, defined: JsonObject, *, above: tuple[str, ...] = ()) -> JsonValue:
    """A schema in the one form of all that say the same by other words: references followed, defaults left out."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    if not isinstance(schema, dict):
        return schema
    made: JsonObject = {}
    for word, value in schema.items():
        if word in ("$defs", "$ref"):
            continue
        if word in ("properties", "patternProperties") and isinstance(value, dict):
            made[word] = {name: comparable(inner, defined, above=above) for name, inner in value.items()}
        elif word in ("anyOf", "oneOf", "allOf", "prefixItems") and isinstance(value, list):
            parts = [comparable(inner, defined, above=above) for inner in value]
            made[word] = sorted(parts, key=_text) if word == "anyOf" else parts
        elif word in ("additionalProperties", "items", "not", "if", "then", "contains", "propertyNames"):
            made[word] = comparable(value, defined, above=above)
        elif word == "required" and isinstance(value, list):
            made[word] = sorted(value, key=str)
        else:
            made[word] = value
    made = {word: value for word, value in made.items() if not _says_nothing(word, value)}
    return _followed(schema, made, defined, above)


def _text(value: JsonValue) -> str:
    return json.dumps(value, sort_keys=True)


def _says_nothing(word: str, value: JsonValue) -> bool:
    nothing: JsonObject = {"additionalProperties": {}, "items": {}, "properties": {}, "required": [], "allOf": [{}]}
    return word in nothing and nothing[word] == value


def _followed(schema: JsonObject, made: JsonObject, defined: JsonObject, above: tuple[str, ...]) -> JsonValue:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        parts = made.get("allOf")
        if (
            isinstance(parts, list)
            and len(parts) == 1
            and isinstance(parts[0], dict)
            and made.keys() - {"allOf"} <= WORDS
        ):
            return {**parts[0], **{word: value for word, value in made.items() if word != "allOf"}}
        return made
    name = reference.rpartition("/")[2]
    if name in above:
        # How far up it turns back, whatever it is called.
        return {"turns": above[::-1].index(name), **made}
    target = comparable(defined[name], defined, above=(*above, name))
    assert isinstance(target, dict)
    if made.keys() <= WORDS:
        return {**target, **made}
    return {"allOf": [target], **made}
