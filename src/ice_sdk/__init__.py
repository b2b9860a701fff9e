"""What a component author imports: the decorators, their `Context`, and the `Blueprint` of a workflow.

A name is loaded when it is first asked for: who writes a tool does not load blueprints, and a command that reads
sources loads neither.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ice_sdk.blueprint import Blueprint
    from ice_sdk.context import Context
    from ice_sdk.decorators import agent, agent_factory, tool, tool_factory, workflow

__all__ = ["Blueprint", "Context", "agent", "agent_factory", "tool", "tool_factory", "workflow"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "Blueprint":
        from ice_sdk import blueprint

        return globals().setdefault(name, blueprint.Blueprint)
    if name == "Context":
        from ice_sdk import context

        return globals().setdefault(name, context.Context)
    from ice_sdk import decorators

    return globals().setdefault(name, getattr(decorators, name))
