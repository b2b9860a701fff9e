"""Attacks on a run: files exchanged between check and use, components that overstep, and schemas and costs that lie."""

import asyncio
import json
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ice_compiler.compiler import compile_blueprint
from ice_core.models.plan import Plan
from ice_core.strict_json import JsonObject, JsonValue
from ice_core.unified_registry import Registry, load_plugins
from ice_orchestrator.events import Event, RunStarted
from ice_orchestrator.result import RunResult
from ice_orchestrator.run import run_plan
from ice_sdk.public_subset import public_subset
from tests.builders.homes import listing
from tests.builders.installed import entry
from tests.builders.manifests import manifest
from tests.scenarios.mission import FILES, TEXT, counting, document
from tests.scenarios.packages import TOUCHES, markers
from tests.threats.target import Target, bundle_of, wheel_of
from tests.threats.test_surroundings import EVIL

AGENT = """
from ice_sdk import Context, agent

@agent(version="1.0.0", cost_estimate=0)
async def greedy(text: str, context: Context) -> str:
    leave("called greedy")
    return str(await context.call("tool:secret", text=text))

@tool(version="1.0.0", cost_estimate=0)
def secret(text: str) -> str:
    leave("called secret")
    return "secret"
"""
ASK = """\
schema_version: "1.2.0"
id: acme.ask
inputs: {type: object, properties: {text: {type: string}}, required: [text]}
nodes:
- {id: ask, type: agent, package: greedy, agent_config: {text: "{{ inputs.text }}"}}
outputs: {answer: "{{ ask }}"}
"""


def planned(target: Target) -> tuple[Registry, Plan]:
    """The registry and plan of the target's blueprint, through the API."""
    registry = load_plugins(home=target.home.root, no_dynamic=True, environ={}, project=target.folder)
    done = compile_blueprint((target.folder / "one.yaml").read_bytes(), where="one.yaml", registry=registry)
    assert done.plan is not None
    return registry, done.plan


def run_with(target: Target, listener: Callable[[Event], None]) -> RunResult:
    """Runs it with something that happens at each event."""
    registry, plan = planned(target)
    return asyncio.run(run_plan(plan, {"text": "one two three"}, registry=registry, listener=listener))


def stored_wheel(target: Target) -> Path:
    """The installed wheel."""
    return next((target.home.root / "store" / "sha256").iterdir())


def overwritten(path: Path, data: bytes) -> None:
    """Other bytes in the same file."""
    path.write_bytes(data)


def renamed_over(path: Path, data: bytes) -> None:
    """Another file in its place."""
    other = path.with_name("other")
    other.write_bytes(data)
    other.rename(path)


def linked(path: Path, data: bytes) -> None:
    """A link to another file in its place."""
    other = path.parent.parent / "other"
    other.write_bytes(data)
    path.unlink()
    path.symlink_to(other)


@pytest.mark.parametrize("exchange", [overwritten, renamed_over, linked])
def test_a_wheel_exchanged_at_the_first_event_is_not_executed(
    target: Target, exchange: Callable[[Path, bytes], None]
) -> None:
    """Threat 28: time of check and use: the file is exchanged after preflight: old bytes run, or none."""
    target.installed()
    path = stored_wheel(target)
    evil = wheel_of(files={**FILES, "acme_words/counting.py": EVIL})[1]
    happened = []

    def listener(event: Event) -> None:
        if isinstance(event, RunStarted):
            exchange(path, evil)
            happened.append(event.type)

    result = run_with(target, listener)

    assert ["run.started"] == happened
    assert "called evil" not in markers(target.markers)
    if result.status == "finished":
        assert {"words": 3} == result.outputs
    else:
        assert result.error is not None
        assert result.error.slug in {"wheel-digest-mismatch", "file-not-regular"}


def test_a_manifest_exchanged_after_loading_changes_nothing(target: Target) -> None:
    """Threat 28: time of check and use: manifest and key exchanged at the first event: what was verified runs."""
    target.installed()

    def listener(event: Event) -> None:
        if isinstance(event, RunStarted):
            target.manifest.write_bytes(b"{}")
            (target.home.keys / "acme-2026.json").unlink()

    result = run_with(target, listener)

    assert ("finished", {"words": 3}) == (result.status, result.outputs)


