"""`ice run` and `ice runs resume`: compile if need be, verify, run, show it live, give the outputs."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

import click

from ice_cli import output
from ice_cli.compilation import (
    compiled_component,
    compiled_file,
    headline,
    lock_beside,
    named_component,
    plan_or_refusal,
    read_blueprint,
)
from ice_cli.completion import components_or_files, runs
from ice_cli.following import followed
from ice_cli.isolation import isolation_of, isolation_options
from ice_cli.options import plugins_options
from ice_cli.render import findings_text
from ice_cli.run_inputs import Dollars, input_file, read_inputs
from ice_core.clock import remember_time
from ice_core.models.lock import Lock
from ice_core.models.plan import PLAN_VERSION, Plan, read_plan
from ice_core.strict_json import MAX_REGISTRY_BYTES, parse_json
from ice_core.unified_registry import Registry, load_plugins
from ice_orchestrator.run import resume_run, run_plan


@click.command("run")
@click.argument("subject", metavar="BLUEPRINT|PLAN|COMPONENT", shell_complete=components_or_files)
@click.option("--input", "pairs", multiple=True, metavar="NAME=VALUE", help="One input; text, or JSON where it fits.")
@click.option("--inputs", "file", type=click.Path(path_type=Path), metavar="FILE", help="All inputs as a JSON object.")
@click.option("--budget", type=Dollars(), metavar="USD", help="Stop before the run costs more.")
@click.option("--lock", type=click.Path(path_type=Path), metavar="FILE", help="Default: the lock in this folder.")
@click.option("--locked", is_flag=True, help="Whatever the lock does not pin is an error.")
@isolation_options
@plugins_options
@output.json_option
def run_command(
    subject: str,
    *,
    pairs: tuple[str, ...],
    file: Path | None,
    budget: Decimal | None,
    lock: Path | None,
    locked: bool,
    isolate: bool | None,
    limits: tuple[str, ...],
    plugins: tuple[Path, ...],
    no_dynamic: bool | None,
    allow_unsigned: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Run a blueprint, a plan that `ice compile` wrote, or one component.

    A component is named as in `ice run tool:csv_read --input path=a.csv`.
    With --no-dynamic every package of the plan is verified before the first
    node, and code runs from the very bytes that were hashed. A node's package is
    imported when the node starts, and no other. With --isolate each call runs in
    a process of its own, with limits and without the environment. Outputs go to
    standard output as JSON; with --json the whole result does, and events are
    JSON lines on standard error.

    \b
    Example: ice run news.yaml --input topic=rain --no-dynamic
    """
    isolation = isolation_of(isolate=isolate, limits=limits)
    registry = load_plugins(*plugins, no_dynamic=no_dynamic, allow_unsigned=allow_unsigned)
    if registry.notices and not as_json:
        # Before the plan is made: what does not count is why something may be missing.
        output.say(findings_text(registry.notices))
    held = lock_beside(lock, locked=locked)
    component = named_component(subject)
    if component is None:
        plan = _plan(Path(subject), registry, held, locked=locked)
    else:
        given = [pair.partition("=")[0] for pair in pairs] + [*input_file(file)]
        plan = plan_or_refusal(compiled_component(component, registry, held, given=given, locked=locked))
    inputs = read_inputs(pairs, file, plan.body.inputs)
    if not as_json:
        _head(plan, registry, isolated=isolation is not None)
    pins = held if plan.lock_digest is not None else None
    work = partial(run_plan, plan, inputs, registry=registry, budget=budget, lock=pins, isolation=isolation)
    code = followed(lambda listener: work(listener=listener), as_json=as_json)
    registry.renew_index()
    remember_time(registry.home, datetime.now(UTC))
    return code


@click.command("resume")
@click.argument("run_id", metavar="RUN", shell_complete=runs)
@click.option("--budget", type=Dollars(), metavar="USD", help="Replaces the recorded budget.")
@click.option("--lock", type=click.Path(path_type=Path), metavar="FILE", help="The lock that must be the run's.")
@isolation_options
@plugins_options
@output.json_option
def resume_command(
    run_id: str,
    *,
    budget: Decimal | None,
    lock: Path | None,
    isolate: bool | None,
    limits: tuple[str, ...],
    plugins: tuple[Path, ...],
    no_dynamic: bool | None,
    allow_unsigned: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Go on with RUN: what is finished does not run again.

    The plan comes from the journal and is verified anew.

    \b
    Example: ice runs resume 20260131T120000Z-5f2c91d07a3e
    """
    isolation = isolation_of(isolate=isolate, limits=limits)
    registry = load_plugins(*plugins, no_dynamic=no_dynamic, allow_unsigned=allow_unsigned)
    held = lock_beside(lock, locked=True) if lock is not None else None
    code = followed(
        lambda listener: resume_run(
            run_id, registry=registry, listener=listener, budget=budget, lock=held, isolation=isolation
        ),
        as_json=as_json,
    )
    registry.renew_index()
    return code


def _head(plan: Plan, registry: Registry, *, isolated: bool) -> None:
    for text in headline(plan, registry):
        output.say(text)
    if isolated:
        output.say("isolated: each call in a process of its own")


def _plan(path: Path, registry: Registry, lock: Lock | None, *, locked: bool) -> Plan:
    if path.suffix == ".json":
        data = read_blueprint(path, max_bytes=MAX_REGISTRY_BYTES)
        if parse_json(data, where=str(path), max_bytes=MAX_REGISTRY_BYTES).get("schema_version") == PLAN_VERSION:
            return read_plan(data, where=str(path))
    return plan_or_refusal(compiled_file(path, registry, lock, locked=locked))
