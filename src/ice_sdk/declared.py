"""The side table of what decorators marked: one `Declared` for each object, which itself stays as it is."""

import builtins
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ice_core.errors import IceError, Location
from ice_core.names import ComponentId, ImportTarget, SemVer
from ice_core.strict_json import JsonObject
from ice_sdk.settings import ComponentSettings
from ice_sdk.signature import Kind, Signature, kind_of, method_of, read_signature

# By identity: a class may have its own idea of equality, and the object must stay the key that it was. Each entry holds
# its object, so an id is never given to another one.
_TABLE: Final[dict[int, "Declared"]] = {}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Declared:
    """One component as its author declared it.

    Attributes:
        id: Its (node_type, name).
        target: Where its object can be imported.
        object: The very function or class.
        file, line: Where it is declared.
        settings: What the decorator was told.
    """

    id: ComponentId
    target: ImportTarget
    object: Callable[..., object]
    file: str
    line: int
    settings: ComponentSettings

    @property
    def where(self) -> Location:
        """The place to name in messages."""
        return Location(self.file, line=self.line)

    @property
    def version(self) -> SemVer | None:
        """The version that the decorator was told; None means that of the distribution."""
        text = self.settings.get("version")
        return SemVer.parse(text) if text is not None else None

    @property
    def kind(self) -> Kind:
        """How it is called."""
        return kind_of(self.object)

    @property
    def signature(self) -> Signature:
        """Its input parameters and what it gives, as types; read once.

        Raises:
            IceError: `annotation-missing`, `annotation-unresolved` or `schema-inexpressible`.
        """
        return _signature(self)

    @property
    def context_parameter(self) -> str | None:
        """The parameter that takes the `Context`, if there is one."""
        return self.signature.context_parameter

    def call(self, *arguments: builtins.object, **named: builtins.object) -> builtins.object:
        """The component's result, or an awaitable of it; a class is made without arguments first."""
        if isinstance(self.object, type):
            method: Callable[..., builtins.object] = getattr(self.object(), method_of(self.object) or "__call__")
            return method(*arguments, **named)
        return self.object(*arguments, **named)

    def describe(self) -> JsonObject:
        """`{"component": entry, "schemas": {...}}`, as a manifest would hold them.

        Raises:
            IceError: What export would raise about this component.
        """
        # Here, so that a decorated module does not load pydantic until someone asks for a schema.
        from ice_sdk.entries import describe

        return describe(self)

    def entry(self) -> JsonObject:
        """The manifest entry alone."""
        entry = self.describe()["component"]
        return entry if isinstance(entry, dict) else {}


@lru_cache(maxsize=4096)
def _signature(declared: Declared) -> Signature:
    return read_signature(declared.object, component=str(declared.id), where=declared.where)


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
