"""How a run looks while it goes: a live table on a terminal, a line an event elsewhere, JSON lines for programs."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from ice_cli import output
from ice_cli.code_view import started_lines
from ice_core.amounts import amount_text
from ice_orchestrator.events import (
    Event,
    NodeFailed,
    NodeFinished,
    NodeSkipped,
    NodeStarted,
    RunFinished,
    RunStarted,
)


class LineView:
    """One line on standard error for each event."""

    def __call__(self, event: Event) -> None:
        """Says the event."""
        words = event_words(event)
        if words:
            output.say(words)


def view(*, as_json: bool) -> tuple[AbstractContextManager[object], Callable[[Event], None]]:
    """The view that fits where standard error goes, and the context in which it lives."""
    if as_json:
        return nullcontext(), _json_line
    if not output.on_terminal():
        return nullcontext(), LineView()
    # Only here: a run that no terminal looks at need not import `rich`.
    from ice_cli.live_view import live_view

    return live_view()


def _json_line(event: Event) -> None:
    output.say(output.json_text(event.to_json()))


def event_words(event: Event) -> str:
    """One event as one line; empty for what a person need not read twice."""
    if isinstance(event, RunStarted):
        return "\n".join(started_lines(event))
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
