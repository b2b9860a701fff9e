"""What a component may do through its context, and what an agent's calls leave on record."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.models.plan import Plan
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.context import NodeContext
from ice_orchestrator.foreign import in_thread
from tests.builders.plans import node, plan, planned_component
from tests.ice_orchestrator.runs import Bench, raised, slug_of

NUMBER: JsonObject = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


def increment(value: JsonObject, _: NodeContext) -> JsonValue:
    number = value["n"]
    return number + 1 if isinstance(number, int) else None


def boss_plan(*tools: str, **members: JsonValue) -> Plan:
    return plan(
        node("g", "agent:boss", **members),
        components=(
            planned_component("agent:boss", base="1", per_token="0.01", max_tokens=100, tools=tools),
            planned_component("tool:inc", base="0.1", input_schema=NUMBER, output_schema={"type": "integer"}),
            planned_component("tool:other"),
            planned_component("workflow:flow"),
        ),
        outputs={"g": "{{ g }}"},
    )


def bench_with(folder: Path, boss: Callable[[NodeContext], Awaitable[JsonValue]]) -> Bench:
    return Bench(folder, {"agent:boss": lambda _, context: boss(context), "tool:inc": increment})


def test_calls_are_validated_metered_and_on_record(tmp_path: Path) -> None:
    """Both spellings of the tool's name, each call a step of its own with its own cost."""

    async def boss(context: NodeContext) -> JsonValue:
        context.usage(tokens=5)
        return [await context.call("inc", n=1), await context.call("tool:inc", n=2)]

    bench = bench_with(tmp_path, boss)

    result = bench.start(boss_plan("tool:inc"))

    assert {"g": [2, 3]} == result.outputs
    assert Decimal("1.25") == result.cost
    assert {"g": Decimal("1.25"), "g/tool:inc#1": Decimal("0.1"), "g/tool:inc#2": Decimal("0.1")} == {
        each.path: each.cost for each in result.nodes
    }
    assert 5 == result.nodes[0].tokens


@pytest.mark.parametrize(
    ("tools", "wanted"),
    [((), "inc"), (("tool:other",), "tool:inc"), (("tool:missing",), "missing"), (("workflow:flow",), "workflow:flow")],
)
def test_what_the_manifest_does_not_list_is_not_called(tmp_path: Path, tools: tuple[str, ...], wanted: str) -> None:
    """Listed and planned, and no workflow: everything else is denied, and a denial is not tried again."""

    async def boss(context: NodeContext) -> JsonValue:
        return await context.call(wanted, n=1)

    bench = bench_with(tmp_path, boss)

    result = bench.start(boss_plan(*tools, retry_policy={"max_attempts": 3}))

    assert ("permission-denied", ["g"]) == (slug_of(result), bench.caller.called)


@pytest.mark.parametrize(("arguments", "slug"), [({"n": "x"}, "input-invalid"), ({}, "input-invalid")])
def test_a_call_with_a_wrong_input_reaches_nothing(tmp_path: Path, arguments: JsonObject, slug: str) -> None:
    """The tool's schema holds for agents as for nodes."""

    async def boss(context: NodeContext) -> JsonValue:
        return await context.call("inc", **arguments)

    bench = bench_with(tmp_path, boss)

    assert (slug, ["g"]) == (slug_of(bench.start(boss_plan("tool:inc"))), bench.caller.called)


def test_an_agent_may_handle_what_its_tool_raises(tmp_path: Path) -> None:
    """The failed call is on record and costs; the agent goes on."""

    def fail(_: JsonObject, __: NodeContext) -> JsonValue:
        raise raised("no luck")

    async def boss(context: NodeContext) -> JsonValue:
        try:
            await context.call("inc", n=1)
        except IceError as error:
            return error.slug
        return None

    bench = bench_with(tmp_path, boss)
    bench.caller.behaviours["tool:inc"] = fail

    result = bench.start(boss_plan("tool:inc"))

    assert ({"g": "component-raised"}, Decimal("1.1")) == (result.outputs, result.cost)
    assert ["finished", "failed"] == [each.status for each in result.nodes]


def test_an_agents_calls_stop_at_the_budget(tmp_path: Path) -> None:
    """The agent reserves 2.00; a budget of 2.15 has room for one call of 0.10."""

    async def boss(context: NodeContext) -> JsonValue:
        return [await context.call("inc", n=number) for number in range(3)]

    bench = bench_with(tmp_path, boss)

    result = bench.start(boss_plan("tool:inc"), budget="2.15")

    assert ("budget-exceeded", ["g", "g/tool:inc#1"]) == (slug_of(result), bench.caller.called)
    assert Decimal("1.1") == result.cost


