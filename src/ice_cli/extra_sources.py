"""What `$ICEOS_EXTRA_PLUGINS` brought along, in words: whoever set it, the reader of the screen is told."""

from typing import TYPE_CHECKING

from ice_cli import output

if TYPE_CHECKING:
    from ice_core.unified_registry import Registry


def extra_lines(registry: "Registry") -> list[str]:
    """One line for each manifest that the environment named: where it lies, and who signed it."""
    return [
        f"extra {output.shown(each.origin.label)}, {f'signed by {each.signer}' if each.signer else 'UNSIGNED'}"
        for each in registry.extras
    ]
