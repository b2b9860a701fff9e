"""`hidden-text`: schemas, examples and blueprints hold no text that a reader cannot see and a model would.

The model refuses such text in the manifest's own members; what schemas, examples and blueprints hold is free JSON, and
descriptions in schemas are what language models are shown.
"""

from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_core.errors import Finding
from ice_core.models.text import is_hidden
from ice_core.strict_json import JsonValue, printable

_LAYOUT = frozenset("\t\n\r")


def _find(subject: Subject) -> Iterator[Finding]:
    for path, text in _texts(subject.value, ""):
        hidden = sorted({char for char in text if char not in _LAYOUT and is_hidden(char)})
        if hidden:
            yield Finding(
                "hidden-text",
                f"`{path}` holds characters that a reader does not see",
                where=subject.at(path),
                found=", ".join(f"U+{ord(char):04X}" for char in hidden),
                hints=("Take them out at the component's decorator, then run `ice plugins export`",),
            )


def _texts(value: JsonValue, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for name, member in value.items():
            inner = f"{path}.{printable(name)}" if path else printable(name)
            yield inner, name
            yield from _texts(member, inner)


CHECK = Check(slug="hidden-text", severity="error", run=_find)
