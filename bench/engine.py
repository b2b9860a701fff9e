"""The local engine: nodes that do nothing, against bare asyncio and against SQLite that makes each node durable."""

import asyncio
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from tests.builders.plans import node, plan
from tests.fakes.caller import FakeCaller

from bench.measure import Group, Spent, inside, timed, timed_async
from ice_core.strict_json import JsonObject
from ice_orchestrator.engines.local import LocalEngine
from ice_orchestrator.execution import Execution
from ice_orchestrator.journal import Journal

Shape = Literal["fan-out", "chain"]


def groups(folder: Path, *, quick: bool) -> tuple[Group, ...]:
    """100 nodes beside each other, and 100 behind each other; by the wall, since a durable node waits for the disk."""
    count = 20 if quick else 100
    shapes: tuple[Shape, ...] = ("fan-out", "chain")
    return tuple(
        Group(
            name=f"{shape} of {count} nodes",
            cases=(
                inside("sqlite3, one commit a node", "engine.sqlite", folder, count),
                inside("asyncio", "engine.asyncio", shape, count),
                inside("local engine", "engine.local", shape, folder, count),
            ),
            units=count,
            unit="node",
            clock="wall",
        )
        for shape in shapes
    )


async def _nothing() -> None:
    await asyncio.sleep(0)


def bare(shape: str, count: str) -> Spent:
    """As many coroutines that do nothing."""

    async def chain() -> None:
        for _ in range(int(count)):
            await asyncio.create_task(_nothing())

    async def fan_out() -> None:
        await asyncio.gather(*(_nothing() for _ in range(int(count))))

    return asyncio.run(timed_async(chain if shape == "chain" else fan_out))


def sqlite(folder: str, count: str) -> Spent:
    """As many rows, each committed before the next one, as durable as the journal's."""
    with TemporaryDirectory(dir=folder) as place:
        connection = sqlite3.connect(Path(place) / "rows.sqlite", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE steps (path TEXT PRIMARY KEY, output TEXT NOT NULL) WITHOUT ROWID")

        def work() -> None:
            for number in range(int(count)):
                connection.execute("INSERT INTO steps VALUES (?, ?)", (f"node_{number}", "{}"))

        spent = timed(work)
        connection.close()
    return spent


def local(shape: str, folder: str, count: str) -> Spent:
    """A run of a plan with a journal, schemas, cost and events; only the components do nothing."""
    nodes = [
        node(f"node_{number}", "tool:same", *((f"node_{number - 1}",) if number and shape == "chain" else ()))
        for number in range(int(count))
    ]
    planned = plan(*nodes)
    inputs: JsonObject = {}

    async def run(place: str) -> Spent:
        with Journal(Path(place) / "state.sqlite") as journal:
            execution = Execution(journal=journal, engine=LocalEngine(), caller=FakeCaller(), listener=lambda _: None)

            async def work() -> None:
                result = await execution.start(planned, inputs, budget=None, run_id="r1")
                if result.error is not None:
                    raise result.error

            return await timed_async(work)

    with TemporaryDirectory(dir=folder) as place:
        return asyncio.run(run(place))
