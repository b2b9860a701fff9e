"""The options of isolated runs, `--isolate` and `--limit`, and what they say together."""

import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click

from ice_cli import output
from ice_core.settings import isolate_setting
from ice_orchestrator.isolation.limits import Limits, parse_limits

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def isolation_options(command: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Adds `--isolate/--no-isolate` and `--limit`."""
    command = click.option(
        "--limit",
        "limits",
        multiple=True,
        metavar="NAME=NUMBER",
        help="With --isolate: memory_mib, cpu_seconds, open_files, file_mib, processes, output_kib.",
    )(command)
    return click.option(
        "--isolate/--no-isolate",
        "isolate",
        default=None,
        help="Each call in a process of its own; default: $ICEOS_ISOLATE.",
    )(command)


def isolation_of(*, isolate: bool | None, limits: tuple[str, ...]) -> Limits | None:
    """The limits of an isolated run; None where calls share this process.

    Raises:
        IceError: `limit-invalid`, `setting-invalid`, or `usage` for limits of nothing.
    """
    given = parse_limits(limits)
    if isolate_setting(argument=isolate, environ=os.environ):
        return given
    if limits:
        raise output.usage_error(
            "`--limit` bounds the processes of isolated calls, and none are",
            hints=("Add `--isolate`, as in `ice run news.yaml --isolate --limit memory_mib=4096`",),
        )
    return None
