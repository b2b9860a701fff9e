"""Faulty blueprints of a finer kind, in the form of `faulty.py`: slips that people make.

Each was read as a person reads it: one finding for one root, at the place where it is mended.
"""

from typing import Final

FINER: Final[dict[str, tuple[str, ...]]] = {
    # nodes: their members, arguments, references, conditions and lists
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, dependencies: «fetch}": ("blueprint-invalid",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, dependencies: [«3]}": ("blueprint-invalid",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, «depends_on: [fetch]}": ("blueprint-invalid",),
    "- {id: x, type: tool, tool_name: fetch, «with: {url: a}}": ("blueprint-invalid",),
    "- {id: x, type: tool, «uses: fetch, tool_args: {url: a}}": ("blueprint-invalid",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, when: «true}": ("blueprint-invalid",),
    '- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, when: «""}': ("reference-syntax",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, for_each: «{a: b}, max_items: 2}": (
        "blueprint-invalid",
    ),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, for_each: [a], max_items: «0}": (
        "blueprint-invalid",
    ),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, for_each: [a], max_items: «100001}": (
        "blueprint-invalid",
    ),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, max_tokens: «1.5}": ("blueprint-invalid",),
    '- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, max_tokens: «"5"}': ("blueprint-invalid",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, retry_policy: «3}": ("blueprint-invalid",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, retry_policy: {backoff_strategy: «random}}": (
        "blueprint-invalid",
    ),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, retry_policy: {max_attempts: «101}}": (
        "blueprint-invalid",
    ),
    '- {id: «"", type: tool, tool_name: fetch, tool_args: {url: a}}': ("blueprint-invalid",),
    '- {id: «"a b", type: tool, tool_name: fetch, tool_args: {url: a}}': ("blueprint-invalid",),
    '- {id: «"ä", type: tool, tool_name: fetch, tool_args: {url: a}}': ("blueprint-invalid",),
    "- «{type: tool, tool_name: fetch, tool_args: {url: a}}": ("blueprint-invalid",),
    "- {id: «7, type: tool, tool_name: fetch, tool_args: {url: a}}": ("blueprint-invalid",),
    "- {id: «item, type: tool, tool_name: fetch, tool_args: {url: a}}": ("node-id-reserved",),
    "- {id: x, type: tool, tool_name: «tool:fetch, tool_args: {url: a}}": ("blueprint-invalid",),
    "- {id: x, type: tool, tool_name: «acme/fetch, tool_args: {url: a}}": ("blueprint-invalid",),
    "- {id: x, type: «Tool, tool_name: fetch, tool_args: {url: a}}": ("node-type-unsupported",),
    "- {id: x, type: «null, tool_name: fetch}": ("node-type-unsupported",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, version: «1.0}": ("blueprint-invalid",),
    '- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, version: «">=1,<1"}': ("component-version-unknown",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a}, timeout_seconds: «1e9}": ("blueprint-invalid",),
    "- «null": ("blueprint-invalid",),
    "- «[]": ("blueprint-invalid",),
    "- {id: x, type: workflow, «tool_name: fetch, config_overrides: {}}": ("blueprint-invalid",),
    '{"id": "x", "type": "agent", "package": "writer", "agent_config": {"notes": «"a", "model": "b"}}': (
        "argument-invalid",
    ),
    '{"id": "x", "type": "agent", "package": "writer", "agent_config": {"notes": ["{{ inputs.url'
    ' }}"], "model": "b", «"tempreature": 1}}': ("argument-unknown",),
    '- {id: x, type: tool, tool_name: save, tool_args: {text: "{{ inputs.url }}", options: "{{ «inputs.url }}"}}': (
        "edge-type-mismatch",
    ),
    '- {id: x, type: tool, tool_name: save, tool_args: {text: «["a", "{{ inputs.url }}"]}}': ("argument-invalid",),
    "- {id: x, type: tool, tool_name: save, tool_args: {text: «null}}": ("argument-invalid",),
    '- {id: x, type: tool, tool_name: save, tool_args: {text: "", tags: «{a: 1}}}': ("argument-invalid",),
    "- {id: x, type: tool, tool_name: save, tool_args: {text: a, options: «{}}}": ("argument-invalid",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a, timeout: «0, headers: «[]}}": (
        "argument-invalid",
        "argument-invalid",
    ),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {url: a, timeout: «1.5}}": ("argument-invalid",),
    "- {id: x, type: tool, tool_name: fetch, tool_args: {«URL: a}}": ("argument-unknown",),
    '- {id: x, type: tool, tool_name: rank, tool_args: {documents: ["{{ «fetch.links }}"]}, dependencies: [fetch]}': (
        "edge-type-mismatch",
    ),
    '- {id: x, type: tool, tool_name: rank, tool_args: {documents: "{{ «fetch.links[0] }}"}, dependencies: [fetch]}': (
        "edge-type-mismatch",
    ),
    '- {id: x, type: tool, tool_name: rank, tool_args: {documents: "{{ inputs.urls }}", limit:'
    ' "{{ «inputs.urls }}"}}': ("edge-type-mismatch",),
    '- {id: x, type: tool, tool_name: rank, tool_args: {documents: "{{ inputs.urls }}", limit:'
    ' «"{{ fetch.status }} items"}, dependencies: [fetch]}': ("edge-type-mismatch",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «}}"}}': ("reference-syntax",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ inputs. «}}"}}': ("reference-syntax",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ inputs.url or «}}"}}': ("reference-syntax",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ inputs.url «+ 1 }}"}}': ("reference-syntax",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ inputs[«url] }}"}}': ("reference-syntax",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ inputs.urls[«-1] }}"}}': ("reference-syntax",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ inputs.url «}"}}': ("reference-syntax",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «inputs.__class__ }}"}}': ("input-undeclared",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{% if x %}{{ «inputs.ulr }}{% endif %}"}}': (
        "input-undeclared",
    ),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «Inputs.url }}"}}': ("reference-unknown",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «index }}"}}': ("reference-unknown",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «fetch.links[0].x }}"}, dependencies: [fetch]}': (
        "reference-path-unknown",
    ),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "{{ «fetch.meta.words.x }}"}, dependencies: [fetch]}': (
        "reference-path-unknown",
    ),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "ünï → {{ «inputs.ulr }}"}}': ("input-undeclared",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {a: "\\t{{ «inputs.ulr }}"}}': ("input-undeclared",),
    '- {id: x, type: tool, tool_name: echo, tool_args: {"ключ": ["😀", {"b": "{{ «inputs.ulr }}"}]}}': (
        "input-undeclared",
    ),
    '{"id": "x", "type": "tool", "tool_name": "echo", "tool_args": {"a": "\\ud83d\\ude00 {{ «inputs.ulr }}"}}': (
        "input-undeclared",
    ),
    '{"id": "x", "type": "tool",\t"tool_name": "echo", "tool_args":\t{"a":\t"{{ «inputs.ulr }}"}}': (
        "input-undeclared",
    ),
    "- id: x\n  type: tool\n  tool_name: echo\n  tool_args:\n    a: >-\n      folded\n      text {{"
    " «inputs.ulr }}\n      and {{ inputs.url }}\n": ("input-undeclared",),
    "- id: x\n  type: tool\n  tool_name: echo\n  tool_args:\n    a: plain words {{ «inputs.ulr }}\n": (
        "input-undeclared",
    ),
    "- {id: x, type: tool, tool_name: echo, tool_args: {a: 'it''s {{ «inputs.ulr }}'}}": ("input-undeclared",),
    '- {id: x, type: tool, tool_name: echo, when: «"inputs.url =="}': ("reference-syntax",),
    '- {id: x, type: tool, tool_name: echo, when: «"(inputs.deep"}': ("reference-syntax",),
    '- {id: x, type: tool, tool_name: echo, when: "inputs.deep «&& inputs.url"}': ("reference-syntax",),
    '- {id: x, type: tool, tool_name: echo, when: "«item == 3"}': ("reference-unknown",),
    '- {id: x, type: tool, tool_name: echo, when: "{{ inputs.deep }} «and {{ inputs.url }}"}': ("reference-syntax",),
    '- {id: x, type: tool, tool_name: echo, when: "«inputs.urls"}': ("condition-type",),
    '- {id: x, type: tool, tool_name: echo, when: "«3"}': ("condition-type",),
    "- {id: x, type: tool, tool_name: echo, when: \"«'yes'\"}": ("condition-type",),
    '- {id: x, type: tool, tool_name: echo, when: "«inputs.url > 3"}': ("condition-type",),
    '- {id: x, type: tool, tool_name: fetch, tool_args: {url: "{{ «item.href }}"}, for_each: "{{'
    ' fetch.links }}", max_items: 3, dependencies: [fetch]}': ("reference-path-unknown",),
    '- {id: x, type: tool, tool_name: fetch, tool_args: {url: "{{ item }}"}, for_each: "{{'
    ' «fetch.status }}", max_items: 3, dependencies: [fetch]}': ("edge-type-mismatch",),
    '- {id: x, type: tool, tool_name: fetch, tool_args: {url: "{{ «index }}"}, for_each: "{{'
    ' inputs.urls }}", max_items: 3}': ("edge-type-mismatch",),
    '- {id: x, type: tool, tool_name: fetch, tool_args: {url: "{{ item }}"}, for_each: «"inputs.urls", max_items: 3}': (
        "edge-type-mismatch",
    ),
    '- {id: x, type: tool, tool_name: fetch, tool_args: {url: "{{ «item }}"}, for_each: [1, 2], max_items: 3}': (
        "edge-type-mismatch",
    ),
    '- {id: x, type: tool, tool_name: fetch, tool_args: {url: "{{ item }}"}, for_each: "{{'
    ' «fetch.links }}", max_items: 3}': ("reference-unlisted",),
    '- {id: x, type: tool, tool_name: fetch, tool_args: {url: "{{ item }}"}, for_each: "{{'
    ' inputs.urls }}", max_items: 3}\n- {id: y, type: tool, tool_name: save, tool_args: {text:'
    ' "{{ «x.body }}"}, dependencies: [x]}': ("reference-path-unknown",),
    "- {id: x, type: tool, tool_name: echo, dependencies: [«inputs]}": ("dependency-unknown",),
    '- {id: x, type: tool, tool_name: echo, dependencies: [fetch, «""]}': ("blueprint-invalid",),
    # the root
    'schema_version: "1.2.0"\nid: x\nnodes: []\ninputs: «[]\n': ("blueprint-invalid",),
    'schema_version: "1.2.0"\nid: x\nnodes: []\nmetadata: «3\n': ("blueprint-invalid",),
    'schema_version: "1.2.0"\nid: x\nnodes: []\noutputs: «[]\n': ("blueprint-invalid",),
    "schema_version: «1.2\nid: x\nnodes: []\n": ("blueprint-invalid",),
    'schema_version: "1.2.0"\nid: «3\nnodes: []\n': ("blueprint-invalid",),
    'schema_version: "1.2.0"\nid: x\nnodes: «null\n': ("blueprint-invalid",),
    'schema_version: "1.2.0"\nid: x\n«node: []\nnodes: []\n': ("blueprint-invalid",),
    'schema_version: "1.2.0"\nid: x\nnodes: []\nbudget: «1e999\n': ("json-number-out-of-range",),
    'schema_version: "1.2.0"\nid: x\nnodes: []\ninputs: {required: [a], optional: [a]}\noutputs: {x:'
    ' "{{ «inputs.b }}"}\n': ("input-undeclared",),
    'schema_version: "1.2.0"\nid: x\nnodes: []\ninputs: «{type: string}\n': ("schema-invalid",),
    'schema_version: "1.2.0"\nid: x\nnodes: []\ninputs: {type: object, properties: {a: {$ref: «"http://x/y"}}}\n': (
        "schema-invalid",
    ),
    'schema_version: "1.2.0"\nid: x\nnodes: []\ninputs: «{type: object, properties: {a: {pattern: "(?=a)"}}}\n': (
        "schema-invalid",
    ),
    'schema_version: "1.2.0"\nid: x\nnodes: []\noutputs: {"{{ inputs.a }}": 1, b: "«{{ inputs.a"}\n': (
        "reference-syntax",
    ),
    'id: x\r\nnodes: []\r\n«steps: []\r\nschema_version: "1.2.0"\r\n': ("blueprint-invalid",),
    'schema_version: "1.2.0"\nid: x\nnodes: []\n'
    "inputs: «{type: object, properties: {a: {}}, required: [b], additionalProperties: false}\n": ("schema-invalid",),
    # the file
    "«id: x\nnodes: []\n": ("blueprint-invalid",),
    "«": ("json-root-not-object",),
    "«# only a comment\n": ("json-root-not-object",),
    "«{ }": ("blueprint-invalid", "blueprint-invalid", "blueprint-invalid"),
    '{ "id": "x", «}': ("json-syntax",),
    "{ «'id': 1}": ("json-syntax",),
    '{ "id": "x"} «trailing': ("json-syntax",),
    '{ "a": 0«1}': ("json-syntax",),
    '{ "a": "«\\ud800"}': ("json-lone-surrogate",),
    '{ "a": "tab«\there"}': ("json-syntax",),
    'id: «"\\ud800"\n': ("json-lone-surrogate",),
    "id: x\n«\tnodes: []\n": ("yaml-syntax",),
    "id: x\n nodes«: []\n": ("yaml-syntax",),
    "«%YAML 1.1\n---\nid: x\n": ("yaml-construct",),
    "id: x\nmetadata: {«<<: {a: 1}}\n": ("yaml-ambiguous",),
    "id: x\nmetadata: {? «[a] : 1}\n": ("yaml-construct",),
    "id: x\nmetadata: {a: «0x1F}\n": ("yaml-ambiguous",),
    "id: x\nmetadata: {a: «012}\n": ("yaml-ambiguous",),
    "id: x\nmetadata: {a: «1_000}\n": ("yaml-ambiguous",),
    "id: x\nmetadata: {a: «~}\n": ("yaml-ambiguous",),
    "id: x\nmetadata: {a: «.5}\n": ("yaml-ambiguous",),
    "id: x\nmetadata: {a: «9007199254740993}\n": ("json-number-out-of-range",),
    "id: x\nmetadata: {a: 1, «a: 2}\n": ("json-duplicate-member",),
    'id: «"x\nnodes: []\n': ("yaml-syntax",),
    "id: x\nnodes: «[\n": ("yaml-syntax",),
    "id: «@x\n": ("yaml-syntax",),
    'id: x\nmetadata: {a: "«\x00"}\n': ("yaml-syntax",),
    "id: x\nmetadata: {a: «\x07}\n": ("yaml-syntax",),
}
