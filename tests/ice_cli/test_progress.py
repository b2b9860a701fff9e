"""The status line: seen on a terminal, gone afterwards; plain words elsewhere, and nothing for what ends at once."""

import contextlib
import time
from collections.abc import Callable, Iterator

import pytest

from ice_cli import progress
from ice_cli.progress import Progress
from tests.fakes.terminal import Terminal, colours, screen, terminal


@pytest.fixture
def tty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A terminal that can redraw; nothing in the environment says otherwise."""
    for name in ("CI", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    with terminal() as opened:
        yield opened


def written_by(tty: Terminal, act: Callable[[Progress], None] = lambda shown: None) -> str:
    """Everything that a status line writes to the terminal while something is done that takes a moment."""
    # Not in the fixture: pytest puts its own standard error back when the test begins.
    with contextlib.redirect_stderr(tty.stream), contextlib.suppress(LookupError), Progress("Verifying") as shown:
        time.sleep(0.15)
        act(shown)
        time.sleep(0.15)
    return tty.written()


def test_on_a_terminal_the_status_line_appears_and_leaves_nothing(tty: Terminal) -> None:
    written = written_by(tty)

    assert "Verifying …" in written
    assert [""] == screen(written)
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")


def test_the_status_line_says_what_is_done_next(tty: Terminal) -> None:
    assert "Signing with acme-2026 …" in written_by(tty, lambda shown: shown.tell("signing with acme-2026"))


def test_a_refusal_leaves_no_status_line_behind(tty: Terminal) -> None:
    def refuse(_: Progress) -> None:
        raise LookupError

    written = written_by(tty, refuse)

    assert "Verifying …" in written
    assert [""] == screen(written)


def test_colours_are_used_on_a_terminal_unless_no_color_is_set(tty: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    coloured = written_by(tty)
    monkeypatch.setenv("NO_COLOR", "1")
    plain = written_by(tty)

    assert [] != colours(coloured)
    assert [] == colours(plain)
    assert "Verifying …" in plain


@pytest.mark.parametrize(("name", "value"), [("TERM", "dumb"), ("CI", "true")])
def test_a_terminal_that_cannot_redraw_gets_no_escapes(
    tty: Terminal, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setattr(progress, "SILENT_SECONDS", 0.01)

    assert "Verifying …\r\n" == written_by(tty)


def test_what_ends_at_once_says_nothing_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("Verifying") as shown:
        shown.tell("writing")

    assert "" == capsys.readouterr().err


def test_what_takes_long_is_told_once_and_then_step_by_step(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "SILENT_SECONDS", 0.01)
    with Progress("Verifying") as shown:
        time.sleep(0.1)
        shown.tell("writing")

    assert "Verifying …\nWriting …\n" == capsys.readouterr().err
