"""What a person reads: whole outputs of compilations, as snapshots."""

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from ice_core.unified_registry import Registry
from tests.ice_compiler.parts import blueprint, compiled, printed, registry_of, tool

HEAD = 'schema_version: "1.2.0"\nid: news\ninputs: {required: [url], optional: [urls]}\n'
FETCH = '- {id: fetch, type: tool, tool_name: fetch, tool_args: {url: "{{ inputs.url }}"}}\n'

TEXTS = {
    "an edge that does not fit": HEAD
    + "nodes:\n"
    + FETCH
    + "- id: rank\n  type: tool\n  tool_name: rank\n  tool_args:\n"
    + '    documents: "{{ fetch }}"\n  dependencies: [fetch]\n',
    "a member that is beside the one named": HEAD
    + "nodes:\n"
    + FETCH
    + "- {id: rank, type: tool, tool_name: rank, tool_args: {documents: ['{{ fetch.status }}']},"
    + " dependencies: [fetch]}\n",
    "a path that is not there": HEAD
    + "nodes:\n"
    + FETCH
    + "- {id: save, type: tool, tool_name: save, tool_args: {text: '{{ fetch.meta.wrods }}'}, dependencies: [fetch]}\n",
    "a null that is not taken": HEAD
    + "nodes:\n"
    + FETCH
    + "- {id: save, type: tool, tool_name: save, tool_args: {text: '{{ fetch.title }}'}, dependencies: [fetch]}\n",
    "an array where one item is taken": HEAD
    + "nodes:\n"
    + FETCH
    + "- {id: save, type: tool, tool_name: save, tool_args: {text: '{{ fetch.links }}'}, dependencies: [fetch]}\n",
    "a forgotten dependency and a misspelt input": HEAD
    + "nodes:\n"
    + FETCH
    + "- {id: save, type: tool, tool_name: save, tool_args: {text: '{{ fetch.body }}', tags: ['{{ inputs.ulr }}']}}\n",
    "a forgotten argument that an input could give": HEAD + "nodes:\n- {id: fetch, type: tool, tool_name: fetch}\n",
    "a filter in a reference": HEAD
    + "nodes:\n- {id: x, type: tool, tool_name: echo, tool_args: {a: '{{ inputs.url | upper }}'}}\n",
    "a kind of node that is not there any more": HEAD + "nodes:\n- {id: check, type: condition, expression: a}\n",
    "members that belong elsewhere": HEAD
    + "nodes:\n- {id: fetch, type: tool, tool_name: fetch, agent_config: {url: a}, timeout: 3, retries: 2}\n",
    "nodes that wait for each other": HEAD
    + "nodes:\n- {id: a, type: tool, tool_name: echo, dependencies: [b]}\n"
    + "- {id: b, type: tool, tool_name: echo, dependencies: [c]}\n"
    + "- {id: c, type: tool, tool_name: echo, dependencies: [a]}\n",
    "a list without a bound and an item without a list": HEAD
    + "nodes:\n- {id: a, type: tool, tool_name: echo, for_each: '{{ inputs.urls }}', tool_args: {a: '{{ item }}'}}\n"
    + "- {id: b, type: tool, tool_name: echo, tool_args: {a: '{{ item }}'}}\n",
    "a word that readers disagree about": HEAD + "nodes: []\nmetadata: {public: yes}\n",
    "a budget that is too small": HEAD
    + "budget: 0.5\nnodes:\n"
    + FETCH
    + "- id: write\n  type: agent\n  package: writer\n  for_each: '{{ fetch.links }}'\n  max_items: 20\n"
    + "  agent_config: {notes: ['{{ item }}']}\n  dependencies: [fetch]\n",
    "a deprecated component": HEAD + "nodes:\n- {id: x, type: tool, tool_name: old_fetch, tool_args: {url: a}}\n",
    "a condition that is no boolean": HEAD
    + "nodes:\n"
    + FETCH
    + "- {id: x, type: tool, tool_name: echo, when: fetch.status, dependencies: [fetch]}\n",
}

