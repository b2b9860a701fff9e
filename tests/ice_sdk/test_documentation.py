"""What the documentation of authoring says is so: its component is exported as it stands, its tables are complete."""

import re
from pathlib import Path

from ice_sdk import Context
from ice_sdk.blueprint import NodeSettings
from ice_sdk.export import export_manifest
from ice_sdk.registry_names import registry_name
from ice_sdk.settings import SETTING_NAMES
from tests.ice_sdk.conftest import WriteProject
from tests.ice_sdk.json_paths import array_at, at

DOCS = Path(__file__).parents[2] / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def section(text: str, heading: str) -> str:
    return text.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def first_cells(text: str) -> list[str]:
    rows = re.findall(r"^\| (.*?) \|", text, re.MULTILINE)
    return [cell.strip("`") for cell in rows if cell != "keyword"]


def test_the_components_of_the_guide_are_exported_as_they_stand(write_project: WriteProject) -> None:
    code = blocks(page("how-to/write-a-component.md"), "python")[0]
    settings = blocks(page("how-to/export-a-manifest.md"), "toml")[0]
    root = write_project({"pyproject.toml": settings, "src/acme_csv/__init__.py": "", "src/acme_csv/tables.py": code})
    value = export_manifest(root, environ={"SOURCE_DATE_EPOCH": "0"}).value

    assert ["row_counter", "csv_reader", "row_report"] == [at(value, "components", i, "name") for i in range(3)]
    assert ["tool:csv_reader"] == at(value, "components", 0, "permissions", "tools")
    assert {"$ref": "#/schemas/Table"} == at(value, "components", 1, "schema", "output")
    assert "{{ count }}" == at(value, "components", 2, "blueprint", "outputs", "rows")


# What the guide's further examples take as imported.
IMPORTED = """
import csv, os
from collections.abc import Iterator
from pathlib import Path
from pydantic import BaseModel, JsonValue
from ice_sdk import tool, tool_factory
"""


def test_the_further_components_of_the_guide_are_exported_as_well(write_project: WriteProject) -> None:
    examples = blocks(page("how-to/write-a-component.md"), "python")[1:]
    modules = {f"src/acme_csv/example_{number}.py": IMPORTED + code for number, code in enumerate(examples)}
    value = export_manifest(
        write_project({"src/acme_csv/__init__.py": "", **modules}), environ={"SOURCE_DATE_EPOCH": "0"}
    ).value
    names = [at(item, "name") for item in array_at(value, "components")]

    assert ["column", "csv_tool", "rows", "semicolons", "splitter", "word_count"] == names
    assert "Its header." == at(value, "schemas", "ColumnInput", "properties", "name", "description")


def test_the_table_of_names_says_what_names_become() -> None:
    rows = re.findall(r"^\| (.*?) \| (.*?) \|", section(page("reference/authoring.md"), "Forms"), re.MULTILINE)
    named = [(re.findall("`([^`]+)`", left), re.findall("`([a-z0-9_]+)`", right)) for left, right in rows]
    pairs = [(word, right[min(index, len(right) - 1)]) for left, right in named[-7:] for index, word in enumerate(left)]

    assert 12 <= len(pairs)
    assert [registry_name(word, "tool", makes=word.startswith("create_")) for word, _ in pairs] == [
        name for _, name in pairs
    ]


def test_the_table_of_keywords_has_every_keyword_of_a_decorator() -> None:
    table = section(page("reference/authoring.md"), "Decorators")

    assert list(SETTING_NAMES) == sorted(first_cells(table))


def test_the_table_of_the_context_has_every_member() -> None:
    table = section(page("reference/authoring.md"), "Context")
    members = [name for name in vars(Context) if not name.startswith("_")]

    assert [] == [name for name in members if f"`{name}`" not in table and f"context.{name}(" not in table]


def test_the_table_of_the_blueprint_has_every_keyword_of_a_node() -> None:
    table = section(page("reference/authoring.md"), "Blueprint")

    assert [] == [name for name in NodeSettings.__annotations__ if f"`{name}`" not in table]


def test_each_slug_of_the_reference_is_one_of_the_table_of_errors() -> None:
    errors = page("reference/errors.md")
    named = re.findall(r"\(`([a-z]+(?:-[a-z]+)+)`\)", page("reference/authoring.md"))

    assert {"import-target-unreachable", "declaration-invalid", "component-name-invalid", "version-invalid"} <= {*named}
    assert [] == [slug for slug in named if f"### {slug}\n" not in errors]
