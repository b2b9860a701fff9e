"""What a component author imports: the decorators, their `Context`, and the `Blueprint` of a workflow."""

from ice_sdk.blueprint import Blueprint
from ice_sdk.context import Context
from ice_sdk.decorators import agent, agent_factory, tool, tool_factory, workflow

__all__ = ["Blueprint", "Context", "agent", "agent_factory", "tool", "tool_factory", "workflow"]
