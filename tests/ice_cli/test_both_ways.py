"""A line is answered the same with click and without it, whatever is odd: the line, the machine, what lies in pages."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from itertools import product
from pathlib import Path

import pytest

from ice_cli import command_table, help_pages
from ice_cli.direct import told_directly
from ice_cli.main import run
from ice_cli.offers import offered
from ice_cli.program import run_program
from ice_core.home import Home
from ice_orchestrator.journal import Journal
from tests.builders.homes import install, make_home
from tests.builders.manifests import component, manifest, signed

ONE_RUN = (
    "INSERT INTO runs (run_id, blueprint_id, plan_digest, inputs, started, status) "
    "VALUES (?, ?, 'd', '{}', '2026-01-31T12:00:00Z', 'finished')"
)
WHEEL = ("acme_csv-1.2.3-py3-none-any.whl", b"a wheel")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with a component of a long description, and two runs, one of a plan with an invisible name."""
    home = make_home(tmp_path / "iceos-home")
    monkeypatch.setenv("ICEOS_HOME", str(home.root))
    monkeypatch.chdir(tmp_path)
    entry = component("csv_reader", description="Reads tables, Ünïcode ones too. " * 9)
    install(home, signed(manifest(entry), [WHEEL]), [WHEEL])
    with Journal(home.state) as journal:
        journal._write([(ONE_RUN, ("run-1", "news")), (ONE_RUN, ("run-2", "a\u202eb\x7f"))])
    return home


def answer(way: Callable[[Sequence[str]], int | None], words: Sequence[str]) -> tuple[int | None, str, str]:
    """The code and both streams of one way to answer a line."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = way(words)
    return code, out.getvalue(), err.getvalue()


def lines(command: Sequence[str], parts: Sequence[Sequence[str]], *, length: int) -> Iterator[list[str]]:
    """Each line of this command with so many parts, repeated ones among them."""
    for chosen in product(parts, repeat=length):
        yield [*command, *(word for part in chosen for word in part)]


LIST_PARTS = [
    ["--json"],
    ["--type=tool"],
    ["--type", "agent"],
    ["--type="],
    ["--type"],
    ["--no-dynamic"],
    ["--dynamic"],
]
RUNS_PARTS = [["--json"], ["--limit", "1"], ["--limit=007"], ["--limit", "+1"], ["--limit=-1"], ["--limit"]]
ODD_PARTS = [["--"], ["--js"], ["--json=1"], ["-"], [""], ["-h"], ["--output-format=json"], ["more"]]


@pytest.mark.parametrize(
    ("command", "parts"),
    [(["plugins", "list"], [*LIST_PARTS, *ODD_PARTS]), (["runs", "list"], [*RUNS_PARTS, *ODD_PARTS])],
    ids=["plugins list", "runs list"],
)
def test_two_parts_of_a_line_are_answered_alike_in_either_order(
    home: Home, command: list[str], parts: list[list[str]]
) -> None:
    """What is repeated counts as click counts it, and what is wrong is refused with its words."""
    asked = list(lines(command, parts, length=2))
    different = [words for words in asked if answer(run, words) != answer(run_program, words)]

    assert [] == different


@pytest.mark.parametrize(
    ("words", "is_direct"),
    [
        (["plugins", "list", "--json", "--type", "tool", "--json"], True),
        (["plugins", "list", "--type", "agent", "--type=tool"], True),
        (["plugins", "list", "--type", "tol", "--type=tool"], False),
        (["plugins", "list", "--type", "TOOL"], False),
        (["plugins", "list", "--type", "tool agent"], False),
        (["plugins", "list", "--ty", "tool"], False),
        (["plugins", "list", "--type", "--", "tool"], False),
        (["--json", "plugins", "list"], False),
        (["plugins", "--json", "list"], False),
        (["plugins", "list", "--", "--json"], False),
        (["runs", "list", "--limit", "1", "--limit=2"], True),
        (["runs", "list", "--limit=00001"], True),
        (["runs", "list", "--limit=000001"], False),
        (["runs", "list", "--limit= 1"], False),
        (["runs", "list", "--limit=1_0"], False),
        (["runs", "list", "--limit", "٣"], False),
        (["runs", "list", "--limit", "--json"], False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_an_odd_line_goes_the_way_it_should_and_tells_what_click_tells(
    home: Home, words: list[str], is_direct: bool
) -> None:
    direct, clicked = answer(told_directly, words), answer(run_program, words)

    assert clicked == answer(run, words)
    assert (clicked if is_direct else (None, "", "")) == direct


@pytest.mark.parametrize("words", [["plugins", "list"], ["plugins", "list", "--json", "--dynamic"]], ids=" ".join)
@pytest.mark.parametrize("value", ["", "0", "1", "TRUE", "maybe"])
@pytest.mark.parametrize("name", ["ICEOS_NO_DYNAMIC", "ICEOS_ISOLATE"])
def test_a_setting_of_the_environment_counts_in_both_ways(
    home: Home, words: list[str], name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    told = answer(run, words)

    assert answer(run_program, words) == told
    assert (2 if (name, value) == ("ICEOS_NO_DYNAMIC", "maybe") else 0) == told[0]


@pytest.mark.parametrize(
    "text",
    [
        "[tool.iceos]\nno_dynamic = true",
        "[tool.iceos]\nno_dynamic = 1",
        "[tool.iceos",
        "[tool.iceos]\ntrusted_keys = []",
    ],
)
def test_a_setting_of_the_project_counts_in_both_ways(home: Home, text: str) -> None:
    Path("pyproject.toml").write_text(text, encoding="utf-8")
    told = answer(run, ["plugins", "list"])

    assert answer(run_program, ["plugins", "list"]) == told
    assert (0 if text.endswith("true") else 2) == told[0]


@pytest.mark.parametrize("words", [["runs", "list"], ["runs", "list", "--json"], ["plugins", "list", "--json"]])
@pytest.mark.parametrize("root", ["nowhere", "file", "iceos-home"])
def test_another_home_is_asked_in_both_ways(
    home: Home, words: list[str], root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that is not there or no folder; asking makes nothing."""
    Path("file").write_text("", encoding="utf-8")
    monkeypatch.setenv("ICEOS_HOME", str(Path(root).absolute()))
    told = answer(run, words)

    assert answer(run_program, words) == told
    assert not Path("nowhere").exists()


