"""A component's types as JSON Schema draft 2020-12, through pydantic, with shared schemas under `#/schemas/NAME`.

What JSON Schema cannot express is an error with the place, never an empty schema. A schema's name depends on its type
alone: where validation and serialisation differ they are `NAME-Input` and `NAME-Output`, and two types of one name get
names that hold their modules.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from ice_core.errors import Finding, Location
from ice_core.json_schema import reachable_schemas, referenced_name, subschemas, with_subschemas
from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk.annotations import ANY_JSON
from ice_sdk.refusals import refusal_of
from ice_sdk.schema_generator import DECLINED, DIGITS, FUNCTION, INEXPRESSIBLE, MEMBERS, NAMES, TIMES, ContractSchema
from ice_sdk.schema_names import shared_names, with_names
from ice_sdk.source_places import RESULT

Adapter = TypeAdapter[Any]
_Key = tuple[tuple[int, str], JsonSchemaMode]


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One side of a component's contract: the type, which way it goes, and types within it that go either way."""

    adapter: Adapter
    mode: JsonSchemaMode
    within: tuple[Adapter, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """A component whose schemas are wanted: its name for messages, its place, its two sides; a dict is a schema.

    `place_of` gives the line of an input, or of the type of the result.
    """

    component: str
    where: Location
    input: "Side | JsonObject"
    output: "Side | JsonObject"
    place_of: Callable[[str], Location] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaSet:
    """The input and output schema of each subject, in order, and the shared schemas that they reach."""

    pairs: tuple[tuple[JsonObject, JsonObject], ...]
    schemas: JsonObject


def schemas_of(subjects: Sequence[Subject]) -> SchemaSet:
    """The schemas of several components, made together so that types they share are written once.

    Raises:
        IceError: `schema-inexpressible`, with a finding for each place that JSON Schema cannot express.
    """
    generated, definitions = _generated(subjects)
    findings: dict[tuple[str, str], Finding] = {}
    pairs: list[tuple[JsonObject, JsonObject]] = []
    for index, subject in enumerate(subjects):
        pair: list[JsonObject] = []
        for name, side in _sides(subject):
            if not isinstance(side, Side):
                pair.append(side)
                continue
            pair.append(generated[((index, name), side.mode)])
            for finding in _faults(pair[-1], definitions, subject, name):
                findings.setdefault((subject.component, finding.message), finding)
        pairs.append((pair[0], pair[1]))
    if findings:
        raise refusal_of(list(findings.values()))
    cleaned: JsonObject = {name: _cleaned(schema, name) for name, schema in definitions.items()}
    renamed = shared_names(cleaned)
    finished = tuple((_finished(given, renamed), _finished(taken, renamed)) for given, taken in pairs)
    named: JsonObject = {renamed.get(name, name): with_names(schema, renamed) for name, schema in cleaned.items()}
    return SchemaSet(pairs=finished, schemas=reachable_schemas([side for pair in finished for side in pair], named))


def _finished(schema: JsonObject, renamed: Mapping[str, str]) -> JsonObject:
    return _object(with_names(_cleaned(schema, ""), renamed))


def _sides(subject: Subject) -> "tuple[tuple[str, Side | JsonObject], ...]":
    return (("input", subject.input), ("output", subject.output))


def _generated(subjects: Sequence[Subject]) -> tuple[dict[_Key, JsonObject], JsonObject]:
    wanted: list[tuple[tuple[int, str], JsonSchemaMode, Adapter]] = []
    modes: tuple[JsonSchemaMode, ...] = ("validation", "serialization")
    for index, subject in enumerate(subjects):
        for name, side in _sides(subject):
            if not isinstance(side, Side):
                continue
            wanted.append(((index, name), side.mode, side.adapter))
            # Each type in both directions, so that its name does not depend on who else uses it.
            for number, adapter in enumerate(side.within):
                missing = [mode for mode in modes if adapter is not side.adapter or mode != side.mode]
                wanted.extend(((index, f"{name} {number}"), mode, adapter) for mode in missing)
    return ContractSchema().schemas_and_definitions([(key, mode, each.core_schema) for key, mode, each in wanted])


# Keywords that say something about a value without narrowing it.
_ANNOTATIONS: Final = frozenset(("default", "deprecated", "description", "examples", "readOnly", "title", "writeOnly"))
_HINTS: Final = {
    "Any": "For any JSON value, write `pydantic.JsonValue`; for an open object, write `dict[str, Any]`",
    NAMES: "Write `dict[str, ...]`, `dict[int, ...]`, or an enum of texts as keys",
    TIMES: "Take any date or time, and refuse in the function what is out of bounds",
    DIGITS: "Say `decimal_places` beside `max_digits`",
    MEMBERS: 'Write the enum itself, or its values, as in `Literal["red"]`',
    FUNCTION: "Take the name of what is to be done, as a text or a `Literal`, and choose the function by it",
    DECLINED: "Write `str`, or `pydantic.Base64Bytes` for bytes as base64 text",
}
_UUIDS: Final = frozenset(f"uuid{version}" for version in range(1, 9))
_OTHER_HINT: Final = "Take and give plain types, dataclasses, TypedDicts or Pydantic models of them"


def _faults(schema: JsonObject, definitions: JsonObject, subject: Subject, side: str) -> Iterator[Finding]:
    verb = "takes" if side == "input" else "gives"
    for path, found in _inexpressible(schema, definitions, "", set(), None):
        what = f"`{path}`, which is" if path else "what is"
        yield Finding(
            "schema-inexpressible",
            f"`{subject.component}` {verb} {what} {found}, and JSON Schema cannot express that",
            where=_place(subject, side, path),
            expected="a type that JSON Schema expresses",
            found=found,
            hints=(_HINTS.get(found, _OTHER_HINT),),
            details={"component": subject.component, "side": side, "path": path},
        )


def _place(subject: Subject, side: str, path: str) -> Location:
    if subject.place_of is None:
        return subject.where
    return subject.place_of(RESULT if side == "output" else re.split(r"[.\[]", path, maxsplit=1)[0])


def _inexpressible(
    schema: JsonValue, definitions: JsonObject, path: str, seen: set[str], keyword: str | None
) -> Iterator[tuple[str, str]]:
    if not isinstance(schema, dict):
        return
    marked = schema.get(INEXPRESSIBLE)
    # `Base64Bytes` and its like say themselves how bytes become text.
    if isinstance(marked, str) and not (marked == DECLINED and "format" in schema):
        # `dict[str, Any]` is an open object: the author said which members are of any kind.
        if not (keyword == "additionalProperties" and marked == "Any"):
            yield path.removeprefix("."), marked
        return
    if schema.keys() <= _ANNOTATIONS:
        yield path.removeprefix("."), "Any"
        return
    name = referenced_name(schema)
    if name is not None and name not in seen:
        seen.add(name)
        yield from _inexpressible(definitions.get(name), definitions, path, seen, None)
    for inner_keyword, step, inner in subschemas(schema):
        yield from _inexpressible(inner, definitions, path + _data_step(step), seen, inner_keyword)


def _data_step(step: str) -> str:
    # The schema's `properties.rows` is the value's `.rows`; what only combines schemas is no step of the value.
    keyword, _, rest = step.partition(".")
    if keyword == "properties":
        return f".{rest}"
    if keyword.startswith("prefixItems"):
        return keyword.removeprefix("prefixItems")
    return {"items": "[]", "additionalProperties": ".*", "patternProperties": ".*"}.get(keyword, "")


def _cleaned(schema: JsonValue, name: str) -> JsonValue:
    if not isinstance(schema, dict):
        return schema
    if schema.keys() == {INEXPRESSIBLE}:
        return True
    copy = with_subschemas(schema, lambda inner: _cleaned(inner, ""))
    copy.pop(ANY_JSON, None)
    copy.pop(INEXPRESSIBLE, None)
    # OpenAPI's keyword, whose references would not follow when a schema is made to stand alone.
    copy.pop("discriminator", None)
    # Pydantic's own name, which no reader asserts; the version is in a pattern beside it.
    if copy.get("format") in _UUIDS:
        copy["format"] = "uuid"
    title = copy.get("title")
    if isinstance(title, str) and title in (name, name.rpartition("__")[2], name.rpartition("-")[0]):
        del copy["title"]
    return copy


def _object(schema: JsonValue) -> JsonObject:
    return schema if isinstance(schema, dict) else {}
