"""The protocol between shells and `ice`: questions read and answers written as click does, word for word."""

import os
import subprocess
import sys

import click
import pytest
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    split_arg_string,
)
from hypothesis import given
from hypothesis import strategies as st

from ice_cli import shells
from ice_cli.shells import SHELLS, VARIABLE, answer, asked, completion_script, shell_answered, split_words

CLICKS: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
TEXTS = st.text(alphabet=st.sampled_from("ab-:=,.'\"\\ \t\n$#é"), max_size=20)


def of_click(shell: str) -> ShellComplete:
    return CLICKS[shell](click.Group("ice"), {}, "ice", VARIABLE)


@given(TEXTS)
def test_a_line_has_the_words_that_click_finds(line: str) -> None:
    assert split_arg_string(line) == split_words(line)


@pytest.mark.parametrize("shell", ["zsh", "fish"])
@pytest.mark.parametrize("line", ["ice", "ice ", "ice plugins sh", "ice run 'a b", "ice run tool:x tool:x", 'ice "" x'])
@pytest.mark.parametrize("number", ["", "0", "1", "2", "9", "sh", "tool:x"])
def test_a_question_is_read_as_click_reads_it(
    shell: str, line: str, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", number)
    if shell == "zsh" and not number.isdigit():
        with pytest.raises(ValueError, match="invalid literal"):
            asked(shell, os.environ)
        return

    assert of_click(shell).get_completion_args() == asked(shell, os.environ)


@pytest.mark.parametrize(
    ("line", "words", "incomplete"),
    [
        ("ice", [], ""),
        ("ice ", [], ""),
        ("ice pl", [], "pl"),
        ("ice plugins ", ["plugins"], ""),
        ("ice plugins show tool:c", ["plugins", "show"], "tool:c"),
    ],
)
def test_bash_hands_over_the_line_up_to_the_cursor(line: str, words: list[str], incomplete: str) -> None:
    assert (words, incomplete) == asked("bash", {"COMP_WORDS": line})


@pytest.mark.parametrize("shell", SHELLS)
@given(
    kind=st.sampled_from(["plain", "file", "dir"]), value=st.text("ab:", max_size=6), words=st.text("a:_", max_size=6)
)
def test_an_answer_is_written_as_click_writes_it(shell: str, kind: str, value: str, words: str) -> None:
    written = answer(shell, [(kind, value, words)], "", {"COMP_WORDS": ""})

    assert of_click(shell).format_completion(CompletionItem(value, kind, words or None)) == "\n".join(written)


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_scripts_are_still_those_of_click(shell: str) -> None:
    """When click changes its own, ours is looked at again."""
    assert ShellComplete.source(of_click(shell)) == completion_script(shell)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_that_asks_for_its_script_gets_it(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As programs on click are asked: `_ICE_COMPLETE=bash_source ice`."""
    assert shell_answered({VARIABLE: f"{shell}_source"})
    assert completion_script(shell) == capsys.readouterr().out


@pytest.mark.parametrize(
    "environ",
    [
        {VARIABLE: "powershell_complete", "COMP_WORDS": "ice pl", "COMP_CWORD": "1"},
        {VARIABLE: "bash"},
        {VARIABLE: ""},
        {VARIABLE: "bash_complete"},
        {VARIABLE: "zsh_complete", "COMP_WORDS": "ice pl", "COMP_CWORD": "x"},
        {VARIABLE: "fish_complete", "COMP_WORDS": "ice pl", "COMP_CWORD": " "},
    ],
)
def test_a_question_that_is_none_of_ours_is_left_to_click(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert not shell_answered(environ)
    assert ("", "") == capsys.readouterr()


def test_a_shell_that_only_click_knows_is_still_answered() -> None:
    asking = {VARIABLE: "powershell_complete", "COMP_WORDS": "ice pl", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "ice_cli"], env={**os.environ, **asking}, capture_output=True, text=True, check=False
    )

    assert (0, "plain\nplugins\nExport, check, sign and list manifests\n") == (done.returncode, done.stdout)


def test_a_line_that_only_click_understands_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    assert shells.shell_answered({VARIABLE: "bash_complete", "COMP_WORDS": "ice lock -bx --che"})
    assert "plain,--check\n" == capsys.readouterr().out


def test_nothing_to_offer_is_an_empty_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert shell_answered({VARIABLE: "bash_complete", "COMP_WORDS": "ice zzz"})
    assert "\n" == capsys.readouterr().out
