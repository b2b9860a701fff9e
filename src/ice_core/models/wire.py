"""What every wire model shares: strict frozen models, arrays as tuples, money, and validation errors as `IceError`."""

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    WithJsonSchema,
)

from ice_core.errors import Finding, IceError, Location
from ice_core.strict_json import JsonValue, printable

MAX_COST: Final = Decimal(1_000_000)

Item = TypeVar("Item")
Model = TypeVar("Model", bound="WireModel")


class WireModel(BaseModel):
    """A frozen model that refuses members it does not know and never converts one JSON type into another."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


def _tuple_of_array(value: object) -> object:
    # Strict pydantic takes no list for a tuple; JSON has only arrays, and frozen models hold tuples.
    return tuple(value) if isinstance(value, list) else value


def _money(value: object) -> Decimal:
    # Money enters as Decimal(repr(number)) and stays decimal: no text, no booleans, no minus zero.
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("is not a number")
    if isinstance(value, float) and (not math.isfinite(value) or math.copysign(1.0, value) < 0):
        raise ValueError("is not a finite number of at least 0")
    amount = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not amount.is_finite() or not 0 <= amount <= MAX_COST:
        raise ValueError(f"is not between 0 and {MAX_COST}")
    return amount


JsonArray = Annotated[tuple[Item, ...], BeforeValidator(_tuple_of_array)]
Money = Annotated[
    Decimal,
    BeforeValidator(_money),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": int(MAX_COST)}),
]


def matching(pattern: str) -> AfterValidator:
    """A validator: the whole text matches `pattern`, in ASCII."""
    compiled = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        if compiled.fullmatch(text) is None:
            raise ValueError(f"does not match {pattern}")
        return text

    return AfterValidator(check)


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
        findings = [
            Finding(
                slug,
                f"`{_path(fault.steps) or 'the root'}` {fault.said}",
                where=Location(where, path=_path(fault.steps)),
                found=fault.found,
                hints=(),
            )
            for fault in faults(error)
        ]
        first = min(findings, key=Finding.sort_key)
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
    """One fault that a model found: its path, what is wrong there (as in "is missing"), and the value."""

    steps: tuple[int | str, ...]
    said: str
    found: str
    missing: bool = False
    unknown: bool = False


def faults(error: ValidationError) -> tuple[Fault, ...]:
    """Each fault of a validation, in our words."""
    return tuple(
        Fault(
            steps=item["loc"],
            said=_said(item["msg"]),
            found=_shown(item.get("input")),
            missing=item["type"] == "missing",
            unknown=item["type"] == "extra_forbidden",
        )
        for item in error.errors(include_url=False, include_context=False)
    )


def _path(steps: tuple[int | str, ...]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _said(message: str) -> str:
    known = {
        "Extra inputs are not permitted": "is a member that this version does not know; a newer iceos may",
        "Field required": "is missing",
    }
    text = known.get(message, message.removeprefix("Value error, "))
    return text if text.startswith(("is ", "does ", "holds ", "`")) else f"is wrong: {text[0].lower()}{text[1:]}"


def _shown(value: object) -> str:
    text = printable(repr(value))
    return text if len(text) <= 200 else f"{text[:200]}… ({len(text)} characters)"
