"""Whether every value of one schema is a value of another: compatible, breaking with a counter-example, or unknown.

`compatible` is proven, `breaking` is shown by a value that the project's own validator holds against both schemas, and
what is neither proven nor shown is `unknown`. Equal schemas are compatible; otherwise a counter-example is looked for
first, so that no proof is told that a value contradicts. Schemas outside the bounds of `json_schema` are unknown.
"""

from typing import Final, Literal

from ice_core.canonical import canonical_bytes
from ice_core.contracts import Contract
from ice_core.errors import IceError
from ice_core.json_schema import check_schema_subset, standalone_schema
from ice_core.schema_congruence import is_proven
from ice_core.schema_instances import Instances, contract_of
from ice_core.schema_reasons import place_and_reason, smallest
from ice_core.schema_relation import canonical_schema, difference, is_covered
from ice_core.shapes import Shape, beside
from ice_core.strict_json import JsonObject, JsonValue

MOST_CHOICES: Final = 100

VerdictKind = Literal["compatible", "breaking", "unknown"]


class Verdict:
    """Whether each value of one schema is a value of another.

    Attributes:
        kind: `compatible` is proven, `breaking` is shown by `counter_example`, and `unknown` is neither.
        path: Where inside the value it breaks, as `rows[].name`; empty for the value itself.
        reason: A sentence for a person; empty if compatible.
        counter_example: A value that the first schema takes and the second refuses, if breaking; it may be null.
    """

    __slots__ = ("counter_example", "kind", "path", "reason")

    def __init__(
        self, kind: VerdictKind, *, path: str = "", reason: str = "", counter_example: JsonValue = None
    ) -> None:
        self.kind: VerdictKind = kind
        self.path = path
        self.reason = reason
        self.counter_example = counter_example

    def __repr__(self) -> str:
        return f"Verdict({self.kind!r}, path={self.path!r}, reason={self.reason!r}, {self.counter_example!r})"


COMPATIBLE = Verdict("compatible")


def compare_schemas(
    narrow: JsonValue, wide: JsonValue, *, schemas_narrow: JsonObject, schemas_wide: JsonObject
) -> Verdict:
    """Whether every value of the schema `narrow` is a value of `wide`.

    Args:
        narrow: The schema of what is given; as all four, a value that `strict_json` accepts.
        wide: The schema of what is taken.
        schemas_narrow: What `#/schemas/NAME` means in `narrow`.
        schemas_wide: What it means in `wide`.
    """
    try:
        check_schema_subset(narrow, schemas_narrow, where="the one schema", path="schema")
        check_schema_subset(wide, schemas_wide, where="the other schema", path="schema")
        one, other = standalone_schema(narrow, schemas_narrow), standalone_schema(wide, schemas_wide)
        if canonical_bytes(one) == canonical_bytes(other):
            return COMPATIBLE
        return _compared(Shape.of(one), Shape.of(other))
    except IceError as error:
        return Verdict("unknown", reason=f"{error.finding.message} ({error.finding.found})")


def _compared(narrow: Shape, wide: Shape) -> Verdict:
    takes, refuses = contract_of(narrow), contract_of(wide)
    shown = _shown(narrow, wide, takes, refuses)
    if shown is not None:
        return shown
    one, other = canonical_schema(narrow.standalone()), canonical_schema(wide.standalone())
    if one is not None and other is not None and is_covered(one, other):
        return COMPATIBLE
    if is_proven(narrow, wide):
        return COMPATIBLE
    left = difference(narrow.standalone(), wide.standalone())
    for part in [*([Shape.of(left)] if left is not None else []), *_choices(narrow)]:
        shown = _shown(part, wide, takes, refuses)
        if shown is not None:
            return shown
    return Verdict("unknown", reason="neither a proof nor a counter-example was found")


def _choices(narrow: Shape) -> list[Shape]:
    # One by one they get the attention that they did not get together.
    found = [schema.get(keyword) for schema in beside(narrow) for keyword in ("anyOf", "oneOf")]
    return [narrow.part(part) for parts in found if isinstance(parts, list) for part in parts][:MOST_CHOICES]


def _shown(narrow: Shape, wide: Shape, takes: Contract, refuses: Contract) -> Verdict | None:
    refused, _ = Instances().of(narrow, wide)
    for value in refused:
        if takes.is_kept_by(value) and not refuses.is_kept_by(value):
            small = smallest(value, takes, refuses)
            path, reason = place_and_reason(small, wide)
            return Verdict("breaking", path=path, reason=reason, counter_example=small)
    return None
