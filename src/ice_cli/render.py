"""Findings and errors as words: slug, place, excerpt, expected, found, note, hints; readable without colour.

Everything that came from outside is printed with its invisible characters escaped, so that no text can move the cursor
or forge a line.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ice_core.errors import Finding, IceError, Location
from ice_core.strict_json import printable

MAX_EXCERPT_BYTES = 1_000_000
# GitHub's runner obeys `::name::` where a line begins, after blanks, and `##[name]` anywhere.
_CI_COMMAND: Final = re.compile(r"^(\s*):(?=:)|#(?=#\[)")


def error_text(error: IceError, *, sources: Mapping[str, str] | None = None) -> str:
    """The whole message of an error, its findings first when it has several, ending with a newline."""
    blocks = [finding_text(finding, sources=sources) for finding in error.findings]
    return "\n".join([*blocks, finding_text(_heading(error), sources=sources)])


def _heading(error: IceError) -> Finding:
    # Where the first finding speaks for all, its place and values were printed already.
    first = error.findings[0] if error.findings else None
    if first is None or (first.slug, first.where) != (error.slug, error.where):
        return error.finding
    hints = tuple(hint for hint in error.finding.hints if hint not in first.hints)
    message = error.finding.message
    if message.startswith(first.message):
        message = f"{len(error.findings)} faults, each of them above"
    return Finding(error.slug, message, hints=hints, severity=error.finding.severity)


def findings_text(findings: Sequence[Finding], *, sources: Mapping[str, str] | None = None) -> str:
    """Several findings, a blank line between them."""
    return "\n".join(finding_text(finding, sources=sources) for finding in findings)


def finding_text(finding: Finding, *, sources: Mapping[str, str] | None = None) -> str:
    """One finding as the project prints it, ending with a newline."""
    lines = [f"{finding.severity}[{finding.slug}]: {clean(finding.message)}"]
    if finding.where is not None:
        lines.append(f"  --> {clean(str(finding.where))}")
    excerpt = _excerpt(finding, sources or {})
    lines += ["", *excerpt] if excerpt else []
    return "\n".join([*lines, *body_lines(finding)]) + "\n"


def body_lines(finding: Finding) -> list[str]:
    """What follows a finding's message and place, cleaned; a blank line opens each block."""
    blocks = [
        _value("Expected", finding.expected),
        _value("Found", finding.found),
        [f"  {line}".rstrip() for line in map(clean, finding.detail)],
        [f"note: {clean(finding.note)}"] if finding.note else [],
        [f"hint: {clean(hint)}" for hint in finding.hints],
    ]
    return [line for block in filter(None, blocks) for line in ("", *block)]


def marked_width(finding: Finding) -> int:
    """How many characters from its column a finding is about."""
    length = finding.details.get("length")
    return length if isinstance(length, int) and length > 0 else 1


def _value(title: str, value: str | None) -> list[str]:
    if value is None:
        return []
    return [f"  {title}:", *(f"    {clean(line)}" for line in value.split("\n"))]


def _excerpt(finding: Finding, sources: Mapping[str, str]) -> list[str]:
    where = finding.where
    if where is None or where.line is None:
        return []
    text = _source_line(where, sources)
    if text is None:
        return []
    number = str(where.line)
    lines = [f"  {number} | {clean(text)}"]
    if where.column is not None:
        lead = len(clean(text[: where.column - 1]))
        carets = "^" * min(marked_width(finding), max(1, len(text) - lead))
        lines.append(f"  {' ' * len(number)} | {' ' * lead}{carets}")
    return lines


def _source_line(where: Location, sources: Mapping[str, str]) -> str | None:
    text = sources.get(where.file)
    if text is None:
        from pathlib import Path

        path = Path(where.file)
        if not path.is_file() or path.stat().st_size > MAX_EXCERPT_BYTES:
            return None
        text = path.read_text("utf-8", errors="replace")
    lines = text.split("\n")
    return lines[where.line - 1].rstrip("\r") if where.line is not None and 0 < where.line <= len(lines) else None


def clean(text: str) -> str:
    """One line of text from outside, its invisible characters escaped; no CI takes it for a command."""
    shown = "".join(char if char in "\t" else printable(char) for char in text)
    return _CI_COMMAND.sub(lambda mark: f"{mark[1] or ''}\\x{ord(mark[0][-1]):02x}", shown)
