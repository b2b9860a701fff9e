"""The types of one node: what its references may name, its list, its condition and its arguments."""

from collections.abc import Mapping
from dataclasses import dataclass

from ice_compiler.condition_types import check_condition
from ice_compiler.findings import Findings
from ice_compiler.interfaces import Interface
from ice_compiler.normalise import ARGUMENTS
from ice_compiler.parse import Draft, DraftNode
from ice_compiler.scope import Scope, Written
from ice_compiler.shape_words import described, worded
from ice_compiler.typecheck import ArgumentCheck
from ice_core.document import PathSteps
from ice_core.errors import IceError
from ice_core.reference_syntax import Path
from ice_core.references import parse_condition, texts_in
from ice_core.registered import RegisteredComponent
from ice_core.shapes import ANYTHING, Shape, any_of, item_shape
from ice_core.strict_json import JsonObject, JsonValue


@dataclass(frozen=True, kw_only=True, slots=True)
class Outputs:
    """What the nodes of a blueprint may refer to.

    Attributes:
        inputs: The shape of the blueprint's inputs.
        shapes: What each node gives, by id.
        uncertain: The nodes that may be skipped.
        node_ids: Every id, broken or not.
    """

    inputs: Shape
    shapes: Mapping[str, Shape]
    uncertain: frozenset[str]
    node_ids: frozenset[str]


def inputs_shape(draft: Draft) -> Shape:
    """The shape of a blueprint's inputs; a schema that says nothing about members declares none."""
    silent = draft.root.inputs.keys() <= {"type", "title", "description"}
    declared: JsonObject = {"type": "object", "additionalProperties": False} if silent else draft.root.inputs
    return Shape.of(declared) if draft.inputs_usable else ANYTHING


def node_output(node: DraftNode, interface: Interface | None) -> Shape:
    """The shape of a node's output: its component's, or a list of those with `for_each`."""
    one = interface.given if interface is not None else ANYTHING
    return one.part({"type": "array", "items": one.schema}) if node.model.for_each is not None else one


def check_node_types(
    node: DraftNode,
    component: RegisteredComponent | None,
    interface: Interface | None,
    draft: Draft,
    outputs: Outputs,
    findings: Findings,
    notes: set[str],
) -> None:
    """Findings about a node's references and arguments; without a component only about its references."""
    owner = f"`{node.model.id}`"
    named = {name: outputs.shapes[name] for name in node.model.dependencies if name in outputs.shapes}
    scope = _scope(owner, node.model.id, named, draft, outputs, findings, notes)
    checker = ArgumentCheck(scope, draft, component=_title(component))
    _check_condition(node, scope, draft)
    item = _check_list(node, checker, draft)
    if item is not None:
        repeated = {**named, "item": item, "index": Shape(schema={"type": "integer", "minimum": 0})}
        scope = _scope(owner, node.model.id, repeated, draft, outputs, findings, notes)
        checker = ArgumentCheck(scope, draft, component=_title(component))
    at: PathSteps = (*node.path, ARGUMENTS[node.model.type])
    if interface is None:
        checker.check_references(node.model.arguments, at)
    else:
        checker.check(node.model.arguments, interface.taken, at)


def check_outputs(draft: Draft, outputs: Outputs, findings: Findings, notes: set[str]) -> None:
    """Findings about the references of a blueprint's outputs, which may name every node."""
    scope = _scope("the blueprint's `outputs`", None, dict(outputs.shapes), draft, outputs, findings, notes)
    ArgumentCheck(scope, draft, component="").check_references(draft.root.outputs, ("outputs",))


def _scope(
    owner: str,
    owner_id: str | None,
    named: Mapping[str, Shape],
    draft: Draft,
    outputs: Outputs,
    findings: Findings,
    notes: set[str],
) -> Scope:
    return Scope(
        owner=owner,
        owner_id=owner_id,
        shapes={"inputs": outputs.inputs, **named},
        node_ids=outputs.node_ids,
        broken=draft.broken,
        findings=findings,
        uncertain=outputs.uncertain,
        notes=notes,
    )


def _title(component: RegisteredComponent | None) -> str:
    if component is None:
        return ""
    package = component.manifest.package if component.manifest is not None else None
    where = f"{package.name} {package.version}" if package is not None else component.origin
    return f"`{component.id}` {component.version} of {where}"


def _check_condition(node: DraftNode, scope: Scope, draft: Draft) -> None:
    text = node.model.when
    if text is None:
        return
    written = Written(at=draft.written((*node.path, "when")), text=text)
    try:
        condition = parse_condition(text)
    except IceError as error:
        scope.refuse_syntax(error, written)
        return
    scope.check_paths(condition.paths, written)
    check_condition(condition.root, scope, written)


def _check_list(node: DraftNode, checker: ArgumentCheck, draft: Draft) -> Shape | None:
    listed = node.model.for_each
    if listed is None:
        return None
    at: PathSteps = (*node.path, "for_each")
    if isinstance(listed, list):
        checker.check_references(listed, at)
        constant = next(texts_in(listed), None) is None
        return any_of([_constant(item) for item in listed]) if constant and listed else ANYTHING
    written = Written(at=draft.written(at), text=listed)
    template = checker.scope.template(written)
    if template is None:
        return ANYTHING
    whole = template.whole
    shape = checker.scope.shape_of(whole, written) if whole is not None else Shape(schema={"type": "string"})
    item = item_shape(shape)
    if item is not None:
        return item
    path = whole.terms[0] if whole is not None and len(whole.terms) == 1 else None
    reference = path if isinstance(path, Path) else None
    checker.scope.findings.add(
        "edge-type-mismatch",
        f"`for_each` of {checker.scope.owner} goes through an array, and is given {worded(shape)}",
        written.at,
        within=written.piece(reference) if reference is not None else None,
        expected="an array",
        found=described(shape),
        hints=checker.suggestions(reference, shape, Shape(schema={"type": "array"}))
        if reference is not None
        else _braced(listed, checker.scope),
    )
    return ANYTHING


def _braced(text: str, scope: Scope) -> tuple[str, ...]:
    # A path without its braces is a text like any other.
    if text.partition(".")[0].partition("[")[0] not in scope.shapes:
        return ()
    return (f'A reference stands in braces: `for_each: "{{{{ {text} }}}}"`',)


def _constant(value: JsonValue) -> Shape:
    return Shape(schema={"const": value})
