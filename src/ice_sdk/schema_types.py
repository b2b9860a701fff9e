"""Python types of JSON Schemas, as source text: a TypedDict for each object, an alias for whatever else has a name.

What a schema says and a type cannot is left out, so a type is never narrower than its schema. No text of a schema
becomes code: names are made of ASCII letters and digits, and every other string is a literal in
escapes that is never a part of anything else.
"""

import keyword
import re
from collections.abc import Iterable
from typing import Final

from ice_core.strict_json import JsonObject, JsonValue

ANY: Final = "JsonValue"
_SCALARS: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_IMPORTED: Final = ("Literal", "Never", "NotRequired", "TypeAlias", "TypedDict", "Unpack", "cast")
_REFERRED_TO: Final = ("Context", ANY, "None", "True", "False", "bool", "dict", "float", "int", "list", "object", "str")
# Type checkers call a definition of such a name deprecated, whoever made it.
_OLD_TYPING: Final = ("DefaultDict", "Deque", "Dict", "FrozenSet", "List", "OrderedDict", "Set", "Tuple", "Type")
# What the modules import from `__future__`.
_FUTURE: Final = "annotations"
# No definition may take such a name away.
_RESERVED: Final = frozenset((*_REFERRED_TO, *_IMPORTED, *_OLD_TYPING, _FUTURE))
# Characters that stand in a quoted type as they are: type checkers refuse an escape there.
_PLAIN: Final = re.compile(r"[ !#-&(-\[\]-~]*", re.ASCII)
_PARTS: Final = re.compile(r"[^A-Za-z0-9]+")
_FIELD: Final = re.compile(r"[a-z][a-z0-9_]*|_[a-z0-9][a-z0-9_]*", re.ASCII)


def camel(text: str) -> str:
    """`csv_reader` as `CsvReader`: the letters and digits of a name; `Value` where it has none to begin with."""
    joined = "".join(part[0].upper() + part[1:] for part in _PARTS.split(text) if part)
    return joined if joined[:1].isalpha() else f"Value{joined}"


def docstring(text: str) -> str:
    """`text` as a docstring on one line of ASCII: every quote, back slash and control character is escaped."""
    escaped = text.encode("unicode_escape").decode("ascii").replace('"', '\\"')
    return f'"""{escaped}"""'


