"""Writes docs/reference/benchmarks.md and its plot from bench/results/*.json; `python3 dev.py fix` runs it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.bounds import Bound, Bounds, Verdict, printed
from bench.measure import ROOT
from bench.plot import OURS, Series, svg
from bench.report import FORM

RESULTS: Final = ROOT / "bench" / "results"
PAGE: Final = ROOT / "docs" / "reference" / "benchmarks.md"
PLOT: Final = PAGE.with_suffix(".svg")
_LOOK_UP: Final = "look up one of "
_TITLE: Final = "Looking one component up, in multiples of a bare Python"
_OPENING: Final = """# Benchmarks

What iceos costs, as measured. [Measure](../how-to/measure.md) tells how to get these figures and how to read them; the
bounds stand once, in `bench/bounds.toml`, and `python3 dev.py test` holds smaller counts against them.

This page and its plot are made from the runs in `bench/results/` by `python3 dev.py fix`.

## Bounds

A time is told as it would be on a processor on which `python -c pass` takes 10 ms: where that took longer in the same
minutes, it is divided by as much. Figures in **bold** are not within their bound.
"""
_LOOKING_UP: Final = """
## One look-up, as a whole process

CPU time of a process that is told a name and ends when it has what stands under it, in multiples of `python -c pass`.
For iceos that is the entry, verified; for its peers it is the imported object, or the entry point. Ten components make
a package. Measured on {python}.

![{title}](benchmarks.svg)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What the page tells of one committed run."""

    python: str
    facts: str
    verdicts: Mapping[Bound, Verdict]
    look_ups: Series

    @classmethod
    def read(cls, path: Path, bounds: Bounds) -> "Result":
        """A run as `--output` wrote it, held against the bounds as they are now.

        Raises:
            ValueError: It is in another form, or a quick run.
        """
        report = json.loads(path.read_text(encoding="utf-8"))
        if report["form"] != FORM or report["quick"]:
            raise ValueError(f"`{path.name}` is no whole run in the form {FORM}")
        machine = report["machine"]
        curves: dict[str, list[tuple[int, float]]] = {}
        for group in report["groups"]:
            if group["name"].startswith(_LOOK_UP):
                count = int(group["name"].removeprefix(_LOOK_UP).split()[0].replace(",", ""))
                for case in group["cases"][1:]:
                    curves.setdefault(case["name"], []).append((count, case["ratio"]))
        return cls(
            python=machine["python"],
            facts=f"{report['date']}, iceos {report['iceos']}, {report['rounds']} rounds, {machine['processors']} x "
            f"{machine['processor']}, {machine['memory_gib']} GiB, {machine['system']}",
            verdicts={verdict.bound: verdict for group in report["groups"] for verdict in bounds.verdicts(group)},
            look_ups=curves,
        )


def results(bounds: Bounds, folder: Path = RESULTS) -> tuple[Result, ...]:
    """The committed runs, by the version of Python."""
    found = [Result.read(path, bounds) for path in sorted(folder.glob("*.json"))]
    return tuple(sorted(found, key=lambda each: [int(part) for part in each.python.split()[-1].split(".")]))


def render(bounds: Bounds, found: Sequence[Result]) -> str:
    """The whole page."""
    lines = [
        _OPENING,
        "| what | bound | " + " | ".join(each.python for each in found) + " |",
        "|---|---|" + "---|" * len(found),
        *(_row(bound, found) for bound in bounds.bounds),
        _LOOKING_UP.format(python=found[0].python, title=_TITLE),
        *_look_ups(found[0].look_ups),
        "",
        "## Machines",
        "",
        *(f"- {each.python}: {each.facts}" for each in found),
    ]
    return "\n".join(lines) + "\n"


def _row(bound: Bound, found: Sequence[Result]) -> str:
    most = printed(bound.measure, bound.most)
    if bound.wish is not None:
        most += f"; asked for: {printed(bound.measure, bound.wish)}, ADR {bound.adr}"
    cells = [_cell(each.verdicts.get(bound)) for each in found]
    return f"| {bound.what} | {most} | {' | '.join(cells)} |"


def _cell(verdict: Verdict | None) -> str:
    if verdict is None:
        return "not measured"
    text = printed(verdict.bound.measure, verdict.figure)
    return text if verdict.held else f"**{text}**"


def _look_ups(series: Series) -> Iterator[str]:
    counts = [count for count, _ in next(iter(series.values()))]
    yield "| | " + " | ".join(f"{count:,}" for count in counts) + " |"
    yield "|---|" + "---|" * len(counts)
    for name, points in sorted(series.items(), key=lambda item: item[1][-1][1]):
        shown = f"**{name}**" if name.startswith(OURS) else name
        yield f"| {shown} | " + " | ".join(f"{value:.3g}" for _, value in points) + " |"


def plot(found: Sequence[Result]) -> str:
    """The plot of the page: of the first run."""
    return svg(found[0].look_ups, title=_TITLE, description="The table below holds the same figures.")


if __name__ == "__main__":
    promised = Bounds.read(quick=False)
    committed = results(promised)
    PAGE.write_text(render(promised, committed), encoding="utf-8")
    PLOT.write_text(plot(committed), encoding="utf-8")
