"""A run's pen: what was refused stops what follows, ends are tried all the same, and listeners may fail."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_orchestrator.events import Event, Listener, NodeSkipped
from ice_orchestrator.journal import Journal
from ice_orchestrator.run_log import RunLog, utc_now


def skipped(node: str) -> Event:
    return NodeSkipped(run_id="r", at=utc_now(), node=node, component="tool:a", component_digest="-")


def logged(path: Path, work: Callable[[RunLog], Awaitable[None]], *, listener: Listener | None = None) -> list[object]:
    """Does `work`, and gives the numbers of the events that are on disk."""

    async def main() -> None:
        with Journal(path, busy_seconds=0.01) as journal:
            await work(RunLog(journal, "r", listener=listener))

    try:
        asyncio.run(main())
    finally:
        with closing(sqlite3.connect(path)) as connection:
            found = [number for (number,) in connection.execute("SELECT sequence FROM events ORDER BY sequence")]
    return found


async def lose(log: RunLog, path: Path) -> None:
    """One row is refused, because another process holds the file just then."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(IceError):
            await log.append(skipped("lost"))


def test_after_a_refused_row_only_ends_are_written(tmp_path: Path) -> None:
    """Nothing may start on what is not on disk; what has started is put on record as well as can be."""
    refused: list[str] = []

    async def work(log: RunLog) -> None:
        await lose(log, tmp_path / "j")
        for start in (log.append(skipped("next")), log.settled()):
            with pytest.raises(IceError) as error:
                await start
            refused.append(error.value.slug)
        await log.hand_over_end(skipped("end"))

    assert [1] == logged(tmp_path / "j", work)
    assert ["journal-locked"] * 2 == refused


def test_what_a_listener_raises_ends_the_run(tmp_path: Path) -> None:
    """It is raised where the run waits next, and the event is on disk."""

    def deaf(_: Event) -> None:
        raise BrokenPipeError("nobody reads")

    raised: list[str] = []

    async def work(log: RunLog) -> None:
        with pytest.raises(BrokenPipeError) as error:
            await log.append(skipped("a"))
        raised.append(str(error.value))

    assert [0] == logged(tmp_path / "j", work, listener=deaf)
    assert ["nobody reads"] == raised


def test_settled_waits_for_all_that_was_handed_over(tmp_path: Path) -> None:
    """Then every event was told, in order."""
    told: list[Event] = []
    names: list[str] = []

    async def work(log: RunLog) -> None:
        for name in "abc":
            _ = log.hand_over(skipped(name))
        await log.settled()
        names.extend(getattr(event, "node", "") for event in told)

    assert [0, 1, 2] == logged(tmp_path / "j", work, listener=told.append)
    assert ["a", "b", "c"] == names
