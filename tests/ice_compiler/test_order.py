"""Nodes are put in one static order, and circles are told with their paths."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ice_compiler.findings import Findings
from ice_compiler.order import ordered
from ice_compiler.parse import draft_of, read_document
from ice_core.errors import Finding
from tests.ice_compiler.parts import blueprint, tool

GRAPHS = st.integers(1, 7).flatmap(
    lambda size: st.lists(st.sets(st.integers(0, size - 1), max_size=3), min_size=size, max_size=size)
)


def _ordered(after: list[set[int]]) -> tuple[list[str], tuple[Finding, ...]]:
    nodes = [
        tool(f"n{index}", "echo", {}, *(f"n{other}" for other in sorted(before))) for index, before in enumerate(after)
    ]
    document = read_document(blueprint(*nodes).encode(), where="x.json")
    findings = Findings(document)
    order = ordered(draft_of(document, findings), findings)
    return [node.model.id for node in order], findings.sorted()


def _is_acyclic(after: list[set[int]]) -> bool:
    left = {index: set(before) for index, before in enumerate(after)}
    while free := [index for index, before in left.items() if not before & left.keys()]:
        for index in free:
            del left[index]
    return not left


@given(GRAPHS)
def test_every_node_is_in_the_order_once_and_after_what_it_depends_on(after: list[set[int]]) -> None:
    """If the graph has an order at all; otherwise every node is still there once."""
    order, findings = _ordered(after)

    assert sorted(f"n{index}" for index in range(len(after))) == sorted(order)
    assert _is_acyclic(after) == (findings == ())
    if not findings:
        place = {name: position for position, name in enumerate(order)}
        assert all(place[f"n{other}"] < place[f"n{index}"] for index, before in enumerate(after) for other in before)


@given(GRAPHS)
def test_each_circle_that_is_told_is_one(after: list[set[int]]) -> None:
    """Each step of its path is a dependency; no node stands in two of them; without them the rest has an order."""
    _, findings = _ordered(after)
    told: list[int] = []
    for finding in findings:
        path = [int(name.removeprefix("n")) for name in str(finding.found).split(" -> ")]

        assert path[0] == path[-1]
        assert all(following in after[node] for node, following in zip(path, path[1:], strict=False))
        told += path[:-1]
    assert len(told) == len(set(told))
    assert _is_acyclic([set() if index in told else before - set(told) for index, before in enumerate(after)])


def test_nodes_that_do_not_wait_stay_as_they_were_written() -> None:
    """The order is that of the file wherever the graph leaves a choice."""
    assert ["n0", "n1", "n2"] == _ordered([set(), set(), set()])[0]
    assert ["n1", "n0", "n2"] == _ordered([{1}, set(), {1}])[0]


def test_a_long_chain_needs_no_recursion() -> None:
    """Three thousand nodes, written backwards."""
    size = 3000
    order, findings = _ordered([{index + 1} if index + 1 < size else set() for index in range(size)])

    assert [f"n{index}" for index in reversed(range(size))] == order
    assert () == findings


def test_a_long_circle_needs_no_recursion() -> None:
    """It is one finding."""
    size = 1500
    _, findings = _ordered([{(index + 1) % size} for index in range(size)])

    assert ["dependency-cycle"] == [finding.slug for finding in findings]


def test_a_dependency_named_twice_counts_once() -> None:
    """The plan holds it once, too."""
    text = json.loads(blueprint(tool("a", "echo", {}), tool("b", "echo", {}, "a", "a")))
    document = read_document(json.dumps(text).encode(), where="x.json")
    findings = Findings(document)

    assert ["a", "b"] == [node.model.id for node in ordered(draft_of(document, findings), findings)]
    assert () == findings.sorted()
