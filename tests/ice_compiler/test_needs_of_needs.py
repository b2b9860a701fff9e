"""Random worlds of tools, agents and workflows with some taken away: what is told is what a walk misses."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ice_compiler.compiler import Compilation
from ice_core.strict_json import JsonObject
from tests.ice_compiler.parts import blueprint, compiled, component, manifest, registry_of, tool
from tests.ice_compiler.test_workflows import call, flow

TOOLS = tuple(f"tool:t{number}" for number in range(3))
AGENTS = tuple(f"agent:a{number}" for number in range(3))
FLOWS = tuple(f"workflow:w{number}" for number in range(3))


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """What calls what, what is not there, and what the blueprint's own nodes call."""

    calls: dict[str, tuple[str, ...]]
    missing: frozenset[str]
    nodes: tuple[str, ...]

    def needed(self, names: tuple[str, ...]) -> Iterator[str]:
        """Everything that is called from `names` on; nothing is known of what calls a missing one would make."""
        waiting, seen = list(names), set()
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                yield name
                waiting.extend(() if name in self.missing else self.calls.get(name, ()))

    def compiled(self) -> Compilation:
        """The blueprint against what is there."""
        entries = [self._entry(name) for name in (*TOOLS, *AGENTS, *FLOWS) if name not in self.missing]
        nodes = [_node(f"n{number}", name) for number, name in enumerate(self.nodes)]
        with tempfile.TemporaryDirectory() as folder:
            return compiled(blueprint(*nodes), registry_of(Path(folder), manifest(entries)), where="x.json")

    def _entry(self, name: str) -> JsonObject:
        kind, _, bare = name.partition(":")
        called = self.calls.get(name, ())
        if kind == "workflow":
            return flow(bare, blueprint(*(_node(f"m{number}", inner) for number, inner in enumerate(called))))
        return component(name, {"type": "object"}, {}, permissions={"tools": [*called]} if called else {})


def _node(identity: str, name: str) -> JsonObject:
    kind, _, bare = name.partition(":")
    if kind == "tool":
        return tool(identity, bare, {})
    return call(identity, bare) if kind == "workflow" else {"id": identity, "type": "agent", "package": bare}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Agents may call each other in circles; workflows hold only later workflows, so that they end."""
    calls = {agent: tuple(draw(st.sets(st.sampled_from([*TOOLS, *AGENTS]), max_size=3))) for agent in AGENTS}
    for number, name in enumerate(FLOWS):
        inside = st.sampled_from([*TOOLS, *AGENTS, *FLOWS[number + 1 :]])
        calls[name] = tuple(draw(st.lists(inside, max_size=3)))
    everything = [*TOOLS, *AGENTS, *FLOWS]
    return World(
        calls=calls,
        missing=frozenset(draw(st.sets(st.sampled_from(everything), max_size=3))),
        nodes=tuple(draw(st.lists(st.sampled_from(everything), min_size=1, max_size=4))),
    )


@settings(max_examples=max(settings().max_examples, 200))
@given(worlds())
def test_what_is_missing_is_told_and_nothing_else(world: World) -> None:
    """Each node that names a missing component; each other missing component once; no finding about anything else."""
    result = world.compiled()
    named = [item.where.path for item in result.findings if item.slug == "component-unknown" and item.where is not None]
    needed = [
        str(name)
        for item in result.findings
        if item.slug in ("agent-tool-unavailable", "workflow-component-unavailable")
        for name in json.loads(json.dumps(item.details["components"]))
    ]
    lacking = set(world.needed(world.nodes)) & world.missing

    assert sorted(index for index, name in enumerate(world.nodes) if name in world.missing) == [
        int(path.removeprefix("nodes[").partition("]")[0]) for path in named
    ]
    assert sorted(lacking - set(world.nodes)) == sorted(needed)
    assert len(result.findings) == len(named) + len(
        {str(i.where) for i in result.findings if i.slug != "component-unknown"}
    )
    assert (result.plan is None) == bool(lacking)


@given(worlds())
def test_what_is_told_at_a_node_is_needed_by_that_node(world: World) -> None:
    """It is the first node, as the file has them, that leads there."""
    for item in world.compiled().findings:
        assert item.where is not None
        index = int(item.where.path.removeprefix("nodes[").partition("]")[0])
        for name in json.loads(json.dumps(item.details.get("components", []))):
            leads = [number for number, node in enumerate(world.nodes) if name in set(world.needed((node,)))]

            assert index == leads[0]


@given(worlds())
def test_a_plan_holds_what_can_be_called_and_nothing_else(world: World) -> None:
    """At any depth, each once."""
    plan = world.compiled().plan
    if plan is not None:
        assert sorted(set(world.needed(world.nodes))) == sorted(plan.components)
