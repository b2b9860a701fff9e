"""Why a value is not taken, in a sentence: the place inside the value, what may be there, and what is wanted."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ice_core.contracts import Contract, Violation, compiled
from ice_core.errors import IceError
from ice_core.shapes import Shape, beside, enumerated, step_into, type_names
from ice_core.strict_json import JsonValue, printable

_MOST_TRIES: Final = 200
_SHORT: Final = 60
_ORDER: Final = ("string", "boolean", "integer", "number", "object", "array", "null")
_WORDS: Final = {
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
_AMOUNTS: Final[dict[str, tuple[str, str]]] = {
    "minLength": ("characters", "at least"),
    "maxLength": ("characters", "at most"),
    "minItems": ("items", "at least"),
    "maxItems": ("items", "at most"),
    "minProperties": ("members", "at least"),
    "maxProperties": ("members", "at most"),
}
_BOUNDS: Final = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
}


def smallest(value: JsonValue, takes: Contract, refuses: Contract) -> JsonValue:
    """`value` without the members and items that it can lose and still be taken by one contract, not by the other."""
    tries = 0
    changed = True
    while changed:
        changed = False
        for smaller in _smaller(value):
            tries += 1
            if tries > _MOST_TRIES:
                return value
            if takes.is_kept_by(smaller) and not refuses.is_kept_by(smaller):
                value, changed = smaller, True
                break
    return value


def _smaller(value: JsonValue) -> Iterator[JsonValue]:
    if isinstance(value, dict):
        for name in value:
            yield {kept: member for kept, member in value.items() if kept != name}
        for name, member in value.items():
            for smaller in _smaller(member):
                yield {**value, name: smaller}
    elif isinstance(value, list):
        for index in range(len(value)):
            yield [*value[:index], *value[index + 1 :]]
        for index, item in enumerate(value):
            for smaller in _smaller(item):
                yield [*value[:index], smaller, *value[index + 1 :]]


def place_and_reason(value: JsonValue, wide: Shape) -> tuple[str, str]:
    """The path to the innermost part of `value` that `wide` refuses, as `rows[].name`, and a sentence about it.

    `value` is one that `wide` refuses.
    """
    path = ""
    while True:
        inner = _refused_part(value, wide)
        if inner is None:
            break
        step, value, wide = inner
        path += step if step.startswith("[") or not path else f".{step}"
    return _sentence(path, value, wide)


def _refused_part(value: JsonValue, wide: Shape) -> tuple[str, JsonValue, Shape] | None:
    if isinstance(value, dict):
        for name, member in value.items():
            shape = step_into(wide, name).shape
            if shape is not None and not _is_kept(shape, member):
                return printable(name), member, shape
    elif isinstance(value, list):
        first = max((len(i) for schema in beside(wide) if isinstance(i := schema.get("prefixItems"), list)), default=0)
        for index, item in enumerate(value):
            shape = step_into(wide, index).shape
            if shape is not None and not _is_kept(shape, item):
                return f"[{index}]" if index < first else "[]", item, shape
    return None


def _is_kept(shape: Shape, value: JsonValue) -> bool:
    try:
        return compiled(shape.standalone(), where="schema").is_kept_by(value)
    except IceError:
        return True


def _sentence(path: str, value: JsonValue, wide: Shape) -> tuple[str, str]:
    violations = compiled(wide.standalone(), where="schema").violations(value)
    own = [violation for violation in violations if not violation.path] or [*violations]
    wanted = sorted(type_names(wide), key=_ORDER.index)
    if wanted and _type_name(value) not in wanted and not (_type_name(value) == "integer" and "number" in wanted):
        return path, f"{_named(path)} may be {_kind(value)}, and {_either(wanted)} is wanted"
    for violation in own:
        words = _KEYWORDS.get(violation.keyword)
        if words is not None:
            return words(path, value, violation)
    values = [named for schema in beside(wide) for named in enumerated((schema,)) or ()]
    if values and own[0].keyword in ("anyOf", "oneOf") and not isinstance(value, dict | list):
        return path, f"{_named(path)} may be {_shown(value)}, and {_one_of(values)} is wanted"
    return path, f"{_named(path)} may be {_shown(value)}, which is not taken"


def _missing(path: str, value: JsonValue, violation: Violation) -> tuple[str, str]:
    name = printable(str(violation.facts["property"]))
    inner = f"{path}.{name}" if path else name
    return inner, f"{_named(inner)} may be missing, and it is required"


def _unexpected(path: str, value: JsonValue, violation: Violation) -> tuple[str, str]:
    named = violation.facts["unexpected"]
    name = printable(str(named[0])) if isinstance(named, list) and named else ""
    inner = f"{path}.{name}" if path else name
    return inner, f"{_named(inner)} may be given, and no such member is taken"


def _refused(path: str, value: JsonValue, violation: Violation) -> tuple[str, str]:
    return path, f"{_named(path)} may be given, and it is not taken"


def _bound(path: str, value: JsonValue, violation: Violation) -> tuple[str, str]:
    limit = f"{_BOUNDS[violation.keyword]} {violation.facts['limit']}"
    return path, f"{_named(path)} may be {_shown(value)}, and {limit} is wanted"


def _amount(path: str, value: JsonValue, violation: Violation) -> tuple[str, str]:
    words, bound = _AMOUNTS[violation.keyword]
    count = len(value) if isinstance(value, str | list | dict) else 0
    counted = f"{count} {words[:-1] if count == 1 else words}"
    limit = violation.facts["limit"]
    return path, f"{_named(path)} may have {counted}, and {bound} {limit} {'is' if limit == 1 else 'are'} wanted"


def _value(path: str, value: JsonValue, violation: Violation) -> tuple[str, str]:
    options = violation.facts.get("options")
    wanted = options if isinstance(options, list) else [violation.facts.get("expected_value")]
    return path, f"{_named(path)} may be {_shown(value)}, and {_one_of(wanted)} is wanted"


def _text(path: str, value: JsonValue, violation: Violation) -> tuple[str, str]:
    pattern, form = violation.facts.get("pattern"), violation.facts.get("format")
    wanted = (
        f"a text that matches `{printable(str(pattern))}`" if pattern is not None else f"a text in the form `{form}`"
    )
    return path, f"{_named(path)} may be {_shown(value)}, and {wanted} is wanted"


def _multiple(path: str, value: JsonValue, violation: Violation) -> tuple[str, str]:
    return path, f"{_named(path)} may be {_shown(value)}, and a multiple of {violation.facts['multiple_of']} is wanted"


def _repeated(path: str, value: JsonValue, violation: Violation) -> tuple[str, str]:
    return path, f"{_named(path)} may hold an item twice, and different items are wanted"


def _member_name(path: str, value: JsonValue, violation: Violation) -> tuple[str, str]:
    return path, f"{_named(path)} may be {_shown(value)}, and not each of its member names is taken"


def _lacking(path: str, value: JsonValue, violation: Violation) -> tuple[str, str]:
    return path, f"{_named(path)} may be {_shown(value)}, and it lacks an item that is wanted"


_KEYWORDS: Final[dict[str, Callable[[str, JsonValue, Violation], tuple[str, str]]]] = {
    "required": _missing,
    "additionalProperties": _unexpected,
    "unevaluatedProperties": _unexpected,
    "falseSchema": _refused,
    "enum": _value,
    "const": _value,
    "pattern": _text,
    "format": _text,
    "multipleOf": _multiple,
    "uniqueItems": _repeated,
    "propertyNames": _member_name,
    "contains": _lacking,
    **dict.fromkeys(_BOUNDS, _bound),
    **dict.fromkeys(_AMOUNTS, _amount),
}


def _named(path: str) -> str:
    return f"`{path}`" if path else "the value"


def _type_name(value: JsonValue) -> str:
    if isinstance(value, float) and value.is_integer():
        return "integer"
    names: dict[type, str] = {
        type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string", list: "array",
    }  # fmt: skip
    return names.get(type(value), "object")


def _kind(value: JsonValue) -> str:
    return _shown(value) if isinstance(value, bool) else _WORDS[_type_name(value)]


def _either(types: list[str]) -> str:
    words = [_WORDS[name] for name in types if not (name == "integer" and "number" in types)]
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0] if words else "nothing"


def _one_of(values: Sequence[object]) -> str:
    shown = [_shown(value) for value in values[:5]]
    return shown[0] if len(values) == 1 else f"one of {', '.join(shown)}{', …' if len(values) > 5 else ''}"


def _shown(value: object) -> str:
    text = printable(json.dumps(value, ensure_ascii=False))
    return f"`{text if len(text) <= _SHORT else text[: _SHORT - 1] + '…'}`"
