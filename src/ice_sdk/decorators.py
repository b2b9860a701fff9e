"""1 AUTHOR: `@tool`, `@agent` and `@workflow` mark an object as a component and return it unchanged.

Each works bare (`@tool`), called (`@tool()`), with a name (`@tool("csv_reader")`) and with settings
(`@tool(name="csv_reader", version="1.2.0", cost_estimate=0.0001)`), on functions and classes, and as a call on an
instance (`reader = tool("csv_reader")(CsvReader(separator=";"))`). `@tool_factory` and `@agent_factory` stand on a
function that makes the instance for each call. What is certain at once is refused at once: an object that no import can
reach, a name or version of the wrong form. Types become schemas only when someone asks.
"""

import inspect
import re
import sys
from collections.abc import Callable
from types import FrameType
from typing import Protocol, TypeVar, Unpack, cast, overload

from ice_core.dynamic import Announcement, announce
from ice_core.errors import IceError, Location
from ice_core.names import ComponentId, ImportTarget, NodeType, is_component_name
from ice_sdk.declared import Declared, record
from ice_sdk.forms import Form, form_of, stated_text
from ice_sdk.import_targets import target_of
from ice_sdk.refusals import DECLARATION_REFUSALS, refusal_of
from ice_sdk.registry_names import registry_name
from ice_sdk.setting_faults import setting_faults
from ice_sdk.settings import ComponentSettings, UnnamedSettings


class Executes(Protocol):
    """An instance that is called through `execute`."""

    @property
    def execute(self) -> Callable[..., object]:
        """The call."""
        ...


class ExecutesImplementation(Protocol):
    """An instance that is called through `_execute_impl`, as tools for older iceOS are."""

    @property
    def _execute_impl(self) -> Callable[..., object]: ...


Component = TypeVar("Component", bound=Callable[..., object] | Executes | ExecutesImplementation)
Factory = TypeVar("Factory", bound=Callable[..., Callable[..., object] | Executes | ExecutesImplementation])


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


@overload
def tool_factory(target: Factory, /) -> Factory: ...
@overload
def tool_factory(name: str, /, **settings: Unpack[UnnamedSettings]) -> Callable[[Factory], Factory]: ...
@overload
def tool_factory(**settings: Unpack[ComponentSettings]) -> Callable[[Factory], Factory]: ...
def tool_factory(*given: object, **settings: Unpack[ComponentSettings]) -> object:
    """Declares a tool by a function without arguments that makes an instance of it, once for each call.

    Its return annotation names the class, whose method is the tool: `def create_csv_reader() -> CsvReader`.

    Raises:
        IceError: As `tool`.
    """
    return _decorate("tool", given, settings, factory=True)


@overload
def agent_factory(target: Factory, /) -> Factory: ...
@overload
def agent_factory(name: str, /, **settings: Unpack[UnnamedSettings]) -> Callable[[Factory], Factory]: ...
@overload
def agent_factory(**settings: Unpack[ComponentSettings]) -> Callable[[Factory], Factory]: ...
def agent_factory(*given: object, **settings: Unpack[ComponentSettings]) -> object:
    """Declares an agent by a function that makes it, as `tool_factory` does a tool.

    Raises:
        IceError: As `tool`.
    """
    return _decorate("agent", given, settings, factory=True)


def _decorate(
    node_type: NodeType, given: tuple[object, ...], settings: ComponentSettings, *, factory: bool = False
) -> object:
    if given and not isinstance(given[0], str):
        with DECLARATION_REFUSALS.told():
            _refuse_names(node_type, given, settings, _place_of(given[0]))
            _declare(node_type, given[0], settings, factory=factory)
        return given[0]
    named: ComponentSettings = {**settings, "name": str(given[0])} if given else settings

    def decorate(target: object) -> object:
        with DECLARATION_REFUSALS.told():
            _refuse_names(node_type, given, settings, _place_of(target))
            _declare(node_type, target, named, factory=factory)
        return target

    return decorate


def _refuse_names(node_type: NodeType, given: tuple[object, ...], settings: ComponentSettings, where: Location) -> None:
    # The object itself may come first, and then stands for no name.
    names = [repr(name) for name in given if isinstance(name, str)]
    names += [f"name={settings['name']!r}"] if "name" in settings else []
    if len(given) > 1 or (given and isinstance(given[0], str) and len(names) > 1):
        raise IceError(
            "declaration-invalid",
            f"`@{node_type}` is given more than one name",
            where=where,
            expected=f'one name or none, as in @{node_type}("csv_reader")',
            found=", ".join(names),
            hints=("Keep the one that manifests should have",),
        )


def _declare(node_type: NodeType, target: object, settings: ComponentSettings, *, factory: bool) -> None:
    where = _place_of(target)
    form, import_target = _form_and_target(node_type, target, where, factory=factory)
    settings = _sound(node_type, settings, where)
    stated = settings.get("name", stated_text(target, form, "name"))
    python_name = import_target.attribute or type(target).__name__
    name = registry_name(python_name, node_type, makes=factory) if stated is None else stated
    _refuse_name(name, node_type, where, given=stated is not None)
    declared = Declared(
        id=ComponentId(node_type, name),
        form=form,
        target_given=import_target,
        object=target,
        file=where.file,
        line=where.line or 1,
        settings=settings,
    )
    record(declared)
    announce(
        Announcement(
            declared.id,
            import_target,
            declared.file,
            declared.line,
            declared.describe,
            find_target=lambda: declared.target,
        )
    )


def _form_and_target(
    node_type: NodeType, target: object, where: Location, *, factory: bool
) -> tuple[Form, ImportTarget]:
    decorator = f"@{node_type}_factory" if factory else f"@{node_type}"
    form = form_of(target, decorator=decorator, where=where)
    if form == "instance":
        # The name that will hold it is known once its module has been imported.
        return form, ImportTarget(_caller().f_globals["__name__"], "")
    if factory and form == "class":
        raise IceError(
            "declaration-invalid",
            f"`{decorator}` is on the class `{getattr(target, '__name__', '')}`, which is made for each call anyway",
            where=where,
            expected="a function that makes an instance",
            found="a class",
            hints=(f"Write `@{node_type}` there",),
        )
    return ("factory" if factory else form), target_of(target, where)


def _place_of(target: object) -> Location:
    # A function knows its line. A class does not before Python 3.13: the nearest frame of its own module is at it.
    code = getattr(inspect.unwrap(target) if callable(target) else target, "__code__", None)
    if code is not None:
        return Location(code.co_filename, line=code.co_firstlineno)
    frame = outermost = _caller()
    module = getattr(target, "__module__", None) if isinstance(target, type) else outermost.f_globals.get("__name__")
    while frame.f_back is not None and frame.f_globals.get("__name__") != module:
        frame = frame.f_back
    found = frame if frame.f_globals.get("__name__") == module else outermost
    return Location(found.f_code.co_filename, line=found.f_lineno)


def _caller() -> FrameType:
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return frame


def _sound(node_type: NodeType, settings: ComponentSettings, where: Location) -> ComponentSettings:
    # Where all refusals are wanted at once, the component is described without what was refused already.
    faults = setting_faults(node_type, settings, where)
    if not faults:
        return settings
    with DECLARATION_REFUSALS.told():
        raise refusal_of(tuple(faults.values()))
    kept: dict[str, object] = {setting: value for setting, value in settings.items() if setting not in faults}
    if "version" in faults:
        # It was given one, and nothing will be written.
        kept["version"] = "0.0.0"
    return cast("ComponentSettings", kept)


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
