"""Which dotted names use which permission, read from `permission_table.toml` beside this module."""

import re
import tomllib
from importlib import resources
from typing import Final, Literal, get_args

Kind = Literal["network", "subprocess", "filesystem", "environment", "unknowable"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

# Exceptions and their modules touch nothing.
_HARMLESS_NAME: Final = re.compile(r".*(Error|Exception|Warning)|errors|exceptions|typing")


class PermissionTable:
    """The table, ready to be asked.

    Attributes:
        hosts: Callables whose first argument is a host.
        path_methods: Methods of `pathlib.Path` that reach into the file system.
        by_path: Callables that count where their first argument is a path.
        in_memory: Names of databases that lie in no file.
        writers: Names, and modules of them, that make, change or remove files whatever they are given.
        by_name: Callables whose first argument is the name of an environment variable.
    """

    __slots__ = ("_kinds", "_modules", "by_name", "by_path", "hosts", "in_memory", "path_methods", "writers")

    def __init__(self, tables: dict[str, dict[str, list[str]]]) -> None:
        self.hosts = frozenset(tables["network"]["hosts"])
        self.path_methods = frozenset(tables["filesystem"]["path_methods"])
        self.by_path = frozenset(tables["filesystem"]["by_path"])
        self.in_memory = frozenset(tables["filesystem"]["in_memory"])
        self.writers = frozenset(tables["filesystem"]["writers"])
        self.by_name = frozenset(tables["environment"]["by_name"])
        self._kinds: dict[str, Kind | None] = {name: kind for kind in KINDS for name in tables[kind]["names"]}
        methods = (f"pathlib.Path.{method}" for method in self.path_methods)
        self._kinds.update(dict.fromkeys([*self.by_path, *methods], "filesystem"))
        self._modules = {name for known in self._kinds for name in _above(known) if not _last(name)[:1].isupper()}
        self._kinds.update(dict.fromkeys(tables["harmless"]["names"]))

    def kind_of(self, dotted: str) -> Kind | None:
        """What the use of this name uses; `unknowable` of a whole module that also holds what uses something."""
        for name in (dotted, *reversed(_above(dotted))):
            if name in self._kinds:
                kind = self._kinds[name]
                return None if any(map(_HARMLESS_NAME.fullmatch, dotted.split("."))) else kind
        return "unknowable" if dotted in self._modules and dotted != "builtins" else None

    def writes(self, dotted: str) -> bool:
        """Whether the use of this name makes, changes or removes files."""
        return not self.writers.isdisjoint((dotted, *_above(dotted)))


def _above(dotted: str) -> list[str]:
    parts = dotted.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def _last(dotted: str) -> str:
    return dotted.rpartition(".")[2]


def _read_table() -> PermissionTable:
    text = resources.files("ice_checks").joinpath("source/permission_table.toml").read_text("utf-8")
    return PermissionTable(tomllib.loads(text))


PERMISSION_TABLE: Final = _read_table()
