"""Which modules of a source tree hold decorated components, found by reading: nothing is imported here.

A file is parsed only when its bytes hold the text `ice_sdk`, or the name of a module that hands a decorator on; what
the decorators are called there is followed by `decorator_names`. Tests, virtual environments, hidden and built folders
are left out, and so are links.
"""

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ice_core.errors import Finding, IceError, Location
from ice_core.home import read_regular_file
from ice_sdk.decorator_names import NameTable, Parsed
from ice_sdk.decorator_uses import Definition, Uses, unfollowed
from ice_sdk.project import Project
from ice_sdk.refusals import refusal_of

MARK: Final = b"ice_sdk"
MAX_SOURCE_BYTES: Final = 16 * 1024 * 1024
_LEFT_OUT: Final = frozenset(("__pycache__", "node_modules", "site-packages", "test", "tests"))
# In a flat layout the project's own folders lie beside its packages.
_LEFT_OUT_BESIDE: Final = frozenset(("benchmarks", "build", "dist", "docs", "examples", "scripts"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A module whose text decorates something: its dotted name, its file in the project, and what it decorates."""

    module: str
    file: str
    decorated: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """What reading a source tree gave: the modules to import, sorted by name, and what could not be followed."""

    candidates: tuple[Candidate, ...]
    warnings: tuple[Finding, ...] = ()


def scan(project: Project) -> Scan:
    """The modules that have to be imported to see the project's components.

    Raises:
        IceError: `import-target-unreachable`, with a finding for each decorated object that no import can reach;
            `module-import-failed`, for a file that is not Python.
    """
    reading = _Reading(project)
    reading.read_all()
    candidates: list[Candidate] = []
    findings: list[Finding] = []
    warnings = list(reading.warnings)
    for parsed in reading.parsed:
        uses = Uses(parsed, reading.table)
        if uses.found:
            findings.extend(_unreachable(uses.nested, parsed))
            candidates.append(Candidate(module=parsed.module, file=parsed.file, decorated=tuple(uses.names)))
        if not uses.is_plain:
            warnings.extend(unfollowed(parsed, reading.table))
    if findings:
        raise refusal_of(findings)
    return Scan(
        candidates=tuple(sorted(candidates, key=lambda candidate: candidate.module)),
        warnings=tuple(sorted(warnings, key=Finding.sort_key)),
    )


class _Reading:
    """Reads the files of a project in rounds: first those that name `ice_sdk`, then those that name a giver."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self.table = NameTable()
        self.parsed: list[Parsed] = []
        self.warnings: list[Finding] = []

    def read_all(self) -> None:
        """Reads until no further module can be reached."""
        waiting = list(source_files(self._project))
        known: frozenset[str] = frozenset()
        waiting = [path for path in waiting if not self._taken(path, re.compile(re.escape(MARK)))]
        self.table.settle()
        while waiting and (givers := self.table.givers()) != known:
            known = givers
            words = _naming(givers, packages={item.module for item in self.parsed if item.is_package})
            waiting = [path for path in waiting if not self._taken(path, words)]
            self.table.settle()

    def _taken(self, path: Path, words: re.Pattern[bytes]) -> bool:
        data = read_regular_file(path, max_bytes=MAX_SOURCE_BYTES)
        if words.search(data) is None:
            return False
        file = path.relative_to(self._project.root).as_posix()
        try:
            tree = _parsed(data, file)
        except IceError as error:
            if MARK in data:
                raise
            self.warnings.append(_unread(error))
            return True
        parts = path.relative_to(self._project.source).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        module = ".".join(parts[:-1] if is_package else parts)
        parsed = Parsed(tree, module=module, file=file, is_package=is_package)
        self.parsed.append(parsed)
        self.table.add(parsed)
        return True


def _naming(givers: frozenset[str], *, packages: set[str]) -> re.Pattern[bytes]:
    """What every file holds that imports from one of these modules, of which some are packages."""
    lasts = sorted({re.escape(giver.rpartition(".")[2]) for giver in givers if giver})
    words = rf"\b(?:{'|'.join(lasts)})\b"
    # A package itself is imported from without its name: `from . import component`.
    relative = r"|\bfrom[ \t]*\.[. \t]*import\b" if givers & packages else ""
    return re.compile((words + relative).encode())


def _unread(error: IceError) -> Finding:
    return Finding(
        "decorator-not-followed",
        f"`{error.where.file if error.where else ''}` names a module that hands a decorator on, and is not Python",
        severity="warning",
        where=error.where,
        found=error.finding.found,
        hints=error.finding.hints,
    )


def source_files(project: Project) -> Iterator[Path]:
    """The Python files that a wheel of the project would hold, as far as this can be told without building it."""
    flat = project.source == project.root
    for folder, folders, files in os.walk(project.source, followlinks=False):
        here = Path(folder)
        beside = flat and here == project.source
        walked = (name for name in folders if _is_walked(here / name, beside=beside))
        folders[:] = sorted(name for name in walked if not (flat and _is_project(here / name)))
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


def _is_project(folder: Path) -> bool:
    # In a flat layout the other packages of a monorepo lie below; each has a manifest of its own.
    return (folder / "pyproject.toml").exists()


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


def _unreachable(nested: list[tuple[Definition, str]], parsed: Parsed) -> Iterator[Finding]:
    file = parsed.file
    hint = "Define the function or class at the top level of its module, and decorate it there"
    for node, inside in nested:
        yield Finding(
            "import-target-unreachable",
            f"`{node.name}` cannot be imported by name: it is inside {inside.removesuffix(', ')}",
            where=Location(file, line=node.lineno),
            expected="an object that `module:Attribute` reaches, and that very object",
            hints=(hint,),
        )
    odd = next((part for part in parsed.module.split(".") if not (part.isidentifier() and part.isascii())), None)
    if odd is not None:
        yield Finding(
            "import-target-unreachable",
            f"`{file}` holds components and cannot be imported: `{odd}` is no module name",
            where=Location(file),
            expected="folders and files named in ASCII letters, digits and underscores",
            hints=(f"Rename `{odd}`",),
        )
