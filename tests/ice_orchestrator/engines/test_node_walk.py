"""The walk through a body: no node before those it waits for, few tasks for many nodes, and few transactions."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.models.plan import Plan
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.context import NodeContext
from tests.builders.plans import node, plan
from tests.ice_orchestrator.runs import Bench


def chain(length: int) -> Plan:
    return plan(*(node(f"n{number}", "tool:same", *([f"n{number - 1}"] if number else [])) for number in range(length)))


def transactions(bench: Bench) -> int:
    """How many transactions the log beside the journal holds; it is there as long as another reader is."""
    log = bench.path.with_name(f"{bench.path.name}-wal").read_bytes()
    size = 24 + int.from_bytes(log[8:12], "big")
    # A frame that ends a transaction says in its header how large the file is afterwards.
    return sum(log[place + 4 : place + 8] != bytes(4) for place in range(32, len(log), size))


def test_a_chain_needs_one_transaction_a_node(tmp_path: Path) -> None:
    """The end of a node and the start of the next are flushed to disk together."""
    bench = Bench(tmp_path)
    bench.start(plan(node("a")), run_id="first")
    reader = sqlite3.connect(bench.path)
    reader.execute("SELECT count(*) FROM runs").fetchall()
    reader.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM runs").fetchall()

    bench.start(chain(20))
    found = transactions(bench)
    reader.close()

    # Besides: the run's first row, the first start, the last end and the run's last row; 1 for a turn that came late.
    assert 20 <= found <= 20 + 5


def test_a_wide_plan_makes_few_tasks(tmp_path: Path) -> None:
    """What waits for its turn is an entry of a list and not a task."""
    greatest = 0

    async def count(_: JsonObject, __: NodeContext) -> JsonValue:
        nonlocal greatest
        await asyncio.sleep(0)
        greatest = max(greatest, len(asyncio.all_tasks()))
        return None

    bench = Bench(tmp_path, {"tool:count": count}, parallel=4)
    result = bench.start(plan(*(node(f"n{number}", "tool:count") for number in range(100))))

    assert "finished" == result.status
    assert greatest <= 4 + 3


@pytest.mark.parametrize("parallel", [1, 3])
def test_the_walk_makes_as_many_calls_at_a_time_as_it_may(tmp_path: Path, parallel: int) -> None:
    """No more, and no fewer while there is something to do: each node of a layer lets the next one start."""
    running = greatest = 0

    async def count(_: JsonObject, __: NodeContext) -> JsonValue:
        nonlocal running, greatest
        running += 1
        greatest = max(greatest, running)
        await asyncio.sleep(0.001)
        running -= 1
        return None

    layers = [
        node(f"n{layer}-{number}", "tool:count", *([f"n{layer - 1}-{before}" for before in range(4)] if layer else []))
        for layer in range(3)
        for number in range(4)
    ]
    bench = Bench(tmp_path, {"tool:count": count}, parallel=parallel)
    bench.start(plan(*layers))

    assert parallel == greatest
    assert sorted(bench.caller.called, key=lambda name: name[:2]) == bench.caller.called


def test_a_refused_end_stops_what_runs_beside_it(tmp_path: Path) -> None:
    """A sibling that would run for ever is cancelled, though nothing waited for the row that is lost."""
    blocker: list[sqlite3.Connection] = []

    async def lock(_: JsonObject, __: NodeContext) -> JsonValue:
        blocker.append(sqlite3.connect(bench.path, isolation_level=None, check_same_thread=False))
        blocker[0].execute("BEGIN IMMEDIATE")
        return None

    async def hang(_: JsonObject, __: NodeContext) -> JsonValue:
        await asyncio.Event().wait()
        return None

    bench = Bench(tmp_path, {"tool:lock": lock, "tool:hang": hang}, busy_seconds=0.01)

    with pytest.raises(IceError) as refused:
        bench.start(plan(node("a", "tool:hang"), node("b", "tool:lock")))
    blocker[0].close()

    assert "journal-locked" == refused.value.slug
