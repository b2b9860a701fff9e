"""The side table of what decorators marked: one `Declared` for each object, which itself stays as it is."""

import builtins
import inspect
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ice_core.errors import IceError, Location
from ice_core.names import ComponentId, ImportTarget, SemVer
from ice_core.strict_json import JsonObject
from ice_sdk.forms import Form, method_of
from ice_sdk.import_targets import target_found
from ice_sdk.settings import ComponentSettings
from ice_sdk.signature import Signature, read_signature

# By identity: a class may have its own idea of equality, and the object must stay the key that it was. Each entry holds
# its object, so an id is never given to another one.
_TABLE: Final[dict[int, "Declared"]] = {}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Declared:
    """One component as its author declared it.

    Attributes:
        id: Its (node_type, name).
        form: How its object becomes a call.
        target_given: Where its object can be imported; without an attribute for an instance, see `target`.
        object: The very function, class, instance or factory.
        file, line: Where it is declared.
        settings: What the decorator was told.
    """

    id: ComponentId
    form: Form
    target_given: ImportTarget
    object: builtins.object
    file: str
    line: int
    settings: ComponentSettings

    @property
    def target(self) -> ImportTarget:
        """Where its object can be imported; an instance has a name only once its module has been imported."""
        return self.target_given if self.target_given.attribute else target_found(self.object, self.target_given)

    @property
    def where(self) -> Location:
        """The place to name in messages."""
        return Location(self.file, line=self.line)

    def place_of(self, member: str) -> Location:
        """The line of an input, or of the type of the result (`RESULT`)."""
        return self.signature.place_of(member, where=self.where)

    @property
    def version(self) -> SemVer | None:
        """The version that the decorator was told; None means that of the distribution."""
        text = self.settings.get("version")
        return SemVer.parse(text) if text is not None else None

    @property
    def signature(self) -> Signature:
        """Its input parameters and what it gives, as types; read once.

        Raises:
            IceError: `annotation-missing`, `annotation-unresolved`, `declaration-invalid` or `schema-inexpressible`.
        """
        return _signature(self)

    @property
    def context_parameter(self) -> str | None:
        """The parameter that takes the `Context`, if there is one."""
        return self.signature.context_parameter

    @property
    def is_async(self) -> bool:
        """Whether a call only makes a coroutine or an async generator, so that it is made in the event loop."""
        function = self.signature.function
        return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)

    def call(self, *arguments: builtins.object, **named: builtins.object) -> builtins.object:
        """The component's result, or an awaitable or iterator of it.

        A class is made for each call, of its fields when these are the input; a factory makes an instance for each
        call; an instance serves every call.
        """
        function = self.object
        if self.form != "function":
            receiver, arguments = self._receiver(arguments)
            owner = self.signature.owner if self.form == "factory" else type(receiver)
            function = getattr(receiver, method_of(owner or type(receiver)) or "__call__")
        return function(*arguments, **named) if callable(function) else None

    def _receiver(self, arguments: tuple[builtins.object, ...]) -> tuple[builtins.object, tuple[builtins.object, ...]]:
        # A workflow is called without arguments, and its function need not say any types.
        if self.form == "class" and self.id.node_type != "workflow" and self.signature.from_fields:
            return arguments[0], arguments[1:]
        if self.form == "instance" or not callable(self.object):
            return self.object, arguments
        return self.object(), arguments

    def describe(self) -> JsonObject:
        """`{"component": entry, "schemas": {...}}`, as a manifest would hold them.

        Raises:
            IceError: What export would raise about this component.
        """
        # Here, so that a decorated module does not load pydantic until someone asks for a schema.
        from ice_sdk.description import describe

        return describe(self)

    def entry(self) -> JsonObject:
        """The manifest entry alone."""
        entry = self.describe()["component"]
        return entry if isinstance(entry, dict) else {}


@lru_cache(maxsize=4096)
def _signature(declared: Declared) -> Signature:
    return read_signature(declared.object, form=declared.form, component=str(declared.id), where=declared.where)


def record(declared: Declared) -> None:
    """Puts a component into the side table.

    Raises:
        IceError: `declaration-invalid`, when the object is declared already.
    """
    earlier = _TABLE.get(id(declared.object))
    if earlier is not None:
        raise IceError(
            "declaration-invalid",
            f"`{declared.target}` is declared twice, as `{earlier.id}` and as `{declared.id}`",
            where=declared.where,
            expected="one of `@tool`, `@agent` and `@workflow`, once",
            found=f"{earlier.id} and {declared.id}",
            hints=("Keep one decorator; for a second component, write a second function that calls the first",),
        )
    _TABLE[id(declared.object)] = declared


def declared_of(target: object) -> Declared | None:
    """What a decorator recorded about this very object; None for anything that is not a component."""
    declared = _TABLE.get(id(target))
    return declared if declared is not None and declared.object is target else None


def all_declared() -> tuple[Declared, ...]:
    """Every component that was declared in this process, in order of declaration."""
    return tuple(_TABLE.values())


def forget(target: object) -> None:
    """Takes an object out of the side table; for tests and for modules that are loaded anew."""
    _TABLE.pop(id(target), None)
