"""The JSON Schemas of the formats come from the clone, or from inside the installed distribution."""

import tomllib
from pathlib import Path

import pytest

from ice_core.published_schemas import SCHEMAS, published_schema, schema_file_name
from tests.house.tree import ROOT


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_that_of_spec(name: str) -> None:
    assert (ROOT / "spec" / schema_file_name(name)).read_bytes() == published_schema(name)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_wheel_holds_each_schema_where_it_is_looked_for(name: str) -> None:
    targets = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    file = schema_file_name(name)

    assert f"ice_core/schemas/{file}" == targets["wheel"]["force-include"][f"spec/{file}"]


def test_an_installation_reads_its_own_copy(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "plan.v0.schema.json").write_text("{}")

    assert b"{}" == published_schema("plan", here=tmp_path)


def test_every_schema_of_spec_is_published() -> None:
    assert {path.name for path in (ROOT / "spec").glob("*.json")} == set(map(schema_file_name, SCHEMAS))
