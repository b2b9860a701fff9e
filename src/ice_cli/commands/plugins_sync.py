"""`ice plugins sync`: the local index of the home folder, brought up to date."""

import os
from collections.abc import Callable
from datetime import UTC, datetime

import click

from ice_cli import output
from ice_cli.progress import Progress
from ice_core.clock import remember_time
from ice_core.errors import IceError, Location
from ice_core.home import Home
from ice_core.index import index_path
from ice_core.index_renewal import Synchronised, index_state, synchronise
from ice_core.strict_json import JsonObject


@click.command("sync")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if the index is not up to date.")
@output.json_option
def sync_command(*, check: bool, as_json: bool) -> None:
    """Bring the local index of the home folder up to date.

    The index lets a start look a component up without reading every manifest.
    Manifests that changed are read and verified; the others are taken over.
    Nothing is imported. `ice install` does the same; run this after you put
    manifests into $ICEOS_HOME by hand.

    \b
    Example: ice plugins sync
    """
    home = Home.from_environment(os.environ)
    if check:
        _check(home, as_json=as_json)
        return
    now = datetime.now(UTC)
    with Progress("Verifying manifests") as progress:
        done = synchronise(home, now=now, progress=_told(progress))
    if done.outcome == "not-written":
        raise _not_written(home)
    remember_time(home, now)
    if as_json:
        output.data({**_row(done), "outcome": done.outcome, "verified": done.verified})
        return
    held = f"{output.counted(done.components, 'component')} of {output.counted(done.packages, 'manifest')}"
    if done.outcome == "already-fresh":
        output.say(f"Nothing to do: the index of {home.place} tells of {held}.")
    else:
        read = f"{done.verified} read and verified, {done.packages - done.verified} unchanged"
        output.say(f"Wrote the index of {home.place}: {held}, {read}.")


def _check(home: Home, *, as_json: bool) -> None:
    state = index_state(home)
    if state != "fresh":
        raise IceError(
            "index-stale",
            f"the index of `{home.place}` is not up to date",
            where=Location(index_path(home.place)),
            expected="fresh",
            found=state,
            note="Starts read and verify every manifest until it is.",
            hints=("To bring it up to date, run `ice plugins sync`",),
            details={"state": state},
        )
    if as_json:
        output.data({"home": home.place, "state": state})
    else:
        output.say(f"The index of {home.place} is up to date.")


def _told(progress: Progress) -> Callable[[int, int], None]:
    def tell(done: int, of: int) -> None:
        # A line for each would be many; a terminal shows the last one.
        if done and not done % 100:
            progress.tell(f"verified {done} of {of} manifests")

    return tell


def _row(done: Synchronised) -> JsonObject:
    return {"manifests": done.packages, "components": done.components}


def _not_written(home: Home) -> IceError:
    return IceError(
        "index-not-written",
        f"the index of `{home.place}` could not be written",
        where=Location(index_path(home.place)),
        note="Nothing else is wrong with the manifests: starts read and verify each of them, as without an index.",
        hints=("To see who can write there, and the state of the cache's key, run `ice doctor`",),
    )
