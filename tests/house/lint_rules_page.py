"""Writes docs/reference/lint-rules.md from the table of rules; `python3 dev.py fix` runs it."""

from collections.abc import Sequence

from ice_core.error_codes import ERROR_CODES
from ice_sdk.lint_rules import LINT_RULES, Rule
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "reference" / "lint-rules.md"
OPENING = """# Lint rules

What `ice plugins lint` can object to. `ice explain SLUG` prints the part of this page that is about it, and
`ice plugins lint --list-rules` the table. An `error` fails the lint, a `warning` only under `--strict`.
[How to lint a project](../how-to/lint-a-project.md) tells how rules are chosen.

This page is made from `ice_sdk.lint_rules` and `ice_core.error_codes` by `python3 dev.py fix`.
"""


def render(rules: Sequence[Rule]) -> str:
    """The whole page: the table, then one heading per rule with what it fires on and what it does not."""
    rows = ["| rule | severity | `--fix` |", "|---|---|---|"]
    rows += [
        f"| [{rule.slug}](#{rule.slug}) | {rule.severity} | {'yes' if rule.is_fixable else ''} |" for rule in rules
    ]
    return "\n".join([OPENING, *rows, "", *map(_part, rules)])


def _part(rule: Rule) -> str:
    row = ERROR_CODES[rule.slug]
    mended = ", mended by `--fix`" if rule.is_fixable else ""
    return (
        f"## {rule.slug}\n\n{rule.severity.capitalize()}{mended}. {row.meaning}\n\n"
        f"Fires on:\n\n{_block(row.example_bad)}\nDoes not fire on:\n\n{_block(row.example_good)}\n"
        f"To mend it: {row.mend}\n"
    )


def _block(example: str | None) -> str:
    text = (example or "").rstrip()
    language = "python" if "\ndef " in text else "toml" if text.startswith("[") else "text"
    return f"```{language}\n{text}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(render(LINT_RULES), encoding="utf-8")
