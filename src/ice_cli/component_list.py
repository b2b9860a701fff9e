"""What `ice plugins list` tells: the components that the manifests here announce, as words and data.

It reads the entries as they are, and makes no models of them: every manifest was held against its model when it was
verified. Plain lines come here without click, see `direct`.
"""

from __future__ import annotations

from ice_cli import output
from ice_core.unified_registry import load_plugins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ice_core.registered import RegisteredComponent
    from ice_core.strict_json import JsonObject, JsonValue
    from ice_core.unified_registry import Registry

DESCRIPTION_WIDTH = 60


def component_list(
    *,
    plugins: Sequence[Path] = (),
    no_dynamic: bool | None = None,
    allow_unsigned: Sequence[Path] = (),
    node_type: str | None = None,
    as_json: bool = False,
) -> output.Told:
    """What is listed here, of one type or of all.

    Raises:
        IceError: what loading refuses.
    """
    registry = load_plugins(*plugins, no_dynamic=no_dynamic, allow_unsigned=allow_unsigned)
    found = [item for item in registry.list() if node_type in (None, item.id.node_type)]
    registry.renew_index()
    if as_json:
        listed: JsonObject = {"components": [row(item) for item in found], "sources": _sources(registry)}
        return output.Told(data=f"{output.json_text(listed, indent=2)}\n")
    words = _words(registry)
    if not found:
        from ice_core.dynamic import source_lines

        return output.Told(words=[*words, "No component is listed here.", *source_lines(registry.sources)])
    lines = output.columns([("COMPONENT", "VERSION", "STATUS", "COST", "DESCRIPTION"), *map(_cells, found)])
    return output.Told(words=words, data="".join(f"{line}\n" for line in lines))


def row(item: RegisteredComponent) -> JsonObject:
    """What programs are told of a component, in a listing and alone."""
    return {
        "component": str(item.id),
        "version": item.version_text,
        "digest": str(item.digest),
        "status": item.status,
        "signer": item.signer,
        "package": item.distribution,
        "origin": item.origin,
        "description": item.value.get("description", ""),
    }


def status(item: RegisteredComponent) -> str:
    """Who vouches for a component, in words."""
    return f"signed by {item.signer}" if item.signer is not None else item.status


def cost(item: RegisteredComponent) -> str:
    """What a call of a component costs, in words."""
    estimate = item.value.get("cost_estimate")
    if not isinstance(estimate, dict):
        return "undeclared"
    per_token = estimate.get("per_token", 0)
    tokens = f" + {_amount(per_token)} a token" if per_token else ""
    return f"{_amount(estimate.get('base', 0))}{tokens} {estimate.get('currency', 'USD')}"


def _amount(number: JsonValue) -> str:
    # Money is the decimal number that is written; only one that is written with an exponent needs to be written anew.
    text = repr(number)
    if "e" not in text:
        return text
    from decimal import Decimal

    return f"{Decimal(text):f}"


def _cells(item: RegisteredComponent) -> tuple[str, ...]:
    text = str(item.value.get("description", ""))
    short = text if len(text) <= DESCRIPTION_WIDTH else f"{text[: DESCRIPTION_WIDTH - 1]}…"
    return (str(item.id), item.version_text, status(item), cost(item), output.shown(short))


def _words(registry: Registry) -> list[str]:
    words = []
    if registry.notices:
        from ice_cli.render import findings_text

        words.append(findings_text(registry.notices))
    if registry.extras:
        from ice_cli.extra_sources import extra_lines

        words += extra_lines(registry)
    return words


def _sources(registry: Registry) -> list[JsonValue]:
    return [{"source": label, "components": count} for label, count in registry.sources]
