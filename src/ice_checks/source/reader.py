"""One pass over a module's syntax tree, without recursion: its bindings, references and imports.

A reference is kept with the unit it stands in: the function, class or assignment at the top level of the module. What
stands there and is no part of a function's body runs when the module is imported. Annotations, `if TYPE_CHECKING:`,
`except` clauses and the second argument of `isinstance` use nothing and are left out.
"""

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from ice_checks.source.names import Binding, Imported, ModuleNames, Reference, Scope, attribute_of, chain, is_name

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, kw_only=True, slots=True)
class _Here:
    scope: Scope
    unit: str = ""
    at_import: bool = True


def read_names(tree: ast.Module, module: str, *, is_package: bool) -> ModuleNames:
    """The names of a parsed module that is called `module`."""
    reader = _Reader(module if is_package else module.rpartition(".")[0])
    scope = Scope()
    reader.read(tree, _Here(scope=scope))
    return ModuleNames(
        module=module,
        scope=scope,
        references=tuple(reader.references),
        imports=tuple(reader.imports),
        stars=tuple(reader.stars),
    )


class _Reader:
    def __init__(self, package: str) -> None:
        self._package = package
        self._todo: list[tuple[ast.AST, _Here]] = []
        self.references: list[Reference] = []
        self.imports: list[Imported] = []
        self.stars: list[str] = []

    def read(self, tree: ast.AST, here: _Here) -> None:
        self._todo = [(tree, here)]
        while self._todo:
            node, here = self._todo.pop()
            reading = _READINGS.get(type(node))
            if reading is not None:
                reading(self, node, here)
            else:
                self._later(ast.iter_child_nodes(node), here)

    def _later(self, nodes: Iterable[ast.AST | None], here: _Here) -> None:
        # The last one in is read first, so the order of the text is kept.
        self._todo.extend((node, here) for node in reversed([node for node in nodes if node is not None]))

    def _refer(
        self,
        node: ast.expr,
        here: _Here,
        *,
        around: ast.expr | None = None,
        key: ast.expr | None = None,
        decorates: bool = False,
    ) -> None:
        root, names = chain(node)
        self.references.append(
            Reference(
                node=node,
                root=root,
                names=names,
                scope=here.scope,
                unit=here.unit,
                at_import=here.at_import,
                is_called=isinstance(around, ast.Call) or decorates,
                decorates=decorates,
                around=around,
                key=key,
            )
        )
        if not isinstance(root, ast.Name):
            self._later([root], here)

    def definition(self, node: ast.AST, here: _Here) -> None:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            kind: Literal["class", "function"] = "class" if isinstance(node, ast.ClassDef) else "function"
            here.scope.bind(node.name, Binding(line=node.lineno, defines=kind))
            here = _in_unit(here, node.name)
            for decorator in node.decorator_list:
                self._decorator(decorator, here)
        if isinstance(node, ast.ClassDef):
            self._later([*node.bases, *node.keywords], here)
            self._later(node.body, replace(here, scope=Scope(here.scope, is_class=True)))
        elif isinstance(node, _Function):
            self._function(node, here)

    def _decorator(self, node: ast.expr, here: _Here) -> None:
        if isinstance(node, ast.Call):
            self._refer(node.func, here, around=node, key=node.args[0] if node.args else None, decorates=True)
            self._later([*node.args, *node.keywords], here)
        else:
            self._refer(node, here, decorates=True)

    def _function(self, node: _Function, here: _Here) -> None:
        arguments = node.args
        self._later([*arguments.defaults, *arguments.kw_defaults], here)
        inside = Scope(here.scope)
        for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
            if each is not None:
                starred = each is arguments.vararg or each is arguments.kwarg
                inside.bind(each.arg, Binding(line=each.lineno, annotation=None if starred else each.annotation))
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        self._later(body, replace(here, scope=inside, at_import=False))

    def comprehension(self, node: ast.AST, here: _Here) -> None:
        self._later(ast.iter_child_nodes(node), replace(here, scope=Scope(here.scope)))

    def import_(self, node: ast.AST, here: _Here) -> None:
        self._bind_imports(node, here)
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            origin = self._origin(node)
            self.stars.extend(origin for alias in node.names if alias.name == "*")
            names = [origin, *(f"{origin}.{alias.name}" for alias in node.names)]
        else:
            return
        self.imports.append(Imported(names=tuple(names), unit=here.unit, at_import=here.at_import))

    def _bind_imports(self, node: ast.AST, here: _Here) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                here.scope.bind(
                    alias.asname or top, Binding(line=node.lineno, imported=alias.name if alias.asname else top)
                )
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name != "*":
                    binding = Binding(line=node.lineno, imported=f"{self._origin(node)}.{alias.name}")
                    here.scope.bind(alias.asname or alias.name, binding)

    def _origin(self, node: ast.ImportFrom) -> str:
        if node.level == 0:
            return node.module or ""
        parts = self._package.split(".")
        base = parts[: max(len(parts) - node.level + 1, 0)]
        return ".".join([*base, *([node.module] if node.module else [])])

    def if_(self, node: ast.AST, here: _Here) -> None:
        if not isinstance(node, ast.If):
            return
        if chain(node.test)[1][-1:] == ("TYPE_CHECKING",) or is_name(node.test, "TYPE_CHECKING"):
            # What is imported for types alone is known to annotations, and loads nothing.
            for statement in node.body:
                self._bind_imports(statement, here)
            self._later(node.orelse, here)
        elif isinstance(node.test, ast.Compare) and is_name(node.test.left, "__name__"):
            # Runs in a script, and never in a component.
            self._later(node.orelse, here)
        else:
            self._later([*_unless_name(node.test), *node.body, *node.orelse], here)

    def assignment(self, node: ast.AST, here: _Here) -> None:
        targets, value, annotation = _assigned(node)
        if len(targets) == 1:
            target = targets[0]
            if isinstance(target, ast.Name):
                here.scope.bind(target.id, Binding(line=target.lineno, value=value, annotation=annotation))
                targets = []
            here = _in_unit(here, _held_in(target))
        self._later([*targets, value], here)

    def name(self, node: ast.AST, here: _Here) -> None:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            self._refer(node, here)
        elif isinstance(node, ast.Name):
            here.scope.bind(node.id, Binding(line=node.lineno))

    def outside(self, node: ast.AST, here: _Here) -> None:
        if isinstance(node, ast.Global | ast.Nonlocal):
            outer = here.scope.module() if isinstance(node, ast.Global) else here.scope.parent or here.scope
            here.scope.outside.update(dict.fromkeys(node.names, outer))

    def handler(self, node: ast.AST, here: _Here) -> None:
        if isinstance(node, ast.ExceptHandler):
            self._caught(node, node.name, here)
            self._later(node.body, here)

    def pattern(self, node: ast.AST, here: _Here) -> None:
        if isinstance(node, ast.MatchMapping):
            self._caught(node, node.rest, here)
        elif isinstance(node, ast.MatchAs | ast.MatchStar):
            self._caught(node, node.name, here)
        self._later([child for child in ast.iter_child_nodes(node) if isinstance(child, ast.pattern)], here)

    def _caught(self, node: ast.ExceptHandler | ast.pattern, name: str | None, here: _Here) -> None:
        if name is not None:
            here.scope.bind(name, Binding(line=node.lineno))

    def attribute(self, node: ast.AST, here: _Here) -> None:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            self._refer(node, here)
        else:
            self._later(ast.iter_child_nodes(node), here)

    def call(self, node: ast.AST, here: _Here) -> None:
        if not isinstance(node, ast.Call):
            return
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        if attribute_of(node) is not None:
            self._refer(node, here)
            arguments = node.args[2:]
        else:
            self._refer(node.func, here, around=node, key=node.args[0] if node.args else None)
        if is_name(node.func, "isinstance", "issubclass"):
            arguments = node.args[:1]
        self._later(arguments, here)

    def subscript(self, node: ast.AST, here: _Here) -> None:
        if isinstance(node, ast.Subscript):
            self._refer(node.value, here, around=node, key=node.slice)
            self._later([node.slice], here)

    def comparison(self, node: ast.AST, here: _Here) -> None:
        if not isinstance(node, ast.Compare):
            return
        left = node.left
        looked_in = isinstance(node.ops[0], ast.In | ast.NotIn)
        for index, operand in enumerate(node.comparators):
            if looked_in and index == 0 and isinstance(operand, ast.Name | ast.Attribute):
                self._refer(operand, here, around=node, key=left)
            else:
                self._later(_unless_name(operand), here)
        self._later(_unless_name(left), here)


