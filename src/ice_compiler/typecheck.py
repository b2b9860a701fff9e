"""Whether what a node is given fits what its component takes: literals by validation, references by their schemas."""

from collections.abc import Iterable

from ice_compiler.findings import Findings, listed, near
from ice_compiler.fit import fit
from ice_compiler.parse import Draft
from ice_compiler.scope import Scope, Written
from ice_compiler.shape_words import declared_names, described, paths_within, worded
from ice_core.contracts import compiled
from ice_core.document import PathSteps, json_words, parts_of, path_text
from ice_core.errors import IceError
from ice_core.reference_syntax import Fallback, Path, step_text
from ice_core.references import texts_in
from ice_core.shapes import Shape, alternatives, is_closed, required, step_into, type_names, without_null
from ice_core.strict_json import JsonObject, JsonValue, printable, type_name

_TEXT = Shape(schema={"type": "string"})


class ArgumentCheck:
    """The check of one node's arguments against its component's input schema.

    Args:
        scope: What the node's references may name.
        draft: Leads from the normalised form to what was written.
        component: The component and where it was declared, for messages, as in "`rank` of acme-rank 0.3.1".
    """

    def __init__(self, scope: Scope, draft: Draft, *, component: str) -> None:
        self.scope = scope
        self.findings: Findings = scope.findings
        self.draft = draft
        self.component = component

    def check(self, arguments: JsonObject, taken: Shape, at: PathSteps) -> None:
        """Findings about all arguments of a node; `at` is where they stand, or would stand."""
        self._check_object(arguments, taken, at)

    def _check_object(self, value: JsonObject, taken: Shape, at: PathSteps) -> None:
        known = alternatives(taken)
        closed = bool(known) and all(is_closed(conjunction) for conjunction in known or ())
        if known is not None and len(known) == 1:
            missing = required(known[0]) - value.keys()
            # A name that was misspelt is told as that, and not also as missing.
            meant = {near(name, missing)[:1] for name in value if closed and step_into(taken, name).shape is None}
            for name in sorted(name for name in missing if (name,) not in meant):
                self._refuse_missing(name, taken, at)
        for name, member in value.items():
            step = step_into(taken, name)
            if step.shape is not None:
                self.check_value(member, step.shape, (*at, name))
            elif closed:
                self._refuse_unknown(name, value, taken, (*at, name))
                self.check_references(member, (*at, name))
            else:
                self.check_references(member, (*at, name))

    def check_value(self, value: JsonValue, taken: Shape, at: PathSteps) -> None:
        """Findings about one value that must fit `taken`."""
        if next(texts_in(value), None) is None:
            self._check_literal(value, taken, at)
        elif isinstance(value, str):
            self._check_text(value, taken, at)
        elif isinstance(value, dict):
            if self._is_taken("object", value, taken, at):
                self._check_object(value, taken, at)
        elif isinstance(value, list) and self._is_taken("array", value, taken, at):
            for index, item in enumerate(value):
                step = step_into(taken, index)
                if step.shape is not None:
                    self.check_value(item, step.shape, (*at, index))

    def check_references(self, value: JsonValue, at: PathSteps) -> None:
        """Findings about the references of a value that may be of any type."""
        for steps, text in texts_in(value):
            written = Written(at=self.draft.written((*at, *steps)), text=text)
            template = self.scope.template(written)
            for expression in template.expressions if template is not None else ():
                self.scope.shape_of(expression, written)

    def _is_taken(self, kind: str, value: JsonValue, taken: Shape, at: PathSteps) -> bool:
        if kind in type_names(taken):
            return True
        self.check_references(value, at)
        self.findings.add(
            "argument-invalid",
            f"`{path_text(at[3:])}` of {self.scope.owner} takes {worded(taken)}, and is given {type_name(value)}",
            self.draft.written(at),
            expected=described(taken),
            found=type_name(value),
            note=f"It is declared by {self.component}.",
            hints=(),
        )
        return False

    def _check_literal(self, value: JsonValue, taken: Shape, at: PathSteps) -> None:
        try:
            violations = compiled(taken.standalone(), where="input").violations(value)
        except IceError:
            return  # the schema itself cannot be used, which its manifest's own check has said
        parts = {path_text(steps): (steps, part) for steps, part in parts_of(value)} if violations else {}
        for violation in violations:
            inner, part = parts.get(violation.path, ((), value))
            shown = path_text((*at, *inner)[3:])
            self.findings.add(
                "argument-invalid",
                f"`{shown}` does not fit: {printable(violation.message)}",
                self.draft.written((*at, *inner)),
                expected=described(_inner_shape(taken, inner)),
                found=printable(json_words(part)),
                note=f"It is declared by {self.component}.",
                hints=(),
            )

    def _check_text(self, text: str, taken: Shape, at: PathSteps) -> None:
        written = Written(at=self.draft.written(at), text=text)
        template = self.scope.template(written)
        if template is None:
            return
        shapes = [self.scope.shape_of(expression, written) for expression in template.expressions]
        whole = template.whole
        self._check_fit(shapes[0] if whole is not None else _TEXT, taken, written, at, whole)

    def _check_fit(
        self, given: Shape, taken: Shape, written: Written, at: PathSteps, expression: Fallback | None
    ) -> None:
        verdict = fit(given, taken)
        name = path_text(at[3:])
        if verdict.outcome == "unknown":
            self.scope.notes.add(
                f"`{name}` of {self.scope.owner} takes {worded(taken)}; what it is given fits when it runs"
            )
        if verdict.outcome != "incompatible":
            return
        path = expression.terms[0] if expression is not None and len(expression.terms) == 1 else None
        giver = f"`{path}`" if isinstance(path, Path) else "the text" if expression is None else "the reference"
        inside = "".join("[]" if step == "[]" else step_text(step) for step in verdict.path).removeprefix(".")
        self.findings.add(
            "edge-type-mismatch",
            f"`{name}` of {self.scope.owner} takes {worded(taken)}, and {giver} is {worded(given)}",
            written.at,
            within=written.piece(path) if isinstance(path, Path) else None,
            expected=described(taken),
            found=f"{described(given)}; at `{inside}`: {verdict.reason}" if inside else f"{described(given)}",
            note=f"`{name}` is declared by {self.component}.",
            hints=self.suggestions(path, given, taken) if isinstance(path, Path) else (),
        )

    def suggestions(self, path: Path, given: Shape, taken: Shape) -> tuple[str, ...]:
        """What to write instead of a path whose shape does not fit."""
        hints = [
            f"`{{{{ {path}{''.join(map(step_text, steps))} }}}}` is {worded(inner)}"
            for steps, inner in _fitting(paths_within(given), taken)
        ]
        hints = hints or self._siblings(path, taken)
        if "null" in type_names(given) and fit(without_null(given), taken).outcome == "compatible":
            hints.append(f"For when it is null, give a fallback: `{{{{ {path} or VALUE }}}}`")
        if fit(given, taken).outcome == "incompatible" and self._takes_list_of(given, taken):
            hints.append(f'For a list of this one, write `["{{{{ {path} }}}}"]`')
        items = step_into(given, 0).shape if type_names(given) == {"array"} else None
        if items is not None and fit(items, taken).outcome == "compatible":
            hints.append(f'`{{{{ {path}[0] }}}}` is its first item; `for_each: "{{{{ {path} }}}}"` goes through all')
        return tuple(hints)

    def _takes_list_of(self, given: Shape, taken: Shape) -> bool:
        item = step_into(taken, 0).shape if "array" in type_names(taken) else None
        return item is not None and fit(given, item).outcome == "compatible"

    def _siblings(self, path: Path, taken: Shape) -> list[str]:
        # What stands beside a member is the next thing that may have been meant.
        around = Path(name=path.name, steps=path.steps[:-1], column=path.column, length=path.length)
        shape = self.scope.shape_of_path(around) if path.steps else None
        found = list(paths_within(shape, depth=1)) if shape is not None and path.name != "inputs" else []
        return [
            f"`{{{{ {around}{step_text(steps[0])} }}}}` is {worded(inner)}"
            for steps, inner in _fitting(found, taken)
            if steps[0] != path.steps[-1]
        ]

    def _refuse_missing(self, name: str, taken: Shape, at: PathSteps) -> None:
        shape = step_into(taken, name).shape
        words = described(shape) if shape is not None else "anything"
        inside = path_text(at[3:])
        self.findings.add(
            "argument-missing",
            f"{self.scope.owner} is not given `{f'{inside}.' if inside else ''}{name}`, which it needs",
            self.draft.written(at),
            key=True,
            expected=f"`{name}`: {words}",
            note=f"It is declared by {self.component}.",
            hints=self._givers(name, shape),
        )

    def _givers(self, name: str, shape: Shape | None) -> tuple[str, ...]:
        # An input of the same name is what is most often meant.
        inputs = self.scope.shapes.get("inputs")
        if inputs is None or name not in declared_names(inputs):
            return ()
        given = step_into(inputs, name).shape
        fits = shape is None or given is None or fit(given, shape).outcome != "incompatible"
        return (f'Give it the input of that name: `{name}: "{{{{ inputs.{name} }}}}"`',) if fits else ()

    def _refuse_unknown(self, name: str, value: JsonObject, taken: Shape, at: PathSteps) -> None:
        declared = declared_names(taken)
        free = [other for other in declared if other not in value]
        meant = near(name, free)
        shown = printable(path_text(at[3:]))
        self.findings.add(
            "argument-unknown",
            f"{self.scope.owner} is given `{shown}`, which it does not take",
            self.draft.written(at),
            key=True,
            expected=f"one of {listed(declared)}" if declared else "no arguments",
            found=f"`{shown}`",
            note=f"What it takes is declared by {self.component}.",
            hints=(f"Did you mean `{meant[0]}`?",) if meant else (),
        )


def _fitting(candidates: Iterable[tuple[tuple[str, ...], Shape]], taken: Shape) -> list[tuple[tuple[str, ...], Shape]]:
    # What surely fits; else what has the right types, with a length or a range that only the run can tell.
    surely, perhaps = [], []
    for steps, shape in candidates:
        outcome = fit(shape, taken).outcome
        if outcome == "compatible":
            surely.append((steps, shape))
        elif outcome == "unknown" and type_names(shape) <= type_names(taken):
            perhaps.append((steps, shape))
    return (surely or perhaps)[:3]


def _inner_shape(shape: Shape, steps: PathSteps) -> Shape:
    for step in steps:
        shape = step_into(shape, step).shape or shape
    return shape
