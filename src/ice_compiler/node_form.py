"""Whether one node of a blueprint is in order by itself: its type, its members, its bounds; not yet what it calls."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from pydantic import ValidationError

from ice_compiler.findings import Findings, listed, near
from ice_compiler.normalise import ARGUMENTS
from ice_core.document import PathSteps, json_words, parts_of, path_text
from ice_core.errors import IceError
from ice_core.models.blueprint import AgentNode, ToolNode, WorkflowNode
from ice_core.models.wire import Fault, faults
from ice_core.names import COMPONENT_NAME_PATTERN, VersionRange, is_component_name
from ice_core.reference_syntax import RESERVED_WORDS
from ice_core.references import SCOPE_NAMES
from ice_core.strict_json import JsonObject, JsonValue, printable, type_name

AnyNode: TypeAlias = ToolNode | AgentNode | WorkflowNode

MODELS: Final[Mapping[str, type[ToolNode] | type[AgentNode] | type[WorkflowNode]]] = {
    "tool": ToolNode,
    "agent": AgentNode,
    "workflow": WorkflowNode,
}
NAME_MEMBER: Final[Mapping[str, str]] = {"tool": "tool_name", "agent": "package", "workflow": "workflow_ref"}
USE_INSTEAD: Final[Mapping[str, str]] = {
    "llm": "an agent that calls the model: `type: agent` with its `package`",
    "code": "a tool that holds the code: `type: tool` with its `tool_name`",
    "condition": "`when` on the nodes that the condition decides about",
    "loop": "`for_each` and `max_items` on the node that is repeated",
    "parallel": "nodes that do not depend on each other; they run at the same time",
    "recursive": "`for_each` over a bounded list, or an agent that calls its tools as often as it must",
    "human": "two blueprints: the second takes what the person decided as an input",
    "monitor": "the events of the run, which `ice run --json` prints",
    "swarm": "an agent whose manifest permits the tools it may call, or several agent nodes",
}
# The members whose value is looked at even if another name was written for them, and what it must be for that.
_READ_AS: Final[Mapping[str, tuple[type, ...]]] = {
    "id": (str,), "tool_name": (str,), "package": (str,), "workflow_ref": (str,), "tool_args": (dict,),
    "agent_config": (dict,), "config_overrides": (dict,), "dependencies": (list,), "when": (str,),
    "for_each": (str, list), "max_items": (int,), "max_tokens": (int,), "version": (str,),
}  # fmt: skip
_FORMS: Final[Mapping[str, str]] = {
    "agent_config": "an object of arguments",
    "backoff_seconds": "seconds from 0 to 31536000",
    "backoff_strategy": '"fixed", "linear" or "exponential"',
    "config_overrides": "an object of arguments",
    "dependencies": "a list of ids, as in `[fetch, rank]`",
    "for_each": "a list, or a reference to one",
    "id": "letters, digits, `_` and `-`, without a digit first",
    "max_attempts": "an integer from 1 to 100",
    "max_items": "an integer from 1 to 100000",
    "max_tokens": "an integer from 0 to 1000000000",
    "package": "the name of an agent",
    "retry_policy": "an object, as in `{max_attempts: 3}`",
    "timeout_seconds": "seconds from 0 to 31536000",
    "tool_args": "an object of arguments",
    "tool_name": "the name of a tool",
    "version": 'a range as text, as in `">=1.2,<2"`',
    "when": "a condition as text, as in `fetch.status == 200`",
    "workflow_ref": "the name of a workflow",
}
_ID_HINT: Final = "An id is letters, digits, `_` and `-`, and does not start with a digit, as in `fetch_page`"


def check_node(node: JsonValue, index: int, findings: Findings) -> AnyNode | None:
    """The model of a node, or None when it cannot be checked further; whatever is not in order is a finding."""
    path: PathSteps = ("nodes", index)
    if not isinstance(node, dict):
        findings.add("blueprint-invalid", "a node is an object", path, found=type_name(node), hints=())
        return None
    node_type = _type(node, path, findings)
    if node_type is None:
        return None
    if _names_other_type(node, node_type, path, findings):
        return None
    known = _known_members(node, node_type, path, findings)
    model = _model(known, node_type, path, findings)
    if model is None:
        return None
    sound = [
        _check_name(model, path, findings),
        _check_id(model, path, findings),
        _check_range(model, path, findings),
    ]
    _check_repetition(model, path, findings)
    return model if all(sound) else None


def _type(node: JsonObject, path: PathSteps, findings: Findings) -> str | None:
    node_type = node.get("type")
    if isinstance(node_type, str) and node_type in MODELS:
        return node_type
    kinds = "tool, agent or workflow"
    if "type" not in node:
        meant = next((kind for kind, member in NAME_MEMBER.items() if member in node), None)
        hints = (f"With `{NAME_MEMBER[meant]}` it is `type: {meant}`",) if meant else ()
        findings.add("blueprint-invalid", f"{_named(node)} has no `type`", path, expected=kinds, hints=hints)
    elif isinstance(node_type, str) and node_type in USE_INSTEAD:
        findings.add(
            "node-type-unsupported",
            f"nodes of type `{node_type}` are not run by this version",
            (*path, "type"),
            expected=kinds,
            found=node_type,
            hints=(f"Use {USE_INSTEAD[node_type]}",),
        )
    else:
        shown = printable(str(node_type)) if isinstance(node_type, str) else type_name(node_type)
        meant_types = near(shown, MODELS)
        findings.add(
            "node-type-unsupported",
            f"`{shown}` is not a type of node",
            (*path, "type"),
            expected=kinds,
            found=shown,
            hints=(f"Did you mean `{meant_types[0]}`?",) if meant_types else (),
        )
    return None


def _named(node: JsonObject) -> str:
    identity = node.get("id")
    return f"the node `{printable(identity)}`" if isinstance(identity, str) else "a node"


def _names_other_type(node: JsonObject, node_type: str, path: PathSteps, findings: Findings) -> bool:
    # Either the type or the member is wrong; which of the two was meant cannot be known, so nothing more is said.
    named = [kind for kind, member in NAME_MEMBER.items() if member in node]
    if len(named) != 1 or named[0] == node_type:
        return False
    member = NAME_MEMBER[named[0]]
    findings.add(
        "blueprint-invalid",
        f"{_named(node)} is of type {node_type} and names {'an' if named[0] == 'agent' else 'a'} {named[0]}",
        (*path, member),
        key=True,
        expected=f"`{NAME_MEMBER[node_type]}`, or `type: {named[0]}`",
        found=f"`{member}`",
        hints=(f"With `{member}` it is `type: {named[0]}`; of type {node_type} it is `{NAME_MEMBER[node_type]}`",),
    )
    return True


def _known_members(node: JsonObject, node_type: str, path: PathSteps, findings: Findings) -> JsonObject:
    fields = MODELS[node_type].model_fields
    moved: JsonObject = {}
    for name in node.keys() - fields.keys():
        owner = next((kind for kind, model in MODELS.items() if name in model.model_fields), None)
        meant = [*filter(None, (_elsewhere(name, node_type),)), *near(name, fields)]
        hint = f"Did you mean `{meant[0]}`?" if meant else ""
        if owner is not None:
            member = NAME_MEMBER[node_type] if name == NAME_MEMBER[owner] else ARGUMENTS[node_type]
            hint = f"It belongs to nodes of type {owner}; of type {node_type} it is `{member}`"
            meant = [member]
        if meant and isinstance(node[name], _READ_AS.get(meant[0], ())):
            moved.setdefault(meant[0], node[name])  # what it holds is checked, and not also said to be missing
        findings.add(
            "blueprint-invalid",
            f"`{printable(name)}` is not a member of a node of type {node_type}",
            (*path, name),
            key=True,
            expected=listed(sorted(fields), most=20),
            found=f"`{printable(name)}`",
            hints=(hint,) if hint else (),
        )
    return {**moved, **{name: member for name, member in node.items() if name in fields}}


def _elsewhere(name: str, node_type: str) -> str | None:
    # What other workflow systems call the same thing.
    if name in ("args", "arguments", "config", "inputs", "params", "parameters", "with"):
        return ARGUMENTS[node_type]
    if name in ("component", "name", "ref", "tool", "uses"):
        return NAME_MEMBER[node_type]
    others = {"condition": "when", "depends_on": "dependencies", "if": "when", "needs": "dependencies"}
    return {**others, "foreach": "for_each", "retries": "retry_policy", "retry": "retry_policy"}.get(name)


def _model(node: JsonObject, node_type: str, path: PathSteps, findings: Findings) -> AnyNode | None:
    try:
        return MODELS[node_type].model_validate(node)
    except ValidationError as error:
        told: set[PathSteps] = set()
        for fault in faults(error):
            # A member with two forms is at fault once; the forms' names come from the validation and mean nothing here.
            steps = fault.steps[:1] if fault.steps[:1] == ("for_each",) else fault.steps
            if steps not in told:
                told.add(steps)
                _refuse_member(node, steps, fault, path, findings)
    return None


def _refuse_member(node: JsonObject, steps: PathSteps, fault: Fault, path: PathSteps, findings: Findings) -> None:
    name = str(next((step for step in reversed(steps) if isinstance(step, str)), "the node"))
    said = f"`{path_text(steps)}` of {_named(node)} {_said(steps, fault)}"
    found = next((part for inner, part in parts_of(node) if inner == steps), None)
    findings.add(
        "blueprint-invalid",
        f"{_named(node)} has no `{name}`" if fault.missing else said,
        (*path, *steps),
        key=fault.unknown,
        expected=_FORMS.get(name),
        found=None if fault.missing else f"`{name}`" if fault.unknown else json_words(found),
        hints=(_ID_HINT,) if name == "id" else (),
    )


def _said(steps: PathSteps, fault: Fault) -> str:
    if steps == ("for_each",):
        return "is neither a list nor a reference"
    if fault.unknown:
        return "is not a member of it"
    if fault.said.startswith("does not match"):
        return "is not of the form that it must have"
    if fault.said.startswith("is wrong: input should be '"):
        return "is none of the values that there are"
    return "is out of its bounds" if fault.said.startswith("is wrong: input should be ") else fault.said


def _check_name(model: AnyNode, path: PathSteps, findings: Findings) -> bool:
    name = model.component_name
    if is_component_name(name):
        return True
    member = NAME_MEMBER[model.type]
    shown = printable(name)
    bare = name.rpartition(":")[2].rpartition("/")[2]
    snake = "".join(f"_{char.lower()}" if char.isupper() else char for char in bare.replace("-", "_")).strip("_")
    findings.add(
        "blueprint-invalid",
        f"`{shown}` is not a name that a component can have",
        (*path, member),
        expected=f"lower case with single underscores: {COMPONENT_NAME_PATTERN}",
        found=shown,
        hints=(f"Did you mean `{snake}`?",) if snake != name and is_component_name(snake) else (),
    )
    return False


def _check_id(model: AnyNode, path: PathSteps, findings: Findings) -> bool:
    if model.id not in SCOPE_NAMES and model.id not in RESERVED_WORDS:
        return True
    findings.add(
        "node-id-reserved",
        f"a node cannot have the id `{model.id}`, which means something else in a reference",
        (*path, "id"),
        expected=f"none of {listed(sorted(SCOPE_NAMES | RESERVED_WORDS))}",
        found=f"`{model.id}`",
        hints=(f"Name it for example `{model.id}_node`",),
    )
    return False


def _check_range(model: AnyNode, path: PathSteps, findings: Findings) -> bool:
    try:
        VersionRange.parse(model.version or "")
    except IceError as error:
        findings.add_error(error, (*path, "version"))
        return False
    return True


def _check_repetition(model: AnyNode, path: PathSteps, findings: Findings) -> None:
    if model.for_each is None and model.max_items is not None:
        findings.add(
            "blueprint-invalid",
            f"`{model.id}` has `max_items` and no `for_each`, so nothing is repeated",
            (*path, "max_items"),
            key=True,
            hints=('Say what to go through: `for_each: "{{ fetch.links }}"`',),
        )
    if model.for_each is not None and model.max_items is None:
        findings.add(
            "for-each-unbounded",
            f"`{model.id}` has `for_each` and no `max_items`, so its cost has no bound",
            (*path, "for_each"),
            key=True,
            expected="`max_items`, from 1 to 100000",
            hints=("Say how many there can be at most: `max_items: 50`",),
        )
    if isinstance(model.for_each, list) and model.max_items is not None and len(model.for_each) > model.max_items:
        findings.add(
            "blueprint-invalid",
            f"`for_each` of `{model.id}` has more items than its `max_items`",
            (*path, "for_each"),
            expected=f"at most {model.max_items}",
            found=str(len(model.for_each)),
            hints=(f"To allow them, set `max_items: {len(model.for_each)}`",),
        )
