"""A proof, keyword by keyword, that every value of one shape is a value of another; recursive shapes included.

Each alternative of the one must keep every keyword of the other. What is met again while it is being proven holds: a
reference can only come back one level down in the value, and values end (so says `json_schema`). No answer but yes
means anything, and the number of comparisons is bounded.
"""

from typing import Final

from ice_core import schema_relation
from ice_core.canonical import canonical_bytes
from ice_core.contracts import compiled
from ice_core.errors import IceError
from ice_core.json_schema import subschemas
from ice_core.schema_keywords import keeps_keyword, lengths
from ice_core.shapes import Conjunction, Shape, alternatives, enumerated, required, types_of
from ice_core.strict_json import JsonObject, JsonValue

MAX_COMPARISONS: Final = 2000
MAX_LEVELS: Final = 100  # of comparisons within comparisons, each of at most five calls
_ANNOTATIONS: Final = frozenset(
    "$comment $defs $schema default deprecated description examples readOnly title writeOnly".split()
)
# Proven for a whole schema or not at all: what they say depends on keywords beside them.
_WHOLE: Final = frozenset(
    "contains dependentSchemas else if maxContains minContains then unevaluatedItems unevaluatedProperties".split()
)
_MEMBERS: Final = ("properties", "patternProperties", "additionalProperties")
_ITEMS: Final = ("prefixItems", "items")


def is_proven(narrow: Shape, wide: Shape) -> bool:
    """Whether it is proven that every value of `narrow` is a value of `wide`."""
    return _Proof(narrow, wide).holds(narrow.schema, wide.schema)


class _Proof:
    def __init__(self, narrow: Shape, wide: Shape) -> None:
        self.narrow = narrow
        self.wide = wide
        self.same_definitions = narrow.definitions == wide.definitions
        self.proven: dict[bytes, None] = {}
        self.failed: set[bytes] = set()
        self.comparisons = 0
        self.level = 0

    def holds(self, narrow: JsonValue, wide: JsonValue) -> bool:
        """One step of the proof, for a value or a part of it."""
        if narrow is False or wide is True or wide == {}:
            return True
        key = canonical_bytes([narrow, wide])
        if key in self.proven:
            return True
        self.comparisons += 1
        if key in self.failed or self.comparisons > MAX_COMPARISONS:
            return False
        known = len(self.proven)
        self.proven[key] = None
        self.level += 1
        is_proven_now = self._prove(narrow, wide)
        self.level -= 1
        if is_proven_now:
            return True
        # Whatever was proven since then may stand on what has just failed.
        for unproven in [*self.proven][known:]:
            del self.proven[unproven]
        self.failed.add(key)
        return False

    def _prove(self, narrow: JsonValue, wide: JsonValue) -> bool:
        choices = alternatives(self.narrow.part(narrow))
        if choices is None:
            return False
        return all(self._choice_holds(single, wide) for choice in choices for single in _by_type(choice))

    def _choice_holds(self, choice: Conjunction, wide: JsonValue) -> bool:
        values = enumerated(choice)
        if values is not None:
            return self._values_hold(values, wide)
        return self._keeps(choice, wide)

    def _values_hold(self, values: list[JsonValue], wide: JsonValue) -> bool:
        try:
            contract = compiled(self.wide.part(wide).standalone(), where="schema")
        except IceError:
            return False
        return all(contract.is_kept_by(value) for value in values)

    def _keeps(self, choice: Conjunction, wide: JsonValue) -> bool:
        if not isinstance(wide, dict) or self.level > MAX_LEVELS:
            return wide is True
        if self._is_among(choice, wide):
            return True
        if _WHOLE & wide.keys():
            return False
        self.level += 1
        kept = all(self._keeps_one(choice, keyword, wide) for keyword in wide if keyword not in _ANNOTATIONS)
        self.level -= 1
        return kept

    def _is_among(self, choice: Conjunction, wide: JsonObject) -> bool:
        return any(part == wide and _same(part, wide) for part in choice) and (
            self.same_definitions or not _refers(wide)
        )

    def _keeps_one(self, choice: Conjunction, keyword: str, wide: JsonObject) -> bool:
        value = wide[keyword]
        if keyword == "$ref":
            name = str(value).rpartition("/")[2]
            return self._keeps(choice, self.wide.definitions.get(name, False))
        if keyword in ("allOf", "anyOf", "oneOf") and isinstance(value, list):
            return self._keeps_parts(choice, keyword, value)
        if keyword in _MEMBERS:
            return not _may_be(choice, "object") or self._keeps_members(choice, keyword, wide)
        if keyword in _ITEMS:
            return not _may_be(choice, "array") or self._keeps_items(choice, keyword, wide)
        if keyword == "propertyNames":
            return not _may_be(choice, "object") or any(
                "propertyNames" in part and self.holds(part["propertyNames"], value) for part in choice
            )
        if keyword == "not":
            return self._is_apart(choice, value)
        return keeps_keyword(choice, keyword, value)

    def _keeps_parts(self, choice: Conjunction, keyword: str, parts: list[JsonValue]) -> bool:
        if keyword == "allOf":
            return all(self._keeps(choice, part) for part in parts)
        fitting = [index for index, part in enumerate(parts) if self._keeps(choice, part)]
        if keyword == "anyOf" or not fitting:
            return bool(fitting)
        others = [part for index, part in enumerate(parts) if index != fitting[0]]
        return all(self._is_apart(choice, other) for other in others)

    def _is_apart(self, choice: Conjunction, other: JsonValue) -> bool:
        one = schema_relation.canonical_schema(self.narrow.part({"allOf": [*choice]}).standalone())
        two = schema_relation.canonical_schema(self.wide.part(other).standalone())
        return one is not None and two is not None and schema_relation.is_disjoint(one, two)

    def _keeps_members(self, choice: Conjunction, keyword: str, wide: JsonObject) -> bool:
        given = _Members(choice)
        if keyword == "properties":
            return all(self.holds(given.of(name), part) for name, part in _object(wide[keyword]).items())
        patterns = _object(wide.get("patternProperties"))
        if keyword == "patternProperties":
            return all(self._keeps_pattern(given, pattern, part) for pattern, part in patterns.items())
        declared = _object(wide.get("properties"))
        free = [name for name in given.names if name not in declared and not _matches_any(name, patterns)]
        rest = [part for pattern, part in given.patterns if pattern not in patterns]
        return all(
            self.holds(part, wide[keyword]) for part in (*(given.of(name) for name in free), *rest, given.additional)
        )

    def _keeps_pattern(self, given: "_Members", pattern: str, wide: JsonValue) -> bool:
        own = [part for known, part in given.patterns if known == pattern]
        others = [part for known, part in given.patterns if known != pattern]
        named = [given.of(name) for name in given.names if _matches_any(name, {pattern: True})]
        rest = [{"allOf": own}, *others] if own else [*others, given.additional]
        return all(self.holds(part, wide) for part in (*named, *rest))

    def _keeps_items(self, choice: Conjunction, keyword: str, wide: JsonObject) -> bool:
        most = lengths(choice, "maxItems")
        first = _list(wide.get("prefixItems"))
        if keyword == "prefixItems":
            within = [(index, part) for index, part in enumerate(first) if most is None or index < most]
            return all(self.holds(_item(choice, index), part) for index, part in within)
        longest = max(len(first), *(len(_list(part.get("prefixItems"))) for part in choice))
        indexes = [index for index in range(len(first), longest + 1) if most is None or index < most]
        return all(self.holds(_item(choice, index), wide[keyword]) for index in indexes)


