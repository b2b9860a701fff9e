"""Pydantic's JSON Schema generator, held to the contract: what the schema takes, the call reads.

What cannot be expressed is marked in place, so that `schema.py` can tell where; nothing is dropped or left open without
a word. An author's own validators, and types that read a text as something of their own (base64, JSON, paths that must
exist), may refuse what the schema takes; the call then says so.
"""

import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import CoreModeRef, DefsRef, GenerateJsonSchema, JsonSchemaMode, JsonSchemaWarningKind
from pydantic_core import PydanticSerializationError, core_schema, to_json

from ice_core.json_schema import REFERENCE_PREFIX
from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk.annotations import ANY_JSON
from ice_sdk.definition_names import DefinitionNames, chosen_names, named, ordered
from ice_sdk.json_values import NotJson, is_plain_json
from ice_sdk.json_values import to_json as strict_json_value
from ice_sdk.schema_texts import documented

_Key = tuple[int, str]
# A member that no schema has: it marks what could not be expressed until its path is known.
INEXPRESSIBLE: Final = "inexpressible"
# What `Decimal` takes as text, without the look-ahead of pydantic's own pattern: it must not backtrack.
_DECIMAL_TEXT: Final = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
# As JSON writes a whole number, which is how a key of that type becomes a member's name.
_WHOLE_NAME: Final = r"^-?(0|[1-9][0-9]*)$"
_PLAIN_TEXT: Final = {"type": "str"}
_DECIMAL_BOUNDS: Final = frozenset(("decimal_places", "ge", "gt", "le", "lt", "max_digits", "multiple_of"))
FUNCTION: Final = "a function"
_ADDRESS: Final = re.compile(r" at 0x[0-9a-f]+")
DECLINED: Final = "bytes, which are no text in general"
DIGITS: Final = "a Decimal of so many digits in all"
MEMBERS: Final = "a Literal of enum members"
_WITH_HOST: Final = frozenset(("ftp", "http", "https", "ws", "wss"))
TIMES: Final = "a date or time with a bound"
_TIME_BOUNDS: Final = frozenset(("ge", "gt", "le", "lt", "now_op"))
NAMES: Final = "a dict whose keys are no texts"


