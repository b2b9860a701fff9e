"""Refusals of several findings, and refusals of a child process read back from their `--json` form."""

from collections.abc import Sequence

from ice_core.errors import Finding, IceError, Location
from ice_core.strict_json import JsonObject, JsonValue


def read_refusal(value: JsonValue) -> IceError:
    """The error whose `IceError.to_json()["error"]` this is."""
    members = _object(value)
    finding = _finding(members)
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
        findings=[_finding(_object(item)) for item in given] if isinstance(given, list) else (),
    )


def _finding(members: JsonObject) -> Finding:
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
