"""Samples, medians and ratios; the order, the pace and the memory of processes."""

import sys
import zipfile
from pathlib import Path

import pytest
from bench.gate import floor
from bench.measure import (
    BARE,
    MEGABYTE,
    Case,
    CaseFailed,
    Clock,
    Group,
    Spent,
    inside,
    measure,
    python,
    resident,
    sample,
    summary,
)
from bench.report import table

from ice_core.strict_json import JsonObject

SECONDS = {"floor": (2.0, 1.0, 3.0), "dear": (5.0, 8.0, 6.0), BARE.name: (0.03, 0.01, 0.02)}


def group(*cases: Case, clock: Clock = "cpu") -> Group:
    """A group of these cases, or of two that nobody runs."""
    idle = tuple(Case(name=name, command=(sys.executable, "-c", "pass"), whole=True) for name in ("floor", "dear"))
    return Group(name="a group", cases=cases or idle, units=1000, unit="thing", clock=clock)


def cases_of(row: JsonObject) -> list[JsonObject]:
    """The cases of a summary."""
    assert isinstance(row["cases"], list)
    return [each for each in row["cases"] if isinstance(each, dict)]


def test_ratios_are_of_medians_to_the_first_case() -> None:
    samples = {name: [Spent(cpu=each, wall=0.0) for each in seconds] for name, seconds in SECONDS.items()}
    row = summary(group(), samples)

    assert [1.0, 3.0] == [case["ratio"] for case in cases_of(row)]
    assert [3.0, 2.5, 4.0] == [cases_of(row)[1][key] for key in ("ratio", "lowest_ratio", "highest_ratio")]
    assert 6.0 == cases_of(row)[1]["milliseconds_per_unit"]
    assert "     3.000           2.50-4.00          6.000 ms a thing  dear" in table(row)


def test_every_group_tells_how_fast_a_bare_python_was_in_its_minutes() -> None:
    samples = {name: [Spent(cpu=each, wall=0.0) for each in seconds] for name, seconds in SECONDS.items()}

    assert 20.0 == summary(group(), samples)["python_milliseconds"]


def test_memory_is_told_in_megabytes_and_above_the_first_case() -> None:
    samples = {
        "floor": [Spent(cpu=0.0, wall=0.0, memory=10 * MEGABYTE)],
        "dear": [Spent(cpu=0.0, wall=0.0, memory=14 * MEGABYTE)],
        BARE.name: [Spent(cpu=0.01, wall=0.0)],
    }
    row = summary(group(clock="memory"), samples)

    assert [(1.0, 10.0, 0.0), (1.4, 14.0, 4.0)] == [
        (case["ratio"], case["megabytes"], case["megabytes_above"]) for case in cases_of(row)
    ]
    assert "14.0 MB a thing  dear" in table(row)


def test_the_memory_of_a_process_is_its_own_peak() -> None:
    ballast = bytes(100 * MEGABYTE)
    bare = sample(resident("bare", "pass")).memory
    large = sample(resident("large", f"x = b'x' * {50 * MEGABYTE}; del x")).memory

    assert 100 * MEGABYTE == len(ballast)
    assert bare < 40 * MEGABYTE
    assert bare + 49 * MEGABYTE < large < bare + 60 * MEGABYTE


def test_a_sample_is_prepared_each_time_and_a_first_round_does_not_count(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def prepare() -> None:
        with log.open("a", encoding="utf-8") as file:
            file.write("p")

    case = Case(
        name="appends",
        command=(sys.executable, "-c", f"open({str(log)!r}, 'a').write('r')"),
        whole=True,
        prepare=prepare,
    )
    samples = measure(group(case), rounds=2)

    assert "prprpr" == log.read_text(encoding="utf-8")
    assert {"appends": 2, BARE.name: 2} == {name: len(found) for name, found in samples.items()}


def test_a_process_gets_no_variable_of_python_or_iceos_but_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICEOS_NO_DYNAMIC", "1")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    code = "import os; found = {n for n in os.environ if n.startswith(('ICEOS_', 'PYTHON'))}\n"
    code += "raise SystemExit(found != {'PYTHONHASHSEED', 'ICEOS_HOME'})"

    assert 0 < sample(python("clean", code, ICEOS_HOME="home")).cpu


def test_a_process_stands_in_a_folder_of_its_own_that_is_empty() -> None:
    assert 0 < sample(python("nowhere", "import os; raise SystemExit(os.listdir() != [])")).cpu


def test_a_case_that_fails_is_told_with_what_it_said_and_not_measured() -> None:
    failing = Case(name="broken", command=(sys.executable, "-c", "raise SystemExit('no such thing')"), whole=True)

    with pytest.raises(CaseFailed, match="`broken` ended with 1:\nno such thing"):
        sample(failing)


def test_a_function_is_timed_in_a_process_of_its_own_with_its_arguments(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.py", "x = 1\n")
    found = sample(inside("zipfile", floor, path))

    assert 0 < found.cpu
    with pytest.raises(CaseFailed, match="No such file"):
        sample(inside("zipfile", floor, tmp_path / "absent.zip"))
