"""Annotations as types, resolved as Python resolves them, also under `from __future__ import annotations`.

Names that are imported for type checkers only are found as well. Nothing here imports pydantic.
"""

import inspect
import typing
from collections.abc import Callable
from typing import Any, Final

from ice_core import strict_json
from ice_core.errors import IceError, Location
from ice_core.strict_json import JsonObject
from ice_sdk.context import Context
from ice_sdk.typing_imports import NOT_FOUND, name_for_typing


class AnyJson:
    """Stands for `ice_core`'s `JsonValue`, which is a name for a text at run time, in resolved annotations."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> JsonObject:
        """Any value; the caller's JSON was parsed before."""
        return {"type": "any"}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: object, handler: object) -> JsonObject:
        """The schema that every JSON value keeps, chosen and not missing."""
        return {ANY_JSON: True}


# A member that no schema has: it tells a chosen "any JSON" from one that came of a missing type.
ANY_JSON: Final = "any-json-is-meant"


def resolved_hints(function: Callable[..., object], *, component: str, where: Location) -> dict[str, object]:
    """The types of a function's parameters and result, by name.

    Raises:
        IceError: `annotation-unresolved`.
    """
    innermost = inspect.unwrap(function)
    known: dict[str, object] = {"Context": Context, "JsonValue": AnyJson, **getattr(innermost, "__globals__", {})}
    if known["JsonValue"] is strict_json.JsonValue:
        known["JsonValue"] = AnyJson
    while True:
        try:
            hints = typing.get_type_hints(function, globalns=known, include_extras=True)
            return {name: _with_any_json(hint) for name, hint in hints.items()}
        except NameError as error:
            # One name more each time, so this ends.
            known[str(error.name)] = _name_for_typing(innermost, error, known, component=component, where=where)
        except (AttributeError, TypeError, SyntaxError) as error:
            raise _unresolved(component, where, error) from error


def _with_any_json(hint: Any) -> object:
    # Of what type a variable without a bound is, the caller decides: any JSON value is.
    if isinstance(hint, typing.TypeVar):
        return _any_json_or_bound(hint)
    variables = getattr(hint, "__parameters__", ())
    if isinstance(hint, type) or not variables or not all(isinstance(item, typing.TypeVar) for item in variables):
        return hint
    return hint[tuple(_any_json_or_bound(item) for item in variables)]


def _any_json_or_bound(variable: typing.TypeVar) -> object:
    return variable if variable.__bound__ is not None or variable.__constraints__ else AnyJson


def _name_for_typing(
    function: Callable[..., object], error: NameError, known: dict[str, object], *, component: str, where: Location
) -> object:
    try:
        found = NOT_FOUND if error.name in known else name_for_typing(function.__module__, str(error.name))
    except ImportError as failure:
        raise _unresolved(component, where, failure) from failure
    if found is NOT_FOUND:
        raise _unresolved(component, where, error) from error
    return found


def _unresolved(component: str, where: Location, error: Exception) -> IceError:
    return IceError(
        "annotation-unresolved",
        f"an annotation of `{component}` cannot be resolved: {error}",
        where=where,
        expected="annotations that name what the module imports or defines at its top level",
        found=str(error),
        hints=("Import the name at the top level of the module, where it can be found when the program runs",),
    )
