"""The signature as types: inputs, context and result, also under postponed annotations; what is missing is named."""

from __future__ import annotations

import decimal
import functools
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import pytest

from ice_core.errors import IceError, Location
from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk import Context
from ice_sdk.annotations import AnyJson
from ice_sdk.forms import form_of, method_of
from ice_sdk.signature import NO_DEFAULT, Signature, read_signature

if TYPE_CHECKING:
    from decimal import Decimal

T = TypeVar("T")
Bounded = TypeVar("Bounded", bound=int)
WHERE = Location("acme/csv.py", line=7)


def read(target: Callable[..., object]) -> Signature:
    form = form_of(target, decorator="@tool", where=WHERE)
    return read_signature(target, form=form, component="tool:csv_reader", where=WHERE)


def plain(path: str, /, rows: list[int], *, limit: int = 5) -> dict[str, int]:
    return {path: limit, "rows": len(rows)}


def with_context(path: str, context: Context) -> str:
    return path


def with_optional_context(path: str, *, context: Context | None = None) -> str:
    return path


def only_context(context: Context) -> None:
    return None


async def asynchronous(path: str) -> str:
    return path


def iterables(words: Iterable[str], pairs: Collection[Iterable[int]]) -> dict[str, Iterable[int]] | None:
    return {"words": [len(word) for word in words]}


@functools.wraps(plain)
def wrapped(*arguments: Any, **named: Any) -> Any:
    return plain(*arguments, **named)


class Executes:
    def execute(self, path: str) -> int:
        return len(path)

    def __call__(self, other: str) -> str:
        return other


class Calls:
    def __call__(self, path: str) -> int:
        return len(path)


class Inherits(Executes):
    pass


class ExecutesWithoutSelf:
    @staticmethod
    def execute(path: str) -> int:
        return len(path)


class ExecutesOnClass:
    @classmethod
    def execute(cls, path: str) -> int:
        return len(path)


class ExecutesAnother:
    def execute(self, x: Calls) -> Executes:
        return Executes()


class Nothing:
    execute = "a text"


def test_parameters_keep_order_defaults_and_kinds() -> None:
    signature = read(plain)

    assert ["path", "rows", "limit"] == [item.name for item in signature.parameters]
    assert [str, list[int], int] == [item.annotation for item in signature.parameters]
    assert [NO_DEFAULT, NO_DEFAULT, 5] == [item.default for item in signature.parameters]
    assert [True, False, False] == [item.positional_only for item in signature.parameters]
    assert dict[str, int] == signature.returns


def test_what_is_only_iterated_over_is_a_list() -> None:
    assert [list[str], list[list[int]]] == [item.annotation for item in read(iterables).parameters]
    assert (dict[str, Sequence[int]] | None, False) == (read(iterables).returns, read(iterables).streams)


def test_what_wraps_a_function_has_its_signature() -> None:
    assert replace(read(plain), function=wrapped) == read(wrapped)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (plain, None),
        (with_context, "context"),
        (with_optional_context, "context"),
        (only_context, "context"),
    ],
)
def test_a_context_parameter_is_no_input(target: Callable[..., object], expected: str | None) -> None:
    signature = read(target)

    assert expected == signature.context_parameter
    assert "context" not in [item.name for item in signature.parameters]


@pytest.mark.parametrize(
    ("target", "expected"),
    [(Executes, "execute"), (Calls, "__call__"), (Inherits, "execute"), (Nothing, None), (ExecutesOnClass, "execute")],
)
def test_the_method_that_a_class_is_called_through(target: type, expected: str | None) -> None:
    assert expected == method_of(target)


@pytest.mark.parametrize("target", [Executes, Calls, Inherits, ExecutesWithoutSelf, ExecutesOnClass])
def test_a_class_takes_what_its_method_takes_without_self(target: Callable[..., object]) -> None:
    signature = read(target)

    assert ["path"] == [item.name for item in signature.parameters]
    assert int is signature.returns


def untyped(path: str) -> str:
    return path


def resultless(path: str) -> str:
    return path


# As if the author had written no type there.
del untyped.__annotations__["path"]
del resultless.__annotations__["return"]


@pytest.mark.parametrize(
    ("target", "words", "hint"),
    [(untyped, "the parameter `path`", "`path: str`"), (resultless, "what it returns", "`-> str`")],
)
def test_a_missing_type_is_refused_with_what_to_write(target: Callable[..., object], words: str, hint: str) -> None:
    with pytest.raises(IceError) as refused:
        read(target)

    assert "annotation-missing" == refused.value.slug
    assert f"`tool:csv_reader` does not say the type of {words}" == refused.value.finding.message
    assert hint in refused.value.finding.hints[0]
    assert WHERE == refused.value.where


def variadic(*paths: str) -> str:
    return "".join(paths)


def open_ended(**options: str) -> str:
    return "".join(options)


@pytest.mark.parametrize(("target", "found"), [(variadic, "*paths"), (open_ended, "**options")])
def test_an_input_without_names_is_refused(target: Callable[..., object], found: str) -> None:
    with pytest.raises(IceError) as refused:
        read(target)

    assert ("schema-inexpressible", found) == (refused.value.slug, refused.value.finding.found)
    assert WHERE == refused.value.where


def positional_context(context: Context, /, path: str) -> str:
    return path


def test_a_context_that_cannot_be_given_by_name_is_refused() -> None:
    with pytest.raises(IceError) as refused:
        read(positional_context)

    assert "declaration-invalid" == refused.value.slug
    assert ("Move `/` in front of `context`",) == refused.value.finding.hints


def only_checked(amount: Decimal) -> str:
    return str(amount)


def test_a_name_that_only_type_checkers_see_is_imported_when_it_is_asked_for() -> None:
    assert "Decimal" not in globals()
    assert [decimal.Decimal] == [item.annotation for item in read(only_checked).parameters]


def first_of(items: list[T], more: dict[str, T | None], kept: Bounded) -> T:
    return items[0]


def test_a_type_variable_without_a_bound_is_any_json_value() -> None:
    signature = read(first_of)

    assert [list[AnyJson], dict[str, AnyJson | None], Bounded] == [item.annotation for item in signature.parameters]
    assert AnyJson is signature.returns


def any_json(value: JsonValue, more: dict[str, JsonValue]) -> Annotated[JsonObject, "kept"]:
    return {"value": value, **more}


def test_the_json_types_of_iceos_mean_any_json() -> None:
    signature = read(any_json)

    assert [AnyJson, dict[str, AnyJson]] == [item.annotation for item in signature.parameters]
