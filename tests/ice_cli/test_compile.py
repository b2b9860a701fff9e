"""`ice compile`: every finding at once with its line, what a blueprint costs, and the plan's bytes."""

import sys
from pathlib import Path

import pytest

from ice_core.models.plan import plan_digest, read_plan
from tests.builders.homes import listing
from tests.ice_cli.invoke import Ice
from tests.ice_cli.masking import masked
from tests.ice_cli.worlds import counting, tool_node, words_package, write_blueprint


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with `acme-words`, and a folder of its own to stand in."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    words_package(tmp_path / "iceos-home")
    counting(Path("count.json"))
    return tmp_path / "iceos-home"


@pytest.mark.usefixtures("home")
def test_the_cost_is_data_and_the_plans_digest_words(ice: Ice) -> None:
    """Whole output; no plan is written unless asked for."""
    compiled = ice("compile", "count.json")

    assert (0, "plan sha256:DIGEST\n") == (compiled.code, masked(compiled.err))
    assert compiled.out == (
        "NODE   COMPONENT         LEAST  EXPECTED  MOST (USD)\n"
        "count  tool:count_words  0.001  0.001     0.001\n"
        "total                    0.001  0.001     0.001\n"
    )
    assert ["count.json"] == [path.name for path in Path().iterdir()]


@pytest.mark.usefixtures("home")
def test_the_plan_is_written_where_asked_and_is_the_same_each_time(ice: Ice) -> None:
    """Its digest is the one that was said."""
    compiled = ice("compile", "count.json", "--output", "plan.json")
    first = Path("plan.json").read_bytes()
    ice("compile", "count.json", "--output", "plan.json")

    digest = plan_digest(read_plan(first, where="plan.json"))
    assert f"plan {digest}\nWrote plan.json. To run it, run `ice run plan.json`.\n" == compiled.err
    assert first == Path("plan.json").read_bytes()


@pytest.mark.usefixtures("home")
def test_what_the_bounds_rest_on_is_said(ice: Ice) -> None:
    """A list that is filled when it runs, and a retry: the table and its assumptions."""
    node = tool_node("each", text="{{ item }}")
    write_blueprint(
        Path("many.json"),
        {**node, "for_each": "{{ inputs.texts }}", "max_items": 10, "retry_policy": {"max_attempts": 2}},
        inputs={"type": "object", "properties": {"texts": {"type": "array", "items": {"type": "string"}}}},
    )

    compiled = ice("compile", "many.json")

    assert compiled.out.startswith(
        "NODE   COMPONENT         LEAST  EXPECTED  MOST (USD)\n"
        "each   tool:count_words  0      0.01      0.02\n"
        "total                    0      0.01      0.02\n"
        "\n"
        "Assumed:\n"
    )
    assert "  `each` goes through its whole `max_items` of 10\n" in compiled.out


@pytest.mark.usefixtures("home")
def test_json_holds_plan_findings_and_notes(ice: Ice) -> None:
    """The plan in it has the digest beside it."""
    compiled = ice("compile", "count.json", "--json").json

    assert "plan.v0" == compiled["plan"]["schema_version"]
    assert compiled["plan_digest"].startswith("sha256:")
    assert ([], [], None) == (compiled["findings"], compiled["notes"], compiled["file"])


FAULTS = """\
error[component-unknown]: `tool:fial` is in no manifest that was read
  --> broken.json:8:20 at nodes[0].tool_name

  8 |       "tool_name": "fial",
    |                    ^^^^^^

  Manifests read, in this order:
    HOME/plugins.d/acme-words-1.0.0.json     6 components

hint: `tool:fail` is listed; did you mean that?
hint: To install a package that lists it, run `ice lock --blueprint broken.json` and `ice install`

error[argument-invalid]: `text` does not fit: 3 is not of type "string"
  --> broken.json:19:17 at nodes[1].tool_args.text

  19 |         "text": 3
     |                 ^

  Expected:
    string

  Found:
    3

note: It is declared by `tool:count_words` 1.0.0 of acme-words 1.0.0.

error[reference-unlisted]: `h` refers to `f`, which is not among its `dependencies`
  --> broken.json:28:21 at nodes[2].tool_args.text

  28 |         "text": "{{ f.x }}"
     |                     ^^^

  Expected:
    `f` among the `dependencies` of `h`

  Found:
    none

hint: Add `f` to the `dependencies` of `h`

error[blueprint-refused]: `broken.json` has 3 errors
  --> broken.json

note: Nothing was run; no component was imported.

hint: Mend it, then run `ice compile broken.json` to see that nothing is left
"""


def broken() -> Path:
    """A blueprint with an unknown tool, a wrong literal and a reference that no dependency covers."""
    return write_blueprint(
        Path("broken.json"),
        tool_node("f", "fial", text="x"),
        tool_node("g", text=3),
        tool_node("h", text="{{ f.x }}"),
    )


