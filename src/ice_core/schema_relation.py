"""How the values of two schemas relate, asked of the canonical form of `jsonschema-rs`: containment and difference.

Formats are asserted, as `contracts.Contract` asserts them. Every answer but a certain one is "not certain": operands
that the canonical form cannot hold, and those that would cost too much to write out, decide nothing.
"""

from collections.abc import Callable
from typing import Final, TypeVar

import jsonschema_rs
from jsonschema_rs.canonical import Containment, Satisfiability

from ice_core.canonical import canonical_bytes
from ice_core.errors import IceError
from ice_core.json_schema import subschemas
from ice_core.strict_json import JsonObject, JsonValue, parse_json

# The canonical form writes alternatives out and compares enumerated values pairwise; both bound what it can cost.
MAX_BRANCHES: Final = 256
MAX_SUBTRACTED: Final = 64
MAX_ENUMERATED: Final = 512
MAX_DIFFERENCE: Final = 256 * 1024  # bytes

_ABOUT_THE_VALUE: Final = frozenset(("dependentSchemas", "else", "if", "not", "then"))

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


def difference(narrow: JsonObject, wide: JsonObject) -> JsonObject | None:
    """A stand-alone schema of the values of `narrow` that are none of `wide`; None where it cannot be written."""
    if not (_is_bounded(narrow, most=MAX_SUBTRACTED) and _is_bounded(wide, most=MAX_SUBTRACTED)):
        return None
    one, other = canonical_schema(narrow), canonical_schema(wide)
    if one is None or other is None:
        return None
    return _asked(lambda: _written(one.subtract(other).to_json_schema()), None)


def _written(schema: object) -> JsonObject | None:
    # A bound of 1e300 comes back as an integer that JSON readers would change: it has no canonical bytes.
    if not isinstance(schema, dict) or not _is_bounded(schema):
        return None
    try:
        return parse_json(canonical_bytes(schema), where="difference", max_bytes=MAX_DIFFERENCE)
    except IceError:
        return None


def _asked(ask: Callable[[], Answer], undecided: Answer) -> Answer:
    # Operands that the canonical form cannot hold are a ValueError, which decides nothing.
    try:
        return ask()
    except ValueError:
        return undecided


def _is_bounded(schema: JsonObject, *, most: int = MAX_BRANCHES) -> bool:
    return _enumerated(schema) <= MAX_ENUMERATED and _Branches(schema).count(schema) <= most


def _enumerated(schema: JsonValue) -> int:
    count = 0
    waiting: list[JsonValue] = [schema]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            values = item.get("enum")
            count += len(values) if isinstance(values, list) else 0
            waiting.extend(item.values())
    return count


class _Branches:
    """How many alternatives are to be written out: multiplied about one value, added up over its members and items."""

    def __init__(self, schema: JsonObject) -> None:
        definitions = schema.get("$defs")
        self.definitions = definitions if isinstance(definitions, dict) else {}
        self.known: dict[str, int] = {}

    def count(self, schema: JsonValue) -> int:
        """The alternatives of a schema, or a number that is too many."""
        if not isinstance(schema, dict):
            return 1
        about = self._of_reference(schema.get("$ref"))
        choices = {"anyOf": 0, "oneOf": 0}
        inside = 0
        for keyword, _, inner in subschemas(schema):
            found = self.count(inner)
            if keyword in choices:
                choices[keyword] += found
            elif keyword == "allOf":
                about *= found
            elif keyword in _ABOUT_THE_VALUE:
                about *= 2 * found
            else:
                inside += found - 1
        return min(about * max(choices["anyOf"], 1) * max(choices["oneOf"], 1) + inside, 2 * MAX_BRANCHES)

    def _of_reference(self, reference: JsonValue) -> int:
        if not isinstance(reference, str):
            return 1
        name = reference.rpartition("/")[2]
        if name not in self.known:
            self.known[name] = 1  # what comes back to itself is not written out again
            self.known[name] = self.count(self.definitions.get(name))
        return self.known[name]
