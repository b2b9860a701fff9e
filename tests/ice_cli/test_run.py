"""`ice run`: outputs are data, everything else words; blueprint or plan, inputs, budget, failure, JSON for programs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ice_core.strict_json import JsonObject
from tests.builders.homes import listing
from tests.builders.installed import entry, install_package
from tests.ice_cli.invoke import Ice
from tests.ice_cli.masking import masked
from tests.ice_cli.worlds import counting, environment, tool_node, words_package, write_blueprint

pytestmark = pytest.mark.usefixtures("clean_imports")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with `acme-words`, and a folder of its own to stand in."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    words_package(tmp_path / "iceos-home")
    counting(Path("count.json"))
    return tmp_path / "iceos-home"


HEAD = """\
plan sha256:DIGEST
mode --no-dynamic: only what verified manifests list may run
package acme-words 1.0.0, signed by acme-2026
"""
CODE = "  code import  acme-words 1.0.0: executed from the bytes that were hashed\n"


@pytest.mark.usefixtures("home")
def test_outputs_are_data_and_the_course_of_the_run_is_words(ice: Ice) -> None:
    """Whole output of a strict run."""
    ran = ice("run", "count.json", "--no-dynamic", "--input", "text=a b c")

    assert (0, '{\n  "words": 3\n}\n') == (ran.code, ran.out)
    assert masked(ran.err) == (
        f"{HEAD}started  RUN  count\n{CODE}"
        "  runs     count  tool:count_words\n"
        "  done     count  SECONDS s  0.001 USD\n"
        "finished  RUN  0.001 USD\n"
    )


@pytest.mark.usefixtures("home")
def test_the_mode_is_said_when_unsigned_code_may_run(ice: Ice) -> None:
    """No run hides how strict it is."""
    assert "mode dynamic: unsigned code may run\n" in ice("run", "count.json", "--input", "text=a").err


@pytest.mark.usefixtures("home")
def test_a_plan_runs_as_its_blueprint_does(ice: Ice) -> None:
    """What `ice compile --output` wrote is taken in the blueprint's place."""
    assert 0 == ice("compile", "count.json", "--output", "plan.json").code

    ran = ice("run", "plan.json", "--no-dynamic", "--input", "text=a b")

    assert {"words": 2} == ran.json
    assert masked(ran.err).startswith(HEAD)


@pytest.mark.usefixtures("home")
def test_a_text_input_stays_text_and_others_are_read_as_json(ice: Ice) -> None:
    """`text=1` is a text where the schema takes one; `n=1` is a number where it does not; what is no JSON is text."""
    inputs: JsonObject = {"type": "object", "properties": {"text": {"type": "string"}, "n": {}, "word": {}}}
    write_blueprint(
        Path("echo.json"),
        inputs=inputs,
        outputs={"text": "{{ inputs.text }}", "n": "{{ inputs.n }}", "word": "{{ inputs.word }}"},
    )

    ran = ice("run", "echo.json", "--input", "text=1", "--input", "n=[1, true]", "--input", "word=a=b")

    assert {"text": "1", "n": [1, True], "word": "a=b"} == ran.json


@pytest.mark.usefixtures("home")
def test_inputs_come_from_a_file_and_single_ones_over_them(ice: Ice) -> None:
    """`--input` wins over the file's member of the same name."""
    Path("inputs.json").write_text('{"text": "a b c d"}')

    assert {"words": 4} == ice("run", "count.json", "--inputs", "inputs.json").json
    assert {"words": 1} == ice("run", "count.json", "--inputs", "inputs.json", "--input", "text=x").json


@pytest.mark.parametrize("pair", ["text", "=a", ""])
def test_an_input_that_is_no_pair_is_a_usage_error(ice: Ice, home: Path, pair: str) -> None:
    """The form is shown; nothing ran."""
    before = listing(home)

    refused = ice("run", "count.json", "--input", pair)

    assert (2, "usage", "") == (refused.code, refused.slug, refused.out)
    assert f"`--input {pair}` is not of the form NAME=VALUE" in refused.err
    assert before == listing(home)


def test_a_missing_input_is_named_before_anything_runs(ice: Ice, home: Path) -> None:
    """The blueprint's own schema decides; the journal stays as it was."""
    before = listing(home)

    refused = ice("run", "count.json", "--no-dynamic")

    assert (1, "input-invalid") == (refused.code, refused.slug)
    assert masked(refused.err) == (
        f"{HEAD}"
        'error[input-invalid]: The input of `count` does not keep its schema: "text" is a required property\n'
        "  --> inputs\n"
        "\n"
        '  "text" is a required property\n'
        "\n"
        "note: Nothing was called with it.\n"
        "\n"
        "hint: Give each input as `--input NAME=VALUE`, or all of them as a JSON object with `--inputs FILE`\n"
    )
    assert before == listing(home)


