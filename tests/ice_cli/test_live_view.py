"""The live view of a run on a real pseudo-terminal: what is left on the screen, and which escapes are used."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ice_cli.main import run
from ice_cli.run_view import view
from ice_orchestrator.events import Event
from tests.fakes.terminal import Terminal, colours, screen, terminal
from tests.ice_cli.test_run_view import finished
from tests.ice_cli.worlds import counting, words_package


@pytest.fixture
def tty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A terminal of 100 columns that can redraw."""
    for name in ("CI", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", "60")
    with terminal() as opened:
        yield opened


def drawn(tty: Terminal, *events: Event) -> list[str]:
    """What the terminal shows in the end."""
    with contextlib.redirect_stderr(tty.stream):
        context, show = view(as_json=False)
        with context:
            for event in events:
                show(event)
    return screen(tty.written())


def test_a_run_on_a_terminal_leaves_its_table_and_nothing_else(
    tty: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The words before it, the table as it was last, then the outputs on standard output."""
    monkeypatch.chdir(tmp_path)
    words_package(tmp_path / "iceos-home")
    counting(tmp_path / "count.json")
    with contextlib.redirect_stderr(tty.stream):
        code = run(["run", "count.json", "--input", "text=a b", "--no-dynamic"])
    written = tty.written()
    shown = screen(written)

    assert (0, '{\n  "words": 2\n}\n') == (code, capsys.readouterr().out)
    assert ["plan", "mode", "package", "started", "code", "NODE", "count"] == [line.split()[0] for line in shown]
    assert "count tool:count_words done 0.001" == " ".join(shown[-1].split()[:-1])
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")


def test_no_color_and_dumb_terminals_are_respected(tty: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with contextlib.redirect_stderr(tty.stream):
        context, show = view(as_json=False)
        with context:
            show(finished())
    plain = tty.written()
    monkeypatch.setenv("TERM", "dumb")
    lines = drawn(tty, finished())

    assert [] == colours(plain)
    assert ["  done     read  1.235 s  0.0042 USD"] == lines
