"""Writing the event log: one whole line for each announcement, or a refusal."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ice_core import dynamic, recording
from ice_core.dynamic import Announcement
from ice_core.errors import IceError
from ice_core.names import ComponentId, ImportTarget
from ice_core.recording import Recorder
from ice_core.strict_json import JsonObject

COMPONENT = ComponentId("tool", "csv_reader")
TARGET = ImportTarget.parse("acme.csv:read")
WRITER = """
import os, sys
from ice_core.names import ComponentId, ImportTarget
from ice_core.recording import PROCESS
for number in range(200):
    component = ComponentId("tool", f"t{number}")
    PROCESS.registered(component, ImportTarget.parse("acme.csv:read"), sys.argv[1] * 300, number)
os._exit(0)
"""


def lines(path: Path) -> list[JsonObject]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def nothing() -> JsonObject:
    raise AssertionError("an announcement is described only when it is looked up")


def test_without_a_log_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    Recorder().registered(COMPONENT, TARGET, "acme/csv.py", 12)
    Recorder().allow("a reason", during="test_it")

    assert [] == list(tmp_path.iterdir())


def test_an_announcement_is_one_line_of_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "events.jsonl"
    monkeypatch.setenv("ICEOS_EVENT_LOG", str(log))
    monkeypatch.setenv("ICEOS_EVENT_DURING", "tests/test_a.py::test_it")

    dynamic.announce(Announcement(COMPONENT, TARGET, "acme/csv.py", 12, nothing))

    assert [
        {
            "kind": "registered",
            "component": "tool:csv_reader",
            "import": "acme.csv:read",
            "file": "acme/csv.py",
            "line": 12,
            "pid": os.getpid(),
            "during": "tests/test_a.py::test_it",
        }
    ] == lines(log)
    assert 0o600 == log.stat().st_mode & 0o777


def test_what_this_process_was_told_goes_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICEOS_EVENT_LOG", str(tmp_path / "other"))
    recorder = Recorder()
    recorder.path = str(tmp_path / "events.jsonl")

    with recorder.while_in("outer"):
        with recorder.while_in("inner"):
            recorder.registered(COMPONENT, TARGET, "a.py", 1)
            inherited = (os.environ["ICEOS_EVENT_LOG"], os.environ["ICEOS_EVENT_DURING"])
        recorder.registered(COMPONENT, TARGET, "a.py", 2)
    recorder.registered(COMPONENT, TARGET, "a.py", 3)

    assert ["inner", "outer", ""] == [line["during"] for line in lines(tmp_path / "events.jsonl")]
    assert (recorder.path, "inner") == inherited
    assert "ICEOS_EVENT_DURING" not in os.environ


def test_a_path_that_is_no_text_is_written_so_that_every_reader_can_read_it(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.path = str(tmp_path / "log")

    recorder.registered(COMPONENT, TARGET, "acme/\udcff.py", 1)

    assert ["acme/\\udcff.py"] == [line["file"] for line in lines(tmp_path / "log")]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("relative.jsonl", "a relative path, which each process would take for another file"),
        ("{folder}", "Is a directory"),
        ("{folder}/absent/log", "No such file or directory"),
        ("{folder}/zero\0byte", "embedded null byte"),
        ("/dev/full", "No space left on device"),
    ],
)
def test_a_log_that_cannot_take_the_line_is_refused_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, found: str
) -> None:
    monkeypatch.chdir(tmp_path)
    recorder = Recorder()
    recorder.path = path.format(folder=tmp_path)

    with pytest.raises(IceError) as refused:
        recorder.registered(COMPONENT, TARGET, "acme/csv.py", 12)

    assert "event-log-not-written" == refused.value.slug
    assert found == refused.value.finding.found
    assert refused.value is recorder.failure
    assert [] == list(tmp_path.iterdir())


def test_a_line_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    """A limit on the size of files cuts a write as a full disk does."""
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "from ice_core.errors import IceError\n"
        "from ice_core.recording import append\n"
        "try:\n"
        "    append(sys.argv[1], {'kind': 'allowed'})\n"
        "except IceError as error:\n"
        "    print(error.slug, error.finding.found)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "log"], capture_output=True, text=True, check=True)

    assert "event-log-not-written 10 of 19 bytes were written\n" == done.stdout


def test_processes_and_threads_interleave_whole_lines(tmp_path: Path) -> None:
    """Lines longer than PIPE_BUF, and every process ends without flushing anything."""
    log = tmp_path / "events.jsonl"
    environment = {**os.environ, "ICEOS_EVENT_LOG": str(log)}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, letter * 20], env=environment, stdout=subprocess.DEVNULL)
        for letter in "ab"
    ]
    recorder = Recorder()
    recorder.path = str(log)

    def write() -> None:
        for number in range(200):
            recorder.registered(COMPONENT, TARGET, "c" * 6000, number)

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for waited in [*threads]:
        waited.join()

    assert [0, 0] == [writer.wait() for writer in writers]
    assert {"a": 200, "b": 200, "c": 400} == {
        letter: sum(str(line["file"]) == letter * 6000 for line in lines(log)) for letter in "abc"
    }


def test_the_recorder_costs_a_decorated_module_no_further_import() -> None:
    code = (
        "import sys, ice_core.errors, ice_core.names, ice_core.strict_json, contextlib\n"
        "before = set(sys.modules)\n"
        "import ice_core.recording\n"
        "print(sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "['ice_core.recording']\n" == done.stdout


def test_the_process_has_one_recorder() -> None:
    assert isinstance(recording.PROCESS, Recorder)
