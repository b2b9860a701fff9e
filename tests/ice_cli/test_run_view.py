"""How a run looks: a line an event, a table on a terminal, JSON lines; nothing that a node is called can break it."""

import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from rich.console import Console
from rich.live import Live

from ice_cli.live_view import SHOWN_ROWS, LiveView
from ice_cli.run_view import LineView, event_words, view
from ice_orchestrator.code_modes import MEANINGS, PackageCode
from ice_orchestrator.events import (
    Event,
    NodeFailed,
    NodeFinished,
    NodeSkipped,
    NodeStarted,
    RunFinished,
    RunStarted,
    RunStatus,
)

RUN = "20260131T120000Z-5f2c91d07a3e"
AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
DIGEST = "sha256:" + "ab" * 32
CODE = f"  code record  tiny 1.0: {MEANINGS['record']}"


def started(node: str = "read", *, attempt: int = 1) -> NodeStarted:
    """A node's attempt begins."""
    return NodeStarted(
        run_id=RUN,
        at=AT,
        node=node,
        component="tool:csv_reader",
        component_digest=DIGEST,
        attempt=attempt,
        idempotency_key=f"{RUN}/{node}",
        reserved=Decimal("0.01"),
    )


def finished(node: str = "read", *, cost: str = "0.0042") -> NodeFinished:
    """A node's output is there."""
    return NodeFinished(
        run_id=RUN,
        at=AT,
        node=node,
        component="tool:csv_reader",
        component_digest=DIGEST,
        attempt=1,
        cost=Decimal(cost),
        tokens=0,
        duration_seconds=1.23456,
    )


def failed(node: str = "read", *, again: float | None = None) -> NodeFailed:
    """A node's attempt failed."""
    return NodeFailed(
        run_id=RUN,
        at=AT,
        node=node,
        component="tool:csv_reader",
        component_digest=DIGEST,
        attempt=1,
        cost=Decimal("0.5"),
        tokens=0,
        duration_seconds=0.1,
        slug="node-timed-out",
        message="too slow",
        retry_in_seconds=again,
    )


def skipped(node: str = "read") -> NodeSkipped:
    """A node's condition was false."""
    return NodeSkipped(run_id=RUN, at=AT, node=node, component="tool:csv_reader", component_digest=DIGEST)


def run_started(blueprint: str = "news", *, resumed: bool = False) -> RunStarted:
    """A run begins."""
    code = (PackageCode(package="tiny", version="1.0", mode="record"),)
    return RunStarted(run_id=RUN, at=AT, blueprint_id=blueprint, plan_digest=DIGEST, resumed=resumed, code=code)


def run_finished(status: RunStatus = "finished", *, unsettled: str = "0") -> RunFinished:
    """A run is over."""
    return RunFinished(
        run_id=RUN,
        at=AT,
        status=status,
        cost=Decimal("0.0042"),
        unsettled_cost=Decimal(unsettled),
        slug=None,
        message=None,
    )


WORDS: list[tuple[Event, str]] = [
    (run_started(), f"started  {RUN}  news\n{CODE}"),
    (run_started(resumed=True), f"resumed  {RUN}  news\n{CODE}"),
    (started(), "  runs     read  tool:csv_reader"),
    (started(attempt=2), "  runs     read  tool:csv_reader, attempt 2"),
    (finished(), "  done     read  1.235 s  0.0042 USD"),
    (finished(cost="0"), "  done     read  1.235 s  0 USD"),
    (failed(), "  failed   read  node-timed-out"),
    (failed(again=2.5), "  failed   read  node-timed-out, tried again in 2.5 s"),
    (skipped(), "  skipped  read"),
    (run_finished(), f"finished  {RUN}  0.0042 USD"),
    (run_finished("cancelled"), f"cancelled  {RUN}  0.0042 USD"),
    (run_finished("failed", unsettled="0.01"), f"failed  {RUN}  0.0042 USD, up to 0.01 more unsettled"),
]


