"""The one error type of the project: a slug, the thing, the place, expected and found, and the command that mends it.

A `Finding` is the value; an `IceError` is a finding (or several) on its way up. Slugs and `details` are promised to
programs, wording is not. This module is on the start path, so its classes are plain, and what only a refusal needs is
imported by it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal, TypeAlias

    from ice_core.strict_json import JsonObject, JsonValue

Severity: TypeAlias = "Literal['error', 'warning']"


class Location:
    """Where a finding points: a file (or any origin in words), a line and column from 1, a path inside the document."""

    __slots__ = ("column", "file", "line", "path")

    def __init__(self, file: str, *, line: int | None = None, column: int | None = None, path: str = "") -> None:
        self.file = file
        self.line = line
        self.column = column
        self.path = path

    def __str__(self) -> str:
        text = self.file
        if self.line is not None:
            text += f":{self.line}"
            if self.column is not None:
                text += f":{self.column}"
        return f"{text} at {self.path}" if self.path else text

    def __repr__(self) -> str:
        return f"Location({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Location) and self.sort_key() == other.sort_key()

    def __hash__(self) -> int:
        return hash(self.sort_key())

    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Order of appearance: file, line, column, path (`a[2]` before `a[10]`); no line comes first."""
        import re

        counted = re.sub(r"[0-9]+", lambda digits: digits[0].zfill(9), self.path)
        return (self.file, self.line or 0, self.column or 0, counted, self.path)

    def within(self, step: str) -> Location:
        """This location from one level up: `schema.input` within `components[3]` is `components[3].schema.input`."""
        joint = "" if not self.path or self.path.startswith("[") else "."
        return Location(self.file, line=self.line, column=self.column, path=f"{step}{joint}{self.path}")

    def to_json(self) -> JsonObject:
        """The form of `where` in `--json` output; absent members are null."""
        return {"file": self.file, "line": self.line, "column": self.column, "path": self.path or None}


class Finding:
    """One thing that is wrong (or worth a warning): what `ice` prints, and what `--json` carries.

    Args:
        slug: A slug of `ice_core.error_codes`.
        message: What is wrong with which thing, named in backticks; one sentence without a full stop.
        hints: Commands to paste or names to type; `()` is a decision.
        severity: `error` bars, `warning` does not.
        expected, found: The two values, never cut.
        detail: Further lines for a person, printed as they are.
        note: Why the rule exists, or what was not done.
        details: The same facts for a program.
    """

    __slots__ = (
        "detail",
        "details",
        "expected",
        "found",
        "hints",
        "message",
        "note",
        "severity",
        "slug",
        "where",
    )

    def __init__(
        self,
        slug: str,
        message: str,
        *,
        hints: Sequence[str],
        severity: Severity = "error",
        where: Location | None = None,
        expected: str | None = None,
        found: str | None = None,
        detail: Sequence[str] = (),
        note: str | None = None,
        details: Mapping[str, JsonValue] | None = None,
    ) -> None:
        self.slug = slug
        self.message = message
        self.severity: Severity = severity
        self.where = where
        self.expected = expected
        self.found = found
        self.detail = tuple(detail)
        self.note = note
        self.hints = tuple(hints)
        self.details: JsonObject = dict(details or {})

    def __repr__(self) -> str:
        return f"Finding({self.slug!r}, {self.message!r}, where={self.where!r})"

    def sort_key(self) -> tuple[tuple[str, int, int, str, str], str, str]:
        """The stable order of findings: place, then slug, then message."""
        place = self.where.sort_key() if self.where is not None else ("", 0, 0, "", "")
        return (place, self.slug, self.message)

    def to_json(self) -> JsonObject:
        """`{"slug", "severity", "message", "where", "details", "hints"}`; expected, found and note are in details."""
        details: JsonObject = dict(self.details)
        for name, value in (("expected", self.expected), ("found", self.found), ("note", self.note)):
            if value is not None:
                details.setdefault(name, value)
        if self.detail:
            details.setdefault("lines", list(self.detail))
        return {
            "slug": self.slug,
            "severity": self.severity,
            "message": self.message,
            "where": self.where.to_json() if self.where is not None else None,
            "details": details,
            "hints": list(self.hints),
        }


class IceError(Exception):
    """A refusal: one finding, or a heading finding with all the findings under it in a stable order."""

    def __init__(
        self,
        slug: str,
        message: str,
        *,
        hints: Sequence[str],
        where: Location | None = None,
        expected: str | None = None,
        found: str | None = None,
        detail: Sequence[str] = (),
        note: str | None = None,
        details: Mapping[str, JsonValue] | None = None,
        findings: Sequence[Finding] = (),
    ) -> None:
        super().__init__(message)
        self.finding = Finding(
            slug,
            message,
            hints=hints,
            where=where,
            expected=expected,
            found=found,
            detail=detail,
            note=note,
            details=details,
        )
        self.findings = tuple(sorted(findings, key=Finding.sort_key))

    @classmethod
    def of(cls, findings: Sequence[Finding]) -> IceError:
        """One error of one or more findings: the first in their order speaks, and several are all under it."""
        first = min(findings, key=Finding.sort_key)
        others = len(findings) - 1
        error = cls(first.slug, first.message, hints=first.hints, findings=findings if others else ())
        error.finding = first
        if others:
            error.finding = Finding(
                first.slug,
                f"{first.message}, and {others} more {'fault' if others == 1 else 'faults'}",
                hints=first.hints,
                where=first.where,
                expected=first.expected,
                found=first.found,
                detail=first.detail,
                note=first.note,
                details=first.details,
            )
        return error

    @property
    def slug(self) -> str:
        """The registered slug; what tests and programs compare."""
        return self.finding.slug

    @property
    def where(self) -> Location | None:
        """Where the error points, if it points anywhere."""
        return self.finding.where

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where is not None else ""
        return f"{self.slug}: {self.finding.message}{place}"

    def within(self, step: str) -> IceError:
        """The same error, its path and its findings' paths grown by one step as it climbs; to be raised again."""
        for finding in {id(finding): finding for finding in (self.finding, *self.findings)}.values():
            if finding.where is not None:
                finding.where = finding.where.within(step)
        return self

    def hinted(self, hint: str) -> IceError:
        """The same error with this hint where it has none, from whoever knows what mends it; to be raised again."""
        if not self.finding.hints:
            self.finding.hints = (hint,)
        return self

    def to_json(self) -> JsonObject:
        """The `--json` form: `{"error": {...}}`, with `findings` when there are several."""
        error = self.finding.to_json()
        if self.findings:
            error["findings"] = [finding.to_json() for finding in self.findings]
        return {"error": error}
