"""What a blueprint calls at any depth: whatever cannot be had is told once, where someone can act on it."""

import json
from pathlib import Path

import pytest

from ice_core.errors import Finding
from ice_core.strict_json import JsonObject
from ice_core.unified_registry import Registry
from tests.ice_compiler.parts import (
    ENTRIES,
    FETCH,
    RANK,
    STRING,
    blueprint,
    compiled,
    component,
    manifest,
    record,
    registry_of,
    summary,
    tool,
)
from tests.ice_compiler.test_bind import lock_of
from tests.ice_compiler.test_workflows import call, flow

ROOT = Path(__file__).parent.parent.parent


def asker(name: str, *tools: str) -> JsonObject:
    """An agent that may call these."""
    return component(f"agent:{name}", {"type": "object"}, {}, permissions={"tools": list(tools)})


def ask(identity: str, name: str) -> JsonObject:
    """An agent node."""
    return {"id": identity, "type": "agent", "package": name}


def _findings(folder: Path, entries: list[JsonObject], *nodes: JsonObject) -> tuple[Finding, ...]:
    return compiled(blueprint(*nodes), registry_of(folder, manifest(entries)), where="x.json").findings


def _told(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(item.slug, item.where.path if item.where is not None else "") for item in findings]


def _examples(folder: Path, *missing: str) -> Registry:
    manifests = [
        json.loads((ROOT / "examples" / f"iceos-{name}" / "plugins.json").read_text())
        for name in ("tables", "text", "analyst")
    ]
    for value in manifests:
        value.pop("signature", None)
        value["components"] = [each for each in value["components"] if each["name"] not in missing]
    return registry_of(folder, *(value for value in manifests if value["components"]))


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ((), []),
        (("table_profile",), [("component-unknown", "nodes[0].tool_name")]),
        (("table_query",), [("agent-tool-unavailable", "nodes[1].package")]),
        (
            ("table_profile", "table_query"),
            [("component-unknown", "nodes[0].tool_name"), ("agent-tool-unavailable", "nodes[1].package")],
        ),
        (("answer_report",), [("workflow-component-unavailable", "nodes[2].workflow_ref")]),
        (("table_analyst",), [("component-unknown", "nodes[1].package")]),
        (("weather_report",), [("component-unknown", "nodes[2].workflow_ref")]),
    ],
)
def test_each_missing_component_of_the_weather_example_is_told_once(
    tmp_path: Path, missing: tuple[str, ...], told: list[tuple[str, str]]
) -> None:
    """The tool is named by a node, permitted to the agent, and called by the workflow, which also calls the agent."""
    text = (ROOT / "examples" / "blueprints" / "weather.yaml").read_text()
    result = compiled(text, _examples(tmp_path, *missing), where="weather.yaml")

    assert told == _told(result.findings)
    assert all("`ice lock --blueprint weather.yaml` and `ice install`" in item.hints[-1] for item in result.findings)
    assert (result.plan is None) == bool(told)


def test_each_node_that_names_a_missing_component_is_told(tmp_path: Path) -> None:
    """Each of them may be a slip of its own."""
    found = _findings(tmp_path, [*ENTRIES], tool("a", "fetsh", {}), tool("b", "fetsh", {}))

    assert [("component-unknown", "nodes[0].tool_name"), ("component-unknown", "nodes[1].tool_name")] == _told(found)


def test_what_an_agent_lacks_is_one_finding_that_names_all_of_it(tmp_path: Path) -> None:
    """Its own tools and those of what it may call, each with who needs it; the sources are listed once."""
    agents = [asker("a", "tool:one", "agent:b"), asker("b", "tool:two", "tool:one")]
    found = _findings(tmp_path, agents, ask("x", "a"))

    assert ["agent-tool-unavailable"] == [item.slug for item in found]
    assert "`agent:a` needs 2 components that cannot be had: `tool:one`, `tool:two`" == found[0].message
    assert "`tool:one`, `tool:two` in a manifest that was read" == found[0].expected
    assert (
        "`tool:one` is in no manifest that was read; `agent:a` lists it under `permissions.tools`",
        "`tool:two` is in no manifest that was read; `agent:b` lists it under `permissions.tools`",
        "Manifests read, in this order:",
    ) == found[0].detail[:3]
    assert 4 == len(found[0].detail)
    assert ["tool:one", "tool:two"] == found[0].details["components"]
    assert ("To install a package that lists it, run `ice lock --blueprint x.json` and `ice install`",) == (
        found[0].hints
    )


