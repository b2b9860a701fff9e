"""The manifest's TypedDicts are made from its schema, and a type checker holds a manifest against them."""

import json
import os
import subprocess
import sys
from pathlib import Path

from ice_core.strict_json import JsonObject, JsonValue
from tests.house.plugins_types import MODULE, render
from tests.ice_core.models.documents import MISSION_EXAMPLE, full_manifest


def test_the_module_is_made_from_the_schema() -> None:
    """`python3 dev.py fix` writes it anew."""
    assert render() == MODULE.read_text(encoding="utf-8")


def changed_entry(**members: JsonValue) -> JsonObject:
    """The mission's example with members of its first component changed."""
    value: JsonObject = json.loads(MISSION_EXAMPLE)
    components = value["components"]
    assert isinstance(components, list)
    assert isinstance(components[0], dict)
    components[0].update(members)
    return value


def test_mypy_takes_a_manifest_and_refuses_a_wrong_one(tmp_path: Path) -> None:
    """One run over the mission's example, one with every member, and three with a fault each."""
    mission: JsonObject = json.loads(MISSION_EXAMPLE)
    values = (
        mission,
        full_manifest(),
        {**mission, "schema_version": "plugins.v1"},
        {name: part for name, part in mission.items() if name != "created"},
        changed_entry(nmae="csv_reader"),
    )
    lines = [f"value_{index}: PluginsManifest = {value!r}\n" for index, value in enumerate(values)]
    head = "from ice_core.models.plugins_types import PluginsManifest\n"
    (tmp_path / "values.py").write_text("".join([head, *lines]))
    options = ["--strict", "--config-file=", f"--cache-dir={os.devnull}", "--no-pretty"]
    command = [sys.executable, "-P", "-m", "mypy", *options, "values.py"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout

    assert ["values.py:4", "values.py:5", "values.py:6"] == [
        line.partition(": error:")[0] for line in told.splitlines() if ": error:" in line
    ], told
