"""What each module of a project calls the decorators of `ice_sdk`, by reading imports, aliases and wrappers.

A name stands for a decorator when it is imported from a module where it does, when it is assigned one (`component =
tool`, `partial(tool, tags=["csv"])`), or when it is a function whose body calls one. Modules hand their names on to
each other, so they are read again until nothing changes.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ice_sdk.syntax_nodes import all_nodes, inner_nodes

DECORATORS: Final = frozenset(("agent", "agent_factory", "tool", "tool_factory", "workflow"))
HOLDERS: Final = ("ice_sdk", "ice_sdk.decorators")

Function = ast.FunctionDef | ast.AsyncFunctionDef
# Each asked of every node of a project, so that they are made once.
_Import = ast.Import | ast.ImportFrom
_Assignment = ast.Assign | ast.AnnAssign | ast.NamedExpr


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What a module has under its names: those that stand for a decorator, and those that stand for a module."""

    decorators: set[str] = field(default_factory=set)
    modules: dict[str, str] = field(default_factory=dict)


class Parsed:
    """A module's tree, all nodes of it, and those that can give a name to a decorator."""

    def __init__(self, tree: ast.Module, *, module: str, file: str, is_package: bool) -> None:
        self.tree = tree
        self.module = module
        self.file = file
        self.is_package = is_package
        self._package = module if is_package else module.rpartition(".")[0]
        self.nodes = nodes = all_nodes(tree)
        self.imports = [node for node in nodes if isinstance(node, _Import)]
        assigned = [node for node in nodes if isinstance(node, _Assignment)]
        in_classes = {id(item) for node in nodes if isinstance(node, ast.ClassDef) for item in node.body}
        self.assignments = [each for node in assigned if id(node) not in in_classes for each in _assigned(node)]
        self.functions = [(node.name, tuple(_uses_in(node))) for node in _top_functions(tree)]

    def origin(self, node: ast.ImportFrom) -> str | None:
        """The full name of the module that is imported from; None above the top."""
        if node.level == 0:
            return node.module
        steps = self._package.split(".") if self._package else []
        if node.level > len(steps):
            return None
        return ".".join([*steps[: len(steps) - node.level + 1], *([node.module] if node.module else [])])


