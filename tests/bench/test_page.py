"""The page about what was measured: made from committed runs, and from nothing else."""

import dataclasses
import json
from pathlib import Path

import pytest
from bench.bounds import Bound, Bounds
from bench.page import PAGE, PLOT, Result, plot, render, results

from ice_core.strict_json import JsonObject

BOUND = Bound(
    what="Look up",
    bench="lookup",
    group="look up one of 10,000 components",
    case="ice: look up",
    measure="ratio",
    most=1.7,
)
BOUNDS = Bounds(python_milliseconds=10.0, bounds=(BOUND,))


def run(*, python: str = "3.11.7", figure: float = 1.5, form: str = "ice-bench.v1", quick: bool = False) -> JsonObject:
    """A report of one bound and of look-ups in 10 and 10,000 components."""
    return {
        "form": form,
        "date": "2026-11-24",
        "iceos": "1.0.0",
        "quick": quick,
        "rounds": 15,
        "machine": {
            "processors": 2,
            "processor": "a processor",
            "memory_gib": 24,
            "system": "Linux x86_64",
            "python": f"CPython {python}",
        },
        "groups": [_looked_up(10, 1.4), _looked_up(10_000, figure)],
    }


def _looked_up(count: int, ratio: float) -> JsonObject:
    cases: list[JsonObject] = [
        {"name": "python -c pass", "ratio": 1.0},
        {"name": "ice: look up", "ratio": ratio},
        {"name": "a peer", "ratio": ratio * 20},
    ]
    return {"name": f"look up one of {count:,} components", "python_milliseconds": 10.0, "cases": [*cases]}


def written(folder: Path, *reports: JsonObject) -> tuple[Result, ...]:
    """The results of a folder that holds these reports."""
    for number, report in enumerate(reports):
        (folder / f"{number}.json").write_text(json.dumps(report), encoding="utf-8")
    return results(BOUNDS, folder)


def test_a_figure_beyond_its_bound_stands_out_and_each_python_has_its_column(tmp_path: Path) -> None:
    page = render(BOUNDS, written(tmp_path, run(python="3.13.0", figure=1.9), run(python="3.9.1")))

    assert "| what | bound | CPython 3.9.1 | CPython 3.13.0 |" in page
    assert "| Look up | 1.70x | 1.50x | **1.90x** |" in page


def test_look_ups_are_told_by_the_number_of_components_the_quickest_first(tmp_path: Path) -> None:
    page = render(BOUNDS, written(tmp_path, run()))
    start = page.index("| | 10 | 10,000 |")

    assert ["| | 10 | 10,000 |", "|---|---|---|", "| **ice: look up** | 1.4 | 1.5 |", "| a peer | 28 | 30 |"] == page[
        start:
    ].splitlines()[:4]


def test_it_names_the_machine_and_the_day(tmp_path: Path) -> None:
    assert (
        "- CPython 3.11.7: 2026-11-24, iceos 1.0.0, 15 rounds, 2 x a processor, 24 GiB, Linux x86_64"
        in render(BOUNDS, written(tmp_path, run())).splitlines()
    )


@pytest.mark.parametrize("report", [run(quick=True), run(form="ice-bench.v0")])
def test_a_quick_run_or_another_form_makes_no_page(tmp_path: Path, report: JsonObject) -> None:
    with pytest.raises(ValueError, match="no whole run"):
        written(tmp_path, report)


def test_a_bound_that_a_run_has_not_measured_says_so(tmp_path: Path) -> None:
    more = dataclasses.replace(BOUND, what="Sync", group="sync", wish=1.1, adr="0030")
    bounds = dataclasses.replace(BOUNDS, bounds=(BOUND, more))

    assert "| Sync | 1.70x; asked for: 1.10x, ADR 0030 | not measured |" in render(bounds, written(tmp_path, run()))


def test_the_page_and_its_plot_are_those_of_the_committed_runs_and_the_bounds_as_they_stand() -> None:
    bounds = Bounds.read(quick=False)
    committed = results(bounds)

    assert render(bounds, committed) == PAGE.read_text(encoding="utf-8")
    assert plot(committed) == PLOT.read_text(encoding="utf-8")
