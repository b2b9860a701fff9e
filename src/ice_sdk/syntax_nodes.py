"""The nodes of a syntax tree, as a list: several times as fast as `ast.walk`, which asks each node for each field."""

import ast
from typing import Final

# What holds no expression or statement: how a name is used, and which operator stands there.
_PASSED_OVER: Final = frozenset(("ctx", "op", "ops"))
_FIELDS: Final[dict[type[ast.AST], tuple[str, ...]]] = {}


def inner_nodes(node: ast.AST) -> list[ast.AST]:
    """The nodes directly inside a node, but contexts and operators."""
    kind = type(node)
    fields = _FIELDS.get(kind)
    if fields is None:
        fields = _FIELDS[kind] = tuple(name for name in kind._fields if name not in _PASSED_OVER)
    found: list[ast.AST] = []
    for name in fields:
        value: object = getattr(node, name, None)
        if isinstance(value, ast.AST):
            found.append(value)
        elif type(value) is list:
            found += [item for item in value if isinstance(item, ast.AST)]
    return found


def all_nodes(node: ast.AST) -> list[ast.AST]:
    """A node and all nodes inside it, but contexts and operators; each before those inside it."""
    found = [node]
    for each in found:
        # The list grows while it is read, which is what makes it complete.
        found += inner_nodes(each)
    return found