LONG = "x" * 300
ODD_TEXTS = {
    "letters outside ASCII before the place.yaml": HEAD
    + "nodes:\n- {id: x, type: tool, tool_name: save, tool_args: {text: 'Größe 😀 → {{ inputs.ulr }}'}}\n",
    "a tab between the tokens.json": '{"schema_version": "1.2.0",\t"id":\t"news", "nodes": [],\t"budgte": 1}\n',
    "lines that end in CR LF.yaml": (
        HEAD + "nodes:\n- id: x\n  type: tool\n  tool_name: save\n  tool_args: {text: a, mode: fresh}\n"
    ).replace("\n", "\r\n"),
    "a long line.yaml": HEAD
    + f"nodes:\n- {{id: x, type: tool, tool_name: save, tool_args: {{text: {LONG}, mode: fresh}}}}\n",
    "a text over several lines.yaml": HEAD
    + "nodes:\n- id: x\n  type: tool\n  tool_name: echo\n  tool_args:\n    prompt: |\n      Dear reader,\n"
    + "      this is {{ inputs.url }} and {{ inputs.ulr | upper }}\n",
    "a quote that is never closed.yaml": HEAD + 'nodes:\n- {id: x, type: tool, tool_name: "save}\n- {id: y}\n',
    "a comma too many.json": '{"schema_version": "1.2.0", "id": "news", "nodes": [],}\n',
    "several slips in one node.json": blueprint(
        {
            "id": "x y",
            "type": "tool",
            "tool": "save",
            "tool_args": {"text": "a"},
            "retry_policy": {"max_attempts": 0, "backoff_strategy": "random"},
            "timeout_seconds": "30",
        }
    ),
    "a condition without an order.yaml": HEAD
    + "nodes:\n"
    + FETCH
    + "- {id: x, type: tool, tool_name: echo, when: \"fetch.body > 3 or 'yes'\", dependencies: [fetch]}\n",
    "a list that was written without braces.yaml": HEAD
    + "nodes:\n- {id: x, type: tool, tool_name: echo, for_each: inputs.urls, max_items: 3}\n",
    "a tool where a workflow is said.yaml": HEAD + "nodes:\n- {id: x, type: workflow, tool_name: fetch}\n",
    "three names that nothing lists.json": blueprint(
        {"id": "a", "type": "agent", "package": "lost"}, tool("b", "fetsh", {}), tool("c", "fetsh", {})
    ),
}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """The usual components."""
    return registry_of(Path(tmp_path_factory.mktemp("registry")))


@pytest.mark.parametrize("name", TEXTS)
def test_what_a_person_reads_about(name: str, registry: Registry, snapshot: SnapshotAssertion) -> None:
    """The whole output: message, place, the line with its underline, expected and found, hints."""
    assert snapshot == printed(compiled(TEXTS[name], registry))


def test_the_same_fault_in_json_reads_the_same(registry: Registry, snapshot: SnapshotAssertion) -> None:
    """Line and column are those of the JSON text."""
    text = blueprint(tool("fetch", "fetch", {"url": "a"}), tool("rank", "rank", {"documents": "{{ fetch }}"}, "fetch"))

    assert snapshot == printed(compiled(text, registry, where="news.json"))


@pytest.mark.parametrize("name", ODD_TEXTS)
def test_what_a_person_reads_about_a_file_that_is_written_oddly(
    name: str, registry: Registry, snapshot: SnapshotAssertion
) -> None:
    """The underline stands under what is meant, whatever stands before it; one finding for each slip."""
    result = compiled(ODD_TEXTS[name], registry, where=name)
    text = printed(result)
    for number, manifest in enumerate(registry.manifests):
        text = text.replace(str(manifest.origin.label), f"plugins-{number}.json")

    assert snapshot == text
