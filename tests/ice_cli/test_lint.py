"""`ice plugins lint`: findings on standard output, the verdict on standard error, and what `--fix` writes."""

import json
from pathlib import Path

import pytest

from ice_sdk.lint_rules import LINT_RULES
from tests.fakes.folders import listing
from tests.ice_cli.invoke import Ice
from tests.ice_sdk.lint_projects import CLEAN, committed, project_at, with_code

EXAMPLES = 'examples=[{"input": {"text": "a b"}, "output": 2}]'
BUILT = sorted((Path(__file__).parents[1] / "ice_core" / "data" / "built_wheels").glob("*/*.whl"))
LONGER = CLEAN.replace("limit: int = 5", "limit: int = 6")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a project to which no rule objects."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767323045")
    folder = project_at(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


def test_a_project_to_which_no_rule_objects_ends_with_0(ice: Ice, project: Path) -> None:
    before = listing(project)
    made = ice("plugins", "lint")

    assert (0, "") == (made.code, made.out)
    assert (
        "No rule objects to `plugins.json`. Versions were compared with nothing: no tag or commit that was found holds "
        "a manifest.\n"
    ) == made.err
    assert before == listing(project)


def test_findings_are_data_and_errors_end_with_1(ice: Ice, project: Path) -> None:
    with_code(project, LONGER.replace(f", {EXAMPLES}", ""))
    before = listing(project)
    made = ice("plugins", "lint")

    assert 1 == made.code
    assert (
        """\
error[manifest-drift]: `plugins.json` no longer describes this code
  --> plugins.json

  ~ tool:count_words  input: `limit` has another default
  ~ tool:count_words  examples: differs

hint: To write the manifest anew, run `ice plugins export --output plugins.json`

warning[no-example]: `tool:count_words` has no example; search ranks it lower
  --> src/acme_words/words.py:6

  6 | @tool(cost_estimate=0)

hint: Give its decorator `examples=`, then run `ice plugins export`

"""
        == made.out
    )
    assert made.err.startswith("1 error and 1 warning. `--fix` mends the manifest. Versions were compared")
    assert before == listing(project)


def test_findings_are_told_in_the_form_that_was_asked_for(ice: Ice, project: Path) -> None:
    """The verdict stays on standard error, and in the exit code."""
    with_code(project, LONGER.replace(f", {EXAMPLES}", ""))
    made = ice("plugins", "lint", "--output-format", "concise")

    assert (1, True) == (made.code, made.err.startswith("1 error and 1 warning. "))
    assert made.out == (
        "plugins.json: error[manifest-drift] `plugins.json` no longer describes this code\n"
        "src/acme_words/words.py:6: warning[no-example] `tool:count_words` has no example; search ranks it lower\n"
    )


def test_a_sarif_log_lists_every_rule_that_was_held(ice: Ice, project: Path) -> None:
    """Code scanning closes alerts of rules that it knows; what was ignored is not among them."""
    made = ice("plugins", "lint", "--output-format", "sarif", "--ignore", "cost-*,wheel-*")

    (run,) = made.json["runs"]
    held = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert (0, []) == (made.code, run["results"])
    assert [rule.slug for rule in LINT_RULES if not rule.slug.startswith(("cost-", "wheel-"))] == held


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--strict",), 1), (("--strict", "--ignore", "no-*"), 0)])
def test_warnings_end_with_1_when_they_are_to(ice: Ice, project: Path, options: tuple[str, ...], code: int) -> None:
    project_at(project, code=CLEAN.replace(f", {EXAMPLES}", ""))

    assert code == ice("plugins", "lint", *options).code


def test_fix_writes_the_manifest_once_and_then_nothing(ice: Ice, project: Path) -> None:
    with_code(project, LONGER)
    made = ice("plugins", "lint", "--fix")
    written = listing(project)
    again = ice("plugins", "lint", "--fix")

    assert (0, "") == (made.code, made.out)
    assert made.err.startswith("Wrote plugins.json: it describes this code again, and is not signed.\nNo rule objects")
    assert (
        6
        == json.loads((project / "plugins.json").read_text())["schemas"]["CountWordsInput"]["properties"]["limit"][
            "default"
        ]
    )
    assert (0, "") == (again.code, again.out)
    assert again.err.startswith("No rule objects")
    assert written == listing(project)


def test_fix_keeps_what_only_a_person_can_mend(ice: Ice, project: Path) -> None:
    """The manifest is written and the rest is told; another run with `--fix` changes no byte."""
    with_code(project, LONGER.replace("cost_estimate=0, ", ""))
    made = ice("plugins", "lint", "--fix", "--json")
    written = listing(project)
    again = ice("plugins", "lint", "--fix", "--json")

    assert (1, ["cost-undeclared"], ["plugins.json"]) == (
        made.code,
        [each["slug"] for each in made.json["findings"]],
        made.json["fixed"],
    )
    assert [] == again.json["fixed"]
    assert written == listing(project)


@pytest.mark.parametrize(
    "options",
    [("--fix", "--ignore", "manifest-drift"), ("--fix", "--select", "cost-*"), ("--diff",), ("--fix", "--diff"), ()],
)
def test_nothing_is_written_that_was_not_asked_for(ice: Ice, project: Path, options: tuple[str, ...]) -> None:
    with_code(project, LONGER)
    before = listing(project)
    ice("plugins", "lint", *options)

    assert before == listing(project)


def test_code_that_cannot_be_exported_is_told_and_not_fixed(ice: Ice, project: Path) -> None:
    with_code(project, CLEAN.replace("text: str", "text"))
    before = listing(project)
    made = ice("plugins", "lint", "--fix")

    assert 1 == made.code
    assert made.out.startswith("error[annotation-missing]: `tool:count_words` does not say the type of")
    assert before == listing(project)


def test_diff_shows_what_fix_would_write(ice: Ice, project: Path) -> None:
    with_code(project, LONGER)
    made = ice("plugins", "lint", "--diff")
    changed = [line for line in made.out.splitlines() if line[:1] in "+-"]

    assert 1 == made.code
    assert ["--- plugins.json", "+++ plugins.json", '-          "default": 5,', '+          "default": 6,'] == changed


def test_diff_of_what_is_in_order_is_empty(ice: Ice, project: Path) -> None:
    made = ice("plugins", "lint", "--diff")

    assert (0, "", "There is nothing that `--fix` would write.\n") == (made.code, made.out, made.err)


def test_json_says_what_was_compared_and_counted(ice: Ice, project: Path) -> None:
    committed(project, tag="v1.2.0")
    with_code(project, CLEAN.replace("-> int", "-> float"))
    made = ice("plugins", "lint", "--fix", "--json")
    value = made.json

    assert (1, "plugins.json", "`plugins.json` at git's `v1.2.0`") == (made.code, value["manifest"], value["baseline"])
    assert (1, 0, ["plugins.json"]) == (value["errors"], value["warnings"], value["fixed"])
    (finding,) = value["findings"]
    assert ("version-not-raised", "major", "2.0.0") == (
        finding["slug"],
        finding["details"]["part"],
        finding["details"]["next"],
    )


def test_rules_are_listed_with_what_they_weigh(ice: Ice) -> None:
    made = ice("plugins", "lint", "--list-rules")
    rows = [line.split() for line in made.out.splitlines()]

    assert ["RULE", "SEVERITY", "FIX"] == rows[0]
    assert ["manifest-drift", "error", "--fix"] in rows
    assert ["no-example", "warning"] in rows
    assert "To read about one, run `ice explain RULE`.\n" == made.err
    assert [row[0] for row in rows[1:]] == [
        rule["slug"] for rule in ice("plugins", "lint", "--list-rules", "--json").json["rules"]
    ]


@pytest.mark.parametrize("wheel", BUILT, ids=lambda wheel: wheel.parent.name)
def test_a_wheel_is_judged_as_its_back_end_packed_it(ice: Ice, project: Path, wheel: Path) -> None:
    """What each of them leaves out is told, folder entries and all."""
    made = ice("plugins", "lint", "--wheel", str(wheel), "--select", "wheel-manifest-missing", "--json")

    assert 1 == made.code
    assert ["wheel-manifest-missing"] == [finding["slug"] for finding in made.json["findings"]]


@pytest.mark.parametrize(
    ("options", "slug", "code"),
    [
        (("--manifest", "plugin.json"), "file-missing", 1),
        (("--wheel", "none.whl"), "file-missing", 1),
        (("--select", "nothing"), "lint-rule-unknown", 2),
        (("--baseline", "v9"), "baseline-missing", 1),
    ],
)
def test_what_cannot_be_done_is_refused(
    ice: Ice, project: Path, options: tuple[str, ...], slug: str, code: int
) -> None:
    before = listing(project)
    made = ice("plugins", "lint", "--fix", *options)

    assert (code, "") == (made.code, made.out)
    assert f"error[{slug}]" in made.err
    assert before == listing(project)


def test_versions_that_no_rule_looks_at_are_not_said_to_be_compared(ice: Ice, project: Path) -> None:
    made = ice("plugins", "lint", "--ignore", "version-*")

    assert "Left out: version-not-raised. Versions were not compared.\n" in made.err


@pytest.mark.parametrize("words", [("--select", ""), ("--select", ","), ("--ignore", ""), ("--baseline", "")])
def test_an_option_that_says_nothing_is_a_usage_error(ice: Ice, project: Path, words: tuple[str, ...]) -> None:
    """As a variable of a script that was never set."""
    refused = ice("plugins", "lint", *words)

    assert (2, "usage", "") == (refused.code, refused.slug, refused.out)
    assert words[0] in refused.err


def test_a_component_that_the_settings_name_in_vain_is_told(ice: Ice, project: Path) -> None:
    with Path("pyproject.toml").open("a") as file:
        file.write('\n[tool.iceos.lint.per-component-ignores]\n"tool:count_*" = ["no-example"]\n')
        file.write('"tool:count_word" = ["no-example"]\n')
    made = ice("plugins", "lint")

    assert (0, 1) == (made.code, made.out.count("warning["))
    assert (
        "warning[lint-component-unknown]: `tool:count_word` of `per-component-ignores` is no component of this project"
    ) in made.out
    assert "hint: `tool:count_words` is one; did you mean that?\n" in made.out
    (told,) = ice("plugins", "lint", "--json").json["findings"]
    assert ("lint-component-unknown", "pyproject.toml") == (told["slug"], told["where"]["file"])


@pytest.mark.parametrize(
    ("form", "begins"), [("full", "RULE "), ("concise", "component-not-in-manifest "), ("json", "{"), ("sarif", "{")]
)
def test_rules_are_listed_in_the_form_that_was_asked_for(ice: Ice, project: Path, form: str, begins: str) -> None:
    made = ice("plugins", "lint", "--list-rules", "--output-format", form)

    assert (0, begins) == (made.code, made.out[: len(begins)])
    assert (form == "full") == ("ice explain RULE" in made.err)
    assert all(rule.slug in made.out for rule in LINT_RULES)


def test_rules_are_no_annotations(ice: Ice, project: Path) -> None:
    refused = ice("plugins", "lint", "--list-rules", "--output-format", "github")

    assert (2, "usage", "") == (refused.code, refused.slug, refused.out)
