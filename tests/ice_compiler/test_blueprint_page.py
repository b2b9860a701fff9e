"""The pages about blueprints name every member, tell the grammar that is read, and show blueprints that compile."""

import re
from pathlib import Path

import pytest

from ice_compiler.node_form import NAME_MEMBER, USE_INSTEAD
from ice_compiler.normalise import ARGUMENTS
from ice_core import reference_syntax
from ice_core.models.blueprint import Blueprint, BlueprintNodeFields, RetryPolicy
from ice_core.unified_registry import Registry
from tests.ice_compiler.parts import compiled, registry_of

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "reference" / "blueprint.md").read_text(encoding="utf-8")
PAGES = ("reference/blueprint.md", "how-to/write-a-blueprint.md")
EXAMPLES = [
    (page, number, text)
    for page in PAGES
    for number, text in enumerate(
        re.findall(r"```yaml\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    )
]


def _section(heading: str) -> str:
    return REFERENCE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def _rows(heading: str) -> list[str]:
    return re.findall(r"^\| `([a-z_]+)`", _section(heading), re.MULTILINE)


def test_the_page_lists_the_members_of_the_root_in_their_order() -> None:
    """Those of the model, no more and no fewer."""
    assert list(Blueprint.model_fields) == _rows("Members of the root")


def test_the_page_lists_the_members_of_every_node() -> None:
    """Those of the model, and `type`."""
    assert {*BlueprintNodeFields.model_fields, "type"} == set(_rows("Members of every node"))
    assert all(f"`{name}`" in _section("Members of every node") for name in RetryPolicy.model_fields)


def test_the_page_says_what_each_type_calls() -> None:
    """Component and arguments, by type."""
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| `(\w+)` \|", _section("What a node calls"), re.MULTILINE)

    assert [(kind, NAME_MEMBER[kind], ARGUMENTS[kind]) for kind in NAME_MEMBER] == rows
    assert any(f"`{kind}`" in _section("What a node calls") for kind in USE_INSTEAD)


def test_the_page_tells_the_grammar_that_the_parser_is_written_from() -> None:
    """Each rule of the module's own grammar stands on the page, word for word."""
    rules = re.findall(r"^    (\w+) += (.*?)(?:  +\(.*)?$", reference_syntax.__doc__ or "", re.MULTILINE)
    page = re.findall(r"^(\w+) += (.*)$", REFERENCE, re.MULTILINE)

    assert 8 == len(rules)
    assert set(rules) == set(page)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """The components that the pages use."""
    return registry_of(Path(tmp_path_factory.mktemp("registry")))


@pytest.mark.parametrize(("page", "number", "text"), EXAMPLES)
def test_every_blueprint_of_the_pages_compiles(page: str, number: int, text: str, registry: Registry) -> None:
    """Without a warning."""
    assert () == compiled(text, registry, where=f"{page}#{number}.yaml").findings
