"""Bounds: what each figure may be, from bench/bounds.toml, and whether a measured group holds it."""

import dataclasses
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.measure import CaseFailed, Group
from ice_core.strict_json import JsonObject, JsonValue

FILE: Final = Path(__file__).with_name("bounds.toml")
# Machines differ, and so do their minutes: what is worse by no more than this is told, and fails nothing.
TOLERANCE: Final = 4 / 3
_TIMES: Final = frozenset({"milliseconds", "seconds"})
# Measure -> the member of a case's row, and how a figure is printed.
_MEASURES: Final = {
    "ratio": ("ratio", "{:.2f}x"),
    "milliseconds": ("milliseconds_per_unit", "{:.4g} ms"),
    "seconds": ("cpu_seconds", "{:.2f} s"),
    "megabytes": ("megabytes", "{:.1f} MB"),
    "megabytes_above": ("megabytes_above", "{:.1f} MB"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """One promise; the members are told in bench/bounds.toml."""

    what: str
    bench: str
    group: str
    case: str
    measure: str
    most: float
    wish: float | None = None
    adr: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What was found.

    Attributes:
        measured: The figure as it was measured.
        figure: What counts: the same, or a time as it would be where a bare Python starts as fast as the bounds say.
    """

    bound: Bound
    measured: float
    figure: float

    @property
    def held(self) -> bool:
        """Whether the figure is within the bound."""
        return self.figure <= self.bound.most

    @property
    def failed(self) -> bool:
        """Whether it is worse by more than a busy machine explains."""
        return self.figure > self.bound.most * TOLERANCE

    def json(self) -> JsonObject:
        """As the report holds it."""
        return {
            "bound": dataclasses.asdict(self.bound),
            "measured": self.measured,
            "figure": self.figure,
            "held": self.held,
        }

    def line(self) -> str:
        """As it is printed."""
        bound = self.bound
        word = "held" if self.held else "FAILED" if self.failed else "not held"
        raw = "" if self.figure == self.measured else f" (measured: {printed(bound.measure, self.measured)})"
        wish = "" if bound.wish is None else f" (asked for: {printed(bound.measure, bound.wish)}, ADR {bound.adr})"
        figure, most = printed(bound.measure, self.figure), printed(bound.measure, bound.most)
        return f"{word:>8}  {figure:>10} of {most:>9}  {bound.what}{raw}{wish}"


def printed(measure: str, figure: float) -> str:
    """A figure of this measure, for a reader."""
    if measure == "milliseconds" and figure < 0.1:
        return f"{figure * 1000:.3g} us"
    return _MEASURES[measure][1].format(figure)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """Those of one kind of run, and the pace of the machine that the absolute ones are meant for."""

    python_milliseconds: float
    bounds: tuple[Bound, ...]

    @classmethod
    def read(cls, path: Path = FILE, *, quick: bool) -> "Bounds":
        """The bounds of a file in the form of bench/bounds.toml; for a quick run those with a quick group, under it."""
        value = tomllib.loads(path.read_text(encoding="utf-8"))
        found = []
        for each in value["bound"]:
            quick_group, quick_case = each.pop("quick_group", None), each.pop("quick_case", each["case"])
            if not quick:
                found.append(Bound(**each))
            elif quick_group is not None:
                found.append(Bound(**{**each, "group": quick_group, "case": quick_case}))
        return cls(python_milliseconds=value["python_milliseconds"], bounds=tuple(found))

    def benches(self) -> tuple[str, ...]:
        """The benches that measure a bound."""
        return tuple(dict.fromkeys(each.bench for each in self.bounds))

    def narrowed(self, group: Group) -> Group | None:
        """The group with its first case and those that have a bound; None if none has."""
        names = {each.case for each in self._of(group.name)}
        if not names:
            return None
        first, *rest = group.cases
        return dataclasses.replace(group, cases=(first, *(case for case in rest if case.name in names)))

    def verdicts(self, row: JsonObject) -> tuple[Verdict, ...]:
        """What a measured group says of the bounds that are about it.

        Raises:
            CaseFailed: A bound names a case that the group does not have.
        """
        return tuple(self._verdict(each, row) for each in self._of(str(row["name"])))

    def unmeasured(self, benches: Sequence[str], groups: Sequence[JsonValue]) -> tuple[str, ...]:
        """The groups that a bound names and that a run of these benches did not hold."""
        names = {row["name"] for row in groups if isinstance(row, dict)}
        return tuple(each.group for each in self.bounds if each.bench in benches and each.group not in names)

    def _of(self, group: str) -> Iterator[Bound]:
        return (each for each in self.bounds if each.group == group)

    def _verdict(self, bound: Bound, row: JsonObject) -> Verdict:
        measured = _number(_case(row, bound.case)[_MEASURES[bound.measure][0]])
        pace = max(1.0, _number(row["python_milliseconds"]) / self.python_milliseconds)
        return Verdict(bound=bound, measured=measured, figure=measured / pace if bound.measure in _TIMES else measured)


def _case(row: JsonObject, name: str) -> JsonObject:
    cases = row["cases"]
    for each in cases if isinstance(cases, list) else []:
        if isinstance(each, dict) and each["name"] == name:
            return each
    raise CaseFailed(f"bench/bounds.toml names the case `{name}`, and `{row['name']}` has none of that name")


def _number(value: JsonValue) -> float:
    assert isinstance(value, int | float)
    return value
