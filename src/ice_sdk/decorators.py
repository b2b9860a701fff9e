"""1 AUTHOR: `@tool`, `@agent` and `@workflow` mark a function or class as a component and return it unchanged.

Each works bare (`@tool`), called (`@tool()`), with a name (`@tool("csv_reader")`) and with settings
(`@tool(name="csv_reader", version="1.2.0", cost_estimate=0.0001)`). What is certain at once is refused at once: an
object that no import can reach, a name or version of the wrong form. Types become schemas only when someone asks.
"""

import difflib
import inspect
import re
import sys
from collections.abc import Callable
from typing import TypeVar, Unpack, overload

from ice_core.dynamic import Announcement, announce
from ice_core.errors import IceError, Location
from ice_core.names import ComponentId, ImportTarget, NodeType, SemVer, is_component_name
from ice_sdk.declared import Declared, record
from ice_sdk.refusals import DECLARATION_REFUSALS
from ice_sdk.settings import SETTING_NAMES, ComponentSettings, UnnamedSettings
from ice_sdk.signature import method_of

Component = TypeVar("Component", bound=Callable[..., object])

_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@overload
def tool(target: Component, /) -> Component: ...
@overload
def tool(name: str, /, **settings: Unpack[UnnamedSettings]) -> Callable[[Component], Component]: ...
@overload
def tool(**settings: Unpack[ComponentSettings]) -> Callable[[Component], Component]: ...
def tool(*given: object, **settings: Unpack[ComponentSettings]) -> object:
    """Declares a tool: one call with an input and an output.

    Raises:
        IceError: `import-target-unreachable`, `component-name-invalid`, `version-invalid` or `declaration-invalid`.
    """
    return _decorate("tool", given, settings)


@overload
def agent(target: Component, /) -> Component: ...
@overload
def agent(name: str, /, **settings: Unpack[UnnamedSettings]) -> Callable[[Component], Component]: ...
@overload
def agent(**settings: Unpack[ComponentSettings]) -> Callable[[Component], Component]: ...
def agent(*given: object, **settings: Unpack[ComponentSettings]) -> object:
    """Declares an agent: like a tool, and it may call the tools that `permissions={"tools": [...]}` names.

    Raises:
        IceError: As `tool`.
    """
    return _decorate("agent", given, settings)


@overload
def workflow(target: Component, /) -> Component: ...
@overload
def workflow(name: str, /, **settings: Unpack[UnnamedSettings]) -> Callable[[Component], Component]: ...
@overload
def workflow(**settings: Unpack[ComponentSettings]) -> Callable[[Component], Component]: ...
def workflow(*given: object, **settings: Unpack[ComponentSettings]) -> object:
    """Declares a workflow: a function that takes nothing and returns a `Blueprint`, or a blueprint's normalised dict.

    Raises:
        IceError: As `tool`.
    """
    return _decorate("workflow", given, settings)


def registry_name(python_name: str, node_type: NodeType) -> str:
    """The component name that a Python name gives: `CSVReaderTool` is `csv_reader`, a function's name stays."""
    words = _WORD_STARTS.sub("_", python_name).lower()
    shortened = words.removesuffix(f"_{node_type}")
    return shortened if python_name != python_name.lower() else python_name


def _decorate(node_type: NodeType, given: tuple[object, ...], settings: ComponentSettings) -> object:
    if given and not isinstance(given[0], str):
        with DECLARATION_REFUSALS.told():
            _declare(node_type, given[0], settings)
        return given[0]
    if given:
        settings = {**settings, "name": str(given[0])}

    def decorate(target: object) -> object:
        with DECLARATION_REFUSALS.told():
            _declare(node_type, target, settings)
        return target

    return decorate


def _declare(node_type: NodeType, given: object, settings: ComponentSettings) -> None:
    where = _place_of(given)
    target = _callable_component(node_type, given, where)
    import_target = _import_target(target, where)
    _refuse_settings(node_type, settings, where)
    name = settings.get("name", registry_name(import_target.attribute, node_type))
    _refuse_name(name, node_type, where, given="name" in settings)
    declared = Declared(
        id=ComponentId(node_type, name),
        target=import_target,
        object=target,
        file=where.file,
        line=where.line or 1,
        settings=settings,
    )
    record(declared)
    announce(Announcement(declared.id, import_target, declared.file, declared.line, declared.describe))


