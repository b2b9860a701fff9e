"""The rules of `ice plugins lint`: one table of slugs, and which of them a project, a command or a component wants.

A rule's code is a slug of the table of errors. Patterns are slugs or globs of them (`cost-*`); what is ignored is taken
away from what is selected. `[tool.iceos.lint]` in pyproject.toml has `select`, `ignore`, `per-component-ignores` and
`baseline`; the command line's `select` replaces that of the file, its `ignore` adds to it.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from ice_checks.all_checks import ALL_CHECKS
from ice_core.error_codes import ERROR_CODES
from ice_core.errors import Finding, IceError, Location, Severity
from ice_sdk.project import pyproject_tables

LINT_TABLE: Final = "tool.iceos.lint"
_MEMBERS: Final = ("baseline", "ignore", "per-component-ignores", "select")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule: its slug, how much its findings weigh, and whether `--fix` mends them."""

    slug: str
    severity: Severity
    is_fixable: bool = False

    @property
    def meaning(self) -> str:
        """What it finds and why, from the table of errors."""
        return ERROR_CODES[self.slug].meaning


def _all_rules() -> tuple[Rule, ...]:
    of_lint = (
        Rule(slug="component-not-in-manifest", severity="error"),
        Rule(slug="manifest-drift", severity="error", is_fixable=True),
        Rule(slug="version-not-raised", severity="error"),
    )
    of_checks = (Rule(slug=check.slug, severity=check.severity) for check in ALL_CHECKS)
    return tuple(sorted((*of_lint, *of_checks), key=lambda rule: rule.slug))


LINT_RULES: Final = _all_rules()
_SLUGS: Final = tuple(rule.slug for rule in LINT_RULES)


@dataclass(frozen=True, kw_only=True, slots=True)
class LintSettings:
    """What a project's pyproject.toml says about linting it.

    Attributes:
        select: Patterns of the rules that are wanted; empty means all.
        ignore: Patterns of the rules that are not.
        per_component: Further patterns to ignore, by a pattern of component ids, as in `tool:csv_*`.
        baseline: What versions are compared with: a file or a git revision.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_component: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    baseline: str | None = None

    def with_options(
        self, *, select: Sequence[str] = (), ignore: Sequence[str] = (), baseline: str | None = None
    ) -> "LintSettings":
        """These settings under a command line's.

        Raises:
            IceError: `lint-rule-unknown`.
        """
        for pattern in (*select, *ignore):
            _refuse_unknown(pattern, Location("the command line"))
        return LintSettings(
            select=tuple(select) or self.select,
            ignore=(*self.ignore, *ignore),
            per_component=self.per_component,
            baseline=baseline or self.baseline,
        )

    def wants(self, slug: str) -> bool:
        """Whether a rule is on; what is no rule (code that cannot be exported) always is."""
        if slug not in _SLUGS:
            return True
        return (not self.select or _matches(slug, self.select)) and not _matches(slug, self.ignore)

    def keeps(self, finding: Finding) -> bool:
        """Whether a finding is to be told."""
        if not self.wants(finding.slug):
            return False
        component = str(finding.details.get("component", ""))
        ignored = [rules for pattern, rules in self.per_component.items() if fnmatchcase(component, pattern)]
        return finding.slug not in _SLUGS or not any(_matches(finding.slug, rules) for rules in ignored)


def read_lint_settings(project: Path) -> LintSettings:
    """The table `[tool.iceos.lint]` of a project's pyproject.toml; without one, every rule is on.

    Raises:
        IceError: `lint-rule-unknown`, or `project-invalid` for a member of another name or form.
    """
    path = project / "pyproject.toml"
    table: object = pyproject_tables(path)
    for step in LINT_TABLE.split("."):
        table = table.get(step, {}) if isinstance(table, dict) else {}
    members = table if isinstance(table, dict) else {}
    for member in sorted(members.keys() - set(_MEMBERS)):
        raise _invalid(path, member, ", ".join(_MEMBERS), member)
    per_component = members.get("per-component-ignores", {})
    if not isinstance(per_component, dict):
        raise _invalid(path, "per-component-ignores", "a table of lists by component", repr(per_component))
    baseline = members.get("baseline")
    if not isinstance(baseline, str | None):
        raise _invalid(path, "baseline", "a file or a git revision", repr(baseline))
    return LintSettings(
        select=_patterns(path, "select", members.get("select", [])),
        ignore=_patterns(path, "ignore", members.get("ignore", [])),
        per_component={
            str(component): _patterns(path, f"per-component-ignores.{component}", rules)
            for component, rules in per_component.items()
        },
        baseline=baseline,
    )


def _patterns(path: Path, member: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _invalid(path, member, "a list of rules", repr(value))
    for pattern in value:
        _refuse_unknown(pattern, Location(str(path), path=f"{LINT_TABLE}.{member}"))
    return tuple(value)


def _matches(slug: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(slug, pattern) for pattern in patterns)


def _refuse_unknown(pattern: str, where: Location) -> None:
    if any(fnmatchcase(slug, pattern) for slug in _SLUGS):
        return
    near = difflib.get_close_matches(pattern, _SLUGS, n=3)
    raise IceError(
        "lint-rule-unknown",
        f"`{pattern}` is no rule of `ice plugins lint`, and no pattern of one",
        where=where,
        expected="a rule's slug, or a pattern of slugs, as in cost-*",
        found=pattern,
        hints=(
            *(f"`{slug}` is one; did you mean that?" for slug in near),
            "To see all of them, run `ice plugins lint --list-rules`",
        ),
    )


def _invalid(path: Path, member: str, expected: str, found: str) -> IceError:
    return IceError(
        "project-invalid",
        f"`{member}` of `[{LINT_TABLE}]` in `{path}` cannot be used",
        where=Location(str(path), path=f"{LINT_TABLE}.{member}"),
        expected=expected,
        found=found,
        hints=(f"See what `[{LINT_TABLE}]` takes: run `ice plugins lint --help`",),
    )
