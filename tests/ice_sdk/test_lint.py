"""Lint of whole projects: each rule objects where it should, once, with the place to mend; the clean one passes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ice_core.errors import Finding, IceError, Location
from ice_core.names import ComponentId
from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk.lint_rules import LINT_RULES, LintSettings
from tests.builders.manifests import component, manifest
from tests.builders.wheels import plugin_wheel
from tests.fakes.folders import listing
from tests.ice_sdk.conftest import PROJECT
from tests.ice_sdk.lint_projects import CLEAN, committed, export_again, linted, project_at, slugs, with_code

EXAMPLES = 'examples=[{"input": {"text": "a b"}, "output": 2}]'
BODY = "    return min(len(text.split()), limit)\n"
UNLISTED = Finding("component-not-in-manifest", "`tool:late` was registered", hints=(), where=Location("late.py"))
EXAMPLE: JsonObject = {"input": {"text": "a"}, "output": ["a"]}
IN_WHEEL = {"acme_words/__init__.py": "", "acme_words/words.py": CLEAN}
BROKEN = "import acme_missing\n" + CLEAN


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A project, what is done to it after its export, and the slugs that lint then tells, each once."""

    told: tuple[str, ...]
    code: str = CLEAN
    files: Mapping[str, str] = field(default_factory=dict)
    then: Callable[[Path], object] = lambda root: None
    known_names: Mapping[ComponentId, str] = field(default_factory=dict)
    further: tuple[Finding, ...] = ()
    wheels: tuple[tuple[str, bytes], ...] = ()


def written(*entries: JsonObject, without: str = "", **members: JsonValue) -> Callable[[Path], object]:
    """Another manifest, beside code that cannot be imported: only the manifest is left to judge."""

    def write(root: Path) -> None:
        value = {**manifest(*entries), **members}
        value.pop(without, None)
        (root / "plugins.json").write_text(json.dumps(value))
        with_code(root, BROKEN)

    return write


def released(code: str) -> Callable[[Path], object]:
    """The project's first state is tagged; then the code changes, and is exported."""

    def change(root: Path) -> None:
        committed(root, tag="v1.2.0")
        export_again(with_code(root, code))

    return change


