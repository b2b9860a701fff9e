"""What every wire model shares: strict frozen models, arrays as tuples, money, and validation errors as `IceError`."""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final, TypeVar, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, core_schema

from ice_core.errors import Finding, IceError, Location
from ice_core.names import COMPONENT_NAME_PATTERN, ComponentId
from ice_core.strict_json import JsonValue, printable

MAX_COST: Final = Decimal(1_000_000)
_GREATEST_COST: Final = float(MAX_COST)
# Above this, listing the faults of a hostile document costs gigabytes and minutes.
MAX_FAULTS: Final = 1000
_OPENING, _CLOSING = "^(?:", ")$"

Item = TypeVar("Item")
Model = TypeVar("Model", bound="WireModel")


class WireModel(BaseModel):
    """A frozen model that refuses members it does not know and never converts one JSON type into another.

    A member has one name: that of the document (`import`), never that of the Python attribute (`import_`) as well.
    """

    # Each command reads some documents and no command all: a validator is built when the first document is read.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


def _tuple_of_array(value: object) -> object:
    # Strict pydantic takes no list for a tuple; JSON has only arrays, and frozen models hold tuples.
    return tuple(value) if isinstance(value, list) else value


def _money(value: object) -> Decimal:
    # Money enters as Decimal(repr(number)) and stays decimal: no text, no booleans, no minus zero.
    if type(value) is float and 0.0 <= value <= _GREATEST_COST and not (text := repr(value)).startswith("-"):
        return Decimal(text)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("is not a number")
    if isinstance(value, float) and (not math.isfinite(value) or math.copysign(1.0, value) < 0):
        raise ValueError("is not a finite number of at least 0")
    amount = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not amount.is_finite() or not 0 <= amount <= MAX_COST:
        raise ValueError(f"is not between 0 and {MAX_COST}")
    return amount


def _number(amount: Decimal) -> int | float:
    # The number whose repr gave the amount, so that a dump reads back as the same value.
    return int(amount) if amount == amount.to_integral_value() else float(amount)


JsonArray = Annotated[tuple[Item, ...], BeforeValidator(_tuple_of_array)]
Money = Annotated[
    Decimal,
    BeforeValidator(_money),
    PlainSerializer(_number, return_type=int | float, when_used="json"),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": int(MAX_COST)}),
]


class _Pattern:
    """Annotation: the whole text matches a pattern in ASCII, also in the generated JSON Schema.

    The patterns name the characters that they mean, so that every engine reads them alike; pydantic's own is asked, for
    which no Python function is called.
    """

    __slots__ = ("_anchored",)

    def __init__(self, pattern: str) -> None:
        self._anchored = f"{_OPENING}{pattern}{_CLOSING}"

    def __get_pydantic_core_schema__(self, source: type[str], handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = handler(source)
        if inner["type"] == "str":
            return cast(CoreSchema, {**inner, "pattern": self._anchored})
        return core_schema.chain_schema([inner, core_schema.str_schema(pattern=self._anchored, strict=True)])

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "pattern": self._anchored}


def matching(pattern: str) -> _Pattern:
    """An annotation: the whole text matches `pattern`, in ASCII."""
    return _Pattern(pattern)


def _component_id(text: str) -> str:
    try:
        ComponentId.parse(text)
    except IceError as error:
        raise ValueError("is not a component id such as tool:csv_reader") from error
    return text


ComponentIdText = Annotated[
    str, AfterValidator(_component_id), matching(f"(tool|agent|workflow):{COMPONENT_NAME_PATTERN}")
]


def parse_wire(
    model: type[Model], value: JsonValue, *, slug: str, document: str, where: str, hints: tuple[str, ...]
) -> Model:
    """`value` as `model`.

    Args:
        model: The wire model.
        value: What `strict_json` gave.
        slug: The error's slug.
        document: What the value should be, as in "a `plugins.v0` manifest".
        where: The origin, for messages.
        hints: The commands that mend it.

    Raises:
        IceError: `slug`, with each fault as a finding at its path.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        if error.error_count() > MAX_FAULTS:
            raise IceError(
                slug,
                f"`{where}` is not {document}: it has {error.error_count()} faults, more than are worth a list",
                where=Location(where),
                hints=hints,
            ) from None
        found = faults(error)
        findings = [_finding(fault, slug=slug, value=value, where=where) for fault in found]
        first = min(findings, key=Finding.sort_key)
        if any(fault.unknown for fault in found):
            hints = (*hints, "If a newer iceos wrote it, upgrade: run `uv pip install --upgrade iceos`")
        raise IceError(
            slug,
            f"`{where}` is not {document}: {first.message}",
            where=first.where,
            found=first.found,
            hints=hints,
            findings=findings if len(findings) > 1 else (),
        ) from error


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One fault that a model found: its path, what is wrong there (as in "is missing"), and the value.

    `steps` also name branches of unions and validators, which the document does not have.
    """

    steps: tuple[int | str, ...]
    said: str
    found: str
    missing: bool
    unknown: bool


def faults(error: ValidationError) -> tuple[Fault, ...]:
    """Each fault of a validation, in our words."""
    return tuple(
        Fault(
            steps=item["loc"],
            said=_said(item),
            found=_shown(item.get("input")),
            missing=item["type"] == "missing",
            unknown=item["type"] == "extra_forbidden",
        )
        for item in error.errors(include_url=False)
    )


def _finding(fault: Fault, *, slug: str, value: JsonValue, where: str) -> Finding:
    path = _path(fault.steps, value, missing=fault.missing)
    return Finding(
        slug,
        f"`{path or 'the root'}` {fault.said}",
        where=Location(where, path=path),
        found=None if fault.missing else fault.found,
        hints=(),
    )


def _path(steps: tuple[int | str, ...], value: JsonValue, *, missing: bool) -> str:
    text = ""
    within: Any = value
    for index, step in enumerate(steps):
        if isinstance(step, int) and isinstance(within, list):
            text += f"[{step}]"
        elif isinstance(within, dict) and (step in within or (missing and index == len(steps) - 1)):
            text += f".{printable(str(step))}" if text else printable(str(step))
        else:
            continue
        within = within.get(step) if isinstance(within, dict) else within[step]
    return text


_SAID: Final = {
    "bool_type": "is not a boolean",
    "dict_type": "is not an object",
    "extra_forbidden": "is a member that this version does not know; a newer iceos may",
    "float_type": "is not a number",
    "int_from_float": "is not an integer",
    "int_type": "is not an integer",
    "list_type": "is not an array",
    "missing": "is missing",
    "model_attributes_type": "is not an object",
    "model_type": "is not an object",
    "string_type": "is not a string",
    "tuple_type": "is not an array",
}


def _said(fault: ErrorDetails) -> str:
    if fault["type"] == "string_pattern_mismatch":
        return f"does not match {fault['ctx']['pattern'].removeprefix(_OPENING).removesuffix(_CLOSING)}"
    # Pydantic speaks of Python's types; a document has JSON's.
    text = _SAID.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    return text if text.startswith(("is ", "does ", "holds ", "`")) else f"is wrong: {text[0].lower()}{text[1:]}"


def _shown(value: object) -> str:
    text = printable(repr(value))
    return text if len(text) <= 200 else f"{text[:200]}… ({len(text)} characters)"
