"""The tutorial and the how-to pages about the examples: their files and commands work as they are written."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ice_compiler.compiler import compile_blueprint
from ice_core.unified_registry import load_plugins
from tests.builders.homes import make_home
from tests.examples.packages import NAMES, manifest_of
from tests.house.tree import ROOT

FILE = re.compile(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def write_files(text: str, folder: Path) -> None:
    """The files that a page shows, each under the name that stands before it."""
    for name, content in FILE.findall(text):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def steps(text: str) -> list[tuple[str, list[str]]]:
    """Each command of the consoles, and the lines that it is shown to print."""
    found: list[tuple[str, list[str]]] = []
    for block in CONSOLE.findall(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line.removeprefix("$ "), []))
            else:
                found[-1][1].append(line)
    return found


def run(command: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    if command[0] == "ice":
        command = [sys.executable, "-m", "ice_cli", *command[1:]]
    if "publish" in command:
        command = [*command, "--no-isolation"]  # no package index is asked in a test
    environ = {**os.environ, "ICEOS_KEY_PASSPHRASE": "correct horse battery staple", "COLUMNS": "100"}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=60)


def test_the_tutorial_does_what_it_shows(tmp_path: Path) -> None:
    """Every command succeeds and prints every line that the page shows; `…` stands for anything."""
    text = page("tutorial/first-plugin.md")
    write_files(text, tmp_path)
    folder = tmp_path
    done = 0
    for line, shown in steps(text):
        command = shlex.split(line)
        if command[0] == "cd":
            folder = folder / command[1]
            continue
        ran = run(command, folder.resolve())
        done += 1

        assert 0 == ran.returncode, f"{line}\n{ran.stderr}"
        for expected in shown:
            pattern = "^" + re.escape(expected).replace("…", ".*") + "$"
            assert re.search(pattern, ran.stdout + ran.stderr, re.MULTILINE), f"{line}\n{ran.stdout}{ran.stderr}"

    assert 10 == done


def test_six_commands_lead_from_nothing_to_a_running_tool(tmp_path: Path) -> None:
    """Each is run as the page writes it, in one empty folder, and prints what the page shows."""
    commands = steps(page("tutorial/six-commands.md"))

    assert 6 == len(commands)
    for line, shown in commands:
        ran = run(shlex.split(line), tmp_path)

        assert 0 == ran.returncode, f"{line}\n{ran.stderr}"
        for expected in shown:
            pattern = "^" + re.escape(expected).replace("…", ".*") + "$"
            assert re.search(pattern, ran.stdout + ran.stderr, re.MULTILINE), f"{line}\n{ran.stdout}{ran.stderr}"

    assert {"acme-rain", "index", "pylock.iceos.toml"} == {path.name for path in tmp_path.iterdir()} - {"iceos-home"}
    assert "pins 1 plugin package, and each is installed" in run(["ice", "doctor"], tmp_path).stdout
    (tmp_path / "iceos-home" / "plugins.d" / "acme_rain-0.1.0.json").unlink()
    looked = run(["ice", "doctor"], tmp_path)
    assert (1, True) == (
        looked.returncode,
        "  problem  acme-rain 0.1.0 is pinned, and not installed\n" in looked.stdout,
    )


def test_a_tool_of_the_tutorial_that_is_misnamed_is_told(tmp_path: Path) -> None:
    """What the page's last section invites to try."""
    text = page("tutorial/first-plugin.md").replace("tool_name: rain_depth", "tool_name: rain_dept")
    write_files(text, tmp_path)

    ran = run(["ice", "compile", "rain.yaml"], tmp_path)

    assert 1 == ran.returncode
    assert "`tool:rain_dept` is in no manifest that was read" in ran.stderr


@pytest.mark.parametrize(
    ("name", "blueprint"),
    [("how-to/query-data-with-duckdb.md", "query.yaml"), ("how-to/agent-with-an-llm.md", "ask.yaml")],
)
def test_the_blueprint_of_a_page_compiles(name: str, blueprint: str, tmp_path: Path) -> None:
    write_files(page(name), tmp_path)
    registry = load_plugins(*map(manifest_of, NAMES), home=make_home(tmp_path / "home").root, no_dynamic=False)

    compilation = compile_blueprint((tmp_path / blueprint).read_bytes(), where=blueprint, registry=registry)

    assert () == compilation.findings
    assert compilation.plan is not None