CASES = {
    "clean": Case(told=()),
    "says nothing of itself": Case(
        told=("cost-undeclared", "description-missing", "no-example"),
        code=CLEAN.replace(f"(cost_estimate=0, {EXAMPLES})", "").replace('    """Count the words of a text."""\n', ""),
    ),
    "tokens without a bound": Case(
        told=("cost-unbounded",), code=CLEAN.replace("cost_estimate=0", 'cost_estimate={"per_token": 0.1}')
    ),
    "deprecated": Case(
        told=("deprecated-without-replacement",),
        code=CLEAN.replace("cost_estimate=0", 'deprecated={"since": "1.0.0"}, cost_estimate=0'),
    ),
    "an example that is none": Case(told=("example-mismatch",), code=CLEAN.replace('"output": 2', '"output": "two"')),
    "text that nobody sees": Case(
        told=("hidden-text", "identifier-resembles"),
        code=CLEAN.replace(BODY, f"    te\u0445t = 1  # \u202e\n{BODY}"),
    ),
    "more than it says": Case(
        told=("permission-undeclared", "permission-unknowable"),
        code=CLEAN.replace(BODY, f"    import os\n    eval(os.environ['HOME'])\n{BODY}"),
    ),
    "a name like another's": Case(
        told=("name-resembles",), known_names={ComponentId.parse("tool:count_vvords"): "acme-others"}
    ),
    "no licence": Case(
        told=("license-missing",), files={"pyproject.toml": PROJECT.replace('license = "Apache-2.0"\n', "")}
    ),
    "edited and not exported": Case(
        told=("manifest-drift",), then=lambda root: with_code(root, CLEAN.replace("limit: int = 5", "limit: int = 6"))
    ),
    "a break in a patch": Case(told=("version-not-raised",), then=released(CLEAN.replace("-> int", "-> float"))),
    "seen in a test run": Case(told=("component-not-in-manifest",), further=(UNLISTED,)),
    "a wheel of other files": Case(
        told=("wheel-holds-tests", "wheel-manifest-missing", "wheel-top-level"),
        wheels=(
            plugin_wheel(
                "acme-csv",
                "1.2.0",
                files={**IN_WHEEL, "acme_words/tests/test_words.py": "", "other/__init__.py": ""},
                manifest={},
            ),
        ),
    ),
    "a wheel of another version": Case(
        told=("wheel-manifest-mismatch", "wheel-name-mismatch"),
        wheels=(plugin_wheel("acme-csv", "9.0.0", files=IN_WHEEL),),
    ),
    "a manifest by hand": Case(
        told=(
            "import-target-missing",
            "license-invalid",
            "manifest-unsorted",
            "module-import-failed",
            "package-missing",
            "workflow-without-blueprint",
        ),
        then=written(
            component("begin", "acme_words.words:count_words", node_type="workflow", examples=[EXAMPLE]),
            component("count", "acme_words.words:count", examples=[EXAMPLE]),
            without="package",
            license="No licence",
        ),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_each_rule_objects_once_where_it_should_and_nothing_else_does(case: Case, tmp_path: Path) -> None:
    root = project_at(tmp_path / "project", code=case.code, files=case.files)
    case.then(root)
    before = listing(root)
    report = linted(root, known_names=case.known_names, further=case.further, wheels=case.wheels)

    severities = {rule.slug: rule.severity for rule in LINT_RULES}

    assert sorted(case.told) == sorted(slugs(report))
    assert [] == [each.slug for each in report.findings if each.severity != severities.get(each.slug, "error")]
    assert before == listing(root)


def test_every_rule_has_a_project_that_it_objects_to() -> None:
    told = {slug for case in CASES.values() for slug in case.told}

    assert set() == {rule.slug for rule in LINT_RULES} - told


def test_drift_is_told_with_what_differs_and_the_version_beside_it(tmp_path: Path) -> None:
    """An edit that breaks callers: the manifest is old, and the number is too low; each says what mends it."""
    root = committed(project_at(tmp_path / "project"), tag="v1.2.0")
    with_code(root, CLEAN.replace("limit: int = 5", "limit: int"))
    drifted, mismatch, version = sorted(linted(root).findings, key=lambda each: each.slug != "manifest-drift")

    assert f"`{root}/plugins.json` no longer describes this code" == drifted.message
    assert ["example-mismatch", "version-not-raised"] == [mismatch.slug, version.slug]
    assert (
        "`tool:count_words` takes less than it took: `limit` may be missing, and it is required; "
        "its next version is 2.0.0"
    ) == version.message
    assert ("2.0.0 or higher", "1.2.0") == (version.expected, version.found)
    assert f"{root}/src/acme_words/words.py:6" == str(version.where)
    assert "Compared with 1.2.0 in `plugins.json` at git's `v1.2.0`." == version.note
    assert any('as in {"text": "a"}' in line for line in version.detail)


def test_only_what_breaks_callers_counts_against_a_commit(tmp_path: Path) -> None:
    """Between releases a description may change ten times under one number; against a tag it may not."""
    root = committed(project_at(tmp_path / "project"))
    export_again(with_code(root, CLEAN.replace("Count the words", "Number the words")))

    assert [] == slugs(linted(root))

    committed(root, tag="v1.2.0")
    export_again(with_code(root, CLEAN.replace("Count the words", "Tell the words")))

    assert ["version-not-raised"] == slugs(linted(root))


def test_a_component_that_is_gone_raises_the_distribution(tmp_path: Path) -> None:
    second = CLEAN + CLEAN.partition("\n\n\n")[2].replace("count_words", "count_more")
    root = committed(project_at(tmp_path / "project", code=second), tag="v1.2.0")
    (finding,) = linted(export_again(with_code(root, CLEAN))).findings

    assert "`acme-csv` 1.2.0 follows 1.2.0 with a major change; its next version is 2.0.0" == finding.message
    assert ("- tool:count_more  is gone",) == finding.detail
    assert f"{root}/pyproject.toml at project.version" == str(finding.where)


def test_a_baseline_may_be_a_file_or_a_revision(tmp_path: Path) -> None:
    root = committed(project_at(tmp_path / "project"), tag="v1.2.0")
    old = tmp_path / "old.json"
    old.write_bytes((root / "plugins.json").read_bytes())
    committed(export_again(with_code(root, CLEAN.replace("-> int", "-> float"))), tag="v1.3.0")

    labels = []
    for asked in (None, "v1.2.0", "HEAD~1", str(old)):
        report = linted(root, settings=LintSettings(baseline=asked))
        labels.append((report.baseline.label if report.baseline is not None else None, slugs(report)))

    assert [
        ("`plugins.json` at git's `v1.2.0`", ["version-not-raised"]),
        ("`plugins.json` at git's `v1.2.0`", ["version-not-raised"]),
        ("`plugins.json` at git's `HEAD~1`", ["version-not-raised"]),
        (f"`{old}`", ["version-not-raised"]),
    ] == labels


@pytest.mark.parametrize("asked", ["v9.9.9", "--output=x", "nothing.json"])
def test_a_baseline_that_is_nowhere_is_refused(tmp_path: Path, asked: str) -> None:
    root = committed(project_at(tmp_path / "project"))
    before = listing(root)
    with pytest.raises(IceError) as refused:
        linted(root, settings=LintSettings(baseline=asked))

    assert "baseline-missing" == refused.value.slug
    assert before == listing(root)


def test_without_git_there_is_no_baseline(tmp_path: Path) -> None:
    report = linted(project_at(tmp_path / "project"))

    assert None is report.baseline


def test_what_is_ignored_is_not_told(tmp_path: Path) -> None:
    root = project_at(tmp_path / "project", code=CLEAN.replace(f"(cost_estimate=0, {EXAMPLES})", ""))
    settings = LintSettings(per_component={"tool:count_*": ("no-example",)}, ignore=("cost-*",))

    assert [] == slugs(linted(root, settings=settings))


def test_every_place_is_one_that_can_be_opened_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES["more than it says"]
    project_at(tmp_path / "project", code=case.code)
    monkeypatch.chdir(tmp_path)
    places = [finding.where for finding in linted(Path("project")).findings]

    assert ["project/src/acme_words/words.py"] * 2 == [place.file for place in places if place is not None]


def test_a_release_is_not_compared_with_itself(tmp_path: Path) -> None:
    """Where the tag is set before CI runs, or was set for a neighbour, an earlier tag is looked for."""
    root = committed(project_at(tmp_path / "project"), tag="v1.2.0")
    committed(export_again(with_code(root, CLEAN.replace("-> int", "-> float"))), tag="v1.2.1")
    report = linted(root)

    assert ["version-not-raised"] == slugs(report)
    assert "`plugins.json` at git's `v1.2.0`" == (report.baseline.label if report.baseline is not None else "")


def test_a_repository_that_git_cannot_read_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = committed(project_at(tmp_path / "project"), tag="v1.2.0")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nothing"))

    assert ["git-unusable"] == slugs(linted(root))
    assert [] == slugs(linted(root, settings=LintSettings(ignore=("version-not-raised",))))


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    root = project_at(tmp_path / "project")

    assert ("cost-unbounded", "cost-undeclared") == linted(root, settings=LintSettings(ignore=("cost-*",))).left_out
    assert () == linted(root).left_out
