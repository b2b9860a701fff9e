"""The numbered checks as words: a line for each with its verdict, and below it what it found, within 80 columns."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import click

from ice_cli.output import counted, shown
from ice_core.check_record import CheckResult, Verdict
from ice_core.strict_json import JsonValue
from ice_orchestrator.verification import Verification

WIDTH: Final = 80
_INDENT: Final = " " * 6
_COLOURS: Final[Mapping[Verdict, str]] = MappingProxyType(
    {"passed": "green", "refused": "red", "not reached": "yellow", "not applicable": "bright_black"}
)
_VERDICT_WIDTH: Final = max(map(len, _COLOURS))


def summary_lines(done: Verification) -> list[str]:
    """One line: whether it verified, what it is, by how many checks, and who signed it."""
    passed = sum(result.verdict == "passed" for result in done.results)
    verdict = "verified" if done.refusal is None else "REFUSED"
    lines = [f"{verdict}  {shown(done.subject)}"]
    if done.refusal is not None:
        number = next(result.number for result in done.results if result.verdict == "refused")
        lines.append(f"{_INDENT}at check {number} of {done.results[-1].number}, {done.refusal.slug}")
        return lines
    lines.append(f"{_INDENT}{counted(passed, 'check')} passed")
    manifest = done.manifest
    if manifest is not None and manifest.signer is not None:
        lines.append(f"{_INDENT}signed by {manifest.signer}, fingerprint")
        lines.append(f"{_INDENT}{manifest.signer_fingerprint}")
    return lines


def explained_lines(done: Verification) -> list[str]:
    """Every check of one thing that was verified, with its evidence."""
    width = len(str(done.results[-1].number)) if done.results else 1
    lines = [shown(done.subject), ""]
    subject = ""
    for result in done.results:
        lines += _check_lines(result, width=width, about=result.of if result.of != subject else "")
        subject = result.of
    return lines


def _check_lines(result: CheckResult, *, width: int, about: str) -> Iterator[str]:
    verdict = click.style(result.verdict.ljust(_VERDICT_WIDTH), fg=_COLOURS[result.verdict])
    yield f"{str(result.number).rjust(width + 1)}  {verdict}  {result.title}"
    if result.verdict == "not reached":
        return
    if about:
        yield from _wrapped("of", shown(about))
    for name, value in result.evidence.items():
        if value not in (None, [], ""):
            yield from _wrapped(name, _text(value))


def _wrapped(name: str, text: str) -> list[str]:
    whole = f"{_INDENT}{name}: {text}"
    if len(whole) <= WIDTH:
        return [whole]
    # A digest or a path is never cut in the middle: who compares it wants it in one piece.
    return [
        f"{_INDENT}{name}:",
        *textwrap.wrap(
            text,
            width=WIDTH,
            initial_indent=_INDENT + "  ",
            subsequent_indent=_INDENT + "  ",
            break_long_words=False,
            break_on_hyphens=False,
        ),
    ]


def _text(value: JsonValue) -> str:
    if isinstance(value, Mapping):
        return _measured(value)
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return f"{value:,}" if isinstance(value, int) else shown(str(value))


def _measured(value: Mapping[str, JsonValue]) -> str:
    return f"{_text(value['found'])} of at most {_text(value['limit'])} {value['unit']}".rstrip()


def verified_text(done: Sequence[Verification]) -> str:
    """The last line: how many things verified."""
    refused = sum(each.refusal is not None for each in done)
    if refused:
        return f"{refused} of {counted(len(done), 'verification')} refused; nothing was imported, nothing written."
    return f"{counted(len(done), 'verification')}, each passed; nothing was imported, nothing written."
