"""`ice plugins lint --from-log`: what a test run registered, held against the committed manifest."""

from pathlib import Path

import pytest

from ice_core.names import ComponentId, ImportTarget
from ice_core.recording import Recorder
from tests.ice_cli.invoke import Ice
from tests.ice_pytest.projects import Project


@pytest.fixture
def project(tmp_path: Path, ice: Ice, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose manifest lists all that it declares; it is the current folder."""
    project = Project(tmp_path / "acme", settings="")
    monkeypatch.chdir(project.root)
    assert 0 == ice("plugins", "export", "--output", "plugins.json").code
    return project


def recorded(project: Project, name: str) -> str:
    """A log in which one test of the project registered a tool."""
    recorder = Recorder()
    recorder.path = str(project.root / "events.jsonl")
    with recorder.while_in("tests/test_acme.py::test_it"):
        file = str(project.root / "acme" / f"{name}.py")
        recorder.registered(ComponentId("tool", name), ImportTarget.parse(f"acme.{name}:{name}"), file, 6)
    return recorder.path


@pytest.mark.parametrize(("name", "expected"), [("extra", []), ("made_up", ["acme/made_up.py"])])
def test_what_the_manifest_does_not_list_is_a_finding(
    project: Project, ice: Ice, name: str, expected: list[str]
) -> None:
    done = ice(
        "plugins", "lint", "--select", "component-not-in-manifest", "--from-log", recorded(project, name), "--json"
    )

    found = done.json["findings"]
    assert bool(expected) == bool(done.code)
    assert expected == [finding["where"]["file"] for finding in found]
    assert {"component-not-in-manifest"} >= {finding["slug"] for finding in found}


def test_a_damaged_log_is_refused(project: Project, ice: Ice) -> None:
    (project.root / "events.jsonl").write_text("not a log\n")

    done = ice("plugins", "lint", "--from-log", "events.jsonl")

    assert 1 == done.code
    assert "error[event-log-damaged]: `events.jsonl` cannot be read as an event log" in done.err
