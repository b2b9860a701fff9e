"""`ice plugins preview`: the difference as data, the sum as words, and a watch that ends only by Ctrl-C."""

import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.ice_cli.invoke import Ice
from tests.ice_cli.worlds import OTHER_TOOL, TOOL, environment, project_of

PREVIEW = ".iceos/plugins.preview.json"
SECONDS = 30.0


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of `acme-csv` 1.2.3 with one tool, which is the current one."""
    folder = project_of(tmp_path / "project", TOOL)
    monkeypatch.chdir(folder)
    return folder


def test_the_difference_is_the_data_and_the_sum_the_words(ice: Ice, project: Path) -> None:
    made = ice("plugins", "preview")

    assert (
        0,
        "+ tool:csv_reader  src/acme_csv/tools.py:8 declares it; the manifest does not\n",
        f"Wrote {PREVIEW}: 1 component; 1 added, 0 changed, 0 removed against plugins.json.\n",
    ) == (made.code, made.out, made.err)


def test_a_manifest_that_describes_the_code_is_said_to(ice: Ice, project: Path) -> None:
    ice("plugins", "export", "--output", "plugins.json")
    made = ice("plugins", "preview")

    assert (0, "", f"Wrote {PREVIEW}: 1 component; plugins.json says the same.\n") == (made.code, made.out, made.err)
    assert (project / "plugins.json").read_bytes() == (project / PREVIEW).read_bytes()


def test_json_is_one_document(ice: Ice, project: Path) -> None:
    made = ice("plugins", "preview", "--json").json

    assert (PREVIEW, ["tool:csv_reader"], []) == (made["file"], made["components"], made["warnings"])
    assert [("+", "tool:csv_reader", 8)] == [
        (each["sign"], each["subject"], each["where"]["line"]) for each in made["changes"]
    ]


def test_a_fault_of_the_code_is_a_finding_and_writes_nothing(ice: Ice, project: Path) -> None:
    (project / "src/acme_csv/tools.py").write_text(f"{TOOL}raise LookupError\n")
    made = ice("plugins", "preview")

    assert (1, "module-import-failed") == (made.code, made.slug)
    assert not (project / ".iceos").exists()


def test_without_the_extra_watching_is_refused_with_its_name(
    ice: Ice, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    made = ice("plugins", "preview", "--watch")

    assert (2, "extra-missing") == (made.code, made.slug)
    assert "pip install 'iceos[author]'" in made.err
    assert not (project / ".iceos").exists()


def _hand_on(out: IO[str], lines: "queue.Queue[str]") -> None:
    for line in out:
        lines.put(line)


@contextmanager
def watching(project: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], "queue.Queue[str]"]]:
    """`ice plugins preview --watch` in a process of its own, and the lines of its standard output."""
    with subprocess.Popen(
        [sys.executable, "-m", "ice_cli", "plugins", "preview", "--watch", *words],
        cwd=project,
        env=environment(project / "iceos-home"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        lines: queue.Queue[str] = queue.Queue()
        reader = threading.Thread(target=_hand_on, args=(process.stdout, lines))
        reader.start()
        try:
            yield process, lines
        finally:
            process.kill()
            reader.join()


def test_a_watch_tells_each_change_outlives_an_error_and_ends_with_ctrl_c(project: Path) -> None:
    tools = project / "src/acme_csv/tools.py"
    with watching(project, "--json") as (process, lines):
        first = json.loads(lines.get(timeout=SECONDS))
        tools.write_text(f"{TOOL}def (:\n")
        broken = json.loads(lines.get(timeout=SECONDS))
        (project / "notes.txt").write_text("no part of a manifest\n")
        tools.write_text(TOOL + OTHER_TOOL)
        mended = json.loads(lines.get(timeout=SECONDS))
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=SECONDS)

    assert ["tool:csv_reader"] == first["components"]
    assert "module-import-failed" == broken["error"]["slug"]
    assert ["tool:csv_reader", "tool:zipper"] == mended["components"]
    assert 0 == code
    assert "zipper" == json.loads((project / PREVIEW).read_bytes())["components"][1]["name"]


def test_a_watch_tells_a_person_only_what_is_new(project: Path) -> None:
    tools = project / "src/acme_csv/tools.py"
    with watching(project) as (process, lines):
        first = lines.get(timeout=SECONDS)
        tools.write_text(TOOL + OTHER_TOOL)
        second = lines.get(timeout=SECONDS)
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=SECONDS)

    assert first.startswith("+ tool:csv_reader  ")
    assert second.startswith("+ tool:zipper  ")
    assert 0 == code
