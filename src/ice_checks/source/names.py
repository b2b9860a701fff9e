"""The names of one module: what it binds in which scope, what it refers to and what it imports."""

import ast
from dataclasses import dataclass
from typing import Final, Literal

# Longer chains of attributes lead nowhere that is looked at.
MAX_ATTRIBUTES: Final = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """One way in which a name gets its value, and the line: an import, a definition, a value, or something else."""

    line: int
    imported: str | None = None
    defines: Literal["class", "function"] | None = None
    value: ast.expr | None = None
    annotation: ast.expr | None = None


class Scope:
    """The names of a module, class, function or comprehension, and of what is around it."""

    __slots__ = ("bindings", "is_class", "outside", "parent")

    def __init__(self, parent: "Scope | None" = None, *, is_class: bool = False) -> None:
        self.parent = parent
        self.is_class = is_class
        self.bindings: dict[str, list[Binding]] = {}
        self.outside: dict[str, Scope] = {}

    def bind(self, name: str, binding: Binding) -> None:
        """Adds one more way in which the name gets its value."""
        target = self.outside.get(name, self)
        target.bindings.setdefault(name, []).append(binding)

    def module(self) -> "Scope":
        """The outermost scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A name, or a chain of attributes, whose value is used.

    Attributes:
        node: The expression.
        root: What its attributes are taken of: a name, or any other expression.
        names: The attributes, the innermost first.
        scope: Where it stands.
        unit: The top-level function, class or assignment that it stands in; empty for other statements.
        at_import: Whether it runs when the module is imported.
        is_called: Whether what it leads to is called, as a function or as a decorator.
        decorates: Whether it is a decorator of its unit.
        around: The call, subscript or comparison that it stands in at once, and that says what is done with it.
        key: What stands in brackets behind it, is its call's first argument, or is looked for `in` it.
    """

    node: ast.expr
    root: ast.expr
    names: tuple[str, ...]
    scope: Scope
    unit: str
    at_import: bool
    is_called: bool = False
    decorates: bool = False
    around: ast.expr | None = None
    key: ast.expr | None = None

    @property
    def call(self) -> ast.Call | None:
        """The call whose function it is."""
        return self.around if isinstance(self.around, ast.Call) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """Dotted names that one import statement may load as modules, and where it stands."""

    names: tuple[str, ...]
    unit: str
    at_import: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleNames:
    """What one module says; `stars` are the modules that it imports all names of."""

    module: str
    scope: Scope
    references: tuple[Reference, ...]
    imports: tuple[Imported, ...]
    stars: tuple[str, ...]


def chain(node: ast.expr) -> tuple[ast.expr, tuple[str, ...]]:
    """What attributes are taken of, and the attributes, the innermost first; `getattr(x, "a")` is one too."""
    names: list[str] = []
    while True:
        inner = attribute_of(node)
        if inner is None:
            return node, tuple(reversed(names))[:MAX_ATTRIBUTES]
        node, name = inner
        names.append(name)


def attribute_of(node: ast.expr) -> tuple[ast.expr, str] | None:
    """The object and the attribute, if the expression is one attribute of something."""
    if isinstance(node, ast.Attribute):
        return node.value, node.attr
    if isinstance(node, ast.Call) and is_name(node.func, "getattr") and len(node.args) > 1:
        name = node.args[1]
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            return node.args[0], name.value
    return None


def is_name(node: ast.expr, *names: str) -> bool:
    """Whether the expression is one of these names."""
    return isinstance(node, ast.Name) and node.id in names
