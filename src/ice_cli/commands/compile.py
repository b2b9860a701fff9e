"""`ice compile`: check a blueprint against manifests alone, tell what it costs, write its plan."""

from __future__ import annotations

from pathlib import Path

import click

from ice_cli import output
from ice_cli.compilation import compiled_file, cost_lines, lock_beside, plan_or_refusal, refusal
from ice_cli.options import plugins_options
from ice_compiler.compiler import Compilation
from ice_core.home import write_atomically
from ice_core.models.plan import Plan, plan_bytes, plan_digest, plan_value
from ice_core.strict_json import JsonObject
from ice_core.unified_registry import load_plugins


@click.command("compile")
@click.argument("blueprint", type=click.Path(path_type=Path))
@click.option("--output", "file", type=click.Path(path_type=Path), metavar="FILE", help="Write the plan there.")
@click.option("--lock", type=click.Path(path_type=Path), metavar="FILE", help="Default: the lock in this folder.")
@click.option("--locked", is_flag=True, help="Whatever the lock does not pin is an error.")
@plugins_options
@output.form_option
@output.json_option
def compile_command(
    blueprint: Path,
    *,
    file: Path | None,
    lock: Path | None,
    locked: bool,
    plugins: tuple[Path, ...],
    no_dynamic: bool | None,
    allow_unsigned: tuple[Path, ...],
    form: output.Form | None,
    as_json: bool,
) -> None:
    """Check BLUEPRINT (JSON or YAML) and tell what it costs.

    Every finding of the file is listed at once, with line and column. Nothing is
    imported. The plan holds digests of every component, and is what `ice run`
    trusts.

    \b
    Example: ice compile news.yaml --output news.plan.json
    """
    form = output.chosen_form(form, as_json=as_json)
    registry = load_plugins(*plugins, no_dynamic=no_dynamic, allow_unsigned=allow_unsigned)
    compilation = compiled_file(blueprint, registry, lock_beside(lock, locked=locked), locked=locked)
    if compilation.plan is None:
        raise refusal(compilation)
    plan = plan_or_refusal(compilation) if form == "full" else compilation.plan
    registry.renew_index()
    if file is not None:
        write_atomically(file, plan_bytes(plan))
    if form == "json":
        output.data(_row(plan, compilation, file))
        return
    if form != "full":
        output.findings(compilation.findings, form=form)
        return
    for text in cost_lines(plan):
        output.line(text)
    output.say(f"plan {plan_digest(plan)}")
    if file is not None:
        output.say(f"Wrote {file}. To run it, run `ice run {file}`.")


def _row(plan: Plan, compilation: Compilation, file: Path | None) -> JsonObject:
    return {
        "blueprint": compilation.where,
        "plan_digest": str(plan_digest(plan)),
        "file": str(file) if file is not None else None,
        "plan": plan_value(plan),
        "findings": [finding.to_json() for finding in compilation.findings],
        "notes": list(compilation.notes),
    }
