"""kill -9 at any moment: no committed node runs again, and result and cost are exact."""

import itertools
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from ice_orchestrator.journal import Journal
from ice_orchestrator.run_record import RunRecord, read_run
from tests.ice_orchestrator.kill_run import COST, OUTPUTS, RUN

LONGEST_SECONDS = 0.12
# Which node's output each of these was called with.
BEFORE = {"a2": "a1", "a3": "a2", "b2": "b1", "b3": "b2", "w/y": "w/x"}
NODES = 6 + 7 + 3 + 4  # with the list, the workflow, the agent and its calls themselves


class Victim:
    """One run in its folder; `attempt` starts it or goes on with it, and kills it after a time."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        folder.mkdir()
        self._process = process
        self._folder = folder

    def attempt(self, when: float | str | None) -> int:
        """How the process ended: 0, or the signal that killed it; `when` is a time, `WORD@NODE`, or never."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{'-' if when is None else when} {self._folder}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def lines(self) -> list[str]:
        ledger = self._folder / "ledger"
        return ledger.read_text().splitlines() if ledger.exists() else []

    def record(self) -> RunRecord | None:
        if not (self._folder / "journal").exists():
            return None
        with Journal(self._folder / "journal") as journal:
            return read_run(journal, RUN) if journal.read("SELECT 1 FROM runs") else None


@contextmanager
def forking_process() -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.ice_orchestrator.kill_run"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    with process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(scope="module")
def killer() -> Iterator["subprocess.Popen[str]"]:
    """One forking process for all points of this module."""
    with forking_process() as process:
        yield process


def kill_often(folder: Path, *, kills: int, seed: int) -> Counter[int]:
    """Kills runs at random moments until `kills` of them died in the middle; each run is finished at last.

    Returns:
        How many nodes were finished at each death.
    """
    chance = random.Random(seed)
    deaths: Counter[int] = Counter()
    with forking_process() as process:
        for number in itertools.count():
            if sum(deaths.values()) >= kills:
                break
            run = Victim(process, folder / str(number))
            for seconds in [chance.uniform(0, LONGEST_SECONDS) for _ in range(4)] + [None]:
                finished, lines = _finished(run), len(run.lines())
                status = run.attempt(seconds)
                # No node that was finished before is in what the components wrote since.
                assert set() == finished & {line.split()[1] for line in run.lines()[lines:]}
                _check_order(run)
                if status != 0 and 0 < len(_finished(run)) < NODES:
                    deaths[len(_finished(run))] += 1
            assert 0 == status
            _check_exact(run)
    return deaths


def _finished(run: Victim) -> set[str]:
    record = run.record()
    return set(record.steps) if record is not None else set()


def _check_order(run: Victim) -> None:
    """What happened outside has its rows: an attempt before its call, an output before anyone could act on it."""
    record = run.record()
    attempted = {attempt.path for attempt in record.attempts} if record is not None else set()
    finished = _finished(run)
    for word, path, _ in (line.split(maxsplit=2) for line in run.lines()):
        if word == "called":
            assert path in attempted
            assert BEFORE.get(path, path) in {*finished, path}
        elif word == "told":
            assert path in finished
        elif word.startswith("got-"):
            assert int(word.removeprefix("got-")) <= len([each for each in finished if each.startswith(f"{path}/")])


def _check_exact(run: Victim) -> None:
    record = run.record()
    assert record is not None
    assert ("finished", OUTPUTS, COST) == (record.status, record.outputs, record.cost)
    # Each call that the ledger saw is an attempt on record, with its key; those without an end are the unsettled cost.
    called = Counter(line.split()[1] for line in run.lines() if line.startswith("called "))
    attempted = Counter(attempt.path for attempt in record.attempts)
    assert all(count <= attempted[path] for path, count in called.items())
    unsettled = [attempt.reserved for attempt in record.attempts if attempt.outcome == "started"]
    assert sum(unsettled, Decimal(0)) == record.unsettled_cost
    keys: dict[str, set[str]] = {}
    for line in run.lines():
        word, path, key = line.split(maxsplit=2)
        if word != "told":
            keys.setdefault(path, set()).add(key)
    assert all(len(each) == 1 for each in keys.values())


def test_a_run_that_is_killed_at_random_comes_to_the_same_end(tmp_path: Path) -> None:
    """Twenty deaths in the middle of a run, at five different depths or more."""
    deaths = kill_often(tmp_path, kills=20, seed=2)

    assert 5 <= len(deaths)


@pytest.mark.parametrize(
    "point",
    ["called@a1", "returns@a1", "called@a2", "told@a1", "told@a3", "called@w/y", "told@w", "called@l[5]", "told@l"]
    + ["called@g", "got-1@g", "got-3@g", "returns@g", "told@g"],
)
def test_whatever_could_be_acted_on_is_on_disk_before(
    killer: "subprocess.Popen[str]", tmp_path: Path, point: str
) -> None:
    """Killed right after a call began, an output was told, or an agent got what it asked for; then resumed."""
    run = Victim(killer, tmp_path / "run")

    died = run.attempt(point)
    _check_order(run)
    before = _finished(run)
    lines = len(run.lines())
    ended = run.attempt(None)

    assert (9, 0) == (died, ended)
    assert set() == before & {line.split()[1] for line in run.lines()[lines:] if not line.startswith("told")}
    _check_exact(run)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_run_that_is_killed_two_hundred_times_comes_to_the_same_end(tmp_path: Path) -> None:
    """The same over more moments."""
    deaths = kill_often(tmp_path, kills=200, seed=3)

    assert 10 <= len(deaths)
