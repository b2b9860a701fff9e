"""`hidden-text`: schemas, examples, blueprints and sources hold no text that a reader cannot see.

The model refuses such text in the manifest's own members; what schemas, examples and blueprints hold is free JSON, and
descriptions in schemas are what language models are shown. In sources, characters that turn the direction of text make
code look like other code than it is ("Trojan Source", CVE-2021-42574).
"""

from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_checks.source.characters import hidden_characters
from ice_checks.source.places import listed_places
from ice_core.errors import Finding, Location
from ice_core.models.text import is_hidden
from ice_core.strict_json import JsonValue, printable

_LAYOUT = frozenset("\t\n\r")


def _find(subject: Subject) -> Iterator[Finding]:
    yield from _in_manifest(subject)
    for file, data in subject.tree.texts():
        hidden = list(hidden_characters(data))
        if hidden:
            first = hidden[0]
            yield Finding(
                "hidden-text",
                f"`{file}` holds characters that a reader does not see",
                where=Location(file, line=first.line, column=first.column),
                found=", ".join(sorted({each.shown for each in hidden})),
                detail=listed_places([f"{file}:{each.line}:{each.column}  {each.shown}" for each in hidden[1:]]),
                hints=(f"Take it out, or write it as an escape: `{first.text.encode('unicode_escape').decode()}`",),
            )


def _in_manifest(subject: Subject) -> Iterator[Finding]:
    for path, hidden in hidden_places(subject.value, ""):
        yield Finding(
            "hidden-text",
            f"`{path}` holds characters that a reader does not see",
            where=subject.at(path),
            found=hidden,
            hints=("Take them out at the component's decorator, then run `ice plugins export`",),
        )


def hidden_places(value: JsonValue, path: str) -> Iterator[tuple[str, str]]:
    """The path of each text in a value, names of members too, that holds hidden characters, and which: `U+202E`."""
    for place, text in _texts(value, path):
        hidden = sorted({char for char in text if char not in _LAYOUT and is_hidden(char)})
        if hidden:
            yield place, ", ".join(f"U+{ord(char):04X}" for char in hidden)


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
