"""The page of lint rules is made from the table, and every rule shows what it fires on and what it does not."""

from ice_core.error_codes import ERROR_CODES
from ice_sdk.lint_rules import LINT_RULES, Rule
from tests.house.lint_rules_page import PAGE, render

EXAMPLES = {
    slug: (row.example_bad, row.example_good)
    for slug, row in ERROR_CODES.items()
    if row.example_bad is not None or row.example_good is not None
}


def test_the_page_of_rules_is_made_from_the_table() -> None:
    """`python3 dev.py fix` writes it anew."""
    assert render(LINT_RULES) == PAGE.read_text(encoding="utf-8")


def test_every_rule_has_both_examples_and_nothing_else_has_any() -> None:
    assert {rule.slug for rule in LINT_RULES} == set(EXAMPLES)
    assert [] == [slug for slug, pair in EXAMPLES.items() if None in pair or pair[0] == pair[1]]


def test_examples_fit_a_terminal_and_a_page() -> None:
    """`ice explain` indents them by 4 of 80 columns; no line ends with blanks."""
    lines = [line for pair in EXAMPLES.values() for example in pair for line in str(example).split("\n")]

    assert [] == [line for line in lines if len(line) > 76 or line != line.rstrip()]


def test_a_rule_is_rendered_with_its_severity_and_what_mends_it() -> None:
    page = render([Rule(slug="manifest-drift", severity="error", is_fixable=True)])

    assert "| [manifest-drift](#manifest-drift) | error | yes |\n" in page
    assert "## manifest-drift\n\nError, mended by `--fix`. The manifest no longer describes the code" in page
    assert "\nplugins.json          tool:csv_reader takes `path`\n```\n\nDoes not fire on:\n" in page
