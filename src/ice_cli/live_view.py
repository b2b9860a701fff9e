"""The live table of a run, on a terminal; the one part of showing a run that needs `rich`."""

from decimal import Decimal

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ice_cli.code_view import started_lines
from ice_core.amounts import amount_text
from ice_orchestrator.events import Event, NodeEvent, NodeFailed, NodeFinished, NodeStarted, RunStarted

SHOWN_ROWS = 30


class LiveView:
    """A table that is redrawn: the newest nodes with status, attempt, cost and seconds; the total below."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._rows: dict[str, tuple[str, str, str, str]] = {}
        self._cost = Decimal(0)

    def __call__(self, event: Event) -> None:
        """Takes the event into the table."""
        if isinstance(event, RunStarted):
            # Above the table, once: how the code comes here is not something to look for.
            for line in started_lines(event):
                self._live.console.print(Text(line))
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


def live_view() -> tuple[Live, LiveView]:
    """The table on standard error, and the context in which it is redrawn."""
    live = Live(console=Console(stderr=True), refresh_per_second=8)
    return live, LiveView(live)
