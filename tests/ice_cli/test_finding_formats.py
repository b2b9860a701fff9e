"""Each form of findings, whole: order, places, and text from outside that can forge nothing in any of them."""

import json
from pathlib import Path

import pytest

from ice_cli.finding_formats import artifact_uri, formatted, repository_folder
from ice_cli.output import FORMS, Form
from ice_core.errors import Finding, Location

TARGET = Finding(
    "import-target-missing",
    "`my_pkg.csv` defines no `CsvReeder`",
    where=Location("plugins.json", line=2, column=13, path="components[0].import"),
    details={"length": 22},
    hints=("`CsvReader` is defined at my_pkg/csv.py:12; did you mean `my_pkg.csv:CsvReader`?",),
)
EXAMPLE = Finding(
    "no-example",
    "`tool:csv_reader` has no example",
    severity="warning",
    where=Location("plugins.json", line=1, path="components[0]"),
    note="Search ranks it lower.",
    hints=(),
)
WHOLE = Finding("license-missing", "`acme-csv` names no licence", where=Location("the bundle acme-csv 1.2.3"), hints=())
FINDINGS = (TARGET, EXAMPLE, WHOLE)
# What a hostile manifest could put into a name or a message.
HOSTILE = "x`\n ::error::forged\r%0A\x1b[2J\u202egnp.exe ##[stop-commands]x"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose subfolder `tools` holds the manifest; the person stands in `tools`."""
    folder = tmp_path / "tools"
    folder.mkdir()
    (tmp_path / ".git").mkdir()
    (folder / "plugins.json").write_text('{"components": [{\n  "import": "my_pkg.csv:CsvReeder"\n}]}\n')
    monkeypatch.chdir(folder)
    return folder


def test_full_is_what_every_command_prints() -> None:
    """In the order of appearance, with the excerpt, a blank line between findings."""
    assert formatted(FINDINGS, form="full") == (
        "warning[no-example]: `tool:csv_reader` has no example\n"
        "  --> plugins.json:1 at components[0]\n"
        "\n"
        '  1 | {"components": [{\n'
        "\n"
        "note: Search ranks it lower.\n"
        "\n"
        "error[import-target-missing]: `my_pkg.csv` defines no `CsvReeder`\n"
        "  --> plugins.json:2:13 at components[0].import\n"
        "\n"
        '  2 |   "import": "my_pkg.csv:CsvReeder"\n'
        "    |             ^^^^^^^^^^^^^^^^^^^^^^\n"
        "\n"
        "hint: `CsvReader` is defined at my_pkg/csv.py:12; did you mean `my_pkg.csv:CsvReader`?\n"
        "\n"
        "error[license-missing]: `acme-csv` names no licence\n"
        "  --> the bundle acme-csv 1.2.3\n"
    )


def test_concise_is_one_line_for_each_finding() -> None:
    """Editors jump to the place that opens the line."""
    assert formatted(FINDINGS, form="concise") == (
        "plugins.json:1: warning[no-example] `tool:csv_reader` has no example\n"
        "plugins.json:2:13: error[import-target-missing] `my_pkg.csv` defines no `CsvReeder`\n"
        "the bundle acme-csv 1.2.3: error[license-missing] `acme-csv` names no licence\n"
    )


def test_json_holds_every_finding_and_the_counts() -> None:
    document = json.loads(formatted(FINDINGS, form="json"))

    assert {"findings", "errors", "warnings"} == set(document)
    assert (2, 1) == (document["errors"], document["warnings"])
    assert [EXAMPLE.to_json(), TARGET.to_json(), WHOLE.to_json()] == document["findings"]


def test_github_annotates_the_line_in_the_repository() -> None:
    """The file is told from the repository's root, and a line end is written as the runner reads it."""
    assert formatted(FINDINGS, form="github") == (
        "::warning file=tools/plugins.json,line=1,title=no-example::"
        "`tool:csv_reader` has no example%0A%0Anote: Search ranks it lower.\n"
        "::error file=tools/plugins.json,line=2,col=13,title=import-target-missing::"
        "`my_pkg.csv` defines no `CsvReeder`%0A%0A"
        "hint: `CsvReader` is defined at my_pkg/csv.py:12; did you mean `my_pkg.csv:CsvReader`?\n"
        "::error title=license-missing::`acme-csv` names no licence\n"
    )


def test_githubs_properties_escape_what_would_end_them() -> None:
    finding = Finding("usage", "100% of a, b: c", where=Location("a,b:c%.json", line=1), hints=())

    assert formatted([finding], form="github", root=Path.cwd()) == (
        "::error file=a%2Cb%3Ac%25.json,line=1,title=usage::100%25 of a, b: c\n"
    )


@pytest.mark.parametrize("form", FORMS)
def test_text_from_outside_forges_no_line_and_moves_no_cursor(form: Form) -> None:
    """Line ends, escapes and bidirectional marks stay inside one finding's own text, in every form."""
    hostile = Finding(
        "no-example",
        HOSTILE,
        where=Location(HOSTILE, line=1, path=HOSTILE),
        expected=HOSTILE,
        found=HOSTILE,
        detail=(HOSTILE,),
        note=HOSTILE,
        hints=(HOSTILE,),
    )

    text = formatted([hostile], form=form)

    assert not [char for char in text if char != "\n" and not char.isprintable()]
    assert not [line for line in text.split("\n") if line.strip().startswith("::error::")]
    assert "##[" not in text or form in ("json", "github", "sarif")
    assert form not in ("concise", "github") or 1 == text.count("\n")


@pytest.mark.parametrize("form", FORMS)
def test_no_findings_are_told_as_nothing(form: Form) -> None:
    """People and GitHub get no text at all, programs a document."""
    assert (form in ("json", "sarif")) == bool(formatted((), form=form))


@pytest.mark.parametrize("form", FORMS)
def test_the_order_in_which_findings_were_found_does_not_show(form: Form) -> None:
    assert formatted(FINDINGS, form=form) == formatted(FINDINGS[::-1], form=form)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("plugins.json", "tools/plugins.json"),
        ("./sub/../plugins.json", "tools/plugins.json"),
        ("../a b:c%.json", "a%20b%3Ac%25.json"),
        ("größe.json", "tools/gr%C3%B6%C3%9Fe.json"),
    ],
)
def test_a_place_below_the_root_is_a_relative_uri(file: str, expected: str, project: Path) -> None:
    assert expected == artifact_uri(Location(file, line=1), project.parent)


def test_a_file_outside_the_root_keeps_its_whole_uri(project: Path) -> None:
    assert Path("/elsewhere/x y.json").as_uri() == artifact_uri(Location("/elsewhere/x y.json", line=1), project)


def test_an_origin_in_words_is_no_uri(project: Path) -> None:
    """Neither is one that no file system could hold."""
    words = (Location("entry point `acme`"), Location("x" * 5000), Location("a\0b"), None)

    assert [None] * 4 == [artifact_uri(where, project) for where in words]


def test_places_are_told_from_the_nearest_repository(project: Path, tmp_path: Path) -> None:
    """A work tree's `.git` is a file, and counts; a folder in no repository is its own root."""
    (project / "sub").mkdir()
    (project / ".git").write_text("gitdir: elsewhere\n")

    assert project == repository_folder(project / "sub")
    assert tmp_path == repository_folder(tmp_path)
