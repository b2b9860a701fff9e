"""The gates that others copy: each stands in a form that its program reads, and names commands that there are."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from ice_cli.program import build
from tests.house.documented import Written, command_words, fault
from tests.house.tree import ROOT
from tests.ice_cli.invoke import invoker
from tests.ice_sdk.lint_projects import CLEAN, committed, project_at, with_code

PAGE = (ROOT / "docs" / "how-to" / "gates-in-ci.md").read_text("utf-8")
HOOKS = YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
SNIPPETS = [YAML(typ="safe").load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
EXAMPLES = sorted(path.parent.name for path in ROOT.glob("examples/*/plugins.json"))


def texts(value: object) -> list[str]:
    """Every text in a YAML document."""
    if isinstance(value, str):
        return [value]
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for each in below for text in texts(each)]


def test_the_page_shows_pre_commit_github_and_gitlab() -> None:
    pre_commit, github, gitlab = SNIPPETS

    assert ["repos"] == list(pre_commit)
    assert {"name", "permissions", "jobs"} <= set(map(str, github))
    assert ["image", "script", "variables"] == sorted(gitlab["plugins"])


COMMANDS = [text for text in texts([SNIPPETS, HOOKS]) if command_words(text) is not None]


def test_the_gates_hold_enough_to_be_judged() -> None:
    assert {"ice plugins test", "ice plugins lint", "ice plugins export --check"} <= set(COMMANDS)


@pytest.mark.parametrize("text", COMMANDS)
def test_every_command_of_a_gate_is_one_that_ice_understands(text: str) -> None:
    written = Written(line=1, words=command_words(text) or (), whole=True)

    assert None is fault(written, build())


def test_the_page_shows_the_hooks_as_they_are() -> None:
    shown = SNIPPETS[0]["repos"][0]["hooks"]
    members = ("id", "name", "entry", "language", "files", "pass_filenames")

    assert [{name: hook[name] for name in members} for hook in HOOKS] == shown


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("src/acme/csv.py", True),
        ("plugins.json", True),
        ("packages/acme/pyproject.toml", True),
        ("README.md", False),
        ("src/acme/other_plugins.json", False),
    ],
)
def test_the_hooks_run_for_what_can_change_a_manifest(file: str, *, expected: bool) -> None:
    assert [expected] * len(HOOKS) == [re.search(hook["files"], file) is not None for hook in HOOKS]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: str(hook["id"]))
def test_a_hook_passes_what_is_in_order_and_bars_what_is_not(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hook: dict[str, str]
) -> None:
    ice = invoker(capsys)
    project = committed(project_at(tmp_path / "project"))
    monkeypatch.chdir(project)
    program, *words = shlex.split(hook["entry"])
    before = ice(*words).code
    with_code(project, CLEAN.replace("limit", "most"))

    assert ("ice", 0, 1) == (program, before, ice(*words).code)


@pytest.mark.skipif(shutil.which("make") is None, reason="this machine has no make")
def test_make_plugins_test_tests_every_example() -> None:
    done = subprocess.run(["make", "-n", "plugins-test"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert [f"ice plugins test {' '.join(f'--project examples/{name}' for name in EXAMPLES)}"] == (
        done.stdout.splitlines()
    )
