"""`ice plugins migrate`: older manifests become `plugins.v0`, and a refusal writes nothing."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.ice_cli.invoke import Ice

YAML_TEXT = """created: "2025-01-02T03:04:05Z"
author: someone
components:
  - type: tool
    name: CsvWriterTool
    import_path: my_pkg.csv.CsvWriter
    version: "1.0.0"
    schema: {input: {type: object}, output: {type: object}}
    cost_estimate: {base: "0.01"}
  - type: tool
    name: csv-reader
    import_path: my_pkg.csv:CsvReader
    version: "1.0.0"
    schema: {input: {type: object}, output: {type: object}}
"""


def entry(**members: Any) -> dict[str, Any]:
    """A component of plugins.v0, some members replaced."""
    schema = {"input": {"type": "object"}, "output": {"type": "object"}}
    whole = {"node_type": "tool", "name": "a", "import": "p:A", "version": "1.0.0", "schema": schema, **members}
    return {name: member for name, member in whole.items() if member is not None}


def manifest(*entries: Any, **members: Any) -> dict[str, Any]:
    """A manifest of plugins.v0."""
    return {
        "schema_version": "plugins.v0",
        "created": "2025-01-02T03:04:05Z",
        "components": list(entries),
        **members,
    }


def test_each_change_and_loss_is_said_and_the_input_stays(
    ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plugins.v0.yaml").write_text(YAML_TEXT)
    done = ice("plugins", "migrate", "plugins.v0.yaml", "--output", "plugins.json")

    assert (0, "") == (done.code, done.out)
    assert done.err == (
        "changed  schema_version: absent is now `plugins.v0`\n"
        "changed  components[0]: `import_path` is now `import`\n"
        "changed  components[0]: `type` is now `node_type`\n"
        "changed  components[0].name: `CsvWriterTool` is now `csv_writer`\n"
        "changed  components[0].import: `my_pkg.csv.CsvWriter` is now `my_pkg.csv:CsvWriter`\n"
        "changed  components[0].cost_estimate.base: `0.01` is now `0.01`\n"
        "changed  components[1]: `import_path` is now `import`\n"
        "changed  components[1]: `type` is now `node_type`\n"
        "changed  components[1].name: `csv-reader` is now `csv_reader`\n"
        "changed  components: sorted by `node_type` and `name`\n"
        "lost     author: plugins.v0 has no such member\n"
        "`plugins.v0.yaml`: 2 components, not signed here.\n"
    )
    assert YAML_TEXT == Path("plugins.v0.yaml").read_text()
    written = json.loads(Path("plugins.json").read_bytes())
    reader = entry(name="csv_reader", **{"import": "my_pkg.csv:CsvReader"})
    writer = entry(name="csv_writer", cost_estimate={"base": 0.01}, **{"import": "my_pkg.csv:CsvWriter"})
    assert manifest(reader, writer) == written
    assert 0 == ice("plugins", "migrate", "plugins.json", "--check").code


@pytest.mark.parametrize(
    ("slug", "value"),
    [
        ("migration-schema-missing", manifest(entry(schema=None))),
        ("migration-schema-missing", manifest(entry(schema={"input": {}}))),
        ("migration-ambiguous", [entry()]),
        ("migration-ambiguous", manifest("tool")),
        ("migration-ambiguous", manifest(entry(type="tool"))),
        ("migration-ambiguous", manifest(entry(name="???"))),
        ("migration-ambiguous", manifest(entry(**{"import": "p.Outer.Inner"}))),
        ("migration-ambiguous", manifest(entry(cost_estimate={"base": "$1"}))),
        ("migration-ambiguous", manifest(entry(name="A-b", node_type="workflow", blueprint={}))),
        ("import-target-invalid", manifest(entry(**{"import": "alone"}))),
        ("component-duplicate", manifest(entry(name="a-b"), entry(name="a_b"))),
        ("manifest-invalid", manifest(entry(), schema_version="plugins.v9")),
    ],
)
def test_what_is_not_one_manifest_is_refused_and_nothing_is_written(
    ice: Ice, tmp_path: Path, slug: str, value: object
) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps(value))
    refused = ice("plugins", "migrate", old, "--output", new)

    assert (1, slug) == (refused.code, refused.slug)
    assert [old] == list(tmp_path.iterdir())


def test_a_signature_over_other_bytes_is_lost_and_names_in_permissions_follow(ice: Ice, tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    asks = entry(permissions={"tools": ["tool:csv-reader"]}, deprecated={"since": "1.0.0", "replacement": "B-c"})
    old.write_text(json.dumps(manifest(asks, signature={"algo": "ed25519"})))
    told = ice("plugins", "migrate", old, "--json").json["files"][0]

    assert ["signature: it was made over other bytes"] == told["lost"]
    assert ["tool:csv_reader"] == told["manifest"]["components"][0]["permissions"]["tools"]
    assert "b_c" == told["manifest"]["components"][0]["deprecated"]["replacement"]


def test_check_writes_nothing_and_the_older_variable_is_replaced(
    ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    for file in (one, two):
        file.write_text(YAML_TEXT)
    monkeypatch.setenv("ICEOS_PLUGIN_MANIFESTS", f"{one}, {two}")
    checked = ice("plugins", "migrate", "--check")

    value = os.pathsep.join([str(tmp_path / "one.json"), str(tmp_path / "two.json")])
    assert (1, "") == (checked.code, checked.out)
    assert f"In place of ICEOS_PLUGIN_MANIFESTS: ICEOS_EXTRA_PLUGINS={value}" == checked.err.splitlines()[-1]
    assert "usage" == ice("plugins", "migrate").slug
    assert [one, two] == sorted(tmp_path.iterdir())
    assert "ICEOS_PLUGIN_MANIFESTS is set, which older versions read" in ice("doctor").out + ice("doctor").err


def test_no_file_and_an_output_over_the_input_are_usage_errors(
    ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ICEOS_PLUGIN_MANIFESTS", raising=False)
    old = tmp_path / "old.json"
    old.write_text(json.dumps(manifest(entry())))
    before = old.read_bytes()

    assert (2, "usage") == ((none := ice("plugins", "migrate")).code, none.slug)
    assert (2, "usage") == ((over := ice("plugins", "migrate", old, "--output", old)).code, over.slug)
    assert before == old.read_bytes()
