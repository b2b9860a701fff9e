"""Ctrl-C during a run: the run is cancelled in good order, recorded, and can be gone on with."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ice_cli.invoke import Ice
from tests.ice_cli.worlds import environment, tool_node, words_package, write_blueprint


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the package installed, and a blueprint whose first node ends at once."""
    monkeypatch.chdir(tmp_path)
    words_package(tmp_path / "iceos-home")
    return tmp_path


def slow_blueprint(folder: Path, tool: str) -> Path:
    return write_blueprint(
        folder / "slow.json",
        tool_node("count", text="a b c"),
        tool_node("rest", tool, "count", seconds=60),
        outputs={"words": "{{ count }}"},
    )


def interrupted(folder: Path, *words: str) -> tuple[int, str, str]:
    """Starts `ice` in a process of its own, and sends SIGINT once the slow node runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ice_cli", *words],
        cwd=folder,
        env=environment(folder / "iceos-home"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if "rest" in line:
            process.send_signal(signal.SIGINT)
            break
    out, more = process.communicate(timeout=60)
    return process.returncode, out, said + more


@pytest.mark.parametrize("tool", ["wait", "block"], ids=["in the loop", "in a thread"])
def test_an_interrupted_run_is_cancelled_and_says_how_to_go_on(ice: Ice, folder: Path, tool: str) -> None:
    slow_blueprint(folder, tool)

    code, out, said = interrupted(folder, "run", "slow.json", "--no-dynamic")

    (row,) = ice("runs", "list", "--json").json
    shown = ice("runs", "show", row["run_id"], "--json").json
    assert (130, "") == (code, out)
    assert "cancelled" == row["status"]
    assert ["finished", "cancelled"] == [node["status"] for node in shown["nodes"]]
    assert said.endswith(
        f"error[run-cancelled]: `{row['run_id']}` was cancelled\n"
        "\n"
        "note: What is finished stays finished.\n"
        "\n"
        f"hint: To go on, run `ice runs resume {row['run_id']}`\n"
    )
    assert "Traceback" not in said


def test_an_interrupted_run_is_one_document_under_json(folder: Path) -> None:
    """Events are JSON lines on standard error, and the last of them says that the run is over."""
    slow_blueprint(folder, "wait")

    code, out, said = interrupted(folder, "run", "slow.json", "--json")

    events = [json.loads(line) for line in said.splitlines()]
    assert 130 == code
    assert "run-cancelled" == json.loads(out)["error"]["slug"]
    assert ("run.finished", "cancelled") == (events[-1]["type"], events[-1]["status"])


def test_a_cancelled_run_goes_on_without_what_is_finished(ice: Ice, folder: Path) -> None:
    slow_blueprint(folder, "wait")
    interrupted(folder, "run", "slow.json")
    (row,) = ice("runs", "list", "--json").json

    code, _, said = interrupted(folder, "runs", "resume", row["run_id"])

    assert 130 == code
    assert "count" not in said
    assert f"resumed  {row['run_id']}  slow\n" in said
