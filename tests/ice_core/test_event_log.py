"""Reading the event log, and judging it against manifests."""

import json
from pathlib import Path

import pytest

from ice_core.canonical import printed_bytes
from ice_core.errors import IceError
from ice_core.event_log import Event, ManifestListing, read_events, unlisted_findings
from ice_core.names import ComponentId, ImportTarget
from ice_core.recording import Recorder, append
from ice_core.strict_json import JsonObject
from tests.builders.distributions import distribution
from tests.builders.manifests import component, manifest

READ = "acme.csv:read"


def event(name: str = "read", *, target: str = READ, during: str = "t.py::test_it", line: int = 3) -> Event:
    return Event(
        component=ComponentId("tool", name),
        target=ImportTarget.parse(target),
        file="/project/acme/csv.py",
        line=line,
        pid=7,
        during=during,
    )


def listing(**targets: str) -> ManifestListing:
    value = manifest(*(component(name, target) for name, target in targets.items()))
    return ManifestListing([("plugins.json", value)])


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    """One that writes to `log` in the folder of the test."""
    recorder = Recorder()
    recorder.path = str(tmp_path / "log")
    return recorder


def test_what_was_recorded_is_read_in_its_order(recorder: Recorder, tmp_path: Path) -> None:
    with recorder.while_in("t.py::test_it"):
        recorder.registered(ComponentId("tool", "read"), ImportTarget.parse(READ), "acme/csv.py", 3)
    recorder.registered(ComponentId("agent", "ask"), ImportTarget.parse("acme.ask:Ask"), "acme/ask.py", 9)

    events = read_events(tmp_path / "log")

    assert [
        ("tool:read", READ, "acme/csv.py", 3, "t.py::test_it", None),
        ("agent:ask", "acme.ask:Ask", "acme/ask.py", 9, "", None),
    ] == [(str(e.component), str(e.target), e.file, e.line, e.during, e.allowed) for e in events]


@pytest.mark.parametrize(
    ("during", "file", "allowed"),
    [
        ("t.py::test_it", "/p/acme/csv.py", "why"),
        ("t.py::test_it > inner.py::test_it", "/p/acme/csv.py", "why"),
        ("t.py::test_it_not", "/p/acme/csv.py", None),
        ("t.py", "/p/acme/csv.py", None),
        ("", "/p/tests/sub/test_x.py", "pattern"),
        ("", "/p/teststoo/test_x.py", None),
    ],
)
def test_an_allowance_covers_its_test_or_its_files_wherever_it_stands_in_the_log(
    recorder: Recorder, tmp_path: Path, during: str, file: str, allowed: str | None
) -> None:
    with recorder.while_in(during):
        recorder.registered(ComponentId("tool", "read"), ImportTarget.parse(READ), file, 3)
    recorder.allow("why", during="t.py::test_it")
    recorder.allow("pattern", files="/p/tests/*")

    assert [allowed] == [each.allowed for each in read_events(tmp_path / "log")]


def test_only_what_was_written_since_is_read(recorder: Recorder, tmp_path: Path) -> None:
    append(str(tmp_path / "log"), {"kind": "began", "pid": 1})
    recorder.registered(ComponentId("tool", "read"), ImportTarget.parse(READ), "a.py", 1)
    start = (tmp_path / "log").stat().st_size
    recorder.registered(ComponentId("tool", "read"), ImportTarget.parse(READ), "a.py", 2)

    assert [2] == [each.line for each in read_events(tmp_path / "log", start=start)]


GOOD: JsonObject = {
    "kind": "registered",
    "component": "tool:read",
    "import": READ,
    "file": "a.py",
    "line": 1,
    "pid": 2,
    "during": "",
}


@pytest.mark.parametrize(
    "damaged",
    [
        "not JSON\n",
        "[]\n",
        "\n",
        "{}\n",
        '{"kind":"allowed"}\n',
        '{"kind":"registered"',
        *(json.dumps({**GOOD, name: None}) + "\n" for name in ("kind", "component", "import", "line", "pid")),
        *(json.dumps({n: v for n, v in GOOD.items() if n != name}) + "\n" for name in GOOD),
    ],
)
def test_a_damaged_line_is_refused_with_its_number(tmp_path: Path, damaged: str) -> None:
    log = tmp_path / "log"
    log.write_text(json.dumps(GOOD) + "\n" + damaged)

    with pytest.raises(IceError) as refused:
        read_events(log)

    assert "event-log-damaged" == refused.value.slug
    assert f"{log}:2" == str(refused.value.where)


