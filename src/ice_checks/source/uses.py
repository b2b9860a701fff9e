"""Where the code of a component uses the network, starts processes, reaches into the file system or the environment.

Only what stands in the sources of the distribution is seen: not what third-party code or C extensions do, nor what an
attribute of an unknown object does. What a table names, an import makes visible and this module can read, it finds.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ice_checks.source.hosts import Host, host_in
from ice_checks.source.names import Reference, attribute_of
from ice_checks.source.permissions import PERMISSION_TABLE, Kind
from ice_checks.source.reach import Reach
from ice_checks.source.resolve import Resolver
from ice_checks.source.tree import SourceModule, SourceTree
from ice_core.errors import Location
from ice_core.names import ImportTarget

MAX_SHOWN: Final = 80
_ENVIRONMENTS: Final = ("os.environ", "os.environb")


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """One place that uses a permission.

    Attributes:
        kind: Which one.
        where: The place.
        text: The expression as its author wrote it.
        variable: The environment variable that it names, if one can be read off.
        host: The host that it names, if one can be read off.
        writes: Whether it makes, changes or removes files whatever it is given.
    """

    kind: Kind
    where: Location
    text: str
    variable: str | None = None
    host: Host | None = None
    writes: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ComponentUses:
    """What one component uses, in the order of the places, and the files on its way that could not be read."""

    uses: tuple[Use, ...]
    unreadable: tuple[str, ...]


class SourceUses:
    """The uses of the components of one tree."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self._resolver = Resolver(tree)
        self._reach = Reach(tree, self._resolver)
        self._found: dict[str, ComponentUses] = {}
        self._of_reference: dict[int, tuple[Use, ...]] = {}

    def of(self, target: ImportTarget) -> ComponentUses:
        """What the component of this import target uses."""
        if str(target) not in self._found:
            reached = self._reach.of(target)
            uses = [use for module, reference in reached.references for use in self._uses(module, reference)]
            self._found[str(target)] = ComponentUses(
                uses=tuple(sorted(uses, key=lambda use: use.where.sort_key())), unreadable=reached.unreadable
            )
        return self._found[str(target)]

    def _uses(self, module: SourceModule, reference: Reference) -> tuple[Use, ...]:
        known = self._of_reference.get(id(reference))
        if known is None:
            known = tuple(self._look(module, reference))
            self._of_reference[id(reference)] = known
        return known

    def _look(self, module: SourceModule, reference: Reference) -> Iterator[Use]:
        dotted = self._resolver.dotted(module, reference)
        kinds = {PERMISSION_TABLE.kind_of(name): name for name in dotted}
        if self._is_path_method(module, reference):
            kinds["filesystem"] = f"pathlib.Path.{reference.names[-1]}"
        for listed, name in kinds.items():
            if listed is None:
                continue
            host = self._host(module, reference, name)
            # What reads a file by its path reads an address as well.
            kind = "network" if name in PERMISSION_TABLE.by_path and host is not None else listed
            if kind == "filesystem" and self._is_no_file(module, reference, name):
                continue
            yield Use(
                kind=kind,
                where=self._tree.place(module, reference.node),
                text=_shortened(module.text_at(reference.around or reference.node)),
                variable=self._variable(module, reference, name) if kind == "environment" else None,
                host=host if kind == "network" else None,
                writes=kind == "filesystem" and PERMISSION_TABLE.writes(name),
            )

    def _is_path_method(self, module: SourceModule, reference: Reference) -> bool:
        if not reference.names or reference.names[-1] not in PERMISSION_TABLE.path_methods:
            return False
        inner = attribute_of(reference.node)
        return inner is not None and self._resolver.is_path(module, reference.scope, inner[0])

    def _is_no_file(self, module: SourceModule, reference: Reference, name: str) -> bool:
        call, first = reference.call, reference.key
        text = self._resolver.text(module, reference.scope, first)
        if name in ("sqlite3.connect", "duckdb.connect") and text in PERMISSION_TABLE.in_memory:
            return True
        if name in PERMISSION_TABLE.by_path:
            is_path = first is not None and self._resolver.is_path(module, reference.scope, first)
            return call is None or (text is None and not is_path)
        return call is not None and any(keyword.arg == "fileobj" for keyword in call.keywords)

    def _variable(self, module: SourceModule, reference: Reference, name: str) -> str | None:
        if name in PERMISSION_TABLE.by_name or name in _ENVIRONMENTS:
            return self._resolver.text(module, reference.scope, reference.key)
        return None

    def _host(self, module: SourceModule, reference: Reference, name: str) -> Host | None:
        call = reference.call
        if call is None:
            return None
        if name in PERMISSION_TABLE.hosts and call.args:
            first = call.args[0]
            pair = first.elts[0] if isinstance(first, ast.Tuple) and first.elts else first
            text = self._resolver.text(module, reference.scope, pair)
            return Host(name=text.lower()) if text else None
        for argument in _arguments(call):
            text, is_whole = self._opening(module, reference, argument)
            host = host_in(text, is_whole=is_whole)
            if host is not None:
                return host
        return None

    def _opening(self, module: SourceModule, reference: Reference, node: ast.expr) -> tuple[str, bool]:
        """The text that an expression begins with, as far as it can be read off, and whether that is all of it."""
        is_whole = True
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            node, is_whole = node.left, False
        if not isinstance(node, ast.JoinedStr):
            return self._resolver.text(module, reference.scope, node) or "", is_whole
        text = ""
        for part in node.values:
            value = part.value if isinstance(part, ast.FormattedValue) else part
            piece = self._resolver.text(module, reference.scope, value)
            if piece is None:
                return text, False
            text += piece
        return text, is_whole


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
