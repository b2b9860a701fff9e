"""What a shell is offered of what this machine knows: components, keys, runs and slugs.

Nothing that is offered is thereby trusted; whatever cannot be read offers nothing. A shell waits for this at each
keystroke, so each function imports what it alone needs.
"""

import os

from ice_cli.help_pages import FOLDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ice_cli.offers import Offer
    from ice_core.home import Home

SLUGS = "slugs.txt"
NODE_TYPES = ("tool", "agent", "workflow")


def fitting(kind: str, incomplete: str) -> "list[Offer]":
    """The names of a kind of `KNOWN` that begin so."""
    try:
        return [offer for offer in KNOWN[kind](incomplete) if offer[1].startswith(incomplete)]
    except _refusals():
        # Between two keystrokes nobody reads a refusal; the command itself tells it.
        return []


def _refusals() -> tuple[type[Exception], ...]:
    # Called when something was raised, and imported by whoever raised it.
    from ice_core.errors import IceError

    return (IceError, OSError)


def components(incomplete: str) -> "list[Offer]":
    """Components that the manifests here list."""
    from ice_core.unified_registry import load_plugins

    return [("plain", str(each), "") for each in load_plugins().listed_ids()]


def components_or_files(incomplete: str) -> "list[Offer]":
    """Components once their type is begun and no file is called so, else files."""
    begun = any(each.startswith(incomplete) or incomplete.startswith(f"{each}:") for each in NODE_TYPES)
    if incomplete and begun and not _begins_a_file(incomplete):
        return components(incomplete)
    return [("file", incomplete, "")]


def keys(incomplete: str) -> "list[Offer]":
    """Keys of the key-store."""
    from ice_core.key_names import key_names

    return [("plain", each, "") for each in key_names(_home().at("keys"))]


def runs(incomplete: str) -> "list[Offer]":
    """Runs of the journal, the newest first."""
    from ice_orchestrator.run_names import newest_runs

    return [("plain", each, "") for each in newest_runs(_home().at("state.sqlite"))]


def slugs(incomplete: str) -> "list[Offer]":
    """Slugs of errors."""
    with open(os.path.join(FOLDER, SLUGS), "rb") as file:
        return [("plain", each, "") for each in file.read().decode().splitlines()]


KNOWN = {
    "components": components,
    "components_or_files": components_or_files,
    "keys": keys,
    "runs": runs,
    "slugs": slugs,
}


def _home() -> "Home":
    from ice_core.home import Home

    return Home.from_environment(os.environ)


def _begins_a_file(text: str) -> bool:
    folder, name = os.path.split(text)
    try:
        return any(each.startswith(name) for each in os.listdir(folder or "."))
    except OSError:
        return False
