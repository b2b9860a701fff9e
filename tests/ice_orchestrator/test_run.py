"""Whole runs of real packages: loaded, verified, imported at the first node, called, metered and on record."""

import asyncio
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from ice_core.canonical import Digest
from ice_core.errors import IceError
from ice_core.models.lock import Lock
from ice_core.models.plan import Plan
from ice_core.strict_json import JsonObject
from ice_core.unified_registry import Registry
from ice_orchestrator.events import Event, Listener
from ice_orchestrator.result import RunResult
from ice_orchestrator.run import resume_run, run_plan
from tests.builders.installed import lock_of, plan_for
from tests.builders.plans import node
from tests.ice_orchestrator.packages import loaded, texts_package
from tests.ice_orchestrator.runs import slug_of

pytestmark = pytest.mark.usefixtures("clean_imports")


def run(
    plan: Plan,
    registry: Registry,
    inputs: "JsonObject | None" = None,
    *,
    listener: Listener | None = None,
    lock: Lock | None = None,
    run_id: str | None = None,
) -> RunResult:
    return asyncio.run(run_plan(plan, inputs or {}, registry=registry, listener=listener, lock=lock, run_id=run_id))


def test_a_strict_run_calls_functions_classes_and_async_components(home: Path) -> None:
    """All three kinds, a resource and the metadata come out of the wheel in the store."""
    texts_package(home)
    registry = loaded(home)
    plan = plan_for(
        registry,
        node("n", "tool:count_words", arguments={"text": "{{ inputs.text }}"}),
        node("s", "tool:shout", arguments={"text": "{{ inputs.text }}"}),
        node("k", "tool:known_words"),
        outputs={"n": "{{ n }}", "s": "{{ s }}", "k": "{{ k }}"},
    )

    result = run(plan, registry, {"text": "one two"})

    assert {"n": 2, "s": "ONE TWO!s", "k": ["alpha", "beta", "1.0.0"]} == result.outputs
    assert Decimal("0.001") == result.cost


def test_nothing_of_a_package_is_imported_before_its_first_node(home: Path) -> None:
    """Loading, planning and the preflight leave `sys.modules` without it; the first event comes before the import."""
    texts_package(home)
    registry = loaded(home)
    seen: list[bool] = []

    def listen(event: Event) -> None:
        seen.append("acme_texts" in sys.modules)

    result = run(plan_for(registry, node("k", "tool:known_words")), registry, listener=listen)

    assert "finished" == result.status
    assert [False, False, True, True] == seen


def test_an_agent_calls_what_its_manifest_permits_and_its_calls_are_on_record(home: Path) -> None:
    """Two sub-steps with their own paths and costs, and the agent's own tokens."""
    texts_package(home)
    registry = loaded(home)
    plan = plan_for(
        registry,
        node("a", "agent:counter", arguments={"texts": ["one two", "three"]}),
        also=["tool:count_words"],
        outputs={"a": "{{ a }}"},
    )

    result = run(plan, registry)

    assert {"a": 3} == result.outputs
    assert Decimal("0.602") == result.cost
    assert ["a", "a/tool:count_words#1", "a/tool:count_words#2"] == [each.path for each in result.nodes]


def test_an_agent_that_calls_something_else_is_denied(home: Path) -> None:
    """The error names the agent, the tool and how to declare it; the tool is never called."""
    texts_package(home)
    registry = loaded(home)
    plan = plan_for(registry, node("g", "agent:greedy"), also=["tool:shout", "tool:count_words"])

    result = run(plan, registry)

    assert "permission-denied" == slug_of(result)
    assert result.error is not None
    assert "`agent:greedy` may not call `tool:shout`" == result.error.finding.message
    assert 'permissions={"tools": ["tool:shout"]}' in result.error.finding.hints[0]


def test_a_component_that_raises_is_told_with_its_own_lines(home: Path) -> None:
    """Place and source line come from the verified wheel, though no file exists."""
    texts_package(home)
    registry = loaded(home)

    result = run(plan_for(registry, node("f", "tool:fail", arguments={"text": "x"})), registry)

    assert "component-raised" == slug_of(result)
    assert result.error is not None
    assert "LookupError: nothing like x" == result.error.finding.found
    assert any("raise LookupError" in line for line in result.error.finding.detail)
    assert str(result.error.where).startswith("iceos-wheel://sha256:")


def test_a_run_whose_input_breaks_the_components_schema_calls_nothing(home: Path) -> None:
    """The package is not even imported."""
    texts_package(home)
    registry = loaded(home)

    result = run(plan_for(registry, node("n", "tool:count_words", arguments={"text": 1})), registry)

    assert "input-invalid" == slug_of(result)
    assert "acme_texts" not in sys.modules


def test_a_finished_run_is_told_again_without_running(home: Path) -> None:
    """Resuming what is finished gives the recorded result and imports nothing."""
    texts_package(home)
    registry = loaded(home)
    plan = plan_for(registry, node("n", "tool:count_words", arguments={"text": "one"}), outputs={"n": "{{ n }}"})
    first = run(plan, registry, run_id="again")
    events: list[Event] = []

    second = asyncio.run(resume_run("again", registry=registry, listener=events.append))

    assert (first.outputs, first.cost, []) == (second.outputs, second.cost, events)


def test_another_lock_than_the_plans_is_refused(home: Path) -> None:
    """The lock that the caller names must be the one that the plan was compiled with."""
    texts_package(home)
    registry = loaded(home)

    with pytest.raises(IceError) as refused:
        run(plan_for(registry, node("k", "tool:known_words")), registry, lock=lock_of(digest=Digest.of(b"other")))

    assert "plan-lock-mismatch" == refused.value.slug
    assert not registry.home.state.exists()
