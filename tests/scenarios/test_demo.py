"""`ice demo`: nine stages told, one refusal shown, and nothing left outside the folder that it names."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from ice_cli.commands.demo import STAGES
from tests.fakes.folders import listing
from tests.ice_cli.invoke import Outcome
from tests.scenarios.person import Person, person_at

SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Walk:
    """One demo that ran, and the two folders that it must leave alone."""

    person: Person
    outcome: Outcome
    temporary: Path


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """The demo, run once in a process of its own by someone who has nothing yet."""
    person = person_at(tmp_path_factory.mktemp("demo"))
    temporary = person.folder / "temporary"
    temporary.mkdir()
    outcome = person.ice("demo", "--folder", "made", "--json", seconds=SECONDS, environ={"TMPDIR": str(temporary)})
    return Walk(person=person, outcome=outcome, temporary=temporary)


def test_the_demo_tells_every_stage_with_its_command(walk: Walk) -> None:
    """Words go to standard error under `--json`; each stage begins a line with its number and name."""
    told = [line.split()[:2] for line in walk.outcome.err.splitlines() if line[:1].isdigit()]

    assert 0 == walk.outcome.code, walk.outcome.err
    assert [[str(number), title] for number, (title, _, _) in enumerate(STAGES, start=1)] + [["9", "run"]] == told


def test_the_demo_gives_its_facts_as_one_document(walk: Walk) -> None:
    """The digests, the signer, the result and the cost of a real run."""
    facts = json.loads(walk.outcome.out)

    assert 1461 == facts["outputs"]["rows"]
    assert "demo-key" == facts["signer"]
    assert facts["lock_digest"].startswith("sha256:")
    assert 0 < float(facts["cost"]) < 0.05


def test_the_demo_ends_with_a_refusal(walk: Walk) -> None:
    """One changed byte of a stored wheel: exit code 1, and a message that names the wheel and both digests."""
    refused = walk.outcome.err.partition("error[wheel-digest-mismatch]")[2]

    assert 1 == json.loads(walk.outcome.out)["exit_code_after_tampering"]
    assert "iceos_tables-0.1.0-py3-none-any.whl" in refused
    assert 2 == refused.count("sha256:")


def test_the_demo_imports_nothing_before_it_runs(walk: Walk) -> None:
    """Install, load and compile each say how many component modules they imported."""
    counted = [line.rpartition(": ")[2] for line in walk.outcome.err.splitlines() if "modules imported" in line]

    assert ["0", "0", "0"] == counted


def test_the_demo_leaves_nothing_outside_its_folder(walk: Walk) -> None:
    """The person's own home and the folder for temporary files are as empty as before."""
    assert [] == [*walk.person.home.rglob("*")]
    assert [] == [*walk.temporary.rglob("*")]
    assert ["made", "person", "temporary"] == sorted(path.name for path in walk.person.folder.iterdir())


def test_the_demo_writes_over_nothing(walk: Walk) -> None:
    """A second demo into the same folder is refused, and changes no file of the first."""
    before = listing(walk.person.folder / "made")
    outcome = walk.person.ice("demo", "--folder", "made")

    assert ("folder-not-empty", 1) == (outcome.slug, outcome.code)
    assert before == listing(walk.person.folder / "made")