def _place_of(target: object) -> Location:
    # A function knows its line. A class does not before Python 3.13: the nearest frame of its own module is at it.
    code = getattr(inspect.unwrap(target) if inspect.isfunction(target) else target, "__code__", None)
    if code is not None:
        return Location(code.co_filename, line=code.co_firstlineno)
    frame = outermost = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__") != getattr(target, "__module__", None):
        frame = frame.f_back
    while outermost.f_back is not None and outermost.f_globals.get("__name__") == __name__:
        outermost = outermost.f_back
    found = frame if frame.f_globals.get("__name__") == getattr(target, "__module__", None) else outermost
    return Location(found.f_code.co_filename, line=found.f_lineno)


def _callable_component(node_type: NodeType, target: object, where: Location) -> Callable[..., object]:
    if isinstance(target, type):
        if method_of(target) is not None:
            return target
        found, hint = f"the class `{target.__name__}` without either", "Give the class a method `execute`"
    elif inspect.isgeneratorfunction(target) or inspect.isasyncgenfunction(target):
        found, hint = "a generator, which gives no one value", "Return a list"
    elif inspect.isfunction(target):
        return target
    else:
        found, hint = f"{type(target).__name__}: {target!r}", f"Put `@{node_type}` on a function or class"
    raise IceError(
        "declaration-invalid",
        f"`@{node_type}` is on something that cannot be a component",
        where=where,
        expected="a function, an async function, or a class with `execute` or `__call__`",
        found=found,
        hints=(hint,),
    )


def _import_target(target: Callable[..., object], where: Location) -> ImportTarget:
    qualified, module = target.__qualname__, target.__module__
    reason = None
    if "<lambda>" in qualified:
        reason = "a lambda has no name to import it by"
    elif "<locals>" in qualified:
        reason = "it is made inside a function, and each call makes another"
    elif "." in qualified:
        reason = "it is inside a class, and an import target has one attribute without dots"
    elif not qualified.isascii() or not module.isascii():
        reason = "import targets are ASCII"
    if reason is not None:
        raise unreachable(f"{module}.{qualified}", reason, where)
    return ImportTarget.parse(f"{module}:{qualified}")


def unreachable(subject: str, reason: str, where: Location) -> IceError:
    """The refusal of an object that a manifest's `module:Attribute` cannot name."""
    return IceError(
        "import-target-unreachable",
        f"`{subject}` cannot be imported by name: {reason}",
        where=where,
        expected="an object that `module:Attribute` reaches, and that very object",
        found=subject,
        hints=("Define the function or class at the top level of its module, and decorate it there",),
        details={"reason": reason},
    )


def _refuse_settings(node_type: NodeType, settings: ComponentSettings, where: Location) -> None:
    for setting in sorted(settings.keys() - set(SETTING_NAMES)):
        near = difflib.get_close_matches(setting, SETTING_NAMES, n=1)
        raise IceError(
            "declaration-invalid",
            f"`@{node_type}` knows no setting `{setting}`",
            where=where,
            expected=", ".join(SETTING_NAMES),
            found=setting,
            hints=tuple(f"Did you mean `{name}`?" for name in near),
        )
    for text in (settings.get("version"), settings.get("iceos_min")):
        if text is not None:
            _refuse_version(text, where)


def _refuse_version(text: str, where: Location) -> None:
    try:
        SemVer.parse(text)
    except IceError as error:
        error.finding.where = where
        raise


def _refuse_name(name: str, node_type: NodeType, where: Location, *, given: bool) -> None:
    if is_component_name(name):
        return
    suggestion = re.sub(r"[^a-z0-9]+", "_", registry_name(name, node_type)).strip("_0123456789") or "csv_reader"
    raise IceError(
        "component-name-invalid",
        f"`{name}` cannot be the name of a component",
        where=where,
        expected="lower case words joined by single underscores, at most 64 characters, as in csv_reader",
        found=name,
        hints=(f'Write `@{node_type}("{suggestion[:64]}")`',),
        details={"given": given},
    )
