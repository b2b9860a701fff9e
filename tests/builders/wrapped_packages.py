"""Installed packages as projects of components: a copy of their source with `@tool` above each typed function."""

import ast
import importlib.util
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

_PROJECT = '[project]\nname = "wrapped-{package}"\nversion = "1.0.0"\nlicense = "MIT"\n'
_IMPORT = "from ice_sdk import tool as _declared_tool"


def wrapped_package(package: str, folder: Path) -> tuple[Path, int]:
    """A project in `folder`: `package` with each typed public function declared, and how many those are."""
    found = importlib.util.find_spec(package)
    assert found is not None
    assert found.origin is not None
    source = folder / "src" / package
    shutil.copytree(Path(found.origin).parent, source, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    (folder / "pyproject.toml").write_text(_PROJECT.format(package=package.replace("_", "-")))
    return folder, sum(_declare_all(path, source) for path in sorted(source.rglob("*.py")))


def without(project: Path, file: str, lines: list[int]) -> None:
    """Takes the decorators of the functions that hold these lines away, leaving every line in its place."""
    path = project / file
    text = path.read_text()
    texts = text.split("\n")
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            first, last = node.decorator_list[0].lineno, node.end_lineno or node.lineno
            if any(first <= line <= last for line in lines):
                texts[first - 1] = ""
    path.write_text("\n".join(texts))


def _declare_all(path: Path, package: Path) -> int:
    text = path.read_text()
    tree = ast.parse(text)
    module = "_".join(part for part in path.relative_to(package).with_suffix("").parts if part != "__init__")
    typed = list(_typed_functions(tree))
    lines = text.split("\n")
    for function in reversed(typed):
        first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
        lines.insert(first - 1, f'@_declared_tool("{_name(module, function.name)}")')
    if typed:
        lines.insert(_after_the_head(tree), _IMPORT)
        path.write_text("\n".join(lines))
    return len(typed)


def _typed_functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or node.returns is None:
            continue
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        overloads = [decorator for decorator in node.decorator_list if ast.unparse(decorator).endswith("overload")]
        if not overloads and all(argument.annotation is not None for argument in arguments):
            yield node


def _name(module: str, function: str) -> str:
    words = re.sub("_+", "_", f"{module}_{function}".lower()).strip("_")
    return re.sub("^[^a-z]+", "", words[-60:])


def _after_the_head(tree: ast.Module) -> int:
    # Behind the docstring and `from __future__`, where the first import may stand.
    last = 0
    for node in tree.body:
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not docstring and not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            break
        last = node.end_lineno or 0
    return last
