"""docs/reference/plugins-v0.md tells every member of the manifest, no other, and shows a manifest that parses."""

import re

import pytest

from ice_checks.all_checks import run_checks
from ice_checks.check import Subject
from ice_core.models.plugins import (
    ComponentEntry,
    ComponentExample,
    CostEstimate,
    DeprecatedInfo,
    PackageInfo,
    Permissions,
    PluginsManifest,
    SchemaPair,
    SignatureInfo,
    parse_manifest,
)
from ice_core.models.wire import WireModel
from ice_core.strict_json import parse_json
from tests.house.tree import ROOT

PAGE = (ROOT / "docs" / "reference" / "plugins-v0.md").read_text("utf-8")
PARTS: dict[str, type[WireModel]] = {
    "## The root": PluginsManifest,
    "## `package`": PackageInfo,
    "## `components`": ComponentEntry,
    "### `schema`": SchemaPair,
    "### `cost_estimate`": CostEstimate,
    "### `examples`": ComponentExample,
    "### `permissions`": Permissions,
    "### `deprecated`": DeprecatedInfo,
    "## `signature`": SignatureInfo,
}


def _part(heading: str) -> str:
    return re.split(r"^#{2,3} ", PAGE.split(f"\n{heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize(("heading", "model"), PARTS.items(), ids=PARTS)
def test_a_part_of_the_page_tells_the_members_of_its_model(heading: str, model: type[WireModel]) -> None:
    """In the order of the model, each once, and optional exactly when the model has a default."""
    rows = re.findall(r"^\| `([^`]+)` \| (.*?) \| ", _part(heading), flags=re.MULTILINE)

    assert [(field.alias or name, field.is_required()) for name, field in model.model_fields.items()] == [
        (name, "optional" not in form) for name, form in rows
    ]


def test_every_part_of_the_page_is_held_to_a_model() -> None:
    """A heading that no test knows would be free to lie."""
    headings = re.findall(r"^(#{2,3} .+)$", PAGE, flags=re.MULTILINE)

    assert list(PARTS) == headings


def test_the_manifest_that_the_page_shows_parses_and_passes_every_check() -> None:
    """Who copies it starts from something that can be published."""
    shown = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    value = parse_json(shown[0].encode(), where="plugins-v0.md")

    found = run_checks(
        Subject(manifest=parse_manifest(value, where="plugins-v0.md"), value=value, where="plugins-v0.md")
    )

    assert 1 == len(shown)
    assert () == found
