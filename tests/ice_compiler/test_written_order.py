"""What the order of a file may change of a plan: of members nothing, of nodes nothing but their own order."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_compiler.yaml_reader import read_yaml
from ice_core.models.plan import Plan, plan_bytes
from ice_core.strict_json import JsonObject, JsonValue
from ice_core.unified_registry import Registry
from tests.ice_compiler.generated import ENTRIES, well_typed
from tests.ice_compiler.parts import compiled, manifest, registry_of


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """The components that drawn blueprints call."""
    return registry_of(Path(tmp_path_factory.mktemp("registry")), manifest(ENTRIES))


def _plan(value: JsonObject, registry: Registry, *, indent: int | None = None) -> Plan:
    plan = compiled(json.dumps(value, indent=indent), registry, where="drawn.json").plan
    assert plan is not None
    return plan


def _shuffled(value: JsonValue, data: st.DataObject) -> JsonValue:
    if isinstance(value, list):
        return [_shuffled(item, data) for item in value]
    if not isinstance(value, dict):
        return value
    names = data.draw(st.permutations(sorted(value)))
    return {name: _shuffled(value[name], data) for name in names}


@given(well_typed(), st.data())
def test_the_order_of_members_and_white_space_change_no_byte(
    registry: Registry, value: JsonObject, data: st.DataObject
) -> None:
    """At any depth, as JSON and as YAML."""
    shuffled = _shuffled(value, data)
    assert isinstance(shuffled, dict)
    text = json.dumps(shuffled, ensure_ascii=False)
    as_yaml, _ = read_yaml(text, where="drawn.yaml")

    assert value == as_yaml
    assert plan_bytes(_plan(value, registry)) == plan_bytes(_plan(shuffled, registry, indent=3))
    assert plan_bytes(_plan(value, registry)) == plan_bytes(_yaml_plan(text, registry))


def _yaml_plan(text: str, registry: Registry) -> Plan:
    plan = compiled(text, registry, where="drawn.yaml").plan
    assert plan is not None
    return plan


@given(well_typed(), st.data())
def test_the_order_of_nodes_changes_nothing_but_their_order(
    registry: Registry, value: JsonObject, data: st.DataObject
) -> None:
    """The same nodes, components, packages, cost and assumptions; each node still after what it depends on."""
    nodes = value["nodes"]
    assert isinstance(nodes, list)
    one, other = _plan(value, registry), _plan({**value, "nodes": data.draw(st.permutations(nodes))}, registry)

    assert sorted(one.body.nodes, key=lambda node: node.id) == sorted(other.body.nodes, key=lambda node: node.id)
    kept = ("components", "packages", "cost", "assumptions")
    assert one.model_dump(include=set(kept)) == other.model_dump(include=set(kept))
    seen: set[str] = set()
    for node in other.body.nodes:
        assert set(node.dependencies) <= seen
        seen.add(node.id)


@given(well_typed())
def test_a_file_in_its_static_order_keeps_it(registry: Registry, value: JsonObject) -> None:
    """Writing the nodes in the order of the plan gives the plan's own body, byte for byte."""
    plan = _plan(value, registry)
    nodes = value["nodes"]
    assert isinstance(nodes, list)
    by_id = {node["id"]: node for node in nodes if isinstance(node, dict)}
    again = _plan({**value, "nodes": [by_id[node.id] for node in plan.body.nodes]}, registry)

    assert plan.body == again.body
