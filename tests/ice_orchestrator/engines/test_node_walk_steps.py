"""The walk and its steps: who may start after which end, what ends the walk, and what has a task of its own."""

import asyncio

import pytest

from ice_core.models.plan import PlannedNode
from ice_core.strict_json import JsonObject
from ice_orchestrator.engines.node_walk import NodeWalk
from tests.builders.plans import body, node, plan

TWICE: JsonObject = {"max_attempts": 2}


class Steps:
    """Steps that note who began and who ended; those of `failing` are not over, and after `most` none may start."""

    def __init__(self, *nodes: JsonObject, parallel: int = 2, failing: str = "", most: int = 100) -> None:
        self.nodes = plan(*nodes).body.nodes
        self.parallel = parallel
        self.failing = failing
        self.most = most
        self.began: list[str] = []
        self.ended: list[str] = []
        self.settled = 0

    def run(self) -> "Steps":
        async def walk() -> None:
            await NodeWalk(
                self.nodes, step=self.step, may_start=self.may_start, settled=self.settle, parallel=self.parallel
            ).run()

        asyncio.run(walk())
        return self

    async def step(self, each: PlannedNode) -> bool:
        self.began.append(each.id)
        await asyncio.sleep(0)
        if each.id == "hang":
            await asyncio.Event().wait()
        if each.id == "broken":
            raise ValueError(each.id)
        self.ended.append(each.id)
        return each.id != self.failing

    def may_start(self) -> bool:
        return len(self.began) < self.most

    async def settle(self) -> None:
        self.settled += 1


OWN_TASK = {
    "condition": node("a", when="true"),
    "list": node("a", for_each=[1]),
    "attempts": node("a", retry_policy=TWICE),
    "workflow": node("a", "workflow:inner", body=body(node("x"))),
}


def test_a_body_without_nodes_is_over_at_once() -> None:
    assert [] == Steps().run().began


@pytest.mark.parametrize("first", [node("a"), *OWN_TASK.values()], ids=["plain", *OWN_TASK])
def test_what_waits_starts_after_the_end_of_what_it_waits_for(first: JsonObject) -> None:
    steps = Steps(first, node("b", "tool:double", "a"), node("c", "tool:double", "a", "b")).run()

    assert ["a", "b", "c"] == steps.began == steps.ended
    assert steps.settled >= 1


@pytest.mark.parametrize("first", [node("a"), *OWN_TASK.values()], ids=["plain", *OWN_TASK])
def test_what_waits_for_a_node_that_is_not_over_never_starts(first: JsonObject) -> None:
    steps = Steps(first, node("b", "tool:double", "a"), node("free"), failing="a").run()

    assert ["a", "free"] == sorted(steps.began)


@pytest.mark.parametrize("own", OWN_TASK.values(), ids=list(OWN_TASK))
def test_what_may_wait_for_long_does_not_stand_in_the_line(own: JsonObject) -> None:
    """One plain call at a time, and the node with a task of its own has begun before the line's second."""
    steps = Steps(node("p1"), node("p2"), own, parallel=1).run()

    assert {"a", "p1"} == set(steps.began[:2])
    assert "p2" == steps.began[2]


def test_nothing_starts_once_nothing_may() -> None:
    assert [] == Steps(node("a"), node("b", when="true"), most=0).run().began


def test_what_stands_in_the_line_stays_there_once_nothing_may_start() -> None:
    steps = Steps(*(node(f"n{number}") for number in range(5)), parallel=1, most=2).run()

    assert ["n0", "n1"] == steps.began == steps.ended


@pytest.mark.parametrize("members", [{}, {"retry_policy": TWICE}], ids=["plain", "own task"])
def test_a_step_that_raises_cancels_the_others(members: JsonObject) -> None:
    steps = Steps(node("hang"), node("broken", **members), node("after", "tool:double", "broken"))

    with pytest.raises(ExceptionGroup) as raised:
        steps.run()

    assert ["broken"] == [str(error) for error in raised.value.exceptions]
    assert [] == steps.ended
