"""What a shell is offered behind `ice …`, for click: what `known_names` knows, and lines that only click understands.

The commands import this module, so it imports what it needs only when a shell asks.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import click

from ice_cli import known_names

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ice_cli.offers import Offer

Completer: TypeAlias = Callable[[click.Context, click.Parameter, str], "list[CompletionItem[str]]"]


def _completer(kind: str) -> Completer:
    def completer(context: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
        from click.shell_completion import CompletionItem

        return [CompletionItem(value, type=what) for what, value, _ in known_names.fitting(kind, incomplete)]

    return completer


components = _completer("components")
components_or_files = _completer("components_or_files")
keys = _completer("keys")
runs = _completer("runs")
slugs = _completer("slugs")


def offered_by_click(words: Sequence[str], incomplete: str) -> "list[Offer]":
    """What click offers for `incomplete` behind `ice` and these words."""
    from click.shell_completion import ShellComplete

    from ice_cli.program import build

    items = ShellComplete(build(), {}, "ice", "_ICE_COMPLETE").get_completions([*words], incomplete)
    return [(item.type, item.value, item.help or "") for item in items]