def _in_unit(here: _Here, name: str) -> _Here:
    return here if here.unit or not name or here.scope.parent is not None else replace(here, unit=name)


def _held_in(target: ast.expr) -> str:
    """The name that an assignment changes: `table` of `table[key].part = ...`; empty if there are several."""
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""


def _unless_name(node: ast.expr) -> list[ast.expr]:
    # `if httpx is None` asks whether something is there; it does not use it.
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node = node.operand
    return [] if isinstance(node, ast.Name) else [node]


def _assigned(node: ast.AST) -> tuple[list[ast.expr], ast.expr | None, ast.expr | None]:
    if isinstance(node, ast.Assign):
        return node.targets, node.value, None
    if isinstance(node, ast.AnnAssign):
        return [node.target], node.value, node.annotation
    return [], None, None


_READINGS: Mapping[type[ast.AST], Callable[[_Reader, ast.AST, _Here], None]] = MappingProxyType(
    {
        **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda), _Reader.definition),
        **dict.fromkeys((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), _Reader.comprehension),
        **dict.fromkeys((ast.Import, ast.ImportFrom), _Reader.import_),
        **dict.fromkeys((ast.Assign, ast.AnnAssign), _Reader.assignment),
        **dict.fromkeys((ast.Global, ast.Nonlocal), _Reader.outside),
        **dict.fromkeys((ast.MatchAs, ast.MatchStar, ast.MatchMapping, ast.MatchClass), _Reader.pattern),
        ast.Attribute: _Reader.attribute,
        ast.Call: _Reader.call,
        ast.Compare: _Reader.comparison,
        ast.ExceptHandler: _Reader.handler,
        ast.If: _Reader.if_,
        ast.Name: _Reader.name,
        ast.Subscript: _Reader.subscript,
    }
)
