"""Types that authors use, as written and as objects: the table of docs/reference/authoring.md is made from them."""

import datetime
import decimal
import enum
import pathlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, NotRequired

from pydantic import AnyUrl, Base64Bytes, BaseModel, Field, JsonValue
from typing_extensions import TypedDict


class Colour(enum.Enum):
    """How it looks."""

    RED = "red"
    GREEN = "green"


@dataclass
class Span:
    """From one line to another."""

    first: int
    last: int | None = None


class Row(TypedDict):
    """One row of a table."""

    name: str
    value: NotRequired[float]


class Point(NamedTuple):
    """A place on a page."""

    x: float
    y: float


class Table(BaseModel):
    """Rows under names."""

    columns: list[str]
    rows: list[Row] = []


# (as written, the object); in the order of the documentation.
TYPES: list[tuple[str, Any]] = [
    ("str", str),
    ("int", int),
    ("float", float),
    ("bool", bool),
    ("None", None),
    ("list[str]", list[str]),
    ("Sequence[int]", Sequence[int]),
    ("tuple[str, int]", tuple[str, int]),
    ("tuple[int, ...]", tuple[int, ...]),
    ("set[str]", set[str]),
    ("dict[str, int]", dict[str, int]),
    ("Mapping[str, float]", Mapping[str, float]),
    ("dict[str, Any]", dict[str, Any]),
    ("pydantic.JsonValue", JsonValue),
    ("str | None", str | None),
    ("int | list[int]", int | list[int]),
    ('Literal["csv", "json"]', Literal["csv", "json"]),
    ("Annotated[int, Field(ge=1, le=10)]", Annotated[int, Field(ge=1, le=10)]),
    ('Annotated[str, Field(description="Where")]', Annotated[str, Field(description="Where")]),
    ("datetime.datetime", datetime.datetime),
    ("datetime.date", datetime.date),
    ("decimal.Decimal", decimal.Decimal),
    ("uuid.UUID", uuid.UUID),
    ("pathlib.Path", pathlib.Path),
    ("pydantic.AnyUrl", AnyUrl),
    ("pydantic.Base64Bytes", Base64Bytes),
    ("Colour", Colour),
    ("Span", Span),
    ("Row", Row),
    ("Point", Point),
    ("Table", Table),
]
