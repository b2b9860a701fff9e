"""What a component author imports: `tool`, `agent`, `workflow`, their `Context`, and the `Blueprint` of a workflow."""

from ice_sdk.blueprint import Blueprint
from ice_sdk.context import Context
from ice_sdk.decorators import agent, tool, workflow

__all__ = ["Blueprint", "Context", "agent", "tool", "workflow"]