class TypeWriter:
    """Collects the definitions that schemas need.

    Args:
        schemas: The schemas that may be referred to, by name.
        prefix: What stands before the name in a reference, as in `#/schemas/`.
    """

    def __init__(self, schemas: JsonObject, *, prefix: str) -> None:
        self.definitions: list[str] = []
        self.used: set[str] = set()
        self._taken: set[str] = set(_RESERVED)
        self._schemas = schemas
        self._prefix = prefix
        self._typed_dicts: set[str] = set()
        self._names = {name: self.take(camel(name)) for name in sorted(schemas)}
        for name, type_name in self._names.items():
            self._define(type_name, schemas[name])

    def take(self, wanted: str) -> str:
        """`wanted`, or the first of `wanted_2`, `wanted_3` that nothing else is called; never a keyword."""
        name = f"{wanted}_" if wanted in _RESERVED or keyword.iskeyword(wanted) else wanted
        count = 1
        while name in self._taken:
            count += 1
            name = f"{wanted}_{count}"
        self._taken.add(name)
        return name

    def import_line(self) -> str:
        """The import of what the definitions use from `typing`."""
        return f"from typing import {', '.join(sorted(self.used))}\n" if self.used else ""

    def define(self, wanted: str, schema: JsonValue) -> str:
        """Defines a type for `schema` and gives its name; one that is only a reference to `wanted` is there already."""
        target = self._referenced(schema)
        if target is not None and self._names[target] == wanted:
            return wanted
        name = self.take(wanted)
        self._define(name, schema)
        return name

    def typed_dict(self, schema: JsonValue, name: str) -> str | None:
        """The TypedDict that `name`, defined for `schema`, stands for; None if it stands for something else."""
        while (target := self._referenced(schema)) is not None:
            schema, name = self._schemas[target], self._names[target]
        return name if name in self._typed_dicts else None

    def use(self, name: str) -> str:
        """`name`, which is imported from `typing`."""
        self.used.add(name)
        return name

    def _define(self, name: str, schema: JsonValue) -> None:
        if isinstance(schema, dict) and self._referenced(schema) is None:
            members = self._members(schema)
            if members is not None:
                self._add_typed_dict(name, schema, members)
                return
        self.definitions.append(f'{name}: {self.use("TypeAlias")} = "{self._defining(schema, name)}"\n')

    def _add_typed_dict(self, name: str, schema: JsonObject, members: dict[str, tuple[JsonValue, bool]]) -> None:
        self._typed_dicts.add(name)
        # The members' own definitions come first in the text; references may go either way.
        types = {key: self._defining(member, name + camel(key)) for key, (member, _) in members.items()}
        required = {key for key, (_, needed) in members.items() if needed}
        base = self.use("TypedDict")
        if required != members.keys():
            self.use("NotRequired")
        if all(_FIELD.fullmatch(key) and not keyword.iskeyword(key) and key not in _RESERVED for key in members):
            lines = [
                f"    {key}: {text if key in required else f'NotRequired[{text}]'}\n" for key, text in types.items()
            ]
            described = schema.get("description")
            words = [f"    {docstring(described)}\n"] if isinstance(described, str) and described else []
            body = "".join([*words, "\n" if words and lines else "", *lines]) or "    pass\n"
            self.definitions.append(f"class {name}({base}):\n{body}")
            return
        rows = [
            f"    {ascii(key)}: {_quoted(text) if key in required else f'NotRequired[{_quoted(text)}]'},\n"
            for key, text in types.items()
        ]
        self.definitions.append(f'{name} = {base}("{name}", {{\n{"".join(rows)}}})\n')

    def _defining(self, schema: JsonValue, name: str) -> str:
        text = self.expression(schema, name)
        # Only now: a union leaves out what another branch covers.
        self.used |= {word for word in ("Literal", "Never") if re.search(rf"\b{word}\b", text)}
        return text

    def expression(self, schema: JsonValue, name: str) -> str:
        """The type of a schema as an expression; `name` is what an object inside it is called."""
        if not isinstance(schema, dict):
            return "Never" if schema is False else ANY
        target = self._referenced(schema)
        if target is not None:
            return self._names[target]
        if "const" in schema:
            return self._literals([schema["const"]])
        if isinstance(values := schema.get("enum"), list):
            return self._literals(values)
        members = self._members(schema)
        if members is not None:
            own = self.take(name)
            self._add_typed_dict(own, schema, members)
            return own
        return self._by_type(schema, name)

    def _by_type(self, schema: JsonObject, name: str) -> str:
        types = schema.get("type")
        if types is not None:
            listed = types if isinstance(types, list) else [types]
            return _union(self._of_one_type(str(each), schema, name) for each in listed)
        for word in ("anyOf", "oneOf"):
            if isinstance(branches := schema.get(word), list):
                return _union(self.expression(branch, name) for branch in branches)
        if isinstance(parts := schema.get("allOf"), list):
            # One part alone is never narrower than all of them.
            return next((text for part in parts if (text := self.expression(part, name)) != ANY), ANY)
        return ANY

    def _of_one_type(self, word: str, schema: JsonObject, name: str) -> str:
        if word == "array":
            first = schema.get("prefixItems")
            items = [*(first if isinstance(first, list) else ()), schema.get("items", True)]
            return f"list[{_union(self.expression(item, f'{name}Item') for item in items)}]"
        if word == "object":
            members = self._members({**schema, "type": "object"})
            if members is not None:
                own = self.take(name)
                self._add_typed_dict(own, schema, members)
                return own
            return f"dict[str, {self._values(schema, name)}]"
        return _SCALARS.get(word, ANY)

    def _values(self, schema: JsonObject, name: str) -> str:
        if schema.get("patternProperties"):
            return ANY
        return self.expression(schema.get("additionalProperties", True), f"{name}Value")

    def _literals(self, values: list[JsonValue]) -> str:
        exact = list(dict.fromkeys(text for value in values if (text := _literal(value)) is not None))
        others = [_wide(value) for value in values if _literal(value) is None]
        named = [f"Literal[{', '.join(exact)}]"] if exact else []
        return _union([*named, *others])

    def _members(
        self, schema: JsonValue, *, above: frozenset[str] = frozenset()
    ) -> dict[str, tuple[JsonValue, bool]] | None:
        """Each member with whether it is required, `allOf` taken together; None where there is no object of members."""
        target = self._referenced(schema)
        if target is not None:
            return None if target in above else self._members(self._schemas[target], above=above | {target})
        if not isinstance(schema, dict) or "const" in schema or "enum" in schema:
            return None
        parts = schema.get("allOf")
        inherited = [self._members(part, above=above) for part in parts] if isinstance(parts, list) else []
        merged: dict[str, tuple[JsonValue, bool]] = {}
        for each in inherited:
            merged = {**(each or {}), **merged}
        is_object = schema.get("type") == "object" or (
            "type" not in schema and any(each is not None for each in inherited)
        )
        own = schema.get("properties")
        properties = own if isinstance(own, dict) else {}
        closed = schema.get("additionalProperties") is False and not schema.get("patternProperties")
        if not is_object or not (properties or merged or closed):
            return None
        needed = schema.get("required")
        required = set(map(str, needed)) if isinstance(needed, list) else set()
        every = {**{key: member for key, (member, _) in merged.items()}, **properties}
        return {key: (member, key in required or (key in merged and merged[key][1])) for key, member in every.items()}

    def _referenced(self, schema: JsonValue) -> str | None:
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        return reference.removeprefix(self._prefix) if isinstance(reference, str) else None


def _quoted(text: str) -> str:
    return f'"{text}"'


def _literal(value: JsonValue) -> str | None:
    if isinstance(value, bool | int):
        return str(value)
    return f"'{value}'" if isinstance(value, str) and _PLAIN.fullmatch(value) else None


def _wide(value: JsonValue) -> str:
    if value is None or isinstance(value, str | float):
        return {str: "str", float: "float"}.get(type(value), "None")
    return f"list[{ANY}]" if isinstance(value, list) else f"dict[str, {ANY}]"


def _union(texts: Iterable[str]) -> str:
    found = dict.fromkeys(texts)
    if ANY in found:
        return ANY
    # Last what reads best there; what is never given adds nothing to the others.
    order = [*(text for text in found if text not in ("None", "Never")), *(text for text in ("None",) if text in found)]
    return " | ".join(order) or "Never"
