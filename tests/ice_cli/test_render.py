"""How errors look: whole messages, excerpts, and outside text that cannot move the cursor."""

from pathlib import Path

import pytest

from ice_cli.render import error_text, finding_text, findings_text
from ice_core.errors import Finding, IceError, Location


def test_a_full_error_prints_each_part_in_its_place() -> None:
    """Slug, message, place, expected, found, lines, note and hints come in this order, a blank line between blocks."""
    error = IceError(
        "lock-hash-mismatch",
        "`tool:csv_reader` 1.2.3 is not the one that was locked",
        where=Location("pylock.iceos.toml", line=22),
        expected="sha256:d055",
        found="sha256:c055",
        detail=("one line", "", "another"),
        note="Nothing was installed.",
        hints=("To see what differs, run `ice diff tool:csv_reader`",),
    )

    assert error_text(error) == (
        "error[lock-hash-mismatch]: `tool:csv_reader` 1.2.3 is not the one that was locked\n"
        "  --> pylock.iceos.toml:22\n"
        "\n"
        "  Expected:\n"
        "    sha256:d055\n"
        "\n"
        "  Found:\n"
        "    sha256:c055\n"
        "\n"
        "  one line\n"
        "\n"
        "  another\n"
        "\n"
        "note: Nothing was installed.\n"
        "\n"
        "hint: To see what differs, run `ice diff tool:csv_reader`\n"
    )


def test_a_bare_error_is_one_line() -> None:
    """Parts that an error does not have leave no trace."""
    assert error_text(IceError("usage", "`ice`: no", hints=())) == "error[usage]: `ice`: no\n"


def test_an_excerpt_underlines_the_named_column() -> None:
    """The source line is shown with its number, and carets under the part that is meant."""
    finding = Finding(
        "import-target-missing",
        "`my_pkg.csv` defines no `CsvReeder`",
        where=Location("plugins.json", line=2, column=14),
        details={"length": 20},
        hints=(),
    )

    text = finding_text(finding, sources={"plugins.json": '{\n  "import": "my_pkg.csv:CsvReeder",\n}'})

    assert text == (
        "error[import-target-missing]: `my_pkg.csv` defines no `CsvReeder`\n"
        "  --> plugins.json:2:14\n"
        "\n"
        '  2 |   "import": "my_pkg.csv:CsvReeder",\n'
        "    |              ^^^^^^^^^^^^^^^^^^^^\n"
    )


def test_an_excerpt_comes_from_the_file_when_no_source_is_given(tmp_path: Path) -> None:
    """A place in a readable file is shown without the caller passing its text."""
    file = tmp_path / "news.yaml"
    file.write_text("id: a\nnodes: []\n", "utf-8")

    text = finding_text(Finding("usage", "x", where=Location(str(file), line=2, column=1), hints=()))

    assert text.endswith("  2 | nodes: []\n    | ^\n")


def test_a_place_beyond_the_file_shows_no_excerpt(tmp_path: Path) -> None:
    """A line that the file no longer has is passed over in silence."""
    file = tmp_path / "short.yaml"
    file.write_text("id: a\n", "utf-8")

    text = finding_text(Finding("usage", "x", where=Location(str(file), line=9), hints=()))

    assert text == f"error[usage]: x\n  --> {file}:9\n"


def test_text_from_outside_cannot_move_the_cursor() -> None:
    """Escape sequences, carriage returns and bidi marks are printed as escapes, in every part of a message."""
    hostile = "\x1b[2Jgone\r\u202e"
    finding = Finding(
        "usage",
        hostile,
        where=Location(hostile),
        expected=hostile,
        found=hostile,
        detail=(hostile,),
        note=hostile,
        hints=(hostile,),
    )

    text = finding_text(finding)

    assert all(char.isprintable() or char == "\n" for char in text)
    assert text.count("\\x1b[2Jgone\\r\\u202e") == 7


def test_findings_come_one_after_the_other_and_the_heading_last() -> None:
    """An error with findings prints them in their stable order, then itself."""
    later = Finding("usage", "later", where=Location("a", line=9), hints=())
    earlier = Finding("usage", "earlier", severity="warning", where=Location("a", line=1), hints=())
    error = IceError("usage", "2 findings", hints=(), findings=(later, earlier))

    assert error_text(error) == (
        "warning[usage]: earlier\n  --> a:1\n\nerror[usage]: later\n  --> a:9\n\nerror[usage]: 2 findings\n"
    )
    assert findings_text([earlier, later]) == "warning[usage]: earlier\n  --> a:1\n\nerror[usage]: later\n  --> a:9\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("::stop-commands::x", "\\x3a:stop-commands::x"),
        ("  ::error::x", "  \\x3a:error::x"),
        ("a ##[add-mask]x", "a \\x23#[add-mask]x"),
        ("news.yaml::x and ## [a]", "news.yaml::x and ## [a]"),
    ],
)
def test_no_text_from_outside_is_a_command_to_a_ci_runner(text: str, expected: str) -> None:
    """GitHub's runner reads commands in the log of every step."""
    assert f"error[usage]: m\n\n  {expected}\n" == finding_text(Finding("usage", "m", detail=(text,), hints=()))
