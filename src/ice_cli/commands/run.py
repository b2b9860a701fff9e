"""`ice run` and `ice runs resume`: compile if need be, verify, run, show it live, give the outputs."""

import asyncio
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from ice_cli import output
from ice_cli.compilation import compiled_file, headline, lock_beside, plan_or_refusal
from ice_cli.options import plugins_options
from ice_cli.render import findings_text
from ice_cli.run_view import view
from ice_core.errors import IceError
from ice_core.home import read_regular_file
from ice_core.models.lock import Lock
from ice_core.models.plan import PLAN_VERSION, Plan, read_plan
from ice_core.strict_json import MAX_REGISTRY_BYTES, JsonObject, JsonValue, parse_any_json, parse_json
from ice_core.unified_registry import Registry, load_plugins
from ice_orchestrator.result import RunResult
from ice_orchestrator.run import resume_run, run_plan


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


@click.command("run")
@click.argument("blueprint", type=click.Path(path_type=Path), metavar="BLUEPRINT|PLAN")
@click.option("--input", "pairs", multiple=True, metavar="NAME=VALUE", help="One input; text, or JSON where it fits.")
@click.option("--inputs", "file", type=click.Path(path_type=Path), metavar="FILE", help="All inputs as a JSON object.")
@click.option("--budget", type=Dollars(), metavar="USD", help="Stop before the run costs more.")
@click.option("--lock", type=click.Path(path_type=Path), metavar="FILE", help="Default: the lock in this folder.")
@click.option("--locked", is_flag=True, help="Whatever the lock does not pin is an error.")
@plugins_options
@output.json_option
def run_command(
    blueprint: Path,
    *,
    pairs: tuple[str, ...],
    file: Path | None,
    budget: Decimal | None,
    lock: Path | None,
    locked: bool,
    plugins: tuple[Path, ...],
    no_dynamic: bool | None,
    allow_unsigned: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Run a blueprint, or a plan that `ice compile` wrote.

    With --no-dynamic every package of the plan is verified before the first
    node, and code runs from the very bytes that were hashed. A node's package is
    imported when the node starts, and no other. Outputs go to standard output
    as JSON; with --json the whole result does, and events are JSON lines on
    standard error.
    """
    registry = load_plugins(*plugins, no_dynamic=no_dynamic, allow_unsigned=allow_unsigned)
    held = lock_beside(lock, locked=locked)
    plan = _plan(blueprint, registry, held, locked=locked)
    inputs = read_inputs(pairs, file, plan.body.inputs)
    if not as_json:
        _head(plan, registry)
    context, listener = view(as_json=as_json)
    with context:
        result = asyncio.run(
            run_plan(
                plan,
                inputs,
                registry=registry,
                listener=listener,
                budget=budget,
                lock_digest=held.digest if held is not None and plan.lock_digest is not None else None,
            )
        )
    return told(result, as_json=as_json)


@click.command("resume")
@click.argument("run_id", metavar="RUN")
@click.option("--budget", type=Dollars(), metavar="USD", help="Replaces the recorded budget.")
@plugins_options
@output.json_option
def resume_command(
    run_id: str,
    *,
    budget: Decimal | None,
    plugins: tuple[Path, ...],
    no_dynamic: bool | None,
    allow_unsigned: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Go on with RUN: what is finished does not run again.

    The plan comes from the journal and is verified anew.
    """
    registry = load_plugins(*plugins, no_dynamic=no_dynamic, allow_unsigned=allow_unsigned)
    context, listener = view(as_json=as_json)
    with context:
        result = asyncio.run(resume_run(run_id, registry=registry, listener=listener, budget=budget))
    return told(result, as_json=as_json)


def told(result: RunResult, *, as_json: bool) -> int:
    """Prints a result and gives the exit code; a run that failed ends with its own error.

    Raises:
        IceError: What ended the run.
    """
    if as_json:
        output.data(result.to_json())
        return 0 if result.error is None else 1
    result.raise_if_not_finished()
    output.data(result.outputs)
    return 0


def _head(plan: Plan, registry: Registry) -> None:
    if registry.notices:
        output.say(findings_text(registry.notices))
    for text in headline(plan, registry):
        output.say(text)


def _plan(path: Path, registry: Registry, lock: Lock | None, *, locked: bool) -> Plan:
    if path.suffix == ".json":
        data = read_regular_file(path, max_bytes=MAX_REGISTRY_BYTES)
        if parse_json(data, where=str(path), max_bytes=MAX_REGISTRY_BYTES).get("schema_version") == PLAN_VERSION:
            return read_plan(data, where=str(path))
    return plan_or_refusal(compiled_file(path, registry, lock, locked=locked))


def read_inputs(pairs: tuple[str, ...], file: Path | None, schema: JsonObject) -> JsonObject:
    """The inputs of a run: the file's members, then each `NAME=VALUE` over them.

    A value stays text where the schema takes a string; elsewhere it is read as JSON if it is JSON.

    Raises:
        IceError: `usage` for a pair without `=`; what reading the file refuses.
    """
    inputs: JsonObject = {}
    if file is not None:
        inputs.update(parse_json(read_regular_file(file, max_bytes=MAX_REGISTRY_BYTES), where=str(file)))
    for pair in pairs:
        name, separator, text = pair.partition("=")
        if not separator or not name:
            raise output.usage_error(
                f"`--input {pair}` is not of the form NAME=VALUE",
                hints=("Write for example `--input question='How many?'`",),
            )
        inputs[name] = _value(text, name, schema)
    return inputs


def _value(text: str, name: str, schema: JsonObject) -> JsonValue:
    properties = schema.get("properties")
    declared = properties.get(name) if isinstance(properties, dict) else None
    if isinstance(declared, dict) and declared.get("type") == "string":
        return text
    try:
        return parse_any_json(text.encode("utf-8", "surrogateescape"), where=f"--input {name}")
    except IceError:
        return text
