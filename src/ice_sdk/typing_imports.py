"""Names that a module imports for type checkers only, under `if TYPE_CHECKING:`, found when an annotation needs one.

The module's own text says where such a name comes from; it is imported then, as it would be without the condition, and
an alias of types that is assigned there is read as the annotation that it is.
"""

import ast
import importlib
import importlib.util
import inspect
import sys
import typing
from collections.abc import Iterator
from typing import Final

NOT_FOUND: Final = object()


def name_for_typing(module: str, name: str) -> object:
    """What `name` means in annotations of an imported module; `NOT_FOUND` if nothing under the condition binds it.

    Raises:
        ImportError: The import that binds it fails.
    """
    for statement in _statements(module):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                if name == (alias.asname or alias.name.partition(".")[0]):
                    return _imported(module, statement, alias)
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                return typing.ForwardRef(ast.unparse(statement.value))
    return NOT_FOUND


def _statements(module: str) -> Iterator[ast.AST]:
    loaded = sys.modules.get(module)
    try:
        tree = ast.parse(inspect.getsource(loaded)) if loaded is not None else ast.Module([], [])
    except (OSError, TypeError, SyntaxError):
        # Without a text, as in an interactive session, there is nothing to read.
        return
    for node in tree.body:
        if isinstance(node, ast.If) and _is_for_typing(node.test):
            yield from (inner for statement in node.body for inner in ast.walk(statement))


def _is_for_typing(test: ast.expr) -> bool:
    return "TYPE_CHECKING" in (getattr(test, "id", None), getattr(test, "attr", None))


def _imported(module: str, statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> object:
    if isinstance(statement, ast.Import):
        loaded = importlib.import_module(alias.name)
        # `import a.b` binds `a`; `import a.b as c` binds the inner module.
        return loaded if alias.asname else sys.modules[alias.name.partition(".")[0]]
    package = sys.modules[module].__package__
    holder = importlib.util.resolve_name("." * statement.level + (statement.module or ""), package)
    loaded = importlib.import_module(holder)
    if hasattr(loaded, alias.name):
        return getattr(loaded, alias.name)
    return importlib.import_module(f"{holder}.{alias.name}")
