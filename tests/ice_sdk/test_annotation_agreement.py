"""Random annotations: the schema that is signed, the call, and Pydantic itself say the same about values.

What the schema takes the call reads, and what then comes back keeps the output's schema. What Pydantic reads strictly
the schema takes. What Pydantic would only convert (`"7"` for 7) the schema refuses, before the call could.
"""

import datetime
import decimal
import enum
import json
import random
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

import pytest
from hypothesis import settings
from pydantic import UUID4, Field, HttpUrl, PastDate, StringConstraints, TypeAdapter, ValidationError

from ice_core.contracts import Contract, compiled
from ice_core.errors import IceError
from ice_core.schema_instances import Instances
from ice_core.shapes import ANYTHING, Shape, step_into
from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk.calling import bind_input
from ice_sdk.declared import Declared
from ice_sdk.description import describe
from ice_sdk.results import output_value
from tests.ice_sdk.annotations import Colour, annotation
from tests.ice_sdk.conftest import Declare
from tests.ice_sdk.test_schema_and_call import echo_of, side, takes

ANNOTATIONS = settings().max_examples // 2  # for each seed
SCALARS: Sequence[JsonValue] = [
    None, True, False, 0, 1, -1, 1.5, 5, 10, 99.99, "", " ", "a", "ab", " a ", "abcde", "red", "word", "r", "auto",
    "1.5", "7", "1e3", "NaN", "2026-11-24", "2026-11-24T06:00:00Z", "06:00:00", "06:00:00Z", "PT5S", "P1D",
    "12345678-1234-5678-1234-567812345678", "12345678-1234-4678-9234-567812345678", "https://example.org/a",
    "file:///a", [], {}, [1], ["a"], ["a", "b"], {"a": 1}, {"a": "a"}, {"a": None}, {"b": 1}, {"red": 1}, {"1": 1},
    {"a": "2026-11-24"}, {"1.5": "x"}, [[]], [{}], [None],
]  # fmt: skip


def near(schema: JsonObject) -> Iterator[JsonValue]:
    """Values on both sides of every bound of an input schema with the member `value`."""
    shape = step_into(Shape.of(schema), "value").shape or ANYTHING
    yield from SCALARS
    for refused, taken in (Instances().of(ANYTHING, shape), Instances().of(shape, ANYTHING)):
        yield from (*refused, *taken)


def reads_strictly(adapter: TypeAdapter[Any], value: JsonValue) -> bool:
    """Whether Pydantic reads the value without converting it."""
    try:
        adapter.validate_json(json.dumps(value), strict=True)
    except ValidationError:
        return False
    return True


def is_lenient(value: JsonValue) -> bool:
    """Whether even strict Pydantic stretches JSON here: items twice in a set, true for 1, numbers for days."""
    if isinstance(value, dict):
        return any(is_lenient(member) for member in (*value, *value.values()))
    if isinstance(value, list):
        repeated = len({json.dumps(item) for item in value}) < len(value) or value == [0, False]
        return repeated or any(is_lenient(item) for item in value)
    if isinstance(value, bool):
        return True
    return isinstance(value, str) and (value in ("NaN", "-", "06:00:00") or value[:1].isdigit() or value[:1] == "-")


def disagreements(declared: Declared, annotated: Any) -> Iterator[tuple[str, JsonValue]]:
    """Each value about which two of the three disagree; nothing for an annotation that is refused."""
    described = describe(declared)
    schema = side(described, "input")
    given, gives = compiled(schema, where="input"), compiled(side(described, "output"), where="output")
    adapter = TypeAdapter[Any](annotated)
    for value in near(schema):
        kept = given.is_kept_by({"value": value})
        if kept:
            yield from _through_the_call(declared, gives, value)
        elif not is_lenient(value) and reads_strictly(adapter, value):
            yield "Pydantic reads what the schema refuses", value


