"""Runs for tests: a plan through the local engine over a real journal, with the components that a test gives."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from ice_core.errors import IceError
from ice_core.models.plan import Plan
from ice_core.strict_json import JsonObject
from ice_orchestrator.engines.local import LocalEngine
from ice_orchestrator.events import Event
from ice_orchestrator.execution import Execution
from ice_orchestrator.journal import Journal
from ice_orchestrator.result import RunResult
from tests.fakes.caller import Behaviour, FakeCaller


class Bench:
    """A journal, an engine and a fake caller; `start` and `resume` are synchronous."""

    def __init__(
        self,
        folder: Path,
        behaviours: Mapping[str, Behaviour] | None = None,
        *,
        busy_seconds: float = 5,
        **engine: int,
    ) -> None:
        self.path = folder / "state.sqlite"
        self.busy_seconds = busy_seconds
        self.caller = FakeCaller(behaviours)
        self.engine = LocalEngine(**engine)
        self.events: list[Event] = []

    def start(
        self, plan: Plan, inputs: "JsonObject | None" = None, *, budget: str | None = None, run_id: str = "r1"
    ) -> RunResult:
        limit = Decimal(budget) if budget is not None else None

        async def run() -> RunResult:
            with Journal(self.path, busy_seconds=self.busy_seconds) as journal:
                return await self.execution(journal).start(plan, inputs or {}, budget=limit, run_id=run_id)

        return asyncio.run(run())

    def resume(self, run_id: str = "r1", *, budget: str | None = None) -> RunResult:
        limit = Decimal(budget) if budget is not None else None

        async def run() -> RunResult:
            with Journal(self.path, busy_seconds=self.busy_seconds) as journal:
                return await self.execution(journal).resume(run_id, budget=limit)

        return asyncio.run(run())

    def execution(self, journal: Journal) -> Execution:
        return Execution(journal=journal, engine=self.engine, caller=self.caller, listener=self.events.append)

    def told(self) -> list[str]:
        """`node.started fetch` and so on, in order."""
        return [f"{event.type} {getattr(event, 'node', '')}".strip() for event in self.events]


def slug_of(result: RunResult) -> str | None:
    """The slug of the error that ended a run."""
    return result.error.slug if result.error is not None else None


def raised(message: str) -> IceError:
    """What a caller raises when a component raised."""
    return IceError("component-raised", message, hints=())
