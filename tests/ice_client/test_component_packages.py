"""From the components that a blueprint names to the packages that a lock must hold."""

from pathlib import Path

import pytest

from ice_client.component_packages import requirements_for
from ice_client.folder_index import FolderIndex
from ice_core.archives import read_archive
from ice_core.bundles import bundle_bytes
from ice_core.canonical import printed_bytes
from ice_core.errors import IceError, Location
from ice_core.names import ComponentId, VersionRange
from ice_core.strict_json import JsonObject, JsonValue
from tests.builders.indexes import bundle_of, index_at
from tests.builders.manifests import component, manifest
from tests.builders.wheels import plugin_bundle


@pytest.fixture
def index(tmp_path: Path) -> FolderIndex:
    """`tool:csv_reader` 1.2.3 and 2.0.0, an agent that may call it, and a workflow that runs the agent."""
    return index_at(
        tmp_path / "bundles",
        {
            ("acme-csv", "1.2.3"): bundle_of(),
            ("acme-csv", "2.0.0"): bundle_of(version="2.0.0"),
            ("acme-ask", "1.0.0"): bundle_with(
                "acme-ask",
                component(
                    "ask",
                    "acme_ask.tools:read",
                    node_type="agent",
                    permissions={"tools": ["tool:csv_reader", "tool:nowhere"]},
                ),
            ),
            ("acme-report", "1.0.0"): bundle_with(
                "acme-report",
                component("report", "acme_report.tools:read", node_type="workflow", blueprint=blueprint("ask")),
            ),
        },
    )


def blueprint(agent: str) -> dict[str, JsonValue]:
    node: JsonObject = {"id": "ask", "type": "agent", "package": agent, "agent_config": {}}
    return {"schema_version": "1.2.0", "id": "report", "nodes": [node]}


def bundle_with(name: str, entry: JsonObject) -> bytes:
    package = name.replace("-", "_")
    files = {f"{package}/__init__.py": "", f"{package}/tools.py": "def read(text):\n    return [text]\n"}
    return plugin_bundle(name, "1.0.0", files=files, manifest=manifest(entry, name=name, version="1.0.0"))


def required(index: FolderIndex, **ranges: str) -> tuple[str, ...]:
    """By keyword `tool__csv_reader`, which is no keyword with a colon."""
    wanted = {ComponentId.parse(name.replace("__", ":")): VersionRange.parse(text) for name, text in ranges.items()}
    return requirements_for(wanted, index)


def test_a_component_is_required_by_the_name_of_its_package(index: FolderIndex) -> None:
    assert ("acme-csv",) == required(index, tool__csv_reader="")


def test_a_range_that_the_highest_version_does_not_fit_pins_the_highest_that_does(index: FolderIndex) -> None:
    assert ("acme-csv==1.2.3",) == required(index, tool__csv_reader="<2")


def test_what_a_workflow_runs_and_an_agent_may_call_is_required_too(index: FolderIndex) -> None:
    assert ("acme-ask", "acme-csv", "acme-report") == required(index, workflow__report="")


def test_a_component_that_is_asked_for_with_a_range_keeps_it_when_another_needs_it_too(index: FolderIndex) -> None:
    assert ("acme-ask", "acme-csv==1.2.3") == required(index, tool__csv_reader="<2", agent__ask="")


def test_a_component_that_no_package_holds_is_refused_with_near_names(index: FolderIndex) -> None:
    with pytest.raises(IceError) as caught:
        required(index, tool__csv_raeder="")

    assert "plugin-unknown" == caught.value.slug
    assert "`tool:csv_reader` is there; did you mean that?" == caught.value.finding.hints[0]


def test_a_range_that_no_version_fits_is_refused(index: FolderIndex) -> None:
    with pytest.raises(IceError) as caught:
        required(index, tool__csv_reader=">=3")

    assert ("plugin-unknown", "`tool:csv_reader` in >=3") == (caught.value.slug, caught.value.finding.expected)


def test_a_tool_that_an_agent_may_call_is_required_when_it_is_asked_for_itself(index: FolderIndex) -> None:
    with pytest.raises(IceError) as caught:
        required(index, agent__ask="", tool__nowhere="")

    assert "plugin-unknown" == caught.value.slug


def test_a_component_in_two_packages_is_refused_with_both(index: FolderIndex) -> None:
    index.upload("acme-tsv", "1.2.3", bundle_of("acme-tsv"))

    with pytest.raises(IceError) as caught:
        required(index, tool__csv_reader="")

    assert ("component-conflict", "acme-csv, acme-tsv") == (caught.value.slug, caught.value.finding.found)


def test_nothing_asked_for_requires_nothing(index: FolderIndex) -> None:
    assert () == required(index)


def test_what_is_needed_by_another_component_is_refused_with_the_chain_that_leads_to_it(tmp_path: Path) -> None:
    report = component("report", "acme_report.tools:read", node_type="workflow", blueprint=blueprint("ask"))
    index = index_at(tmp_path / "bundles", {("acme-report", "1.0.0"): bundle_with("acme-report", report)})
    workflow = ComponentId.parse("workflow:report")

    with pytest.raises(IceError) as caught:
        requirements_for(
            {workflow: VersionRange.parse("")}, index, places={workflow: Location("news.yaml", line=7, column=3)}
        )

    assert "`agent:ask` is here because `workflow:report` needs it. Nothing was locked." == caught.value.finding.note
    assert "news.yaml:7:3" == str(caught.value.where)


def test_a_name_that_is_written_with_an_escape_is_found(tmp_path: Path) -> None:
    """The sieve lets through what it cannot tell, and the strict reader decides."""
    archive = read_archive(bundle_of(), where="bundle")
    written = archive.read("plugins.json").replace(b'"csv_reader"', b'"csv\\u005freader"')
    wheels = [(name, archive.read(name)) for name in archive.names[1:]]
    index = index_at(tmp_path / "index", {("acme-csv", "1.2.3"): bundle_bytes(written, wheels)})

    assert b'"csv_reader"' not in written
    assert ("acme-csv",) == required(index, tool__csv_reader="")


def test_a_bundle_that_mentions_nothing_needed_is_not_read_whole(tmp_path: Path) -> None:
    """What is wrong with its wheel bars only who needs it."""
    broken = bundle_bytes(printed_bytes(manifest(name="acme-bad")), [("acme_bad-1.0.0-py3-none-any.whl", b"no wheel")])
    index = index_at(
        tmp_path / "index", {("acme-bad", "1.0.0"): broken, ("acme-csv", "1.2.3"): bundle_of(tool="csv_writer")}
    )

    assert ("acme-csv",) == required(index, tool__csv_writer="")
    with pytest.raises(IceError) as refused:
        required(index, tool__csv_reader="")
    assert "archive-damaged" == refused.value.slug
