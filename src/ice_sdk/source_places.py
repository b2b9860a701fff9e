"""Where in its source a parameter, a field or the type of a result stands, for messages; read only when one is made."""

import ast
import inspect
import linecache
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from ice_core.errors import Location

RESULT: Final = "return"

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def place_in(function: Callable[..., object], owner: type | None, member: str, *, where: Location) -> Location:
    """The line of a parameter of `function` or of a field of `owner`, or of what `function` returns (`RESULT`).

    `where` itself when the source is not to be seen or is that of another file.
    """
    innermost = inspect.unwrap(function)
    code = getattr(innermost, "__code__", None)
    if code is None or not Path(code.co_filename).as_posix().endswith(Path(where.file).as_posix()):
        return where
    lines = linecache.getlines(code.co_filename, getattr(innermost, "__globals__", None))
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return where
    field = None if owner is None or member == RESULT else _line_of_field(tree, owner.__name__, member)
    line = field or _line_of_parameter(tree, code.co_firstlineno, member)
    return where if line is None else Location(where.file, line=line)


def _line_of_field(tree: ast.Module, owner: str, member: str) -> int | None:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == owner:
            for item in node.body:
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and item.target.id == member:
                    return item.lineno
    return None


def _line_of_parameter(tree: ast.Module, first_line: int, member: str) -> int | None:
    for node in _functions(tree):
        if first_line == min([node.lineno, *(item.lineno for item in node.decorator_list)]):
            if member == RESULT:
                return node.returns.lineno if node.returns is not None else node.lineno
            given = node.args
            every = [*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg]
            return next((item.lineno for item in every if item is not None and item.arg == member), None)
    return None


def _functions(tree: ast.Module) -> Iterator[_Function]:
    return (node for node in ast.walk(tree) if isinstance(node, _Function))
