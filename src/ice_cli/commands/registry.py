"""`ice plugins list` and `show`: what the manifests found here announce; nothing is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ice_cli import output
from ice_cli.completion import components
from ice_cli.extra_sources import extra_lines
from ice_cli.options import plugins_options
from ice_core.names import ComponentId
from ice_core.unified_registry import load_plugins

if TYPE_CHECKING:
    from pathlib import Path

    from ice_core.models.plugins import CostEstimate
    from ice_core.registered import RegisteredComponent
    from ice_core.strict_json import JsonObject, JsonValue
    from ice_core.unified_registry import Registry


@click.command("list")
@plugins_options
@click.option("--type", "node_type", type=click.Choice(["tool", "agent", "workflow"]), help="Only these.")
@output.json_option
def list_components(
    *,
    plugins: tuple[Path, ...],
    no_dynamic: bool | None,
    allow_unsigned: tuple[Path, ...],
    node_type: str | None,
    as_json: bool,
) -> None:
    """List the components that verified manifests announce here.

    Manifests are read and verified in order: the home folder, installed
    packages, entry points, $ICEOS_EXTRA_PLUGINS, then --plugins. No component
    is imported.

    \b
    Example: ice plugins list --type tool --no-dynamic
    """
    registry = load_plugins(*plugins, no_dynamic=no_dynamic, allow_unsigned=allow_unsigned)
    found = [item for item in registry.list() if node_type in (None, item.id.node_type)]
    if as_json:
        output.data({"components": [_row(item) for item in found], "sources": _sources(registry)})
        return
    if registry.notices:
        from ice_cli.render import findings_text

        output.say(findings_text(registry.notices))
    for text in extra_lines(registry):
        output.say(text)
    if not found:
        from ice_core.dynamic import source_lines

        for text in ("No component is listed here.", *source_lines(registry.sources)):
            output.say(text)
        return
    rows = [("COMPONENT", "VERSION", "STATUS", "COST", "DESCRIPTION")]
    for text in output.columns([*rows, *(_cells(item) for item in found)]):
        output.line(text)


@click.command("show")
@click.argument("component", shell_complete=components)
@plugins_options
@click.option("--version", help="This version; default: the highest release.")
@output.json_option
def show_component(
    component: str,
    *,
    plugins: tuple[Path, ...],
    no_dynamic: bool | None,
    allow_unsigned: tuple[Path, ...],
    version: str | None,
    as_json: bool,
) -> None:
    """Show COMPONENT: what it takes, gives, costs, may do, and who signed it.

    \b
    Example: ice plugins show tool:csv_read
    """
    wanted = ComponentId.parse(component)
    registry = load_plugins(*plugins, no_dynamic=no_dynamic, allow_unsigned=allow_unsigned)
    item = registry.get(wanted.node_type, wanted.name, version=version)
    if as_json:
        output.data(
            {
                **_row(item),
                "import": str(item.target),
                "input_schema": item.input_schema(),
                "output_schema": item.output_schema(),
                "entry": item.value,
            }
        )
        return
    for text in output.columns([(f"{name}:", value) for name, value in _facts(item)]):
        output.line(text)


def _facts(item: RegisteredComponent) -> list[tuple[str, str]]:
    permissions = item.entry.permissions.model_dump(mode="json", exclude_defaults=True)
    granted = [name if value is True else f"{name} {', '.join(value)}" for name, value in permissions.items()]
    facts = [
        ("component", f"{item.id} {item.version}"),
        ("description", item.entry.description),
        ("digest", str(item.digest)),
        ("status", _status(item)),
        ("from", item.origin),
        ("import", str(item.target)),
        ("cost", _cost(item.entry.cost_estimate)),
        ("takes", _members(item.input_schema())),
        ("gives", _members(item.output_schema())),
        ("may use", "; ".join(granted) or "nothing"),
        ("tags", ", ".join(item.entry.tags)),
    ]
    deprecated = item.entry.deprecated
    if deprecated is not None:
        instead = f"; use {deprecated.replacement}" if deprecated.replacement else ""
        facts.append(("deprecated", f"since {deprecated.since}{instead}"))
    return [(name, output.shown(value)) for name, value in facts if value]


def _members(schema: JsonObject) -> str:
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return str(schema.get("type", "see --json"))
    required = schema.get("required")
    needed = required if isinstance(required, list) else []
    return ", ".join(name if name in needed else f"[{name}]" for name in properties)


def _cells(item: RegisteredComponent) -> tuple[str, ...]:
    text = item.entry.description
    short = text if len(text) <= 60 else f"{text[:59]}…"
    return (str(item.id), str(item.version), _status(item), _cost(item.entry.cost_estimate), output.shown(short))


def _status(item: RegisteredComponent) -> str:
    if item.manifest is None:
        return "dynamic"
    return f"signed by {item.manifest.signer}" if item.manifest.signer else item.manifest.status


def _cost(estimate: CostEstimate | None) -> str:
    if estimate is None:
        return "undeclared"
    tokens = f" + {estimate.per_token:f} a token" if estimate.per_token else ""
    return f"{estimate.base:f}{tokens} {estimate.currency}"


def _row(item: RegisteredComponent) -> JsonObject:
    return {
        "component": str(item.id),
        "version": str(item.version),
        "digest": str(item.digest),
        "status": item.manifest.status if item.manifest is not None else "dynamic",
        "signer": item.manifest.signer if item.manifest is not None else None,
        "package": item.distribution,
        "origin": item.origin,
        "description": item.entry.description,
    }


def _sources(registry: Registry) -> list[JsonValue]:
    return [{"source": label, "components": count} for label, count in registry.sources]
