"""A `Caller` whose components are functions of the test; it remembers what was prepared and called, in order."""

import inspect
from collections.abc import Callable, Mapping

from ice_core.models.plan import PlannedComponent
from ice_core.strict_json import JsonObject
from ice_orchestrator.context import NodeContext

Behaviour = Callable[[JsonObject, NodeContext], object]


class FakeCaller:
    """Calls `behaviours[component id]`, which may be async; without one a component gives its input back."""

    def __init__(self, behaviours: Mapping[str, Behaviour] | None = None) -> None:
        self.behaviours = dict(behaviours or {})
        self.prepared: list[str] = []
        self.called: list[str] = []
        self.keys: list[str] = []

    async def prepare(self, component: PlannedComponent) -> None:
        self.prepared.append(component.id)

    async def call(self, component: PlannedComponent, value: JsonObject, context: NodeContext) -> object:
        self.called.append(context.node_id)
        self.keys.append(context.idempotency_key)
        behave: Behaviour = self.behaviours.get(component.id, _same)
        result = behave(value, context)
        return await result if inspect.isawaitable(result) else result


def _same(value: JsonObject, _: NodeContext) -> object:
    return value
