"""Looking a path up in a scope: JSON objects by key, arrays by index, nothing else; and saying what is not there."""

from typing import NoReturn

from ice_core.errors import IceError
from ice_core.reference_syntax import Constant, Path, Term, step_text
from ice_core.strict_json import JsonObject, JsonValue, type_name


class Missing(Exception):
    """A path that leads nowhere; an `or` may still catch it, and it becomes an error only where there is none."""

    def __init__(self, path: Path, depth: int, found: JsonValue) -> None:
        super().__init__(str(path))
        self.path = path
        self.depth = depth
        self.found = found


def term_value(term: Term, scope: JsonObject) -> JsonValue:
    """The value of a term.

    Raises:
        Missing: The path leads nowhere.
    """
    if isinstance(term, Constant):
        return term.value
    value: JsonValue = scope
    for depth, step in enumerate((term.name, *term.steps)):
        if isinstance(step, str) and isinstance(value, dict) and step in value:
            value = value[step]
            continue
        if isinstance(step, str) or not isinstance(value, list) or step >= len(value):
            raise Missing(term, depth, value)
        value = value[step]
    return value


def required_value(term: Term, scope: JsonObject) -> JsonValue:
    """The value of a term.

    Raises:
        IceError: `reference-missing`, with the path and the part of it that is not there.
    """
    try:
        return term_value(term, scope)
    except Missing as missing:
        refuse_missing(missing)


def refuse_missing(missing: Missing) -> NoReturn:
    """Raises `reference-missing` for a path that no `or` caught."""
    path = missing.path
    steps = (path.name, *path.steps)
    step = steps[missing.depth]
    before = path.name + "".join(map(step_text, path.steps[: max(missing.depth - 1, 0)]))
    place = f"`{before}`" if missing.depth else "what this node can refer to"
    raise IceError(
        "reference-missing",
        f"`{path}` is not there: {place} has no `{step}`",
        expected=f"`{step}` in {place}",
        found=_contents(missing.found),
        details={"reference": str(path), "column": path.column, "length": path.length},
        hints=(f"To go on without it, give a fallback: `{{{{ {path} or null }}}}`",),
    ) from missing


def json_equal(left: JsonValue, right: JsonValue) -> bool:
    """Equality of JSON values: 1 equals 1.0, and true does not equal 1, at any depth."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(json_equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(json_equal(left[name], right[name]) for name in left)
    return left == right


def _contents(value: JsonValue) -> str:
    if isinstance(value, dict):
        names = sorted(value)
        shown = ", ".join(f"`{name}`" for name in names[:20])
        more = f" and {len(names) - 20} more" if len(names) > 20 else ""
        return f"an object with {shown}{more}" if names else "an empty object"
    return f"an array of {len(value)}" if isinstance(value, list) else type_name(value)
