"""The `ice` command as a whole: help on 80 columns, exit codes, streams, and errors of ours."""

import json
import os
import subprocess
import sys

import click
import pytest

from ice_cli import main as entry
from ice_cli import program
from ice_cli.lazy_group import LazyGroup
from ice_cli.tree import TREE
from ice_core.error_codes import ERROR_CODES
from ice_core.version import VERSION


def all_commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    """Every command of the tree with its words."""
    found: list[tuple[tuple[str, ...], click.Command]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found.append(((*path, name), command))
        if isinstance(command, click.Group):
            found.extend(all_commands(command, (*path, name)))
    return found


COMMANDS = all_commands(program.build())
NAMES = [" ".join(words) for words, _ in COMMANDS]


@pytest.mark.parametrize("words", [(), *(words for words, _ in COMMANDS)], ids=["ice", *NAMES])
def test_help_reads_well_on_80_columns(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Every command explains itself, within 80 columns, on standard output."""
    assert entry.run([*words, "--help"]) == 0

    output = capsys.readouterr()
    assert output.err == ""
    assert output.out.startswith(f"Usage: {' '.join(('ice', *words))} ")
    assert max(map(len, output.out.split("\n"))) <= 80
    assert "-h, --help" in output.out


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=NAMES)
def test_every_command_takes_json(words: tuple[str, ...], command: click.Command) -> None:
    """Each command that is not a group has `--json`, and each has help of its own."""
    if isinstance(command, click.Group):
        return

    names = [option for parameter in command.params for option in parameter.opts]
    assert "--json" in names
    assert command.help


def test_the_short_help_of_every_command_is_one_line_without_a_stop() -> None:
    """The listing stays a listing."""
    for name, (text, _) in TREE.items():
        assert 10 <= len(text) <= 66, name
        assert not text.endswith(".")


def test_listing_commands_imports_none_of_them() -> None:
    """`ice --help` is printed without importing a command, a model or a cipher."""
    script = (
        "import sys\nfrom ice_cli.main import run\ncode = run(['--help'])\n"
        "loaded = [n for n in sys.modules if n.startswith(('ice_cli.commands', 'pydantic', 'cryptography', 'rich'))]\n"
        "print(code, loaded, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stderr == "0 []\n"


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """`ice --version` names the program and its version."""
    assert entry.run(["--version"]) == 0
    assert capsys.readouterr().out == f"ice {VERSION}\n"


@pytest.mark.parametrize("words", [[], ["plugins"], ["keys"], ["runs"]], ids=["ice", "plugins", "keys", "runs"])
def test_a_group_without_a_command_shows_its_help_and_exits_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing was done, so nothing goes to standard output."""
    assert entry.run(words) == 2

    output = capsys.readouterr()
    assert output.out == ""
    assert "Commands:" in output.err


def test_a_wrong_word_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """The message names the command, the hint the help that mends it."""
    assert entry.run(["explain", "--jsom"]) == 2
    assert capsys.readouterr().err == (
        "error[usage]: `ice explain`: no such option '--jsom'. Did you mean '--json'?\n"
        "\n"
        "hint: To see what it takes, run `ice explain --help`\n"
    )


def test_a_usage_error_under_json_is_a_document_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """A program that asked for JSON gets JSON, also for its own mistakes."""
    assert entry.run(["explain", "--json", "--nope"]) == 2

    output = capsys.readouterr()
    assert output.err == ""
    assert json.loads(output.out)["error"]["slug"] == "usage"


def test_an_unexpected_exception_is_ours_and_exits_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug is reported as one, with where it happened, and is never shown as the user's mistake."""

    @click.command("broken")
    def broken() -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(program, "build", lambda: LazyGroup("ice", {"broken": ("x", lambda: broken)}, help="x"))

    assert entry.run(["broken"]) == 2
    text = capsys.readouterr().err
    assert text.startswith("error[internal-error]: `ZeroDivisionError` was not expected: by nothing\n")
    assert "note: This is a fault of iceos, not of what you gave it.\n" in text
    assert ERROR_CODES["internal-error"].exit_code == 2


def test_an_interrupt_ends_with_130(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is neither success nor failure."""

    @click.command("slow")
    def slow() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "build", lambda: LazyGroup("ice", {"slow": ("x", lambda: slow)}, help="x"))

    assert entry.run(["slow"]) == 130
    assert capsys.readouterr().err == "\ninterrupted\n"


def test_a_reader_that_goes_away_is_not_an_error_of_ours() -> None:
    """`ice explain | head -1` ends without a traceback."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "ice_cli", "explain"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)

    assert done.stderr == ""
    assert done.returncode == 1
