"""The schema and the call say the same: what the one takes the other reads, and what comes back keeps the schema."""

from collections.abc import Callable
from typing import Any

import pytest

from ice_core.contracts import compiled
from ice_core.errors import IceError
from ice_core.json_schema import standalone_schema
from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk.calling import bind_input
from ice_sdk.declared import Declared
from ice_sdk.description import describe
from ice_sdk.results import output_value
from tests.ice_sdk.conftest import Declare
from tests.ice_sdk.json_paths import at, object_at
from tests.ice_sdk.typed_values import TYPES

# For each type of the reference page: values that its schema takes, and values that it does not.
SAMPLES: dict[str, tuple[list[JsonValue], list[JsonValue]]] = {
    "str": (["", "a", "é\u2028"], [1, None, ["a"]]),
    "int": ([0, -7, 2**53 - 1], [1.5, [1], None]),
    "float": ([0, 1.5, -2], [None, [1.5]]),
    "bool": ([True, False], [None, [True]]),
    "None": ([None], [0, "", False]),
    "list[str]": ([[], ["a", "a"]], ["a", [1], None]),
    "Sequence[int]": ([[], [1, 2]], [[1.5], {}]),
    "tuple[str, int]": ([["a", 1]], [["a"], ["a", 1, 2], [[], 1]]),
    "tuple[int, ...]": ([[], [1, 2, 3]], [[None], {}]),
    "set[str]": ([[], ["a", "b"]], [[1], {}]),
    "dict[str, int]": ([{}, {"a": 1}], [{"a": []}, [1]]),
    "Mapping[str, float]": ([{}, {"a": 1.5}], [{"a": None}]),
    "dict[str, Any]": ([{}, {"a": [None, {"b": 1}]}], [[], 1]),
    "pydantic.JsonValue": ([None, 1, "a", [{"a": [True]}]], []),
    "str | None": (["a", None], [1, []]),
    "int | list[int]": ([1, [1]], [[None], {}]),
    'Literal["csv", "json"]': (["csv", "json"], ["xml", 1]),
    "Annotated[int, Field(ge=1, le=10)]": ([1, 10], [0, 11]),
    'Annotated[str, Field(description="Where")]': (["a"], [1]),
    "datetime.datetime": (["2026-11-24T06:00:00Z", "2026-11-24T06:00:00+02:00"], ["yesterday", "2026-13-01T00:00:00Z"]),
    "datetime.date": (["2026-11-24"], ["2026-02-30", "today"]),
    "decimal.Decimal": (["1.50", "-3", 2], ["one", [], None]),
    "uuid.UUID": (["12345678-1234-5678-1234-567812345678"], ["12", None]),
    "pathlib.Path": (["a/b.csv", "a"], [1, None]),
    "pydantic.AnyUrl": (["https://example.org/a"], ["", None]),
    "pydantic.Base64Bytes": (["aGVsbG8="], [1, None]),
    "Colour": (["red", "green"], ["RED", "blue"]),
    "Span": ([{"first": 1}, {"first": 1, "last": None}, {"first": 1, "last": 2}], [{}, {"first": "x"}, []]),
    "Row": ([{"name": "a"}, {"name": "a", "value": 1.5}], [{}, {"name": None}]),
    "Point": ([[1, 2.5]], [[1], [1, 2, 3]]),
    "Table": ([{"columns": []}, {"columns": ["a"], "rows": [{"name": "b"}]}], [{}, {"columns": [], "rows": [{}]}]),
}


def echo_of(annotation: Any) -> Callable[..., object]:
    """A component that takes one value of a type, beside another one, and gives it back."""

    def echo(value: object, other: int = 0) -> object:
        return value

    echo.__annotations__.update({"value": annotation, "return": annotation})
    echo.__qualname__ = "echo"
    return echo


def takes(declared: Declared, value: JsonValue) -> bool:
    """Whether the call reads the value."""
    try:
        bind_input(declared, {"value": value})
    except IceError as error:
        return error.slug != "call-input-invalid"
    return True


def side(described: JsonObject, name: str) -> JsonObject:
    """The input or output schema of a described component, standing alone."""
    schema = at(described, "component", "schema", name)
    return standalone_schema(schema, object_at(described, "schemas"))


def test_each_documented_type_has_samples() -> None:
    assert [written for written, _ in TYPES] == list(SAMPLES)


@pytest.mark.parametrize(("written", "annotation"), TYPES)
def test_what_the_schema_takes_the_call_reads_and_both_refuse_what_is_of_another_kind(
    declare: Declare, written: str, annotation: Any
) -> None:
    declared = declare(echo_of(annotation))
    contract = compiled(side(describe(declared), "input"), where=written)
    good, bad = SAMPLES[written]

    assert [True] * len(good) == [contract.violations({"value": value}) == () for value in good]
    assert [True] * len(good) == [takes(declared, value) for value in good]
    assert [False] * len(bad) == [contract.violations({"value": value}) == () for value in bad]
    assert [False] * len(bad) == [takes(declared, value) for value in bad]


@pytest.mark.parametrize(("written", "annotation"), TYPES)
def test_what_comes_back_keeps_the_schema_of_the_output(declare: Declare, written: str, annotation: Any) -> None:
    declared = declare(echo_of(annotation))
    contract = compiled(side(describe(declared), "output"), where=written)

    for value in SAMPLES[written][0]:
        arguments, named = bind_input(declared, {"value": value})
        result = output_value(declared, declared.call(*arguments, **named))

        assert () == contract.violations(result)