class NameTable:
    """The names of all modules that were read so far."""

    def __init__(self) -> None:
        self._read: list[Parsed] = []
        self._names = {holder: Names(decorators=set(DECORATORS)) for holder in HOLDERS}

    def add(self, parsed: Parsed) -> None:
        """Takes a module in; `settle` reads it."""
        self._read.append(parsed)
        # The SDK itself may be what is read.
        self._names.setdefault(parsed.module, Names())

    def settle(self) -> None:
        """Reads every module again until none has a new name."""
        # A chain is no longer than there are modules; those that overwrite each other's names might go on for ever.
        for _ in range(len(self._read) + 2):
            changed = [self._follow(parsed) for parsed in self._read]
            if not any(changed):
                return

    def givers(self) -> frozenset[str]:
        """The modules of the project that a decorator can be imported from."""
        return frozenset(
            parsed.module
            for parsed in self._read
            if self._names[parsed.module].decorators
            or any(self.gives(target) for target in self._names[parsed.module].modules.values())
        )

    def is_decorator(self, module: str, node: ast.expr) -> bool:
        """Whether an expression of a module is a decorator by name: `tool`, `sdk.tool`."""
        if isinstance(node, ast.Name):
            return node.id in self._names[module].decorators
        if not isinstance(node, ast.Attribute):
            return False
        holder = self.held(module, node.value)
        return holder is not None and holder in self._names and node.attr in self._names[holder].decorators

    def held(self, module: str, node: ast.expr) -> str | None:
        """The full name of the module that an expression stands for, if it may stand for one."""
        if isinstance(node, ast.Name):
            return self._names[module].modules.get(node.id)
        if not isinstance(node, ast.Attribute):
            return None
        outer = self.held(module, node.value)
        return None if outer is None else self._inside(outer, node.attr)

    def _inside(self, module: str, name: str) -> str:
        names = self._names.get(module)
        return names.modules.get(name, f"{module}.{name}") if names is not None else f"{module}.{name}"

    def gives(self, module: str, *, name: str | None = None) -> bool:
        """Whether a decorator can be imported from a module, under a certain name if one is given."""
        decorators = self._names[module].decorators if module in self._names else set()
        return bool(decorators) if name is None else name in decorators

    def _follow(self, parsed: Parsed) -> bool:
        names = self._names[parsed.module]
        before = (len(names.decorators), dict(names.modules))
        for node in parsed.imports:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    # `import a.b` binds `a`.
                    top = alias.name.partition(".")[0]
                    names.modules[alias.asname or top] = alias.name if alias.asname else top
            else:
                self._follow_from(names, parsed.origin(node), node.names)
        for targets, value in parsed.assignments:
            if self.yields(parsed.module, value) or self.may_yield(parsed.module, value):
                names.decorators.update(targets)
            elif (held := self.held(parsed.module, value)) is not None:
                names.modules.update(dict.fromkeys(targets, held))
        for name, uses in parsed.functions:
            if any(self.is_decorator(parsed.module, use) for use in uses):
                names.decorators.add(name)
        return before != (len(names.decorators), names.modules)

    def _follow_from(self, names: Names, origin: str | None, imported: list[ast.alias]) -> None:
        if origin is None:
            return
        given = self._names.get(origin, Names())
        for alias in imported:
            if alias.name == "*":
                names.decorators.update(given.decorators)
                names.modules.update(given.modules)
            elif alias.name in given.decorators:
                names.decorators.add(alias.asname or alias.name)
            else:
                names.modules[alias.asname or alias.name] = self._inside(origin, alias.name)

    def yields(self, module: str, value: ast.expr) -> bool:
        """Whether an expression gives a decorator: by name, with settings but no object yet, or by `partial`."""
        if self.is_decorator(module, value):
            return True
        if isinstance(value, ast.IfExp):
            return self.yields(module, value.body) or self.yields(module, value.orelse)
        if isinstance(value, ast.BoolOp):
            return any(self.yields(module, item) for item in value.values)
        if isinstance(value, ast.Lambda):
            return any(self.is_decorator(module, use) for use in _uses_in(value))
        if not isinstance(value, ast.Call):
            return False
        if self.is_decorator(module, value.func):
            return all(isinstance(item, ast.Constant) for item in value.args)
        # `functools.partial(tool, tags=["csv"])`
        return last_name(value.func) == "partial" and self.may_yield(module, value)

    def may_yield(self, module: str, value: ast.expr) -> bool:
        """Whether an expression is a call that takes a decorator, and perhaps gives one of its own."""
        if not isinstance(value, ast.Call) or self.is_decorator(module, value.func):
            return False
        return any(self.yields(module, item) for item in value.args)


def last_name(node: ast.expr) -> str:
    """`c` of `a.b.c`; nothing of what is no name."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _assigned(node: ast.AST) -> Iterator[tuple[tuple[str, ...], ast.expr]]:
    if isinstance(node, ast.Assign):
        names = tuple(target.id for target in node.targets if isinstance(target, ast.Name))
        if names:
            yield names, node.value
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and isinstance(node.target, ast.Name) and node.value:
        yield (node.target.id,), node.value


def _top_functions(node: ast.AST) -> Iterator[Function]:
    # Under `if` and `try` too; what is inside a class or a function has no name that another module could import.
    for child in inner_nodes(node):
        if isinstance(child, Function):
            yield child
        elif not isinstance(child, ast.ClassDef | ast.expr):
            yield from _top_functions(child)


def _uses_in(function: Function | ast.Lambda) -> Iterator[ast.expr]:
    nodes = all_nodes(function)
    hidden = _bound_by(nodes)
    for node in nodes:
        use = node.func if isinstance(node, ast.Call) else node.value if isinstance(node, ast.Return) else None
        if use is not None and not (isinstance(use, ast.Name) and use.id in hidden):
            yield use


def own_names(function: Function | ast.Lambda) -> frozenset[str]:
    """The names that a function binds itself, which hide the module's."""
    return _bound_by(all_nodes(function))


def _bound_by(nodes: list[ast.AST]) -> frozenset[str]:
    given = {node.arg for node in nodes if isinstance(node, ast.arg)}
    return frozenset(given | {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)})
