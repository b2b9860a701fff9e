"""A call from JSON to JSON: arguments in the author's types, defaults left to Python, results by the annotation."""

import datetime
import sys
import typing
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from ice_core.contracts import compiled
from ice_core.errors import IceError
from ice_core.json_schema import standalone_schema
from ice_core.strict_json import JsonObject
from ice_sdk import Context, agent, tool
from ice_sdk.call_types import call_types
from ice_sdk.calling import bind_input
from ice_sdk.results import output_value
from ice_sdk.schema import Subject, schemas_of
from tests.ice_sdk.conftest import Declare
from tests.ice_sdk.typed_values import Row, Span


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)

    on: datetime.date
    span: tuple[int, int] = (0, 1)


class Named(BaseModel):
    from_: str = Field(alias="from")


class Fixed:
    """A context for one call."""

    run_id = "run"
    node_id = "node"
    idempotency_key = "key"

    async def call(self, component: str, /, **arguments: Any) -> Any:
        return [component, arguments]

    def call_sync(self, component: str, /, **arguments: Any) -> Any:
        return [component, arguments]

    def usage(self, *, tokens: int) -> None:
        return None


MUTABLE: list[int] = [1]


def reads(path: Path, *, limit: int = 5, tags: set[str] | None = None, span: Span | None = None) -> dict[str, int]:
    return {str(path): limit}


def shadows(schema: str, copy: int = 1, model_config: str = "", json: JsonValue = None, _private: int = 0) -> str:
    return schema


def by_position(first: int = 1, second: int = 2, /, third: int = 3) -> int:
    return first + second + third


def whole(table: Strict) -> Strict:
    return table


def optional_model(table: Strict | None = None) -> None:
    return None


def defaulted_model(table: Named = Named(**{"from": "x"})) -> str:  # noqa: B008  a model as a default is what the test is about
    return table.from_


def same_list(items: list[int] = MUTABLE) -> list[int]:
    return items


def narrowed(word: Annotated[str, Field(description="What is said")], limit: Annotated[int, Field(ge=1)] = 1) -> str:
    return word * limit


async def asks(context: Context, question: str) -> str:
    return str(await context.call("tool:csv_query", question=question))


class Reader:
    def __init__(self, prefix: str = "<") -> None:
        self.prefix = prefix

    def execute(self, path: str) -> str:
        return self.prefix + path


def bound(declare: Declare, target: Callable[..., object], value: JsonObject) -> tuple[tuple[object, ...], object]:
    return bind_input(declare(target), value)


@pytest.mark.parametrize(
    ("target", "value", "expected"),
    [
        (reads, {"path": "a.csv"}, ((), {"path": Path("a.csv")})),
        (reads, {"path": "a", "tags": ["b", "a"]}, ((), {"path": Path("a"), "tags": {"a", "b"}})),
        (reads, {"path": "a", "span": {"first": 1}}, ((), {"path": Path("a"), "span": Span(1)})),
        (reads, {"path": "a", "span": None}, ((), {"path": Path("a"), "span": None})),
        (shadows, {"schema": "s", "copy": 2}, ((), {"schema": "s", "copy": 2})),
        (shadows, {"schema": "s", "model_config": "m"}, ((), {"schema": "s", "model_config": "m"})),
        (shadows, {"schema": "s", "_private": 4}, ((), {"schema": "s", "_private": 4})),
        (shadows, {"schema": "s", "json": {"a": [1, None]}}, ((), {"schema": "s", "json": {"a": [1, None]}})),
        (by_position, {}, ((1, 2), {})),
        (by_position, {"second": 5}, ((1, 5), {})),
        (by_position, {"first": 4, "third": 9}, ((4, 2), {"third": 9})),
        (whole, {"on": "2026-01-02"}, ((), {"table": Strict(on=datetime.date(2026, 1, 2))})),
        (
            whole,
            {"on": "2026-01-02", "span": [3, 4]},
            ((), {"table": Strict(on=datetime.date(2026, 1, 2), span=(3, 4))}),
        ),
        (optional_model, {}, ((), {})),
        (optional_model, {"table": {"on": "2026-01-02"}}, ((), {"table": Strict(on=datetime.date(2026, 1, 2))})),
        (narrowed, {"word": "a", "limit": 2}, ((), {"word": "a", "limit": 2})),
        (asks, {"question": "why"}, ((), {"question": "why"})),
        (Reader, {"path": "a"}, ((), {"path": "a"})),
    ],
)
def test_members_become_arguments_in_the_authors_types(
    declare: Declare, target: Callable[..., object], value: JsonObject, expected: object
) -> None:
    assert expected == bound(declare, target, value)


def test_an_absent_member_leaves_the_very_default_of_the_author(declare: Declare) -> None:
    declared = declare(same_list)
    arguments, named = bind_input(declared, {})

    assert MUTABLE is declared.call(*arguments, **named)


def test_the_context_is_given_to_its_parameter(declare: Declare) -> None:
    context = Fixed()
    declared = declare(asks, agent)

    assert ((), {"question": "why", "context": context}) == bind_input(declared, {"question": "why"}, context=context)
    assert "context" == declared.context_parameter
    assert declared.is_async


def test_a_class_is_made_for_each_call(declare: Declare) -> None:
    declared = declare(Reader)
    arguments, named = bind_input(declared, {"path": "a"})

    assert ("class", "<a") == (declared.form, declared.call(*arguments, **named))


