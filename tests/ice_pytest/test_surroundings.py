"""Where and how a watched run may stand, and what an unwatched one is spared."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ice_pytest.projects import Project

LOADED = """
import json, sys
import pytest
before = set(sys.modules)
import ice_pytest.plugin
print(json.dumps(sorted(set(sys.modules) - before)))
"""
CHECK = """
import sys

def test_it():
    assert not [name for name in sys.modules if name.startswith(("ice_core", "ice_sdk", "ice_cli", "pydantic"))]
"""


def test_the_plugin_loads_nothing_of_iceos_but_itself() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)

    assert ["ice_pytest", "ice_pytest.plugin"] == json.loads(done.stdout)


def test_a_worker_or_child_that_joins_loads_no_manifest_model() -> None:
    code = "import sys, ice_pytest.watch; print([name for name in ('pydantic', 'click') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]\n" == done.stdout


def test_a_project_without_a_manifest_is_spared_everything(tmp_path: Path) -> None:
    project = Project(tmp_path / "acme", settings="")
    (project.root / "plugins.json").unlink()
    project.write(CHECK)

    done = project.run("-W", "error")

    assert (0, "") == (done.returncode, done.stderr), done.stdout


def test_a_run_may_stand_anywhere_in_a_project_that_cannot_be_written(tmp_path: Path) -> None:
    project = Project(tmp_path / "acme")
    project.write("def test_it():\n    import acme.extra\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (project.root / "tests").chmod(0o555)
    project.root.chmod(0o555)

    try:
        done = project.run(
            "--config-file", str(project.root / "pyproject.toml"), str(project.root / "tests"), folder=elsewhere
        )
    finally:
        project.root.chmod(0o755)
        (project.root / "tests").chmod(0o755)

    assert 1 == done.returncode, done.stdout + done.stderr
    assert f"--> {project.root}/acme/extra.py:6\n" in done.stdout
    assert [] == os.listdir(elsewhere)


def test_no_file_is_left_behind(tmp_path: Path) -> None:
    project = Project(tmp_path / "acme")
    project.write("def test_it():\n    import acme.listed\n")
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    project.run(environment={"TMPDIR": str(temporary)})

    assert [] == [name for name in os.listdir(temporary) if not name.startswith("pytest")]


@pytest.mark.parametrize("mode", ["--iceos-dynamic=error", "--iceos-dynamic=off"])
def test_a_worker_writes_one_log_for_all(tmp_path: Path, mode: str) -> None:
    project = Project(tmp_path / "acme")
    project.write(
        "import os, pytest\n\n"
        "@pytest.mark.parametrize('number', range(2))\n"
        "def test_it(number):\n"
        "    assert os.environ.get('ICEOS_EVENT_LOG') == os.environ.get('EXPECTED')\n"
    )
    log = str(tmp_path / "log")
    expected = {"EXPECTED": log} if mode.endswith("error") else {}

    done = project.run("-p", "xdist", "-n", "2", mode, "--iceos-log", log, environment=expected)

    assert 0 == done.returncode, done.stdout
