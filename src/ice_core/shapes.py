"""What a JSON Schema says about the values it admits, asked one step at a time: types, members, items.

A shape is a schema with the `$defs` that its references point at. It is read as alternatives (`anyOf`, `oneOf`), each a
conjunction of plain schemas (`allOf`, `$ref` and what stands beside them). Reading is bounded; what lies beyond the
bounds, and keywords that are not asked here, only ever make an answer less certain.
"""

from dataclasses import dataclass, field
from typing import Final

from ice_core.strict_json import JsonObject, JsonValue

MAX_ALTERNATIVES: Final = 64
MAX_STEPS: Final = 32
ALL_TYPES: Final = frozenset(("null", "boolean", "integer", "number", "string", "array", "object"))
_BEYOND: Final = 2**31  # an index behind every `prefixItems`
_DEFINITION: Final = "#/$defs/"
_TYPE_OF: Final = {type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string"}

Conjunction = tuple[JsonObject, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """A schema and the definitions that it refers to; what was asked of it once is kept."""

    schema: JsonValue
    definitions: JsonObject = field(default_factory=dict)
    _alternatives: list[list[Conjunction] | None] = field(default_factory=list, init=False, repr=False, compare=False)
    _steps: "dict[str | int, Step]" = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, standalone: JsonObject) -> "Shape":
        """The shape of a stand-alone schema."""
        definitions = standalone.get("$defs")
        schema = {keyword: value for keyword, value in standalone.items() if keyword != "$defs"}
        return cls(schema=schema, definitions=definitions if isinstance(definitions, dict) else {})

    def standalone(self) -> JsonObject:
        """The shape as one schema that means the same by itself."""
        schema: JsonObject = self.schema if isinstance(self.schema, dict) else {"allOf": [self.schema]}
        return {**schema, "$defs": self.definitions} if self.definitions else schema

    def part(self, schema: JsonValue) -> "Shape":
        """A schema from inside this one."""
        return Shape(schema=schema, definitions=self.definitions)


ANYTHING: Final = Shape(schema={})


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """Where one key or index leads: to a shape, which is there always or not always; or nowhere."""

    shape: Shape | None
    always: bool


def alternatives(shape: Shape) -> list[Conjunction] | None:
    """The alternatives of a shape that some type can meet; None where they are too many or too deep to write out."""
    if not shape._alternatives:
        known = _expand(shape.schema, shape, MAX_STEPS)
        met = None if known is None else [each for each in known if types_of(each) != frozenset()]
        shape._alternatives.append(met)
    return shape._alternatives[0]


def _expand(schema: JsonValue, shape: Shape, steps: int) -> list[Conjunction] | None:
    if isinstance(schema, bool):
        return [({},)] if schema else []
    if not isinstance(schema, dict) or steps == 0:
        return None
    every = schema.get("allOf")
    parts: list[JsonValue] = [*_referenced(schema, shape), *(every if isinstance(every, list) else ())]
    found: list[Conjunction] | None = [(schema,)]
    for part in parts:
        found = _product(found, _expand(part, shape, steps - 1))
    for keyword in ("anyOf", "oneOf"):
        choices = schema.get(keyword)
        if isinstance(choices, list):
            found = _product(found, _union([_expand(choice, shape, steps - 1) for choice in choices]))
    return found


def _referenced(schema: JsonObject, shape: Shape) -> list[JsonValue]:
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith(_DEFINITION):
        return []
    return [shape.definitions.get(reference.removeprefix(_DEFINITION), True)]


def _union(several: list[list[Conjunction] | None]) -> list[Conjunction] | None:
    known = [choices for choices in several if choices is not None]
    return [choice for choices in known for choice in choices] if len(known) == len(several) else None


def _product(left: list[Conjunction] | None, right: list[Conjunction] | None) -> list[Conjunction] | None:
    if left is None or right is None or len(left) * len(right) > MAX_ALTERNATIVES:
        return None
    return [one + other for one in left for other in right]


def types_of(conjunction: Conjunction) -> frozenset[str] | None:
    """The JSON types that a conjunction admits; None where it names none. `number` includes integers."""
    types: frozenset[str] | None = None
    for schema in conjunction:
        values = enumerated((schema,))
        said = schema.get("type")
        names = frozenset(said if isinstance(said, list) else [said]) if said is not None else None
        if names is None and values is not None:
            names = frozenset(_type_of(value) for value in values)
        if names is not None:
            types = frozenset(map(str, names)) if types is None else _common(types, frozenset(map(str, names)))
    return types


def _common(left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
    integers = (
        {"integer"} if ("number" in left and "integer" in right) or ("integer" in left and "number" in right) else ()
    )
    return (left & right) | frozenset(integers)


def _type_of(value: JsonValue) -> str:
    return _TYPE_OF.get(type(value)) or ("array" if isinstance(value, list) else "object")


def enumerated(conjunction: Conjunction) -> list[JsonValue] | None:
    """The values that `const` or `enum` name, if they do."""
    for schema in conjunction:
        if "const" in schema:
            return [schema["const"]]
        values = schema.get("enum")
        if isinstance(values, list):
            return values
    return None


def members(conjunction: Conjunction) -> dict[str, list[JsonValue]]:
    """The declared members of an object and the schemas that each must meet."""
    found: dict[str, list[JsonValue]] = {}
    for schema in conjunction:
        properties = schema.get("properties")
        for name, member in properties.items() if isinstance(properties, dict) else ():
            found.setdefault(name, []).append(member)
    return found


def required(conjunction: Conjunction) -> frozenset[str]:
    """The members that an object must have."""
    return frozenset(
        str(name) for schema in conjunction if isinstance(names := schema.get("required"), list) for name in names
    )


def is_closed(conjunction: Conjunction) -> bool:
    """Whether an object may have declared members only."""
    return any(
        schema.get("additionalProperties") is False and "patternProperties" not in schema for schema in conjunction
    )


def step_into(shape: Shape, step: str | int) -> Step:
    """Where `step` leads from a value of this shape: a key from an object, an index from an array."""
    known = shape._steps.get(step)
    if known is None:
        known = shape._steps[step] = _step(shape, step)
    return known


def _step(shape: Shape, step: str | int) -> Step:
    found: list[JsonValue] = []
    always = True
    known = alternatives(shape)
    for conjunction in known or ():
        schemas, certain = step_schemas(conjunction, step)
        always = always and certain
        if schemas is not None:
            found.append(schemas[0] if len(schemas) == 1 else {"allOf": schemas} if schemas else {})
    if known is None:
        return Step(shape=shape.part({}), always=False)
    if not found:
        return Step(shape=None, always=False)
    return Step(shape=shape.part(found[0] if len(found) == 1 else {"anyOf": found}), always=always)


def step_schemas(conjunction: Conjunction, step: str | int) -> tuple[list[JsonValue] | None, bool]:
    """The schemas that a part must meet, or None if it cannot be there; and whether it is always there."""
    types = types_of(conjunction)
    if types is not None and ("array" if isinstance(step, int) else "object") not in types:
        return None, False
    only = types is not None and len(types) == 1
    if isinstance(step, int):
        return _item(conjunction, step), only
    declared = members(conjunction)
    if step in declared:
        return declared[step], only and step in required(conjunction)
    open_ = [schema["additionalProperties"] for schema in conjunction if schema.get("additionalProperties", False)]
    patterned = any("patternProperties" in schema for schema in conjunction)
    if is_closed(conjunction) or (declared and not open_ and not patterned):
        return None, False
    return ([] if patterned else [schema for schema in open_ if schema is not True]), False


def _item(conjunction: Conjunction, index: int) -> list[JsonValue] | None:
    found: list[JsonValue] = []
    for schema in conjunction:
        first = schema.get("prefixItems")
        if isinstance(first, list) and index < len(first):
            found.append(first[index])
        elif "items" in schema:
            found.append(schema["items"])
    return None if False in found else found


def item_shape(shape: Shape) -> Shape | None:
    """What the items of an array are; None if the value cannot be an array."""
    return step_into(shape, _BEYOND).shape


def items_of(conjunction: Conjunction) -> list[JsonValue]:
    """The schemas that each item of an array must meet, behind those that have a schema of their own."""
    return _item(conjunction, _BEYOND) or []


def without_null(shape: Shape) -> Shape:
    """The shape of the same value when it is not null."""
    known = alternatives(shape)
    types = [types_of(conjunction) for conjunction in known] if known is not None else [None]
    if None in types or "null" not in type_names(shape):
        return shape  # where no type is named, leaving null out would make up all the others
    others: list[JsonValue] = [*sorted(ALL_TYPES - {"null"})]
    return shape.part({"allOf": [shape.schema, {"type": others}]})


def type_names(shape: Shape) -> frozenset[str]:
    """Every JSON type that a value of this shape may have."""
    names: frozenset[str] = frozenset()
    known = alternatives(shape)
    for conjunction in known if known is not None else [({},)]:
        types = types_of(conjunction)
        names |= ALL_TYPES if types is None else types
    return names


def any_of(shapes: list[Shape]) -> Shape:
    """The shape of a value that has one of these shapes."""
    if len(shapes) == 1:
        return shapes[0]
    definitions: JsonObject = {}
    choices: list[JsonValue] = []
    for number, shape in enumerate(shapes):
        names = {name: f"{number}.{name}" for name in shape.definitions}
        definitions |= {names[name]: _renamed(schema, names) for name, schema in shape.definitions.items()}
        choices.append(_renamed(shape.schema, names))
    return Shape(schema={"anyOf": choices}, definitions=definitions)


def _renamed(schema: JsonValue, names: dict[str, str]) -> JsonValue:
    if isinstance(schema, list):
        return [_renamed(item, names) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: _renamed(value, names) for key, value in schema.items() if key != "$defs"}
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.removeprefix(_DEFINITION) in names:
        copy["$ref"] = _DEFINITION + names[reference.removeprefix(_DEFINITION)]
    return copy


def beside(shape: Shape) -> list[JsonObject]:
    """The schemas that speak about the very value of a shape, its own first, also those that deny or only may hold."""
    found: list[JsonObject] = []
    waiting: list[JsonValue] = [shape.schema]
    while waiting and len(found) < MAX_ALTERNATIVES:
        schema = waiting.pop(0)
        if not isinstance(schema, dict) or schema in found:
            continue
        found.append(schema)
        waiting += _referenced(schema, shape)
        for keyword in ("allOf", "anyOf", "oneOf"):
            parts = schema.get(keyword)
            waiting += parts if isinstance(parts, list) else []
        waiting += [schema[keyword] for keyword in ("not", "if", "then", "else") if keyword in schema]
    return found