class ContractSchema(GenerateJsonSchema):
    """Pydantic's generator, marking what it would drop or leave open, and without the titles that repeat names."""

    def __init__(self) -> None:
        super().__init__(by_alias=True, ref_template=f"{REFERENCE_PREFIX}{{model}}")
        self._names = DefinitionNames()
        self._choices: dict[str, tuple[str, ...]] = {}

    def get_defs_ref(self, core_mode_ref: CoreModeRef) -> DefsRef:
        choices = self._names.choices(*core_mode_ref)
        self._choices[choices[-1]] = choices
        return DefsRef(choices[-1])

    def schemas_and_definitions(
        self, wanted: Sequence[tuple[_Key, JsonSchemaMode, core_schema.CoreSchema]]
    ) -> tuple[dict[tuple[_Key, JsonSchemaMode], JsonObject], JsonObject]:
        """What `generate_definitions` gives, for which pydantic makes each schema twice and compares all of them.

        Args:
            wanted: A key of the caller's, the direction and the type's core schema, for each schema.
        """
        made: dict[tuple[_Key, JsonSchemaMode], JsonValue] = {}
        for key, mode, schema in wanted:
            self._mode = mode
            made[key, mode] = self.generate_inner(schema)
        definitions: JsonObject = {str(name): schema for name, schema in self.definitions.items()}
        chosen = chosen_names(definitions, self._choices)
        schemas = {key: _object(named(schema, chosen)) for key, schema in made.items()}
        # One schema for each name: those that share one are equal.
        first = {chosen[own]: own for own in reversed(definitions)}
        return schemas, {name: ordered(definitions[first[name]], chosen) for name in sorted(first)}

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonObject:
        return {INEXPRESSIBLE: _plain_words(error_info.removeprefix("core_schema."))}

    def any_schema(self, schema: core_schema.AnySchema) -> JsonObject:
        return {INEXPRESSIBLE: "Any"}

    def json_or_python_schema(self, schema: core_schema.JsonOrPythonSchema) -> JsonObject:
        # `pydantic.JsonValue`: any JSON value is what the author means.
        if schema["json_schema"]["type"] == "any":
            return {ANY_JSON: True}
        return super().json_or_python_schema(schema)

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonObject:
        return documented(super().model_schema(schema), schema["cls"])

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonObject:
        return documented(super().dataclass_schema(schema), schema["cls"])

    def dataclass_args_schema(self, schema: core_schema.DataclassArgsSchema) -> JsonObject:
        # A field that making the dataclass does not take is no input.
        taken = schema.copy()
        if self.mode == "validation":
            taken["fields"] = [each for each in schema["fields"] if each.get("init") is not False]
        return super().dataclass_args_schema(taken)

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonObject:
        return documented(super().typed_dict_schema(schema), schema.get("cls"))

    def bytes_schema(self, schema: core_schema.BytesSchema) -> JsonObject:
        return {INEXPRESSIBLE: DECLINED}

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonObject:
        texts: JsonObject = {"type": "string", "pattern": _DECIMAL_TEXT}
        choices = super().decimal_schema(schema).get("anyOf")
        if not isinstance(choices, list):
            return texts
        # No pattern bounds a text as a number, so what is bounded is taken as a number only.
        return _bounded(schema, choices[0]) if _DECIMAL_BOUNDS & schema.keys() else {"anyOf": [choices[0], texts]}

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonObject:
        # Pydantic takes the member itself there, which no JSON value is.
        if self.mode == "validation" and any(isinstance(value, Enum) for value in schema["expected"]):
            return {INEXPRESSIBLE: MEMBERS}
        return super().literal_schema(schema)

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonObject:
        found: JsonObject = super().dict_schema(schema)
        keys: Any = schema.get("keys_schema", _PLAIN_TEXT)
        if keys["type"] == "int" and keys.keys() <= {"type", "metadata", "strict"}:
            return {**found, "propertyNames": {"pattern": _WHOLE_NAME}}
        return found if _are_texts(keys) else {INEXPRESSIBLE: NAMES}

    def date_schema(self, schema: core_schema.DateSchema) -> JsonObject:
        return self._unbounded(schema, super().date_schema(schema))

    def time_schema(self, schema: core_schema.TimeSchema) -> JsonObject:
        return self._unbounded(schema, super().time_schema(schema))

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> JsonObject:
        return self._unbounded(schema, super().datetime_schema(schema))

    def timedelta_schema(self, schema: core_schema.TimedeltaSchema) -> JsonObject:
        return self._unbounded(schema, super().timedelta_schema(schema))

    def _unbounded(self, schema: Any, found: JsonObject) -> JsonObject:
        bounded = _TIME_BOUNDS & schema.keys() or schema.get("tz_constraint") == "naive"
        return {INEXPRESSIBLE: TIMES} if bounded and self.mode == "validation" else found

    def complex_schema(self, schema: core_schema.ComplexSchema) -> JsonObject:
        return {INEXPRESSIBLE: "complex"}

    def str_schema(self, schema: core_schema.StringSchema) -> JsonObject:
        found: JsonObject = super().str_schema(schema)
        least = schema.get("min_length") or 0
        if not schema.get("strip_whitespace") or least == 0:
            return found
        # The length counts after the spaces around the text are gone.
        inner = r"\S" if least == 1 else rf"\S[\s\S]{{{least - 2},}}\S"
        return {"allOf": [found, {"pattern": inner}]} if "pattern" in found else {**found, "pattern": inner}

    def uuid_schema(self, schema: core_schema.UuidSchema) -> JsonObject:
        version = schema.get("version")
        texts: JsonObject = {"type": "string", "format": "uuid"}
        return texts if version is None else {**texts, "pattern": f"^.{{14}}{version}"}

    def url_schema(self, schema: core_schema.UrlSchema) -> JsonObject:
        found: JsonObject = super().url_schema(schema)
        schemes = schema.get("allowed_schemes")
        if not schemes:
            return found
        host = "//[A-Za-z0-9]" if _WITH_HOST >= {*schemes} else ""
        return {**found, "pattern": f"^({'|'.join(map(re.escape, schemes))}):{host}"}

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def encode_default(self, dft: Any) -> Any:
        if is_plain_json(dft):
            # Pydantic would make an adapter of its type, and write the same.
            return strict_json_value(dft)
        encoded = super().encode_default(_ordered(dft))
        try:
            return strict_json_value(encoded)
        except NotJson as error:
            raise PydanticSerializationError(str(error)) from error

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonObject:
        try:
            return super().default_schema(schema)
        except _DroppedDefault as dropped:
            return {INEXPRESSIBLE: str(dropped)}

    def emit_warning(self, kind: JsonSchemaWarningKind, detail: str) -> None:
        # What pydantic leaves out with a warning would be missing from the contract without a word.
        if kind == "non-serializable-default":
            said = detail.removeprefix("Default value ").removesuffix("; excluding default from JSON schema")
            default = _ADDRESS.sub("", said.removesuffix(" is not JSON serializable"))
            raise _DroppedDefault(f"a default that is no JSON value ({default})")


