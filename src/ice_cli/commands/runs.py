"""`ice runs list` and `show`: what the journal remembers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from ice_cli import output
from ice_cli.completion import runs as complete_runs
from ice_cli.run_listing import DEFAULT_LIMIT, LIMITS, run_listing
from ice_core.home import Home

if TYPE_CHECKING:
    from ice_core.strict_json import JsonObject
    from ice_orchestrator.history import RunDetail


@click.command("list")
@click.option(
    "--limit", type=click.IntRange(*LIMITS), default=DEFAULT_LIMIT, show_default=True, help="The newest so many."
)
@output.json_option
def list_command(*, limit: int, as_json: bool) -> None:
    """List the newest runs of the journal.

    \b
    Example: ice runs list --limit 5
    """
    output.tell(run_listing(limit=limit, as_json=as_json))


@click.command("show")
@click.argument("run_id", metavar="RUN", shell_complete=complete_runs)
@click.option("--events", is_flag=True, help="Every event, one a line.")
@output.json_option
def show_command(run_id: str, *, events: bool, as_json: bool) -> None:
    """Show RUN: status, cost, each node, outputs or the error that ended it.

    \b
    Example: ice runs show 20260131T120000Z-5f2c91d07a3e --events
    """
    from ice_orchestrator.history import run_detail
    from ice_orchestrator.journal import Journal
    from ice_orchestrator.journal_look import run_unknown

    state = Home.from_environment(os.environ).state
    if not state.exists():
        raise run_unknown(run_id, state)
    with Journal(state) as journal:
        detail = run_detail(journal, run_id)
    if as_json:
        output.data(detail.to_json())
        return
    for text in _lines(detail, events=events):
        output.line(text)


def _lines(detail: RunDetail, *, events: bool) -> list[str]:
    from ice_cli.code_view import code_lines
    from ice_core.amounts import amount_text
    from ice_orchestrator.observed import observed_lines

    summary = detail.summary
    lines = [
        f"{summary.run_id}  {summary.status}  {amount_text(summary.cost)} USD  {output.shown(summary.blueprint_id)}",
        f"plan {detail.plan_digest}",
        *code_lines(detail.code),
        "",
        *output.columns(
            [("NODE", "COMPONENT", "STATUS", "ATTEMPTS", "COST (USD)", "SECONDS")]
            + [
                (
                    node.path,
                    node.component,
                    node.status,
                    str(node.attempts),
                    amount_text(node.cost),
                    f"{node.seconds:.3f}" if node.seconds is not None else "",
                )
                for node in detail.nodes
            ]
        ),
    ]
    for component, observed in detail.observed.items():
        lines += ["", f"{component} was seen to touch", *map(output.shown, observed_lines(observed))]
    if detail.error is not None:
        lines += ["", *_error_lines(detail.error)]
    if summary.status in ("interrupted", "failed", "cancelled"):
        lines += ["", f"To go on with it, run `ice runs resume {summary.run_id}`."]
    if events:
        lines += ["", *(f"{event['at']}  {event['type']}  {event.get('node', '')}".rstrip() for event in detail.events)]
    return lines


def _error_lines(error: JsonObject) -> list[str]:
    where = error.get("where")
    place = where.get("file") if isinstance(where, dict) else None
    line = where.get("line") if isinstance(where, dict) else None
    lines = [f"error[{error['slug']}]: {output.shown(str(error['message']))}"]
    return [*lines, f"  --> {output.shown(str(place))}{f':{line}' if line else ''}"] if place else lines
