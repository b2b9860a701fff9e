"""The record of one verification: every check of its route in order, with its verdict and what it found."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from ice_core.check_list import TITLES, CheckName, Evidence, Witness
from ice_core.errors import IceError
from ice_core.strict_json import JsonObject

Verdict = Literal["passed", "refused", "not reached", "not applicable"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """What became of one check.

    Attributes:
        number: Its place in the route, from 1; the checks of a second wheel have the numbers of the first's.
        name: What programs compare.
        of: The wheel, component or package that it is about, where a route has several.
        verdict: Whether it passed, was refused, was not reached, or had nothing to check.
        evidence: What it found; of one that is not applicable: the reason.
    """

    number: int
    name: CheckName
    of: str
    verdict: Verdict
    evidence: JsonObject

    @property
    def title(self) -> str:
        """What holds when it has passed."""
        return TITLES[self.name]

    def to_json(self) -> JsonObject:
        """The members as they are, and the title."""
        return {
            "number": self.number,
            "check": self.name,
            "of": self.of or None,
            "title": self.title,
            "verdict": self.verdict,
            "evidence": self.evidence,
        }


@dataclass(kw_only=True, slots=True)
class _Row:
    verdict: Verdict = "passed"
    evidence: JsonObject = field(default_factory=dict)


class Recorder(Witness):
    """A witness that remembers; a check that has begun has passed, unless the verification ends with its refusal."""

    __slots__ = ("_open", "_route", "_rows")

    def __init__(self, route: Sequence[CheckName]) -> None:
        self._route = tuple(route)
        self._rows: dict[tuple[CheckName, str], _Row] = {}
        self._open: tuple[CheckName, str] = (self._route[0], "")

    def begins(self, check: CheckName, *, of: str = "") -> None:
        """The check begins, and the one before it has passed."""
        self._open = (check, of)
        self._rows.setdefault(self._open, _Row())

    def shows(self, evidence: Evidence) -> None:
        """Keeps what the check that began has found."""
        self._rows[self._open].evidence.update(evidence())

    def leaves_out(self, *checks: CheckName, because: str) -> None:
        """These checks have nothing to check here."""
        for check in checks:
            self._rows[check, ""] = _Row(verdict="not applicable", evidence={"because": because})

    def results(self, refusal: IceError | None) -> tuple[CheckResult, ...]:
        """Every check of the route, once the verification has ended, well or with this refusal."""
        rows = dict(self._rows)
        if refusal is not None:
            name, of = self._open
            rows[self._open] = _Row(
                verdict="refused", evidence={**rows.get(self._open, _Row()).evidence, **_refused(refusal)}
            )
            for later in self._route[self._route.index(name) + 1 :]:
                if not any((later, subject) in rows for subject in {of, ""}):
                    rows[later, of if self._is_of_one(later) else ""] = _Row(verdict="not reached")
        numbers = {name: number for number, name in enumerate(self._route, start=1)}
        order = sorted(rows, key=lambda key: numbers[key[0]])
        return tuple(
            CheckResult(
                number=numbers[name], name=name, of=of, verdict=rows[name, of].verdict, evidence=rows[name, of].evidence
            )
            for name, of in order
        )

    def _is_of_one(self, check: CheckName) -> bool:
        # Whether this check was, or would have been, about one wheel; the gate's and the agreement's are.
        return check.startswith("wheel-") and check != "wheel-index"


def _refused(error: IceError) -> JsonObject:
    finding = error.finding
    values = {"expected": finding.expected, "found": finding.found}
    return {"slug": error.slug, **{name: value for name, value in values.items() if value is not None}}