@pytest.mark.parametrize(
    ("target", "value", "words", "path"),
    [
        (reads, {}, "field required", "path"),
        (reads, {"path": "a", "limit": "many"}, "valid integer", "limit"),
        (narrowed, {"word": "a", "limit": 0}, "greater than or equal to 1", "limit"),
        (whole, {"on": "yesterday"}, "valid date", "on"),
        (reads, {"path": "a", "span": {"first": "x"}}, "valid integer", "span.first"),
    ],
)
def test_an_input_of_another_form_is_refused_with_its_path(
    declare: Declare, target: Callable[..., object], value: JsonObject, words: str, path: str
) -> None:
    with pytest.raises(IceError) as refused:
        bound(declare, target, value)

    assert "call-input-invalid" == refused.value.slug
    assert words in refused.value.finding.message
    assert refused.value.where is not None
    assert path == refused.value.where.path


def test_every_fault_of_an_input_is_a_finding(declare: Declare) -> None:
    with pytest.raises(IceError) as refused:
        bound(declare, reads, {"limit": "many"})

    assert ["limit", "path"] == sorted(item.where.path for item in refused.value.findings if item.where)


def test_a_member_that_the_component_does_not_take_is_refused(declare: Declare) -> None:
    with pytest.raises(IceError) as refused:
        bound(declare, reads, {"path": "a", "pth": "b", "lmit": 3})

    assert "`tool:reads` takes no `lmit`, no `pth`" == refused.value.finding.message
    assert "path, limit, tags, span" == refused.value.finding.expected


def gives(annotation: Any) -> Callable[..., object]:
    def result() -> None:
        return None

    result.__annotations__["return"] = annotation
    result.__qualname__ = "result"
    return result


@dataclass
class Report:
    rows: list[Row]
    total: Decimal


@pytest.mark.parametrize(
    ("annotation", "result", "expected"),
    [
        (None, None, None),
        (dict[str, Any], {"a": (1, 2)}, {"a": [1, 2]}),
        (Strict, Strict(on=datetime.date(2026, 1, 2)), {"on": "2026-01-02", "span": [0, 1]}),
        (Named, Named(**{"from": "x"}), {"from": "x"}),
        (Report, Report([{"name": "a"}], Decimal("1.50")), {"rows": [{"name": "a"}], "total": "1.50"}),
        (set[int], {3}, [3]),
        (float, 2.0, 2),
        (JsonValue, {"deep": [None, True]}, {"deep": [None, True]}),
        (Literal["a", "b"], "a", "a"),
        (datetime.datetime, datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC), "2026-01-02T00:00:00Z"),
    ],
)
def test_a_result_becomes_the_json_that_its_annotation_says(
    declare: Declare, annotation: Any, result: object, expected: object
) -> None:
    declared = declare(gives(annotation))
    value = output_value(declared, result)
    side = call_types(declared).output_side
    made = schemas_of([Subject(component="tool:result", where=declared.where, input={}, output=side)])
    contract = compiled(standalone_schema(made.pairs[0][1], made.schemas), where="the output")

    assert expected == value
    assert () == contract.violations(value)


@pytest.mark.parametrize(
    ("annotation", "result", "words"),
    [
        (int, "seven", "str: "),
        (Strict, {"on": "2026-01-02"}, "dict: "),
        (float, float("nan"), "not a finite number"),
        (int, 2**60, "2^53-1"),
        (dict[str, Any], {"x": object()}, "dict: "),
        (str, "\udcff", "str: "),
    ],
)
def test_a_result_that_the_annotation_does_not_allow_is_refused(
    declare: Declare, annotation: Any, result: object, words: str
) -> None:
    with pytest.raises(IceError) as refused:
        output_value(declare(gives(annotation)), result)

    assert "call-output-invalid" == refused.value.slug
    assert words in (refused.value.finding.found or "")


def wrong_default(limit: int = 1) -> int:
    return limit


# As an author writes it who runs no type checker.
wrong_default.__defaults__ = ("many",)


def renamed(origin: Annotated[str, Field(alias="from")]) -> str:
    return origin


def field_inside(limit: Annotated[int, Field(default=3)]) -> int:
    return limit


def field_default(limit: int = Field(default=3, ge=1)) -> int:
    return limit


class Needy:
    def __init__(self, connection: str) -> None:
        self.connection = connection

    def execute(self, path: str) -> str:
        return path


@pytest.mark.parametrize(
    ("target", "slug", "words"),
    [
        (
            wrong_default,
            "schema-inexpressible",
            "the default of `limit` in `tool:wrong_default` is not of its own type",
        ),
        (field_default, "schema-inexpressible", "`limit` in `tool:field_default` gets its default"),
        (field_inside, "schema-inexpressible", "`limit` in `tool:field_inside` gets its default"),
        (renamed, "schema-inexpressible", "`origin` in `tool:renamed` gets its default or another name"),
        (gives(Fixed), "schema-inexpressible", "the type of what it returns in `tool:result`"),
        (Needy, "declaration-invalid", "cannot be made without arguments"),
    ],
)
def test_types_that_cannot_be_read_are_refused_with_the_place(
    declare: Declare, target: Callable[..., object], slug: str, words: str
) -> None:
    declared = declare(target, tool)
    with pytest.raises(IceError) as refused:
        call_types(declared)

    assert slug == refused.value.slug
    assert words in refused.value.finding.message
    assert declared.where == refused.value.where


class OldRow(typing.TypedDict):
    name: str


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="pydantic reads `typing.TypedDict` from Python 3.12 on")
def test_a_typed_dict_that_pydantic_cannot_read_is_refused_with_the_one_it_can(declare: Declare) -> None:
    with pytest.raises(IceError) as refused:
        call_types(declare(gives(OldRow)))

    assert "schema-inexpressible" == refused.value.slug
    assert "from typing_extensions import TypedDict" in refused.value.finding.hints[0]


def test_types_are_made_once_for_a_component(declare: Declare) -> None:
    declared = declare(reads)

    assert call_types(declared) is call_types(declared)
