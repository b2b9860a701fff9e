"""What a module binds, refers to and imports, by unit, and what of it runs at the import."""

import ast

import pytest

from ice_checks.source.names import ModuleNames
from ice_checks.source.reader import read_names


def names_of(source: str, *, module: str = "acme.csv", is_package: bool = False) -> ModuleNames:
    return read_names(ast.parse(source), module, is_package=is_package)


def referred(source: str) -> list[tuple[str, str, bool]]:
    """Each reference as (its dotted text, its unit, whether it runs at the import)."""
    return [
        (".".join((ast.unparse(each.root), *each.names)), each.unit, each.at_import)
        for each in names_of(source).references
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a.b.c(d)", [("a.b.c", "", True), ("d", "", True)]),
        ("def f(x=a):\n    b(x)", [("a", "f", True), ("b", "f", False), ("x", "f", False)]),
        ("@a(b)\ndef f(): ...", [("a", "f", True), ("b", "f", True)]),
        ("@a.b\nclass C(d, metaclass=e): ...", [("a.b", "C", True), ("d", "C", True), ("e", "C", True)]),
        ("class C:\n    x = a\n    def f(self):\n        b()", [("a", "C", True), ("b", "C", False)]),
        ("x = a", [("a", "x", True)]),
        ("x: a = b", [("b", "x", True)]),
        ("x['k'].y = a", [("x", "x", True), ("a", "x", True)]),
        ("x = y = a", [("a", "", True)]),
        ("x = lambda: a", [("a", "x", False)]),
        ("def f(x: a) -> b: ...", []),
        ("getattr(a, 'b')", [("a.b", "", True)]),
        ("getattr(a, b)", [("getattr", "", True), ("a", "", True), ("b", "", True)]),
        ("getattr(a, 'b', c)", [("a.b", "", True), ("c", "", True)]),
        ("isinstance(a, b)", [("isinstance", "", True), ("a", "", True)]),
        ("try: pass\nexcept a: b", [("b", "", True)]),
        ("if a: b", [("b", "", True)]),
        ("if not a: b", [("b", "", True)]),
        ("a is None", []),
        ("a in b.c", [("b.c", "", True)]),
        ("[a for b in c if d()]", [("a", "", True), ("c", "", True), ("d", "", True)]),
        ("match a:\n    case b.C(d=e): f", [("a", "", True), ("f", "", True)]),
        ("if __name__ == '__main__': a()", []),
        ("if TYPE_CHECKING: a()\nelse: b()", [("b", "", True)]),
        ("if typing.TYPE_CHECKING: a()", []),
        ("a().b(c).d", [("a().b(c).d", "", True), ("a().b", "", True), ("c", "", True), ("a", "", True)]),
    ],
)
def test_references_are_seen_with_their_unit(source: str, expected: list[tuple[str, str, bool]]) -> None:
    """In any order; what is no use is left out."""
    assert sorted(expected) == sorted(referred(source))


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a.b", ("a.b",)),
        ("import a.b as c, d", ("a.b", "d")),
        ("from a import b, c as d", ("a", "a.b", "a.c")),
        ("from . import b", ("acme", "acme.b")),
        ("from .a import b", ("acme.a", "acme.a.b")),
        ("from .. import b", ("", ".b")),
        ("from ... import b", ("", ".b")),
    ],
)
def test_imports_are_absolute(source: str, names: tuple[str, ...]) -> None:
    """Beyond the top there is nothing, and nothing is refused."""
    assert [names] == [each.names for each in names_of(source).imports]


def test_a_package_is_the_package_of_its_own_relative_imports() -> None:
    (found,) = names_of("from .a import b", module="acme", is_package=True).imports

    assert ("acme.a", "acme.a.b") == found.names


def test_what_is_imported_for_types_is_bound_and_loads_nothing() -> None:
    found = names_of("if TYPE_CHECKING:\n    from a import b\n    import c\n")

    assert ((), ["a.b"]) == (found.imports, [each.imported for each in found.scope.bindings["b"]])


def test_a_global_name_is_bound_in_the_module_and_a_nonlocal_one_around() -> None:
    found = names_of("def f():\n    x = 1\n    def g():\n        nonlocal x\n        global y\n        x = y = 2\n")

    assert ["f", "y"] == sorted(found.scope.bindings)
