"""How a run looks while it goes: a live table on a terminal, a line an event elsewhere, JSON lines for programs."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ice_cli import output
from ice_core.models.plan import amount_text
from ice_orchestrator.events import (
    Event,
    NodeEvent,
    NodeFailed,
    NodeFinished,
    NodeSkipped,
    NodeStarted,
    RunFinished,
    RunStarted,
)

SHOWN_ROWS = 30


class LineView:
    """One line on standard error for each event."""

    def __call__(self, event: Event) -> None:
        """Says the event."""
        words = event_words(event)
        if words:
            output.say(words)


class LiveView:
    """A table that is redrawn: the newest nodes with status, attempt, cost and seconds; the total below."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._rows: dict[str, tuple[str, str, str, str]] = {}
        self._cost = Decimal(0)

    def __call__(self, event: Event) -> None:
        """Takes the event into the table."""
        if isinstance(event, NodeEvent):
            self._rows.pop(event.node, None)
            self._rows[event.node] = self._row(event)
            self._live.update(self._table())

    def _row(self, event: NodeEvent) -> tuple[str, str, str, str]:
        if isinstance(event, NodeFinished):
            self._cost += event.cost
            return (event.component, "done", amount_text(event.cost), f"{event.duration_seconds:.3f}")
        if isinstance(event, NodeFailed):
            self._cost += event.cost
            again = "failed" if event.retry_in_seconds is None else f"retry in {event.retry_in_seconds:.1f} s"
            return (event.component, again, amount_text(event.cost), f"{event.duration_seconds:.3f}")
        if isinstance(event, NodeStarted):
            return (event.component, "runs", "", "")
        return (event.component, "skipped", "", "")

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in ("NODE", "COMPONENT", "STATUS", "COST (USD)", "SECONDS"):
            table.add_column(title, justify="right" if title in ("COST (USD)", "SECONDS") else "left")
        hidden = len(self._rows) - SHOWN_ROWS
        for node, cells in list(self._rows.items())[-SHOWN_ROWS:]:
            # Text, not markup: a node's name may hold brackets.
            table.add_row(Text(node), *(Text(cell) for cell in cells))
        if hidden > 0:
            table.caption = f"{hidden} more"
        return table


def view(*, as_json: bool) -> tuple[AbstractContextManager[object], Callable[[Event], None]]:
    """The view that fits where standard error goes, and the context in which it lives."""
    if as_json:
        return nullcontext(), _json_line
    if not output.on_terminal():
        return nullcontext(), LineView()
    live = Live(console=Console(stderr=True), refresh_per_second=8)
    return live, LiveView(live)


def _json_line(event: Event) -> None:
    output.say(output.json_text(event.to_json()))


def event_words(event: Event) -> str:
    """One event as one line; empty for what a person need not read twice."""
    if isinstance(event, RunStarted):
        return f"{'resumed' if event.resumed else 'started'}  {event.run_id}  {output.shown(event.blueprint_id)}"
    if isinstance(event, NodeStarted):
        again = f", attempt {event.attempt}" if event.attempt > 1 else ""
        return f"  runs     {event.node}  {event.component}{again}"
    if isinstance(event, NodeFinished):
        return f"  done     {event.node}  {event.duration_seconds:.3f} s  {amount_text(event.cost)} USD"
    if isinstance(event, NodeFailed):
        again = "" if event.retry_in_seconds is None else f", tried again in {event.retry_in_seconds:.1f} s"
        return f"  failed   {event.node}  {event.slug}{again}"
    if isinstance(event, NodeSkipped):
        return f"  skipped  {event.node}"
    if isinstance(event, RunFinished):
        unsettled = f", up to {amount_text(event.unsettled_cost)} more unsettled" if event.unsettled_cost else ""
        return f"{event.status}  {event.run_id}  {amount_text(event.cost)} USD{unsettled}"
    return ""
