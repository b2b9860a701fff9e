"""The signature of a component as types: which parameters are its input, which one is the context, what it gives.

Annotations are resolved as Python resolves them, also under `from __future__ import annotations`, and each failure says
which annotation and where. Nothing here imports pydantic.
"""

import inspect
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from ice_core import strict_json
from ice_core.errors import IceError, Location
from ice_core.strict_json import JsonObject
from ice_sdk.context import Context
from ice_sdk.typing_imports import NOT_FOUND, name_for_typing

Kind = Literal["function", "async_function", "class"]

NO_DEFAULT: Final = inspect.Parameter.empty


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """One input of a component: its name, its resolved annotation, its default or `NO_DEFAULT`."""

    name: str
    annotation: object
    default: object
    positional_only: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """What a component takes, without its context parameter, and what it gives."""

    parameters: tuple[Parameter, ...]
    context_parameter: str | None
    returns: object


def kind_of(target: object) -> Kind:
    """How a component is called: a function, an async function, or a class that is made first."""
    if isinstance(target, type):
        return "class"
    return "async_function" if inspect.iscoroutinefunction(target) else "function"


def method_of(target: type) -> str | None:
    """The method that a component class is called through: `execute`, else its own `__call__`, else None."""
    for name in ("execute", "__call__"):
        if any(callable(getattr(vars(ancestor).get(name), "__get__", None)) for ancestor in target.__mro__[:-1]):
            return name
    return None


def read_signature(target: Callable[..., object], *, component: str, where: Location) -> Signature:
    """The signature of a function, or of a component class's method.

    Raises:
        IceError: `annotation-missing`, `annotation-unresolved` or `schema-inexpressible` (a variadic parameter).
    """
    function, bound = _function_of(target)
    hints = _resolved_hints(function, component=component, where=where)
    context_parameter: str | None = None
    parameters: list[Parameter] = []
    for parameter in list(inspect.signature(function).parameters.values())[bound:]:
        _refuse_variadic(parameter, component=component, where=where)
        if parameter.name not in hints:
            raise _missing(component, where, f"the parameter `{parameter.name}`", f"`{parameter.name}: str`")
        annotation = hints[parameter.name]
        if _is_context(annotation):
            _refuse_positional_context(parameter, component=component, where=where)
            context_parameter = parameter.name
            continue
        parameters.append(
            Parameter(
                name=parameter.name,
                annotation=annotation,
                default=parameter.default,
                positional_only=parameter.kind is inspect.Parameter.POSITIONAL_ONLY,
            )
        )
    if "return" not in hints:
        raise _missing(component, where, "what it returns", "`-> str`")
    return Signature(parameters=tuple(parameters), context_parameter=context_parameter, returns=hints["return"])


def _function_of(target: Callable[..., object]) -> tuple[Callable[..., object], int]:
    # The function whose parameters are the input, and how many of them Python fills by itself (self, cls).
    if not isinstance(target, type):
        return target, 0
    method = inspect.getattr_static(target, method_of(target) or "__call__")
    if isinstance(method, staticmethod):
        return method.__func__, 0
    return (method.__func__, 1) if isinstance(method, classmethod) else (method, 1)


def _resolved_hints(function: Callable[..., object], *, component: str, where: Location) -> dict[str, object]:
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


def _refuse_variadic(parameter: inspect.Parameter, *, component: str, where: Location) -> None:
    if parameter.kind not in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
        return
    stars = "*" if parameter.kind is inspect.Parameter.VAR_POSITIONAL else "**"
    raise IceError(
        "schema-inexpressible",
        f"`{component}` takes `{stars}{parameter.name}`, and a manifest lists each input by name",
        where=where,
        expected="named parameters",
        found=f"{stars}{parameter.name}",
        hints=("For a list, write `items: list[str]`; for open members, write `options: dict[str, str]`",),
    )


def _refuse_positional_context(parameter: inspect.Parameter, *, component: str, where: Location) -> None:
    if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
        raise IceError(
            "declaration-invalid",
            f"`{component}` takes its context `{parameter.name}` by position only, and it is given by name",
            where=where,
            expected="a context parameter that can be given by name",
            found=f"{parameter.name}, /",
            hints=(f"Move `/` in front of `{parameter.name}`",),
        )


def _missing(component: str, where: Location, subject: str, example: str) -> IceError:
    return IceError(
        "annotation-missing",
        f"`{component}` does not say the type of {subject}",
        where=where,
        expected=f"an annotation, as in {example}",
        found="none",
        hints=(f"Write the type, as in {example}; what designers and the compiler see is made from it",),
    )


def _is_context(annotation: object) -> bool:
    if annotation is Context:
        return True
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return Context in typing.get_args(annotation)
    return False
