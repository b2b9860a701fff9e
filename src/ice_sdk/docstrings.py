"""What docstrings say of a component and of its types: descriptions of the whole, of each input, and of the output.

Google, NumPy and Sphinx forms are read. A docstring that none of them can read still gives its paragraphs.
"""

import inspect
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ice_core.models.text import MAX_TEXT_BYTES
from ice_sdk.declared import Declared

if TYPE_CHECKING:
    from docstring_parser import Docstring

# What may open a section. Anything else has nothing to parse, which spares loading the parser.
_SECTION: Final = re.compile(r"^[ \t]*(?:[A-Z][A-Za-z ]*:[ \t]*$|:[a-z]+[^:\n]*:|-{3,}[ \t]*$)", re.MULTILINE)
_FIELDS: Final = frozenset(("cvar", "ivar", "var"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Documentation:
    """What one or several docstrings say, as text on one line each, but for `text`, which has paragraphs.

    Attributes:
        summary: The first paragraph.
        text: Everything before the first section.
        members: What is said of each parameter or field.
        result: What is said of the result.
    """

    summary: str = ""
    text: str = ""
    members: Mapping[str, str] = field(default_factory=dict)
    result: str = ""


@lru_cache(maxsize=4096)
def documentation(declared: Declared) -> Documentation:
    """What is said of a component: by its object, by its class, and by the method that is called; the first wins."""
    owner, target = declared.signature.owner, declared.object
    own = target if owner is None or declared.form == "factory" else owner
    method = () if owner is None else (read_documentation(getattr(declared.signature.function, "__doc__", None)),)
    kin = (class_documentation(owner),) if owner is not None else ()
    said = (*((object_documentation(own),) if own is not owner else ()), *kin)
    first = next((each for each in (*said, *method) if each.summary), Documentation())
    members: dict[str, str] = {}
    for each in (*reversed(said), *method):
        members |= each.members
    result = next((each.result for each in (*method, *said) if each.result), "")
    return Documentation(summary=first.summary, text=first.text, members=members, result=result)


def object_documentation(target: object) -> Documentation:
    """What an object's own docstring says."""
    return class_documentation(target) if isinstance(target, type) else read_documentation(target.__doc__)


def class_documentation(target: type) -> Documentation:
    """What a class's own docstring says, and those of its ancestors of the fields that it does not name."""
    members: dict[str, str] = {}
    for ancestor in reversed(target.__mro__[:-1]):
        members |= read_documentation(_docstring(ancestor)).members
    own = read_documentation(_docstring(getattr(target, "__pydantic_generic_metadata__", {}).get("origin") or target))
    return Documentation(summary=own.summary, text=own.text, members=members, result=own.result)


def _docstring(target: type) -> str | None:
    text = vars(target).get("__doc__")
    if not isinstance(text, str) or target.__module__.partition(".")[0] in ("builtins", "pydantic", "typing"):
        return None
    # What `dataclass` writes by itself is the signature, not a description.
    return None if is_dataclass(target) and text.startswith(f"{target.__name__}(") else text


@lru_cache(maxsize=4096)
def read_documentation(docstring: str | None) -> Documentation:
    """What a docstring says."""
    if not isinstance(docstring, str) or not docstring.strip():
        return Documentation()
    cleaned = inspect.cleandoc(docstring)
    parsed = _parsed(cleaned) if _SECTION.search(cleaned) else None
    if parsed is None:
        return _described(cleaned)
    members, result = dict(_members(parsed)), _result(parsed)
    # Where the parser took everything and gave nothing, the words themselves are better than none.
    description = parsed.description or ("" if members or result else cleaned)
    return replace(_described(description), members=members, result=result)


def _described(text: str) -> Documentation:
    paragraphs = [_line(paragraph) for paragraph in re.split(r"\n\s*\n", text)]
    summary = paragraphs[0]
    kept = summary
    for paragraph in paragraphs[1:]:
        longer = f"{kept}\n\n{paragraph}"
        if len(longer.encode("utf-8", "replace")) > MAX_TEXT_BYTES:
            break
        kept = longer
    return Documentation(summary=summary, text=kept)


def _parsed(text: str) -> "Docstring | None":
    # Here, so that a module whose docstrings have no sections does not load the parser.
    from docstring_parser import DocstringStyle, ParseError, parse

    best: Docstring | None = None
    for style in (DocstringStyle.GOOGLE, DocstringStyle.NUMPYDOC, DocstringStyle.REST):
        try:
            # The parser cleans again, which would take the indent from a section on the very first line.
            read = parse(f"\n{text}", style=style)
        except (ParseError, ValueError, IndexError, KeyError, AttributeError, TypeError):
            continue
        if read.meta and (best is None or _weight(read) > _weight(best)):
            best = read
    return best


def _weight(read: "Docstring") -> int:
    return 2 * len(read.params) + 2 * len(read.many_returns) + len(read.meta)


def _members(parsed: "Docstring") -> Iterator[tuple[str, str]]:
    for item in parsed.meta:
        named = getattr(item, "arg_name", None)
        if named is None and len(item.args) > 1 and item.args[0] in _FIELDS:
            named = item.args[-1]
        text = _line(item.description or "")
        # NumPy's `x, y : int` describes both.
        for name in (named or "").split(","):
            if text and name:
                yield name.strip().lstrip("*\\"), text


def _result(parsed: "Docstring") -> str:
    said: list[str] = []
    for item in parsed.many_returns:
        text = _line(item.description or "")
        # `A table: its rows` is text, though the parser takes what stands before the colon for a type.
        words = re.sub(r"\[.*\]", "", item.type_name or "")
        is_text = parsed.style is not None and parsed.style.name == "GOOGLE" and " " in words.strip()
        said.append(f"{_line(item.type_name or '')}: {text}" if is_text and text else text)
    return "; ".join(text for text in said if text)


def _line(text: str) -> str:
    # One line, in Unicode normal form C, no longer than a manifest allows; a cut is shown.
    line = unicodedata.normalize("NFC", " ".join(text.split()))
    data = line.encode("utf-8", "replace")
    if len(data) <= MAX_TEXT_BYTES:
        return line
    return data[: MAX_TEXT_BYTES - 4].decode("utf-8", "ignore").rpartition(" ")[0] + " …"
