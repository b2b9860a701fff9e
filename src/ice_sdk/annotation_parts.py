"""The parts of an annotation: a Python type, what `Field` says beside it, or a schema word for word."""

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk.python_literals import call_text, exploded, value_literal

ANY: Final = "JsonValue"
OPEN: Final = "dict[str, JsonValue]"
SCALARS: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "string": {"minLength": "min_length", "maxLength": "max_length"},
    "array": {"minItems": "min_length", "maxItems": "max_length"},
    "integer": {"minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt"},
    "number": {"minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt"},
}
WORDS: Final = frozenset(
    "$comment contentEncoding contentMediaType default deprecated description examples format readOnly title "
    "writeOnly".split()
)
# Keywords that say more of a value than one Python type does.
BEYOND: Final = frozenset(
    "allOf anyOf const contains dependentSchemas else enum if not oneOf patternProperties prefixItems propertyNames "
    "then unevaluatedItems unevaluatedProperties".split()
)
MEMBER: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}", re.ASCII)
PLAIN: Final = re.compile(r"[ !#-&(-\[\]-~]{1,60}", re.ASCII)
LONGEST_NAME, LONGEST_TYPE, LONGEST_LINE = 28, 40, 80
RESERVED: Final = frozenset(
    (
        *SCALARS.values(),
        *keyword.kwlist,
        ANY,
        "Annotated",
        "ConfigDict",
        "Field",
        "Literal",
        "NotRequired",
        "RootModel",
    )
    + ("TypeAlias", "TypedDict", "Union", "WithJsonSchema", "arguments", "dict", "list", "tool", "with_config")
    + ("NotImplementedError",)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A type as source text, and what its annotation says beside it.

    Attributes:
        base: The type, on one line.
        fields: What `Field` is called with.
        whole: The schema word for word, in place of what the type would give.
    """

    base: str
    fields: JsonObject = field(default_factory=dict)
    whole: JsonObject | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the type says all."""
        return not self.fields and self.whole is None

    def metadata(self, depth: int) -> str:
        """What stands behind the type in `Annotated`."""
        if self.whole is None:
            return call_text("Field", self.fields, depth=depth) if self.fields else "Field()"
        return exploded("WithJsonSchema(", [value_literal(self.whole, depth=depth + 1)], ")", depth=depth)


def told(words: JsonObject, fields: Mapping[str, str], *, whole: bool = False) -> JsonObject:
    """What `Field` is called with; `whole` is for bounds that have to be whole numbers."""
    told: JsonObject = {}
    extra: JsonObject = {}
    for word, value in words.items():
        is_number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        if word in fields and is_number:
            told[fields[word]] = value
        elif word == "description" and isinstance(value, str):
            told[word] = value
        else:
            extra[word] = value
    return {**told, "json_schema_extra": extra} if extra else told


def wide(known: JsonObject) -> str:
    """A Python type of everything that a schema's `type` takes."""
    given = known.get("type")
    kinds = list(map(str, given if isinstance(given, list) else [given]))
    if kinds in (["object"], ["array"]):
        return OPEN if kinds == ["object"] else f"list[{ANY}]"
    return " | ".join(SCALARS[kind] for kind in kinds) if {*kinds} <= SCALARS.keys() else ANY


def words_of(schema: JsonValue) -> set[str]:
    """Every name of a member at any depth, keywords among them."""
    if isinstance(schema, dict):
        return {*schema}.union(*map(words_of, schema.values()))
    return set[str]().union(*map(words_of, schema)) if isinstance(schema, list) else set()


def property_names(schema: JsonValue) -> Iterator[str]:
    """Every name that a member of an object has somewhere in a schema."""
    if isinstance(schema, dict):
        for word, value in schema.items():
            if word == "properties" and isinstance(value, dict):
                yield from value
            yield from property_names(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from property_names(item)
