"""Runs that the tests kill: `python -m tests.ice_orchestrator.kill_run`, one line on standard input for each attempt.

Its components append one line to the ledger when they are called and one when they are about to return, so that the
test can compare what really ran with what the journal says. A run that is there already is resumed.
"""

import asyncio
import os
import signal
import sys
import time
from decimal import Decimal
from pathlib import Path

from ice_core.models.plan import Plan
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.context import NodeContext
from ice_orchestrator.engines.local import LocalEngine
from ice_orchestrator.events import Event, NodeFinished
from ice_orchestrator.execution import Execution
from ice_orchestrator.journal import Journal
from ice_orchestrator.result import RunResult
from tests.builders.plans import body, node, plan, planned_component
from tests.fakes.caller import FakeCaller

RUN = "killed"
ITEMS = 6
# 2 chains of 3, a list of 6, a workflow of 2, an agent with 3 calls: each component costs 0.01, the agent 0.10.
COST = Decimal("0.01") * (6 + ITEMS + 2 + 3) + Decimal("0.10")
OUTPUTS: JsonObject = {
    "chains": [3, 103],
    "list": [10, 11, 12, 13, 14, 15],
    "flow": 9,
    "agent": [1, 2, 3],
}


def killed_plan() -> Plan:
    """Everything that a plan can hold."""
    inner = body(
        node("x", "tool:add", arguments={"n": "{{ inputs.n }}"}),
        node("y", "tool:add", "x", arguments={"n": "{{ x }}"}),
        outputs={"n": "{{ y }}"},
    )
    return plan(
        node("a1", "tool:add", arguments={"n": 0}),
        node("a2", "tool:add", "a1", arguments={"n": "{{ a1 }}"}),
        node("a3", "tool:add", "a2", arguments={"n": "{{ a2 }}"}),
        node("b1", "tool:add", arguments={"n": 100}),
        node("b2", "tool:add", "b1", arguments={"n": "{{ b1 }}"}),
        node("b3", "tool:add", "b2", arguments={"n": "{{ b2 }}"}),
        node("l", "tool:add", for_each=[9, 10, 11, 12, 13, 14], max_items=ITEMS, arguments={"n": "{{ item }}"}),
        node("w", "workflow:two", arguments={"n": 7}, body=inner),
        node("g", "agent:three", arguments={}),
        outputs={"chains": ["{{ a3 }}", "{{ b3 }}"], "list": "{{ l }}", "flow": "{{ w.n }}", "agent": "{{ g }}"},
        components=(
            planned_component("tool:add", base="0.01"),
            planned_component("agent:three", base="0.10", tools=("tool:add",)),
        ),
    )


class Ledger:
    """What happened, written outside of the journal; the process dies right after the line `die_at`."""

    def __init__(self, path: Path, *, die_at: str | None = None) -> None:
        self._path = path
        self._die_at = die_at

    def write(self, word: str, node: str, key: str) -> None:
        # One write of one line with O_APPEND: no line of a killed process is half.
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{word} {node} {key}\n".encode())
        os.close(descriptor)
        if f"{word}@{node}" == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(self, event: Event) -> None:
        """A listener: what the user is told."""
        if isinstance(event, NodeFinished):
            self.write("told", event.node, "-")


def behaviours(ledger: Ledger) -> FakeCaller:
    """Components that leave a trace outside the journal."""

    def write(word: str, context: NodeContext) -> None:
        ledger.write(word, context.node_id, context.idempotency_key)

    async def add(value: JsonObject, context: NodeContext) -> JsonValue:
        write("called", context)
        await asyncio.sleep(0.002)
        write("returns", context)
        number = value["n"]
        return number + 1 if isinstance(number, int) else None

    async def three(_: JsonObject, context: NodeContext) -> JsonValue:
        write("called", context)
        found: list[JsonValue] = []
        for number in range(3):
            found.append(await context.call("add", n=number))
            write(f"got-{number + 1}", context)
        write("returns", context)
        return found

    return FakeCaller({"tool:add": add, "agent:three": three})


async def go(journal: Path, ledger: Ledger) -> RunResult:
    """Starts the run, or goes on with it."""
    with Journal(journal) as opened:
        execution = Execution(
            journal=opened,
            engine=LocalEngine(parallel=4, max_crashes=100),
            caller=behaviours(ledger),
            listener=ledger.hear,
        )
        if opened.read("SELECT 1 FROM runs"):
            return await execution.resume(RUN)
        return await execution.start(killed_plan(), {}, run_id=RUN)


def main() -> None:
    """Forks a child for each line `WHEN FOLDER`: killed after so many seconds, at `WORD@NODE`, or never (`-`).

    Forking saves the start-up of an interpreter each time: only the run itself is in the time that is cut.
    """
    for line in sys.stdin:
        when, folder = line.split()
        child = os.fork()
        if child == 0:
            ledger = Ledger(Path(folder) / "ledger", die_at=when if "@" in when else None)
            result = asyncio.run(go(Path(folder) / "journal", ledger))
            os._exit(0 if result.status == "finished" else 1)
        if when != "-" and "@" not in when:
            time.sleep(float(when))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
