"""Bytes of a blueprint to a draft: read strictly, brought into the one form, each part checked by itself.

A node that is not in order is set aside under its id, so that the rest is still checked and nothing is said twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from ice_compiler.findings import Findings, listed, near
from ice_compiler.fit import is_empty
from ice_compiler.node_form import AnyNode, check_node
from ice_compiler.normalise import normalise
from ice_compiler.shape_words import described
from ice_compiler.yaml_reader import read_yaml
from ice_core.contracts import compiled
from ice_core.document import Document, PathSteps, json_words, parts_of, path_text
from ice_core.errors import IceError, Location
from ice_core.json_places import bare_token, json_document, lone_surrogate, repeated_member
from ice_core.json_schema import check_schema_subset
from ice_core.models.blueprint import Blueprint
from ice_core.models.wire import faults
from ice_core.shapes import Shape, type_names
from ice_core.strict_json import JsonObject, decode_text, parse_json, type_name

_ROOT_MEMBERS = frozenset(Blueprint.model_fields)


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftNode:
    """A node in order, and its index among the blueprint's nodes."""

    index: int
    model: AnyNode

    @property
    def path(self) -> PathSteps:
        """Where it stands in the normalised form."""
        return ("nodes", self.index)


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A blueprint whose parts are each in order, or set aside.

    Attributes:
        value: The normalised form, which the blueprint's digest is over.
        moved: From paths of the normalised form to the document's.
        root: The root's members, without nodes.
        nodes: The nodes in order, each id once.
        broken: The ids of what was set aside.
        inputs_usable: Whether `inputs` is a schema that can be asked.
    """

    document: Document
    value: JsonObject
    moved: Mapping[PathSteps, PathSteps]
    root: Blueprint
    nodes: tuple[DraftNode, ...]
    broken: frozenset[str] = field(default_factory=frozenset)
    inputs_usable: bool = True

    def written(self, steps: PathSteps) -> PathSteps:
        """The document's path for a path of the normalised form."""
        for length in range(len(steps), 0, -1):
            if steps[:length] in self.moved:
                return (*self.moved[steps[:length]], *steps[length:])
        return steps


def read_document(data: bytes, *, where: str) -> Document:
    """The document that these bytes hold: YAML if the name ends in `.yaml` or `.yml`, otherwise JSON.

    Raises:
        IceError: a `json-…` or `yaml-…` slug.
    """
    if where.lower().endswith((".yaml", ".yml")):
        text = decode_text(data, where=where)
        value, spans = read_yaml(text, where=where)
        if not isinstance(value, dict):
            raise IceError(
                "json-root-not-object",
                f"`{where}` does not hold a mapping",
                where=Location(where, line=1, column=1),
                expected="a mapping with `schema_version`, `id` and `nodes`",
                found=type_name(value),
                hints=(),
            )
        return Document(where, text, value, find_spans=lambda: spans)
    text = decode_text(data, where=where)
    try:
        root = parse_json(data, where=where)
    except IceError as error:
        _point_at(error, text)
        raise
    return json_document(where, text, root)


def _point_at(error: IceError, text: str) -> None:
    # The strict parser's hooks know what is wrong and not where; it is looked for once something is wrong.
    finding = error.finding
    found = None
    if finding.slug == "json-duplicate-member":
        found = repeated_member(text)
    elif finding.slug == "json-number-out-of-range":
        found = bare_token(text, finding.found or "")
    elif finding.slug == "json-lone-surrogate":
        found = lone_surrogate(text)
    if found is not None and finding.where is not None:
        start, end = found
        line, before = text.count("\n", 0, start) + 1, text.rfind("\n", 0, start)
        finding.where = Location(finding.where.file, line=line, column=start - before)
        finding.details["length"] = end - start


def draft_of(document: Document, findings: Findings) -> Draft:
    """The draft of a document; whatever is not in order is a finding."""
    normalised = normalise(document.value, findings)
    value = normalised.value
    _check_members(value, findings)
    root = _root(value, findings)
    nodes: list[DraftNode] = []
    broken: set[str] = set()
    first: dict[str, int] = {}
    written = value.get("nodes")
    for index, node in enumerate(written if isinstance(written, list) else ()):
        identity = node.get("id") if isinstance(node, dict) else None
        model = check_node(node, index, findings)
        if isinstance(identity, str) and identity in first:
            _refuse_twin(identity, index, first[identity], findings)
            broken.add(identity)
        elif model is not None:
            nodes.append(DraftNode(index=index, model=model))
        elif isinstance(identity, str):
            broken.add(identity)
        if isinstance(identity, str):
            first.setdefault(identity, index)
    return Draft(
        document=document,
        value=value,
        moved=normalised.moved,
        root=root,
        nodes=tuple(nodes),
        broken=frozenset(broken),
        inputs_usable=_check_inputs(root, findings),
    )


