"""The examples on the rules' pages are true: lint fires on each bad one, where it stands, and not on its good one."""

from pathlib import Path

import pytest

from ice_core.error_codes import ERROR_CODES, ErrorCode
from ice_sdk.lint_rules import LINT_RULES
from tests.ice_sdk.lint_projects import linted, project_at, slugs

HEAD = '"""An example."""\n\nfrom ice_sdk import agent, tool\n'
ROWS = [ERROR_CODES[rule.slug] for rule in LINT_RULES]
# The others are told in words: they need a tag, a wheel, a test run or a manifest that no export writes.
CODE = [row for row in ROWS if "\ndef " in str(row.example_bad)]
TABLES = [row for row in ROWS if str(row.example_bad).startswith("[project]")]


def found_in_modules(root: Path, examples: dict[str, str]) -> set[tuple[str, str]]:
    """Which rules object in which module, when each example is a module of one project."""
    files = {f"src/acme_words/{name}.py": f"{HEAD}\n{code}" for name, code in examples.items()}
    report = linted(project_at(root, code='"""Nothing."""\n', files=files))

    assert report.exported is not None
    return {(finding.slug, Path(finding.where.file).stem) for finding in report.findings if finding.where is not None}


def module_of(row: ErrorCode) -> str:
    return row.slug.replace("-", "_")


def test_most_examples_are_run() -> None:
    assert 12 <= len(CODE) + len(TABLES)


def test_each_rule_fires_on_its_bad_example(tmp_path: Path) -> None:
    found = found_in_modules(tmp_path, {module_of(row): str(row.example_bad) for row in CODE})

    assert set() == {(row.slug, module_of(row)) for row in CODE} - found


def test_no_rule_fires_on_its_good_example(tmp_path: Path) -> None:
    found = found_in_modules(tmp_path, {module_of(row): str(row.example_good) for row in CODE})

    assert set() == {(row.slug, module_of(row)) for row in CODE} & found


@pytest.mark.parametrize("row", TABLES, ids=[row.slug for row in TABLES])
def test_each_rule_about_the_project_fires_on_its_bad_table_only(row: ErrorCode, tmp_path: Path) -> None:
    told = [
        slugs(linted(project_at(tmp_path / name, files={"pyproject.toml": str(table)})))
        for name, table in (("bad", row.example_bad), ("good", row.example_good))
    ]

    assert [[row.slug], []] == told
