"""How the values of two schemas relate, asked of the canonical form of `jsonschema-rs`: containment and difference.

Formats are asserted, as `contracts.Contract` asserts them. Every answer but a certain one is "not certain": operands
that the canonical form cannot hold, and those that would cost too much to write out, decide nothing.
"""

from collections.abc import Callable
from typing import Final, TypeVar

import jsonschema_rs
from jsonschema_rs.canonical import Containment, Satisfiability

from ice_core.canonical import canonical_bytes
from ice_core.strict_json import JsonObject, JsonValue, parse_json

# The canonical form multiplies branches out and compares enumerated values pairwise; both bound what it can cost.
MAX_BRANCHES: Final = 1024
MAX_ENUMERATED: Final = 512

CanonicalSchema = jsonschema_rs.CanonicalSchema
Answer = TypeVar("Answer")


def canonical_schema(schema: JsonObject) -> CanonicalSchema | None:
    """The canonical form of a stand-alone schema; None where it has none, or none within bounds."""
    if not _is_bounded(schema):
        return None
    try:
        return jsonschema_rs.canonicalize(
            schema,
            draft=jsonschema_rs.Draft202012,
            validate_formats=True,
            pattern_options=jsonschema_rs.RegexOptions(),
            offline=True,
        )
    except (ValueError, jsonschema_rs.ReferencingError):
        return None


def is_covered(narrow: CanonicalSchema, wide: CanonicalSchema) -> bool:
    """Whether it is certain that every value of `narrow` is a value of `wide`."""
    return _asked(lambda: wide.covers(narrow), Containment.UNKNOWN) == Containment.YES


def is_disjoint(one: CanonicalSchema, other: CanonicalSchema) -> bool:
    """Whether it is certain that no value is of both."""
    return _asked(lambda: one.intersect(other).satisfiability(), Satisfiability.UNKNOWN) == Satisfiability.NO


def is_empty(schema: CanonicalSchema) -> bool:
    """Whether it is certain that no value is of `schema`."""
    return _asked(schema.satisfiability, Satisfiability.UNKNOWN) == Satisfiability.NO


def difference(narrow: CanonicalSchema, wide: CanonicalSchema) -> JsonObject | None:
    """A stand-alone schema of the values of `narrow` that are none of `wide`; None where it cannot be written."""
    return _asked(lambda: _written(narrow.subtract(wide).to_json_schema()), None)


def _written(schema: object) -> JsonObject | None:
    # A bound of 1e300 comes back as an integer that JSON readers would change: it has no canonical bytes.
    return parse_json(canonical_bytes(schema), where="difference") if isinstance(schema, dict) else None


def _asked(ask: Callable[[], Answer], undecided: Answer) -> Answer:
    # Operands that the canonical form cannot hold are a ValueError, which decides nothing.
    try:
        return ask()
    except ValueError:
        return undecided


def _is_bounded(schema: JsonValue) -> bool:
    branches, enumerated = 1, 0
    waiting: list[JsonValue] = [schema]
    while waiting and branches <= MAX_BRANCHES and enumerated <= MAX_ENUMERATED:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            for keyword, value in item.items():
                if isinstance(value, list):
                    branches *= max(len(value), 1) if keyword in ("anyOf", "oneOf") else 1
                    enumerated += len(value) if keyword == "enum" else 0
                branches *= 2 if keyword in ("not", "if", "dependentSchemas") else 1
                waiting.append(value)
    return branches <= MAX_BRANCHES and enumerated <= MAX_ENUMERATED