def test_a_budget_below_the_least_cost_stops_the_run_before_it_begins(ice: Ice, home: Path) -> None:
    """Nothing is spent, and the hint says what it would take."""
    before = listing(home)

    refused = ice("run", "count.json", "--no-dynamic", "--input", "text=a", "--budget", "0.0001")

    assert 1 == refused.code
    assert masked(refused.err) == (
        f"{HEAD}"
        "error[budget-exceeded]: `count` costs at least 0.001 USD, and the budget is 0.0001\n"
        "\n"
        "  Expected:\n"
        "    at most 0.0001 USD\n"
        "\n"
        "  Found:\n"
        "    0.001 to 0.001 USD\n"
        "\n"
        "note: Nothing was run.\n"
        "\n"
        "hint: To allow it, give `--budget 0.001`\n"
    )
    assert before == listing(home)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("amount", ["much", "-1", "NaN", "Infinity"])
def test_a_budget_that_is_no_amount_is_a_usage_error(ice: Ice, amount: str) -> None:
    """Money is a finite decimal of at least 0."""
    refused = ice("run", "count.json", f"--budget={amount}")

    assert (2, "usage") == (refused.code, refused.slug)
    assert "invalid value for '--budget'" in refused.err


@pytest.mark.usefixtures("home")
def test_a_component_that_raises_is_told_with_its_own_line(ice: Ice) -> None:
    """The message names component, node and the verified source; the hints say how to go on."""
    write_blueprint(Path("bad.json"), tool_node("f", "fail", text="x"))

    failed = ice("run", "bad.json", "--no-dynamic")

    file = "iceos-wheel://sha256:DIGEST/acme_words/tools.py"
    assert (1, "") == (failed.code, failed.out)
    assert masked(failed.err) == (
        f"{HEAD}started  RUN  bad\n{CODE}"
        "  runs     f  tool:fail\n"
        "  failed   f  component-raised\n"
        "failed  RUN  0 USD\n"
        "error[component-raised]: `tool:fail` raised `LookupError` in the node `f`\n"
        f"  --> {file}:18\n"
        "\n"
        "  Found:\n"
        "    LookupError: nothing like x\n"
        "\n"
        f'    File "{file}", line 18, in fail\n'
        '      raise LookupError(f"nothing like {text}")\n'
        "\n"
        "hint: If it can pass by itself, give `f` a `retry_policy`\n"
        "hint: To see it node by node, run `ice runs show RUN`\n"
        "hint: To go on with it once that is mended, run `ice runs resume RUN`\n"
    )


@pytest.mark.usefixtures("home")
def test_json_is_the_whole_result_and_events_are_json_lines(ice: Ice) -> None:
    """One document on standard output; each line of standard error is one event."""
    ran = ice("run", "count.json", "--no-dynamic", "--input", "text=a", "--json")

    events = [json.loads(line) for line in ran.err.splitlines()]
    assert 0 == ran.code
    assert ("finished", {"words": 1}, "0.001", None) == tuple(
        ran.json[name] for name in ("status", "outputs", "cost", "error")
    )
    assert ["run.started", "node.started", "node.finished", "run.finished"] == [event["type"] for event in events]
    assert {ran.json["run_id"]} == {event["run_id"] for event in events}


@pytest.mark.usefixtures("home")
def test_json_of_a_failed_run_is_a_result_too(ice: Ice) -> None:
    """Exit code 1, and the error in its promised form."""
    write_blueprint(Path("bad.json"), tool_node("f", "fail", text="x"))

    failed = ice("run", "bad.json", "--json")

    assert (1, "failed", None) == (failed.code, failed.json["status"], failed.json["outputs"])
    assert "component-raised" == failed.json["error"]["slug"]
    assert {"f": "failed"} == {node["path"]: node["status"] for node in failed.json["nodes"]}


def test_a_refusal_before_the_run_is_an_error_document_under_json(ice: Ice, home: Path) -> None:
    """No result without a run."""
    refused = ice("run", "count.json", "--json")

    assert (1, "") == (refused.code, refused.err)
    assert "input-invalid" == refused.json["error"]["slug"]
    assert not (home / "state.sqlite").exists()


def test_a_faulty_blueprint_runs_nothing(ice: Ice, home: Path) -> None:
    """All findings are told, each with its line; the journal is not made."""
    write_blueprint(Path("faulty.json"), tool_node("f", "fial", text="x"), tool_node("g", text=3))

    refused = ice("run", "faulty.json")

    assert (1, "blueprint-refused") == (refused.code, refused.slug)
    assert "error[component-unknown]: `tool:fial`" in refused.err
    assert "error[argument-invalid]: `text` does not fit" in refused.err
    assert not (home / "state.sqlite").exists()


