"""The local engine: nodes that do nothing, against bare asyncio and against SQLite that makes each node durable."""

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from tests.builders.plans import node, plan
from tests.fakes.caller import FakeCaller

from bench.measure import ROOT, Group, Spent, inside, resident, timed, timed_async
from ice_core.strict_json import JsonObject
from ice_orchestrator.engines.local import LocalEngine
from ice_orchestrator.execution import Execution
from ice_orchestrator.journal import Journal

Shape = Literal["fan-out", "chain"]
SHAPES: Final[tuple[Shape, ...]] = ("fan-out", "chain")


def groups(folder: Path, *, quick: bool) -> tuple[Group, ...]:
    """Nodes beside each other, and behind each other; by the wall, since a durable node waits for the disk."""
    count, larger = (20, (100,)) if quick else (100, (1000, 10_000))
    measured = [_group(shape, folder, count) for shape in SHAPES]
    # Whether a node costs the same in a large plan; a commit for each of them would tell nothing new of the disk.
    measured += [_group(shape, folder, many, durable=False) for many in larger for shape in SHAPES]
    return (*measured, _memory(folder, (count, larger[-1])))


def _group(shape: Shape, folder: Path, count: int, *, durable: bool = True) -> Group:
    commits = inside("sqlite3, one commit a node", sqlite, folder, count)
    return Group(
        name=f"{shape} of {count} nodes",
        cases=(
            *((commits,) if durable else ()),
            inside("asyncio", bare, shape, count),
            inside("local engine", local, shape, folder, count),
        ),
        units=count,
        unit="node",
        clock="wall",
    )


def _memory(folder: Path, counts: Sequence[int]) -> Group:
    """What runs of these sizes hold at most; the plan itself is part of it."""
    code = "from bench.engine import local; local({shape!r}, {folder!r}, {count!r})"
    cases = [
        resident(
            f"local engine, {shape} of {count} nodes",
            code.format(shape=shape, folder=str(folder), count=str(count)),
            PYTHONPATH=str(ROOT),
        )
        for count in counts
        for shape in SHAPES
    ]
    return Group(name="memory of a run", cases=tuple(cases), units=1, unit="run", clock="memory")


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
