"""Workflows are expanded from the blueprints in their manifests: nested, costed, bounded, and never imported."""

import json
from pathlib import Path

from ice_core.amounts import amount_text
from ice_core.strict_json import JsonObject, JsonValue
from ice_core.unified_registry import Registry
from tests.ice_compiler.parts import (
    ENTRIES,
    STRING,
    STRINGS,
    blueprint,
    compiled,
    component,
    manifest,
    record,
    registry_of,
    summary,
    tool,
)


def flow(name: str, text: str | None, takes: JsonObject | None = None, gives: JsonObject | None = None) -> JsonObject:
    """A workflow whose manifest entry holds this blueprint."""
    entry = component(f"workflow:{name}", takes or {"type": "object"}, gives or {}, base=None)
    return {**entry, "blueprint": json.loads(text)} if text is not None else entry


def call(identity: str, name: str, **members: JsonValue) -> JsonObject:
    """A workflow node."""
    return {"id": identity, "type": "workflow", "workflow_ref": name, **members}


READ = flow(
    "read",
    blueprint(
        tool("fetch", "fetch", {"url": "{{ inputs.url }}"}),
        tool("rank", "rank", {"documents": "{{ fetch.links }}"}, "fetch"),
        inputs={"type": "object", "properties": {"url": STRING}, "required": ["url"]},
        outputs={"best": "{{ rank.results }}"},
    ),
    record(url=STRING),
    record(best=STRINGS),
)


def _registry(folder: Path, *flows: JsonObject) -> Registry:
    return registry_of(folder, manifest([*ENTRIES, *flows]))


def test_a_workflow_node_holds_the_nodes_of_its_blueprint(tmp_path: Path) -> None:
    """Its arguments are its inputs; its components are in the plan; its cost is that of its nodes."""
    text = blueprint(
        call("one", "read", config_overrides={"url": "a"}),
        tool("save", "save", {"text": "{{ one.best[0] }}"}, "one"),
    )
    plan = compiled(text, _registry(tmp_path, READ), where="x.json").plan

    assert plan is not None
    body = plan.body.nodes[0].body
    assert body is not None
    assert ["fetch", "rank"] == [node.id for node in body.nodes]
    assert {"best": "{{ rank.results }}"} == body.outputs
    assert "0.03" == amount_text(plan.body.nodes[0].cost.maximum)
    assert ["tool:fetch", "tool:rank", "tool:save", "workflow:read"] == list(plan.components)


def test_workflows_nest_and_repeat(tmp_path: Path) -> None:
    """Three levels; `for_each` and attempts multiply what is inside."""
    middle = flow(
        "middle",
        blueprint(call("in", "read", for_each=["a", "b"], max_items=2, config_overrides={"url": "{{ item }}"})),
    )
    text = blueprint(call("out", "middle", retry_policy={"max_attempts": 3}))
    plan = compiled(text, _registry(tmp_path, READ, middle), where="x.json").plan

    assert plan is not None
    assert "0.06 0.06 0.18" == " ".join(
        amount_text(amount) for amount in (plan.cost.minimum, plan.cost.expected, plan.cost.maximum)
    )


def test_what_a_workflow_is_given_is_checked_like_any_other(tmp_path: Path) -> None:
    """Against the input schema of its manifest."""
    text = blueprint(
        call("one", "read", config_overrides={"url": 3}), tool("x", "rank", {"documents": "{{ one }}"}, "one")
    )

    assert ["argument-invalid", "edge-type-mismatch"] == [
        item.slug for item in compiled(text, _registry(tmp_path, READ), where="x.json").findings
    ]


def test_a_workflow_without_a_blueprint_cannot_be_expanded(tmp_path: Path) -> None:
    """It would have to be imported, which compiling never does."""
    result = compiled(blueprint(call("one", "bare")), _registry(tmp_path, flow("bare", None)), where="x.json")

    assert ["workflow-blueprint-missing"] == [item.slug for item in result.findings]


