"""A blueprint becomes a plan: deterministic, whole, with digests, and without importing a component."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ice_compiler.compiler import compile_blueprint
from ice_compiler.parse import read_document
from ice_core.canonical import Digest, value_digest
from ice_core.models.plan import Plan, parse_plan, plan_bytes, plan_digest, plan_value
from ice_core.unified_registry import Registry
from tests.ice_compiler.parts import ENTRIES, blueprint, compiled, manifest, registry_of, summary, tool

NEWS = """schema_version: "1.2.0"
id: news.daily
inputs:
  type: object
  properties: {urls: {type: array, items: {type: string}}, model: {type: string}, deep: {type: boolean}}
  required: [urls]
budget: 5
nodes:
  - id: save
    type: tool
    tool_name: save
    tool_args: {text: "{{ write.text }}", mode: new, options: {deep: "{{ inputs.deep or false }}"}}
    dependencies: [write]
    when: write.text != '' and not (inputs.deep or false)
  - id: write
    type: agent
    package: writer
    version: ">=1,<2"
    agent_config: {notes: "{{ rank.results }}", model: "{{ inputs.model or 'small' }}"}
    max_tokens: 500
    timeout_seconds: 30
    dependencies: [rank]
  - id: fetch
    type: tool
    tool_name: fetch
    tool_args: {url: "{{ item }}", timeout: 20}
    for_each: "{{ inputs.urls }}"
    max_items: 3
    retry_policy: {max_attempts: 2}
  - id: rank
    type: tool
    tool_name: rank
    tool_args: {documents: ["{{ fetch[0].body }}", "{{ fetch[0].links[0] }} of {{ fetch[0].status }}"], limit: 3}
    dependencies: [fetch]
outputs: {text: "{{ write.text }}", saved: "{{ save.saved or false }}", pages: "{{ fetch }}"}
"""


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """The usual components."""
    return registry_of(tmp_path)


def _plan(text: str, registry: Registry, *, where: str = "news.yaml") -> Plan:
    result = compiled(text, registry, where=where)

    assert [] == [finding.message for finding in result.findings]
    assert result.plan is not None
    return result.plan


def test_the_nodes_of_a_plan_stand_in_an_order_that_can_run(registry: Registry) -> None:
    """Each after what it depends on, whatever the order in the file."""
    assert ["fetch", "rank", "write", "save"] == [node.id for node in _plan(NEWS, registry).body.nodes]


def test_a_plan_says_everything_that_a_run_needs(registry: Registry) -> None:
    """Arguments with their references, bounds, retry, order and cost of each node, and the blueprint's digest."""
    plan = _plan(NEWS, registry)
    fetch = plan_value(plan)["body"]

    assert isinstance(fetch, dict)
    assert isinstance(fetch["nodes"], list)
    assert {
        "id": "fetch",
        "component": "tool:fetch",
        "arguments": {"url": "{{ item }}", "timeout": 20},
        "dependencies": [],
        "for_each": "{{ inputs.urls }}",
        "max_items": 3,
        "retry_policy": {"max_attempts": 2, "backoff_strategy": "exponential", "backoff_seconds": 1.0},
        "cost": {"minimum": "0", "expected": "0.03", "maximum": "0.06"},
    } == fetch["nodes"][0]
    assert "news.daily" == plan.blueprint_id
    assert {"text": "{{ write.text }}", "saved": "{{ save.saved or false }}", "pages": "{{ fetch }}"} == (
        plan.body.outputs
    )


def test_a_plan_pins_each_component_and_its_package(registry: Registry) -> None:
    """Digests are those of the registry; an agent's tools are among them."""
    plan = _plan(NEWS, registry)

    digests = {str(item.id): str(item.digest) for item in registry.list()}
    assert {name: digests[name] for name in plan.components} == {
        name: item.digest for name, item in plan.components.items()
    }
    assert ["agent:writer", "tool:fetch", "tool:rank", "tool:save"] == list(plan.components)
    assert ["acme-parts"] == list(plan.packages)
    assert str(registry.manifests[0].digest) == plan.packages["acme-parts"].manifest_digest
    assert ("tool:fetch", "tool:rank") == plan.components["agent:writer"].permissions.tools


def test_a_plan_reads_back_as_it_was(registry: Registry) -> None:
    """What the compiler writes the orchestrator can read."""
    plan = _plan(NEWS, registry)

    assert plan == parse_plan(json.loads(plan_bytes(plan)), where="plan.json")


