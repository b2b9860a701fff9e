"""Whether a `when` can be decided: booleans where it asks for booleans, and an order only between what has one."""

from ice_compiler.scope import Scope, Written
from ice_compiler.shape_words import described, worded
from ice_core.document import json_words
from ice_core.reference_syntax import Comparison, Condition, Constant, Denial, Junction, Term
from ice_core.shapes import Shape, type_names

_NUMBERS = frozenset(("integer", "number"))


def check_condition(condition: Condition, scope: Scope, written: Written) -> None:
    """Findings about the parts of a condition that no value can decide; unknown paths were told before."""
    _check(condition, scope, written, null_is_false=False)


def _check(condition: Condition, scope: Scope, written: Written, *, null_is_false: bool) -> None:
    if isinstance(condition, Junction):
        last = len(condition.operands) - 1
        for position, operand in enumerate(condition.operands):
            _check(operand, scope, written, null_is_false=condition.word == "or" and position < last)
    elif isinstance(condition, Denial):
        _check(condition.operand, scope, written, null_is_false=False)
    elif isinstance(condition, Comparison):
        _check_order(condition, scope, written)
    else:
        _check_boolean(condition, scope, written, null_is_false=null_is_false)


def _check_boolean(term: Term, scope: Scope, written: Written, *, null_is_false: bool) -> None:
    shape = _shape(term, scope)
    decided = {"boolean", "null"} if null_is_false else {"boolean"}
    if shape is None or type_names(shape) & decided:
        return
    scope.findings.add(
        "condition-type",
        f"`{_text(term)}` in `when` of {scope.owner} is no boolean"
        if isinstance(term, Constant)
        else f"`{term}` in `when` of {scope.owner} is {worded(shape)}, and must be a boolean",
        written.at,
        within=written.piece(term),
        expected="a boolean",
        found=described(shape),
        hints=()
        if isinstance(term, Constant)
        else (f"To test whether it has a value, write `{term} != null`", f"To compare it, write `{term} == VALUE`"),
    )


def _check_order(comparison: Comparison, scope: Scope, written: Written) -> None:
    left, right = _shape(comparison.left, scope), _shape(comparison.right, scope)
    if comparison.comparator in ("==", "!=") or left is None or right is None:
        return
    one, other = type_names(left), type_names(right)
    if ("string" in one and "string" in other) or (one & _NUMBERS and other & _NUMBERS):
        return
    scope.findings.add(
        "condition-type",
        f"`{_text(comparison.left)}` and `{_text(comparison.right)}` in `when` of {scope.owner} have no order",
        written.at,
        within=written.piece(comparison.left),
        expected="two numbers or two strings",
        found=f"{described(left)} {comparison.comparator} {described(right)}",
        hints=("Whatever their types, two values can be compared with `==` and `!=`",),
    )


def _shape(term: Term, scope: Scope) -> Shape | None:
    if isinstance(term, Constant):
        return Shape(schema={"const": term.value})
    return scope.shape_of_path(term) if term.name in scope.shapes else None


def _text(term: Term) -> str:
    return json_words(term.value) if isinstance(term, Constant) else str(term)