def test_a_second_attempt_gets_the_recorded_outputs(tmp_path: Path) -> None:
    """Calls with the same component and input are not made again; a different input is."""
    tries = iter((1, 2))

    async def boss(context: NodeContext) -> JsonValue:
        attempt = next(tries)
        found = [await context.call("inc", n=1), await context.call("inc", n=1), await context.call("inc", n=attempt)]
        if attempt == 1:
            raise raised("after three calls")
        return found

    bench = bench_with(tmp_path, boss)

    result = bench.start(boss_plan("tool:inc", retry_policy={"max_attempts": 2, "backoff_seconds": 0}))

    assert {"g": [2, 2, 3]} == result.outputs
    assert ["g", *(f"g/tool:inc#{number}" for number in (1, 2, 3)), "g", "g/tool:inc#4"] == bench.caller.called
    assert 4 == len({key for key in bench.caller.keys if "tool:inc" in key})


def test_calls_inside_calls_are_bounded(tmp_path: Path) -> None:
    """An agent that may call itself ends as `call-too-deep`."""

    async def boss(context: NodeContext) -> JsonValue:
        return await context.call("agent:boss")

    bench = bench_with(tmp_path, boss)

    result = bench.start(boss_plan("agent:boss"))

    assert ("call-too-deep", 9) == (slug_of(result), len(bench.caller.called))


def test_a_plain_component_calls_from_its_thread(tmp_path: Path) -> None:
    """`call_sync` waits in the component's thread while the loop goes on."""

    async def boss(context: NodeContext) -> JsonValue:
        return (await in_thread(lambda: context.call_sync("inc", n=4), name="test")).result()

    assert {"g": 5} == bench_with(tmp_path, boss).start(boss_plan("tool:inc")).outputs


def test_an_async_component_cannot_wait_for_itself(tmp_path: Path) -> None:
    """`call_sync` in the loop's own thread would never end, so it is refused."""

    async def boss(context: NodeContext) -> JsonValue:
        return context.call_sync("inc", n=4)

    assert "call-sync-in-async" == slug_of(bench_with(tmp_path, boss).start(boss_plan("tool:inc")))


def test_a_context_is_closed_when_its_call_is_over(tmp_path: Path) -> None:
    """Neither tokens nor calls are charged to a settled attempt."""
    kept: list[NodeContext] = []

    async def boss(context: NodeContext) -> JsonValue:
        kept.append(context)
        return None

    bench_with(tmp_path, boss).start(boss_plan("tool:inc"))

    with pytest.raises(IceError) as by_usage:
        kept[0].usage(tokens=1)
    with pytest.raises(IceError) as by_call:
        asyncio.run(kept[0].call("inc", n=1))
    assert ["context-closed"] * 2 == [by_usage.value.slug, by_call.value.slug]


def test_calls_that_an_agent_leaves_open_are_stopped_with_it(tmp_path: Path) -> None:
    """A call that nobody waits for is cancelled and on record as such."""
    reached = asyncio.Event()

    async def hang(_: JsonObject, __: NodeContext) -> JsonValue:
        reached.set()
        await asyncio.Event().wait()
        return 0

    async def boss(context: NodeContext) -> JsonValue:
        asyncio.get_running_loop().create_task(context.call("inc", n=1)).add_done_callback(lambda _: None)
        await reached.wait()
        return "done"

    bench = bench_with(tmp_path, boss)
    bench.caller.behaviours["tool:inc"] = hang

    result = bench.start(boss_plan("tool:inc"))

    assert ("finished", "cancelled") == (result.nodes[0].status, result.nodes[1].status)


def test_a_call_in_a_thread_ends_with_the_time_of_its_agent(tmp_path: Path) -> None:
    """The agent's thread is left to itself, and its open call does not outlive the node."""
    released = threading.Event()

    async def hang(_: JsonObject, __: NodeContext) -> JsonValue:
        await asyncio.Event().wait()
        return 0

    async def boss(context: NodeContext) -> JsonValue:
        def work() -> JsonValue:
            try:
                return context.call_sync("inc", n=1)
            finally:
                released.set()

        return (await in_thread(work, name="test")).result()

    bench = bench_with(tmp_path, boss)
    bench.caller.behaviours["tool:inc"] = hang

    result = bench.start(boss_plan("tool:inc", timeout_seconds=0.05))

    assert "node-timed-out" == slug_of(result)
    assert released.wait(5)


def test_too_many_tokens_fail_the_call_and_count(tmp_path: Path) -> None:
    """101 of 100: the money is spent, so it is in the cost."""

    async def boss(context: NodeContext) -> JsonValue:
        context.usage(tokens=101)
        return None

    result = bench_with(tmp_path, boss).start(boss_plan())

    assert ("tokens-exceeded", Decimal("2.01")) == (slug_of(result), result.cost)
