"""The port through which an engine reaches component code."""

from typing import Protocol

from ice_core.models.plan import PlannedComponent
from ice_core.strict_json import JsonObject
from ice_orchestrator.context import NodeContext


class Caller(Protocol):
    """Loads components, each at its first use, and calls them; what comes back is not validated yet."""

    async def prepare(self, component: PlannedComponent) -> None:
        """Makes the component ready: verifies and imports its package if that did not happen yet.

        Raises:
            IceError: why it cannot be used.
        """
        ...

    async def call(self, component: PlannedComponent, value: JsonObject, context: NodeContext) -> object:
        """One call; whatever the component raises is raised as `component-raised`, an `IceError` as it is."""
        ...
