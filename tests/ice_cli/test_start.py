"""What a command imports before it knows what it is asked for: nothing that only some of its runs need."""

import subprocess
import sys

import pytest

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