def test_a_second_agent_that_lacks_the_same_adds_only_what_is_its_own(tmp_path: Path) -> None:
    """None for a component that was told at a node before."""
    agents = [asker("a", "tool:one"), asker("b", "tool:one", "tool:two"), asker("c", "tool:two")]
    found = _findings(tmp_path, agents, ask("x", "a"), ask("y", "b"), ask("z", "c"))

    assert [("agent-tool-unavailable", "nodes[0].package"), ("agent-tool-unavailable", "nodes[1].package")] == _told(
        found
    )
    assert [["tool:one"], ["tool:two"]] == [item.details["components"] for item in found]


def test_a_node_further_down_that_names_it_is_told_instead_of_the_agent_above(tmp_path: Path) -> None:
    """Whoever names it can change the name."""
    found = _findings(tmp_path, [asker("a", "tool:one")], ask("x", "a"), tool("y", "one", {}))

    assert [("component-unknown", "nodes[1].tool_name")] == _told(found)


def test_what_a_workflow_lacks_is_told_where_it_is_used_with_who_needs_it(tmp_path: Path) -> None:
    """At any depth; what is wrong with its blueprint itself is another finding."""
    inner = flow("inner", blueprint(tool("p", "one", {}), tool("q", "fetch", {"url": 1}), ask("r", "a")))
    outer = flow("outer", blueprint(call("s", "inner")))
    found = _findings(tmp_path, [FETCH, asker("a", "tool:two"), inner, outer], call("x", "outer"), call("y", "inner"))

    assert [
        ("workflow-component-unavailable", "nodes[0].workflow_ref"),
        ("workflow-invalid", "nodes[1].workflow_ref"),
    ] == _told(found)
    assert ["tool:one", "tool:two"] == found[0].details["components"]
    assert "`tool:one` is in no manifest that was read; `workflow:inner` calls it" == found[0].detail[0]
    assert "`argument-invalid`" == found[1].found


def test_a_workflow_that_does_not_compile_is_told_once_through_whatever_calls_it(tmp_path: Path) -> None:
    """Named by its own name, with who calls it."""
    bad = flow("bad", blueprint(tool("p", "fetch", {"url": 1})))
    one, two = flow("one", blueprint(call("s", "bad"))), flow("two", blueprint(call("s", "bad")))
    found = _findings(tmp_path, [FETCH, bad, one, two], call("x", "one"), call("y", "two"))

    assert [("workflow-invalid", "nodes[0].workflow_ref")] == _told(found)
    assert "the blueprint of `workflow:bad` 1.0.0 does not compile here" == found[0].message
    assert str(found[0].note).endswith("It is needed because `workflow:one` calls it.")


def test_a_workflow_without_its_blueprint_is_told_once(tmp_path: Path) -> None:
    """At the node that names it, else where it is needed."""
    bare, outer = flow("bare", None), flow("outer", blueprint(call("s", "bare")))
    named = _findings(tmp_path, [bare, outer], call("x", "outer"), call("y", "bare"), call("z", "bare"))
    needed = _findings(tmp_path, [bare, outer], call("x", "outer"))

    assert [("workflow-blueprint-missing", "nodes[1].workflow_ref")] == _told(named)
    assert [("workflow-component-unavailable", "nodes[0].workflow_ref")] == _told(needed)