def test_what_a_component_prints_is_words(ice: Ice, home: Path) -> None:
    """Standard output holds the outputs and nothing else."""
    ran = ice("run", "count.json", "--input", "text=a")

    assert {"words": 1} == ran.json
    assert (home / "state.sqlite").exists()


@pytest.mark.usefixtures("home")
def test_a_missing_blueprint_is_met_with_the_names_that_look_like_it(ice: Ice) -> None:
    """A slip of the finger."""
    refused = ice("run", "cuont.json")

    assert (1, "file-missing") == (refused.code, refused.slug)
    assert "hint: `count.json` is there; did you mean that?\n" in refused.err


ROUGH = '''"""Rough tools."""

import os
import sys

from ice_sdk import tool


@tool(name="rough", version="1.0.0")
def rough(how: str) -> int:
    """Does what a component should not."""
    if how == "write":
        os.write(1, b"raw bytes")
    elif how == "close":
        sys.stdout.close()
        os.close(1)
    else:
        raise {"interrupt": KeyboardInterrupt, "generator": GeneratorExit, "exit": SystemExit}[how]
    return 1
'''


def rough_run(home: Path, how: str) -> "subprocess.CompletedProcess[str]":
    """A run, in a process of its own, of a component that takes liberties."""
    schemas: JsonObject = {"input": {"type": "object", "properties": {"how": {"type": "string"}}, "required": ["how"]}}
    entries = [entry("rough", "acme_rough:rough", schema={**schemas, "output": {"type": "integer"}})]
    install_package(home, "acme-rough", {"acme_rough/__init__.py": ROUGH}, entries)
    write_blueprint(Path("rough.json"), tool_node("r", "rough", how=how), outputs={"out": "{{ r }}"})
    words = [sys.executable, "-m", "ice_cli", "run", "rough.json", "--no-dynamic"]
    return subprocess.run(words, env=environment(home), capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("how", ["write", "close"])
def test_a_component_cannot_touch_the_outputs(home: Path, how: str) -> None:
    """Not by writing to the descriptor, not by closing it."""
    done = rough_run(home, how)

    assert (0, {"out": 1}) == (done.returncode, json.loads(done.stdout)), done.stderr


@pytest.mark.parametrize("how", ["interrupt", "generator", "exit"])
def test_a_component_that_raises_what_stops_programs_only_fails_its_node(home: Path, how: str) -> None:
    """The run ends, with the component named; it does not wait for ever."""
    done = rough_run(home, how)

    assert (1, "") == (done.returncode, done.stdout)
    assert "error[component-raised]: `tool:rough` raised" in done.stderr


@pytest.mark.usefixtures("home")
def test_a_component_runs_by_its_name_without_a_blueprint(ice: Ice) -> None:
    """Whole output: the same head, events and verification as for a blueprint."""
    ran = ice("run", "tool:count_words", "--no-dynamic", "--input", "text=a b c")

    assert (0, {"result": 3}) == (ran.code, ran.json)
    assert masked(ran.err) == (
        f"{HEAD}started  RUN  count_words\n{CODE}"
        "  runs     count_words  tool:count_words\n"
        "  done     count_words  SECONDS s  0.001 USD\n"
        "finished  RUN  0.001 USD\n"
    )


@pytest.mark.usefixtures("home")
def test_inputs_of_a_component_come_from_a_file_too(ice: Ice) -> None:
    Path("inputs.json").write_text('{"text": "a b c d"}')

    assert {"result": 4} == ice("run", "tool:count_words", "--inputs", "inputs.json").json


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        (("tool:count_wrods",), "component-unknown"),
        (("agent:count_words",), "component-unknown"),
        (("tool:Count",), "component-id-invalid"),
        (("tool:count_words",), "input-invalid"),
        (("tool:count_words", "--input", "text=a", "--budget", "0"), "budget-exceeded"),
        (("tool:count_words", "--input", "text=a", "--locked"), "file-missing"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
@pytest.mark.usefixtures("home")
def test_a_component_that_cannot_run_so_is_refused(ice: Ice, words: tuple[str, ...], slug: str) -> None:
    """Nothing of it is called."""
    ran = ice("run", *words)

    assert (1, "", slug) == (ran.code, ran.out, ran.slug)


@pytest.mark.usefixtures("home")
def test_a_file_named_like_a_component_is_a_blueprint(ice: Ice) -> None:
    Path("count.json").rename("tool:count_words")

    assert {"words": 2} == ice("run", "tool:count_words", "--input", "text=a b").json
