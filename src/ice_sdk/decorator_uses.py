"""Where a module applies the decorators of `ice_sdk`, and where it hands one on so that reading cannot follow."""

import ast
from collections.abc import Iterator
from typing import Final, Literal

from ice_core.errors import Finding, Location
from ice_sdk.decorator_names import HOLDERS, Function, NameTable, Parsed, last_name, own_names
from ice_sdk.syntax_nodes import all_nodes, inner_nodes

Named = ast.Name | ast.Attribute
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
# Of the functions in a class, or without a name, nobody can tell by reading who calls them.
_Place = Literal["module", "function", "class", "unnamed"]

_IMPORTING: Final = ("import_module", "__import__")
_ASKING: Final = (*_IMPORTING, "getattr")
_HINTS: Final = (
    "Apply the decorator where the component is defined, or through a function at the top level of a module",
)


class Uses:
    """What a module applies while it is imported, and what of it no import can reach by name."""

    def __init__(self, parsed: Parsed, table: NameTable) -> None:
        self._module = parsed.module
        self._table = table
        self.found = False
        self.names: list[str] = []
        self.nested: list[tuple[Definition, str]] = []
        plain = _plainly_decorated(parsed, table)
        # Most modules do nothing else with a decorator, and then there is nothing to look for in their depth.
        self.is_plain = plain is not None
        if plain is None:
            self._visit(parsed.tree, "", at_import=True)
        else:
            self.found, self.names = bool(plain), plain

    def _visit(self, node: ast.AST, inside: str, *, at_import: bool) -> None:
        for child in inner_nodes(node):
            within, runs = inside, at_import
            if isinstance(child, Definition):
                if any(self._is_applied(item) for item in child.decorator_list):
                    self.found = True
                    self.names.append(child.name)
                    if inside:
                        self.nested.append((child, inside))
                within = f"{inside}{'class' if isinstance(child, ast.ClassDef) else 'function'} `{child.name}`, "
                runs = at_import and isinstance(child, ast.ClassDef)
            elif isinstance(child, ast.Lambda):
                runs = False
            elif isinstance(child, ast.Call) and at_import and self._is_applied(child.func):
                self.found = True
            self._visit(child, within, at_import=runs)

    def _is_applied(self, node: ast.expr) -> bool:
        return self._table.is_decorator(self._module, _called(node))


def _plainly_decorated(parsed: Parsed, table: NameTable) -> list[str] | None:
    """The names at the top level of a module that it decorates; None if it does anything else with a decorator."""
    applied: dict[int, str] = {}
    for node in parsed.tree.body:
        if isinstance(node, Definition):
            applied.update((id(_called(item)), node.name) for item in node.decorator_list)
    found: set[int] = set()
    for each in parsed.nodes:
        if isinstance(each, Named) and table.is_decorator(parsed.module, each):
            if id(each) not in applied:
                return None
            found.add(id(each))
        elif isinstance(each, ast.Call) and last_name(each.func) in _ASKING:
            return None
    return list(dict.fromkeys(name for item, name in applied.items() if item in found))


def _called(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Call):
        node = node.func
    return node


def unfollowed(parsed: Parsed, table: NameTable) -> Iterator[Finding]:
    """A warning for each place where a decorator gets out of sight: handed to a call, kept in a list, in a method."""
    followed = {id(item) for node in parsed.nodes for item in _followed(node)}
    for _, value in parsed.assignments:
        if table.yields(parsed.module, value):
            followed.update(id(item) for item in all_nodes(value))
    yield from _Sight(parsed, table, followed).lost(parsed.tree, hidden=frozenset(), place="module")


def _followed(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call):
        yield node.func
    elif isinstance(node, Definition):
        yield from node.decorator_list
    elif isinstance(node, ast.Return) and node.value is not None:
        yield node.value


class _Sight:
    """Walks a module and tells where a decorator is lost sight of."""

    def __init__(self, parsed: Parsed, table: NameTable, followed: set[int]) -> None:
        self._parsed = parsed
        self._table = table
        self._followed = followed

    def lost(self, node: ast.AST, *, hidden: frozenset[str], place: _Place) -> Iterator[Finding]:
        for child in inner_nodes(node):
            if isinstance(child, ast.expr) and self._is_lost(child, hidden, place):
                yield self._finding(child)
                continue
            names = hidden | own_names(child) if isinstance(child, Function | ast.Lambda) else hidden
            yield from self.lost(child, hidden=names, place=self._place_in(child, place))

    def _place_in(self, node: ast.AST, outside: _Place) -> _Place:
        if isinstance(node, ast.ClassDef) and outside == "module":
            return "class"
        if isinstance(node, Function) and outside in ("module", "class"):
            return "function" if outside == "module" else "unnamed"
        if isinstance(node, ast.Lambda) and outside in ("module", "class") and id(node) not in self._followed:
            return "unnamed"
        return outside

    def _is_lost(self, node: ast.expr, hidden: frozenset[str], place: _Place) -> bool:
        if self._is_asked_by_text(node):
            return True
        if isinstance(node, ast.Name) and (node.id in hidden or not isinstance(node.ctx, ast.Load)):
            return False
        named = self._table.is_decorator(self._parsed.module, node)
        return named and (place == "unnamed" or id(node) not in self._followed)

    def _is_asked_by_text(self, node: ast.expr) -> bool:
        # `getattr(ice_sdk, name)`, `import_module("ice_sdk")`
        if not isinstance(node, ast.Call) or not node.args:
            return False
        asking, subject = last_name(node.func), node.args[0]
        if asking in _IMPORTING:
            return isinstance(subject, ast.Constant) and subject.value in HOLDERS
        held = self._table.held(self._parsed.module, subject) if asking == "getattr" and len(node.args) > 1 else None
        asked = node.args[1] if held is not None else None
        name = str(asked.value) if isinstance(asked, ast.Constant) else None
        return held is not None and self._table.gives(held, name=name)

    def _finding(self, node: ast.expr) -> Finding:
        return Finding(
            "decorator-not-followed",
            f"`{ast.unparse(node)}` is handed on here, where reading cannot follow it",
            severity="warning",
            where=Location(self._parsed.file, line=node.lineno),
            note="Modules that get it only from here are not imported, and what they declare is missing.",
            hints=_HINTS,
        )
