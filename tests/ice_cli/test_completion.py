"""Completion: the real bash is driven through the printed script; zsh and fish by the protocol of theirs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from ice_cli import completion
from ice_cli.lazy_group import LazyGroup
from ice_cli.program import build
from ice_cli.shells import SHELLS, completion_script
from ice_cli.tree import TREE
from ice_core.home import Home
from tests.builders.homes import make_home, write
from tests.ice_cli.invoke import Ice
from tests.ice_cli.worlds import counting, environment, words_package

# `ice` of this very source, for a shell whose path may hold another.
ICE = f'#!/bin/sh\nexec "{sys.executable}" -m ice_cli "$@"\n'
# As bash itself fills them in; it cuts words at each colon.
ASK = """\
complete() { :; }
compopt() { echo "compopt $*"; }
eval "$(ice completion bash)"
while IFS= read -r COMP_LINE; do
    COMP_POINT=${#COMP_LINE}
    COMP_WORDS=(ice plugins show tool : c)
    COMP_CWORD=5
    _ice_completion ice ice ice
    echo "$COMP_LINE -> ${COMPREPLY[*]}"
done
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with `acme-words`, its key and one run; and an empty folder to stand in."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    words_package(tmp_path / "iceos-home")
    return Home(tmp_path / "iceos-home")


def asked_of_bash(home: Home, folder: Path, *lines: str, before: str = "") -> list[str]:
    """What a real bash makes of these lines, each ending where the cursor is."""
    programs = folder / "programs"
    programs.mkdir()
    (programs / "ice").write_text(ICE)
    (programs / "ice").chmod(0o755)
    environ = environment(home.root)
    done = subprocess.run(
        ["bash", "--norc", "-c", before + ASK],
        input="".join(f"{line}\n" for line in lines),
        env={**environ, "PATH": f"{programs}{os.pathsep}{environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "" == done.stderr
    return done.stdout.splitlines()


def values(callback: completion.Completer, incomplete: str) -> list[tuple[str, str]]:
    context = click.Context(click.Command("x"))
    return [(item.type, item.value) for item in callback(context, click.Argument(["x"]), incomplete)]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash on this machine")
def test_bash_completes_commands_options_and_what_the_machine_knows(home: Home, tmp_path: Path) -> None:
    """Of a component only what stands behind the colon, since that is all that bash replaces."""
    lines = asked_of_bash(
        home,
        tmp_path,
        "ice pl",
        "ice plugins show tool:c",
        "ice run --inp",
        "ice run tool:sh",
        'ice plugins show "tool:sh',
        "ice explain lock-st",
        "ice keys show ",
    )

    assert lines == [
        "ice pl -> plugins",
        "ice plugins show tool:c -> count_words",
        "ice run --inp -> --input --inputs",
        "ice run tool:sh -> shout",
        'ice plugins show "tool:sh -> tool:shout',
        "ice explain lock-st -> lock-stale",
        "ice keys show  -> acme-2026",
    ]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash on this machine")
def test_bash_without_the_colon_among_its_word_breaks_is_given_whole_names(home: Home, tmp_path: Path) -> None:
    lines = asked_of_bash(home, tmp_path, "ice run tool:sh", "ice run ", before="COMP_WORDBREAKS=' '\n")

    assert ["ice run tool:sh -> tool:shout", "compopt -o default", "ice run  -> "] == lines


@pytest.mark.parametrize(
    ("shell", "words", "number", "expected"),
    [
        ("zsh", "ice plugins show tool:sh", "3", "plain\ntool:shout\n_\n"),
        ("zsh", "ice keys tr", "2", "plain\ntrust\nTrust a publisher's public key\n"),
        ("fish", "ice plugins show tool:sh", "tool:sh", "plain,tool:shout\n"),
        ("fish", "ice keys tr", "tr", "plain,trust\tTrust a publisher's public key\n"),
    ],
)
def test_zsh_and_fish_are_answered_in_their_own_form(
    home: Home, shell: str, words: str, number: str, expected: str
) -> None:
    asking = {"_ICE_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": number}
    done = subprocess.run(
        [sys.executable, "-m", "ice_cli"],
        env={**environment(home.root), **asking},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, expected, "") == (done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_the_data(ice: Ice, shell: str) -> None:
    """It asks `ice` with the variable that `ice` answers to; a shell that is here accepts it."""
    printed = ice("completion", shell)

    assert (0, "", f"{completion_script(shell).rstrip()}\n") == (printed.code, printed.err, printed.out)
    assert f"_ICE_COMPLETE={shell}_complete" in printed.out
    program = shutil.which(shell)
    if program is not None:
        subprocess.run([program, "-n"], input=printed.out, text=True, check=True)


def test_json_holds_the_script(ice: Ice) -> None:
    assert {"shell": "fish", "script": completion_script("fish")} == ice("completion", "fish", "--json").json


def test_a_shell_that_is_none_is_told_with_those_that_are(ice: Ice) -> None:
    refused = ice("completion", "cmd")

    assert (2, "", "usage") == (refused.code, refused.out, refused.slug)
    assert "'bash', 'zsh', 'fish'" in refused.err


def test_listing_commands_for_a_shell_imports_none() -> None:
    """A group answers from its table: loading every command for each keystroke would be slow."""

    def never() -> click.Command:
        raise AssertionError("a command was loaded")

    group = LazyGroup("x", {"alpha": ("First", never), "beta": ("Second", never)}, help="Both.")

    items = group.shell_complete(click.Context(group), "a")
    assert [("alpha", "First")] == [(item.value, item.help) for item in items]


def test_every_command_of_the_root_is_offered() -> None:
    root = build()

    assert [*TREE] == [item.value for item in root.shell_complete(click.Context(root), "")]


def test_recorded_runs_are_offered(ice: Ice, home: Home) -> None:
    counting(Path("count.json"))
    assert [] == values(completion.runs, "")
    assert 0 == ice("run", "count.json", "--input", "text=a", "--no-dynamic").code
    (run,) = ice("runs", "list", "--json").json

    assert [("plain", run["run_id"])] == values(completion.runs, "20")


@pytest.mark.parametrize("incomplete", ["", "news", "count", "tool:x"])
def test_what_is_no_component_is_a_file(home: Home, incomplete: str) -> None:
    Path("tool:x.json").touch()

    assert [("file", incomplete)] == values(completion.components_or_files, incomplete)


def test_what_cannot_be_read_offers_nothing(tmp_path: Path) -> None:
    """A refusal between two keystrokes would only be in the way."""
    home = make_home(tmp_path / "iceos-home")
    write(home.keys / "other.json", b"{}")
    write(home.state, b"no journal" * 1000)

    assert [] == [*values(completion.components, ""), *values(completion.runs, "")]
    assert "other" not in [value for _, value in values(completion.keys, "")]
