"""`ice install`: verify what a lock pins and put it into the home folder; nothing is imported."""

import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

import click
from packaging.utils import canonicalize_name

from ice_cli import output
from ice_cli.files import read_named
from ice_cli.options import index_location, index_option
from ice_cli.progress import Progress
from ice_client.dependency_install import DependencyChoices
from ice_client.dependency_wheels import WheelPlaces
from ice_client.index_location import open_index
from ice_client.install import Installed, install, place_wheels
from ice_core.clock import remember_time
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.index_renewal import synchronise
from ice_core.key_store import KeyStore
from ice_core.models.lock import LOCK_NAME, MAX_LOCK_BYTES
from ice_core.strict_json import JsonObject

OUTCOMES: Final[Mapping[str, str]] = MappingProxyType({"already-there": "already there"})


@click.command("install")
@click.argument("lock", type=click.Path(path_type=Path), default=Path(LOCK_NAME), metavar="[LOCK]")
@index_option
@click.option("--no-dependencies", is_flag=True, help="Leave the environment alone; only learn what its wheels hold.")
@click.option(
    "--find-links",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Wheels of dependencies are taken from here first.",
)
@click.option("--offline", is_flag=True, help="Fetch nothing: dependencies come from --find-links or are there.")
@click.option(
    "--allow-start-up-files",
    "allowed",
    multiple=True,
    metavar="PACKAGE",
    help="This package may bring a .pth file, which every Python here will run.",
)
@click.option("--wheels", "beside", is_flag=True, help="Only put the wheels beside the lock, for pip and uv.")
@output.json_option
def install_command(
    lock: Path,
    *,
    index: str | None,
    no_dependencies: bool,
    folders: tuple[Path, ...],
    offline: bool,
    allowed: tuple[str, ...],
    beside: bool,
    as_json: bool,
) -> None:
    """Install what LOCK pins (default: pylock.iceos.toml).

    Every bundle is fetched and verified before anything is written: digest,
    signature, signer, wheel. Plugins go into the content-addressed store of
    $ICEOS_HOME, never into site-packages; other dependencies into this
    environment, by hash. What their locked wheels hold is kept, so that strict
    runs can check each file that they import.

    \b
    Example: ice install --index ./market
    """
    place = open_index(index_location(index))
    home = Home.from_environment(os.environ)
    keys = KeyStore.read(home.keys)
    data = read_named(lock, max_bytes=MAX_LOCK_BYTES, hints=("To write it, run `ice lock PACKAGE --index FOLDER`",))
    with Progress("Verifying") as progress:
        if beside:
            folder = place_wheels(data, place, lock.absolute().parent, keys=keys, where=str(lock))
            _beside(folder, lock, as_json=as_json)
            return
        done = install(
            data,
            place,
            home=home,
            keys=keys,
            where=str(lock),
            dependencies=DependencyChoices(
                act="leave" if no_dependencies else "install",
                places=WheelPlaces(folders=tuple(folder.absolute() for folder in folders), offline=offline),
                allow_start_up=tuple(canonicalize_name(name) for name in allowed),
            ),
            progress=progress.tell,
        )
        _index(home, progress)
    if as_json:
        output.data(_row(done, home))
        return
    for text in _words(done, home):
        output.say(text)


def _index(home: Home, progress: Progress) -> None:
    progress.tell("indexing")
    # What another manifest of the home is refused for is told by whoever loads it.
    with suppress(IceError, OSError):
        synchronise(home)
    remember_time(home, datetime.now(UTC))


def _words(done: Installed, home: Home) -> list[str]:
    rows = [
        (
            f"{item.name} {item.version}",
            OUTCOMES.get(item.outcome, item.outcome),
            output.counted(len(item.components), "component"),
            f"signed by {item.signer}",
        )
        for item in done.plugins
    ]
    new = sum(item.outcome == "installed" for item in done.plugins)
    packages = output.counted(len(done.plugins), "plugin package")
    last = (
        f"Installed {output.counted(new, 'plugin package')} in {home.root}; none was imported."
        if new
        else f"Nothing to do: {packages} of the lock in {home.root} already, verified again."
    )
    return [
        *(f"  {text}" for text in output.columns(rows)),
        *(f"  {name} was replaced" for name in done.replaced),
        *_dependency_words(done),
        last,
        "To see their components, run `ice plugins list`.",
    ]


def _dependency_words(done: Installed) -> list[str]:
    titles = [f"  {title}, each file that of its locked wheel" for title in done.dependencies]
    return [*titles, *(f"  not checked in strict runs: {output.shown(reason)}" for reason in done.unlisted)]


def _beside(folder: Path, lock: Path, *, as_json: bool) -> None:
    names = sorted(path.name for path in folder.iterdir())
    if as_json:
        output.data({"folder": str(folder), "wheels": [*names]})
        return
    output.say(f"Put {output.counted(len(names), 'verified wheel')} into {folder}.")
    output.say(f"To install them, run `uv pip install -r {lock}` or `pip install -r {lock}`.")


def _row(done: Installed, home: Home) -> JsonObject:
    return {
        "home": str(home.root),
        "plugins": [
            {
                "package": item.name,
                "version": item.version,
                "manifest_digest": str(item.manifest_digest),
                "signer": item.signer,
                "components": list(item.components),
                "outcome": item.outcome,
            }
            for item in done.plugins
        ],
        "replaced": list(done.replaced),
        "dependencies": list(done.dependencies),
        "unlisted": list(done.unlisted),
    }
