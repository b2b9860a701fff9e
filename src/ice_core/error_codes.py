"""The one table of error slugs, read from `error_codes.toml`: what each means and what mends it.

`ice explain`, the page `docs/reference/errors.md` and `--json` are made from it. Exit codes: 1 is yours to mend, 2 is
ours or usage. The table is read when somebody asks, and of one slug only its own row: a refusal that is printed waits
for that.
"""

import os
from collections.abc import Iterator, Mapping
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


_NEXT_AREA: Final = "\n# ---- "


class _ErrorCodes(Mapping[str, ErrorCode]):
    """The rows by their slugs, in the order of the file."""

    def __init__(self) -> None:
        self._text = ""
        self._rows: dict[str, ErrorCode] = {}
        self._is_whole = False

    def __getitem__(self, slug: str) -> ErrorCode:
        row = self._rows.get(slug)
        if row is None and not self._is_whole:
            self._rows |= self._parsed(self._part(slug))
            row = self._rows.get(slug)
        if row is None:
            raise KeyError(slug)
        return row

    def __iter__(self) -> Iterator[str]:
        if not self._is_whole:
            self._rows = self._parsed(self._read())
            self._is_whole = True
        return iter(self._rows)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _read(self) -> str:
        if not self._text:
            with open(os.path.join(os.path.dirname(__file__), "error_codes.toml"), "rb") as file:
                self._text = file.read().decode()
        return self._text

    def _part(self, slug: str) -> str:
        # Up to the next heading of its area, or the next area; a test holds each row against the whole file's.
        before, heading, after = self._read().partition(f".{slug}]\n")
        area = before.rpartition("\n")[2]
        if not heading or not area.startswith("[") or not slug.replace("-", "").isalnum():
            return ""
        return area + heading + after.partition(f"\n{area}.")[0].partition(_NEXT_AREA)[0]

    @staticmethod
    def _parsed(text: str) -> dict[str, ErrorCode]:
        import tomllib

        areas = tomllib.loads(text)
        return {slug: ErrorCode(slug, area, **row) for area, rows in areas.items() for slug, row in rows.items()}


ERROR_CODES: Final[Mapping[str, ErrorCode]] = _ErrorCodes()