def _through_the_call(declared: Declared, gives: Contract, value: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    try:
        arguments, named = bind_input(declared, {"value": value})
    except IceError as error:
        yield f"the call refuses what the schema takes: {error}", value
        return
    result = output_value(declared, declared.call(*arguments, **named))
    yield from ((f"what comes back breaks its schema: {found}", value) for found in gives.violations(result))


@pytest.mark.parametrize("seed", range(4))
def test_schema_call_and_pydantic_agree_on_random_annotations(declare: Declare, seed: int) -> None:
    chance = random.Random(seed)
    outcomes: Counter[str] = Counter()
    for _ in range(ANNOTATIONS):
        annotated = annotation(chance, 3)
        declared = declare(echo_of(annotated))
        try:
            found = [(str(annotated), *each) for each in disagreements(declared, annotated)]
        except IceError as error:
            outcomes[error.slug] += 1
        else:
            outcomes["agrees"] += 1

            assert [] == found[:3]
    assert {"agrees", "schema-inexpressible"} >= outcomes.keys()
    assert outcomes["agrees"] >= ANNOTATIONS * 0.85, outcomes


class Level(enum.IntEnum):
    """Whole numbers."""

    LOW = 1


EXPRESSED: list[tuple[str, Any, list[JsonValue], list[JsonValue]]] = [
    (
        "a bounded Decimal is a number",
        Annotated[decimal.Decimal, Field(ge=0, le=10)],
        [0, 9.99, 10],
        ["5", "50", 11, -1],
    ),
    (
        "digits and places are bounds",
        Annotated[decimal.Decimal, Field(max_digits=5, decimal_places=2)],
        [999.99, -999.99, 0.07, 0],
        [1000, 0.005, "1.00"],
    ),
    ("places are a multiple", Annotated[decimal.Decimal, Field(decimal_places=1)], [0.3, 12345], [0.25]),
    ("whole numbers as keys", dict[int, str], [{}, {"1": "a", "-20": "b"}], [{"a": "a"}, {"1.5": "a"}, {"": "a"}]),
    ("texts of an enum as keys", dict[Colour, int], [{}, {"red": 1}], [{"blue": 1}]),
    ("keys that may be any text", dict[int | str, int], [{}, {"a": 1}], [{"a": "b"}]),
    (
        "a length that counts without the spaces",
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)],
        ["abc", " abc ", "a c"],
        ["", "   ", " a ", "ab ", " ab"],
    ),
    (
        "one letter at least",
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)],
        ["a", " a"],
        ["", " "],
    ),
    (
        "beside a pattern",
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, pattern="^a")],
        ["ab", "ab "],
        ["a", "a ", "ba"],
    ),
    (
        "a version of uuid",
        UUID4,
        ["12345678-1234-4678-9234-567812345678"],
        ["12345678-1234-1678-9234-567812345678", "a"],
    ),
    ("schemes of a url", HttpUrl, ["https://example.org/", "http://a.example"], ["file:///a", "ftp://a.example", "a"]),
]


@pytest.mark.parametrize(("annotated", "good", "bad"), [case[1:] for case in EXPRESSED], ids=[c[0] for c in EXPRESSED])
def test_what_the_type_refuses_the_schema_refuses_before(
    declare: Declare, annotated: Any, good: list[JsonValue], bad: list[JsonValue]
) -> None:
    declared = declare(echo_of(annotated))
    contract = compiled(side(describe(declared), "input"), where="input")

    assert [True] * len(good) == [contract.is_kept_by({"value": value}) for value in good]
    assert [True] * len(good) == [takes(declared, value) for value in good]
    assert [False] * len(bad) == [contract.is_kept_by({"value": value}) for value in bad]
    assert [] == list(disagreements(declared, annotated))


INEXPRESSIBLE: list[tuple[Any, str]] = [
    (Literal[Colour.RED], "a Literal of enum members"),
    (Annotated[decimal.Decimal, Field(max_digits=5)], "a Decimal of so many digits in all"),
    (dict[float, int], "a dict whose keys are no texts"),
    (dict[Level, int], "a dict whose keys are no texts"),
    (dict[Literal["a", 1], int], "a dict whose keys are no texts"),
    (dict[uuid.UUID | None, int], "a dict whose keys are no texts"),
    (dict[Annotated[int, Field(ge=0)], int], "a dict whose keys are no texts"),
    (Annotated[datetime.date, Field(ge=datetime.date(2026, 1, 1))], "a date or time with a bound"),
    (Annotated[datetime.datetime, Field(lt=datetime.datetime(2026, 1, 1))], "a date or time with a bound"),
    (Annotated[datetime.time, Field(gt=datetime.time(12))], "a date or time with a bound"),
    (Annotated[datetime.timedelta, Field(le=datetime.timedelta(1))], "a date or time with a bound"),
    (PastDate, "a date or time with a bound"),
    (complex, "complex"),
]


@pytest.mark.parametrize(("annotated", "found"), INEXPRESSIBLE)
def test_a_type_whose_bounds_a_schema_cannot_say_is_refused(declare: Declare, annotated: Any, found: str) -> None:
    """Its schema would take what the call refuses; nothing is described."""
    with pytest.raises(IceError) as refused:
        describe(declare(echo_of(annotated)))
    findings = refused.value.findings or (refused.value.finding,)

    assert {("schema-inexpressible", found)} == {(finding.slug, finding.found) for finding in findings}
    assert all(finding.hints for finding in findings)


def test_what_is_given_may_be_bounded_since_a_wider_schema_is_no_harm(declare: Declare) -> None:
    """Of an output the schema may say less than the type."""
    today = echo_of(str)
    today.__annotations__["return"] = Annotated[datetime.date, Field(ge=datetime.date(2026, 1, 1))]
    described = describe(declare(today))

    assert {"type": "string", "format": "date"} == side(described, "output")
