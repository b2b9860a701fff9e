"""Laws over drawn blueprints: well-typed chains compile, in an order that can run, and mutations never crash."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.errors import IceError
from ice_core.models.plan import plan_bytes
from ice_core.strict_json import JsonObject, JsonValue, parse_json
from ice_core.unified_registry import Registry
from tests.ice_compiler.parts import (
    INTEGER,
    STRING,
    STRINGS,
    blueprint,
    compiled,
    component,
    manifest,
    record,
    registry_of,
    tool,
)

TYPES: dict[str, JsonObject] = {
    "text": STRING,
    "number": INTEGER,
    "texts": STRINGS,
    "pair": record(a=STRING, b=INTEGER),
}
# One tool for each pair of types: what it takes and what it gives.
ENTRIES = [
    component(f"tool:{taken}_to_{given}", record(value=TYPES[taken]), record(result=TYPES[given]))
    for taken in TYPES
    for given in TYPES
]
LITERALS: dict[str, JsonValue] = {"text": "x", "number": 1, "texts": ["x"], "pair": {"a": "x", "b": 1}}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """A tool for each pair of types."""
    return registry_of(Path(tmp_path_factory.mktemp("registry")), manifest(ENTRIES))


@st.composite
def chains(draw: st.DrawFn) -> list[JsonObject]:
    """Nodes, each of which takes a literal, or the result of any earlier node that gives what it takes."""
    nodes: list[JsonObject] = []
    gives: dict[str, list[str]] = {kind: [] for kind in TYPES}
    for index in range(draw(st.integers(1, 8))):
        taken, given = draw(st.sampled_from(sorted(TYPES))), draw(st.sampled_from(sorted(TYPES)))
        source = draw(st.sampled_from([None, *gives[taken]]))
        value = LITERALS[taken] if source is None else f"{{{{ {source}.result }}}}"
        nodes.append(tool(f"n{index}", f"{taken}_to_{given}", {"value": value}, *([source] if source else [])))
        gives[given].append(f"n{index}")
    return nodes


@given(chains().flatmap(st.permutations))
def test_a_well_typed_chain_compiles_in_an_order_that_can_run(registry: Registry, nodes: list[JsonObject]) -> None:
    """Whatever the order in the file; each node comes after what it depends on."""
    result = compiled(blueprint(*nodes), registry, where="x.json")

    assert () == result.findings
    assert () == result.notes
    assert result.plan is not None
    done: set[str] = set()
    for node in result.plan.body.nodes:
        assert set(node.dependencies) <= done
        done.add(node.id)
    assert len(nodes) == len(done)


@given(chains(), st.data())
def test_a_chain_with_one_wrong_edge_has_one_finding(
    registry: Registry, nodes: list[JsonObject], data: st.DataObject
) -> None:
    """At the node whose argument was exchanged, and nowhere else."""
    index = data.draw(st.integers(0, len(nodes) - 1))
    taken = str(nodes[index]["tool_name"]).partition("_to_")[0]
    wrong = data.draw(st.sampled_from(sorted(kind for kind in TYPES if kind != taken)))
    nodes.append(tool("source", f"text_to_{wrong}", {"value": "x"}))
    nodes[index] = {**nodes[index], "tool_args": {"value": "{{ source.result }}"}, "dependencies": ["source"]}
    result = compiled(blueprint(*nodes), registry, where="x.json")

    assert [("edge-type-mismatch", f"nodes[{index}].tool_args.value")] == [
        (item.slug, item.where.path if item.where else "") for item in result.findings
    ]


@given(chains())
def test_two_compilations_give_the_same_bytes(registry: Registry, nodes: list[JsonObject]) -> None:
    """A plan is a function of blueprint, registry and lock."""
    plans = [compiled(blueprint(*nodes), registry, where=name).plan for name in ("a.json", "b.json")]

    assert plans[0] is not None
    assert plans[1] is not None
    assert plan_bytes(plans[0]) == plan_bytes(plans[1])


JUNK: st.SearchStrategy[JsonValue] = st.sampled_from(
    [
        None,
        True,
        3,
        -1,
        1e300,
        "",
        "{{",
        "{{ n0.result }}",
        "{{ a or b }}",
        [],
        {},
        [[]],
        {"a": {"b": []}},
        ["{{ item }}"],
    ]
)


@given(chains(), st.data())
def test_no_mutation_of_a_blueprint_ends_in_anything_but_findings(
    registry: Registry, nodes: list[JsonObject], data: st.DataObject
) -> None:
    """Any part replaced by junk: a plan or findings with places, never an exception."""
    value = json.loads(blueprint(*nodes, inputs={"required": ["q"]}, outputs={"a": "{{ n0.result }}"}, budget=1))
    for _ in range(data.draw(st.integers(1, 3))):
        at = value
        while isinstance(at, dict | list) and at:
            step = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
            if data.draw(st.booleans()) or not isinstance(at[step], dict | list) or not at[step]:
                at[step] = data.draw(JUNK)
                break
            at = at[step]
    result = compiled(json.dumps(value), registry, where="x.json")

    assert (result.plan is None) == any(item.severity == "error" for item in result.findings)
    assert all(item.where is not None and item.where.line for item in result.findings)


@given(st.text(st.sampled_from("{}[]:,-\"' \nabc1&*!|>#%@~"), max_size=60))
def test_no_text_ends_in_anything_but_findings(registry: Registry, text: str) -> None:
    """As YAML and as JSON."""
    for where in ("x.yaml", "x.json"):
        result = compiled(text, registry, where=where)

        assert result.plan is None
        assert result.findings


@given(chains())
def test_a_plan_is_plain_json_within_the_strict_rules(registry: Registry, nodes: list[JsonObject]) -> None:
    """What is written can be read by the same strict parser as everything else."""
    plan = compiled(blueprint(*nodes), registry, where="x.json").plan

    assert plan is not None
    try:
        parse_json(plan_bytes(plan), where="plan.json")
    except IceError as error:
        pytest.fail(str(error))
