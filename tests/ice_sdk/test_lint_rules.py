"""Which rules a lint applies: patterns of the file and of the command line, components apart, unknown names refused."""

from pathlib import Path

import pytest

from ice_core.error_codes import ERROR_CODES
from ice_core.errors import Finding, IceError
from ice_sdk.lint_rules import LINT_RULES, LintSettings, read_lint_settings
from tests.ice_sdk.conftest import PROJECT

TABLE = """
[tool.iceos.lint]
select = ["cost-*", "no-example", "manifest-drift"]
ignore = ["cost-unbounded"]
baseline = "v1.2.0"

[tool.iceos.lint.per-component-ignores]
"tool:csv_*" = ["no-example"]
"""


def settings_of(folder: Path, table: str) -> LintSettings:
    (folder / "pyproject.toml").write_text(PROJECT + table)
    return read_lint_settings(folder)


def finding(slug: str, component: str = "") -> Finding:
    return Finding(slug, "said", hints=(), details={"component": component} if component else {})


def test_every_rule_is_a_slug_with_a_page_and_is_listed_once() -> None:
    slugs = [rule.slug for rule in LINT_RULES]

    assert sorted(set(slugs)) == slugs
    assert set(slugs) <= ERROR_CODES.keys()
    assert ["manifest-drift"] == [rule.slug for rule in LINT_RULES if rule.is_fixable]
    assert all(rule.meaning.endswith(".") for rule in LINT_RULES)


def test_without_a_table_every_rule_is_on(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "")

    assert LintSettings() == settings
    assert all(settings.wants(rule.slug) for rule in LINT_RULES)


def test_the_file_selects_and_ignores_by_pattern(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, TABLE)

    assert ["cost-undeclared", "manifest-drift", "no-example"] == [
        rule.slug for rule in LINT_RULES if settings.wants(rule.slug)
    ]
    assert "v1.2.0" == settings.baseline


def test_the_command_line_selects_instead_and_ignores_as_well(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, TABLE).with_options(select=["cost-*", "license-*"], ignore=["license-i*"])

    assert ["cost-undeclared", "license-missing"] == [rule.slug for rule in LINT_RULES if settings.wants(rule.slug)]
    assert "v1.2.0" == settings.baseline
    assert "HEAD~1" == settings.with_options(baseline="HEAD~1").baseline


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (finding("no-example", "tool:csv_reader"), False),
        (finding("no-example", "tool:reader"), True),
        (finding("no-example"), True),
        (finding("cost-undeclared", "tool:csv_reader"), True),
        (finding("cost-unbounded", "tool:reader"), False),
        # What is no rule is always told: code that cannot be exported is not a matter of taste.
        (finding("schema-inexpressible", "tool:csv_reader"), True),
    ],
)
def test_findings_are_kept_by_rule_and_component(tmp_path: Path, given: Finding, kept: bool) -> None:
    assert kept is settings_of(tmp_path, TABLE).keeps(given)


@pytest.mark.parametrize("pattern", ["cost-undeclard", "schema-inexpressible", "COST-*", "", "nothing*"])
def test_a_pattern_that_no_rule_has_is_refused(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(IceError) as by_file:
        settings_of(tmp_path, f"[tool.iceos.lint]\nignore = [{pattern!r}]\n")
    with pytest.raises(IceError) as by_command:
        LintSettings().with_options(select=[pattern])

    assert ["lint-rule-unknown"] * 2 == [by_file.value.slug, by_command.value.slug]
    assert f"{tmp_path}/pyproject.toml at tool.iceos.lint.ignore" == str(by_file.value.where)


def test_a_near_rule_is_named() -> None:
    with pytest.raises(IceError) as refused:
        LintSettings().with_options(ignore=["cost-undeclard"])

    assert "`cost-undeclared` is one; did you mean that?" == refused.value.finding.hints[0]


@pytest.mark.parametrize(
    ("table", "member"),
    [
        ("[tool.iceos.lint]\nselct = []\n", "selct"),
        ("[tool.iceos.lint]\nselect = 'cost-*'\n", "select"),
        ("[tool.iceos.lint]\nignore = [1]\n", "ignore"),
        ("[tool.iceos.lint]\nbaseline = 1\n", "baseline"),
        ("[tool.iceos.lint]\nper-component-ignores = []\n", "per-component-ignores"),
        ("[tool.iceos.lint.per-component-ignores]\n'tool:a' = 'x'\n", "per-component-ignores.tool:a"),
    ],
)
def test_a_member_of_another_name_or_form_is_refused(tmp_path: Path, table: str, member: str) -> None:
    with pytest.raises(IceError) as refused:
        settings_of(tmp_path, table)

    assert "project-invalid" == refused.value.slug
    assert f"{tmp_path}/pyproject.toml at tool.iceos.lint.{member}" == str(refused.value.where)


@pytest.mark.parametrize("data", [b"[[[", b'name = "\xff"', b""])
def test_a_pyproject_that_is_none_is_refused(tmp_path: Path, data: bytes) -> None:
    if data:
        (tmp_path / "pyproject.toml").write_bytes(data)
    with pytest.raises(IceError) as refused:
        read_lint_settings(tmp_path)

    assert "project-invalid" == refused.value.slug
