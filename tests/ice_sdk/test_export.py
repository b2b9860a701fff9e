"""Export: the same bytes each time and everywhere, `created` by its rule, and the check against a committed file."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ice_core.canonical import manifest_digest
from ice_core.errors import IceError
from ice_core.models.plugins import parse_manifest
from ice_core.names import SemVer
from ice_core.strict_json import JsonObject, parse_json
from ice_sdk.autodiscover import Discovery, discover
from ice_sdk.drift import check_manifest
from ice_sdk.export import export_manifest, manifest_of, with_iceos_min
from tests.ice_sdk.conftest import PROJECT, WriteProject, write_files
from tests.ice_sdk.json_paths import at, object_at

NOW = datetime(2026, 11, 24, 6, 0, 0, 999, UTC)
LATER = datetime(2027, 1, 1, tzinfo=UTC)
STAMP = "2026-11-24T06:00:00Z"

SOURCE = '''"""Reads tables."""

from typing import Annotated, Literal

from ice_sdk import Blueprint, agent, tool, workflow
from pydantic import BaseModel, Field


class Table(BaseModel):
    rows: list[list[str]]
    kinds: set[Literal["text", "number"]] = {"text", "number"}


@tool(cost_estimate=0.0001, tags=["csv", "io"])
def csv_reader(path: Annotated[str, Field(description="Where")], limit: int = 5) -> Table:
    """Reads a CSV file."""
    return Table(rows=[])


@agent(permissions={"tools": ["tool:csv_reader"]})
class QaAgent:
    """Answers questions."""

    async def execute(self, table: Table) -> str:
        return ""


@workflow
def daily() -> Blueprint:
    """Reports each day."""
    flow = Blueprint.start("acme.daily", inputs={"path": str})
    table = flow.tool("csv_reader", id="read", args={"path": flow.inputs.path})
    return flow.output(rows=table.out.rows)
'''


FILES = {"src/acme/__init__.py": "", "src/acme/csv.py": SOURCE}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Discovery:
    """One discovery for the tests of what is made from it."""
    root = tmp_path_factory.mktemp("found")
    write_files(root, FILES)
    return discover(root)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "plugins.json"


def exported(found: Discovery, output: Path | None = None, **environ: str) -> JsonObject:
    return manifest_of(found, output=output, environ=environ, now=NOW).value


def at_root(found: Discovery, root: Path) -> Discovery:
    """The same discovery, as if the project lay elsewhere."""
    return replace(found, project=replace(found.project, root=root, manifest=root / "plugins.json"))


def git(root: Path, *words: str) -> None:
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *who, *words], cwd=root, env=environ, check=True, capture_output=True)


def test_a_manifest_says_everything_that_the_code_declares(found: Discovery) -> None:
    value = exported(found)
    names = [f"{at(entry, 'node_type')}:{at(entry, 'name')}" for entry in components(value)]

    assert ["schema_version", "created", "package", "license", "schemas", "components"] == list(value)
    assert {"name": "acme-csv", "version": "1.2.0"} == value["package"]
    assert ("plugins.v0", STAMP, "Apache-2.0") == (value["schema_version"], value["created"], value["license"])
    assert ["agent:qa", "tool:csv_reader", "workflow:daily"] == names
    assert ["CsvReaderInput", "DailyInput", "Table"] == list(object_at(value, "schemas"))
    assert "{{ inputs.path }}" == at(components(value)[2], "blueprint", "nodes", 0, "tool_args", "path")


def test_the_schema_that_pyproject_names_stands_first_and_changes_nothing_else(found: Discovery) -> None:
    """Where editors look for it; a manifest that names another place still describes the code."""
    place = "./schemas/plugins.v0.schema.json"
    named = manifest_of(replace(found, project=replace(found.project, manifest_schema=place)), environ={}, now=NOW)

    assert ["$schema", "schema_version", "created"] == list(named.value)[:3]
    assert {"$schema": place, **exported(found)} == named.value


def components(value: JsonObject) -> list[JsonObject]:
    listed = value["components"]
    assert isinstance(listed, list)
    return [object_at(entry) for entry in listed]


def test_the_bytes_are_those_of_the_value_with_a_final_newline(found: Discovery) -> None:
    done = manifest_of(found, environ={}, now=NOW)

    assert done.value == parse_json(done.data, where="plugins.json")
    assert done.data.startswith(b'{\n  "schema_version": "plugins.v0",\n')
    assert done.data.endswith(b"}\n")


EXPORTING = (
    "import sys; from datetime import datetime, UTC; from pathlib import Path;"
    "from ice_sdk.export import export_manifest;"
    "sys.stdout.buffer.write(export_manifest(Path(sys.argv[1]), now=datetime(2026, 11, 24, tzinfo=UTC)).data)"
)


def export_elsewhere(root: Path, **environ: str) -> bytes:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    return subprocess.run(
        [sys.executable, "-c", EXPORTING, str(root)], env={**kept, **environ}, capture_output=True, check=True
    ).stdout


def test_two_people_on_two_machines_export_the_same_bytes(write_project: WriteProject, tmp_path: Path) -> None:
    root = write_project(FILES)
    other = tmp_path / "another" / "folder with spaces"
    shutil.copytree(root, other)
    first = export_elsewhere(root, HOME="/home/ada", USER="ada", LC_ALL="C", PYTHONHASHSEED="1", TZ="Asia/Tokyo")
    second = export_elsewhere(other, HOME="/home/bob", USER="bob", LC_ALL="C.UTF-8", PYTHONHASHSEED="2", TZ="UTC")

    assert first == second
    assert 1 <= len(first)


def test_a_thousand_components_are_exported_the_same_in_time(write_project: WriteProject, tmp_path: Path) -> None:
    functions = "\n".join(
        f"@tool(tags=['t{number}'])\ndef tool_{number}(path: str, limit: int = {number}) -> list[str]:\n"
        f'    """Tool number {number}."""\n    return [path] * limit\n'
        for number in range(1000)
    )
    root = write_project({"src/acme/many.py": f"from ice_sdk import tool\n{functions}"})
    other = tmp_path / "other"
    shutil.copytree(root, other)
    first, second = (export_manifest(folder, environ={}, now=NOW).data for folder in (root, other))

    assert first == second
    assert 1000 == len(components(parse_json(first, where="plugins.json")))


def test_created_is_the_current_second_for_a_first_export(found: Discovery) -> None:
    assert STAMP == exported(found)["created"]


@pytest.mark.parametrize(("epoch", "expected"), [("0", "1970-01-01T00:00:00Z"), ("1700000000", "2023-11-14T22:13:20Z")])
def test_created_is_the_source_date_where_one_is_set(found: Discovery, output: Path, epoch: str, expected: str) -> None:
    output.write_bytes(manifest_of(found, environ={}, now=LATER).data)

    assert expected == exported(found, output, SOURCE_DATE_EPOCH=epoch)["created"]


@pytest.mark.parametrize("epoch", ["now", "-1", "1.5", "１", "9" * 13, "253402300800"])
def test_a_source_date_that_is_none_is_refused_before_anything_is_imported(tmp_path: Path, epoch: str) -> None:
    with pytest.raises(IceError) as refused:
        export_manifest(tmp_path / "not a project", environ={"SOURCE_DATE_EPOCH": epoch}, now=NOW)

    assert ("source-date-invalid", epoch) == (refused.value.slug, refused.value.finding.found)


def test_an_export_over_an_unchanged_file_gives_the_same_bytes(found: Discovery, output: Path) -> None:
    first = manifest_of(found, output=output, environ={}, now=NOW)
    output.write_bytes(first.data)
    second = manifest_of(found, output=output, environ={}, now=LATER)

    assert first.data == second.data


def test_an_export_over_a_changed_file_has_the_current_second(found: Discovery, output: Path) -> None:
    output.write_bytes(manifest_of(found, environ={}, now=LATER).data.replace(b"Reads a CSV", b"Read a CSV"))

    assert STAMP == exported(found, output)["created"]


def test_an_export_over_a_file_that_cannot_be_read_is_a_first_export(found: Discovery, output: Path) -> None:
    output.write_bytes(b"half a mani")

    assert STAMP == exported(found, output)["created"]


def test_a_signature_stays_on_what_it_signs_and_leaves_what_changed(found: Discovery, output: Path) -> None:
    signed = exported(found)
    signed["signature"] = {"algo": "ed25519", "value": "c2lnbmF0dXJl", "public_key_id": "acme-2026"}
    output.write_bytes(json.dumps(signed).encode())
    again = exported(found, output)
    stamped = exported(found, output, SOURCE_DATE_EPOCH="0")

    assert signed == again
    assert manifest_digest(signed) == manifest_digest(again)
    assert "signature" not in stamped


def test_standard_output_takes_created_from_the_committed_file(found: Discovery, tmp_path: Path) -> None:
    root = tmp_path
    git(root, "init", "-q")
    (root / "plugins.json").write_bytes(manifest_of(found, environ={}, now=LATER).data)
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    (root / "plugins.json").write_bytes(b"")

    assert "2027-01-01T00:00:00Z" == exported(at_root(found, root))["created"]


def test_a_project_below_the_repositorys_root_has_its_own_committed_file(found: Discovery, tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    git(root.parent, "init", "-q")
    (root / "plugins.json").write_bytes(manifest_of(found, environ={}, now=LATER).data)
    git(root.parent, "add", "project")
    git(root.parent, "commit", "-qm", "one")

    assert "2027-01-01T00:00:00Z" == exported(at_root(found, root))["created"]


def test_every_export_is_a_manifest_that_the_model_accepts(found: Discovery) -> None:
    model = parse_manifest(exported(found), where="plugins.json")

    assert 3 == len(model.components)


def test_a_project_without_components_gives_an_empty_manifest(write_project: WriteProject) -> None:
    root = write_project({"src/acme/__init__.py": ""})
    value = export_manifest(root, environ={}, now=NOW).value

    assert [] == value["components"]
    assert "schemas" not in value


@pytest.mark.parametrize(
    ("entry", "since", "expected"),
    [
        ({"version": "1.0.0"}, {}, None),
        ({"version": "1.0.0", "iceos_min": "1.1.0"}, {}, "1.1.0"),
        ({"version": "1.0.0", "licence": "x"}, {"licence": "1.4.0"}, "1.4.0"),
        ({"version": "1.0.0", "licence": "x", "iceos_min": "1.2.0"}, {"licence": "1.4.0"}, "1.4.0"),
        ({"version": "1.0.0", "licence": "x", "iceos_min": "2.0.0"}, {"licence": "1.4.0"}, "2.0.0"),
        ({"version": "1.0.0"}, {"licence": "1.4.0"}, None),
        ({"version": "1.0.0", "a": 1, "b": 2}, {"a": "1.10.0", "b": "1.9.0"}, "1.10.0"),
    ],
)
def test_iceos_min_is_raised_to_the_first_version_that_knows_every_member(
    entry: JsonObject, since: dict[str, str], expected: str | None
) -> None:
    raised = with_iceos_min(entry, {member: SemVer.parse(text) for member, text in since.items()})

    assert expected == raised.get("iceos_min")
    assert {name: value for name, value in entry.items() if name != "iceos_min"} == {
        name: value for name, value in raised.items() if name != "iceos_min"
    }


def test_a_manifest_that_describes_the_code_passes_the_check(
    write_project: WriteProject, found: Discovery, output: Path
) -> None:
    root = write_project(FILES)
    output.write_bytes(manifest_of(found, environ={}, now=LATER).data)
    before = output.read_bytes()
    checked = check_manifest(root, output, environ={})

    assert before == checked.data
    assert before == output.read_bytes()


def test_a_manifest_that_does_not_is_refused_with_each_difference_and_left_alone(
    write_project: WriteProject, found: Discovery, output: Path
) -> None:
    root = write_project(FILES)
    old = exported(found)
    listed = components(old)
    kept = [{**listed[0], "name": "summarizer"}, {**listed[1], "version": "1.1.0"}]
    output.write_bytes(json.dumps({**old, "components": kept}).encode())
    before = output.read_bytes()
    with pytest.raises(IceError) as refused:
        check_manifest(root, output, environ={})

    assert "manifest-drift" == refused.value.slug
    assert (
        "+ agent:qa          src/acme/csv.py:20 declares it; the manifest does not",
        "- agent:summarizer  the manifest lists it; no code declares it",
        "~ tool:csv_reader   version: `1.1.0` is now `1.2.0`",
        "+ workflow:daily    src/acme/csv.py:28 declares it; the manifest does not",
    ) == refused.value.finding.detail
    assert before == output.read_bytes()


@pytest.mark.parametrize(("data", "slug"), [(None, "file-missing"), (b"{", "json-syntax"), (b"{}", "manifest-invalid")])
def test_a_check_without_a_manifest_to_check_is_refused_before_anything_is_imported(
    write_project: WriteProject, data: bytes | None, slug: str
) -> None:
    marking = (
        "import pathlib, ice_sdk\npathlib.Path(__file__).with_suffix('.marker').touch()\n@ice_sdk.tool\nclass X: ...\n"
    )
    root = write_project({"acme.py": marking})
    if data is not None:
        (root / "plugins.json").write_bytes(data)
    with pytest.raises(IceError) as refused:
        check_manifest(root, root / "plugins.json", environ={})

    assert slug == refused.value.slug
    assert [] == list(root.rglob("*.marker"))


def test_a_project_without_components_is_held_to_the_format_too(write_project: WriteProject) -> None:
    """`manifest_schema` is a text of the manifest: in Unicode's normal form C, as every other."""
    settings = '\n[tool.iceos]\nmanifest_schema = "./sche\\u0301ma.json"\n'
    root = write_project({"src/acme/__init__.py": "", "pyproject.toml": PROJECT + settings})

    with pytest.raises(IceError) as caught:
        export_manifest(root, environ={})

    assert "manifest-invalid" == caught.value.slug
