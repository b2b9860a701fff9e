"""What a component reaches in its own distribution: what its import runs, and what its code refers to from there.

The grain is the unit, a function, class or assignment at the top level of a module. Importing a module runs what stands
outside of functions; a function's body counts once something reached refers to the function.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from ice_checks.source.names import Reference
from ice_checks.source.resolve import Resolver
from ice_checks.source.tree import SourceModule, SourceTree
from ice_core.names import ImportTarget

# All units of a module, where a module itself is handed on.
EVERY: Final = "*"

Unit = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """The references that a component may come to evaluate, and the modules on its way that cannot be read."""

    references: tuple[tuple[SourceModule, Reference], ...]
    unreadable: tuple[str, ...]


class Reach:
    """Follows references through one tree; what one component made it look up serves the next."""

    def __init__(self, tree: SourceTree, resolver: Resolver) -> None:
        self._tree = tree
        self._resolver = resolver
        self._indexes: dict[str, _Index] = {}

    def of(self, target: ImportTarget) -> Reached:
        """What this import target reaches."""
        walk = _Walk(todo=[(target.module, target.attribute)])
        self._load(walk, [target.module])
        while walk.todo:
            unit = walk.todo.pop()
            if unit not in walk.units:
                walk.units.add(unit)
                self._visit(walk, unit)
        return Reached(references=tuple(walk.references.values()), unreadable=tuple(sorted(walk.unreadable)))

    def _load(self, walk: "_Walk", names: Iterable[str]) -> None:
        """What runs when these modules, and the packages around them, are imported."""
        todo = [*names]
        while todo:
            name = todo.pop()
            if name in walk.loaded or not name:
                continue
            walk.loaded.add(name)
            todo.append(name.rpartition(".")[0])
            if name not in self._tree:
                continue
            index = self._index(name)
            if index is None:
                walk.unreadable.add(name)
                continue
            self._run(walk, index)
            todo.extend(each for statement in index.imports if statement.at_import for each in statement.names)

    def _run(self, walk: "_Walk", index: "_Index") -> None:
        for reference in index.at_import:
            walk.references[id(reference)] = (index.module, reference)
            leads = self._leads_to(index, reference)
            for unit in leads if reference.decorates else ():
                # A function that is handed to an object by a decorator is called through that object. One that a
                # function wraps is called by its own name.
                if self._defines(unit) != "function":
                    walk.decorated.setdefault(unit, []).append((index.module.name, reference.unit))
                    walk.todo.extend([(index.module.name, reference.unit)] if unit in walk.units else [])
            if not reference.unit:
                walk.todo.extend(leads)
            elif reference.is_called:
                # Of a class that an assignment calls, the methods count for who uses what was assigned.
                walk.todo.extend(unit for unit in leads if self._defines(unit) != "class")

    def _defines(self, unit: Unit) -> str | None:
        index = self._index(unit[0])
        bindings = index.module.names.scope.bindings.get(unit[1], []) if index is not None else []
        return next((binding.defines for binding in bindings if binding.defines is not None), None)

    def _visit(self, walk: "_Walk", unit: Unit) -> None:
        self._load(walk, [unit[0]])
        walk.todo.extend(walk.decorated.get(unit, ()))
        index = self._index(unit[0])
        if index is None:
            return
        for reference in index.references(unit[1]):
            walk.references[id(reference)] = (index.module, reference)
            walk.todo.extend(self._leads_to(index, reference))
        self._load(walk, index.imported_by(unit[1]))

    def _index(self, name: str) -> "_Index | None":
        if name not in self._indexes:
            module = self._tree.module(name)
            if module is None:
                return None
            self._indexes[name] = _Index(module)
        return self._indexes[name]

    def _leads_to(self, index: "_Index", reference: Reference) -> tuple[Unit, ...]:
        known = index.leads.get(id(reference))
        if known is None:
            known = tuple(self._units(self._resolver.dotted(index.module, reference)))
            index.leads[id(reference)] = known
        return known

    def _units(self, dotted: Iterable[str]) -> Iterable[Unit]:
        for name in dotted:
            owner = self._tree.owner(name)
            if owner is None:
                continue
            module = self._tree.module(owner[0])
            names = module.names if module is not None else None
            first = owner[1][0] if owner[1] else EVERY
            if names is None or first in names.scope.bindings:
                yield owner[0], first
            elif first == EVERY or names.stars or "__getattr__" in names.scope.bindings:
                yield owner[0], EVERY


@dataclass(kw_only=True, slots=True)
class _Walk:
    todo: list[Unit]
    units: set[Unit] = field(default_factory=set)
    loaded: set[str] = field(default_factory=set)
    decorated: dict[Unit, list[Unit]] = field(default_factory=dict)
    references: dict[int, tuple[SourceModule, Reference]] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)


class _Index:
    """The references and imports of one module by their unit, and what they lead to."""

    def __init__(self, module: SourceModule) -> None:
        self.module = module
        self.at_import = [reference for reference in module.names.references if reference.at_import]
        self.imports = module.names.imports
        self.leads: dict[int, tuple[Unit, ...]] = {}
        self._references: dict[str, list[Reference]] = {}
        self._imports: dict[str, list[str]] = {}
        for reference in module.names.references:
            self._references.setdefault(reference.unit, []).append(reference)
        for statement in module.names.imports:
            self._imports.setdefault(statement.unit, []).extend(statement.names)

    def references(self, unit: str) -> Iterable[Reference]:
        """Those of one unit, or of every one."""
        return self.module.names.references if unit == EVERY else self._references.get(unit, ())

    def imported_by(self, unit: str) -> list[str]:
        """What the import statements of one unit, or of every one, may load."""
        units = [*self._imports] if unit == EVERY else [unit]
        return [name for each in units for name in self._imports.get(each, ())]
