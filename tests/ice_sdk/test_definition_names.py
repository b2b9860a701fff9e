"""Shared schemas have the names that pydantic itself gives them, in one pass instead of two and a comparison of all."""

import random
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

import pytest
from pydantic import BaseModel, Field, TypeAdapter, create_model
from pydantic.json_schema import CoreModeRef, DefsRef, GenerateJsonSchema, JsonSchemaMode
from typing_extensions import TypedDict

from ice_sdk.definition_names import DefinitionNames, chosen_names
from ice_sdk.schema_generator import ContractSchema

MODES: tuple[JsonSchemaMode, ...] = ("validation", "serialization")
Item = TypeVar("Item")


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Row(BaseModel):
    """A row."""

    value: int = 3
    color: Color = Color.RED
    next: "Row | None" = None


class Box(BaseModel, Generic[Item]):
    held: list[Item]


@dataclass
class Point:
    x: float
    rows: list[Row]


class Named(TypedDict, total=False):
    name: str
    point: Point


def another(name: str, module: str, **fields: Any) -> type[BaseModel]:
    return create_model(name, __module__=module, **fields)


class _AsPydanticDoes(ContractSchema):
    def get_defs_ref(self, core_mode_ref: CoreModeRef) -> DefsRef:
        return GenerateJsonSchema.get_defs_ref(self, core_mode_ref)


TYPES: list[Any] = [
    Row,
    Point,
    Named,
    Box[Row],
    Box[int],
    Box[Box[str]],
    list[Row],
    dict[str, Point],
    Color,
    str,
    # Of one name: alike and unlike, in one module and in two; one is unlike only by what it refers to.
    another("Row", "elsewhere", value=(int, 3)),
    another("Twin", "one", a=(int, ...)),
    another("Twin", "two", a=(int, ...)),
    another("Other", "one", a=(int, ...)),
    another("Other", "one", a=(str, ...)),
    another("Other", "two", a=(str, ...)),
    another("Holder", "one", held=(another("Deep", "one", a=(int, 1)), ...)),
    another("Holder", "two", held=(another("Deep", "two", a=(int, 1)), ...)),
    another("Holder", "three", held=(another("Deep", "two", a=(str, "")), Field(description="x"))),
    another("Ways", "one", at=(float, Field(validation_alias="a", serialization_alias="b"))),
]


@pytest.mark.parametrize("seed", range(30))
def test_names_and_schemas_are_those_of_pydantic(seed: int) -> None:
    """Any choice of types, in any order, each in both directions, as export asks for them."""
    source = random.Random(seed)
    chosen = source.sample(TYPES, source.randint(1, len(TYPES)))
    wanted = [
        ((number, ""), mode, TypeAdapter(each).core_schema) for number, each in enumerate(chosen) for mode in MODES
    ]
    schemas, definitions = ContractSchema().schemas_and_definitions(wanted)
    own, defined = _AsPydanticDoes().generate_definitions(wanted)

    assert own == schemas
    assert defined == definitions
    assert [*map(repr, defined.items())] == [*map(repr, definitions.items())]


def test_a_type_keeps_its_number_and_the_last_name_is_its_own() -> None:
    names = DefinitionNames()
    first = names.choices("acme.Row:1", "validation")
    second = names.choices("acme.Row:2", "serialization")

    assert ("Row", "Row-Input", "acme__Row", "acme__Row-Input", "acme__Row__1", "acme__Row-Input__1") == first
    assert ("acme__Row__2", "acme__Row-Output__2") == second[-2:]
    assert first == names.choices("acme.Row:1", "validation")


def test_schemas_become_equal_once_what_they_refer_to_has_one_name() -> None:
    """The deep ones are equal at once, and the outer ones then."""
    choices = {f"{name}{mode}": (name, f"{name}{mode}") for name in ("Deep", "Outer") for mode in ("-Input", "-Output")}
    outer = {mode: {"properties": {"a": {"$ref": f"#/schemas/Deep-{mode}"}}} for mode in ("Input", "Output")}
    definitions: dict[str, Any] = {
        "Deep-Input": {"type": "string"},
        "Deep-Output": {"type": "string"},
        "Outer-Input": outer["Input"],
        "Outer-Output": outer["Output"],
    }

    assert {own: own.partition("-")[0] for own in definitions} == chosen_names(definitions, choices)
