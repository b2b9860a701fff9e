"""`dev.py bench`: the form of what it writes, and what it refuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bench.__main__ import BENCHES, main
from bench.measure import ROOT
from bench.report import FORM


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is not the repository, where one bench was run with `--output figures.json`."""
    place = tmp_path_factory.mktemp("bench")
    command = [sys.executable, "-m", "bench", "gate", "--quick", "--rounds", "1", "--output", "figures.json"]
    subprocess.run(command, cwd=place, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=True)
    return place


def test_a_quick_run_writes_ratios_and_the_machines_facts_where_one_stands(folder: Path) -> None:
    report = json.loads((folder / "figures.json").read_text(encoding="utf-8"))

    assert {"form", "date", "iceos", "quick", "rounds", "machine", "groups", "bounds"} == set(report)
    assert FORM == report["form"]
    assert {"processors", "python", "system"} < set(report["machine"])
    assert not {"node", "host", "user"} & set(report["machine"])
    assert ["gate"] == [each["bench"] for each in report["groups"]]
    for each in report["groups"]:
        assert {"bench", "name", "unit", "units", "clock", "python_milliseconds", "cases"} == set(each)
        assert 1.0 == each["cases"][0]["ratio"]
        assert all(case["samples"] == 1 and case["ratio"] > 0 for case in each["cases"])


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
