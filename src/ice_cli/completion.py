"""What a shell is offered behind `ice …` of what this machine knows: components, keys, runs and slugs.

Nothing that is offered is thereby trusted; whatever cannot be read offers nothing. The commands import this module, so
it imports what it needs only when a shell asks.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from ice_core.errors import IceError
from ice_core.names import NODE_TYPES

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ice_core.home import Home

Completer: TypeAlias = Callable[[click.Context, click.Parameter, str], "list[CompletionItem[str]]"]


def components(context: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """Components that the manifests here list."""
    return _fitting(_listed, incomplete)


def components_or_files(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem[str]]":
    """Components once their type is begun and no file is called so, else files."""
    begun = any(each.startswith(incomplete) or incomplete.startswith(f"{each}:") for each in NODE_TYPES)
    if incomplete and begun and not any(Path().glob(f"{incomplete}*")):
        return components(context, parameter, incomplete)
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def keys(context: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """Keys of the key-store."""
    return _fitting(_trusted, incomplete)


def runs(context: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """Runs of the journal, the newest first."""
    return _fitting(_recorded, incomplete)


def slugs(context: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """Slugs of errors."""
    from ice_core.error_codes import ERROR_CODES

    return _fitting(lambda: sorted(ERROR_CODES), incomplete)


def _fitting(names: Callable[[], Sequence[str]], incomplete: str) -> "list[CompletionItem[str]]":
    from click.shell_completion import CompletionItem

    try:
        return [CompletionItem(name) for name in names() if name.startswith(incomplete)]
    except IceError:
        # Between two keystrokes nobody reads a refusal; the command itself tells it.
        return []


def _home() -> "Home":
    from ice_core.home import Home

    return Home.from_environment(os.environ)


def _listed() -> list[str]:
    from ice_core.unified_registry import load_plugins

    return [str(each) for each in load_plugins().listed_ids()]


def _trusted() -> list[str]:
    from ice_core.key_store import KeyStore

    return [each.public_key_id for each in KeyStore.read(_home().keys).records]


def _recorded() -> list[str]:
    from ice_orchestrator.history import list_runs
    from ice_orchestrator.journal import Journal

    if not _home().state.exists():
        return []
    with Journal(_home().state) as journal:
        return [run.run_id for run in list_runs(journal)]
