"""References inside a blueprint's texts: `{{ search.results[0] or 'none' }}`; read once, evaluated purely over a scope.

The scope is a JSON object: `inputs`, one member per finished node under its id, and `item` and `index` inside a node
with `for_each`. A text that is exactly one `{{ }}` gives the value with its JSON type; otherwise strings are put in as
they are and other values as canonical JSON. `or` passes over what is missing or null. A blueprint is data: nothing is
called and nothing but JSON objects and arrays is ever looked into. A literal `{{` is written `{{ '{{' }}`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NoReturn, TypeGuard

from ice_core.canonical import canonical_bytes
from ice_core.errors import IceError, Location
from ice_core.reference_lookup import Missing, json_equal, refuse_missing, required_value, term_value
from ice_core.reference_syntax import (
    Comparison,
    Condition,
    Denial,
    Fallback,
    Junction,
    Parser,
    Path,
)
from ice_core.strict_json import JsonObject, JsonValue, type_name

SCOPE_NAMES: Final = frozenset(("inputs", "item", "index"))

_ORDER: Final[dict[str, Callable[[int], bool]]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """A text and the references in it, in order; `pieces` are its plain parts and its expressions."""

    text: str
    pieces: tuple[str | Fallback, ...]

    @property
    def expressions(self) -> tuple[Fallback, ...]:
        """The expressions in order of appearance."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Fallback))

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every path that the text refers to, with its column in the text."""
        return tuple(term for piece in self.expressions for term in piece.terms if isinstance(term, Path))

    @property
    def whole(self) -> Fallback | None:
        """The expression of a text that is exactly one `{{ }}`, which keeps its value's JSON type."""
        piece = self.pieces[0] if len(self.pieces) == 1 else None
        return piece if isinstance(piece, Fallback) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class WhenCondition:
    """A parsed `when`, and the paths in it."""

    text: str
    root: Condition

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every path that the condition refers to, with its column in the text."""
        return tuple(_condition_paths(self.root))


def parse_template(text: str, *, where: Location | None = None) -> Template:
    """The template that `text` holds; a text without `{{` is itself.

    Raises:
        IceError: `reference-syntax`, with `details.column` and `details.length` inside the text.
    """
    return _parse_template(text, where)


@lru_cache(maxsize=1024)
def _parse_template(text: str, where: Location | None) -> Template:
    pieces: list[str | Fallback] = []
    offset = 0
    while (opening := text.find("{{", offset)) >= 0:
        if opening > offset:
            pieces.append(text[offset:opening])
        parser = Parser(text, start=opening + 2, closing=True, where=where)
        pieces.append(parser.fallback())
        offset = parser.end
    if offset < len(text) or not pieces:
        pieces.append(text[offset:])
    return Template(text=text, pieces=tuple(pieces))


def parse_condition(text: str, *, where: Location | None = None) -> WhenCondition:
    """The condition of a `when`; one pair of braces around it is passed over.

    Raises:
        IceError: `reference-syntax`, with `details.column` and `details.length` inside the text.
    """
    try:
        return WhenCondition(text=text, root=_parsed_condition(text, where))
    except IceError as error:
        raised = error.finding
        raised.message = raised.message.replace("is not a reference", "is not a condition", 1)
        raised.hints = ("A condition is a boolean, as in `fetch.status == 200 and not inputs.quick`",)
        raise


def _parsed_condition(text: str, where: Location | None) -> Condition:
    start = len(text) - len(text.lstrip())
    braced = text.startswith("{{", start)
    parser = Parser(text, start=start + 2 if braced else start, closing=braced, where=where)
    root = parser.condition()
    parser.finish("`and`, `or`, a comparator or the end")
    rest = text[parser.end :]
    if rest.strip():
        offset = parser.end + len(rest) - len(rest.lstrip())
        parser.refuse(offset, 1, "one condition", f"more text after `{text[: parser.end][-2:]}`")
    return root


def evaluate(template: Template, scope: JsonObject) -> JsonValue:
    """The value of a template in a scope.

    Raises:
        IceError: `reference-missing`, with the path and the part of it that is not there.
    """
    whole = template.whole
    if whole is not None:
        return _fallback_value(whole, scope)
    return "".join(
        piece if isinstance(piece, str) else _printed(_fallback_value(piece, scope)) for piece in template.pieces
    )


def evaluate_value(value: JsonValue, scope: JsonObject) -> JsonValue:
    """`value` with the references in its strings replaced, at any depth; the names of members are left as they are.

    Raises:
        IceError: `reference-syntax` or `reference-missing`.
    """
    if isinstance(value, str):
        return evaluate(parse_template(value), scope) if "{{" in value else value
    if isinstance(value, list):
        return [evaluate_value(item, scope) for item in value]
    if isinstance(value, dict):
        return {name: evaluate_value(member, scope) for name, member in value.items()}
    return value


def evaluate_condition(condition: WhenCondition, scope: JsonObject) -> bool:
    """Whether a condition holds in a scope; in `or`, what is missing or null counts as false unless it comes last.

    Raises:
        IceError: `reference-missing`, or `condition-type` where a value is not a boolean or cannot be compared.
    """
    return _holds(condition.root, scope, condition.text)


def texts_in(value: JsonValue, *, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each string at any depth of `value` that may hold a reference, with its path."""
    if isinstance(value, str) and "{{" in value:
        yield path, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts_in(item, path=(*path, index))
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from texts_in(member, path=(*path, name))


