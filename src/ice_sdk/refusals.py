"""Refusals of several findings, and refusals of a child process read back from their `--json` form."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from ice_core.errors import Finding, IceError, Location
from ice_core.strict_json import JsonObject, JsonValue

# EX_IOERR of sysexits.h: what the discovery process ends with when the disk takes nothing more.
DISK_FULL: Final = 74


def read_refusal(value: JsonValue) -> IceError:
    """The error whose `IceError.to_json()["error"]` this is."""
    members = _object(value)
    finding = read_finding(members)
    given = members.get("findings")
    return IceError(
        finding.slug,
        finding.message,
        where=finding.where,
        expected=finding.expected,
        found=finding.found,
        detail=finding.detail,
        note=finding.note,
        hints=finding.hints,
        details=finding.details,
        findings=[read_finding(item) for item in given] if isinstance(given, list) else (),
    )


def read_finding(value: JsonValue) -> Finding:
    """The finding whose `Finding.to_json()` this is."""
    members = _object(value)
    details = dict(_object(members.get("details")))
    lines = details.pop("lines", [])
    hints = members.get("hints")
    return Finding(
        str(members["slug"]),
        str(members["message"]),
        severity="warning" if members.get("severity") == "warning" else "error",
        where=_location(members.get("where")),
        expected=_text(details.pop("expected", None)),
        found=_text(details.pop("found", None)),
        note=_text(details.pop("note", None)),
        detail=[str(line) for line in lines] if isinstance(lines, list) else (),
        hints=[str(hint) for hint in hints] if isinstance(hints, list) else (),
        details=details,
    )


def _location(value: JsonValue) -> Location | None:
    members = _object(value)
    if not members:
        return None
    line, column = members.get("line"), members.get("column")
    return Location(
        str(members["file"]),
        line=line if isinstance(line, int) else None,
        column=column if isinstance(column, int) else None,
        path=str(members.get("path") or ""),
    )


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _text(value: JsonValue) -> str | None:
    return None if value is None else str(value)


def refusal_of(findings: Sequence[Finding]) -> IceError:
    """One error for findings of a kind: it says the first in order of place, and carries all when there are several."""
    first = min(findings, key=Finding.sort_key)
    return IceError(
        first.slug,
        first.message,
        where=first.where,
        expected=first.expected,
        found=first.found,
        note=first.note,
        hints=first.hints,
        details=first.details,
        findings=findings if len(findings) > 1 else (),
    )


def refusal_in(findings: Sequence[Finding], components: int) -> IceError:
    """One error for findings about so many components, told by their number where the first cannot speak for all."""
    error = refusal_of(findings)
    if error.findings and components > 1:
        error.finding.message = f"{len(findings)} findings in {components} components; nothing was described"
    return error


@contextmanager
def gathered(findings: list[Finding]) -> Iterator[None]:
    """Keeps a refusal's findings for later instead of raising it, so that all are told at once."""
    try:
        yield
    except IceError as error:
        findings.extend(error.findings or (error.finding,))


class DeclarationRefusals:
    """What decorators refuse in this process: raised at once, or kept while somebody wants all of them."""

    def __init__(self) -> None:
        self.kept: list[Finding] | None = None

    @contextmanager
    def told(self) -> Iterator[None]:
        """Lets a refusal of the block through, or keeps its findings."""
        try:
            yield
        except IceError as error:
            if self.kept is None:
                raise
            self.kept.extend(error.findings or (error.finding,))


DECLARATION_REFUSALS: Final = DeclarationRefusals()
