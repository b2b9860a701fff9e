"""A hint taken at its word mends what it stands under: the text is changed as it says, and the finding is gone."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ice_core.errors import Finding
from ice_core.unified_registry import Registry
from tests.ice_compiler.faulty import FAULTY, whole
from tests.ice_compiler.parts import compiled, registry_of


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """The components that the faulty blueprints call."""
    return registry_of(Path(tmp_path_factory.mktemp("registry")))


Taken = Callable[[str, re.Match[str]], str]


def _instead(text: str, hint: re.Match[str]) -> str:
    # What is underlined, in its quotes or without, gives way to what the hint names.
    return re.sub(r"[^'\"].*[^'\"]|[^'\"]", lambda _: hint[1], text, count=1, flags=re.DOTALL)


HINTS: dict[str, Taken] = {
    r"Did you mean `(.+)`\?": _instead,
    r"`(?:tool|agent|workflow):(.+)` is listed; did you mean that\?": _instead,
    r"`(.+)` is a node; did you mean that\?": _instead,
    r"`\{\{ (.+) \}\}` is there; did you mean that\?": _instead,
    r"`\{\{ (.+) \}\}` is an? (?!array of object).+": _instead,
    r"The input is written `\{\{ (.+) \}\}`": _instead,
    r'If a text is meant, write `(".+")`': lambda _, hint: hint[1],
    r"Name it for example `(.+)`": _instead,
    r"Name this one differently, for example `(.+)`": _instead,
    r"To test whether it has a value, write `(.+)`": _instead,
    r'A reference stands in braces: `for_each: "(.+)"`': _instead,
    r'This version reads `schema_version: ("1.2.0")`': lambda _, hint: hint[1],
    r"For a list of this one, write `\[\"\{\{ (.+) \}\}\"\]`": lambda text, _: text,
}


def _mended(source: str, finding: Finding, hint: str) -> str | None:
    # The source with the underlined piece changed as the hint says; None for a hint that is not about that piece.
    where, length = finding.where, finding.details.get("length")
    if where is None or where.line is None or where.column is None or not isinstance(length, int):
        return None
    found = [(match, taken) for form, taken in HINTS.items() if (match := re.fullmatch(form, hint))]
    if not found:
        return None
    match, taken = found[0]
    start = sum(len(line) + 1 for line in source.split("\n")[: where.line - 1]) + where.column - 1
    return source[:start] + taken(source[start : start + length], match) + source[start + length :]


def _same(finding: Finding, other: Finding) -> bool:
    # The same slug at the same line and path; columns behind the change have moved.
    return (finding.slug, finding.where and finding.where.path) == (other.slug, other.where and other.where.path)


def _mends(text: str, registry: Registry) -> list[tuple[str, bool]]:
    where, marked = whole(text)
    source = marked.replace("«", "")
    outcomes = []
    findings = compiled(source, registry, where=where).findings
    for finding in findings:
        for hint in finding.hints:
            changed = _mended(source, finding, hint)
            if changed is None or changed == source:
                continue
            left = compiled(changed, registry, where=where).findings
            before = sum(_same(finding, other) for other in findings)
            outcomes.append((hint, sum(_same(finding, other) for other in left) < before))
    return outcomes


def test_every_hint_that_says_what_to_write_mends_its_finding(registry: Registry) -> None:
    """Over all faulty blueprints; sixty hints and more are taken."""
    outcomes = [(text, hint, mended) for text in FAULTY for hint, mended in _mends(text, registry)]

    assert [] == [(text, hint) for text, hint, mended in outcomes if not mended]
    assert len(outcomes) >= 60