@pytest.mark.parametrize(("event", "words"), WORDS, ids=lambda value: value if isinstance(value, str) else "")
def test_each_event_is_one_line(event: Event, words: str) -> None:
    """Everything that a person needs to follow a run without a terminal."""
    assert words == event_words(event)


def test_a_blueprints_id_cannot_move_the_cursor() -> None:
    """It is text from outside."""
    assert "\x1b" not in event_words(run_started("\x1b[2Jnews"))


def test_lines_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is for the outputs alone."""
    show = LineView()
    show(run_started())
    show(finished())

    output = capsys.readouterr()
    assert "" == output.out
    assert f"started  {RUN}  news\n{CODE}\n  done     read  1.235 s  0.0042 USD\n" == output.err


def test_for_programs_each_event_is_one_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Money and times are text, so that nothing is rounded on the way."""
    context, show = view(as_json=True)
    with context:
        show(finished())
        show(run_finished())

    output = capsys.readouterr()
    lines = [json.loads(line) for line in output.err.splitlines()]
    assert "" == output.out
    assert ["node.finished", "run.finished"] == [line["type"] for line in lines]
    assert ("0.0042", "2026-01-31T12:00:00.000000Z") == (lines[0]["cost"], lines[0]["at"])


def test_without_a_terminal_the_view_is_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log file gets no table that is redrawn."""
    monkeypatch.setenv("TERM", "dumb")
    context, show = view(as_json=False)

    with context:
        assert isinstance(show, LineView)


def drawn(events: Sequence[Event], *, width: int = 100) -> str:
    """What the last drawing of the live table shows."""
    console = Console(file=io.StringIO(), force_terminal=True, width=width, height=60, color_system=None)
    live = Live(console=console, auto_refresh=False)
    show = LiveView(live)
    for event in events:
        show(event)
    with console.capture() as capture:
        console.print(live.get_renderable())
    return capture.get()


def test_the_table_shows_each_node_once_in_its_newest_state() -> None:
    """Status, cost and seconds; a retry says when."""
    text = drawn(
        [
            run_started(),
            started("a"),
            finished("a"),
            started("b"),
            failed("b", again=1.0),
            started("b", attempt=2),
            skipped("c"),
            failed("d"),
        ]
    )

    rows = [line.split() for line in text.splitlines()]
    assert ["NODE", "COMPONENT", "STATUS", "COST", "(USD)", "SECONDS"] == rows[0]
    assert ["a", "tool:csv_reader", "done", "0.0042", "1.235"] in rows
    assert ["b", "tool:csv_reader", "runs"] in rows
    assert ["c", "tool:csv_reader", "skipped"] in rows
    assert ["d", "tool:csv_reader", "failed", "0.5", "0.100"] in rows
    assert 1 == sum(row[:1] == ["b"] for row in rows)


def test_the_way_that_code_comes_stands_above_the_table() -> None:
    """It is printed once, and does not scroll away with the rows."""
    console = Console(width=200, file=io.StringIO())
    LiveView(Live(console=console, auto_refresh=False))(run_started())
    printed = console.file
    assert isinstance(printed, io.StringIO)

    assert f"started  {RUN}  news\n  code record  tiny 1.0: {MEANINGS['record']}\n" == printed.getvalue()


def test_a_retry_is_shown_with_its_wait() -> None:
    """Between two attempts the row says when the next begins."""
    assert "retry in 1.0 s" in drawn([started("b"), failed("b", again=1.0)])


def test_a_thousand_nodes_do_not_fill_the_screen() -> None:
    """The newest are shown, the others counted."""
    text = drawn([finished(f"n{number}") for number in range(1000)])

    assert f"{1000 - SHOWN_ROWS} more" in text
    assert SHOWN_ROWS + 2 >= len([line for line in text.splitlines() if line.strip()])
    assert "n999" in text
    assert "n1 " not in text


def test_a_node_named_like_markup_is_shown_as_it_is() -> None:
    """`read[3]` and `[bold]` are names, not styles."""
    text = drawn([finished("read[3]"), finished("[bold]x[/bold]")])

    assert "read[3]" in text
    assert "[bold]x[/bold]" in text