def test_a_log_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IceError, match="file-missing"):
        read_events(tmp_path / "log")


def test_a_listed_component_is_no_finding() -> None:
    assert () == unlisted_findings([event()], listing(read=READ), root=Path("/project"))


def test_an_allowed_component_is_no_finding(recorder: Recorder, tmp_path: Path) -> None:
    recorder.registered(ComponentId("tool", "read"), ImportTarget.parse(READ), "a.py", 1)
    recorder.allow("why", files="*")

    assert () == unlisted_findings(read_events(tmp_path / "log"), listing(), root=tmp_path)


def test_each_place_is_one_finding_with_all_that_registered_it() -> None:
    events = [event(during="b"), event(during="a"), event(during="b"), event("other", line=1)]

    first, second = unlisted_findings(events, listing(), root=Path("/project"), severity="warning")

    assert ("acme/csv.py:1", "acme/csv.py:3") == (str(first.where), str(second.where))
    assert "warning" == second.severity
    assert {"component": "tool:read", "import": READ, "during": ["b", "a"]} == second.details
    assert ("Registered during:", "  b", "  a") == second.detail[-3:]


def test_a_file_outside_the_root_keeps_its_whole_path() -> None:
    (finding,) = unlisted_findings([event()], listing(), root=Path("/proj"))

    assert "/project/acme/csv.py:3" == str(finding.where)


def test_a_listed_name_at_another_target_is_a_finding_with_both() -> None:
    (finding,) = unlisted_findings([event()], listing(read="acme.other:read"), root=Path("/project"))

    assert ("acme.other:read", READ) == (finding.expected, finding.found)


@pytest.mark.parametrize(("listed", "findings"), [("acme.csv:reader", 0), ("acme.other:reader", 1)])
def test_an_instance_is_held_to_its_module(recorder: Recorder, tmp_path: Path, listed: str, findings: int) -> None:
    """The name that will hold it is not known yet when it is announced."""
    recorder.registered(ComponentId("tool", "read"), ImportTarget("acme.csv", ""), "acme/csv.py", 3)
    found = unlisted_findings(read_events(tmp_path / "log"), listing(read=listed), root=tmp_path)

    assert findings == len(found)


def test_a_near_name_is_proposed() -> None:
    (finding,) = unlisted_findings([event("reader")], listing(reader_of="acme.other:read"), root=Path("/project"))

    assert "`tool:reader_of` is listed; did you mean that?" == finding.hints[-1]


@pytest.mark.parametrize(("package", "listed"), [("acme-words", True), ("acme-csv", False)])
def test_installed_distributions_list_too_but_never_the_project_s_own_older_copy(
    tmp_path: Path, package: str, listed: bool
) -> None:
    value = manifest(component("old", "acme_old:old"), name=package)
    distribution(tmp_path / "site", name=package, files={"acme_csv/plugins.json": printed_bytes(value)})
    (tmp_path / "plugins.json").write_bytes(printed_bytes(manifest(name="acme-csv")))

    found = ManifestListing.read([tmp_path / "plugins.json"], root=tmp_path, search_path=[str(tmp_path / "site")])

    assert listed == (ComponentId("tool", "old") in found.listed_ids())
    assert "plugins.json" == found.sources[0][0]


def test_an_empty_log_is_damaged(tmp_path: Path) -> None:
    """No run began to write it, so nothing that it lacks is known to be clean."""
    (tmp_path / "log").touch()
    with pytest.raises(IceError) as refused:
        read_events(tmp_path / "log")

    assert "event-log-damaged" == refused.value.slug


@pytest.mark.parametrize("line", [-5, 0, True, 1.5, "3"])
def test_a_line_is_a_number_from_one(recorder: Recorder, tmp_path: Path, line: object) -> None:
    recorder.registered(ComponentId("tool", "read"), ImportTarget.parse(READ), "acme/csv.py", 3)
    value = json.loads((tmp_path / "log").read_text())
    (tmp_path / "log").write_text(json.dumps({**value, "line": line}) + "\n")
    with pytest.raises(IceError) as refused:
        read_events(tmp_path / "log")

    assert "event-log-damaged" == refused.value.slug


def test_no_line_of_a_file_outside_the_project_is_shown(tmp_path: Path) -> None:
    (finding,) = unlisted_findings([event()], listing(), root=tmp_path)

    assert finding.where is not None
    assert ("/project/acme/csv.py:3", None) == (finding.where.file, finding.where.line)
