"""The schema of another framework's tool: its own definitions, and the schema without references, within bounds.

What a manifest cannot hold (identifiers, forms of older drafts, references to what is not there) is taken out and told.
"""

import re
from typing import Final

from ice_core.contracts import Contract
from ice_core.errors import IceError
from ice_core.json_schema import MAX_EXPANSIONS, MAX_SCHEMA_DEPTH, subschemas, with_subschemas
from ice_core.strict_json import JsonObject, JsonValue, printable
from ice_sdk.annotation_parts import WORDS

_UUIDS: Final = tuple(f"uuid{version}" for version in range(1, 9))
_REFERENCE: Final = re.compile(r"#/(?:\$defs|definitions)/([^/]+)")
# What refers to the whole schema, and its name among the definitions.
ROOT: Final = "#"
_IDENTIFYING: Final = frozenset(
    "$anchor $dynamicAnchor $dynamicRef $id $recursiveAnchor $recursiveRef $vocabulary id".split()
)


class ForeignSchema:
    """One schema with definitions of its own.

    Args:
        schema: The whole schema.
        lost: Where what is lost is told, a line each.
    """

    def __init__(self, schema: JsonObject, lost: list[str]) -> None:
        self.lost = lost
        self.defined: JsonObject = {}
        self._expansions = 0
        for member in ("definitions", "$defs"):
            part = schema.get(member)
            self.defined |= part if isinstance(part, dict) else {}
        self._holds_itself = ROOT not in self.defined
        self.defined.setdefault(ROOT, schema)

    def known(self, schema: JsonObject, path: str) -> JsonObject:
        """The keywords of a schema that a manifest may hold; of the others it is told that they are lost."""
        known: JsonObject = {}
        inner = {word for word, _, value in subschemas(schema) if isinstance(value, bool | dict)}
        for word, value in schema.items():
            if word in ("$defs", "definitions", "$schema"):
                continue
            reason = _dropped(word, value)
            if reason is not None:
                self.lost.append(f"{path}: `{word}`, {reason}")
            elif word in _IDENTIFYING:
                self.lost.append(f"{path}: `{word}`, since what a manifest refers to has names of its own")
            elif word == "$ref" or word in inner or _is_sound(word, value):
                known[word] = value
            else:
                self.lost.append(f"{path}: `{printable(word)}`, which draft 2020-12 has not in this form")
        return known

    def target(self, reference: JsonValue) -> str | None:
        """The name of the definition that a reference is to."""
        if reference == ROOT:
            return ROOT if self._holds_itself else None
        found = _REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
        name = found[1].replace("~1", "/").replace("~0", "~") if found is not None else None
        return name if name in self.defined else None

    def alone(self, schema: JsonObject, path: str, above: frozenset[str] = frozenset()) -> JsonObject:
        """A schema with what it refers to in place of the references, so that it stands by itself."""
        alone = with_subschemas(self.known(schema, path), lambda inner: self.standing(inner, path, above))
        reference = alone.pop("$ref", None)
        if reference is not None:
            parts = alone.get("allOf")
            alone["allOf"] = [*(parts if isinstance(parts, list) else ()), self._in_place(reference, path, above)]
        return alone

    def standing(self, schema: JsonValue, path: str, above: frozenset[str] = frozenset()) -> JsonValue:
        """`alone`, of any schema."""
        # Without a word, `{}` would be taken for a type that was forgotten.
        if not isinstance(schema, dict):
            return schema
        if schema.keys() == {"$ref"}:
            return self._in_place(schema["$ref"], path, above)
        alone = self.alone(schema, path, above)
        if not alone:
            return True
        # Words alone would be taken for a type that was forgotten.
        return alone if alone.keys() - WORDS else {**alone, "allOf": [True]}

    def _in_place(self, reference: JsonValue, path: str, above: frozenset[str]) -> JsonValue:
        target = self.target(reference)
        if target is None or target in above:
            said = "is inside what it refers to" if target is not None else "is not defined in this file"
            self.lost.append(f"{path}: `$ref` to `{printable(str(reference))}`, which {said}; any value is taken")
            return True
        self._expansions += 1
        if self._expansions > MAX_EXPANSIONS or len(above) > MAX_SCHEMA_DEPTH:
            raise IceError(
                "schema-invalid",
                f"{path or 'the schema'} refers to more than a manifest may hold",
                expected=f"at most {MAX_EXPANSIONS} references, {MAX_SCHEMA_DEPTH} deep",
                found="more",
                note="Nothing was written.",
                hints=("Take the tool out of the file",),
            )
        return self.standing(self.defined[target], path, above | {target})


def _dropped(word: str, value: JsonValue) -> str | None:
    # What an export leaves out, or says in another way.
    if word == "title" and value == "":
        return "which is empty"
    if word == "discriminator":
        return "whose references a schema that stands alone could not follow"
    return "which no reader asserts" if word == "format" and value in _UUIDS else None


def _is_sound(word: str, value: JsonValue) -> bool:
    try:
        Contract({word: value}, where=word)
    except IceError:
        return False
    return True
