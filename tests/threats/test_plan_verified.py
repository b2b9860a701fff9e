"""`ice verify PLAN`: each leaf of a plan changed in turn is refused, or is one that only the blueprint could tell."""

import json

from ice_core.strict_json import JsonObject, JsonValue
from tests.threats.target import Target, good_lock
from tests.threats.test_plan_edits import named, written
from tests.threats.test_signatures import another, leaves, with_leaf

TWO = """
schema_version: "1.2.0"
id: words.two
budget: 1.0
inputs: {type: object, properties: {text: {type: string}, list: {type: array, items: {type: string}}}, required: [text]}
nodes:
- {id: count, type: tool, tool_name: count_words, tool_args: {text: "{{ inputs.text }}"}, timeout_seconds: 30}
- id: each
  type: tool
  tool_name: count_words
  tool_args: {text: "{{ item }}"}
  dependencies: [count]
  when: count > 0
  for_each: "{{ inputs.list }}"
  max_items: 3
  max_tokens: 5
  retry_policy: {max_attempts: 2, backoff_strategy: fixed, backoff_seconds: 0.5}
outputs: {words: "{{ count }}"}
"""
# What the blueprint chose, and nothing else says; docs/reference/verification.md has the same list in words.
BLUEPRINTS_OWN = {
    "assumptions.0": "words for people; nothing reads them",
    "assumptions.1": "words for people; nothing reads them",
    "blueprint_id": "names the run in the journal",
    "blueprint_digest": "of the blueprint, which is not at hand",
    "body.budget": "how much its author allows, above what it may cost",
    "body.inputs.required.0": "what the author asks for",
    "body.nodes.0.retry_policy.backoff_seconds": "waits between attempts",
    "body.nodes.0.timeout_seconds": "how long its author waits",
    "body.nodes.1.id": "a name of a node to which nothing refers",
    "body.nodes.1.max_tokens": "bounds the tokens of a component that is not paid by the token",
    "body.nodes.1.retry_policy.backoff_seconds": "waits between attempts",
}
REFUSALS = {
    "component-changed",
    "component-version-unknown",
    "manifest-invalid",
    "package-changed",
    "plan-altered",
    "plan-invalid",
    "plan-lock-mismatch",
    "reference-missing",
    "reference-syntax",
    "schema-invalid",
    "wheel-missing",
}


def well_formed(leaf: JsonValue) -> JsonValue:
    """Another value of the same form: what a careful hand would write."""
    if isinstance(leaf, str) and leaf.startswith("sha256:"):
        return "sha256:" + "0" * 64
    return str(int(leaf) + 1) if isinstance(leaf, str) and leaf.isdigit() else another(leaf)


def plan_of(target: Target) -> JsonObject:
    """The plan of two nodes, compiled with the lock that lies beside it."""
    target.installed()
    (target.folder / "two.yaml").write_text(TWO)
    (target.folder / "pylock.iceos.toml").write_bytes(good_lock())
    outcome = target.ice("compile", "two.yaml", "--no-dynamic", "--output", "plan.json")
    assert 0 == outcome.code, outcome.err
    value: JsonObject = json.loads((target.folder / "plan.json").read_text())
    return value


def slug_of(target: Target, value: JsonObject) -> str:
    """What `ice verify` says of another plan in the plan's place."""
    written(target, value)
    return target.ice("verify", "plan.json").slug


def test_each_leaf_of_a_plan_is_verified_or_the_blueprints_own(target: Target) -> None:
    """Threat 28: time of check and use: a plan that was edited by hand is refused before it runs, leaf by leaf."""
    plan = plan_of(target)
    assert "none" == slug_of(target, plan)

    found = {named(path): slug_of(target, with_leaf(plan, path, well_formed)) for path in leaves(plan)}

    assert BLUEPRINTS_OWN.keys() == {name for name, slug in found.items() if slug == "none"}
    assert set() == set(found.values()) - REFUSALS - {"none"}
    target.assert_untouched()


def test_a_plan_without_its_lock_is_not_the_plan_of_a_lock(target: Target) -> None:
    """Threat 40: rug pull: a plan whose lock digest was taken out is refused beside a lock, as a run refuses it."""
    plan = plan_of(target)
    del plan["lock_digest"]

    assert "plan-lock-mismatch" == slug_of(target, plan)


def test_a_budget_below_what_it_may_cost_is_none_that_was_compiled(target: Target) -> None:
    """Threat 28: time of check and use: a budget that the compiler would have refused."""
    plan = plan_of(target)
    body = plan["body"]
    assert isinstance(body, dict)
    body["budget"] = "0.00000001"

    assert "none" == target.ice("verify", "plan.json").slug
    assert "plan-altered" == slug_of(target, plan)
