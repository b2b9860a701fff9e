"""The error table, both ways: what is raised is in it, and what is in it is raised, tested and documented."""

import ast
import re
from collections.abc import Iterator
from itertools import chain

import pytest

from ice_core.error_codes import ERROR_CODES
from tests.house.errors_page import PAGE, render
from tests.house.rules import called_name
from tests.house.tree import Module, modules_of_source, modules_of_tests

SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
# What makes an error or a finding: the two classes, and functions named for doing so.
MAKERS = re.compile(r"(^|\w)(IceError|Finding|finding|refuse|refusal)$")


def literals(node: ast.AST) -> Iterator[str]:
    """Every string that stands in the code under `node`, docstrings included."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def raised_slugs(module: Module) -> set[str]:
    """The slugs that the module hands to what makes an error: the first argument, or `slug=`."""
    found: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and MAKERS.search(called_name(node)):
            named = [keyword.value for keyword in node.keywords if keyword.arg == "slug"]
            for argument in [*node.args[:1], *named]:
                found |= {text for text in literals(argument) if SLUG.fullmatch(text)}
    return found


def source_literals() -> set[str]:
    """Every string of the source."""
    return set(chain.from_iterable(literals(module.tree) for module in modules_of_source()))


def test_every_slug_that_is_raised_is_in_the_table() -> None:
    raised = set().union(*map(raised_slugs, modules_of_source()))

    assert set() == raised - set(ERROR_CODES)


def test_every_slug_of_the_table_is_raised_by_the_source() -> None:
    assert set() == set(ERROR_CODES) - source_literals()


def test_every_slug_of_the_table_is_expected_by_a_test() -> None:
    own = "tests/house/"
    trees = [module.tree for module in modules_of_tests() if not module.path.startswith(own)]

    assert set() == set(ERROR_CODES) - set(chain.from_iterable(map(literals, trees)))


def test_every_slug_is_kebab_case() -> None:
    assert [] == [slug for slug in ERROR_CODES if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug)]


def test_the_page_of_errors_is_made_from_the_table() -> None:
    """`python3 dev.py fix` writes it anew."""
    assert render(ERROR_CODES) == PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('raise IceError("key-unknown", "m", hints=())', {"key-unknown"}),
        ('errors.IceError(slug="key-unknown", message="m", hints=())', {"key-unknown"}),
        ('Finding("a-b" if x else "c-d", "m", hints=())', {"a-b", "c-d"}),
        ('self._refuse("a-b", where)', {"a-b"}),
        ('show("not-a-slug-here")', set()),
    ],
)
def test_a_planted_slug_is_seen(text: str, expected: set[str]) -> None:
    assert expected == raised_slugs(Module(path="src/ice_core/planted.py", text=text))
