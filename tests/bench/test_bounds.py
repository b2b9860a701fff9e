"""Bounds: what holds, what is told, what fails, and that the file names what is measured."""

from pathlib import Path

import pytest
from bench.__main__ import BENCHES
from bench.bounds import Bound, Bounds, Verdict
from bench.measure import Case, CaseFailed, Group
from bench.report import closing

from ice_core.strict_json import JsonObject, JsonValue
from tests.house.tree import ROOT

TEXT = """
python_milliseconds = 10.0

[[bound]]
what = "Look up"
bench = "lookup"
group = "of 10,000"
quick_group = "of 10"
case = "ice"
quick_case = "ice, quick"
measure = "ratio"
most = 3.0

[[bound]]
what = "Sync"
bench = "sync"
group = "sync"
case = "sync"
measure = "seconds"
most = 0.8
wish = 0.5
adr = "0030"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with one ratio that a quick run measures too, and one absolute bound that it does not."""
    path = tmp_path / "bounds.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def row(name: str, case: str, *, pace: float = 10.0, **members: JsonValue) -> JsonObject:
    """A measured group of one case."""
    return {"name": name, "python_milliseconds": pace, "cases": [{"name": case, **members}]}


def group(*names: str) -> Group:
    """A group that nobody runs."""
    return Group(
        name="of 10,000",
        cases=tuple(Case(name=name, command=("false",), whole=True) for name in names),
        units=1,
        unit="process",
    )


def only(bounds: Bounds, measured: JsonObject) -> Verdict:
    """The one verdict about a group."""
    (verdict,) = bounds.verdicts(measured)
    return verdict


@pytest.mark.parametrize(
    ("ratio", "word", "failed"),
    [(3.0, "held", False), (3.9, "not held", False), (4.1, "FAILED", True)],
)
def test_a_ratio_fails_when_it_is_worse_than_its_bound_by_more_than_a_third(
    file: Path, ratio: float, word: str, failed: bool
) -> None:
    verdict = only(Bounds.read(file, quick=False), row("of 10,000", "ice", ratio=ratio))

    assert failed == verdict.failed
    assert f"{word:>8}       {ratio:.2f}x of     3.00x  Look up" == verdict.line()


@pytest.mark.parametrize(("pace", "figure"), [(10.0, 1.0), (20.0, 0.5), (5.0, 1.0)])
def test_seconds_are_read_by_the_pace_of_a_bare_python_and_never_made_longer(
    file: Path, pace: float, figure: float
) -> None:
    verdict = only(Bounds.read(file, quick=False), row("sync", "sync", pace=pace, cpu_seconds=1.0))

    assert (1.0, figure) == (verdict.measured, verdict.figure)


def test_a_slow_machine_says_what_it_measured_and_a_bound_what_was_asked_for(file: Path) -> None:
    verdict = only(Bounds.read(file, quick=False), row("sync", "sync", pace=20.0, cpu_seconds=1.0))

    assert "    held      0.50 s of    0.80 s  Sync (measured: 1.00 s) (asked for: 0.50 s, ADR 0030)" == verdict.line()


def test_a_ratio_is_not_changed_by_the_pace(file: Path) -> None:
    assert 3.5 == only(Bounds.read(file, quick=False), row("of 10,000", "ice", pace=20.0, ratio=3.5)).figure


def test_a_quick_run_holds_the_bounds_of_its_own_groups_and_no_others(file: Path) -> None:
    bounds = Bounds.read(file, quick=True)

    assert ("lookup",) == bounds.benches()
    assert 2.0 == only(bounds, row("of 10", "ice, quick", ratio=2.0)).figure
    assert () == bounds.verdicts(row("of 10,000", "ice", ratio=9.0))


def test_of_a_group_only_the_first_case_and_those_with_a_bound_are_kept(file: Path) -> None:
    bounds = Bounds.read(file, quick=False)
    narrowed = bounds.narrowed(group("floor", "peer", "ice"))

    assert narrowed is not None
    assert ["floor", "ice"] == [case.name for case in narrowed.cases]
    assert None is Bounds.read(file, quick=True).narrowed(group("floor", "ice"))


def test_a_bound_on_a_case_or_group_that_is_not_there_is_no_bound_that_holds(file: Path) -> None:
    bounds = Bounds.read(file, quick=False)

    with pytest.raises(CaseFailed, match="names the case `ice`, and `of 10,000` has none"):
        bounds.verdicts(row("of 10,000", "other", ratio=1.0))
    assert ("of 10,000",) == bounds.unmeasured(("lookup",), [row("of 10", "ice")])
    assert () == bounds.unmeasured(("gate",), [])


def test_the_closing_words_count_what_is_held() -> None:
    bound = Bound(what="Look up", bench="lookup", group="g", case="c", measure="megabytes_above", most=5.0)
    verdicts = [Verdict(bound=bound, measured=each, figure=each) for each in (4.0, 6.0)]

    assert [
        "    held      4.0 MB of    5.0 MB  Look up",
        "not held      6.0 MB of    5.0 MB  Look up",
        "1 of 2 bounds are held",
    ] == closing(verdicts).splitlines()


def test_every_bound_of_the_project_is_of_a_bench_that_exists_and_a_wish_names_its_decision() -> None:
    bounds = Bounds.read(quick=False).bounds

    assert set() == {each.bench for each in bounds} - set(BENCHES)
    assert [] == [each.what for each in bounds if (each.wish is None) != (each.adr is None)]
    for each in bounds:
        if each.adr is not None:
            assert 1 == len(list((ROOT / "docs" / "adr").glob(f"{each.adr}-*.md")))
            assert each.wish is not None
            assert each.wish < each.most
    assert len({(each.group, each.case, each.measure) for each in bounds}) == len(bounds)
