"""`ice explain`: what an error slug means and what mends it."""

import difflib
from textwrap import indent

import click

from ice_cli import output
from ice_cli.completion import slugs
from ice_core.error_codes import ERROR_CODES, ErrorCode
from ice_core.errors import IceError
from ice_core.strict_json import JsonObject


@click.command("explain")
@click.argument("slug", required=False, shell_complete=slugs)
@output.json_option
def explain(slug: str | None, *, as_json: bool) -> None:
    """Explain the error SLUG: what it means, and what mends it.

    For a rule of `ice plugins lint` an example that it fires on, and one that it
    does not.

    Without SLUG, list every slug with the part of the project that raises it.

    \b
    Example: ice explain lock-stale
    """
    if slug is None:
        _list_all(as_json=as_json)
        return
    row = ERROR_CODES.get(slug)
    if row is None:
        near = difflib.get_close_matches(slug, ERROR_CODES, n=1, cutoff=0.7)
        raise IceError(
            "slug-unknown",
            f"`{slug}` is not an error slug",
            hints=(
                *(f"`{name}` is one; did you mean that?" for name in near),
                "To list all of them, run `ice explain`",
            ),
        )
    if as_json:
        output.data(_row(row))
        return
    output.line(f"{row.slug} ({row.area}, exit code {row.exit_code})")
    output.line("")
    output.line(click.wrap_text(row.meaning, width=80))
    output.line("")
    output.line(click.wrap_text(f"To mend it: {row.mend}", width=80))
    for title, example in (("Fires on", row.example_bad), ("Does not fire on", row.example_good)):
        if example is not None:
            output.line(f"\n{title}:\n\n{indent(example.rstrip(), '    ')}")


def _list_all(*, as_json: bool) -> None:
    rows = [ERROR_CODES[slug] for slug in sorted(ERROR_CODES)]
    if as_json:
        output.data([_row(row) for row in rows])
        return
    for text in output.columns([(row.slug, row.area) for row in rows]):
        output.line(text)


def _row(row: ErrorCode) -> JsonObject:
    return {
        "slug": row.slug,
        "area": row.area,
        "meaning": row.meaning,
        "mend": row.mend,
        "exit_code": row.exit_code,
        "example_bad": row.example_bad,
        "example_good": row.example_good,
    }
