"""`ice runs list|show|resume`: what the journal remembers, and going on with a run that stopped."""

from pathlib import Path

import pytest

from tests.builders.homes import listing
from tests.ice_cli.invoke import Ice
from tests.ice_cli.masking import masked
from tests.ice_cli.worlds import counting, tool_node, words_package, write_blueprint

pytestmark = pytest.mark.usefixtures("clean_imports")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with `acme-words`; the current folder holds a blueprint that works and one that fails."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    words_package(tmp_path / "iceos-home")
    counting(Path("count.json"))
    write_blueprint(
        Path("bad.json"),
        tool_node("n", text="a b"),
        tool_node("f", "fail", "n", text="x"),
        outputs={"never": "{{ f }}"},
    )
    return tmp_path / "iceos-home"


def failed_run(ice: Ice) -> str:
    """The name of a run whose second node failed."""
    return str(ice("run", "bad.json", "--json").json["run_id"])


def test_no_run_yet_is_said_and_makes_no_journal(ice: Ice, home: Path) -> None:
    """The next command is named; looking changes nothing."""
    before = listing(home)

    listed = ice("runs", "list")

    assert (0, "", "No run yet. To run a blueprint, run `ice run BLUEPRINT`.\n") == (
        listed.code,
        listed.out,
        listed.err,
    )
    assert [] == ice("runs", "list", "--json").json
    assert before == listing(home)


@pytest.mark.usefixtures("home")
def test_runs_are_listed_newest_first(ice: Ice) -> None:
    """Name, status, start, cost, blueprint."""
    ice("run", "count.json", "--input", "text=a")
    failed_run(ice)

    listed = ice("runs", "list")

    lines = [line.split() for line in masked(listed.out).splitlines()]
    assert "" == listed.err
    assert [
        ["RUN", "STATUS", "STARTED", "COST", "(USD)", "BLUEPRINT"],
        ["RUN", "failed", "INSTANT", "0.001", "bad"],
        ["RUN", "finished", "INSTANT", "0.001", "count"],
    ] == lines


@pytest.mark.usefixtures("home")
def test_the_listing_is_bounded(ice: Ice) -> None:
    """`--limit` takes the newest; a senseless one is a usage error."""
    for _ in range(3):
        ice("run", "count.json", "--input", "text=a")

    assert 2 == len(ice("runs", "list", "--limit", "2", "--json").json)
    assert (2, "usage") == (ice("runs", "list", "--limit", "0").code, ice("runs", "list", "--limit", "0").slug)


@pytest.mark.usefixtures("home")
def test_a_failed_run_is_shown_node_by_node_with_what_ended_it(ice: Ice) -> None:
    """And with the command that goes on with it."""
    name = failed_run(ice)

    shown = ice("runs", "show", name)

    assert (0, "") == (shown.code, shown.err)
    assert masked(shown.out) == (
        "RUN  failed  0.001 USD  bad\n"
        "plan sha256:DIGEST\n"
        "  code import  acme-words 1.0.0: executed from the bytes that were hashed\n"
        "\n"
        "NODE  COMPONENT         STATUS    ATTEMPTS  COST (USD)  SECONDS\n"
        "n     tool:count_words  finished  1         0.001       SECONDS\n"
        "f     tool:fail         failed    1         0           SECONDS\n"
        "\n"
        "error[component-raised]: `tool:fail` raised `LookupError` in the node `f`\n"
        "  --> iceos-wheel://sha256:DIGEST/acme_words/tools.py:18\n"
        "\n"
        "To go on with it, run `ice runs resume RUN`.\n"
    )


@pytest.mark.usefixtures("home")
def test_events_are_shown_when_asked_for(ice: Ice) -> None:
    """One a line, with its instant, in their order."""
    name = failed_run(ice)

    shown = masked(ice("runs", "show", name, "--events").out)

    assert shown.endswith(
        "\n"
        "INSTANT  run.started\n"
        "INSTANT  node.started  n\n"
        "INSTANT  node.finished  n\n"
        "INSTANT  node.started  f\n"
        "INSTANT  node.failed  f\n"
        "INSTANT  run.finished\n"
    )


@pytest.mark.usefixtures("home")
def test_json_shows_inputs_outputs_nodes_and_events(ice: Ice) -> None:
    """Everything that a program needs to account for a run."""
    name = str(ice("run", "count.json", "--input", "text=a b", "--json").json["run_id"])

    shown = ice("runs", "show", name, "--json").json

    assert {"text": "a b"} == shown["inputs"]
    assert {"words": 2} == shown["outputs"]
    assert ("finished", "0.001", None) == (shown["status"], shown["cost"], shown["error"])
    assert ["count"] == [node["path"] for node in shown["nodes"]]
    assert "run.finished" == shown["events"][-1]["type"]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("words", [("show",), ("resume",)])
def test_a_run_that_the_journal_does_not_know_is_refused(ice: Ice, words: tuple[str, ...]) -> None:
    """With the command that lists those it knows."""
    failed_run(ice)

    refused = ice("runs", *words, "nope")

    assert (1, "run-unknown", "") == (refused.code, refused.slug, refused.out)
    assert "hint: To see all runs, run `ice runs list`\n" in refused.err


@pytest.mark.usefixtures("home")
def test_resuming_runs_only_what_is_not_finished(ice: Ice) -> None:
    """The finished node does not run again, and is not paid again."""
    name = failed_run(ice)

    resumed = ice("runs", "resume", name)

    assert (1, "component-raised") == (resumed.code, resumed.slug)
    assert masked(resumed.err).startswith(
        "resumed  RUN  bad\n"
        "  code import  acme-words 1.0.0: executed from the bytes that were hashed\n"
        "  runs     f  tool:fail, attempt 2\n"
        "  failed   f  component-raised\n"
        "failed  RUN  0.001 USD\n"
    )
    nodes = ice("runs", "show", name, "--json").json["nodes"]
    assert {"n": 1, "f": 2} == {node["path"]: node["attempts"] for node in nodes}


@pytest.mark.usefixtures("home")
def test_resuming_a_finished_run_gives_its_outputs_again(ice: Ice) -> None:
    """Nothing runs, nothing is paid."""
    name = str(ice("run", "count.json", "--input", "text=a b", "--json").json["run_id"])

    resumed = ice("runs", "resume", name)

    assert (0, {"words": 2}) == (resumed.code, resumed.json)
    assert f"`{name}` was finished already; nothing ran again.\n" == resumed.err


def test_a_wheel_that_was_changed_since_stops_a_resume(ice: Ice, home: Path) -> None:
    """A resumed run is verified anew."""
    name = failed_run(ice)
    blob = next(path for path in (home / "store" / "sha256").iterdir() if path.is_file())
    data = bytearray(blob.read_bytes())
    data[100] ^= 1
    blob.write_bytes(bytes(data))

    refused = ice("runs", "resume", name, "--no-dynamic")

    assert (1, "wheel-digest-mismatch") == (refused.code, refused.slug)
    assert 1 == ice("runs", "show", name, "--json").json["nodes"][0]["attempts"]
