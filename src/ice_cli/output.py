"""Where words and data go: data to standard output, words to standard error; one JSON document under `--json`.

Plain lines are answered without click, see `direct`; so what needs click here imports it.
"""

from __future__ import annotations

import os
import sys

from ice_core.errors import IceError
from ice_core.strict_json import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Final, Literal, ParamSpec, TypeAlias, TypeVar

    from ice_core.errors import Finding, Severity
    from ice_core.strict_json import JsonValue

    Parameters = ParamSpec("Parameters")
    Result = TypeVar("Result")

Form: TypeAlias = "Literal['full', 'concise', 'json', 'github', 'sarif']"
FORMS: Final[tuple[Form, ...]] = ("full", "concise", "json", "github", "sarif")
FORM_OPTION: Final = "--output-format"


class Told:
    """What a command tells: words for a person, line by line, and data."""

    __slots__ = ("data", "words")

    def __init__(self, *, words: Sequence[str] = (), data: str = "") -> None:
        self.words = words
        self.data = data


def json_option(command: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Adds `--json` to a command; its function takes `as_json`."""
    import click

    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document for programs.")(command)


def form_option(command: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Adds `--output-format` to a command that takes `--json` too; its function takes `form`, see `chosen_form`."""
    import click

    return click.option(
        FORM_OPTION,
        "form",
        type=click.Choice(FORMS),
        metavar="FORM",
        help=f"How findings are told: {', '.join(FORMS[:-1])} or {FORMS[-1]}.",
    )(command)


def chosen_form(form: Form | None, *, as_json: bool) -> Form:
    """The form in which a command tells its findings; `--json` is `--output-format json`.

    Raises:
        IceError: `usage` when the two options differ.
    """
    if as_json and form not in (None, "json"):
        raise usage_error(
            f"`--json` and `{FORM_OPTION} {form}` ask for two forms",
            hints=("Leave out one of the two",),
        )
    return "json" if as_json else form or "full"


def asked_form(arguments: Sequence[str]) -> Form:
    """The form that unparsed arguments ask for, so that a refusal keeps it too."""
    if "--json" in arguments:
        return "json"
    asked: Form = "full"
    for number, word in enumerate(arguments):
        option, joint, value = word.partition("=")
        if option == FORM_OPTION:
            value = value if joint else "".join(arguments[number + 1 : number + 2])
            asked = next((form for form in FORMS if form == value), "full")
    return asked


def say(text: str = "") -> None:
    """One line of words, to standard error."""
    _echo(text, err=True)


def tell(told: Told) -> None:
    """The words to standard error, then the data to standard output."""
    for text in told.words:
        _echo(text, err=True)
    if told.data:
        _echo(told.data, nl=False)


def data(value: JsonValue) -> None:
    """One JSON document, to standard output."""
    _echo(json_text(value, indent=2))


def json_text(value: JsonValue, *, indent: int | None = None) -> str:
    """JSON in which whatever a terminal would obey or hide is an escape; programs read the same value."""
    from json import dumps

    text = dumps(value, indent=indent, ensure_ascii=False)
    if text.isascii() and "\x7f" not in text:
        return text
    # Line ends are the layout's own: inside a string `dumps` has escaped them.
    return "".join(char if char == "\n" or char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    from json import dumps

    # RFC 8259 7: beyond the first plane a pair of surrogates. DEL is ASCII, so `dumps` would leave it.
    return "\\u007f" if char == "\x7f" else dumps(char)[1:-1]


def findings(found: Sequence[Finding], *, form: Form, rules: Mapping[str, Severity] | None = None) -> None:
    """Findings as data, to standard output; `rules` are the slugs that were looked for."""
    from ice_cli.finding_formats import formatted

    _echo(formatted(found, form=form, rules=rules), nl=False)


def raw(content: bytes) -> None:
    """Bytes as they are, to standard output."""
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def line(text: str) -> None:
    """One line of data for a person, to standard output."""
    _echo(text)


def _echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    from click import echo

    echo(text, err=err, nl=nl)


def shown(text: str) -> str:
    """Text from outside, its invisible characters escaped."""
    return printable(text)


def counted(number: int, word: str) -> str:
    """`1 wheel`, `2 wheels`."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as aligned columns, two spaces apart, the last column unpadded."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))] if rows else []
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def on_terminal() -> bool:
    """Whether standard error is a terminal that a live view may redraw."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and "CI" not in os.environ


def usage_error(message: str, *, hints: tuple[str, ...] = ()) -> IceError:
    """The error for arguments that do not fit together; exit code 2."""
    return IceError("usage", message, hints=hints)