def test_the_same_blueprint_gives_the_same_bytes_in_any_spelling(registry: Registry, tmp_path: Path) -> None:
    """YAML or JSON, member order and white space, the order of manifests' entries: one plan."""
    first = _plan(NEWS, registry)
    folder = tmp_path / "second"
    folder.mkdir()
    other_registry = registry_of(folder, manifest(ENTRIES))
    value = read_document(NEWS.encode(), where="news.yaml").value
    shuffled = json.dumps({name: value[name] for name in sorted(value, reverse=True)}, indent=7)

    assert plan_bytes(first) == plan_bytes(_plan(shuffled, other_registry, where="elsewhere.json"))
    assert plan_digest(first) == Digest.of(plan_bytes(first))


def test_the_blueprint_digest_is_over_the_normalised_form(registry: Registry) -> None:
    """The alias spellings are the same blueprint."""
    plain = blueprint(
        tool("fetch", "fetch", {"url": "a"}), tool("rank", "rank", {"documents": "{{ fetch.links }}"}, "fetch")
    )
    value = json.loads(plain)
    value["blueprint_id"] = value.pop("id")
    del value["nodes"][1]["tool_args"]
    value["nodes"][1]["input_mappings"] = {"documents": {"source_node_id": "fetch", "source_output_key": "links"}}

    assert (
        _plan(plain, registry, where="a.json").blueprint_digest
        == _plan(json.dumps(value), registry, where="b.json").blueprint_digest
    )
    assert str(value_digest(json.loads(plain))) == _plan(plain, registry, where="a.json").blueprint_digest


def test_a_finding_that_is_only_a_warning_does_not_bar_the_plan(registry: Registry) -> None:
    """A deprecated component compiles, and names its replacement."""
    result = compiled(blueprint(tool("x", "old_fetch", {"url": "a"})), registry, where="x.json")

    assert result.plan is not None
    assert ["component-deprecated"] == [finding.slug for finding in result.findings]
    assert ("Use `fetch` instead",) == result.findings[0].hints


def test_what_depends_on_the_run_is_recorded_as_an_assumption(registry: Registry) -> None:
    """Unknown is not an error; it is in the plan, in words."""
    text = blueprint(
        tool("fetch", "fetch", {"url": "a"}),
        tool("echo", "echo", {"x": "{{ fetch.title }}"}, "fetch", when="fetch.status == 200"),
        tool("save", "save", {"text": "{{ echo }}", "mode": "{{ fetch.body }}"}, "fetch", "echo"),
    )

    assert (
        "`echo` is there for `save`, which its schema does not promise",
        "`fetch.title` is there for `echo`, which its schema does not promise",
        '`mode` of `save` takes "new" or "append"; what it is given fits when it runs',
        "`text` of `save` takes a string; what it is given fits when it runs",
        "`tool:echo` declares no cost and is counted as 0",
    ) == _plan(text, registry, where="x.json").assumptions


def test_all_findings_come_at_once_and_sorted(registry: Registry) -> None:
    """Two compilations give the same findings in the same order, by line and column."""
    text = NEWS.replace("item }}", "itm }}").replace("write.text !=", "wirte.text !=").replace("limit: 3", "limit: x")
    first, second = compiled(text, registry), compiled(text, registry)

    assert first.plan is None
    assert [("reference-unknown", 14, 11), ("reference-unknown", 26, 26), ("argument-invalid", 33, 112)] == summary(
        first.findings
    )
    assert [finding.to_json() for finding in first.findings] == [finding.to_json() for finding in second.findings]


def test_the_text_is_handed_out_for_printing(registry: Registry) -> None:
    """Also when it could not be read."""
    assert NEWS == compiled(NEWS, registry).source
    assert "\ufffd: 1" == compile_blueprint(b"\xff: 1", where="x.yaml", registry=registry).source


def test_compiling_imports_nothing_of_any_component(tmp_path: Path) -> None:
    """In a process of its own, the modules before and after differ by modules of this project's packages only."""
    package = tmp_path / "acme_parts"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('imported')\n")
    (package / "fetch.py").write_text("raise SystemExit('imported')\n")
    registry_of(tmp_path)
    (tmp_path / "news.yaml").write_text(NEWS)
    program = (
        "import sys, pathlib\n"
        "from ice_compiler.compiler import compile_blueprint\n"
        "from ice_core.unified_registry import load_plugins\n"
        "registry = load_plugins('plugins-0.json', home=pathlib.Path('home'), environ={}, project=pathlib.Path('.'))\n"
        "before = set(sys.modules)\n"
        "result = compile_blueprint(pathlib.Path('news.yaml').read_bytes(), where='news.yaml', registry=registry)\n"
        "assert result.plan is not None, result.findings\n"
        "print(sorted(name for name in set(sys.modules) - before if 'acme' in name or 'jinja' in name))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )

    assert ("[]\n", "", 0) == (done.stdout, done.stderr, done.returncode)
