"""The port through which an engine reaches component code."""

from typing import Protocol

from ice_core.models.plan import PlannedComponent
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.context import NodeContext


class PlainOutput:
    """An output that the caller answers for, so that it is neither copied nor looked through again.

    Its value is plain and within the bounds (`ice_core.plain_json`) and nobody else holds any part of it: it is what
    `ice_sdk.results` gives.
    """

    __slots__ = ("value",)

    def __init__(self, value: JsonValue) -> None:
        self.value = value


class Caller(Protocol):
    """Loads components, each at its first use, and calls them; what comes back is not validated yet."""

    async def prepare(self, component: PlannedComponent) -> None:
        """Makes the component ready: verifies and imports its package if that did not happen yet.

        Raises:
            IceError: why it cannot be used.
        """
        ...

    async def call(self, component: PlannedComponent, value: JsonObject, context: NodeContext) -> object:
        """One call; whatever the component raises is raised as `component-raised`, an `IceError` as it is.

        Args:
            component: The component.
            value: Its input. Other nodes and the journal hold parts of it: the component is given a copy.
            context: The attempt's context.

        Returns:
            The output: anything, which is then copied as JSON, or a `PlainOutput`.
        """
        ...
