"""A context that reaches the real tools of iceos-tables, and only those that the agent's permissions name."""

import pytest
from pydantic import JsonValue

from iceos_tables.table_profile import table_profile
from iceos_tables.table_query import TableQuery, table_query

PERMITTED = ("tool:table_profile", "tool:table_query")


class ToolsContext:
    """What the orchestrator gives an agent, over the two tools; `called` keeps what was asked."""

    run_id = "run"
    node_id = "node"
    idempotency_key = "run/node"

    def __init__(self) -> None:
        self.called: list[str] = []
        self.tokens = 0

    async def call(self, component: str, /, **arguments: JsonValue) -> JsonValue:
        """The output of a permitted tool."""
        return self.call_sync(component, **arguments)

    def call_sync(self, component: str, /, **arguments: JsonValue) -> JsonValue:
        """The output of a permitted tool."""
        self.called.append(component)
        assert component in PERMITTED
        if component == "tool:table_query":
            answer: JsonValue = table_query(TableQuery.model_validate(arguments)).model_dump(mode="json")
            return answer
        path, rows = arguments.get("path"), TableQuery.model_validate(arguments).rows
        profile: JsonValue = table_profile(path=str(path) if path else None, rows=rows).model_dump(mode="json")
        return profile

    def usage(self, *, tokens: int) -> None:
        """Counts tokens."""
        self.tokens += tokens


@pytest.fixture
def context() -> ToolsContext:
    """A context for one call of the agent."""
    return ToolsContext()