@pytest.mark.parametrize("swallow", [False, True], ids=["plain", "swallowed"])
def test_a_module_that_registers_more_than_is_signed_does_not_run(target: Target, swallow: bool) -> None:
    """Threat 30: more than the manifest lists: a decorator that appears at import is refused, even when swallowed."""
    extra = '\n@tool(name="extra", version="1.0.0", cost_estimate=0)\ndef extra(text: str) -> str:\n    return text\n'
    if swallow:
        body = "".join(f"    {line}\n" for line in extra.split("\n") if line)
        extra = f"\ntry:\n{body}except BaseException:\n    pass\n"
    target.placed(document(), files={**FILES, "acme_words/counting.py": FILES["acme_words/counting.py"] + extra})

    outcome = target.run()

    assert (1, "component-not-in-manifest") == (outcome.code, outcome.slug)
    assert "called count_words" not in markers(target.markers)


@pytest.mark.parametrize("given", [{"text": 1.5}, {"text": None}, {"text": []}, {"other": "a"}, {}], ids=str)
def test_an_input_that_does_not_fit_imports_nothing(target: Target, given: JsonObject) -> None:
    """Threat 30: input outside the signed schema: refused before the component's module is imported."""
    (target.folder / "inputs.json").write_text(json.dumps(given))

    outcome = target.installed().ice("run", "one.yaml", "--no-dynamic", "--inputs", "inputs.json")

    assert (1, "input-invalid") == (outcome.code, outcome.slug)
    target.assert_untouched()


@pytest.mark.parametrize(
    "returned", ['"three"', "None", "3.5", "[3]", "{'words': 3}", "object()", "float('nan')", "float('inf')"]
)
def test_an_output_that_does_not_fit_reaches_nobody(target: Target, returned: str) -> None:
    """Threat 30: output outside the signed schema: refused, so that no later node and no reader sees it."""
    source = FILES["acme_words/counting.py"].replace("return len(words_of(text))", f"return {returned}")
    target.placed(document(), files={**FILES, "acme_words/counting.py": source})

    outcome = target.run()

    assert (1, "") == (outcome.code, outcome.out)
    assert outcome.slug in {"output-invalid", "call-output-invalid"}


@pytest.mark.parametrize("shown", [("tool:count_words",), ()], ids=["one permitted", "none permitted"])
def test_an_agent_calls_only_what_its_manifest_permits(target: Target, shown: tuple[str, ...]) -> None:
    """Threat 39: an agent that oversteps: a tool that its signed entry does not permit is not called."""
    output: JsonObject = {"input": TEXT, "output": {"type": "string"}}
    may: JsonObject = {**TOUCHES, "tools": [*shown]}
    value = manifest(
        entry("greedy", "acme_words.counting:greedy", node_type="agent", schema=output, permissions=may),
        counting(),
        entry("secret", "acme_words.counting:secret", schema=output),
        name="acme-words",
        version="1.0.0",
    )
    target.placed(value, files={**FILES, "acme_words/counting.py": FILES["acme_words/counting.py"] + AGENT})
    (target.folder / "ask.yaml").write_text(ASK)

    outcome = target.ice("run", "ask.yaml", "--no-dynamic", "--input", "text=a")

    assert (1, "permission-denied") == (outcome.code, outcome.slug)
    assert "called greedy" in markers(target.markers)
    assert "called secret" not in markers(target.markers)


def doubling(depth: int) -> JsonObject:
    """Schemas that each refer twice to the next."""
    last: JsonObject = {f"S{depth}": {"type": "string"}}
    return last | {
        f"S{level}": {
            "type": "object",
            "properties": {side: {"$ref": f"#/schemas/S{level + 1}"} for side in ("a", "b")},
        }
        for level in range(depth)
    }


