"""JSON values as Python source, laid out so that a formatter of any line length leaves it as it is.

No text of a value becomes code: a string is one literal of ASCII, in which quotes, back slashes, line ends and whatever
is not plain are escapes.
"""

from collections.abc import Iterable, Mapping

from ice_core.strict_json import JsonValue

INDENT = "    "


def text_literal(text: str) -> str:
    """A string literal on one line, in the quotes that need fewer escapes."""
    quote = "'" if '"' in text and "'" not in text else '"'
    return f"{quote}{''.join(_escaped(char, quote) for char in text)}{quote}"


def value_literal(value: JsonValue, *, depth: int = 0) -> str:
    """The literal of a JSON value; what has members has each of them on a line of its own, `depth` levels in."""
    if isinstance(value, str):
        return text_literal(value)
    if isinstance(value, float):
        return repr(value).replace("e+", "e")
    if isinstance(value, dict) and value:
        rows = (f"{text_literal(name)}: {value_literal(member, depth=depth + 1)}" for name, member in value.items())
        return exploded("{", rows, "}", depth=depth)
    if isinstance(value, list) and value:
        return exploded("[", (value_literal(item, depth=depth + 1) for item in value), "]", depth=depth)
    return repr(value)


def call_text(name: str, arguments: Mapping[str, JsonValue], *, depth: int = 0) -> str:
    """A call with keyword arguments."""
    rows = (f"{word}={value_literal(value, depth=depth + 1)}" for word, value in arguments.items())
    return exploded(f"{name}(", rows, ")", depth=depth)


def exploded(opening: str, rows: Iterable[str], closing: str, *, depth: int = 0) -> str:
    """Rows one below the other, a comma after each: formatters keep that apart."""
    inner = INDENT * (depth + 1)
    return f"{opening}\n{''.join(f'{inner}{row},' + chr(10) for row in rows)}{INDENT * depth}{closing}"


def _escaped(char: str, quote: str) -> str:
    if char == "\\":
        return "\\\\"
    if char == '"' and quote == '"':
        # As a number: a back slash before a quote would make formatters choose the other quotes.
        return "\\x22"
    if " " <= char <= "~":
        return char
    return char.encode("unicode_escape").decode("ascii")