def _object(schema: JsonValue) -> JsonObject:
    return schema if isinstance(schema, dict) else {}


def _plain_words(said: str) -> str:
    # `CallableSchema`, or `IsInstanceSchema (<class 'decimal.Context'>)`, as pydantic names what it cannot express.
    if said == "CallableSchema":
        return FUNCTION
    tested = re.fullmatch(r"IsInstanceSchema \(<class '(.+)'>\)", said)
    return f"`{tested[1]}`, a class that is no JSON value" if tested is not None else said


def _are_texts(keys: Any) -> bool:
    """Whether `propertyNames`, as pydantic makes it, takes no name that the type of the keys refuses."""
    kind = keys["type"]
    if kind == "literal":
        return all(isinstance(value, str) for value in keys["expected"])
    if kind == "enum":
        return all(isinstance(member.value, str) for member in keys["members"])
    if kind in ("nullable", "union"):
        choices = [keys["schema"]] if kind == "nullable" else keys["choices"]
        return any(choice == _PLAIN_TEXT for choice in choices)
    return kind not in ("bool", "decimal", "float", "int", "none", "tuple")


def _bounded(schema: core_schema.DecimalSchema, numbers: JsonObject) -> JsonObject:
    digits, places = schema.get("max_digits"), schema.get("decimal_places")
    if digits is not None and places is None:
        return {INEXPRESSIBLE: DIGITS}
    parts: list[JsonValue] = [numbers]
    if places is not None:
        parts.append({"multipleOf": 10.0**-places})
    if digits is not None and places is not None:
        beyond = 10 ** (digits - places)
        parts.append({"exclusiveMinimum": -beyond, "exclusiveMaximum": beyond})
    return numbers if len(parts) == 1 else {"allOf": parts}


class _DroppedDefault(Exception):
    """A default that is no JSON value."""


def _ordered(value: object) -> object:
    # The order of a set depends on the hash seed of the process; the manifest must not.
    if isinstance(value, set | frozenset):
        return sorted((_ordered(item) for item in value), key=lambda item: to_json(item))
    if isinstance(value, dict):
        return {name: _ordered(item) for name, item in value.items()}
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return [_ordered(item) for item in value]
    if isinstance(value, BaseModel):
        return _ordered(value.model_dump(by_alias=True))
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _ordered(getattr(value, field.name)) for field in fields(value)}
    return value
