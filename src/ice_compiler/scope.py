"""What the references of one node may name, the shape of each, and the findings about those that lead nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ice_compiler.findings import Findings, listed, near
from ice_compiler.shape_words import declared_names, described, worded
from ice_core.document import PathSteps
from ice_core.errors import IceError
from ice_core.reference_syntax import Constant, Fallback, Path, Term, step_text
from ice_core.references import Template, parse_template
from ice_core.shapes import ANYTHING, Shape, any_of, step_into, type_names, without_null

_REPEATED = frozenset(("item", "index"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A text of the document, the path where it stands, and the text itself."""

    at: PathSteps
    text: str

    def piece(self, term: Term) -> tuple[str, int]:
        """A term as it is written in the text, and how many of the same pieces come before it."""
        start = term.column - 1
        piece = self.text[start : start + term.length]
        return piece, sum(self.text.startswith(piece, offset) for offset in range(start))


@dataclass(kw_only=True, slots=True)
class Scope:
    """One node's view.

    Attributes:
        owner: Who refers, as in "`rank`"; for messages.
        owner_id: The node's id; None for the outputs of the blueprint.
        shapes: What may be named: `inputs`, the nodes it depends on, `item` and `index` where there is a `for_each`.
        node_ids: Every node of the blueprint, broken ones included.
        broken: The ids about which something was said already.
        inputs: The names of the declared inputs.
        uncertain: The nodes that may be skipped.
        notes: Assumptions in words, which the plan records.
    """

    owner: str
    owner_id: str | None
    shapes: Mapping[str, Shape]
    node_ids: frozenset[str]
    broken: frozenset[str]
    findings: Findings
    uncertain: frozenset[str] = frozenset()
    notes: set[str] = field(default_factory=set)

    def template(self, written: Written) -> Template | None:
        """The template of a text; one that is not of the grammar is a finding."""
        try:
            return parse_template(written.text)
        except IceError as error:
            self.refuse_syntax(error, written)
            return None

    def refuse_syntax(self, error: IceError, written: Written) -> None:
        """A finding at the part of a text that does not belong to the grammar."""
        column, length = error.finding.details.get("column"), error.finding.details.get("length")
        start = column - 1 if isinstance(column, int) else 0
        piece = written.text[start : start + (length if isinstance(length, int) else 1)]
        before = sum(written.text.startswith(piece, offset) for offset in range(start)) if piece else 0
        self.findings.add_error(error, written.at, within=(piece, before) if piece else None)

    def shape_of(self, expression: Fallback, written: Written) -> Shape:
        """The shape of an expression's value; what leads nowhere is a finding, and counts as anything."""
        last = len(expression.terms) - 1
        shapes = [self._term(term, written, fallback=position < last) for position, term in enumerate(expression.terms)]
        return any_of([*(without_null(shape) for shape in shapes[:-1]), shapes[-1]])

    def check_paths(self, paths: tuple[Path, ...], written: Written) -> None:
        """Findings about the paths of a condition; its `or` may catch what is missing, so none must be certain."""
        for path in paths:
            self._path(path, written, fallback=True)

    def shape_of_path(self, path: Path) -> Shape | None:
        """The shape that a path leads to, without findings; None where it leads nowhere."""
        shape = self.shapes.get(path.name)
        for step in path.steps:
            shape = step_into(shape, step).shape if shape is not None else None
        return shape

    def _term(self, term: Term, written: Written, *, fallback: bool) -> Shape:
        if isinstance(term, Constant):
            return Shape(schema={"const": term.value})
        return self._path(term, written, fallback=fallback)

    def _path(self, path: Path, written: Written, *, fallback: bool) -> Shape:
        shape = self.shapes.get(path.name)
        if shape is None:
            self._refuse_name(path, written)
            return ANYTHING
        always = path.name not in self.uncertain
        for depth, step in enumerate(path.steps):
            found = step_into(shape, step)
            if found.shape is None:
                self._refuse_step(path, depth, shape, written)
                return ANYTHING
            always = always and found.always
            shape = found.shape
        if not always and not fallback:
            self.notes.add(f"`{path}` is there for {self.owner}, which its schema does not promise")
        return shape

    def _refuse_name(self, path: Path, written: Written) -> None:
        name, within = path.name, written.piece(path)
        if name in self.broken:
            return
        if name in _REPEATED:
            self.findings.add(
                "reference-unknown",
                f"`{name}` means something only in a node with `for_each`",
                written.at,
                within=within,
                hints=('Say what to go through: `for_each: "{{ fetch.links }}"` and `max_items: 50`',),
            )
        elif name == self.owner_id:
            self.findings.add(
                "reference-unlisted",
                f"`{name}` refers to its own output",
                written.at,
                within=within,
                expected="an input, or a node that ran before",
                found=f"`{path}`",
                hints=(),
            )
        elif name in self.node_ids:
            self.findings.add(
                "reference-unlisted",
                f"{self.owner} refers to `{name}`, which is not among its `dependencies`",
                written.at,
                within=within,
                expected=f"`{name}` among the `dependencies` of {self.owner}",
                found=listed(sorted(self.shapes.keys() & self.node_ids)) or "none",
                hints=(f"Add `{name}` to the `dependencies` of {self.owner}",),
            )
        else:
            self._refuse_unknown(path, written)

    def _refuse_unknown(self, path: Path, written: Written) -> None:
        inputs = declared_names(self.shapes["inputs"]) if "inputs" in self.shapes else []
        hints = [f"`{other}` is there; did you mean that?" for other in near(path.name, {*self.node_ids, "inputs"})]
        if path.name in inputs:
            hints = [f"The input is written `{{{{ inputs.{path} }}}}`"]
        self.findings.add(
            "reference-unknown",
            f"{self.owner} refers to `{path.name}`, and no node has that id",
            written.at,
            within=written.piece(path),
            expected="`inputs`, or the id of a node of this blueprint",
            found=f"`{path.name}`",
            hints=tuple(hints),
        )

    def _refuse_step(self, path: Path, depth: int, shape: Shape, written: Written) -> None:
        step = path.steps[depth]
        before = path.name + "".join(map(step_text, path.steps[:depth]))
        names = declared_names(shape)
        undeclared = path.name == "inputs" and depth == 0
        hints = [
            f"`{{{{ {before}{step_text(name)} }}}}` is there; did you mean that?" for name in near(str(step), names)
        ]
        if not hints:
            hints = _other_hints(before, step, shape, undeclared=undeclared)
        self.findings.add(
            "input-undeclared" if undeclared else "reference-path-unknown",
            f"`{step}` is not among the inputs that this blueprint declares"
            if undeclared
            else f"`{before}` has no `{step}`: it is {worded(shape)}",
            written.at,
            within=written.piece(path),
            expected="no input: none is declared" if undeclared and not names else _expected(names, shape),
            found=f"`{path}`",
            hints=tuple(hints),
        )


def _expected(names: list[str], shape: Shape) -> str:
    if names:
        return f"one of {listed(names)}"
    return "an index, as in `[0]`" if "array" in type_names(shape) else f"no key or index: {described(shape)}"


def _other_hints(before: str, step: str | int, shape: Shape, *, undeclared: bool) -> list[str]:
    if undeclared:
        return [f'To declare it, add `"{step}": {{"type": "string"}}` to the `properties` of `inputs`']
    if isinstance(step, str) and "array" in type_names(shape):
        return [f"`{{{{ {before}[0]{step_text(step)} }}}}` is that of the first item; `for_each` goes through all"]
    return []
