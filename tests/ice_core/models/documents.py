"""Whole documents that the model tests start from, each with every member."""

import copy
import json

from ice_core.strict_json import JsonObject, JsonValue, parse_json

# The mission's own example, its comments removed.
MISSION_EXAMPLE = """
{
  "schema_version": "plugins.v0",
  "created": "2025-08-01T12:34:00Z",
  "components": [
    {
      "node_type": "tool",
      "name": "csv_reader",
      "import": "my_pkg.csv:CsvReader",
      "version": "1.2.3",
      "iceos_min": "1.0.0",
      "schema": {
        "input": { "$ref": "#/schemas/CsvReaderInput" },
        "output": { "$ref": "#/schemas/CsvReaderOutput" }
      },
      "cost_estimate": {
        "base": 0.0001,
        "per_token": 0.0
      },
      "tags": ["csv", "io"],
      "description": "Fast CSV parsing with streaming support",
      "deprecated": {
        "since": "2.0.0",
        "replacement": "parquet_reader"
      }
    }
  ],
  "signature": {
    "algo": "ed25519",
    "value": "base64-signature…",
    "public_key_id": "iceos-root-2025"
  }
}
"""


def full_manifest() -> JsonObject:
    """A manifest that has every member of `plugins.v0`."""
    return {
        "$schema": "plugins.v0.schema.json",
        "schema_version": "plugins.v0",
        "created": "2025-08-01T12:34:00Z",
        "package": {"name": "acme-csv", "version": "1.2.3"},
        "license": "MIT",
        "schemas": {"Rows": {"type": "array"}},
        "components": [
            {
                "node_type": "tool",
                "name": "csv_reader",
                "import": "acme_csv.reading:CsvReader",
                "version": "1.2.3",
                "iceos_min": "1.0.0",
                "schema": {"input": {"type": "object"}, "output": {"$ref": "#/schemas/Rows"}},
                "cost_estimate": {"base": 0.0001, "per_token": 2e-07, "currency": "USD"},
                "max_tokens": 1000,
                "tags": ["csv", "io"],
                "description": "Reads CSV; “quoted” fields, naïve or not",
                "examples": [{"input": {"path": "a.csv"}, "output": [1, None]}],
                "permissions": {
                    "network": ["api.example.com"],
                    "filesystem": ["data/"],
                    "subprocess": False,
                    "environment": ["API_KEY"],
                    "tools": ["tool:html_fetch"],
                },
                "deprecated": {"since": "2.0.0", "replacement": "parquet_reader"},
            },
            {
                "node_type": "workflow",
                "name": "daily_report",
                "import": "acme_csv.flows:daily_report",
                "version": "0.1.0",
                "schema": {"input": {"type": "object"}, "output": {"type": "object"}},
                "blueprint": {"schema_version": "1.2.0", "id": "daily_report", "nodes": []},
            },
        ],
        "signature": {"algo": "ed25519", "value": "A" * 86 + "==", "public_key_id": "acme-2025"},
    }


def full_blueprint() -> JsonObject:
    """A normalised blueprint that has every member of schema version 1.2.0."""
    return {
        "schema_version": "1.2.0",
        "id": "library.ask",
        "metadata": {"draft_name": "Ask my library"},
        "inputs": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
        "nodes": [
            {
                "id": "search",
                "type": "tool",
                "tool_name": "memory_search_tool",
                "tool_args": {"query": "{{ inputs.query }}", "limit": 5},
                "dependencies": [],
                "version": ">=1.2,<2",
                "when": "inputs.query != ''",
                "for_each": "{{ inputs.queries }}",
                "max_items": 10,
                "max_tokens": 100,
                "timeout_seconds": 30,
                "retry_policy": {"max_attempts": 3, "backoff_strategy": "exponential", "backoff_seconds": 1.0},
            },
            {
                "id": "answer",
                "type": "agent",
                "package": "qa_agent",
                "agent_config": {"docs": "{{ search.results }}"},
                "dependencies": ["search"],
            },
            {
                "id": "save",
                "type": "workflow",
                "workflow_ref": "store_answer",
                "config_overrides": {"text": "{{ answer.text }}"},
                "dependencies": ["answer"],
            },
        ],
        "outputs": {"text": "{{ answer.text }}"},
        "budget": 0.5,
    }


DIGEST = "sha256:" + "ab" * 32
COST: JsonObject = {"minimum": "0", "expected": "0.0042", "maximum": "12"}


