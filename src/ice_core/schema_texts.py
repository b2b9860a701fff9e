"""Texts and numbers that lie near the bounds of schemas: the scalars from which counter-examples are made."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from ice_core.pattern_texts import texts_of_pattern
from ice_core.strict_json import MAX_INTEGER, JsonObject, JsonValue

LONGEST: Final = 4096
_MOST: Final = 200
_NUMBERS: Final = (0, 1, -1, 0.5, 2, 1.5, 3, 10, 100, -100)
_TEXTS: Final = ("a", "", "text", "A", "0", "1.5", "a b", "_", "é")
_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
# One text that keeps each format of draft 2020-12, and for the commonest one that does not.
_OF_FORMAT: Final = {
    "date": ("2026-11-24",),
    "date-time": ("2026-11-24T06:00:00Z",),
    "duration": ("P1DT2H", "P3W"),
    "email": ("ann@example.org",),
    "hostname": ("example.org",),
    "idn-email": ("ann@example.org",),
    "idn-hostname": ("example.org",),
    "ipv4": ("192.0.2.1",),
    "ipv6": ("2001:db8::1",),
    "iri": ("https://example.org/a",),
    "iri-reference": ("/a",),
    "json-pointer": ("/a/0",),
    "regex": ("^a+$",),
    "relative-json-pointer": ("1/a",),
    "time": ("06:00:00Z",),
    "uri": ("https://example.org/a",),
    "uri-reference": ("/a",),
    "uri-template": ("/a/{b}",),
    "uuid": ("12345678-1234-4678-9234-567812345678",),
}


def texts_near(schemas: Sequence[JsonObject]) -> list[JsonValue]:
    """Texts near what `schemas` say about lengths, patterns, formats and values; plain ones last."""
    found: list[str] = []
    lengths: set[int] = set()
    for schema in schemas:
        named = [value for value in named_values(schema) if isinstance(value, str)]
        found += chain.from_iterable((value, f"{value}x", value[:-1]) for value in named)
        found += _OF_FORMAT.get(str(schema.get("format")), ())
        pattern = schema.get("pattern")
        found += texts_of_pattern(pattern) if isinstance(pattern, str) else ()
        for keyword in ("minLength", "maxLength"):
            length = whole_number(schema.get(keyword))
            lengths |= {length - 1, length, length + 1} if length is not None else set()
    sized = [length for length in sorted(lengths) if 0 <= length <= LONGEST]
    found += ["a" * length for length in sized]
    found += [_stretched(text, length) for text in found[:8] for length in sized]
    return [*dict.fromkeys([*found[:_MOST], *_TEXTS])]


def numbers_near(schemas: Sequence[JsonObject]) -> list[JsonValue]:
    """Numbers near what `schemas` say about bounds, multiples and values; plain ones last."""
    near: list[float] = []
    steps = [abs(step) for schema in schemas if (step := number(schema.get("multipleOf")))]
    for schema in schemas:
        bounds = [bound for keyword in _BOUNDS if (bound := number(schema.get(keyword))) is not None]
        bounds += [found for value in named_values(schema) if (found := number(value)) is not None]
        for bound in bounds:
            near += (bound, bound - 1, bound + 1, bound - 0.5, bound + 0.5)
            near += chain.from_iterable(_multiples_near(bound, step) for step in steps)
    for step in steps:
        near += (step, 2 * step, 3 * step, -step, step / 2, step + 1)
    return [*dict.fromkeys(_as_json(value) for value in [*near[:_MOST], *_NUMBERS] if _is_exact(value))]


def named_values(schema: JsonObject) -> list[JsonValue]:
    """The values that a schema itself names: `const`, `enum`, `default` and `examples`."""
    named = [schema[keyword] for keyword in ("const", "default") if keyword in schema]
    for keyword in ("enum", "examples"):
        values = schema.get(keyword)
        named += values[:_MOST] if isinstance(values, list) else []
    return named


def whole_number(value: JsonValue) -> int | None:
    """A keyword's value if it is a whole number that can count characters, items or members."""
    found = number(value)
    return int(found) if found is not None and 0 <= found <= MAX_INTEGER and found == int(found) else None


def number(value: JsonValue) -> float | None:
    """A keyword's value if it is a number."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _multiples_near(bound: float, step: float) -> Iterable[float]:
    if abs(bound / step) > MAX_INTEGER:
        return ()
    least = (bound // step) * step
    return (least - step, least, least + step, least + 2 * step)


def _is_exact(value: float) -> bool:
    # What JSON writes as digits without an exponent is an integer to its readers, and this one would be refused.
    return abs(value) <= MAX_INTEGER or abs(value) >= 1e21


def _as_json(value: float) -> JsonValue:
    return int(value) if abs(value) <= MAX_INTEGER and value == int(value) else value


def _stretched(text: str, length: int) -> str:
    return (text * (length // len(text) + 1))[:length] if text else "b" * length
