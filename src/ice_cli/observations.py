"""What `ice doctor` sees: each observation with its verdict and what mends it, and where it looks."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias

from ice_core.errors import Finding, IceError
from ice_core.home import Home
from ice_core.strict_json import JsonObject, printable

Verdict = Literal["ok", "note", "warning", "problem"]
VERDICTS: Final[tuple[Verdict, ...]] = ("ok", "note", "warning", "problem")


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """Where is looked: nothing else of the machine is read.

    Attributes:
        home: The home folder.
        folder: The folder that the person stands in.
        environ: The environment.
        search_path: Where installed distributions are looked for.
        now: What the clock says, with a time zone.
    """

    home: Home
    folder: Path
    environ: Mapping[str, str]
    search_path: tuple[str, ...]
    now: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """One line of the report; `mend` is what to do, `slug` the refusal that a command would end with."""

    verdict: Verdict
    message: str
    mend: str | None = None
    slug: str | None = None

    def to_json(self) -> JsonObject:
        """The members as they are."""
        return {"verdict": self.verdict, "message": self.message, "mend": self.mend, "slug": self.slug}


Look: TypeAlias = Callable[[Surroundings], Iterator[Observation]]


def good(message: str) -> Observation:
    """What is as it should be."""
    return Observation(verdict="ok", message=message)


def note(message: str, *, mend: str | None = None) -> Observation:
    """What is worth knowing, and may well be meant."""
    return Observation(verdict="note", message=message, mend=mend)


def warning(message: str, *, mend: str | None = None) -> Observation:
    """What will be in the way of something."""
    return Observation(verdict="warning", message=message, mend=mend)


def problem(message: str, *, mend: str | None = None) -> Observation:
    """What keeps commands from working."""
    return Observation(verdict="problem", message=message, mend=mend)


def refused(error: IceError) -> Iterator[Observation]:
    """A refusal as commands would meet it; of several findings, each."""
    for finding in error.findings or (error.finding,):
        yield of_finding(finding)


def of_finding(finding: Finding) -> Observation:
    """A finding in one line: its place goes in front where the message does not name it."""
    place = finding.where.file if finding.where is not None else ""
    message = finding.message if not place or place in finding.message else f"{place}: {finding.message}"
    return Observation(
        verdict="warning" if finding.severity == "warning" else "problem",
        message=message,
        mend=finding.hints[0] if finding.hints else f"To see what it means, run `ice explain {finding.slug}`",
        slug=finding.slug,
    )


def looked(look: Look, around: Surroundings) -> list[Observation]:
    """What a look sees; what the system does not let it read is a problem, and ends it."""
    seen: list[Observation] = []
    try:
        seen.extend(look(around))
    except OSError as error:
        seen.append(problem(f"{error.filename or 'a file'} cannot be read: {error.strerror or error}"))
    return seen


def observation_lines(topic: str, observations: list[Observation]) -> list[str]:
    """The topic, then each observation with what mends it below."""
    lines = [topic]
    for each in observations:
        slug = f" [{each.slug}]" if each.slug is not None else ""
        lines.append(f"  {each.verdict:<8} {printable(each.message)}{slug}")
        if each.mend is not None:
            lines.append(f"           {printable(each.mend)}")
    return lines