def _printed(value: JsonValue) -> str:
    return value if isinstance(value, str) else canonical_bytes(value).decode("utf-8")


def _fallback_value(expression: Fallback, scope: JsonObject) -> JsonValue:
    for term in expression.terms[:-1]:
        try:
            value = term_value(term, scope)
        except Missing:
            continue
        if value is not None:
            return value
    return required_value(expression.terms[-1], scope)


def _holds(condition: Condition, scope: JsonObject, text: str) -> bool:
    try:
        return _verdict(condition, scope, text)
    except Missing as missing:
        refuse_missing(missing)


def _verdict(condition: Condition, scope: JsonObject, text: str) -> bool:
    if isinstance(condition, Junction):
        if condition.word == "and":
            return all(_verdict(operand, scope, text) for operand in condition.operands)
        passed = any(_verdict_or_false(operand, scope, text) for operand in condition.operands[:-1])
        return passed or _verdict(condition.operands[-1], scope, text)
    if isinstance(condition, Denial):
        return not _verdict(condition.operand, scope, text)
    if isinstance(condition, Comparison):
        return _compared(condition, scope, text)
    value = term_value(condition, scope)
    if not isinstance(value, bool):
        _refuse_type(text, "a boolean", type_name(value))
    return value


def _verdict_or_false(condition: Condition, scope: JsonObject, text: str) -> bool:
    try:
        if isinstance(condition, Path) and term_value(condition, scope) is None:
            return False
        return _verdict(condition, scope, text)
    except Missing:
        return False


def _compared(comparison: Comparison, scope: JsonObject, text: str) -> bool:
    left, right = term_value(comparison.left, scope), term_value(comparison.right, scope)
    if comparison.comparator in ("==", "!="):
        return json_equal(left, right) == (comparison.comparator == "==")
    order = _order(left, right)
    if order is None:
        _refuse_type(text, "two numbers or two strings", f"{type_name(left)} and {type_name(right)}")
    return _ORDER[comparison.comparator](order)


def _order(left: JsonValue, right: JsonValue) -> int | None:
    # Strings by code point, numbers by value; nothing else has an order.
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    return (left > right) - (left < right) if _is_number(left) and _is_number(right) else None


def _is_number(value: JsonValue) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refuse_type(text: str, expected: str, found: str) -> NoReturn:
    raise IceError(
        "condition-type",
        f"`{text}` cannot be decided",
        expected=expected,
        found=found,
        hints=("A condition is a boolean; to test whether something has a value, write `search.best != null`",),
    )


def _condition_paths(condition: Condition) -> Iterator[Path]:
    if isinstance(condition, Path):
        yield condition
    elif isinstance(condition, Comparison):
        yield from (term for term in (condition.left, condition.right) if isinstance(term, Path))
    elif isinstance(condition, Denial):
        yield from _condition_paths(condition.operand)
    elif isinstance(condition, Junction):
        for operand in condition.operands:
            yield from _condition_paths(operand)
