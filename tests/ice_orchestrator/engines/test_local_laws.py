"""Laws of the local engine over random plans: order, completeness, money, and resuming after any failure."""

import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ice_core.models.plan import Plan
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.context import NodeContext
from ice_orchestrator.events import NodeEvent
from tests.builders.plans import node, plan, planned_component
from tests.ice_orchestrator.runs import Bench, raised

COST = Decimal("0.07")


@st.composite
def graphs(draw: st.DrawFn) -> list[list[int]]:
    """For each node the earlier ones that it depends on."""
    size = draw(st.integers(1, 9))
    return [sorted(draw(st.sets(st.integers(0, index - 1), max_size=3))) if index else [] for index in range(size)]


def planned(graph: list[list[int]]) -> Plan:
    return plan(
        *(
            node(
                f"n{index}",
                "tool:sum",
                *(f"n{earlier}" for earlier in before),
                arguments={"values": [f"{{{{ n{earlier} }}}}" for earlier in before]},
            )
            for index, before in enumerate(graph)
        ),
        components=(planned_component("tool:sum", base=str(COST)),),
        outputs={"all": [f"{{{{ n{index} }}}}" for index in range(len(graph))]},
    )


def expected(graph: list[list[int]]) -> list[int]:
    values: list[int] = []
    for before in graph:
        values.append(1 + sum(values[earlier] for earlier in before))
    return values


def total(value: JsonObject, _: NodeContext) -> JsonValue:
    values = value["values"]
    return 1 + sum(each for each in values if isinstance(each, int)) if isinstance(values, list) else None


@settings(max_examples=25)
@given(graph=graphs(), parallel=st.integers(1, 4))
def test_every_node_runs_once_after_what_it_depends_on(graph: list[list[int]], parallel: int) -> None:
    """Values, order and cost are those of the graph, however many nodes run at a time."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), {"tool:sum": total}, parallel=parallel)

        result = bench.start(planned(graph))

    told = [f"{event.type} {event.node}" for event in bench.events if isinstance(event, NodeEvent)]
    assert ({"all": expected(graph)}, COST * len(graph)) == (result.outputs, result.cost)
    assert sorted(f"n{index}" for index in range(len(graph))) == sorted(bench.caller.called)
    for index, before in enumerate(graph):
        for earlier in before:
            assert told.index(f"node.finished n{earlier}") < told.index(f"node.started n{index}")


@settings(max_examples=25)
@given(graph=graphs(), failing=st.sets(st.integers(0, 8), max_size=4))
def test_a_run_with_failures_is_finished_by_resumes_without_doing_anything_twice(
    graph: list[list[int]], failing: set[int]
) -> None:
    """Each node that fails once costs one attempt more; the outputs are the same."""
    left = {f"n{index}" for index in failing if index < len(graph)}
    failures = len(left)

    def sometimes(value: JsonObject, context: NodeContext) -> JsonValue:
        if context.node_id in left:
            left.discard(context.node_id)
            raise raised("once")
        return total(value, context)

    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), {"tool:sum": sometimes})
        result = bench.start(planned(graph))
        while result.status != "finished":
            result = bench.resume()

    assert ({"all": expected(graph)}, COST * (len(graph) + failures)) == (result.outputs, result.cost)
    assert len(graph) + failures == len(bench.caller.called)
