"""The contract of a component as types: which parameters are its input, which one is the context, what it gives.

Each failure says which annotation, and where. Nothing here imports pydantic.
"""

import collections.abc
import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from ice_core.errors import IceError, Location
from ice_sdk.annotations import resolved_hints
from ice_sdk.context import Context
from ice_sdk.forms import Form, fields_of, function_of, method_of
from ice_sdk.source_places import RESULT, place_in

NO_DEFAULT: Final = inspect.Parameter.empty
Place = Callable[[str], Location]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """One input of a component: its name, its resolved annotation, its default or `NO_DEFAULT`."""

    name: str
    annotation: object
    default: object
    positional_only: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """What a component takes, without its context parameter, and what it gives.

    Attributes:
        function: The function that these are the types of.
        owner: The class that `function` is a method of; None for a function.
        parameters: The inputs.
        from_fields: Whether the one parameter stands for the fields of `owner`, which is made of them for each call.
        context_parameter: Its name, if there is one.
        returns: The type of the output.
        streams: Whether the output is the list of what the call yields.
    """

    function: Callable[..., object]
    owner: type | None
    parameters: tuple[Parameter, ...]
    from_fields: bool
    context_parameter: str | None
    returns: object
    streams: bool

    def place_of(self, member: str, *, where: Location) -> Location:
        """The line of an input, or of the type of the result; `where` when that cannot be seen."""
        name = member
        if member != RESULT and not self.from_fields and member not in [item.name for item in self.parameters]:
            # A member of the model that is the whole input.
            name = self.parameters[0].name if len(self.parameters) == 1 else member
        return place_in(self.function, self.owner if self.from_fields else None, name, where=where)


def read_signature(target: object, *, form: Form, component: str, where: Location) -> Signature:
    """The signature of a component: that of the function, or of the method that is called.

    Raises:
        IceError: `annotation-missing`, `annotation-unresolved`, `declaration-invalid` or `schema-inexpressible`.
    """
    owner = _owner_of(target, form, component=component, where=where)
    function, filled = (typing.cast(Callable[..., object], target), 0) if owner is None else function_of(owner)

    def place(member: str) -> Location:
        return place_in(function, None, member, where=where)

    hints = resolved_hints(function, component=component, where=where)
    given = list(inspect.signature(function).parameters.values())[filled:]
    parameters, context_parameter = _inputs(given, hints, component=component, place=place)
    from_fields = form == "class" and owner is not None and not parameters and bool(fields_of(owner))
    if from_fields and owner is not None:
        made = Parameter(name=owner.__name__, annotation=owner, default=NO_DEFAULT, positional_only=True)
        parameters.append(made)
    returns, streams = _result(function, hints, component=component, place=place)
    return Signature(
        function=function,
        owner=owner,
        parameters=tuple(parameters),
        from_fields=from_fields,
        context_parameter=context_parameter,
        returns=returns,
        streams=streams,
    )


def _inputs(
    given: Sequence[inspect.Parameter], hints: Mapping[str, object], *, component: str, place: Place
) -> tuple[list[Parameter], str | None]:
    context_parameter: str | None = None
    parameters: list[Parameter] = []
    for parameter in given:
        _refuse_variadic(parameter, component=component, place=place)
        if parameter.name not in hints:
            written = f"`{parameter.name}: str`"
            raise _missing(component, place(parameter.name), f"the parameter `{parameter.name}`", written)
        annotation = _with_sequences(hints[parameter.name], list)
        if _is_context(annotation):
            _refuse_positional_context(parameter, component=component, place=place)
            context_parameter = parameter.name
            continue
        by_position = parameter.kind is inspect.Parameter.POSITIONAL_ONLY
        parameters.append(
            Parameter(
                name=parameter.name, annotation=annotation, default=parameter.default, positional_only=by_position
            )
        )
    return parameters, context_parameter


