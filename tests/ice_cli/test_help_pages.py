"""Help without click: each page is what click says, and whatever is not exactly a page is click's."""

import fcntl
import os
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from ice_cli import help_pages
from ice_cli.main import run
from ice_cli.program import run_program
from tests.house.help_pages import contexts

WORDS = [tuple(context.command_path.split()[1:]) for context in contexts()]
NAMES = [" ".join(("ice", *words)) for words in WORDS]


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize("option", help_pages.HELP_OPTIONS)
@pytest.mark.parametrize("words", WORDS, ids=NAMES)
def test_a_page_is_what_click_says(words: tuple[str, ...], option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == help_pages.page_told([*words, option])
    page = capsys.readouterr()
    assert 0 == run_program([*words, option])

    assert capsys.readouterr() == page


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",), ("plugins", "export", "--help"), ("--version",)])
@pytest.mark.parametrize("columns", ["40", "79", "80", "81", "300", "0", "-1", "x", ""])
def test_the_terminal_gets_what_click_would_give_it(
    arguments: tuple[str, ...], columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever answers: below 80 columns click fills the lines anew, and what is no number is no width."""
    monkeypatch.setenv("COLUMNS", columns)
    told = (run(arguments), capsys.readouterr())

    assert told == (run_program(arguments), capsys.readouterr())


@pytest.mark.parametrize(("columns", "expected"), [("79", None), ("80", 0), ("300", 0)])
def test_a_narrow_terminal_is_left_to_click(
    columns: str, expected: int | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    assert expected == help_pages.page_told(["--help"])
    assert (expected is None) == ("" == capsys.readouterr().out)


@pytest.mark.parametrize(("columns", "expected"), [(60, None), (100, 0)])
def test_without_the_variable_the_terminal_itself_is_asked(
    columns: int, expected: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS")
    outer, inner = os.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with os.fdopen(inner, "w") as terminal, os.fdopen(outer, "rb"):
        monkeypatch.setattr(sys, "__stdout__", terminal)
        monkeypatch.setattr(sys, "stdout", terminal)
        told = help_pages.page_told(["--help"])

    assert expected == told


def test_without_any_standard_output_there_is_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under `pythonw`: click says nothing then, and so does a page."""
    monkeypatch.delenv("COLUMNS")
    monkeypatch.setattr(sys, "__stdout__", None)
    monkeypatch.setattr(sys, "stdout", None)

    assert None is help_pages.page_told(["--help"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("plugins",),
        ("plugins", "list"),
        ("--help", "plugins"),
        ("--help", "--version"),
        ("plugins", "list", "--json", "--help"),
        ("plugins", "lst", "--help"),
        ("Plugins", "--help"),
        ("run", "news.yaml", "--help"),
        ("lock", "--", "--help"),
        ("--", "--help"),
        ("", "--help"),
        ("plugins-list", "--help"),
        ("../pages/ice", "--help"),
        ("é", "--help"),
        ("--version", "--help"),
        ("--version", "--version"),
    ],
    ids=" ".join,
)
def test_whatever_is_not_exactly_a_page_is_left_to_click(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert None is help_pages.page_told(arguments)
    assert ("", "") == capsys.readouterr()


def test_an_unknown_command_is_refused_as_before(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == run(["lst", "--help"])

    printed = capsys.readouterr()
    assert "" == printed.out
    assert printed.err.startswith("error[usage]: `ice`: no such command 'lst'")


def test_a_page_that_is_not_there_is_left_to_click(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As where the package lies in an archive."""
    monkeypatch.setattr(help_pages, "FOLDER", str(tmp_path))

    assert None is help_pages.page_told(["--help"])


def test_what_the_encoding_cannot_say_is_left_to_click_unwritten() -> None:
    """The page of `ice keys trust` has a character that is not ASCII."""
    code = "from ice_cli.help_pages import page_told; raise SystemExit(page_told(['keys', 'trust', '--help']) is None)"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=False
    )

    assert (1, b"", b"") == (done.returncode, done.stdout, done.stderr)


def test_a_reader_of_help_that_goes_away_is_not_an_error_of_ours() -> None:
    """`ice --help | true` ends without a traceback."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "ice_cli", "--help"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)

    assert (1, "") == (done.returncode, done.stderr)
