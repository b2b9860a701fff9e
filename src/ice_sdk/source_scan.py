"""Which modules of a source tree hold decorated components, found by reading: nothing is imported here.

A file is parsed only when its bytes hold the text `ice_sdk`; what it binds the decorators to is then followed through
`from ice_sdk import tool as t`, `import ice_sdk as sdk` and `sdk.tool`. Tests, virtual environments, hidden and built
folders are left out, and so are links.
"""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ice_core.errors import Finding, IceError, Location
from ice_core.home import read_regular_file
from ice_sdk.project import Project
from ice_sdk.refusals import refusal_of

MARK: Final = b"ice_sdk"
MAX_SOURCE_BYTES: Final = 16 * 1024 * 1024
_DECORATORS: Final = frozenset(("agent", "agent_factory", "tool", "tool_factory", "workflow"))
_HOLDERS: Final = ("ice_sdk", "ice_sdk.decorators")
_LEFT_OUT: Final = frozenset(("__pycache__", "node_modules", "site-packages", "test", "tests"))
# In a flat layout the project's own folders lie beside its packages.
_LEFT_OUT_BESIDE: Final = frozenset(("benchmarks", "build", "dist", "docs", "examples", "scripts"))

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A module whose text decorates something: its dotted name and its file, relative to the project."""

    module: str
    file: str


def scan(project: Project) -> tuple[Candidate, ...]:
    """The modules that have to be imported to see the project's components, sorted by name.

    Raises:
        IceError: `import-target-unreachable`, with a finding for each decorated object that no import can reach;
            `module-import-failed`, for a file that is not Python.
    """
    candidates: list[Candidate] = []
    findings: list[Finding] = []
    for path in source_files(project):
        data = read_regular_file(path, max_bytes=MAX_SOURCE_BYTES)
        if MARK not in data:
            continue
        file = path.relative_to(project.root).as_posix()
        uses = _Uses(_parsed(data, file))
        if not uses.found:
            continue
        parts = path.relative_to(project.source).with_suffix("").parts
        findings.extend(_unreachable(uses, file, parts))
        candidates.append(Candidate(module=".".join(parts[:-1] if parts[-1] == "__init__" else parts), file=file))
    if findings:
        raise refusal_of(findings)
    return tuple(sorted(candidates, key=lambda candidate: candidate.module))


def source_files(project: Project) -> Iterator[Path]:
    """The Python files that a wheel of the project would hold, as far as this can be told without building it."""
    flat = project.source == project.root
    for folder, folders, files in os.walk(project.source, followlinks=False):
        here = Path(folder)
        beside = flat and here == project.source
        folders[:] = sorted(name for name in folders if _is_walked(here / name, beside=beside))
        for name in sorted(files):
            path = here / name
            own = name != "conftest.py" and not (beside and (name.startswith("test_") or name == "setup.py"))
            if name.endswith(".py") and own and not path.is_symlink():
                yield path


def _is_walked(folder: Path, *, beside: bool) -> bool:
    name = folder.name
    if name.startswith(".") or name in _LEFT_OUT or (beside and name in _LEFT_OUT_BESIDE):
        return False
    return not folder.is_symlink() and not name.endswith(".egg-info") and not (folder / "pyvenv.cfg").exists()


def _parsed(data: bytes, file: str) -> ast.Module:
    try:
        return ast.parse(data, filename=file)
    except (SyntaxError, ValueError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        raise IceError(
            "module-import-failed",
            f"`{file}` mentions `ice_sdk` and is not Python",
            where=Location(file, line=line),
            expected="a Python module",
            found=str(error),
            hints=(f"To see it as Python does, run `python -m py_compile {file}`",),
        ) from error


class _Uses:
    """Where a module applies the decorators of `ice_sdk`, and whether each place can be imported by name."""

    def __init__(self, tree: ast.Module) -> None:
        self._names: set[str] = set()
        self._holders: set[str] = set()
        self.found = False
        self.nested: list[tuple[_Definition, str]] = []
        for node in ast.walk(tree):
            self._follow_import(node)
        if self._names or self._holders:
            self._visit(tree, "")

    def _follow_import(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in _HOLDERS:
                    self._holders.add(alias.asname or alias.name)
                    # `import ice_sdk.decorators` binds `ice_sdk`.
                    self._holders.update(() if alias.asname else ("ice_sdk",))
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module in _HOLDERS:
            for alias in node.names:
                if alias.name == "*":
                    self._names |= _DECORATORS
                elif alias.name in _DECORATORS:
                    self._names.add(alias.asname or alias.name)
                elif f"{node.module}.{alias.name}" in _HOLDERS:
                    self._holders.add(alias.asname or alias.name)

    def _visit(self, node: ast.AST, inside: str) -> None:
        for child in ast.iter_child_nodes(node):
            within = inside
            if isinstance(child, _Definition):
                if any(self._is_decorator(item) for item in child.decorator_list):
                    self.found = True
                    if inside:
                        self.nested.append((child, inside))
                within = f"{inside}{'class' if isinstance(child, ast.ClassDef) else 'function'} `{child.name}`, "
            elif isinstance(child, ast.Call) and self._is_decorator(child.func):
                self.found = True
            self._visit(child, within)

    def _is_decorator(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Call):
            return self._is_decorator(node.func)
        if isinstance(node, ast.Name):
            return node.id in self._names
        return isinstance(node, ast.Attribute) and node.attr in _DECORATORS and ast.unparse(node.value) in self._holders


def _unreachable(uses: _Uses, file: str, parts: tuple[str, ...]) -> Iterator[Finding]:
    hint = "Define the function or class at the top level of its module, and decorate it there"
    for node, inside in uses.nested:
        yield Finding(
            "import-target-unreachable",
            f"`{node.name}` cannot be imported by name: it is inside {inside.removesuffix(', ')}",
            where=Location(file, line=node.lineno),
            expected="an object that `module:Attribute` reaches, and that very object",
            hints=(hint,),
        )
    odd = next((part for part in parts if not (part.isidentifier() and part.isascii())), None)
    if odd is not None:
        yield Finding(
            "import-target-unreachable",
            f"`{file}` holds components and cannot be imported: `{odd}` is no module name",
            where=Location(file),
            expected="folders and files named in ASCII letters, digits and underscores",
            hints=(f"Rename `{odd}`",),
        )