SCHEMAS: dict[str, JsonObject] = {
    "remote reference": {"$ref": "https://127.0.0.1:PORT/schema.json"},
    "plain http": {"$ref": "http://127.0.0.1:PORT/schema.json"},
    "file": {"$ref": "file:///etc/passwd"},
    "relative file": {"$ref": "../../etc/passwd"},
    "data": {"$ref": "data:application/json,{}"},
    "identifier": {"$id": "http://127.0.0.1:PORT/", "type": "string"},
    "dialect": {"$schema": "http://127.0.0.1:PORT/dialect", "type": "string"},
    "dynamic reference": {"$dynamicRef": "#meta"},
    "itself": {"$ref": "#/schemas/Loop"},
    "nested quantifiers with a back reference": {"type": "string", "pattern": r"^(a+)+\1$"},
    "look-around": {"type": "string", "pattern": "^(?=(a+)+)b$"},
    "no pattern": {"type": "string", "pattern": "("},
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_that_reaches_out_or_never_ends_is_refused(target: Target, name: str) -> None:
    """Threat 37: $ref bomb, SSRF, file://: refused from the manifest alone; a listener on loopback hears nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.01)
        port = str(listener.getsockname()[1])
        schema = json.loads(json.dumps(SCHEMAS[name]).replace("PORT", port))
        value = document(counting(schema={"input": TEXT, "output": schema}))
        target.offer(bundle_of({**value, "schemas": {"Loop": {"$ref": "#/schemas/Loop"}}}))

        slugs = target.refused_everywhere()

        assert slugs <= {"schema-invalid", "schema-reference-missing", "manifest-invalid"}
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize("depth", [14, 18, 24])
def test_references_that_double_are_refused_at_once(target: Target, depth: int) -> None:
    """Threat 37: $ref bomb: 2^24 expansions are counted and refused, not made."""
    value = document(counting(schema={"input": TEXT, "output": {"$ref": "#/schemas/S0"}}))
    target.offer(bundle_of({**value, "schemas": doubling(depth)}))
    begin = time.perf_counter()

    slug = target.doors()["load"]()

    assert "schema-invalid" == slug
    # Reading the archive and its wheel included; without the bound it would be hours.
    assert time.perf_counter() - begin < 2


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|aa)+$", "^(a|a?)+$", "^(.*a){12}$", "(x+x+)+y"])
def test_a_pattern_that_others_would_choke_on_is_matched_at_once(target: Target, pattern: str) -> None:
    """Threat 36: ReDoS in a schema: nested quantifiers meet an engine without backtracking, or are refused."""
    schema: JsonObject = {
        "input": {**TEXT, "properties": {"text": {"type": "string", "pattern": pattern}}},
        "output": {"type": "integer"},
    }
    target.placed(document(counting(schema=schema)))
    begin = time.perf_counter()

    outcome = target.ice("run", "one.yaml", "--no-dynamic", "--input", f"text={'a' * 5000}!")

    assert outcome.slug in {"none", "input-invalid", "call-input-invalid", "blueprint-refused", "schema-invalid"}
    assert time.perf_counter() - begin < 5


@pytest.mark.parametrize(
    "cost",
    [-1, -0.0001, 1e7, 1e308, "0", "free", True, None, [], {}, "NaN", "Infinity"],
)
@pytest.mark.parametrize("member", ["base", "per_token"])
def test_a_cost_that_is_no_amount_is_refused(target: Target, member: str, cost: JsonValue) -> None:
    """Threat 38: cost poisoning: negative, immense, text and booleans are refused, although signed."""
    estimate: JsonObject = {"base": 0.0, "per_token": 0.0, "currency": "USD", member: cost}
    target.offer(bundle_of(document(counting(cost_estimate=estimate))))

    assert {"manifest-invalid"} == target.refused_everywhere()


def test_a_component_that_costs_more_than_the_budget_is_not_called(target: Target) -> None:
    """Threat 38: cost poisoning: the budget is held before the node, from the signed cost."""
    estimate: JsonObject = {"base": 1.0, "per_token": 0.0, "currency": "USD"}
    target.placed(document(counting(cost_estimate=estimate)))

    outcome = target.run("--budget", "0.5")

    assert 1 == outcome.code
    assert outcome.slug in {"budget-exceeded", "cost-over-budget", "blueprint-refused"}
    assert "called count_words" not in markers(target.markers)


def test_nothing_private_is_in_the_public_subset() -> None:
    """Threat 49: leakage in the public subset: import targets, permissions and unknown members stay at home."""
    private = counting(
        permissions={"environment": ["ACME_SECRET"], "network": ["internal.acme.example"]}, internal="secret note"
    )
    value: JsonObject = {
        **document(private),
        "schemas": {"Unused": {"title": "unreleased"}},
        "created_by": "secret person",
    }

    text = json.dumps(public_subset(value))

    assert [] == [
        word
        for word in ("acme_words", "ACME_SECRET", "internal", "secret", "unreleased", "signature", "created")
        if word in text
    ]


def test_a_refusal_leaves_nothing_to_find(target: Target) -> None:
    """Threat 48: bypass by other bytes: a refused bundle leaves no file, module, socket or temporary name behind."""
    target.offer(bundle_of(document(counting(target="os:system"))))
    before, modules = listing(target.folder), set(sys.modules)

    target.refused_everywhere()

    assert before == listing(target.folder)
    assert [] == [name for name in set(sys.modules) - modules if name.startswith(("acme", "_ice"))]
