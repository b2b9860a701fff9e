"""What a running component may ask of the orchestrator: who it is, calls to permitted tools, and its token use."""

from typing import Protocol

from ice_core.strict_json import JsonValue


class Context(Protocol):
    """Given to the parameter that is annotated `Context`; such a parameter is no input of the component.

    A component reaches other components through `call` alone, and only those that its manifest entry permits
    (`permissions={"tools": ["tool:csv_query"]}`).
    """

    @property
    def run_id(self) -> str:
        """The run this call belongs to."""
        ...

    @property
    def node_id(self) -> str:
        """The node of the blueprint that this call answers."""
        ...

    @property
    def idempotency_key(self) -> str:
        """The same for each attempt of this node in this run, so that an effect outside can be made once."""
        ...

    async def call(self, component: str, /, **arguments: JsonValue) -> JsonValue:
        """The output of a component, as in `await context.call("tool:csv_query", path="a.csv")`.

        A name without a type, as in `"csv_query"`, names a tool. What is not permitted is refused.
        """
        ...

    def call_sync(self, component: str, /, **arguments: JsonValue) -> JsonValue:
        """Like `call`, for components that are plain functions."""
        ...

    def usage(self, *, tokens: int) -> None:
        """Adds tokens to what this call used; `per_token` of the cost estimate is charged for them."""
        ...