def full_plan() -> JsonObject:
    """A plan that has every member of `plan.v0`, with a workflow node's body inside."""
    plan: JsonObject = {
        "schema_version": "plan.v0",
        "blueprint_id": "library.ask",
        "blueprint_digest": DIGEST,
        "lock_digest": DIGEST,
        "body": {
            "inputs": {"type": "object"},
            "nodes": [_planned_read(), _planned_flow()],
            "outputs": {"a": "{{ read.rows }}"},
        },
        "components": {
            "tool:csv_reader": _planned_component(),
            "workflow:daily_report": {**_planned_component(), "id": "workflow:daily_report"},
        },
        "packages": {
            "acme-csv": {
                "name": "acme-csv",
                "version": "1.2.3",
                "manifest_digest": DIGEST,
                "wheels": [{"filename": "acme_csv-1.2.3-py3-none-any.whl", "digest": DIGEST}],
                "status": "signed",
                "signer": "acme-2025",
            }
        },
        "cost": COST,
        "assumptions": ["`per_token` is counted with `max_tokens`"],
    }
    # Nothing shared, so that a change to one node is a change to that node only.
    return parse_json(json.dumps(plan).encode(), where="plan")


def _planned_read() -> JsonObject:
    return {
        "id": "read",
        "component": "tool:csv_reader",
        "arguments": {"path": "{{ inputs.path }}"},
        "dependencies": [],
        "when": "inputs.path != ''",
        "for_each": [1, 2],
        "max_items": 2,
        "max_tokens": 10,
        "timeout_seconds": 1.5,
        "retry_policy": {"max_attempts": 2, "backoff_strategy": "fixed", "backoff_seconds": 0.5},
        "cost": COST,
    }


def _planned_flow() -> JsonObject:
    return {
        "id": "flow",
        "component": "workflow:daily_report",
        "arguments": {},
        "dependencies": ["read"],
        "retry_policy": {"max_attempts": 1, "backoff_strategy": "fixed", "backoff_seconds": 0.0},
        "cost": COST,
        "body": {"inputs": {"type": "object"}, "nodes": [_planned_read()], "outputs": {}, "budget": "1.5"},
    }


def _planned_component() -> JsonObject:
    return {
        "id": "tool:csv_reader",
        "version": "1.2.3",
        "digest": DIGEST,
        "package": "acme-csv",
        "import_target": "acme_csv.reading:CsvReader",
        "input_schema": {"type": "object"},
        "output_schema": {"type": "array"},
        "permissions": {
            "network": [],
            "filesystem": [],
            "subprocess": False,
            "environment": [],
            "tools": ["tool:html_fetch"],
        },
        "cost": {"base": "0.0001", "per_token": "0", "max_tokens": 1000},
    }


def changed(document: JsonObject, path: str, value: JsonValue) -> JsonObject:
    """A copy of `document` with the member at `path` (`components.0.name`) set to `value`."""
    copied = copy.deepcopy(document)
    *steps, last = path.split(".")
    within: JsonValue = copied
    for step in steps:
        within = within[int(step)] if isinstance(within, list) else _member(within, step)
    if isinstance(within, list):
        within[int(last)] = value
    elif isinstance(within, dict):
        within[last] = value
    return copied


def without(document: JsonObject, path: str) -> JsonObject:
    """A copy of `document` without the member at `path`."""
    copied = changed(document, path, None)
    *steps, last = path.split(".")
    within: JsonValue = copied
    for step in steps:
        within = within[int(step)] if isinstance(within, list) else _member(within, step)
    if isinstance(within, dict):
        del within[last]
    return copied


def bracketed(path: str) -> str:
    """`components.0.name` as errors write it: `components[0].name`."""
    text = ""
    for step in path.split("."):
        text += f"[{step}]" if step.isdigit() else f".{step}" if text else step
    return text


def paths(value: JsonValue, *, prefix: str = "") -> list[str]:
    """The path of every member and item of `value`, at any depth."""
    pairs: list[tuple[str, JsonValue]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = [(str(index), item) for index, item in enumerate(value)]
    found = []
    for step, inner in pairs:
        path = f"{prefix}.{step}" if prefix else step
        found += [path, *paths(inner, prefix=path)]
    return found


def _member(within: JsonValue, step: str) -> JsonValue:
    assert isinstance(within, dict)
    return within[step]
