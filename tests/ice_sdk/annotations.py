"""Random type annotations as authors write them: plain types, bounds, unions, containers, and classes of them.

Named tuples are left out: Pydantic reads them from objects too, which their schema refuses.
"""

import datetime
import decimal
import enum
import pathlib
import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, make_dataclass
from typing import Annotated, Any, Literal, NotRequired, Optional, Union

from pydantic import UUID4, AnyUrl, BaseModel, ConfigDict, Field, HttpUrl, StringConstraints, create_model
from typing_extensions import TypedDict

Chance = random.Random


class Colour(enum.Enum):
    """Texts."""

    RED = "red"
    GREEN = "green"


class Level(enum.IntEnum):
    """Whole numbers."""

    LOW = 1
    HIGH = 10


class Mixed(enum.Enum):
    """Values of several types."""

    NOTHING = None
    ONE = 1
    WORD = "word"


LEAVES: list[Any] = [
    str, int, float, bool, None, str, int, datetime.datetime, datetime.date, datetime.time, datetime.timedelta,
    decimal.Decimal, uuid.UUID, pathlib.Path, Colour, Level, Mixed, Literal["r", "w"], Literal[1, 2, "auto", None],
    Literal[Colour.RED],
    Annotated[int, Field(ge=0)], Annotated[int, Field(gt=0, lt=10)], Annotated[int, Field(multiple_of=5)],
    Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(gt=-1.5)], Annotated[str, Field(min_length=1)],
    Annotated[str, Field(max_length=3)], Annotated[str, Field(pattern="^[a-z]+$")],
    Annotated[str, Field(min_length=2, max_length=4, description="A word")],
    Annotated[str, StringConstraints(strip_whitespace=True, min_length=2)], UUID4, HttpUrl, AnyUrl,
    Annotated[decimal.Decimal, Field(ge=0, le=100)], Annotated[decimal.Decimal, Field(max_digits=5, decimal_places=2)],
]  # fmt: skip
HASHABLE: list[Any] = [str, int, Colour, Literal["r", "w"], Annotated[int, Field(ge=0)], uuid.UUID, bool, float]
KEYS: list[Any] = [str, str, str, Colour, Literal["r", "w"], int, Annotated[str, Field(min_length=1)], uuid.UUID]


def annotation(chance: Chance, depth: int) -> Any:
    """A type that is at most `depth` levels deep."""
    if depth <= 0 or chance.random() < 0.3:
        return chance.choice(LEAVES)
    return chance.choice(_COMPOSITES)(chance, depth - 1)


def _list(chance: Chance, depth: int) -> Any:
    inner: Any = annotation(chance, depth)
    kind: Any = list
    bounds = [Field(min_length=1), Field(max_length=2), Field(min_length=1, max_length=3)]
    return Annotated[kind[inner], chance.choice(bounds)] if chance.random() < 0.3 else kind[inner]


def _sequence(chance: Chance, depth: int) -> Any:
    kind: Any = chance.choice([Sequence, tuple])
    inner = annotation(chance, depth)
    return kind[inner, ...] if kind is tuple else kind[inner]


def _tuple(chance: Chance, depth: int) -> Any:
    kind: Any = tuple
    return kind[tuple(annotation(chance, depth) for _ in range(chance.randint(1, 3)))]


def _set(chance: Chance, depth: int) -> Any:
    kind: Any = chance.choice([set, frozenset])
    return kind[chance.choice(HASHABLE)]


def _dict(chance: Chance, depth: int) -> Any:
    kind: Any = chance.choice([dict, Mapping])
    return kind[chance.choice(KEYS), annotation(chance, depth)]


def _optional(chance: Chance, depth: int) -> Any:
    return Optional[annotation(chance, depth)]  # noqa: UP045  # the types are made at run time


def _union(chance: Chance, depth: int) -> Any:
    return Union[tuple(annotation(chance, depth) for _ in range(chance.randint(2, 3)))]  # noqa: UP007  # as above


def _fields(chance: Chance, depth: int) -> dict[str, Any]:
    return {name: annotation(chance, depth) for name in "abc"[: chance.randint(1, 3)]}


def _dataclass(chance: Chance, depth: int) -> Any:
    given = _fields(chance, depth)
    needed = [(name, kind) for name, kind in given.items() if name == "a"]
    others = [(name, Optional[kind], field(default=None)) for name, kind in given.items() if name != "a"]  # noqa: UP045  # as above
    return make_dataclass(_name(chance), [*needed, *others], namespace={"__doc__": "A record."})


def _typed_dict(chance: Chance, depth: int) -> Any:
    given = _fields(chance, depth)
    keys = {name: kind if name == "a" else NotRequired[kind] for name, kind in given.items()}
    make: Any = TypedDict
    return make(_name(chance), keys)


def _model(chance: Chance, depth: int) -> Any:
    fields: dict[str, Any] = {
        name: (kind, ...) if name == "a" else (Optional[kind], None)  # noqa: UP045  # as above
        for name, kind in _fields(chance, depth).items()
    }
    config = ConfigDict(extra=chance.choice(["forbid", "ignore"]))
    made: type[BaseModel] = create_model(_name(chance), __config__=config, **fields)
    return made


def _name(chance: Chance) -> str:
    return f"Made{chance.randrange(10**9)}"


_COMPOSITES: list[Callable[[Chance, int], Any]] = [
    _list, _sequence, _tuple, _set, _dict, _optional, _union, _dataclass, _typed_dict, _model, _optional,
]  # fmt: skip
