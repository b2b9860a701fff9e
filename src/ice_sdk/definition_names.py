"""What shared schemas are called: as short as their types' names allow, as pydantic chooses it, in one pass.

Each definition may have six names, from `NAME` to `MODULE__NAME-Input__2`; it has the first that means one schema
only. A name that becomes shorter may make the schemas that refer to it equal, so that is asked again until it settles.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from ice_core.json_schema import REFERENCE_PREFIX
from ice_core.strict_json import JsonObject, JsonValue

_ENDS: Final = {"validation": "Input", "serialization": "Output"}
_PARTS: Final = re.compile(r"([\][,])")
_MODULES: Final = re.compile(r"(?:[^.[\]]+\.)+([^.[\]]+)")
_ODD: Final = re.compile(r"[^a-zA-Z0-9.\-_]")


class DefinitionNames:
    """The names that the types of one manifest may have; a type keeps its number among those of its qualified name."""

    def __init__(self) -> None:
        self._of_types: dict[str, tuple[str, str, int]] = {}
        self._numbers: dict[str, int] = defaultdict(int)

    def choices(self, type_reference: str, mode: str) -> tuple[str, ...]:
        """The names of a type in one direction, the shortest first; the last is its own for certain.

        Args:
            type_reference: As pydantic refers to a type: `acme.tables.Row:94213`, or with its arguments in brackets.
            mode: `validation` or `serialization`.
        """
        known = self._of_types.get(type_reference)
        if known is None:
            parts = [part.rsplit(":", 1)[0] for part in _PARTS.split(type_reference)]
            qualified = _normal("".join(parts))
            self._numbers[qualified] += 1
            short = _normal("".join(_MODULES.sub(r"\1", part) for part in parts))
            known = self._of_types[type_reference] = (short, qualified, self._numbers[qualified])
        short, qualified, number = known
        end = _ENDS[mode]
        return (
            short,
            f"{short}-{end}",
            qualified,
            f"{qualified}-{end}",
            f"{qualified}__{number}",
            f"{qualified}-{end}__{number}",
        )


def _normal(name: str) -> str:
    return _ODD.sub("_", name).replace(".", "__")


def chosen_names(definitions: JsonObject, choices: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The name of each definition.

    Args:
        definitions: The schemas by the last of their names, in which they refer to each other.
        choices: Their names by the last.
    """
    holders: dict[str, list[str]] = defaultdict(list)
    for own in definitions:
        for name in choices[own]:
            holders[name].append(own)
    chosen = {own: own for own in definitions}
    referred = dict(chosen)
    while True:
        clear = {name: _are_equal(owns, definitions, referred) for name, owns in holders.items()}
        found = {own: next(name for name in choices[own] if clear[name]) for own in definitions}
        if found == chosen:
            return chosen
        chosen = found
        # Every longer name of what has a shorter one now stands for it as well, as it does for pydantic.
        shorter: dict[str, str] = {}
        for own, name in chosen.items():
            names = choices[own]
            shorter.update(dict.fromkeys(names[names.index(name) :], name))
        referred = {own: shorter.get(name, name) for own, name in referred.items()}


def _are_equal(owns: list[str], definitions: JsonObject, chosen: Mapping[str, str]) -> bool:
    first = definitions[owns[0]]
    return all(_same(first, definitions[own], chosen) for own in owns[1:])


def _same(one: JsonValue, other: JsonValue, chosen: Mapping[str, str]) -> bool:
    """Whether two schemas are equal where they refer to what has one name by now."""
    if one == other:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            _same_reference(value, other[word], chosen) if word == "$ref" else _same(value, other[word], chosen)
            for word, value in one.items()
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other, [chosen] * len(one)))
    return False


def _same_reference(one: JsonValue, other: JsonValue, chosen: Mapping[str, str]) -> bool:
    return _named(one, chosen) == _named(other, chosen)


def _named(value: JsonValue, chosen: Mapping[str, str]) -> JsonValue:
    if isinstance(value, str) and value.startswith(REFERENCE_PREFIX):
        name = value.removeprefix(REFERENCE_PREFIX)
        return f"{REFERENCE_PREFIX}{chosen.get(name, name)}"
    return value


def ordered(value: JsonValue, chosen: Mapping[str, str], within: str = "") -> JsonValue:
    """A copy of a schema with the chosen names, its members in the order of the alphabet.

    The properties of an object, and what a default holds, keep their order.
    """
    if isinstance(value, dict):
        words = value if within in ("properties", "default") else sorted(value)
        return {
            word: _named(value[word], chosen) if word == "$ref" else ordered(value[word], chosen, word)
            for word in words
        }
    if isinstance(value, list):
        return [ordered(item, chosen, within) for item in value]
    return value


def named(value: JsonValue, chosen: Mapping[str, str]) -> JsonValue:
    """A copy of a schema with the chosen names, in its own order."""
    if isinstance(value, dict):
        return {
            word: _named(inner, chosen) if word == "$ref" else named(inner, chosen) for word, inner in value.items()
        }
    return [named(item, chosen) for item in value] if isinstance(value, list) else value
