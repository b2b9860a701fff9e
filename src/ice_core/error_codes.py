"""The one table of error slugs, read from `error_codes.toml`: what each means and what mends it.

`ice explain`, the page `docs/reference/errors.md` and `--json` are made from it. Exit codes: 1 is yours to mend, 2 is
ours or usage. Nothing on the start path imports this module: an error needs the table only when it is printed.
"""

import tomllib
from importlib import resources
from types import MappingProxyType
from typing import Final


class ErrorCode:
    """One row of the table.

    Attributes:
        slug: The promised name of the error.
        area: The part of the project that raises it: formats, trust, checks, sdk, client, compiler, orchestrator, cli.
        meaning: What is wrong, and why that matters.
        mend: What to do about it.
        exit_code: What the process ends with.
        example_bad: For a rule of `ice plugins lint`: what it objects to, code or words, of several lines.
        example_good: The same as it should be.
    """

    __slots__ = ("area", "example_bad", "example_good", "exit_code", "meaning", "mend", "slug")

    def __init__(
        self,
        slug: str,
        area: str,
        meaning: str,
        mend: str,
        *,
        exit_code: int = 1,
        example_bad: str | None = None,
        example_good: str | None = None,
    ) -> None:
        self.slug = slug
        self.area = area
        self.meaning = meaning
        self.mend = mend
        self.exit_code = exit_code
        self.example_bad = example_bad
        self.example_good = example_good


def _read_table() -> MappingProxyType[str, ErrorCode]:
    text = resources.files("ice_core").joinpath("error_codes.toml").read_text("utf-8")
    return MappingProxyType(
        {slug: ErrorCode(slug, area, **row) for area, rows in tomllib.loads(text).items() for slug, row in rows.items()}
    )


ERROR_CODES: Final = _read_table()
