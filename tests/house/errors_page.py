"""Writes docs/reference/errors.md from the error table; `python3 dev.py fix` runs it."""

from collections.abc import Mapping

from ice_core.error_codes import ERROR_CODES, ErrorCode
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "reference" / "errors.md"
OPENING = """# Errors

Every refusal has a slug that does not change; the words around it may. `ice explain SLUG` prints the part of
this page that is about it. Exit code 1 is yours to mend, 2 is ours or a wrong call.

This page is made from the table in `ice_core.error_codes` by `python3 dev.py fix`.
"""


def render(table: Mapping[str, ErrorCode]) -> str:
    """The whole page: one part per area in the table's order, one heading per slug."""
    areas: dict[str, list[ErrorCode]] = {}
    for row in table.values():
        areas.setdefault(row.area, []).append(row)
    parts = [OPENING]
    for area, rows in areas.items():
        parts.append(f"## {area}\n")
        parts += map(_part, sorted(rows, key=lambda row: row.slug))
    return "\n".join(parts)


def _part(row: ErrorCode) -> str:
    rule = f" [A rule of lint, with examples](lint-rules.md#{row.slug})." if row.example_bad is not None else ""
    return f"### {row.slug}\n\n{row.meaning}\n\nTo mend it: {row.mend}\n\nExit code {row.exit_code}.{rule}\n"


if __name__ == "__main__":
    PAGE.write_text(render(ERROR_CODES), encoding="utf-8")
