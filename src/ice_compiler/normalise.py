"""The other spellings that iceOS blueprints have, turned into the one form that the model knows.

`blueprint_id` is `id`; `inputs: {required: [...], optional: [...]}` is an object schema; a node's `input_mappings`
`{name: {source_node_id, source_output_key}}` are references among its arguments. What came from where is kept, so that
findings point at what was written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ice_compiler.findings import Findings
from ice_core.document import PathSteps
from ice_core.reference_syntax import step_text
from ice_core.strict_json import JsonObject, JsonValue

ARGUMENTS: Final[Mapping[str, str]] = {"tool": "tool_args", "agent": "agent_config", "workflow": "config_overrides"}
_MAPPING = frozenset(("source_node_id", "source_output_key"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Normalised:
    """A value in the one form; `moved` leads from its paths to where the same thing was written."""

    value: JsonObject
    moved: dict[PathSteps, PathSteps]


def normalise(value: JsonObject, findings: Findings) -> Normalised:
    """`value` in the one form; a spelling that cannot be read as meant is a finding and is left out."""
    moved: dict[PathSteps, PathSteps] = {}
    root = dict(value)
    if "blueprint_id" in root:
        _rename_id(root, moved, findings)
    inputs = root.get("inputs")
    if isinstance(inputs, dict):
        root["inputs"] = _inputs(inputs, moved)
    nodes = root.get("nodes")
    if isinstance(nodes, list):
        root["nodes"] = [_node(node, index, moved, findings) for index, node in enumerate(nodes)]
    return Normalised(value=root, moved=moved)


def _rename_id(root: JsonObject, moved: dict[PathSteps, PathSteps], findings: Findings) -> None:
    identity = root.pop("blueprint_id")
    if root.setdefault("id", identity) != identity:
        findings.add(
            "blueprint-invalid",
            "`id` and `blueprint_id` are two names of one member, and they differ",
            ("blueprint_id",),
            key=True,
            expected=str(root["id"]),
            found=str(identity),
            hints=("Keep `id`",),
        )
    elif root["id"] is identity:
        moved[("id",)] = ("blueprint_id",)


def _inputs(inputs: JsonObject, moved: dict[PathSteps, PathSteps]) -> JsonObject:
    short = bool(inputs) and inputs.keys() <= {"required", "optional"}
    if not short or not all(_is_names(names) for names in inputs.values()):
        return inputs if "type" in inputs else {"type": "object", **inputs}
    properties: JsonObject = {}
    for word, names in inputs.items():
        for index, name in enumerate(names if isinstance(names, list) else ()):
            properties[str(name)] = {}
            moved[("inputs", "properties", str(name))] = ("inputs", word, index)
    required = inputs.get("required", [])
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _is_names(value: JsonValue) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _node(node: JsonValue, index: int, moved: dict[PathSteps, PathSteps], findings: Findings) -> JsonValue:
    member = ARGUMENTS.get(str(node.get("type"))) if isinstance(node, dict) else None
    if not isinstance(node, dict) or member is None or "input_mappings" not in node:
        return node
    copy = dict(node)
    mappings = copy.pop("input_mappings")
    arguments = copy.get(member, {})
    if not isinstance(mappings, dict) or not isinstance(arguments, dict):
        if not isinstance(mappings, dict):
            _refuse_mapping(("nodes", index, "input_mappings"), findings)
        return copy
    arguments = dict(arguments)
    for name, mapping in mappings.items():
        written: PathSteps = ("nodes", index, "input_mappings", name)
        reference = _reference(mapping)
        if reference is None:
            _refuse_mapping(written, findings)
        elif name in arguments:
            findings.add(
                "blueprint-invalid",
                f"`{name}` is given twice: in `{member}` and in `input_mappings`",
                written,
                key=True,
                hints=(f"Keep it in `{member}`, where it is written `{reference}`",),
            )
        else:
            arguments[name] = reference
            moved[("nodes", index, member, name)] = written
    copy[member] = arguments
    return copy


def _reference(mapping: JsonValue) -> str | None:
    if not isinstance(mapping, dict) or not mapping.keys() <= _MAPPING:
        return None
    source, key = mapping.get("source_node_id"), mapping.get("source_output_key", "")
    if not isinstance(source, str) or not isinstance(key, str):
        return None
    steps = (int(step) if step.isdecimal() and step.isascii() else step for step in key.split(".") if step)
    return f"{{{{ {source}{''.join(map(step_text, steps))} }}}}"


def _refuse_mapping(written: PathSteps, findings: Findings) -> None:
    findings.add(
        "blueprint-invalid",
        "`input_mappings` maps each argument to one output of a node",
        written,
        expected='{"source_node_id": NODE, "source_output_key": KEY}',
        hints=("The same is written `{{ NODE.KEY }}` among the arguments",),
    )