def test_an_unlocked_component_is_told_once_with_why_it_is_here(tmp_path: Path) -> None:
    """At the node that names it, else where an agent or a workflow needs it; also inside a workflow that compiles."""
    inner = flow("inner", blueprint(tool("p", "rank", {"documents": []})))
    registry = registry_of(tmp_path, manifest([FETCH, RANK, asker("a", "tool:fetch"), inner]))
    lock = lock_of(registry, "agent:a 1.0.0", "workflow:inner 1.0.0")
    text = blueprint(ask("x", "a"), tool("y", "fetch", {"url": "a"}), call("z", "inner"))
    result = compiled(text, registry, where="it's.json", lock=lock)

    assert result.plan is not None
    assert [("component-not-locked", 13, 20), ("component-not-locked", 22, 23)] == summary(result.findings)
    assert [None, "`tool:rank` is here because `workflow:inner` calls it."] == [item.note for item in result.findings]
    assert ("To lock what this blueprint needs, run `ice lock --blueprint 'it'\"'\"'s.json'`",) == (
        result.findings[0].hints
    )


def test_what_the_lock_refuses_for_an_agent_keeps_both_values(tmp_path: Path) -> None:
    """Several at once: expected and found under each."""
    registry = registry_of(tmp_path, manifest([FETCH, RANK, asker("a", "tool:fetch", "tool:rank")]))
    lock = lock_of(registry, "agent:a 1.0.0")
    result = compiled(blueprint(ask("x", "a")), registry, where="x.json", lock=lock, locked=True)

    assert [("agent-tool-unavailable", "nodes[0].package")] == _told(result.findings)
    assert (
        "`pylock.iceos.toml` does not answer what this blueprint needs: `tool:fetch`; "
        "`agent:a` lists it under `permissions.tools`",
        "  expected: tool:fetch",
        "  found: not in the lock",
    ) == result.findings[0].detail[:3]
    assert "To lock what this blueprint needs, run `ice lock --blueprint x.json`" == result.findings[0].hints[0]


def test_a_misspelt_name_under_locked_still_gets_its_near_names(tmp_path: Path) -> None:
    """It is not the lock that is at fault."""
    registry = registry_of(tmp_path)
    lock = lock_of(registry, "tool:fetch 1.0.0")
    result = compiled(blueprint(tool("x", "fetsh", {"url": "a"})), registry, where="x.json", lock=lock, locked=True)

    assert ["component-unknown"] == [item.slug for item in result.findings]
    assert "`tool:fetch` is listed; did you mean that?" in result.findings[0].hints


def test_the_range_of_a_node_decides_for_an_agent_before_it(tmp_path: Path) -> None:
    """The agent asks for no version, so it takes the one that the node needs."""
    newer: JsonObject = {**FETCH, "version": "2.1.0"}
    registry = registry_of(
        tmp_path,
        manifest([FETCH]),
        manifest([newer], version="2.0.0"),
        manifest([asker("a", "tool:fetch")], name="acme-askers"),
    )
    text = blueprint(ask("x", "a"), tool("y", "fetch", {"url": "a"}, version="<2"))
    result = compiled(text, registry, where="x.json")

    assert () == result.findings
    assert result.plan is not None
    assert "1.0.0" == result.plan.components["tool:fetch"].version


def test_what_is_had_is_in_the_plan_however_deep(tmp_path: Path) -> None:
    """Agents in workflows in workflows, and what they may call; a circle of permissions ends."""
    inner = flow("inner", blueprint(ask("r", "a")), gives=record(text=STRING))
    outer = flow("outer", blueprint(call("s", "inner")))
    entries = [FETCH, RANK, asker("a", "agent:b", "tool:rank"), asker("b", "agent:a", "tool:fetch"), inner, outer]
    plan = compiled(blueprint(call("x", "outer")), registry_of(tmp_path, manifest(entries)), where="x.json").plan

    assert plan is not None
    assert ["agent:a", "agent:b", "tool:fetch", "tool:rank", "workflow:inner", "workflow:outer"] == list(
        plan.components
    )
