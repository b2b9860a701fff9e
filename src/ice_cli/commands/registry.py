"""`ice plugins list` and `show`: what the manifests found here announce; nothing is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ice_cli import output
from ice_cli.completion import components
from ice_cli.component_list import component_list, cost, row, status
from ice_cli.options import plugins_options
from ice_core.names import ComponentId
from ice_core.unified_registry import load_plugins

if TYPE_CHECKING:
    from pathlib import Path

    from ice_core.registered import RegisteredComponent
    from ice_core.strict_json import JsonObject, JsonValue

# As `permissions` of a manifest names them, in the order in which they are told.
PERMISSIONS = ("network", "filesystem", "subprocess", "environment", "tools")


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
    told = component_list(
        plugins=plugins, no_dynamic=no_dynamic, allow_unsigned=allow_unsigned, node_type=node_type, as_json=as_json
    )
    output.tell(told)


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
    registry.renew_index()
    if as_json:
        output.data(
            {
                **row(item),
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
    value = item.value
    facts = [
        ("component", f"{item.id} {item.version}"),
        ("description", str(value.get("description", ""))),
        ("digest", str(item.digest)),
        ("status", status(item)),
        ("from", item.origin),
        ("import", str(item.target)),
        ("cost", cost(item)),
        ("takes", _members(item.input_schema())),
        ("gives", _members(item.output_schema())),
        ("may use", "; ".join(_granted(value)) or "nothing"),
        ("tags", ", ".join(_texts(value.get("tags")))),
    ]
    deprecated = value.get("deprecated")
    if isinstance(deprecated, dict):
        instead = f"; use {deprecated['replacement']}" if deprecated.get("replacement") else ""
        facts.append(("deprecated", f"since {deprecated['since']}{instead}"))
    return [(name, output.shown(text)) for name, text in facts if text]


def _granted(value: JsonObject) -> list[str]:
    permissions = value.get("permissions")
    if not isinstance(permissions, dict):
        return []
    permitted = [(name, permissions.get(name)) for name in PERMISSIONS]
    return [name if what is True else f"{name} {', '.join(_texts(what))}" for name, what in permitted if what]


def _texts(value: JsonValue) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _members(schema: JsonObject) -> str:
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return str(schema.get("type", "see --json"))
    required = schema.get("required")
    needed = required if isinstance(required, list) else []
    return ", ".join(name if name in needed else f"[{name}]" for name in properties)
