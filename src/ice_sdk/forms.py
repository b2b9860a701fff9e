"""What can be a component: functions, classes, instances and factories, and the method that each is called through.

Pydantic is not imported to see whether a class is a model of it: such a class has `model_fields`.
"""

import functools
import inspect
import types
from collections.abc import Callable, Mapping
from typing import Final, Literal

from ice_core.errors import IceError, Location

Form = Literal["function", "class", "instance", "factory"]

# `_execute_impl` is the typed method of tools for older iceOS, whose `execute` was that of their base class.
_METHODS: Final = ("execute", "_execute_impl")
_WANTED: Final = "a function, or a class or an instance with `execute`, `_execute_impl` or `__call__`"


def form_of(target: object, *, decorator: str, where: Location) -> Form:
    """The form of a decorated object.

    Raises:
        IceError: `declaration-invalid`, when it cannot be a component.
    """
    if isinstance(target, type):
        if method_of(target) is None:
            found = f"the class `{target.__name__}` without any of these methods"
            raise _refusal(decorator, where, found, "Give the class a method `execute`")
        if inspect.isabstract(target):
            missing = ", ".join(sorted(getattr(target, "__abstractmethods__", ())))
            raise _refusal(decorator, where, f"an abstract class: {missing}", "Decorate a class that can be made")
        return "class"
    if inspect.isfunction(inspect.unwrap(target) if callable(target) else target) and hasattr(target, "__qualname__"):
        return "function"
    if isinstance(target, functools.partial):
        hint = "Write a function that makes the call, and decorate that"
        named = getattr(target.func, "__qualname__", repr(target.func))
        raise _refusal(decorator, where, f"functools.partial of `{named}`, which has no name of its own", hint)
    if isinstance(target, types.MethodType):
        hint = f"Decorate the object that has it: `reader = {decorator}(OBJECT)`"
        raise _refusal(decorator, where, f"the method `{target.__qualname__}` of one object", hint)
    if isinstance(target, types.BuiltinFunctionType) or method_of(type(target)) is None:
        found = f"{type(target).__name__}: {target!r}"
        raise _refusal(decorator, where, found, f"Put `{decorator}` on a function or class")
    return "instance"


def _refusal(decorator: str, where: Location, found: str, hint: str) -> IceError:
    return IceError(
        "declaration-invalid",
        f"`{decorator}` is on something that cannot be a component",
        where=where,
        expected=_WANTED,
        found=found,
        hints=(hint,),
    )


def method_of(target: type) -> str | None:
    """The method that a component class is called through.

    The nearest of `execute` and `_execute_impl` in order of inheritance, else its own `__call__`, else None.
    """
    for ancestor in target.__mro__[:-1]:
        for name in _METHODS:
            if _is_method(vars(ancestor).get(name)):
                return name
    return "__call__" if any(_is_method(vars(each).get("__call__")) for each in target.__mro__[:-1]) else None


def _is_method(value: object) -> bool:
    return callable(getattr(value, "__get__", None))


def function_of(owner: type) -> tuple[Callable[..., object], int]:
    """The function behind a component class's method, and how many parameters Python fills by itself (self, cls)."""
    method = inspect.getattr_static(owner, method_of(owner) or "__call__")
    if isinstance(method, staticmethod):
        return method.__func__, 0
    return (method.__func__, 1) if isinstance(method, classmethod) else (method, 1)


def fields_of(owner: type) -> tuple[str, ...]:
    """The fields that making a Pydantic model or a dataclass takes; empty for other classes."""
    models = getattr(owner, "model_fields", None)
    if isinstance(models, Mapping):
        return tuple(models)
    fields: Mapping[str, object] = getattr(owner, "__dataclass_fields__", {})
    taken = inspect.signature(owner).parameters if fields else {}
    return tuple(name for name in fields if name in taken)


def stated_text(target: object, form: Form, member: Literal["name", "description"]) -> str | None:
    """What a class or instance says of itself in an attribute, as tools for older iceOS do; None when it does not.

    Not a field that is part of the input; see `Signature.from_fields`.
    """
    if form not in ("class", "instance"):
        return None
    value = inspect.getattr_static(target, member, None)
    if form == "class" and isinstance(target, type) and member in fields_of(target):
        field = getattr(target, "model_fields", {}).get(member)
        value = getattr(field, "default", value) if _takes_parameters(target) else None
    return value if isinstance(value, str) else None


def _takes_parameters(owner: type) -> bool:
    function, filled = function_of(owner)
    given = list(inspect.signature(function).parameters.values())[filled:]
    return any("Context" not in str(parameter.annotation) for parameter in given)
