"""What a command imports before it knows what it is asked for: nothing that only some of its runs need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ice_orchestrator.journal import Journal
from tests.builders.indexed import indexed_home

# What is heavy and rarely needed, and the commands that must start without it.
SPARED = {
    "rich": ["run", "runs", "registry", "compile", "install", "lock", "plugins"],
    "ruamel": ["run", "runs", "registry", "install", "plugins"],
    "ice_compiler": ["run", "runs", "registry", "install", "plugins"],
}


def imported_by(command: str) -> set[str]:
    """The modules that a fresh interpreter holds once a command's module is imported."""
    code = f"import sys, ice_cli.main, ice_cli.commands.{command}; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("command", sorted({command for commands in SPARED.values() for command in commands}))
def test_a_command_starts_without_what_only_some_of_its_runs_need(command: str) -> None:
    spared = [package for package, commands in SPARED.items() if command in commands]

    assert set() == imported_by(command) & set(spared)


# Beyond what an interpreter holds before it comes to us.
HELP = {"ice_cli", "ice_cli.main", "ice_cli.help_pages", "ice_core", "ice_core.version"}
SHELL = HELP | {"ice_cli.shells", "ice_cli.offers", "ice_cli.command_table"}


def imported_for(arguments: list[str], *, cwd: Path | None = None, **environ: str) -> set[str]:
    """The modules that `ice` adds to a fresh interpreter to answer these arguments."""
    code = (
        "import sys\nbefore = set(sys.modules)\nfrom ice_cli.main import run\n"
        f"code = run({arguments!r})\nprint(code, *sorted(set(sys.modules) - before), file=sys.stderr)"
    )
    # What measures coverage would have imported too much before.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**kept, **environ}, cwd=cwd, capture_output=True, text=True, check=True
    )
    assert done.stdout
    return set(done.stderr.split()[1:])


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"], ["plugins", "list", "--help"]])
def test_help_is_printed_without_importing_anything_but_itself(arguments: list[str]) -> None:
    assert HELP == imported_for(arguments, COLUMNS="80")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ice pl", SHELL),
        ("ice plugins list --", SHELL),
        ("ice plugins list --type ", SHELL),
        ("ice explain lock-", SHELL | {"ice_cli.known_names"}),
    ],
)
def test_a_shell_is_answered_without_importing_a_framework(line: str, expected: set[str]) -> None:
    assert expected == imported_for([], _ICE_COMPLETE="bash_complete", COMP_WORDS=line)


# What a line that only tells something must not wait for.
FRAMEWORKS = {"click", "pydantic", "cryptography", "asyncio", "typing", "re", "dataclasses", "pathlib"}


@pytest.mark.parametrize("line", ["ice keys show ", "ice runs show "])
def test_what_the_machine_knows_is_completed_without_a_framework(line: str) -> None:
    asked = imported_for([], _ICE_COMPLETE="bash_complete", COMP_WORDS=line)

    assert set() == asked & FRAMEWORKS


def test_runs_are_listed_without_a_framework(tmp_path: Path) -> None:
    with Journal(tmp_path / "state.sqlite") as journal:
        journal._write(
            [
                (
                    "INSERT INTO runs (run_id, blueprint_id, plan_digest, inputs, started, status) "
                    "VALUES ('run-1', 'news', 'd', '{}', '2026-01-31T12:00:00Z', 'finished')",
                    (),
                )
            ]
        )
    asked = imported_for(["runs", "list"], ICEOS_HOME=str(tmp_path))

    assert {"ice_cli.run_listing", "ice_orchestrator.run_list"} < asked
    assert set() == asked & {"click", "pydantic", "cryptography", "asyncio", "dataclasses"}


@pytest.mark.parametrize("form", [[], ["--json"], ["--type", "tool", "--no-dynamic"]])
def test_components_are_listed_without_a_framework(form: list[str], tmp_path: Path) -> None:
    """Neither click nor a model, and no cipher: whoever lists uses nothing of what is listed."""
    indexed_home(tmp_path / "home")
    asked = imported_for(["plugins", "list", *form], cwd=tmp_path, ICEOS_HOME=str(tmp_path / "home"))

    assert {"ice_cli.component_list", "ice_core.index"} < asked
    assert set() == asked & {"click", "pydantic", "cryptography", "dataclasses", "pathlib", "packaging", "tomllib"}