@pytest.mark.parametrize("words", [["runs", "list"], ["runs", "list", "--json"]], ids=" ".join)
def test_a_journal_that_cannot_be_read_is_refused_alike(home: Home, words: list[str]) -> None:
    home.state.write_bytes(b"no journal" * 1000)
    told = answer(run, words)

    assert answer(run_program, words) == told
    assert (1, 1) == (told[0], (told[1] + told[2]).count("journal-unreadable"))


@pytest.mark.parametrize("columns", ["1", "20", "79", "500", "x"])
@pytest.mark.parametrize("command", ["plugins", "runs"])
def test_a_listing_does_not_depend_on_the_width(
    home: Home, command: str, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is piped or pasted is whole; nothing that a terminal would obey is in it."""
    wide = answer(run, [command, "list"])
    monkeypatch.setenv("COLUMNS", columns)
    told = answer(run, [command, "list"])

    assert (wide, wide) == (told, answer(run_program, [command, "list"]))
    assert told[1].replace("\n", "").isprintable()


TABLES = {
    "an empty table": b"",
    "no table in UTF-8": b"\xff\xfe",
    "a row without its fields": b"made\n\nice\ncommand\n",
    "an option without its fields": b"made\n\nice\ncommand\tplugins\t-\n\nice plugins\ncommand\tlist\t-\n\n"
    b"ice plugins list\noption\t--json\n",
    "a command that lost its options": b"made\n\nice\ncommand\tplugins\t-\n\nice plugins\ncommand\tlist\t-\n",
}


@pytest.mark.parametrize("table", [*TABLES.values(), None], ids=[*TABLES, "no table"])
def test_a_damaged_table_costs_only_time(
    home: Home, table: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Click answers then, with nothing printed before."""
    if table is not None:
        (tmp_path / command_table.TABLE).write_bytes(table)
    monkeypatch.setattr(command_table, "FOLDER", str(tmp_path))
    told = answer(run, ["plugins", "list", "--json"])

    assert answer(run_program, ["plugins", "list", "--json"]) == told
    assert 0 == told[0]


@pytest.mark.parametrize("damage", ["folder", "bytes", "loop"])
def test_a_damaged_page_is_answered_by_click(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    expected = answer(run_program, ["runs", "--help"])
    page = tmp_path / help_pages.page_name(["runs"])
    if damage == "folder":
        page.mkdir()
    elif damage == "bytes":
        page.write_bytes(b"Usage: ice runs \xff")
    else:
        page.symlink_to(page.name)
    monkeypatch.setattr(help_pages, "FOLDER", str(tmp_path))

    assert expected == answer(run, ["runs", "--help"])


@pytest.mark.parametrize(
    ("words", "incomplete", "same"),
    [
        (["plugins", "list", "--type"], "=", (["plugins", "list", "--type"], "")),
        (["plugins", "list"], "--type=w", (["plugins", "list", "--type"], "w")),
    ],
)
def test_a_value_behind_an_equals_sign_is_offered_as_one_behind_a_space(
    words: list[str], incomplete: str, same: tuple[list[str], str]
) -> None:
    """Some shells hand the sign over as a word of its own."""
    told = offered(words, incomplete)

    assert offered(*same) == told
    assert told
