"""What names lead to: the dotted name behind an expression, through aliases, re-exports and `import *`; literal texts.

A dotted name starts with a module, as in `os.environ.get` or `acme.settings.KEY`; built-in functions are under
`builtins`. Nothing is followed further than a bound allows.
"""

import ast
from typing import Final

from ice_checks.source.names import Binding, Reference, Scope, chain
from ice_checks.source.tree import SourceModule, SourceTree

MAX_HOPS: Final = 16
_LOADERS: Final = frozenset(("builtins.__import__", "importlib.import_module"))
_PATH_CLASSES: Final = frozenset(("pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath"))
_PATHS_MADE: Final = frozenset((*_PATH_CLASSES, "pathlib.Path.cwd", "pathlib.Path.home"))
_GIVE_PATHS: Final = frozenset(
    (
        "absolute",
        "expanduser",
        "joinpath",
        "parent",
        "readlink",
        "relative_to",
        "resolve",
        "with_name",
        "with_segments",
        "with_stem",
        "with_suffix",
    )
)


class Resolver:
    """Looks names up in the modules of one tree."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self._known: dict[int, tuple[str, ...]] = {}

    def dotted(self, module: SourceModule, reference: Reference) -> tuple[str, ...]:
        """The dotted names that a reference may lead to; a name with two bindings may lead to two."""
        known = self._known.get(id(reference))
        if known is None:
            loaded = self._loaded(module, reference.scope, reference.call) if reference.call is not None else None
            if loaded is not None:
                known = tuple(self._canonical(loaded))
            else:
                known = self._of(module, reference.scope, reference.root, reference.names)
            self._known[id(reference)] = known
        return known

    def expression(self, module: SourceModule, scope: Scope, node: ast.expr) -> tuple[str, ...]:
        """The same for any expression."""
        return self._of(module, scope, *chain(node))

    def _of(self, module: SourceModule, scope: Scope, root: ast.expr, names: tuple[str, ...]) -> tuple[str, ...]:
        if isinstance(root, ast.Name):
            starts = _starts(module, scope, root.id)
        else:
            loaded = self._loaded(module, scope, root)
            starts = [loaded] if loaded is not None else []
        return tuple(dict.fromkeys(name for start in starts for name in self._canonical(".".join((start, *names)))))

    def _loaded(self, module: SourceModule, scope: Scope, node: ast.expr) -> str | None:
        """The module that a call of `import_module` with a literal gives."""
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.func, ast.Name | ast.Attribute):
            return None
        name, (root, names) = node.args[0], chain(node.func)
        if not isinstance(root, ast.Name) or not isinstance(name, ast.Constant) or not isinstance(name.value, str):
            return None
        loader = set(self._of(module, scope, root, names)) & _LOADERS
        if not loader or name.value.startswith("."):
            return None
        return name.value if "importlib.import_module" in loader else name.value.partition(".")[0]

    def _canonical(self, dotted: str) -> list[str]:
        """Where a dotted name comes from once the imports of the tree's own modules are followed."""
        found: list[str] = []
        todo, seen = [dotted], {dotted}
        while todo and len(seen) <= MAX_HOPS:
            name = todo.pop()
            further = [each for each in self._imported_as(name) if each not in seen]
            if not further:
                found.append(name)
            seen.update(further)
            todo.extend(further)
        return found

    def _imported_as(self, dotted: str) -> list[str]:
        owner = self._tree.owner(dotted)
        module = self._tree.module(owner[0]) if owner is not None else None
        if owner is None or module is None or not owner[1]:
            return []
        first, *rest = owner[1]
        bindings = module.names.scope.bindings.get(first)
        if bindings is not None:
            starts = [binding.imported for binding in bindings if binding.imported is not None]
        else:
            starts = [f"{star}.{first}" for star in module.names.stars]
        return [".".join((start, *rest)) for start in starts]

    def bindings(
        self, module: SourceModule, scope: Scope, node: ast.expr
    ) -> tuple[SourceModule, Scope, list[Binding]] | None:
        """How a name, or a name of another module of the tree, gets its value, and where."""
        if isinstance(node, ast.Name):
            holder = holder_of(scope, node.id)
            if holder is not None and not any(binding.imported for binding in holder.bindings[node.id]):
                return module, holder, holder.bindings[node.id]
        for dotted in self.expression(module, scope, node):
            owner = self._tree.owner(dotted)
            other = self._tree.module(owner[0]) if owner is not None else None
            if owner is not None and other is not None and len(owner[1]) == 1:
                return other, other.names.scope, other.names.scope.bindings.get(owner[1][0], [])
        return None

    def text(self, module: SourceModule, scope: Scope, node: ast.expr | None) -> str | None:
        """The text that an expression is: a literal, or a name that is given one literal and nothing else."""
        if isinstance(node, ast.Name | ast.Attribute):
            found = self.bindings(module, scope, node)
            node = found[2][0].value if found is not None and len(found[2]) == 1 else None
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            return node.value if isinstance(node.value, str) else node.value.decode("utf-8", errors="replace")
        return None

    def is_path(self, module: SourceModule, scope: Scope, node: ast.expr) -> bool:
        """Whether an expression is visibly a `pathlib.Path`: made as one here, or declared as one."""
        for _ in range(MAX_HOPS):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                node = node.left
                continue
            called = isinstance(node, ast.Call)
            function = node.func if isinstance(node, ast.Call) else node
            if called and _PATHS_MADE & set(self.expression(module, scope, function)):
                return True
            root, names = chain(function)
            if names or called:
                if not names or not _GIVE_PATHS.issuperset(names):
                    return False
                node = root
                continue
            found = self.bindings(module, scope, node) if isinstance(node, ast.Name) else None
            if found is None or not found[2]:
                return False
            module, scope, bindings = found
            if any(self._says_path(module, scope, binding.annotation) for binding in bindings):
                return True
            if bindings[0].value is None:
                return False
            node = bindings[0].value
        return False

    def _says_path(self, module: SourceModule, scope: Scope, annotation: ast.expr | None) -> bool:
        while isinstance(annotation, ast.BinOp):
            annotation = annotation.left
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            first, *rest = annotation.value.partition("|")[0].strip().split(".")
            return bool(_PATH_CLASSES & set(self._of(module, scope, ast.Name(id=first), tuple(rest))))
        return annotation is not None and bool(_PATH_CLASSES & set(self.expression(module, scope, annotation)))


def holder_of(scope: Scope, name: str) -> Scope | None:
    """The scope that a name is looked up in; None for a built-in one."""
    around: Scope | None = scope
    while around is not None:
        # The names of a class are not seen by its methods.
        if name in around.bindings and (not around.is_class or around is scope):
            return around
        around = around.parent
    return None


def _starts(module: SourceModule, scope: Scope, name: str) -> list[str]:
    holder = holder_of(scope, name)
    if holder is None:
        return [f"builtins.{name}", *(f"{star}.{name}" for star in module.names.stars)]
    bindings = holder.bindings[name]
    own = [f"{module.name}.{name}"] if holder is module.names.scope else []
    return [binding.imported for binding in bindings if binding.imported is not None] or own