def _owner_of(target: object, form: Form, *, component: str, where: Location) -> type | None:
    if form == "function":
        return None
    if form != "factory":
        return target if isinstance(target, type) else type(target)
    factory = typing.cast(Callable[..., object], target)
    made = resolved_hints(factory, component=component, where=where).get("return")
    if isinstance(made, type) and typing.get_origin(made) is None and method_of(made) is not None:
        return made
    raise IceError(
        "declaration-invalid",
        f"the factory of `{component}` does not say which class of component it makes",
        where=place_in(factory, None, RESULT, where=where),
        expected="a return annotation: a class with `execute`, `_execute_impl` or `__call__`",
        found="none" if made is None else inspect.formatannotation(made),
        hints=("Write the class, as in `def create_csv_reader() -> CsvReader:`",),
    )


def _result(
    function: Callable[..., object], hints: Mapping[str, object], *, component: str, place: Place
) -> tuple[object, bool]:
    if "return" not in hints:
        raise _missing(component, place(RESULT), "what it returns", "`-> str`")
    returns = hints["return"]
    listed = _listed(returns)
    innermost = inspect.unwrap(function)
    if listed is None and (inspect.isgeneratorfunction(innermost) or inspect.isasyncgenfunction(innermost)):
        written = "AsyncIterator" if inspect.isasyncgenfunction(innermost) else "Iterator"
        raise IceError(
            "declaration-invalid",
            f"`{component}` yields, and its annotation does not say what",
            where=place(RESULT),
            expected=f"{written}[T], as in `-> {written}[str]`",
            found=inspect.formatannotation(returns),
            hints=(f"Write `-> {written}[T]`, where T is the type of what it yields",),
        )
    return (_with_sequences(returns, collections.abc.Sequence), False) if listed is None else (listed, True)


_STREAMS: Final = (
    collections.abc.Iterator,
    collections.abc.Iterable,
    collections.abc.Generator,
    collections.abc.AsyncIterator,
    collections.abc.AsyncIterable,
    collections.abc.AsyncGenerator,
)


def _listed(returns: Any) -> object | None:
    # The list of what an annotated iterator gives; None for what is no iterator.
    if typing.get_origin(returns) is Annotated:
        inner, *metadata = typing.get_args(returns)
        listed = _listed(inner)
        return None if listed is None else Annotated[listed, *metadata]
    if (typing.get_origin(returns) or returns) not in _STREAMS:
        return None
    given = typing.get_args(returns)
    item: Any = given[0] if given else Any
    return list[item]


def _with_sequences(hint: Any, sequence: Any) -> Any:
    # What can only be iterated over becomes a list that can be read before the call, and written after it.
    origin, given = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return Annotated[_with_sequences(given[0], sequence), *given[1:]]
    inner = tuple(_with_sequences(each, sequence) for each in given)
    if origin in (collections.abc.Iterable, collections.abc.Collection):
        return sequence[inner[0]]
    if all(new is old for new, old in zip(inner, given, strict=True)):
        return hint
    return typing.Union[inner] if origin in (typing.Union, types.UnionType) else origin[inner]  # noqa: UP007  a tuple of types


def item_of(listed: Any) -> object:
    """The type of one item of a streamed output."""
    inner = typing.get_args(listed)[0]
    return typing.get_args(inner)[0] if typing.get_origin(listed) is Annotated else inner


def _refuse_variadic(parameter: inspect.Parameter, *, component: str, place: Place) -> None:
    if parameter.kind not in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
        return
    stars = "*" if parameter.kind is inspect.Parameter.VAR_POSITIONAL else "**"
    raise IceError(
        "schema-inexpressible",
        f"`{component}` takes `{stars}{parameter.name}`, and a manifest lists each input by name",
        where=place(parameter.name),
        expected="named parameters",
        found=f"{stars}{parameter.name}",
        hints=("For a list, write `items: list[str]`; for open members, write `options: dict[str, str]`",),
    )


def _refuse_positional_context(parameter: inspect.Parameter, *, component: str, place: Place) -> None:
    if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
        raise IceError(
            "declaration-invalid",
            f"`{component}` takes its context `{parameter.name}` by position only, and it is given by name",
            where=place(parameter.name),
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
