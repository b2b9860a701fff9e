"""Options that several commands share: where manifests are, how strict a run is, which index is meant."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from ice_core.errors import IceError
from ice_core.strict_json import printable

if TYPE_CHECKING:
    from pathlib import Path

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

INDEX_VARIABLE = "ICEOS_INDEX"


class FilePath(click.Path["Path"]):
    """A path as `pathlib` has it; who names none does not load `pathlib`."""

    def coerce_path_result(self, value: "str | os.PathLike[str]") -> "Path":
        """The path as it was written."""
        from pathlib import Path

        return Path(value)


def moment(context: click.Context, parameter: click.Parameter, text: str | None) -> datetime | None:
    """The callback of an option that takes a date, which begins at midnight UTC, or an instant in UTC."""
    if text is None:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", text, re.ASCII):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        pass  # as in February the 30th
    raise click.BadParameter(
        f"`{printable(text)}` is neither a date (2027-01-31) nor an instant in UTC (2027-01-31T12:00:00Z)",
        ctx=context,
        param=parameter,
    )


def plugins_options(command: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Adds `--plugins`, `--no-dynamic/--dynamic` and `--allow-unsigned`."""
    options = (
        click.option(
            "--plugins",
            multiple=True,
            type=FilePath(),
            metavar="PATH",
            help="A manifest, a bundle or a folder of them, read last.",
        ),
        click.option(
            "--no-dynamic/--dynamic",
            "no_dynamic",
            default=None,
            help="Only what verified manifests list may run.",
        ),
        click.option(
            "--allow-unsigned",
            multiple=True,
            type=FilePath(),
            metavar="PATH",
            help="This very file may be unsigned under --no-dynamic.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def project_option(command: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Adds `--project`, which is the current folder unless another is named."""
    return click.option(
        "--project",
        type=FilePath(file_okay=False, exists=True),
        default=".",
        metavar="FOLDER",
        help="The folder of pyproject.toml; default: this one.",
    )(command)


def all_option(command: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Adds `--all`, for every package of a monorepo; the command's function takes `all_packages`."""
    return click.option(
        "--all", "all_packages", is_flag=True, help="Every package that the workspace in FOLDER names."
    )(command)


def index_option(command: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Adds `--index`, which falls back to `$ICEOS_INDEX`."""
    return click.option(
        "--index",
        metavar="FOLDER|URL",
        help=f"Where bundles are published; default: ${INDEX_VARIABLE}.",
    )(command)


def index_location(index: str | None) -> str:
    """The index that was asked for, else `$ICEOS_INDEX`.

    Raises:
        IceError: `index-not-given` when neither says one.
    """
    location = index or os.environ.get(INDEX_VARIABLE)
    if not location:
        raise IceError(
            "index-not-given",
            "no index was named: neither `--index` nor `$ICEOS_INDEX` says where bundles are published",
            hints=("Add `--index FOLDER`, as in `--index ./market`", f"Or set ${INDEX_VARIABLE} once"),
        )
    return location