def test_a_workflow_that_contains_itself_is_refused_with_the_circle(tmp_path: Path) -> None:
    """Whatever the number of steps; it ends."""
    one = flow("one", blueprint(call("x", "two")))
    two = flow("two", blueprint(call("x", "one")))
    me = flow("me", blueprint(call("x", "me")))
    registry = _registry(tmp_path, one, two, me)
    result = compiled(blueprint(call("a", "one"), call("b", "me")), registry, where="x.json")

    assert result.plan is None
    assert ["workflow-invalid", "workflow-invalid"] == [item.slug for item in result.findings]
    assert ["workflow-cycle", "workflow-cycle"] == [str(item.found).strip("`") for item in result.findings]
    assert "the blueprint of `workflow:two` 1.0.0 does not compile here" == result.findings[0].message
    assert "`workflow:one` contains itself" in result.findings[0].detail[0]
    assert "`workflow:me` contains itself" in result.findings[1].detail[0]


def test_a_fault_inside_a_workflow_is_one_finding_where_it_is_used(tmp_path: Path) -> None:
    """With each fault inside in its lines; a second use of the same workflow is no second fault."""
    broken = flow("broken", blueprint(tool("x", "fetch", {"url": 1}), tool("y", "rank", {})))
    text = blueprint(call("one", "broken"), call("two", "broken"))
    result = compiled(text, _registry(tmp_path, broken), where="x.json")

    assert [("workflow-invalid", 8, 23)] == summary(result.findings)
    assert 2 == len(result.findings[0].detail)
    assert "argument-invalid" in result.findings[0].detail[0]
    assert "the blueprint of workflow:broken 1.0.0:10:16" in result.findings[0].detail[0]


def test_more_faults_than_fit_are_counted(tmp_path: Path) -> None:
    """Eight are shown."""
    broken = flow("broken", blueprint(*(tool(f"x{index}", "fetch", {"url": 1}) for index in range(10))))
    result = compiled(blueprint(call("one", "broken")), _registry(tmp_path, broken), where="x.json")

    assert "and 2 more" == result.findings[0].detail[-1]


def test_nesting_is_bounded(tmp_path: Path) -> None:
    """Seventeen levels are one too many."""
    flows = [flow(f"w{level}", blueprint(call("x", f"w{level + 1}"))) for level in range(20)]
    flows.append(flow("w20", blueprint()))
    registry = _registry(tmp_path, *flows)

    assert compiled(blueprint(call("x", "w5")), registry, where="x.json").plan is not None
    assert compiled(blueprint(call("x", "w0")), registry, where="x.json").plan is None


def test_nesting_is_bounded_whatever_was_built_before(tmp_path: Path) -> None:
    """What is shallow enough by itself is too deep inside sixteen others."""
    flows = [flow(f"w{level}", blueprint(call("x", f"w{level + 1}"))) for level in range(20)]
    flows.append(flow("w20", blueprint()))
    result = compiled(blueprint(call("a", "w10"), call("b", "w0")), _registry(tmp_path, *flows), where="x.json")

    assert result.plan is None
    assert [("workflow-invalid", "`plan-too-large`")] == [(item.slug, item.found) for item in result.findings]


def test_a_plan_that_doubles_at_each_level_is_refused_before_it_is_written(tmp_path: Path) -> None:
    """Each workflow is compiled once, so the refusal costs nothing like the plan would."""
    flows = [
        flow(f"w{level}", blueprint(*(call(f"x{index}", f"w{level + 1}") for index in range(10))))
        for level in range(12)
    ]
    flows.append(flow("w12", blueprint(tool("x", "echo", {}))))
    result = compiled(blueprint(call("x", "w0")), _registry(tmp_path, *flows), where="x.json")

    assert result.plan is None
    assert "`plan-too-large`" == result.findings[0].found


def test_too_many_nodes_of_its_own_workflows_are_refused_by_name(tmp_path: Path) -> None:
    """At most 10,000 with all workflows expanded."""
    flows = [flow("many", blueprint(*(tool(f"x{index}", "echo", {}) for index in range(120))))]
    text = blueprint(*(call(f"y{index}", "many") for index in range(100)))

    assert ["plan-too-large"] == [
        item.slug for item in compiled(text, _registry(tmp_path, *flows), where="x.json").findings
    ]
