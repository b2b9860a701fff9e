"""`ice schema`: the published JSON Schemas, byte for byte."""

import pytest

from ice_cli.main import run
from ice_core.published_schemas import SCHEMAS
from tests.house.tree import ROOT
from tests.ice_cli.invoke import Ice


def test_without_a_name_the_formats_are_listed(ice: Ice) -> None:
    """Whole output; the second column is what a copy is called."""
    listed = ice("schema")

    assert (0, "") == (listed.code, listed.err)
    assert listed.out == (
        "plugins.v0    plugins.v0.schema.json\n"
        "blueprint     blueprint.1.2.0.schema.json\n"
        "plan          plan.v0.schema.json\n"
        "key-file      key-file.schema.json\n"
        "key-rotation  key-rotation.v0.schema.json\n"
    )


def test_json_lists_the_formats_for_programs(ice: Ice) -> None:
    assert {"name": "plan", "file": "plan.v0.schema.json"} == ice("schema", "--json").json[2]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_can_be_redirected_into_a_file(capfdbinary: pytest.CaptureFixture[bytes], name: str) -> None:
    assert 0 == run(["schema", name])
    assert (ROOT / "spec" / f"{SCHEMAS[name]}.schema.json").read_bytes() == capfdbinary.readouterr().out


def test_a_format_that_is_none_is_told_with_those_that_are(ice: Ice) -> None:
    refused = ice("schema", "lock")

    assert (2, "", "usage") == (refused.code, refused.out, refused.slug)
    assert "'plugins.v0', 'blueprint', 'plan', 'key-file'" in refused.err
