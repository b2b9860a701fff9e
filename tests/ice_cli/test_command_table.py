"""A plain line, read by the table of commands: its command, its options by the names given, its arguments."""

import pytest

from ice_cli.command_table import read_line


@pytest.mark.parametrize(
    ("words", "path", "given", "arguments"),
    [
        ([], "ice", [], []),
        (["plugins"], "ice plugins", [], []),
        (["plugins", "list", "--json"], "ice plugins list", [("--json", "")], []),
        (["runs", "list", "--limit", "3"], "ice runs list", [("--limit", "3")], []),
        (["runs", "list", "--limit=3", "--limit", "4"], "ice runs list", [("--limit", "3"), ("--limit", "4")], []),
        (["plugins", "list", "--type", "--json"], "ice plugins list", [("--type", "--json")], []),
        (["plugins", "list", "--type="], "ice plugins list", [("--type", "")], []),
        (["lock", "a", "-b", "c", "b"], "ice lock", [("-b", "c")], ["a", "b"]),
        (["lock", "--", "--json", "-b"], "ice lock", [], ["--json", "-b"]),
        (["lock", "-", ""], "ice lock", [], ["-", ""]),
        (["run", "x", "--no-dynamic", "--dynamic"], "ice run", [("--no-dynamic", ""), ("--dynamic", "")], ["x"]),
    ],
)
def test_a_plain_line_is_read(words: list[str], path: str, given: list[tuple[str, str]], arguments: list[str]) -> None:
    line = read_line(words)

    assert line is not None
    assert (path, given) == (line.command.path, [(name, value) for _, name, value in line.given])
    assert (arguments, False) == (line.arguments, line.is_cut)


def test_an_option_without_its_value_cuts_the_line() -> None:
    line = read_line(["lock", "a", "--json", "-b"])

    assert line is not None
    assert (["--json"], [], True) == ([name for _, name, _ in line.given], line.arguments, line.is_cut)


@pytest.mark.parametrize(
    "words",
    [["nope"], ["--json"], ["plugins", "--", "list"], ["lock", "-bx"], ["lock", "-b=x"], ["lock", "--jso"]],
    ids=" ".join,
)
def test_a_line_that_is_not_plain_is_not_read(words: list[str]) -> None:
    assert None is read_line(words)


@pytest.mark.parametrize("words", [["lock", "--json=1"], ["run", "x", "--no-dynamic=1"]], ids=" ".join)
def test_a_flag_takes_no_value(words: list[str]) -> None:
    assert None is read_line(words)
