"""Whether every value of one shape is taken by another: compatible, incompatible with a reason, or unknown.

The decision procedure is the subschema relation of `jsonschema-rs`. Where it does not say yes, an edge is incompatible
if the types, the members or the items cannot match whatever the value, or if no value is in both. What is left depends
on the value (lengths, patterns, ranges, members that are not always there): it is unknown here, and checked when the
node runs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import jsonschema_rs
from jsonschema_rs.canonical import Containment, Satisfiability

from ice_compiler.shape_words import described
from ice_compiler.shapes import (
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
from ice_core.contracts import compiled
from ice_core.errors import IceError
from ice_core.strict_json import JsonValue

MAX_BRANCHES: Final = 1024
MAX_DEPTH: Final = 16

Answer = TypeVar("Answer")
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
    """Whether values of the shape `given` are values of the shape `taken`."""
    one, other = _canonical(given), _canonical(taken)
    if one is not None and other is not None and _covers(other, one):
        return Fit(outcome="compatible")
    misfit = _misfit(given, taken, MAX_DEPTH)
    if misfit is not None:
        return Fit(outcome="incompatible", reason=misfit.reason, path=misfit.path)
    if one is not None and other is not None and _disjoint(one, other):
        return Fit(outcome="incompatible", reason="no value is both")
    return Fit(outcome="unknown")


def is_empty(shape: Shape) -> bool:
    """Whether it is certain that no value has this shape."""
    canonical = _canonical(shape)
    return canonical is not None and _asked(canonical.satisfiability, Satisfiability.UNKNOWN) == Satisfiability.NO


def _covers(taken: jsonschema_rs.CanonicalSchema, given: jsonschema_rs.CanonicalSchema) -> bool:
    return _asked(lambda: taken.covers(given), Containment.UNKNOWN) == Containment.YES


def _disjoint(one: jsonschema_rs.CanonicalSchema, other: jsonschema_rs.CanonicalSchema) -> bool:
    # A shape that no value has fits everywhere; it is the producer's fault, and not said here.
    if _asked(one.satisfiability, Satisfiability.UNKNOWN) == Satisfiability.NO:
        return False
    return _asked(lambda: one.intersect(other).satisfiability(), Satisfiability.UNKNOWN) == Satisfiability.NO


def _canonical(shape: Shape) -> jsonschema_rs.CanonicalSchema | None:
    schema = shape.standalone()
    if _branches(schema) > MAX_BRANCHES:
        return None
    try:
        return jsonschema_rs.canonicalize(
            schema, draft=jsonschema_rs.Draft202012, pattern_options=jsonschema_rs.RegexOptions(), offline=True
        )
    except (ValueError, jsonschema_rs.ReferencingError):
        return None


def _asked(ask: Callable[[], Answer], undecided: Answer) -> Answer:
    # Operands that the canonical form cannot hold are a ValueError, which decides nothing.
    try:
        return ask()
    except ValueError:
        return undecided


def _branches(schema: JsonValue) -> int:
    # The canonical form multiplies branches out, so their product bounds what it can cost.
    product = 1
    waiting: list[JsonValue] = [schema]
    while waiting and product <= MAX_BRANCHES:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            for keyword, value in item.items():
                if keyword in ("anyOf", "oneOf") and isinstance(value, list):
                    product *= max(len(value), 1)
                product *= 2 if keyword in ("not", "if", "dependentSchemas") else 1
                waiting.append(value)
    return product


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