def _check_members(value: JsonObject, findings: Findings) -> None:
    for name in value.keys() - _ROOT_MEMBERS:
        meant = near(name, _ROOT_MEMBERS)
        findings.add(
            "blueprint-invalid",
            f"`{name}` is not a member of a blueprint",
            (name,),
            key=True,
            expected=listed(sorted(_ROOT_MEMBERS)),
            found=f"`{name}`",
            hints=(f"Did you mean `{meant[0]}`?",) if meant else (),
        )


def _root(value: JsonObject, findings: Findings) -> Blueprint:
    # The nodes are checked one by one; here only whether there is a list of them.
    known = {name: member for name, member in value.items() if name in _ROOT_MEMBERS}
    misspelt = {near(name, _ROOT_MEMBERS)[:1] for name in value.keys() - _ROOT_MEMBERS}
    nodes = known.get("nodes")
    if isinstance(nodes, list):
        known["nodes"] = []
    try:
        return Blueprint.model_validate(known)
    except ValidationError as error:
        for fault in faults(error):
            name = str(fault.steps[0])
            if not (fault.missing and (name,) in misspelt):  # which was told by what is written
                found = None if fault.missing else json_words(known.get(name))
                _refuse_root_member(name, fault.said, found, findings)
            known.pop(name, None)
    return Blueprint.model_validate({"schema_version": "1.2.0", "id": "unnamed", "nodes": [], **known})


def _refuse_root_member(name: str, said: str, found: str | None, findings: Findings) -> None:
    hints = {
        "schema_version": ('This version reads `schema_version: "1.2.0"`',),
        "id": ("An id is letters, digits, `.`, `_` and `-`, as in `library.ask`",),
        "nodes": ("`nodes` is a list; `nodes: []` is a blueprint without any",),
        "budget": ("`budget` is a number in USD, as in `budget: 0.50`",),
        "inputs": ('`inputs` is a JSON Schema of an object, or `{"required": [...], "optional": [...]}`',),
        "metadata": ("`metadata` is an object; it holds whatever an editor keeps",),
        "outputs": ('`outputs` is an object, as in `{"text": "{{ write.text }}"}`',),
    }.get(name, ())
    said = "is not one that this version reads" if name == "schema_version" and found is not None else said
    findings.add("blueprint-invalid", f"`{name}` {said}", (name,), found=found, hints=hints)


def _check_inputs(root: Blueprint, findings: Findings) -> bool:
    try:
        check_schema_subset(root.inputs, {}, where="inputs", path="inputs")
        compiled(root.inputs, where="inputs")
    except IceError as error:
        findings.add_error(error, _faulty_part(root.inputs, error))
        return False
    shape = Shape.of(root.inputs)
    if "object" in type_names(shape) and not is_empty(shape):
        return True
    findings.add(
        "schema-invalid",
        "no object keeps the schema of `inputs`, and what a run is given is an object",
        ("inputs",),
        expected="a JSON Schema of an object",
        found=described(shape),
        hints=("Name each input: `inputs: {type: object, properties: {url: {type: string}}, required: [url]}`",),
    )
    return False


def _faulty_part(inputs: JsonObject, error: IceError) -> PathSteps:
    # The check names the part by its path as text, here or in the message.
    texts = [error.where.path if error.where is not None else "", error.finding.message]
    parts: list[PathSteps] = [("inputs", *steps) for steps, _ in parts_of(inputs)]
    named = [steps for steps in parts if path_text(steps) == texts[0] or f"`{path_text(steps)}`" in texts[1]]
    return max(named, key=len, default=("inputs",))


def _refuse_twin(identity: str, index: int, first: int, findings: Findings) -> None:
    place = findings.location(("nodes", first, "id"))
    findings.add(
        "node-id-duplicate",
        f"two nodes have the id `{identity}`",
        ("nodes", index, "id"),
        expected="each id once",
        found=f"`{identity}` also at line {place.line}",
        hints=(f"Name this one differently, for example `{identity}_2`",),
    )
