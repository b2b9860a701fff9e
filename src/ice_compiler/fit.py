"""Whether every value of one shape is taken by another: compatible, incompatible with a reason, or unknown.

Compatible is proven, by the relation of `jsonschema-rs` or keyword by keyword. What is not, is an incompatible edge
if the types, the members or the items cannot match whatever the value, or if no value is in both. What is left depends
on the value (lengths, patterns, ranges, members that are not always there): it is unknown here, and checked when the
node runs.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from ice_compiler.shape_words import described
from ice_core import schema_relation
from ice_core.contracts import compiled
from ice_core.errors import IceError
from ice_core.schema_congruence import is_proven
from ice_core.schema_relation import canonical_schema, is_covered, is_disjoint
from ice_core.shapes import (
    Conjunction,
    Shape,
    alternatives,
    enumerated,
    is_closed,
    items_of,
    members,
    required,
    types_of,
)
from ice_core.strict_json import JsonValue

MAX_DEPTH: Final = 16
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

Outcome = Literal["compatible", "incompatible", "unknown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """The outcome; if incompatible, what does not match, as a sentence's end, and the member where, if it is inside."""

    outcome: Outcome
    reason: str = ""
    path: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Misfit:
    reason: str
    path: tuple[str, ...] = ()


def fit(given: Shape, taken: Shape) -> Fit:
    """Whether values of the shape `given` are values of the shape `taken`; the same pair is compared once a process."""
    return _fit(_text(given), _text(taken))


def _text(shape: Shape) -> str:
    return _ENCODER.encode([shape.schema, shape.definitions])


def _shape(text: str) -> Shape:
    schema, definitions = json.loads(text)
    return Shape(schema=schema, definitions=definitions)


@lru_cache(maxsize=4096)
def _fit(given_text: str, taken_text: str) -> Fit:
    given, taken = _shape(given_text), _shape(taken_text)
    one, other = canonical_schema(given.standalone()), canonical_schema(taken.standalone())
    if (one is not None and other is not None and is_covered(one, other)) or is_proven(given, taken):
        return Fit(outcome="compatible")
    misfit = _misfit(given, taken, MAX_DEPTH)
    if misfit is not None:
        return Fit(outcome="incompatible", reason=misfit.reason, path=misfit.path)
    # A shape that no value has fits everywhere; it is the producer's fault, and not said here.
    if one is not None and other is not None and not schema_relation.is_empty(one) and is_disjoint(one, other):
        return Fit(outcome="incompatible", reason="no value is both")
    return Fit(outcome="unknown")


def is_empty(shape: Shape) -> bool:
    """Whether it is certain that no value has this shape."""
    canonical = canonical_schema(shape.standalone())
    return canonical is not None and schema_relation.is_empty(canonical)


def _misfit(given: Shape, taken: Shape, depth: int) -> _Misfit | None:
    gives, takes = alternatives(given), alternatives(taken)
    if gives is None or takes is None or depth == 0:
        return None
    for conjunction in (single for several in gives for single in _by_type(several)):
        found = [_conjunction_misfit(conjunction, given, choice, taken, depth) for choice in takes]
        if found and all(misfit is not None for misfit in found):
            inside = next((misfit for misfit in found if misfit is not None and misfit.path), found[0])
            return inside if len(takes) == 1 else _Misfit(reason=f"`{described(taken)}` has no choice for it")
    return None


def _by_type(conjunction: Conjunction) -> list[Conjunction]:
    # A value of several types may find its place in a different choice for each.
    types = types_of(conjunction) or frozenset()
    return [(*conjunction, {"type": name}) for name in sorted(types)] if len(types) > 1 else [conjunction]


def _conjunction_misfit(
    given: Conjunction, given_shape: Shape, taken: Conjunction, taken_shape: Shape, depth: int
) -> _Misfit | None:
    values = enumerated(given)
    if values is not None:
        return _values_misfit(values, taken, taken_shape)
    misfit = _types_misfit(given, taken)
    if misfit is not None:
        return misfit
    types = types_of(given)
    if types == frozenset(("array",)):
        return _items_misfit(given, given_shape, taken, taken_shape, depth)
    if types == frozenset(("object",)):
        return _members_misfit(given, given_shape, taken, taken_shape, depth)
    return None


def _values_misfit(values: list[JsonValue], taken: Conjunction, taken_shape: Shape) -> _Misfit | None:
    shape = taken_shape.part({"allOf": list(taken)})
    try:
        contract = compiled(shape.standalone(), where="input")
    except IceError:
        return None
    if not values or any(not contract.violations(value) for value in values):
        return None
    return _Misfit(reason="none of its values is taken")


def _types_misfit(given: Conjunction, taken: Conjunction) -> _Misfit | None:
    gives, takes = types_of(given), types_of(taken)
    if gives is None or takes is None:
        return None
    widened = takes | ({"integer"} if "number" in takes else set())
    left = sorted(gives - widened)
    if not left:
        return None
    return _Misfit(reason=f"{' or '.join(left)} is not {' or '.join(sorted(takes)) or 'anything that is taken'}")


def _items_misfit(
    given: Conjunction, given_shape: Shape, taken: Conjunction, taken_shape: Shape, depth: int
) -> _Misfit | None:
    if any("prefixItems" in schema or "maxItems" in schema for schema in (*given, *taken)):
        return None
    gives, takes = items_of(given), items_of(taken)
    if not gives or not takes:
        return None
    inner = _misfit(given_shape.part({"allOf": gives}), taken_shape.part({"allOf": takes}), depth - 1)
    return _Misfit(reason=inner.reason, path=("[]", *inner.path)) if inner is not None else None


def _members_misfit(
    given: Conjunction, given_shape: Shape, taken: Conjunction, taken_shape: Shape, depth: int
) -> _Misfit | None:
    gives, takes = members(given), members(taken)
    if not gives:
        return None
    open_ = any("patternProperties" in schema or schema.get("additionalProperties", False) for schema in given)
    missing = sorted(required(taken) - gives.keys())
    if missing and not open_:
        return _Misfit(reason=f"`{missing[0]}` is required and not there", path=(missing[0],))
    extra = sorted((gives.keys() & required(given)) - takes.keys())
    if extra and is_closed(taken):
        return _Misfit(reason=f"`{extra[0]}` is not taken", path=(extra[0],))
    for name in sorted(gives.keys() & takes.keys()):
        if name not in required(given):
            continue  # absent is fine wherever it is not required
        part = given_shape.part({"allOf": gives[name]})
        inner = _misfit(part, taken_shape.part({"allOf": takes[name]}), depth - 1)
        if inner is not None:
            return _Misfit(reason=inner.reason, path=(name, *inner.path))
    return None
