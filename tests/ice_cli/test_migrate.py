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
        ("import-target-invalid", manifest(entry(**{"import": "a b.c"}))),
        ("migration-ambiguous", manifest(entry(cost_estimate="$1"))),
        ("manifest-invalid", manifest(entry(cost_estimate=True))),
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


def test_places_are_those_of_the_file_and_not_of_the_sorted_list(ice: Ice, tmp_path: Path) -> None:
    """The second of the file would be the first of the manifest."""
    old = tmp_path / "old.json"
    old.write_text(json.dumps(manifest(entry(name="b"), entry(name="a", version="one"))))
    refused = ice("plugins", "migrate", old, "--json")

    told = refused.json["error"]
    assert ("manifest-invalid", "components[1].version") == (told["slug"], told["where"]["path"])


def test_the_faults_of_all_components_and_of_all_files_are_told_at_once(ice: Ice, tmp_path: Path) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    one.write_text(json.dumps(manifest(entry(**{"import": "alone"}), entry(name="???"), entry(schema=None))))
    two.write_text(json.dumps(manifest(entry(), schema_version="plugins.v9")))
    refused = ice("plugins", "migrate", "--check", "--json", one, two)

    faults = refused.json["error"]["findings"]
    told = [(Path(each["where"]["file"]).name, each["where"]["path"]) for each in faults]
    paths = ["components[0].import", "components[1].name", "components[2].schema"]
    assert [*(("one.json", path) for path in paths), ("two.json", "schema_version")] == told
    assert all(each["hints"] for each in faults[:3])


def test_a_manifest_without_a_time_is_refused_with_what_to_write(ice: Ice, tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text(json.dumps({name: part for name, part in manifest(entry()).items() if name != "created"}))
    refused = ice("plugins", "migrate", old)

    assert (1, "manifest-invalid") == (refused.code, refused.slug)
    assert 'hint: Add `created` to the file, as in `"created": "2025-01-02T03:04:05Z"`\n' in refused.err


@pytest.mark.parametrize("cost", [0.01, "0.01"])
def test_a_cost_that_is_one_number_is_that_of_a_call(ice: Ice, tmp_path: Path, cost: object) -> None:
    old = tmp_path / "old.json"
    old.write_text(json.dumps(manifest(entry(cost_estimate=cost))))
    told = ice("plugins", "migrate", old, "--json").json["files"][0]

    assert {"base": 0.01, "per_token": 0} == told["manifest"]["components"][0]["cost_estimate"]
    assert ['components[0].cost_estimate: `0.01` is now `{"base": 0.01, "per_token": 0}`'] == told["changed"]


def test_a_file_that_needs_no_change_is_named_as_it_is(
    ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, old = tmp_path / "right.json", tmp_path / "old.json"
    right.write_text(json.dumps(manifest(entry())))
    old.write_text(json.dumps(manifest(entry(), author="someone")))
    monkeypatch.setenv("ICEOS_PLUGIN_MANIFESTS", f"{right},{old}")
    checked = ice("plugins", "migrate", "--check", "--json")

    assert os.pathsep.join([str(right), str(tmp_path / "old.migrated.json")]) == checked.json["ICEOS_EXTRA_PLUGINS"]


def test_yaml_that_no_file_may_use_is_not_said_to_be_a_blueprint(ice: Ice, tmp_path: Path) -> None:
    old = tmp_path / "old.yaml"
    old.write_text("components: &all []\n")
    refused = ice("plugins", "migrate", old)

    assert "yaml-construct" == refused.slug
    assert "blueprint" not in refused.err


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
