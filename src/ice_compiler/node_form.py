"""Whether one node of a blueprint is in order by itself: its type, its members, its bounds; not yet what it calls."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from pydantic import ValidationError

from ice_compiler.document import PathSteps
from ice_compiler.findings import Findings, listed, near
from ice_compiler.normalise import ARGUMENTS
from ice_core.errors import IceError
from ice_core.models.blueprint import AgentNode, ToolNode, WorkflowNode
from ice_core.models.wire import faults
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
            moved.setdefault(member, node[name])  # what it holds is checked, so that it is not also said to be missing
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
        for fault in faults(error):
            name = str(fault.steps[-1]) if fault.steps else "the node"
            subject = f"{_named(node)} has no `{name}`" if fault.missing else f"`{name}` {fault.said}"
            findings.add(
                "blueprint-invalid",
                subject,
                (*path, *fault.steps),
                key=fault.unknown,
                expected=f"`{name}`" if fault.missing else None,
                found=None if fault.missing else fault.found,
                hints=(_ID_HINT,) if name == "id" else (),
            )
    return None


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
