"""`dev.py bench`: the form of what it writes and refuses; never how long anything took."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bench.__main__ import BENCHES, FORM, main, table
from bench.measure import Case, CaseFailed, Group, Spent, sample, summary

ROOT = Path(__file__).resolve().parents[1]
SECONDS = {"floor": (2.0, 1.0, 3.0), "dear": (5.0, 8.0, 6.0)}


def group(*cases: Case) -> Group:
    """A group of these cases, or of two that nobody runs."""
    idle = tuple(Case(name=name, command=(sys.executable, "-c", "pass"), whole=True) for name in SECONDS)
    return Group(name="a group", cases=cases or idle, units=1000, unit="thing")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is not the repository, where one bench was run with `--output figures.json`."""
    place = tmp_path_factory.mktemp("bench")
    command = [sys.executable, "-m", "bench", "gate", "--quick", "--rounds", "1", "--output", "figures.json"]
    subprocess.run(command, cwd=place, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=True)
    return place


def test_a_quick_run_writes_ratios_and_the_machines_facts_where_one_stands(folder: Path) -> None:
    report = json.loads((folder / "figures.json").read_text(encoding="utf-8"))

    assert {"form", "date", "iceos", "quick", "rounds", "machine", "groups"} == set(report)
    assert FORM == report["form"]
    assert {"processors", "python", "system"} < set(report["machine"])
    assert not {"node", "host", "user"} & set(report["machine"])
    assert ["gate"] == [each["bench"] for each in report["groups"]]
    for each in report["groups"]:
        assert {"bench", "name", "unit", "units", "clock", "cases"} == set(each)
        assert 1.0 == each["cases"][0]["ratio"]
        assert all(case["samples"] == 1 and case["ratio"] > 0 for case in each["cases"])


def test_ratios_are_of_medians_to_the_first_case() -> None:
    samples = {name: [Spent(cpu=each, wall=0.0) for each in seconds] for name, seconds in SECONDS.items()}
    row = summary(group(), samples)

    assert [1.0, 3.0] == [case["ratio"] for case in rows_of(row["cases"])]
    assert [3.0, 2.5, 4.0] == [rows_of(row["cases"])[1][key] for key in ("ratio", "lowest_ratio", "highest_ratio")]
    assert 6.0 == rows_of(row["cases"])[1]["milliseconds_per_unit"]
    assert "     3.000           2.50-4.00          6.000 ms a thing  dear" in table(row)


def rows_of(value: object) -> list[dict[str, object]]:
    """The cases of a summary."""
    assert isinstance(value, list)
    return value


def test_a_case_that_fails_is_told_with_what_it_said_and_not_measured() -> None:
    failing = Case(name="broken", command=(sys.executable, "-c", "raise SystemExit('no such thing')"), whole=True)

    with pytest.raises(CaseFailed, match="`broken` ended with 1:\nno such thing"):
        sample(failing)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["lod"], "there is no bench `lod`"), (["--rounds", "-1", "calls"], "--rounds is at least 1")],
)
def test_what_cannot_be_measured_is_refused(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert 2 == ended.value.code
    assert words in capsys.readouterr().err


def test_every_bench_is_named_in_the_page_about_measuring() -> None:
    page = (ROOT / "docs" / "how-to" / "measure.md").read_text(encoding="utf-8")

    assert [] == [name for name in BENCHES if f"`{name}`" not in page]
