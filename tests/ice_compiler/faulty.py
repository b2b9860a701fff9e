"""Faulty blueprints, each with the findings that it must give.

In each text `«` stands before the place of a finding and is taken out before compiling; the slugs are named in the
order of their places. A text that starts with a node (`- id:` or `{"id"`) is put into a sound blueprint around it.
"""

from typing import Final

from tests.ice_compiler.faulty_finer import FINER

HEAD: Final = """schema_version: "1.2.0"
id: news
inputs:
  type: object
  properties: {url: {type: string}, urls: {type: array, items: {type: string}}, deep: {type: boolean}}
nodes:
- {id: fetch, type: tool, tool_name: fetch, tool_args: {url: "{{ inputs.url }}"}}
- {id: rank, type: tool, tool_name: rank, tool_args: {documents: "{{ fetch.links }}"}, dependencies: [fetch]}
"""
JSON_HEAD: Final = """{
  "schema_version": "1.2.0",
  "blueprint_id": "news",
  "inputs": {"required": ["url"]},
  "nodes": [
    {"id": "fetch", "type": "tool", "tool_name": "fetch", "tool_args": {"url": "{{ inputs.url }}"}},
    """
JSON_TAIL: Final = "\n  ]\n}\n"

FAULTY: Final[dict[str, tuple[str, ...]]] = {
    **FINER,
    # nodes by themselves
    "- «just text": ("blueprint-invalid",),
    "- «{id: x}": ("blueprint-invalid",),
    "- «{id: x, tool_name: fetch}": ("blueprint-invalid",),
    "- {id: x, type: «llm}": ("node-type-unsupported",),
    "- {id: x, type: «code}": ("node-type-unsupported",),
    "- {id: x, type: «condition}": ("node-type-unsupported",),
    "- {id: x, type: «loop}": ("node-type-unsupported",),
    "- {id: x, type: «parallel}": ("node-type-unsupported",),
    "- {id: x, type: «recursive}": ("node-type-unsupported",),
    "- {id: x, type: «human}": ("node-type-unsupported",),
    "- {id: x, type: «monitor}": ("node-type-unsupported",),
    "- {id: x, type: «swarm}": ("node-type-unsupported",),
    "- {id: x, type: «tol}": ("node-type-unsupported",),
    "- {id: x, type: «3}": ("node-type-unsupported",),
    '«{"id": "x", "type": "tool"}': ("blueprint-invalid",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, «retries: 3}": ("blueprint-invalid",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, «agent_config: {}}": ("blueprint-invalid",),
    '{"id": "x", "type": "tool", "tool_name": "fetch", "tool_args": {"url": "a"}, «"timeout": 3}': (
        "blueprint-invalid",
    ),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, timeout_seconds: «-1}": ("blueprint-invalid",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: «[]}": ("blueprint-invalid",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, retry_policy: {max_attempts: «0}}": (
        "blueprint-invalid",
    ),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, retry_policy: {«attempts: 2}}": (
        "blueprint-invalid",
    ),
    "- {id: «1x, type: tool, tool_name: fetch, tool_args: {url: a}}": ("blueprint-invalid",),
    "- {id: «inputs, type: tool, tool_name: fetch, tool_args: {url: a}}": ("node-id-reserved",),
    "- {id: «or, type: tool, tool_name: fetch, tool_args: {url: a}}": ("node-id-reserved",),
    "- {id: «fetch, type: tool, tool_name: fetch, tool_args: {url: a}}": ("node-id-duplicate",),
    '{"id": «"fetch", "type": "tool", "tool_name": "fetch", "tool_args": {"url": "a"}}': ("node-id-duplicate",),
    "- {id: x, type: tool, tool_name: «CsvReader, tool_args: {}}": ("blueprint-invalid",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, version: «newest}": ("version-range-invalid",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, «max_items: 3}": ("blueprint-invalid",),
    '- {id: x, type: tool, tool_name: fetch, tool_args: {url: "{{ item }}"}, «for_each: "{{ inputs.urls }}"}': (
        "for-each-unbounded",
    ),
    '- {id: x, type: tool, tool_name: fetch, tool_args: {url: "{{ item }}"}, for_each: «[a, b, c], max_items: 2}': (
        "blueprint-invalid",
    ),
    '{"id": "x", "type": "tool", "tool_name": "fetch", "input_mappings": {"url": «"fetch"}}': (
        "blueprint-invalid",
        "argument-missing",
    ),
    # components
    "- {id: x, type: tool, tool_name: «ftech, tool_args: {url: a}}": ("component-unknown",),
    "- {id: x, type: agent, package: «fetch}": ("component-unknown",),
    '{"id": "x", "type": "workflow", "workflow_ref": «"daily"}': ("component-unknown",),
    "- {id: x, type: tool, tool_name: fetch, version: «'>=2', tool_args: {url: a}}": ("component-version-unknown",),
    "- {id: x, type: tool, tool_name: «old_fetch, tool_args: {url: a}}": ("component-deprecated",),
    # arguments
    "- «{id: x, type: tool, tool_name: fetch}": ("argument-missing",),
    "- {id: x, type: tool, tool_name: fetch, «tool_args: {}}": ("argument-missing",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a, «tiemout: 3}}": ("argument-unknown",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: «3}}": ("argument-invalid",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a, timeout: «61}}": ("argument-invalid",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url:« }}": ("argument-invalid",),
    "- {id: x, type: tool, tool_name: save, tool_args: {text: a, mode: «fresh}}": ("argument-invalid",),
    "- {id: x, type: tool, tool_name: save, tool_args: {text: a, tags: [a, «1, b]}}": ("argument-invalid",),
    "- {id: x, type: tool, tool_name: save, tool_args: {text: a, options: {deep: «1}}}": ("argument-invalid",),
    '- {id: x, type: tool, tool_name: save, tool_args: {text: a, options: {«deeep: "{{ inputs.deep }}"}}}': (
        "argument-unknown",
    ),
    '{"id": "x", "type": "tool", "tool_name": "save", "tool_args": {"text": «["{{ inputs.url }}"]}}': (
        "argument-invalid",
    ),
    '{"id": "x", "type": "tool", "tool_name": "save", "tool_args": {"text": «{"a": "{{ inputs.url }}"}}}': (
        "argument-invalid",
    ),
    # references
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «nobody.x }}"}}': ("reference-unknown",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «url }}"}}': ("reference-unknown",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «item.x }}"}}': ("reference-unknown",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «fetch.body }}"}}': ("reference-unlisted",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «x.y }}"}}': ("reference-unlisted",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «inputs.ulr }}"}}': ("input-undeclared",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «inputs.zzz or 1 }}"}}': ("input-undeclared",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «fetch.bdy }}"}, dependencies: [fetch]}': (
        "reference-path-unknown",
    ),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «fetch.body.x }}"}, dependencies: [fetch]}': (
        "reference-path-unknown",
    ),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «fetch.links.first }}"}, dependencies: [fetch]}': (
        "reference-path-unknown",
    ),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «fetch[0] }}"}, dependencies: [fetch]}': (
        "reference-path-unknown",
    ),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «fetch.meta.next.wrods }}"}, dependencies: [fetch]}': (
        "reference-path-unknown",
    ),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "t {{ inputs.url «| upper }}"}}': ("reference-syntax",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: ["{{ fetch«() }}"]}}': ("reference-syntax",),
    '{"id": "x", "type": "tool", "tool_name": "echo", "tool_args": {"a": "«{{ inputs.url"}}': ("reference-syntax",),
    '{"id": "x", "type": "tool", "tool_name": "echo", "tool_args": {"\\u0061": "\\n{{ «inputs.ulr }}"}}': (
        "input-undeclared",
    ),
    "- id: x\n  type: tool\n  tool_name: echo\n  tool_args:\n    a: |\n      hello\n      {{ «inputs.ulr }}\n": (
        "input-undeclared",
    ),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ inputs.url }} {{ «inputs.ulr }} {{ «inputs.ulr }}"}}': (
        "input-undeclared",
        "input-undeclared",
    ),
    # edges
    '- {id: x, type: tool, tool_name: rank, tool_args: {documents: "{{ «fetch }}"}, dependencies: [fetch]}': (
        "edge-type-mismatch",
    ),
    '- {id: x, type: tool, tool_name: rank, tool_args: {documents: "{{ «fetch.body }}"}, dependencies: [fetch]}': (
        "edge-type-mismatch",
    ),
    '- {id: x, type: tool, tool_name: save, tool_args: {text: "{{ «fetch.title }}"}, dependencies: [fetch]}': (
        "edge-type-mismatch",
    ),
    '- {id: x, type: tool, tool_name: save, tool_args: {text: «"{{ fetch.title or 3 }}"}, dependencies: [fetch]}': (
        "edge-type-mismatch",
    ),
    '- {id: x, type: tool, tool_name: rank, tool_args: {documents: «"a {{ fetch.body }}"}, dependencies: [fetch]}': (
        "edge-type-mismatch",
    ),
    '- {id: x, type: tool, tool_name: rank, tool_args: {documents: ["{{ «fetch.status }}"]}, dependencies: [fetch]}': (
        "edge-type-mismatch",
    ),
    '- {id: x, type: tool, tool_name: save, tool_args: {text: a, options: {deep: "{{ «inputs.url }}"}}}': (
        "edge-type-mismatch",
    ),
    '- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, for_each: "{{ «inputs.url }}", max_items: 2}': (
        "edge-type-mismatch",
    ),
    '- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, for_each: «"a {{ inputs.url }}", max_items: 2}': (
        "edge-type-mismatch",
    ),
    '- {id: x, type: tool, tool_name: fetch, tool_args: {url: a, timeout: "{{ «item }}"},'
    " for_each: [a], max_items: 1}": ("edge-type-mismatch",),
    '{"id": "x", "type": "tool", "tool_name": "rank", "dependencies": ["fetch"], "input_mappings":'
    ' {"documents": «{"source_node_id": "fetch", "source_output_key": "body"}}}': ("edge-type-mismatch",),
    # conditions
    "- {id: x, type: tool, tool_name: echo, when: «inputs.url}": ("condition-type",),
    '- {id: x, type: tool, tool_name: echo, when: "inputs.url «= 3"}': ("reference-syntax",),
    '- {id: x, type: tool, tool_name: echo, when: "not «inputs.ulr"}': ("input-undeclared",),
    '{"id": "x", "type": "tool", "tool_name": "echo", "when": "«fetch.status > 3"}': ("reference-unlisted",),
    # dependencies
    "- {id: x, type: tool, tool_name: echo, dependencies: [fetch, «fetsh]}": ("dependency-unknown",),
    "- {id: x, type: tool, tool_name: echo, dependencies: [«x]}": ("dependency-cycle",),
    "- {id: x, type: tool, tool_name: echo, dependencies: [«y]}\n"
    "- {id: y, type: tool, tool_name: echo, dependencies: [z]}\n"
    "- {id: z, type: tool, tool_name: echo, dependencies: [x]}": ("dependency-cycle",),
    "- {id: x, type: tool, tool_name: echo, dependencies: [«y]}\n"
    "- {id: y, type: tool, tool_name: echo, dependencies: [x]}\n"
    "- {id: v, type: tool, tool_name: echo, dependencies: [x, «w]}\n"
    "- {id: w, type: tool, tool_name: echo, dependencies: [v]}": ("dependency-cycle", "dependency-cycle"),
    # nothing is said twice
    '- {id: x, type: «llm}\n- {id: y, type: tool, tool_name: rank, tool_args: {documents: "{{ x.text.a }}"},'
    " dependencies: [x]}": ("node-type-unsupported",),
    "- {id: x, type: tool, tool_name: «nowhere}\n- {id: y, type: tool, tool_name: rank, tool_args: {documents:"
    ' "{{ x.text.a }}"}, dependencies: [x]}': ("component-unknown",),
    '- {id: x, type: tool, tool_name: rank, tool_args: {documents: "{{ «fetch.bdy }}"}, dependencies: [fetch]}': (
        "reference-path-unknown",
    ),
    # the root
    'schema_version: "1.2.0"\nid: x\nnodes: []\n«steps: []\n': ("blueprint-invalid",),
    'schema_version: «"1.1.0"\nid: x\nnodes: []\n': ("blueprint-invalid",),
    'schema_version: "1.2.0"\nid: «"a b"\nnodes: []\n': ("blueprint-invalid",),
    '«schema_version: "1.2.0"\nid: x\n': ("blueprint-invalid",),
    'schema_version: "1.2.0"\nid: x\nnodes: «{}\n': ("blueprint-invalid",),
    'schema_version: "1.2.0"\nid: x\nnodes: []\nbudget: «-1\n': ("blueprint-invalid",),
    'schema_version: "1.2.0"\nid: x\nnodes: []\nbudget: «"1"\n': ("blueprint-invalid",),
    'schema_version: "1.2.0"\nid: x\nnodes: []\ninputs: «{type: nothing}\n': ("schema-invalid",),
    'schema_version: "1.2.0"\nid: x\nnodes: []\ninputs: {type: object, properties: «3}\n': ("schema-invalid",),
    'schema_version: "1.2.0"\nid: x\n«blueprint_id: y\nnodes: []\n': ("blueprint-invalid",),
    'schema_version: "1.2.0"\nid: x\nnodes: []\noutputs: {a: "{{ «nobody }}"}\n': ("reference-unknown",),
    'schema_version: "1.2.0"\nid: x\nnodes: []\noutputs: {a: "{{ «inputs.x }}"}\n': ("input-undeclared",),
    # the file
    'schema_version: "1.2.0"\n«schema_version: "1.2.0"\n': ("json-duplicate-member",),
    "id: «&a x\n": ("yaml-construct",),
    "id: «*a\n": ("yaml-construct",),
    "id: «!!python/name:os.system x\n": ("yaml-construct",),
    "id: x\n«---\nid: y\n": ("yaml-construct",),
    "id: x\nmetadata: {«on: «yes, b: «012}\n": ("yaml-ambiguous",) * 3,
    "id: x\nmetadata: {a: «yes}\n": ("yaml-ambiguous",),
    "id: x\nmetadata: {a: «2026-01-01}\n": ("yaml-ambiguous",),
    "id: x\nmetadata: {a: «1e999}\n": ("json-number-out-of-range",),
    "id: x«: y\n": ("yaml-syntax",),
    "«- a\n": ("json-root-not-object",),
    '{ "id": "x"«]': ("json-syntax",),
    '{ "id": "x",\n  "nodes": [{"a": {"b": 1}, «"a": {"b": 2}}]}': ("json-duplicate-member",),
    '{ "id": "x", "\\u0061": 1, «"a": 2}': ("json-duplicate-member",),
    '{ "1e999": "1e999", "budget": «1e999}': ("json-number-out-of-range",),
    '{ "budget": «NaN}': ("json-number-out-of-range",),
    '{ "budget": [«9007199254740993]}': ("json-number-out-of-range",),
}


def whole(text: str) -> tuple[str, str]:
    """The name of the file and its text, with the marks still in it."""
    if text.startswith(("- ", "-\t")):
        return "news.yaml", HEAD + text
    if text.lstrip("«").startswith("{ "):
        return "news.json", text
    if text.startswith(("{«", "«{", '{"id": "x", ', '{"id": «')):
        return "news.json", JSON_HEAD + text + JSON_TAIL
    return "news.yaml", text


def places(text: str) -> list[tuple[int, int]]:
    """Line and column of each mark, once the marks are taken out."""
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        parts = line.split("«")
        column = 1
        for part in parts[:-1]:
            column += len(part)
            found.append((number, column))
    return found
