"""A refusal read back from its `--json` form: exactly that form or nothing, because its writer need not be trusted.

Processes of ours that run code of others (export's discovery, an isolated call) tell why they ended in the one form
that `IceError.to_json` writes. What has a member too many, one too few or one of another type is not repaired.
"""

from typing import Final

from ice_core.errors import Finding, IceError, Location, Severity
from ice_core.strict_json import JsonObject, JsonValue

_MEMBERS: Final = frozenset(("slug", "severity", "message", "where", "details", "hints"))
_PLACE: Final = frozenset(("file", "line", "column", "path"))
_SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning")


class NotARefusal(ValueError):
    """The value is not what `IceError.to_json` writes; says which part of it."""


def read_refusal(value: JsonValue) -> IceError:
    """The error whose `IceError.to_json()["error"]` this is.

    Raises:
        NotARefusal: It is no error's.
    """
    findings: JsonValue = []
    if isinstance(value, dict) and "findings" in value:
        value = dict(value)
        findings = value.pop("findings")
        if not findings:
            raise NotARefusal("`findings` without any")
    finding = read_finding(value)
    error = IceError(
        finding.slug,
        finding.message,
        hints=finding.hints,
        findings=[read_finding(item) for item in _list(findings, "findings")],
    )
    error.finding = finding
    return error


def read_finding(value: JsonValue) -> Finding:
    """The finding whose `Finding.to_json()` this is.

    Raises:
        NotARefusal: It is no finding's.
    """
    members = _object(value, "a finding", _MEMBERS)
    details = members["details"]
    if not isinstance(details, dict):
        raise NotARefusal("`details` that are no object")
    details = dict(details)
    severity = next((each for each in _SEVERITIES if each == members["severity"]), None)
    if severity is None:
        raise NotARefusal("a `severity` that nobody knows")
    return Finding(
        _text(members["slug"], "slug"),
        _text(members["message"], "message"),
        severity=severity,
        where=_place(members["where"]),
        # A detail of that name that is no text is the details' own.
        expected=_taken(details, "expected"),
        found=_taken(details, "found"),
        note=_taken(details, "note"),
        detail=_taken_lines(details),
        details=details,
        hints=_texts(members["hints"], "hints"),
    )


def _place(value: JsonValue) -> Location | None:
    if value is None:
        return None
    members = _object(value, "`where`", _PLACE)
    path = members["path"]
    return Location(
        _text(members["file"], "file"),
        line=_number(members["line"], "line"),
        column=_number(members["column"], "column"),
        path=_text(path, "path") if path is not None else "",
    )


def _taken(details: JsonObject, name: str) -> str | None:
    found = details.get(name)
    if not isinstance(found, str):
        return None
    del details[name]
    return found


def _taken_lines(details: JsonObject) -> tuple[str, ...]:
    lines = details.get("lines")
    if not isinstance(lines, list) or not lines or not all(isinstance(line, str) for line in lines):
        return ()
    del details["lines"]
    return _texts(lines, "lines")


def _object(value: JsonValue, what: str, members: frozenset[str]) -> JsonObject:
    if not isinstance(value, dict) or value.keys() != members:
        raise NotARefusal(f"{what} without exactly the members {', '.join(sorted(members))}")
    return value


def _list(value: JsonValue, name: str) -> list[JsonValue]:
    if not isinstance(value, list):
        raise NotARefusal(f"`{name}` that is no array")
    return value


def _texts(value: JsonValue, name: str) -> tuple[str, ...]:
    return tuple(_text(each, name) for each in _list(value, name))


def _text(value: JsonValue, name: str) -> str:
    if not isinstance(value, str):
        raise NotARefusal(f"`{name}` that is no text")
    return value


def _number(value: JsonValue, name: str) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise NotARefusal(f"`{name}` that is no number")
    return value
