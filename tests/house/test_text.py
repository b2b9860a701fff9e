"""The text of the tree: no machine or registry in it, links that resolve, decisions and changes in form."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import ROOT, is_data, walk

# In pieces, so that this file does not hold what it looks for.
HOSTS = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry.npm" + "js",
    "crates" + ".io",
    "proxy.go" + "lang",
]
FOLDERS = ["wo" + "rk", "ro" + "ot", "tm" + "p"]
FOREIGN = re.compile("|".join([*(re.escape(host) for host in HOSTS), rf"(?<![\w.~>)}}-])/(?:{'|'.join(FOLDERS)})/"]))
ADR_PARTS = ["## Decision", "## Why", "## Alternatives", "## How to see it"]
ADR_LINES = 60
FRAGMENT = re.compile(r"\d+\.(added|changed|deprecated|removed|fixed|security)(\.\d+)?\.md")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def texts() -> Iterator[tuple[Path, str]]:
    """Every file of the tree that is text."""
    for path in sorted(walk(ROOT)):
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def pages() -> list[Path]:
    """Every Markdown file that a person reads."""
    return [path for path in sorted(walk(ROOT)) if path.suffix == ".md" and not is_data(path)]


def decisions() -> list[Path]:
    """Every architecture decision record."""
    return sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))


def fragments() -> list[Path]:
    """Every file of changelog/ but its README, whatever its name."""
    return sorted(path for path in (ROOT / "changelog").iterdir() if path.name != "README.md")


def anchor(heading: str) -> str:
    """The anchor that a heading gets: lower case, words joined by hyphens, punctuation gone."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(path: Path) -> set[str]:
    """Every anchor of a page."""
    return {anchor(heading) for heading in re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)}


def broken_links(path: Path) -> list[str]:
    """The links of a page that lead to no file or no heading of this tree; other sites are not asked."""
    broken = []
    for link in LINK.findall(path.read_text("utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, part = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (part and part not in anchors(target)):
            broken.append(link)
    return broken


def test_no_text_names_a_registry_host_or_a_folder_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if FOREIGN.search(line)
    ]

    assert [] == found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("see https://" + "py" + "pi.org/simple", True),
        ("in /" + "tm" + "p/x", True),
        ("'/" + "ro" + "ot/.cache'", True),
        ("a relative path/" + "wo" + "rk/x", False),
        ("the " + "py" + "pi name", False),
    ],
)
def test_a_foreign_word_is_found_and_an_ordinary_one_is_not(line: str, expected: bool) -> None:
    assert expected == bool(FOREIGN.search(line))


def test_the_pins_name_no_place_to_install_from() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        text = path.read_text(encoding="utf-8")

        assert "://" not in text
        assert text.count("==") <= text.count("--hash=sha256:")


@pytest.mark.parametrize("page", [str(page.relative_to(ROOT)) for page in pages()])
def test_every_link_leads_somewhere(page: str) -> None:
    assert [] == broken_links(ROOT / page)


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One two\n[a](#one-two) [b](#three) [c](gone.md) [d](page.md#one-two)\n", encoding="utf-8")

    assert ["#three", "gone.md"] == broken_links(page)


def test_every_page_of_docs_is_reached_from_the_index() -> None:
    docs = ROOT / "docs"
    reached: set[Path] = set()
    waiting = [docs / "index.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        links = [link.partition("#")[0] for link in LINK.findall(page.read_text("utf-8"))]
        targets = [(page.parent / link).resolve() for link in links if link.endswith(".md") and ":" not in link]
        waiting += [target for target in targets if target.is_relative_to(docs) and target not in reached]

    assert [] == sorted(str(p.relative_to(docs)) for p in pages() if p.is_relative_to(docs) and p not in reached)


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in decisions()]

    assert list(range(1, len(numbers) + 1)) == numbers


@pytest.mark.parametrize("path", decisions(), ids=lambda path: path.stem)
def test_a_decision_is_short_and_has_its_four_parts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    parts = [line for line in text.splitlines() if line.startswith("## ")]

    assert re.match(rf"# {path.name[:4]} [A-Z`]", text)
    assert ADR_LINES >= len(text.splitlines())
    assert parts == ADR_PARTS


@pytest.mark.parametrize("path", fragments(), ids=lambda path: path.name)
def test_a_changelog_fragment_is_one_thing_said_to_a_user(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert FRAGMENT.fullmatch(path.name)
    assert re.fullmatch(r"[A-Z`].*\.\n", text, re.DOTALL)
    assert 400 >= len(text)
    assert "additionally" not in text.lower()
