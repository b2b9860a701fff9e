"""Whether one JSON Schema only adds to another: every document of the frozen one is still read, and means the same."""

from typing import Final

from ice_core.strict_json import JsonObject, JsonValue

# Words for people, and what is compared by its own rule.
_WORDS: Final = frozenset(("$defs", "$id", "$schema", "deprecated", "description", "examples", "title"))
_UPPER: Final = ("exclusiveMaximum", "maxItems", "maxLength", "maxProperties", "maximum")
_LOWER: Final = ("exclusiveMinimum", "minItems", "minLength", "minProperties", "minimum")
_COMPARED: Final = frozenset(
    (
        "$ref",
        "additionalProperties",
        "anyOf",
        "const",
        "enum",
        "items",
        "properties",
        "required",
        "type",
        *_UPPER,
        *_LOWER,
    )
)
_TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")


def narrowings(frozen: JsonObject, current: JsonObject) -> list[str]:
    """Each way in which `current` is not `frozen` plus optional members, as `path: what`; empty when it only adds.

    A change that cannot be judged (another pattern, a keyword of another kind) counts as one.
    """
    return _Comparison(frozen, current).compare(frozen, current, "")


class _Comparison:
    """One walk through two roots, whose `$ref`s are followed in each."""

    def __init__(self, frozen: JsonObject, current: JsonObject) -> None:
        self._roots = (frozen, current)
        self._under_way: set[tuple[str, str]] = set()

    def compare(self, frozen: JsonValue, current: JsonValue, path: str) -> list[str]:
        if not isinstance(frozen, dict) or not isinstance(current, dict):
            # What was refused must stay refused: a reader that passes over members it does not know is another reader.
            widened = current is True and frozen is not False
            return [] if widened or frozen == current else [f"{path}: was {frozen!r}, is {current!r}"]
        pair = (str(frozen.get("$ref")), str(current.get("$ref")))
        if pair in self._under_way:
            return []
        if pair != ("None", "None"):
            self._under_way.add(pair)
        frozen, current = _followed(self._roots[0], frozen), _followed(self._roots[1], current)
        found = [f"{path}: {fault}" for fault in (*_values(frozen, current), *_bounds(frozen, current))]
        found += [f"{path}: {fault}" for fault in _other_keywords(frozen, current)]
        found += self._members(frozen, current, path)
        found += self._branches(frozen, current, path)
        for keyword in ("items", "additionalProperties"):
            if keyword in frozen or keyword in current:
                found += self.compare(frozen.get(keyword, True), current.get(keyword, True), f"{path}/{keyword}")
        self._under_way.discard(pair)
        return found

    def _members(self, frozen: JsonObject, current: JsonObject, path: str) -> list[str]:
        old, new = _object(frozen.get("properties")), _object(current.get("properties"))
        found = [f"{path}/{name}: member removed" for name in old if name not in new]
        added = _strings(current.get("required")) - _strings(frozen.get("required"))
        found += [f"{path}/{name}: now required" for name in sorted(added)]
        for name in old.keys() & new.keys():
            found += self.compare(old[name], new[name], f"{path}/{name}")
        return sorted(found)

    def _branches(self, frozen: JsonObject, current: JsonObject, path: str) -> list[str]:
        # Each old branch must still be read by some branch; one that was not branched, by some branch of the new.
        old, new = _branches_of(frozen), _branches_of(current)
        if old is None and new is None:
            return []
        return [
            f"{path}: no branch reads {_name(branch)} any more"
            for branch in old or [{key: value for key, value in frozen.items() if key not in _WORDS}]
            if all(self.compare(branch, other, path) for other in new or [current])
        ]


def _followed(root: JsonObject, schema: JsonObject) -> JsonObject:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    target = _object(_object(root.get("$defs")).get(reference.removeprefix("#/$defs/")))
    return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}


def _values(frozen: JsonObject, current: JsonObject) -> list[str]:
    found = []
    lost = _types(frozen) - _types(current)
    if lost and "anyOf" not in frozen and "anyOf" not in current:
        found.append(f"no longer {' or '.join(sorted(lost))}")
    old, new = _choices(frozen), _choices(current)
    if new is not None and old is None:
        found.append("only some values are left")
    elif new is not None and old is not None:
        found += [f"{value!r} is no longer a value" for value in old if value not in new]
    return found


def _bounds(frozen: JsonObject, current: JsonObject) -> list[str]:
    found = []
    for keyword in (*_UPPER, *_LOWER):
        old, new = frozen.get(keyword), current.get(keyword)
        if not isinstance(new, int | float):
            continue
        tighter = not isinstance(old, int | float) or (new < old if keyword in _UPPER else new > old)
        if tighter:
            found.append(f"`{keyword}` tightened from {old} to {new}")
    return found


def _other_keywords(frozen: JsonObject, current: JsonObject) -> list[str]:
    keywords = sorted((frozen.keys() | current.keys()) - _WORDS - _COMPARED)
    return [
        f"`{keyword}` was {frozen.get(keyword)!r}, is {current.get(keyword)!r}"
        for keyword in keywords
        if frozen.get(keyword) != current.get(keyword) and not _loosens(keyword, current)
    ]


def _loosens(keyword: str, current: JsonObject) -> bool:
    # A constraint that is gone only widens; a default that is gone changes what a document means.
    return keyword in ("format", "pattern", "propertyNames") and keyword not in current


def _types(schema: JsonObject) -> set[str]:
    named = schema.get("type")
    types = _strings(named) if isinstance(named, list) else {named} if isinstance(named, str) else set(_TYPES)
    return types | {"integer"} if "number" in types else types


def _choices(schema: JsonObject) -> list[JsonValue] | None:
    if "const" in schema:
        return [schema["const"]]
    choices = schema.get("enum")
    return choices if isinstance(choices, list) else None


def _branches_of(schema: JsonObject) -> list[JsonValue] | None:
    branches = schema.get("anyOf")
    return branches if isinstance(branches, list) else None


def _name(branch: JsonValue) -> str:
    value = _object(branch)
    return f"`{value.get('$ref') or value.get('type') or value}`"


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _strings(value: JsonValue) -> set[str]:
    return {item for item in value if isinstance(item, str)} if isinstance(value, list) else set()
