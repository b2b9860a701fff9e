"""Plain lines without click: the same words, data and code as with it, and nothing printed twice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ice_cli import direct
from ice_cli.direct import ANSWERS, told_directly
from ice_cli.main import run
from ice_cli.program import run_program
from ice_core.home import Home
from ice_orchestrator.journal import Journal
from tests.builders.homes import install, make_home
from tests.builders.manifests import component, manifest, signed

ONE_RUN = (
    "INSERT INTO runs (run_id, blueprint_id, plan_digest, inputs, started, status) "
    "VALUES (?, 'news', 'd', '{}', ?, 'finished')"
)
WHEEL = ("acme_csv-1.2.3-py3-none-any.whl", b"a wheel")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a signed manifest of three components."""
    home = make_home(tmp_path / "iceos-home")
    entries = [
        component("csv_reader"),
        component("dear", cost_estimate={"base": 0.00001, "per_token": 2e-7}, max_tokens=10),
        component("free", cost_estimate={"base": 0, "per_token": 0}, description="Ünïcode " * 20),
    ]
    install(home, signed(manifest(*entries), [WHEEL]), [WHEEL])
    with Journal(home.state) as journal:
        journal._write([(ONE_RUN, (f"run-{number}", f"2026-01-31T12:00:0{number}Z")) for number in range(3)])
    return home


PLAIN = [
    ["plugins", "list"],
    ["plugins", "list", "--json"],
    ["plugins", "list", "--type", "tool"],
    ["plugins", "list", "--type=agent"],
    ["plugins", "list", "--no-dynamic", "--type", "tool", "--json"],
    ["plugins", "list", "--no-dynamic", "--dynamic"],
    ["plugins", "list", "--json", "--json"],
    ["plugins", "list", "--"],
    ["runs", "list"],
    ["runs", "list", "--json"],
    ["runs", "list", "--limit", "1"],
    ["runs", "list", "--limit=10000", "--json"],
]


@pytest.mark.parametrize("words", PLAIN, ids=" ".join)
def test_a_plain_line_tells_what_click_tells(words: list[str], home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    code = told_directly(words)
    told = capsys.readouterr()

    assert (run_program(words), capsys.readouterr()) == (code, told)
    assert 0 == code
    assert told.out or told.err


def test_an_empty_home_is_told_as_click_tells_it(capsys: pytest.CaptureFixture[str]) -> None:
    told = (told_directly(["plugins", "list"]), capsys.readouterr())

    assert (run_program(["plugins", "list"]), capsys.readouterr()) == told
    assert "" == told[1].out


@pytest.mark.parametrize(
    "words",
    [
        ["plugins"],
        ["plugins", "show", "tool:csv_reader"],
        ["plugins", "list", "more"],
        ["plugins", "list", "--type"],
        ["plugins", "list", "--type", "tol"],
        ["plugins", "list", "--type", ""],
        ["plugins", "list", "--plugins", "x"],
        ["plugins", "list", "--help", "--json"],
        ["plugins", "list", "--nope"],
        ["runs", "list", "--limit", "0"],
        ["runs", "list", "--limit", "10001"],
        ["runs", "list", "--limit", "x"],
        ["runs", "list", "--limit", "²"],
        ["runs", "list", "-h", "--json"],
    ],
    ids=" ".join,
)
def test_whatever_is_not_plain_is_left_to_click(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert None is told_directly(words)
    assert ("", "") == capsys.readouterr()


def test_limits_that_were_lowered_are_left_to_click(home: Home) -> None:
    """They are read before anything else is."""
    (home.root / "config.toml").write_text("", encoding="utf-8")

    assert None is told_directly(["plugins", "list"])


def test_a_refusal_is_told_once_and_as_click_tells_it(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """The answer is made whole before it is printed, so that there is nothing to take back."""
    (home.root / "plugins.json").write_bytes(b"{")

    refused = (run(["plugins", "list"]), capsys.readouterr())

    assert (run_program(["plugins", "list"]), capsys.readouterr()) == refused
    assert 1 == refused[0]
    assert 1 == refused[1].err.count("error[json-syntax]")


def test_an_interrupt_ends_with_130(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(line: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(ANSWERS, "plugins list", slow)

    assert direct.INTERRUPTED == told_directly(["plugins", "list"])
    assert ("", "\ninterrupted\n") == capsys.readouterr()


def asked_of_a_process(home: Home, *, output: int, **environ: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "ice_cli", "plugins", "list"],
        env={**os.environ, "ICEOS_HOME": str(home.root), **environ},
        stdout=output,
        stderr=subprocess.PIPE,
        check=False,
    )


def test_a_reader_that_goes_away_is_not_an_error_of_ours(home: Home) -> None:
    """`ice plugins list | true` ends without a traceback."""
    reader, writer = os.pipe()
    os.close(reader)
    done = asked_of_a_process(home, output=writer)
    os.close(writer)

    assert (1, b"") == (done.returncode, done.stderr)


def test_what_the_encoding_cannot_say_is_told_by_click(home: Home) -> None:
    """It takes a stream that claims to be ASCII for UTF-8."""
    done = asked_of_a_process(home, output=subprocess.PIPE, PYTHONIOENCODING="ascii")

    assert (0, b"") == (done.returncode, done.stderr)
    assert "Ünïcode" in done.stdout.decode()
