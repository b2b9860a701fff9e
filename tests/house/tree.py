"""What the house rules read: the modules of src, tests and bench, as text and as syntax trees."""

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
TESTS = ROOT / "tests"
BENCH = ROOT / "bench"
# Projects that tests read as data, broken on purpose; no rule of this house is theirs.
DATA_FOLDER = "data"
# What is made here and never committed.
MADE_NAMES = frozenset(
    {
        ".git",
        ".venv",
        "__pycache__",
        "node_modules",
        "build",
        "dist",
        "demo-output",
        "htmlcov",
        "coverage.xml",
    }
)
MADE_ENDINGS = ("_cache", ".egg-info", ".hypothesis")


@dataclass(frozen=True, kw_only=True)
class Module:
    """One Python file: its path from the root with forward slashes, and its text."""

    path: str
    text: str

    @functools.cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, self.path)

    @property
    def name(self) -> str:
        """The file's name without its ending; a package's own name for its `__init__.py`."""
        parts = self.path.removesuffix(".py").split("/")
        return parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]

    @property
    def is_test(self) -> bool:
        """Whether it lies under tests."""
        return self.path.startswith("tests/")

    def lines(self) -> int:
        """How many lines are not blank."""
        return sum(1 for line in self.text.splitlines() if line.strip())


def files(folder: Path, *, ending: str) -> list[Path]:
    """The files under `folder` whose names end so, in a stable order, without what is made or test data."""
    return sorted(path for path in walk(folder) if path.name.endswith(ending) and not is_data(path))


def walk(folder: Path) -> Iterator[Path]:
    """Every file under `folder` that could be committed."""
    for path in folder.iterdir():
        # By name alone, before anything is asked of it: coverage's files come and go while tests run.
        if path.name in MADE_NAMES or path.name.endswith(MADE_ENDINGS) or path.name.startswith(".coverage"):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from walk(path)
        elif path.is_file():
            yield path


def is_data(path: Path) -> bool:
    """Whether the file is a test's data."""
    return DATA_FOLDER in path.relative_to(ROOT).parts[:-1] and path.is_relative_to(TESTS)


def read(path: Path) -> Module:
    """The module in the file `path` of this repository."""
    return Module(path=path.relative_to(ROOT).as_posix(), text=path.read_text(encoding="utf-8"))


@functools.cache
def modules_of_source() -> tuple[Module, ...]:
    """Every module under src."""
    return tuple(read(path) for path in files(SOURCE, ending=".py"))


@functools.cache
def modules_of_tests() -> tuple[Module, ...]:
    """Every module under tests."""
    return tuple(read(path) for path in files(TESTS, ending=".py"))


@functools.cache
def all_modules() -> tuple[Module, ...]:
    """Every module of this repository that the rules hold for."""
    measured = (read(path) for path in files(BENCH, ending=".py"))
    return (*modules_of_source(), *modules_of_tests(), *measured, read(ROOT / "dev.py"))


def packages() -> list[str]:
    """The names of the packages under src."""
    return sorted(path.name for path in SOURCE.iterdir() if path.is_dir() and path.name not in MADE_NAMES)
