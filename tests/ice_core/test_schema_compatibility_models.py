"""Models as they evolve: the verdict on their schemas is what Pydantic says about instances of the old and the new."""

import datetime
import enum
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model

from ice_core.schema_compatibility import Verdict, compare_schemas
from ice_core.strict_json import JsonObject, JsonValue


class Colour(enum.Enum):
    """Two colours."""

    RED = "red"
    GREEN = "green"


class MoreColours(enum.Enum):
    """Three."""

    GREEN = "green"
    RED = "red"
    BLUE = "blue"


class Tree(BaseModel):
    """A tree with whole numbers."""

    value: int
    children: list["Tree"] = []


class WiderTree(BaseModel):
    """A tree with numbers."""

    value: float
    children: list["WiderTree"] = []


class Cat(BaseModel):
    """One of two kinds."""

    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    """The other."""

    kind: Literal["dog"]
    good: bool = True


@dataclass
class Span:
    """As a dataclass."""

    first: int
    last: int | None = None


def row(*, closed: bool = False, **fields: Any) -> Any:
    """A model `Row` of these fields; a type alone is required."""
    given: dict[str, Any] = {
        name: field if isinstance(field, tuple) else (field, ...) for name, field in fields.items()
    }
    config = ConfigDict(extra="forbid" if closed else "ignore")
    return create_model("Row", __config__=config, **given)


ROW: Any = row(name=str, size=(int, 0))
LOOSE_ROW: Any = row(name=str | None)
PETS = Annotated[Cat | Dog, Field(discriminator="kind")]

# What it is about, the old type, the new one, the verdict on old against new, and on new against old.
EVOLUTIONS: list[tuple[str, Any, Any, str, str]] = [
    ("an optional field more", ROW, row(name=str, size=(int, 0), unit=(str, "m")), "breaking", "compatible"),
    ("an optional field more, closed", row(closed=True, a=int), row(closed=True, a=int, b=(str, "")),
     "compatible", "breaking"),
    ("a required field more", row(closed=True, a=int), row(closed=True, a=int, b=str), "breaking", "breaking"),
    ("a field is gone", row(a=int, b=int), row(a=int), "compatible", "breaking"),
    ("a field is gone, closed", row(closed=True, a=int, b=int), row(closed=True, a=int), "breaking", "breaking"),
    ("a field has another name", row(closed=True, a=int), row(closed=True, b=int), "breaking", "breaking"),
    ("a field becomes optional", row(a=int), row(a=(int, 0)), "compatible", "breaking"),
    ("a field may be null", row(a=int), row(a=int | None), "compatible", "breaking"),
    ("a whole number becomes a number", row(a=int), row(a=float), "compatible", "breaking"),
    ("a number becomes a text", row(a=int), row(a=str), "breaking", "breaking"),
    ("one more in a union", row(a=int | str), row(a=int | str | None), "compatible", "breaking"),
    ("a union in another order", row(a=int | str), row(a=str | int), "compatible", "compatible"),
    ("one more literal", row(a=Literal["r", "w"]), row(a=Literal["w", "r", "x"]), "compatible", "breaking"),
    ("a literal becomes a text", row(a=Literal["r", "w"]), row(a=str), "compatible", "breaking"),
    ("one more member of an enum", list[Colour], list[MoreColours], "compatible", "breaking"),
    ("a wider bound", Annotated[int, Field(ge=1, le=5)], Annotated[int, Field(ge=0, le=5)], "compatible", "breaking"),
    ("a bound in other words", Annotated[int, Field(ge=1)], Annotated[int, Field(gt=0)], "compatible", "compatible"),
    ("longer", Annotated[str, Field(max_length=3)], Annotated[str, Field(max_length=9)], "compatible", "breaking"),
    ("a pattern more", str, Annotated[str, Field(pattern="^[a-z]+$")], "breaking", "compatible"),
    ("a list of what was one", list[int], int, "breaking", "breaking"),
    ("a list that must hold something", list[int], Annotated[list[int], Field(min_length=1)], "breaking", "compatible"),
    ("a pair of what was a list", list[int], tuple[int, int], "breaking", "compatible"),
    ("a dict of numbers", dict[str, int], dict[str, float], "compatible", "breaking"),
    ("rows within rows", row(rows=list[ROW]), row(rows=list[LOOSE_ROW]), "compatible", "breaking"),
    ("a tree of numbers", Tree, WiderTree, "compatible", "breaking"),
    ("one more kind", Cat, PETS, "compatible", "breaking"),
    ("a union with its discriminator", Cat | Dog, PETS, "compatible", "compatible"),
    ("a dataclass", Span, Annotated[Span, Field(description="From, to")], "compatible", "compatible"),
    ("a day becomes a moment", datetime.date, datetime.datetime, "breaking", "breaking"),
    ("an id becomes a text", uuid.UUID, str, "compatible", "breaking"),
]  # fmt: skip


