"""Whether a conjunction of plain schemas keeps one keyword of another: bounds, lengths, formats, named values."""

from collections.abc import Callable
from math import floor
from typing import Final

from ice_core.canonical import canonical_bytes
from ice_core.schema_texts import number, whole_number
from ice_core.shapes import Conjunction, required, types_of
from ice_core.strict_json import JsonObject, JsonValue

_ABOUT: Final = {
    keyword: frozenset(types.split())
    for types, keywords in (
        ("string", "minLength maxLength pattern format"),
        ("array", "minItems maxItems uniqueItems"),
        ("object", "minProperties maxProperties required dependentRequired"),
        ("integer number", "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf"),
    )
    for keyword in keywords.split()
}


def keeps_keyword(given: Conjunction, keyword: str, value: JsonValue) -> bool:
    """Whether it is certain that every value of the conjunction keeps `keyword` of `value`."""
    types, about = types_of(given), _ABOUT.get(keyword)
    if types is not None and about is not None and not about & types:
        return True
    rule = _RULES.get(keyword)
    return rule is not None and rule(given, keyword, value)


def lengths(given: Conjunction, keyword: str) -> int | None:
    """The tightest of a counting keyword in the conjunction: the greatest least, or the least most."""
    found = [count for part in given if (count := whole_number(part.get(keyword))) is not None]
    if not found:
        return None
    return max(found) if keyword.startswith("min") else min(found)


def _type(given: Conjunction, keyword: str, value: JsonValue) -> bool:
    types = types_of(given)
    wanted = frozenset(map(str, value if isinstance(value, list) else [value]))
    return types is not None and types <= (wanted | ({"integer"} if "number" in wanted else frozenset()))


def _values(given: Conjunction, keyword: str, value: JsonValue) -> bool:
    named = value if keyword == "enum" and isinstance(value, list) else [value]
    finite: dict[frozenset[str] | None, list[JsonValue]] = {
        frozenset(("boolean",)): [True, False],
        frozenset(("null",)): [None],
    }
    every = finite.get(types_of(given))
    return every is not None and {*map(canonical_bytes, every)} <= {*map(canonical_bytes, named)}


def _count(given: Conjunction, keyword: str, value: JsonValue) -> bool:
    wanted, found = whole_number(value), lengths(given, keyword)
    if wanted is None:
        return False
    if keyword.startswith("min"):
        least = max(found or 0, len(required(given)) if keyword == "minProperties" else 0)
        return least >= wanted
    return found is not None and found <= wanted


def _least(given: Conjunction, keyword: str, value: JsonValue) -> bool:
    wanted, integer = number(value), types_of(given) == frozenset(("integer",))
    bounds = [_bound(part, "minimum", 0) for part in given] + [_bound(part, "exclusiveMinimum", 1) for part in given]
    found = max((bound for bound in bounds if bound is not None), default=None)
    if found is None or wanted is None:
        return False
    mine, other = found, (wanted, 1 if keyword == "exclusiveMinimum" else 0)
    return (_first_whole(mine) >= _first_whole(other)) if integer else mine >= other


def _most(given: Conjunction, keyword: str, value: JsonValue) -> bool:
    # The mirror image of `_least`.
    wanted = number(value)
    turned = tuple(_turned(part) for part in given)
    return wanted is not None and _least(turned, keyword.replace("axi", "ini"), -wanted)


def _turned(part: JsonObject) -> JsonObject:
    copy: JsonObject = {"type": part["type"]} if "type" in part else {}
    for keyword in ("maximum", "exclusiveMaximum"):
        bound = number(part.get(keyword))
        if bound is not None:
            copy[keyword.replace("axi", "ini")] = -bound
    return copy


def _bound(part: JsonObject, keyword: str, strict: int) -> tuple[float, int] | None:
    found = number(part.get(keyword))
    return (found, strict) if found is not None else None


def _first_whole(bound: tuple[float, int]) -> int:
    value, strict = bound
    return floor(value) + 1 if strict or value != floor(value) else floor(value)


def _multiple(given: Conjunction, keyword: str, value: JsonValue) -> bool:
    steps = [part["multipleOf"] for part in given if "multipleOf" in part]
    if isinstance(value, int):
        steps += [1] if types_of(given) == frozenset(("integer",)) else []
        return any(isinstance(step, int) and step % value == 0 for step in steps)
    return value in steps


def _equal(given: Conjunction, keyword: str, value: JsonValue) -> bool:
    return any(keyword in part and part[keyword] == value for part in given)


def _different(given: Conjunction, keyword: str, value: JsonValue) -> bool:
    most = lengths(given, "maxItems")
    return value is False or (most is not None and most <= 1) or any(part.get(keyword) is True for part in given)


def _required(given: Conjunction, keyword: str, value: JsonValue) -> bool:
    return isinstance(value, list) and frozenset(map(str, value)) <= required(given)


def _dependent(given: Conjunction, keyword: str, value: JsonValue) -> bool:
    have = required(given)
    for name, needed in value.items() if isinstance(value, dict) else ():
        own = have.union(*(_names(part, name) for part in given))
        if not frozenset(map(str, needed if isinstance(needed, list) else ())) <= own:
            return False
    return isinstance(value, dict)


def _names(part: JsonObject, name: str) -> frozenset[str]:
    rules = part.get("dependentRequired")
    needed = rules.get(name) if isinstance(rules, dict) else None
    return frozenset(map(str, needed)) if isinstance(needed, list) else frozenset()


_RULES: Final[dict[str, Callable[[Conjunction, str, JsonValue], bool]]] = {
    "type": _type,
    "enum": _values,
    "const": _values,
    "minimum": _least,
    "exclusiveMinimum": _least,
    "maximum": _most,
    "exclusiveMaximum": _most,
    "multipleOf": _multiple,
    "pattern": _equal,
    "format": _equal,
    "uniqueItems": _different,
    "required": _required,
    "dependentRequired": _dependent,
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _count),
}
