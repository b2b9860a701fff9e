"""Nothing that a component changes afterwards is seen by another node, by its own next attempt or by the journal.

Values are not copied from node to node, so each of these would show if a component were ever handed what others hold.
"""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.result import RunResult
from ice_orchestrator.run import run_plan
from tests.builders.installed import entry, install_package, plan_for
from tests.builders.plans import node
from tests.ice_orchestrator.packages import loaded
from tests.ice_orchestrator.runs import slug_of

pytestmark = pytest.mark.usefixtures("clean_imports")

CODE = '''
from pydantic import JsonValue

from ice_sdk import Context, agent, tool

KEPT: list[JsonValue] = [{"n": 1}]
TRIED: list[int] = []


@tool(name="gives")
def gives() -> JsonValue:
    """Gives what it keeps."""
    return KEPT


@tool(name="spoils")
def spoils(value: JsonValue) -> str:
    """Changes all that it can reach: what it was given, and what another one gave."""
    for each in (value, KEPT):
        each[0]["n"] = 2
        each.append("spoilt")
    return "done"


@tool(name="sees")
async def sees(value: JsonValue, after: str) -> JsonValue:
    """Gives back what it was given."""
    return value


@agent(name="asks", permissions={"tools": ["tool:sees"]})
async def asks(context: Context, value: JsonValue) -> JsonValue:
    """Changes what it gave and what it got; it fails the first time."""
    first = await context.call("sees", value=value, after="x")
    found = [[dict(each) for each in first], first is value]
    value.append("given")
    first[0]["n"] = 3
    first.append("got")
    TRIED.append(1)
    if len(TRIED) == 1:
        raise LookupError("once more")
    return found
'''


def run(home: Path, *nodes: JsonObject, outputs: JsonObject) -> RunResult:
    entries = [entry(name, f"acme_shared:{name}") for name in ("gives", "spoils", "sees")]
    entries.append(entry("asks", "acme_shared:asks", node_type="agent", permissions={"tools": ["tool:sees"]}))
    install_package(home, "acme-shared", {"acme_shared/__init__.py": CODE}, entries)
    registry = loaded(home)
    plan = plan_for(registry, *nodes, also=("tool:sees",), outputs=outputs)
    return asyncio.run(run_plan(plan, {}, registry=registry))


def outputs_on_record(home: Path) -> dict[str, JsonValue]:
    with closing(sqlite3.connect(home / "state.sqlite")) as database:
        return {path: json.loads(output) for path, output in database.execute("SELECT path, output FROM steps")}


def test_a_component_that_changes_its_input_or_its_output_changes_nobody_elses(home: Path) -> None:
    result = run(
        home,
        node("first", "tool:gives", arguments={}),
        node("second", "tool:spoils", "first", arguments={"value": "{{ first }}"}),
        node("third", "tool:sees", "first", "second", arguments={"value": "{{ first }}", "after": "{{ second }}"}),
        outputs={"first": "{{ first }}", "third": "{{ third }}"},
    )

    assert {"first": [{"n": 1}], "third": [{"n": 1}]} == result.outputs
    assert [{"n": 1}] == outputs_on_record(home)["first"]


def test_an_agent_that_changes_what_it_gave_or_got_finds_it_as_it_was_in_its_next_attempt(home: Path) -> None:
    result = run(
        home,
        node(
            "ask",
            "agent:asks",
            arguments={"value": [{"n": 1}]},
            retry_policy={"max_attempts": 2, "backoff_seconds": 0},
        ),
        outputs={"ask": "{{ ask }}"},
    )

    assert ({"ask": [[{"n": 1}], False]}, None) == (result.outputs, slug_of(result))
    assert [{"n": 1}] == outputs_on_record(home)["ask/tool:sees#1"]
