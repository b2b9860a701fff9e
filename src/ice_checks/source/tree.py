"""The Python modules of a distribution as syntax trees: parsed when first asked for, each once; none is imported."""

import ast
import io
import tokenize
import warnings
from collections.abc import Iterator, Mapping

from ice_checks.source.names import ModuleNames
from ice_checks.source.reader import read_names
from ice_core.errors import Location

_INIT = "__init__"


class SourceModule:
    """One module that could be parsed.

    Attributes:
        name: Its dotted name.
        path: Its file, as a wheel holds it.
        names: What it binds, imports and refers to.
    """

    __slots__ = ("_lines", "names", "path")

    def __init__(self, path: str, data: bytes, names: ModuleNames) -> None:
        self.path = path
        self.names = names
        self._lines = data.split(b"\n")

    @property
    def name(self) -> str:
        """Its dotted name."""
        return self.names.module

    def text_at(self, node: ast.expr) -> str:
        """The first line of an expression as its author wrote it."""
        line = self._lines[node.lineno - 1] if node.lineno <= len(self._lines) else b""
        end = node.end_col_offset if node.end_lineno == node.lineno else None
        return line[node.col_offset : end].decode("utf-8", errors="replace").strip()

    def column_of(self, node: ast.expr) -> int:
        """Its column in characters, from 1."""
        line = self._lines[node.lineno - 1] if node.lineno <= len(self._lines) else b""
        return len(line[: node.col_offset].decode("utf-8", errors="replace")) + 1


class SourceTree:
    """The modules of a distribution.

    Args:
        sources: The bytes of each `.py` file under its path in a wheel.
        folder: What stands before such a path in messages, as in `src/`.
    """

    def __init__(self, sources: Mapping[str, bytes], *, folder: str = "") -> None:
        self._sources = sources
        self._folder = folder
        self._paths = {module_name(path): path for path in sorted(sources) if path.endswith(".py")}
        self._read: dict[str, SourceModule | str] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __contains__(self, name: str) -> bool:
        return name in self._paths

    def path_of(self, name: str) -> str:
        """The file of a module of the tree, as messages name it."""
        return f"{self._folder}{self._paths[name]}"

    def texts(self) -> Iterator[tuple[str, bytes]]:
        """The file of each module, as messages name it, and its bytes."""
        for path in self._paths.values():
            yield f"{self._folder}{path}", self._sources[path]

    def read(self, name: str) -> "SourceModule | str":
        """The module, or in words why it cannot be read as Python."""
        if name not in self._read:
            path = self._paths[name]
            self._read[name] = _parsed(name, path, self._sources[path])
        return self._read[name]

    def module(self, name: str) -> SourceModule | None:
        """The module if there is one and it can be read."""
        found = self.read(name) if name in self._paths else None
        return found if isinstance(found, SourceModule) else None

    def owner(self, dotted: str) -> tuple[str, tuple[str, ...]] | None:
        """The module of the tree that a dotted name leads into, and the names behind it."""
        parts = dotted.split(".")
        for end in range(len(parts), 0, -1):
            name = ".".join(parts[:end])
            if name in self._paths:
                return name, tuple(parts[end:])
        return None

    def place(self, module: SourceModule, node: ast.expr) -> Location:
        """Where an expression stands."""
        return Location(f"{self._folder}{module.path}", line=node.lineno, column=module.column_of(node))


def module_name(path: str) -> str:
    """`acme.csv` for `acme/csv.py` and for `acme/csv/__init__.py`."""
    parts = path.removesuffix(".py").split("/")
    return ".".join(parts[:-1] if parts[-1] == _INIT and len(parts) > 1 else parts)


def _parsed(name: str, path: str, data: bytes) -> "SourceModule | str":
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data, filename=path)
    except SyntaxError as error:
        return f"{error.msg} at line {error.lineno}"
    except (ValueError, RecursionError, MemoryError) as error:
        # Nested beyond what the parser of this Python takes, or with a byte that no source may hold.
        return f"the parser gives up on it ({type(error).__name__})"
    is_package = path.endswith(f"{_INIT}.py")
    return SourceModule(path, _as_utf8(data), read_names(tree, name, is_package=is_package))


def _as_utf8(data: bytes) -> bytes:
    # Offsets of the syntax tree count bytes of UTF-8, whatever the file is written in (PEP 263).
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding, errors="replace").encode("utf-8")