def schema_of(adapter: TypeAdapter[Any]) -> tuple[JsonObject, JsonObject]:
    """A type's schema, and the shared ones that it refers to."""
    schema = adapter.json_schema(ref_template="#/schemas/{model}")
    return schema, schema.pop("$defs", {})


def verdict_on(old: TypeAdapter[Any], new: TypeAdapter[Any]) -> Verdict:
    """Whether the new type takes what the old one takes, by their schemas."""
    (narrow, narrow_shared), (wide, wide_shared) = schema_of(old), schema_of(new)
    return compare_schemas(narrow, wide, schemas_narrow=narrow_shared, schemas_wide=wide_shared)


def reads(adapter: TypeAdapter[Any], value: JsonValue) -> bool:
    """Pydantic's own verdict on a JSON value, nothing converted."""
    try:
        adapter.validate_json(json.dumps(value), strict=True)
    except ValidationError:
        return False
    return True


SCALARS: Sequence[JsonValue] = [
    None, True, 0, 1, 5, 6, -1, 1.5, "", "a", "abc", "abcd", "7", "r", "w", "x", "red", "blue", "2026-11-24",
    "2026-11-24T06:00:00Z", "12345678-1234-5678-1234-567812345678", [], {}, [1], [1, 2], [1, 1], ["red"], ["blue"],
    {"kind": "cat", "lives": 9}, {"kind": "dog"}, {"kind": "dog", "good": 1}, {"value": 1}, {"value": 1.5},
    {"value": 1, "children": [{"value": 0.5}]}, {"first": 1}, {"first": 1, "last": None}, {"first": 1, "last": 2},
]  # fmt: skip


def instances() -> list[JsonValue]:
    """Values that some of the models take: scalars, and rows of them."""
    values: list[JsonValue] = [*SCALARS]
    values += [{name: one} for name in ("a", "b", "name", "rows") for one in SCALARS]
    values += [{"a": one, "b": other} for one in (1, "r", None) for other in SCALARS[:14]]
    values += [{"name": "x", "size": one, "unit": other} for one in (1, 1.5) for other in ("m", None)]
    values += [{"rows": [{"name": one}]} for one in SCALARS[:8]]
    return values


@pytest.mark.parametrize(
    ("old", "new", "forth", "back"), [case[1:] for case in EVOLUTIONS], ids=[c[0] for c in EVOLUTIONS]
)
def test_pydantic_agrees_with_the_verdict_on_a_model_that_evolves(old: Any, new: Any, forth: str, back: str) -> None:
    before, after = TypeAdapter[Any](old), TypeAdapter[Any](new)

    for one, other, expected in ((before, after, forth), (after, before, back)):
        verdict = verdict_on(one, other)

        assert expected == verdict.kind, verdict
        if verdict.kind == "breaking":
            assert (True, False) == (reads(one, verdict.counter_example), reads(other, verdict.counter_example)), (
                verdict
            )
        else:
            assert [] == [value for value in instances() if reads(one, value) and not reads(other, value)]
