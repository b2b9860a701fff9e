"""What a run is given on the command line: inputs as `NAME=VALUE` or a file, and a budget that stays decimal."""

from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from ice_cli import output
from ice_cli.files import read_named
from ice_core.errors import IceError
from ice_core.strict_json import MAX_REGISTRY_BYTES, JsonObject, JsonValue, parse_any_json, parse_json


class Dollars(click.ParamType[Decimal]):
    """An amount in USD, kept decimal."""

    name = "usd"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """A decimal number of at least 0, or a usage error."""
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            self.fail(f"{value!r} is not an amount in USD", param, ctx)
        if not amount.is_finite() or amount < 0:
            self.fail(f"{value!r} is not an amount of at least 0", param, ctx)
        return amount


def read_inputs(pairs: tuple[str, ...], file: Path | None, schema: JsonObject) -> JsonObject:
    """The inputs of a run: the file's members, then each `NAME=VALUE` over them.

    A value stays text where the schema takes a string; elsewhere it is read as JSON if it is JSON.

    Raises:
        IceError: `usage` for a pair without `=`; what reading the file refuses.
    """
    inputs = input_file(file)
    for pair in pairs:
        name, separator, text = pair.partition("=")
        if not separator or not name:
            raise output.usage_error(
                f"`--input {pair}` is not of the form NAME=VALUE",
                hints=("Write for example `--input question='How many?'`",),
            )
        inputs[name] = _value(text, name, schema)
    return inputs


def input_file(file: Path | None) -> JsonObject:
    """The members of the file of `--inputs`; without one, none.

    Raises:
        IceError: what reading the file refuses.
    """
    return parse_json(read_named(file, max_bytes=MAX_REGISTRY_BYTES), where=str(file)) if file is not None else {}


def _value(text: str, name: str, schema: JsonObject) -> JsonValue:
    properties = schema.get("properties")
    declared = properties.get(name) if isinstance(properties, dict) else None
    if isinstance(declared, dict) and declared.get("type") == "string":
        return text
    try:
        return parse_any_json(text.encode("utf-8", "surrogateescape"), where=f"--input {name}")
    except IceError:
        return text