def test_every_finding_is_told_at_once_with_its_line(ice: Ice, home: Path) -> None:
    """Whole output; the plan that was there stays as it was."""
    Path("plan.json").write_text("old")
    before = listing(home)

    refused = ice("compile", broken(), "--output", "plan.json")

    assert (1, "") == (refused.code, refused.out)
    assert FAULTS == masked(refused.err, home)
    assert "old" == Path("plan.json").read_text()
    assert before == listing(home)


@pytest.mark.usefixtures("home")
def test_findings_are_one_error_document_under_json(ice: Ice) -> None:
    """Slug and place of each, in the order of the file."""
    error = ice("compile", broken(), "--json").json["error"]

    assert "blueprint-refused" == error["slug"]
    assert [("component-unknown", 8, 20), ("argument-invalid", 19, 17), ("reference-unlisted", 28, 21)] == [
        (each["slug"], each["where"]["line"], each["where"]["column"]) for each in error["findings"]
    ]


@pytest.mark.usefixtures("home")
def test_findings_are_data_in_the_form_that_was_asked_for(ice: Ice) -> None:
    """One line each for an editor; nothing on standard error, and the exit code is the same."""
    refused = ice("compile", broken(), "--output-format", "concise")

    assert (1, "") == (refused.code, refused.err)
    assert refused.out == (
        "broken.json:8:20: error[component-unknown] `tool:fial` is in no manifest that was read\n"
        'broken.json:19:17: error[argument-invalid] `text` does not fit: 3 is not of type "string"\n'
        "broken.json:28:21: error[reference-unlisted] `h` refers to `f`, which is not among its `dependencies`\n"
    )


@pytest.mark.usefixtures("home")
def test_a_blueprint_is_annotated_on_a_forge(ice: Ice) -> None:
    """GitHub's commands and SARIF name the same places."""
    annotated = ice("compile", broken(), "--output-format=github")
    logged = ice("compile", "broken.json", "--output-format", "sarif").json["runs"][0]

    assert ["file=broken.json,line=8,col=20", "file=broken.json,line=19,col=17", "file=broken.json,line=28,col=21"] == [
        text.partition(" ")[2].partition(",title=")[0] for text in annotated.out.splitlines()
    ]
    assert [{"startLine": 8, "startColumn": 20, "endColumn": 26}, 19, 28] == [
        logged["results"][0]["locations"][0]["physicalLocation"]["region"],
        *(result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in logged["results"][1:]),
    ]


@pytest.mark.usefixtures("home")
def test_a_blueprint_without_findings_gives_the_form_of_none(ice: Ice) -> None:
    """The plan is written all the same."""
    compiled = ice("compile", "count.json", "--output", "plan.json", "--output-format", "sarif")

    assert (0, "", []) == (compiled.code, compiled.err, compiled.json["runs"][0]["results"])
    assert Path("plan.json").exists()
    assert (0, "", "") == tuple(
        getattr(ice("compile", "count.json", "--output-format", "github"), name) for name in ("code", "out", "err")
    )


@pytest.mark.usefixtures("home")
def test_a_wrong_call_is_no_finding(ice: Ice) -> None:
    """It is told in words, exit code 2, and no document claims that the file was checked."""
    refused = ice("compile", "count.json", "--output-format", "sarif", "--lokced")

    assert (2, "", "usage") == (refused.code, refused.out, refused.slug)


@pytest.mark.usefixtures("home")
def test_locked_without_a_lock_says_how_to_write_one(ice: Ice) -> None:
    """`--locked` never passes by the lock's absence."""
    refused = ice("compile", "count.json", "--locked")

    assert (1, "file-missing") == (refused.code, refused.slug)
    assert "error[file-missing]: `pylock.iceos.toml` does not exist, and `--locked` was given\n" in refused.err


@pytest.mark.usefixtures("home")
def test_a_yaml_blueprint_is_read_by_the_same_rules(ice: Ice) -> None:
    """The same plan, whichever of the two it was written in."""
    Path("count.yaml").write_text(
        'schema_version: "1.2.0"\n'
        "id: count\n"
        "inputs: {type: object, properties: {text: {type: string}}, required: [text]}\n"
        "nodes:\n"
        '  - {id: count, type: tool, tool_name: count_words, tool_args: {text: "{{ inputs.text }}"}}\n'
        'outputs: {words: "{{ count }}"}\n'
    )
    plans = [ice("compile", name, "--json").json["plan"] for name in ("count.json", "count.yaml")]

    assert plans[0]["body"] == plans[1]["body"]
    assert plans[0]["components"] == plans[1]["components"]


@pytest.mark.usefixtures("home")
def test_nothing_is_imported(ice: Ice) -> None:
    """A compile knows manifests only."""
    before = set(sys.modules)  # a test that ran before this one may have run the same package
    ice("compile", "count.json")

    assert [] == [name for name in set(sys.modules) - before if name.startswith("acme_")]
