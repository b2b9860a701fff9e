"""Shapes in words, for messages: "array of string", "object with `status`, `body`"; and what may have been meant."""

from collections.abc import Iterator
from typing import Final

from ice_compiler.findings import listed
from ice_core.shapes import (
    Conjunction,
    Shape,
    alternatives,
    enumerated,
    items_of,
    members,
    step_into,
    types_of,
)
from ice_core.strict_json import JsonValue, type_name

# Types are a set; messages and the plan's assumptions name them in one order, null last.
_ORDER: Final = ("string", "boolean", "integer", "number", "object", "array", "null")


def paths_within(shape: Shape, *, depth: int = 3, most: int = 64) -> Iterator[tuple[tuple[str, ...], Shape]]:
    """The declared members of a shape, and theirs, the nearest first: candidates for what was meant."""
    level: list[tuple[tuple[str, ...], Shape]] = [((), shape)]
    seen = 0
    for _ in range(depth):
        following: list[tuple[tuple[str, ...], Shape]] = []
        for path, inner in level:
            for name in declared_names(inner):
                step = step_into(inner, name)
                seen += 1
                if step.shape is None or seen > most:
                    continue
                yield (*path, name), step.shape
                following.append(((*path, name), step.shape))
        level = following


def declared_names(shape: Shape) -> list[str]:
    """The members that any alternative declares, sorted."""
    return sorted({name for conjunction in alternatives(shape) or () for name in members(conjunction)})


def described(shape: Shape, *, depth: int = 2) -> str:
    """The shape in words: "array of string", "object with `status`, `body`", "string or null"."""
    known = alternatives(shape)
    words = [word for conjunction in known or () for word in _words(conjunction, shape, depth)]
    if not words or "anything" in words:
        return "anything"
    return " or ".join(dict.fromkeys(words))


def worded(shape: Shape) -> str:
    """The shape in a sentence: "an array of string", "an object", "a string or null"."""
    words = described(shape, depth=1).partition(" with `")[0] if _is_object(shape) else described(shape, depth=1)
    if words.startswith(('"', "null", "anything", "nothing", "true", "false")) or words[:1].isdigit():
        return words
    return f"an {words}" if words[:1] in "aeio" else f"a {words}"


def _is_object(shape: Shape) -> bool:
    known = alternatives(shape)
    return known is not None and all(types_of(conjunction) == frozenset(("object",)) for conjunction in known)


def _words(conjunction: Conjunction, shape: Shape, depth: int) -> list[str]:
    values = enumerated(conjunction)
    if values is not None and len(values) <= 8:
        return [_value_words(value) for value in values]
    types = types_of(conjunction)
    if types is None:
        types = frozenset(("object",)) if members(conjunction) else None
    if types is None:
        return ["anything"]
    if not types:
        return ["nothing"]
    return [_type_words(name, conjunction, shape, depth) for name in sorted(types, key=_ORDER.index)]


def _value_words(value: JsonValue) -> str:
    if isinstance(value, str) and len(value) <= 40:
        return f'"{value}"'
    return (
        type_name(value).removeprefix("an ").removeprefix("a ")
        if isinstance(value, list | dict | str)
        else _literal(value)
    )


def _literal(value: JsonValue) -> str:
    return {"True": "true", "False": "false", "None": "null"}.get(str(value), str(value))


def _type_words(name: str, conjunction: Conjunction, shape: Shape, depth: int) -> str:
    if name == "array" and depth:
        items = items_of(conjunction) or []
        inner = shape.part({"allOf": items} if len(items) > 1 else items[0] if items else {})
        words = described(inner, depth=depth - 1)
        return "array" if words == "anything" else f"array of ({words})" if " or " in words else f"array of {words}"
    if name == "object" and depth and members(conjunction):
        return f"object with {listed(members(conjunction), most=8)}"
    return name
