"""What the order of a file may change of a plan: of members nothing, of nodes nothing but their own order."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_compiler.yaml_reader import read_yaml
from ice_core.models.plan import Plan, plan_bytes
from ice_core.strict_json import JsonObject, JsonValue
from ice_core.unified_registry import Registry
from tests.ice_compiler.faulty import FAULTY, whole
from tests.ice_compiler.generated import ENTRIES, well_typed
from tests.ice_compiler.parts import ENTRIES as PARTS
from tests.ice_compiler.parts import blueprint, compiled, component, manifest, record, registry_of, tool
from tests.ice_compiler.test_compiler import NEWS

TYPES = component(
    "tool:types",
    record(one={"type": ["string", "null", "integer"]}, two={"type": ["array", "boolean", "object", "number"]}),
    {"type": ["null", "string"]},
)


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


PROGRAM = """
import json, pathlib, sys
from ice_compiler.compiler import compile_blueprint
from ice_core.models.plan import plan_digest
from ice_core.unified_registry import load_plugins
registry = load_plugins('plugins-0.json', home=pathlib.Path('home'), environ={}, project=pathlib.Path('.'))
for text in json.loads(pathlib.Path('texts.json').read_text()):
    name = 'x.json' if text.startswith('{') else 'x.yaml'
    result = compile_blueprint(text.encode(), where=name, registry=registry)
    print(plan_digest(result.plan) if result.plan else None, [item.to_json() for item in result.findings], result.notes)
"""


def test_the_seed_of_hashes_changes_no_byte(tmp_path: Path) -> None:
    """Two processes under different seeds print the same plans, findings and assumptions, of sound and faulty files."""
    registry_of(tmp_path, manifest([*PARTS, TYPES]))
    node = tool("a", "types", {"one": "{{ inputs.any }}", "two": "{{ inputs.any }}"})
    sound = blueprint(node, inputs={"type": "object", "properties": {"any": {}}, "required": ["any"]})
    texts = [sound, NEWS, *(whole(text)[1].replace("«", "") for text in FAULTY)]
    (tmp_path / "texts.json").write_text(json.dumps(texts))
    printed = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=tmp_path,
            env={"PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            check=True,
            timeout=100,
        ).stdout.split("\n")
        for seed in ("1", "2")
    ]

    assert printed[0] == printed[1]
    assert len(texts) < len(printed[0])
