"""Types as JSON Schema: the documented table, shared schemas and their names, and what cannot be expressed."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from ice_core.errors import IceError, Location
from ice_core.json_schema import standalone_schema
from ice_core.strict_json import JsonObject
from ice_sdk.call_types import adapter_of
from ice_sdk.schema import SchemaSet, Side, Subject, schemas_of
from tests.ice_sdk.json_paths import at
from tests.ice_sdk.typed_values import TYPES, Colour, Row, Span, Table

REFERENCE_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "authoring.md"
WHERE = Location("acme/csv.py", line=7)


def taken(annotation: Any) -> Side:
    adapter = adapter_of(annotation)
    return Side(adapter=adapter, mode="validation", within=(adapter,))


def given_back(annotation: Any) -> Side:
    adapter = adapter_of(annotation)
    return Side(adapter=adapter, mode="serialization", within=(adapter,))


def subject(takes: Any, gives: Any = str, *, name: str = "tool:csv_reader") -> Subject:
    return Subject(component=name, where=WHERE, input=taken(takes), output=given_back(gives))


def schema_of(annotation: Any) -> JsonObject:
    made = schemas_of([subject(annotation)])
    return standalone_schema(made.pairs[0][0], made.schemas)


def names(made: SchemaSet) -> list[str]:
    return list(made.schemas)


def documented_row(written: str, annotation: Any) -> str:
    text = json.dumps(schema_of(annotation), ensure_ascii=False).replace("|", "\\|")
    return f"| `{written.replace('|', chr(92) + '|')}` | `{text}` |"


def test_the_reference_page_shows_the_schema_of_each_type_as_it_is() -> None:
    page = REFERENCE_PAGE.read_text("utf-8")
    table = page.partition("<!-- types -->\n")[2].partition("<!-- end of types -->")[0]
    expected = [documented_row(written, annotation) for written, annotation in TYPES]

    assert expected == table.splitlines()[2:]


@pytest.mark.parametrize(("written", "annotation"), TYPES)
def test_each_schema_is_one_that_a_manifest_may_hold(written: str, annotation: Any) -> None:
    schema = schema_of(annotation)

    jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert "title" not in json.dumps(schema)
    assert "discriminator" not in json.dumps(schema)


@dataclass
class Both:
    span: Span
    spans: list[Span]


def test_a_type_that_several_use_is_written_once() -> None:
    made = schemas_of([subject(Both, Span), subject(Span, Both, name="agent:other")])

    assert ["Both", "Span"] == names(made)
    assert ({"$ref": "#/schemas/Both"}, {"$ref": "#/schemas/Span"}) == made.pairs[0]


def test_shared_schemas_that_nothing_reaches_are_left_out() -> None:
    made = schemas_of([subject(str, list[str])])

    assert {} == made.schemas


class Priced(BaseModel):
    price: Decimal


def test_a_type_that_is_read_and_written_differently_has_two_names() -> None:
    made = schemas_of([subject(Priced, Priced)])

    assert ["Priced-Input", "Priced-Output"] == names(made)


def test_a_schemas_name_does_not_depend_on_who_else_uses_the_type() -> None:
    alone = schemas_of([subject(Priced)])
    together = schemas_of([subject(Priced), subject(str, Priced, name="agent:other")])

    assert alone.pairs[0] == together.pairs[0]
    assert alone.schemas["Priced-Input"] == together.schemas["Priced-Input"]


def other_row() -> type[BaseModel]:
    class Row(BaseModel):
        cells: list[str]

    return Row


def test_two_types_of_one_name_have_names_that_hold_their_modules() -> None:
    other = other_row()
    made = schemas_of([subject(Row), subject(other, name="tool:other")])
    again = schemas_of([subject(Row), subject(other, name="tool:other")])

    assert made == again
    assert 2 == len(names(made))
    assert all(re.fullmatch(r"tests__ice_sdk__\w+__Row", name) for name in names(made))


def test_a_set_as_default_is_written_in_one_order() -> None:
    class Chosen(BaseModel):
        names: set[str] = {"b", "c", "a"}
        nested: dict[str, frozenset[int]] = {"x": frozenset({3, 1, 2})}
        span: Span = Span(1, 2)
        table: Table = Table(columns=["x"])

    schema = schema_of(Chosen)
    properties = at(schema, "$defs", "Chosen", "properties")

    assert ["a", "b", "c"] == at(properties, "names", "default")
    assert {"x": [1, 2, 3]} == at(properties, "nested", "default")
    assert {"first": 1, "last": 2} == at(properties, "span", "default")
    assert {"columns": ["x"], "rows": []} == at(properties, "table", "default")


class Tree(BaseModel):
    name: str
    children: list["Tree"] = []


def test_a_type_that_contains_itself_refers_to_itself() -> None:
    made = schemas_of([subject(Tree)])

    assert ["Tree"] == names(made)
    assert '"#/schemas/Tree"' in json.dumps(made.schemas["Tree"])


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


def test_a_tagged_union_is_a_union_of_references_alone() -> None:
    made = schemas_of([subject(Annotated[Cat | Dog, Field(discriminator="kind")])])

    assert {"oneOf": [{"$ref": "#/schemas/Cat"}, {"$ref": "#/schemas/Dog"}]} == made.pairs[0][0]


class Opaque:
    pass


class Holding(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    opaque: Opaque
    callbacks: list[Callable[[], int]] = []


@dataclass
class Deep:
    rows: list[dict[str, Any]]
    cells: dict[str, list[Any]] = field(default_factory=dict)
    pair: tuple[int, Any] = (1, 2)


class Unsayable(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    limit: float | None = float("nan")


@pytest.mark.parametrize(
    ("annotation", "places"),
    [
        (Any, [("", "Any")]),
        (object, [("", "Any")]),
        (list, [("[]", "Any")]),
        (list[Any], [("[]", "Any")]),
        (int | Any, [("", "Any")]),
        (bytes, [("", "bytes, which are no text in general")]),
        (Callable[[int], int], [("", "a function")]),
        (int | Callable[[int], int], [("", "a function")]),
        (Deep, [("cells.*[]", "Any"), ("pair[1]", "Any")]),
        (dict[str, Holding], [(".*.callbacks[]", "a function"), (".*.opaque", "`tests.ice_sdk")]),
        (Unsayable, [("limit", "a default that is no JSON value (nan)")]),
    ],
)
def test_what_no_schema_expresses_is_refused_with_each_place(annotation: Any, places: list[tuple[str, str]]) -> None:
    with pytest.raises(IceError) as refused:
        schemas_of([subject(annotation)])

    error = refused.value
    found = [(str(item.details["path"]), item.found or "") for item in error.findings or (error.finding,)]

    assert "schema-inexpressible" == error.slug
    assert WHERE == error.where
    assert all(said.startswith(place.removeprefix(".")) for (place, _), (said, _) in zip(places, found, strict=True))
    assert all(said.startswith(words) for (_, words), (_, said) in zip(places, found, strict=True))


def test_both_sides_of_all_components_are_refused_at_once() -> None:
    with pytest.raises(IceError) as refused:
        schemas_of([subject(Any, bytes), subject(list[Any], name="agent:other")])

    assert [
        "`agent:other` takes `[]`, which is Any, and JSON Schema cannot express that",
        "`tool:csv_reader` gives what is bytes, which are no text in general, and JSON Schema cannot express that",
        "`tool:csv_reader` takes what is Any, and JSON Schema cannot express that",
    ] == [item.message for item in refused.value.findings]


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_the_pattern_of_decimals_takes_what_pydantic_writes(number: Decimal) -> None:
    made = schemas_of([subject(Decimal, Decimal)])
    takes, gives = (jsonschema_rs.Draft202012Validator(schema) for schema in made.pairs[0])
    written = adapter_of(Decimal).dump_python(number, mode="json")

    assert takes.is_valid(written)
    assert gives.is_valid(written)


@pytest.mark.parametrize("text", ["", "x", "1.2.3", "--1", ".", "1e", "0x10", "1 "])
def test_the_pattern_of_decimals_takes_no_other_text(text: str) -> None:
    made = schemas_of([subject(Decimal)])

    assert not jsonschema_rs.Draft202012Validator(made.pairs[0][0]).is_valid(text)


def test_an_enumeration_is_its_values() -> None:
    expected = {"description": "How it looks.", "enum": ["red", "green"], "type": "string"}

    assert expected == at(schema_of(Colour), "$defs", "Colour")


def test_a_schema_that_was_given_as_one_stays_as_it_is() -> None:
    schema: JsonObject = {"type": "object", "properties": {"x": {}}}
    made = schemas_of([Subject(component="workflow:x", where=WHERE, input=schema, output=taken(str))])

    assert schema == made.pairs[0][0]
