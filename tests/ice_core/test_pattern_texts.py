"""Texts made from patterns: the common parts of regular expressions are read, and what is made matches."""

import re

import pytest

from ice_core.contracts import Contract
from ice_core.pattern_texts import texts_of_pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "^a$",
        "^[a-z]+$",
        "^[^a-z]$",
        "^(foo|bar)$",
        "^(?:foo|bar)?baz$",
        "^(?P<year>[0-9]{4})-[0-9]{2}$",
        "^[A-Z]{2,4}$",
        "^a{3,}$",
        r"^\d+\.\d*$",
        r"^\w+@\w+\.com$",
        r"^a\|b$",
        r"^\[x\]$",
        r"^[\d]+$",
        r"^[\]x]$",
        "^.{3}$",
        "^a+?b*?$",
        "^((a|b)(c|d))+$",
        "^$",
        "b$",
        r"^\S+\s\S+$",
        "[+-]?[0-9]+",
    ],
)
def test_what_is_made_matches(pattern: str) -> None:
    texts = texts_of_pattern(pattern)
    contract = Contract({"type": "string", "pattern": pattern}, where="pattern")

    assert texts
    assert [True] * len(texts) == [contract.is_kept_by(text) for text in texts]
    assert all(re.search(pattern, text) for text in texts)


def test_repetitions_and_alternatives_vary() -> None:
    assert ("foo", "foofoo", "bar", "barbar") == tuple(
        sorted(texts_of_pattern("^(foo|bar)+$"), key="foofoobarbar".find)
    )


@pytest.mark.parametrize("pattern", ["(", ")", "(a", "a)", "(" * 40 + ")" * 40, "a" * 600, "(a{512}){512}", "*", "|*"])
def test_what_cannot_be_read_gives_no_text_and_no_error(pattern: str) -> None:
    assert all(len(text) <= 4096 for text in texts_of_pattern(pattern))
