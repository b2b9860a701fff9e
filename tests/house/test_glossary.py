"""The glossary has the words of the house, once each and in order, and the pages keep to them."""

import re
from pathlib import Path

import pytest

from tests.house.documented import pages
from tests.house.tree import ROOT

GLOSSARY = ROOT / "docs" / "glossary.md"
ROW = re.compile(r"^\| \*\*(.+?)\*\* \| (.+?) \| ?(.*?) ?\|$", re.MULTILINE)
HOUSE_WORDS = (
    *("component", "manifest", "bundle", "wheel", "lock", "blueprint", "plan", "node", "run", "journal", "signer"),
    *("key-store", "registry", "index", "store", "home folder", "finding", "slug", "plugin"),
)
# Said for one thing of the glossary and for nothing else, so each would be a second word for it.
SYNONYMS = {
    "lock": r"lock-?\s?files?",
    "key-store": r"key\s?stores?|key\s?rings?",
    "manifest": r"manifest files?|plugins? manifests?|descriptor files?",
    "bundle": r"artifact bundles?|bundle archives?|artifacts?",
    "blueprint": r"pipelines?|flow files?",
    "home folder": r"home director(?:y|ies)|iceos director(?:y|ies)",
    "registry": r"component catalog(?:ue)?s?|plugins? registr(?:y|ies)",
    "allow-list": r"white-?\s?lists?",
    "slug": r"error codes?|error ids?",
}


def said_otherwise(text: str) -> list[str]:
    """The second words of a text, each with the one to use."""
    prose = re.sub(r"`[^`\n]*`|\]\([^)]*\)", "", text)
    return [
        f"{found[0]}: say {word}"
        for word, pattern in SYNONYMS.items()
        for found in re.finditer(rf"\b(?:{pattern})\b", prose, re.IGNORECASE)
    ]


def test_the_glossary_has_each_word_of_the_house_once_and_in_order() -> None:
    words = [word for word, _, _ in ROW.findall(GLOSSARY.read_text("utf-8"))]

    assert set() == {*HOUSE_WORDS, *SYNONYMS} - set(words)
    assert sorted(set(words), key=lambda word: word.replace("-", " ")) == words


@pytest.mark.parametrize("page", [pytest.param(page, id=str(page.relative_to(ROOT))) for page in pages()])
def test_the_page_uses_one_word_for_one_thing(page: Path) -> None:
    if page != GLOSSARY:
        assert [] == said_otherwise(page.read_text("utf-8"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Commit the lockfile.", ["lockfile: say lock"]),
        ("Each plugin manifest and\nArtifact bundle", ["plugin manifest: say manifest", "Artifact bundle: say bundle"]),
        ("the keystore in your home directory", ["keystore: say key-store", "home directory: say home folder"]),
        ("the lock, the key-store, `uv.lockfile` and [a lock](lockfile.md)", []),
    ],
)
def test_a_planted_second_word_is_found(text: str, expected: list[str]) -> None:
    assert expected == said_otherwise(text)