class _Members:
    """What a conjunction says about the members of an object."""

    def __init__(self, choice: Conjunction) -> None:
        self.choice = choice
        self.names = sorted({name for part in choice for name in _object(part.get("properties"))} | required(choice))
        self.patterns = [pair for part in choice for pair in _object(part.get("patternProperties")).items()]

    @property
    def additional(self) -> JsonValue:
        """What a member must be that is neither declared nor matches a pattern."""
        key = "additionalProperties"
        parts: list[JsonValue] = [part[key] for part in self.choice if key in part]
        return False if False in parts else {"allOf": parts} if parts else True

    def of(self, name: str) -> JsonValue:
        """What the member of this name must be."""
        found: list[JsonValue] = []
        for part in self.choice:
            declared, patterns = _object(part.get("properties")), _object(part.get("patternProperties"))
            matching = [inner for pattern, inner in patterns.items() if _matches_any(name, {pattern: True})]
            own = [declared[name]] if name in declared else []
            rest = [part["additionalProperties"]] if "additionalProperties" in part and not own and not matching else []
            found += [*own, *matching, *rest]
        return False if False in found else {"allOf": found} if len(found) != 1 else found[0]


def _item(choice: Conjunction, index: int) -> JsonValue:
    found: list[JsonValue] = []
    for part in choice:
        first = _list(part.get("prefixItems"))
        if index < len(first):
            found.append(first[index])
        elif "items" in part:
            found.append(part["items"])
    return False if False in found else {"allOf": found} if len(found) != 1 else found[0]


def _matches_any(name: str, patterns: JsonObject) -> bool:
    # Undecided where the pattern cannot be compiled, which `Contract` refused before.
    return any(compiled({"pattern": pattern}, where="pattern").is_kept_by(name) for pattern in patterns)


def _by_type(choice: Conjunction) -> list[Conjunction]:
    # A value of several types may find its place in a different choice for each.
    types = types_of(choice)
    if types is None:
        types = frozenset(("null", "boolean", "number", "string", "array", "object"))
    return [(*choice, {"type": name}) for name in sorted(types)] if len(types) > 1 else [choice]


def _may_be(choice: Conjunction, name: str) -> bool:
    types = types_of(choice)
    return types is None or name in types


def _same(one: JsonValue, other: JsonValue) -> bool:
    return canonical_bytes(one) == canonical_bytes(other)


def _refers(schema: JsonValue) -> bool:
    waiting = [schema]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if "$ref" in item:
                return True
            waiting.extend(inner for _, _, inner in subschemas(item))
    return False


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
