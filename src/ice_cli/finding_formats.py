"""Findings in the form that a reader asked for: words for people, lines for editors, JSON, GitHub annotations, SARIF.

Text from outside is escaped in each form: it can forge no line, workflow command, link or terminal sequence.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from ice_cli.output import Form, json_text
from ice_cli.render import body_lines, clean, findings_text
from ice_cli.sarif import sarif_log
from ice_core.errors import Finding, Location, Severity
from ice_core.strict_json import JsonObject, printable


def formatted(
    findings: Sequence[Finding],
    *,
    form: Form,
    root: Path | None = None,
    rules: Mapping[str, Severity] | None = None,
) -> str:
    """All findings in their stable order as one text that ends with a newline, or is empty.

    Args:
        findings: Any findings, errors and warnings; their relative places are told from the current folder.
        form: `full` and `concise` for people, the others for programs.
        root: The folder from which `github` and `sarif` tell places; by default the one of the repository.
        rules: The slugs that were looked for, with their severities; SARIF lists them also where none was found.
    """
    ordered = sorted(findings, key=Finding.sort_key)
    if form == "sarif":
        places = [artifact_uri(finding.where, root or repository_folder(Path.cwd())) for finding in ordered]
        return f"{json_text(sarif_log(ordered, places, rules=rules or {}), indent=2)}\n"
    if form == "github":
        return "".join(map(_github(root or repository_folder(Path.cwd())), ordered))
    return _PLAIN[form](ordered)


def repository_folder(start: Path) -> Path:
    """The nearest folder upwards that holds `.git`, from which a forge tells paths; `start` where there is none."""
    return next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), start)


def artifact_uri(where: Location | None, root: Path) -> str | None:
    """A place's file as a relative URI reference from `root`; None for a place that is no file below it.

    A file outside is an absolute `file:` URI.
    """
    if where is None or not _names_a_file(where):
        return None
    # Lexically: a link inside the repository is annotated where it stands there.
    path = Path(os.path.abspath(where.file))
    if path.is_relative_to(root):
        # RFC 3986 4.2: a colon in the first segment would be read as a scheme, so it is escaped with the rest.
        return quote(path.relative_to(root).as_posix(), safe="/")
    return path.as_uri()


def _names_a_file(where: Location) -> bool:
    # An origin may be in words, as in `entry point acme`; a line, or a file that is there, tells that it is not.
    return where.line is not None or os.path.exists(where.file)


def _concise(findings: Sequence[Finding]) -> str:
    return "".join(f"{_line(finding)}\n" for finding in findings)


def _line(finding: Finding) -> str:
    where = finding.where
    place = "" if where is None else f"{Location(where.file, line=where.line, column=where.column)}: "
    return clean(f"{place}{finding.severity}[{finding.slug}] {finding.message}")


def _json(findings: Sequence[Finding]) -> str:
    errors = sum(finding.severity == "error" for finding in findings)
    document: JsonObject = {
        "findings": [finding.to_json() for finding in findings],
        "errors": errors,
        "warnings": len(findings) - errors,
    }
    return f"{json_text(document, indent=2)}\n"


def _github(root: Path) -> Callable[[Finding], str]:
    def command(finding: Finding) -> str:
        properties = {**_github_place(finding, root), "title": finding.slug}
        written = ",".join(f"{name}={_property(text)}" for name, text in properties.items())
        message = "\n".join([printable(finding.message), *body_lines(finding)])
        return f"::{finding.severity} {written}::{_message(message)}\n"

    return command


def _github_place(finding: Finding, root: Path) -> dict[str, str]:
    where = finding.where
    if where is None or not _names_a_file(where):
        return {}
    path = Path(os.path.abspath(where.file))
    place = {"file": path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)}
    if where.line is not None:
        place["line"] = str(where.line)
        if where.column is not None:
            place["col"] = str(where.column)
    return place


def _message(text: str) -> str:
    # The escapes of workflow commands: `%` first, since the others bring it.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(printable(text)).replace(":", "%3A").replace(",", "%2C")


_PLAIN: Final[Mapping[Form, Callable[[Sequence[Finding]], str]]] = {
    "full": findings_text,
    "concise": _concise,
    "json": _json,
}
