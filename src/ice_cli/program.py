"""What `ice` does when a command is to run: click parses, the command runs, and a refusal becomes words and a code."""

import os
import warnings
from collections.abc import Sequence
from typing import Final, TextIO

import click

from ice_cli import output
from ice_cli.lazy_group import LazyGroup
from ice_cli.render import error_text
from ice_cli.tree import ROOT_HELP, TREE
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.limit_settings import lower_limits
from ice_core.version import VERSION

# What must answer whatever is wrong with the machine.
_SPARED: Final = frozenset(("--version", "completion", "doctor", "explain"))


def build() -> click.Group:
    """The root group."""
    root = LazyGroup("ice", TREE, help=ROOT_HELP)
    root.context_settings = {"help_option_names": ["-h", "--help"], "max_content_width": 80}
    return click.version_option(VERSION, prog_name="ice", message="%(prog)s %(version)s")(root)


def run_program(arguments: Sequence[str]) -> int:
    """Runs one command and gives the exit code: 0 done, 1 yours to mend, 2 ours or usage, 130 interrupted."""
    form = output.asked_form(arguments)
    warnings.showwarning = _show_warning
    try:
        _lower_limits(arguments)
        outcome = build().main(args=list(arguments), prog_name="ice", standalone_mode=False)
    except IceError as error:
        return _refused(error, form=form)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        return 130
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.ClickException as error:
        return _refused(_usage(error), form=form)
    except Exception as error:
        return _refused(_ours(error), form=form)
    return outcome if isinstance(outcome, int) else 0


def _lower_limits(arguments: Sequence[str]) -> None:
    # Who asks what is wrong is answered, whatever the file says.
    if arguments and arguments[0] not in _SPARED and {"-h", "--help"}.isdisjoint(arguments):
        lower_limits(Home.from_environment(os.environ))


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    # Ours are whole messages already; another's gets the line that Python would have given it.
    text = str(message) if category.__module__.startswith("ice_") else f"{category.__name__}: {message}"
    first, *others = text.split("\n")
    click.echo(f"{first.replace('WARN ', 'warning: ', 1)}\n  --> {filename}:{lineno}", err=True)
    for words in others:
        click.echo(words, err=True)


def _usage(error: click.ClickException) -> IceError:
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context is not None else "ice"
    message = error.format_message().strip()
    text = f"{message[0].lower()}{message[1:]}".rstrip(".") if message else "the arguments do not fit"
    return IceError("usage", f"`{path}`: {text}", hints=(f"To see what it takes, run `{path} --help`",))


def _ours(error: Exception) -> IceError:
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    return IceError(
        "internal-error",
        f"`{type(error).__name__}` was not expected: {error}",
        detail=[line for entry in traceback.format_exception(error) for line in entry.rstrip().split("\n")],
        note="This is a fault of iceos, not of what you gave it.",
        details={"file": os.path.basename(last.filename), "line": last.lineno or 0},
        hints=("Report it with the lines above",),
    )


def _refused(error: IceError, *, form: output.Form) -> int:
    # The table is read only here: an error that nobody prints does not need it.
    from ice_core.error_codes import ERROR_CODES

    row = ERROR_CODES.get(error.slug)
    code = row.exit_code if row is not None else 2
    if form == "json":
        output.data(error.to_json())
    elif form == "full" or code == 2:
        # A wrong call and a fault of ours are no findings about anybody's files.
        click.echo(error_text(error), err=True, nl=False)
    else:
        output.findings(error.findings or (error.finding,), form=form)
    return code
