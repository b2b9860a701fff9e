"""What `ice doctor` says of the home folder: who can write it, store, cache, journal, and what killed writes left."""

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ice_cli.observations import Observation, Surroundings, good, note, problem, refused, warning
from ice_cli.output import counted
from ice_core.errors import IceError
from ice_core.home import Home, read_regular_file, refuse_if_others_can_write
from ice_core.limit_settings import read_limits
from ice_core.lowered_limits import GREATEST
from ice_core.machine_cache import MAX_CACHE_BYTES, cache_size, key_state
from ice_core.manifest_sources import MAX_INDEX_BYTES
from ice_core.signing import parse_wheel_index
from ice_orchestrator.journal_look import look_at_journal

# `home.write_atomically` writes under such a name first.
LEFTOVERS: Final = ".ice-*.tmp"
# A write takes seconds; what is younger may be one that is under way.
LEFT_SECONDS: Final = 3600


def folders(around: Surroundings) -> Iterator[Observation]:
    """Whether the home folder is there, and whether anybody else could change what runs."""
    home = around.home
    if not os.path.lexists(home.root):
        yield note(f"{home.root} is not there yet; it is made when something is first written")
        return
    sound = True
    folders_of_trust = (
        home.root,
        home.manifests,
        home.keys,
        home.keys / "private",
        home.blob("").parent,
        home.blob(""),
        home.cache,
    )
    for path in folders_of_trust:
        try:
            refuse_if_others_can_write(path)
        except IceError as error:
            sound = False
            yield from refused(error)
    if sound and not home.root.is_dir():
        yield problem(f"{home.root} is not a folder", mend="Move it away, or set `ICEOS_HOME` to a folder")
    elif sound and not os.access(home.root, os.W_OK | os.X_OK):
        yield problem(f"{home.root} cannot be written by you", mend=f"To change that, run `chmod u+rwx {home.root}`")
    elif sound:
        yield good(f"{home.root}, writable by you alone")
    yield from _limits(around)


def _limits(around: Surroundings) -> Iterator[Observation]:
    try:
        for name, limit in read_limits(around.home).items():
            yield good(f"{name} is lowered to {limit:,} from {GREATEST[name]:,}")
    except IceError as error:
        yield from refused(error)


def store(around: Surroundings) -> Iterator[Observation]:
    """Whether each wheel that an installed manifest names is there, and what nothing names."""
    held = _held(around.home)
    named: set[str] = set()
    for path in sorted(around.home.manifests.glob("*.wheels")):
        try:
            pins = parse_wheel_index(read_regular_file(path, max_bytes=MAX_INDEX_BYTES), where=str(path))
        except IceError as error:
            yield from refused(error)
            continue
        if not path.with_suffix(".json").exists():
            yield note(
                f"{path.name} is left of an installation that did not finish", mend="To finish it, run `ice install`"
            )
        for pin in pins:
            named.add(pin.digest.hex)
            if pin.digest.hex not in held:
                yield problem(f"{pin.filename} is not in the store", mend="To put it back, run `ice install`")
            elif not _is_whole(around.home.blob(pin.digest.hex)):
                yield problem(
                    f"{pin.filename} in the store is not what was signed", mend="To put it back, run `ice install`"
                )
    yield good(f"{counted(len(held), 'file')} in the store, {sum(held.values())} bytes")
    spare = {name: size for name, size in held.items() if name not in named}
    if spare:
        yield note(
            f"of them {len(spare)}, {sum(spare.values())} bytes, are named by no installed manifest; "
            "a recorded run may still need them, so nothing removes them"
        )


def _is_whole(path: Path) -> bool:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == path.name


def _held(home: Home) -> dict[str, int]:
    folder = home.blob("")
    if not folder.is_dir():
        return {}
    return {path.name: path.lstat().st_size for path in folder.iterdir() if not path.name.startswith(".")}


def cache(around: Surroundings) -> Iterator[Observation]:
    """How much is kept of what was compiled and checked before, and whether its key is this user's alone."""
    home = around.home
    files, size = cache_size(home)
    key = home.cache / "key"
    state = key_state(home)
    if state == "absent":
        yield note("nothing is cached yet; the first run of an installed component compiles it")
    elif state == "good":
        yield good(f"{counted(files, 'file')} in the cache, {size} bytes of at most {MAX_CACHE_BYTES}")
    elif state == "exposed":
        yield warning(
            f"{key} could be read by someone else, who could then forge compiled code, so the cache is not used",
            mend=f"To have a new key made and the cache anew, run `rm -r {home.cache}`",
        )
    else:
        yield warning(
            f"{key} is no key, so the cache is not used",
            mend=f"To have a new key made and the cache anew, run `rm -r {home.cache}`",
        )


def journal(around: Surroundings) -> Iterator[Observation]:
    """Whether the runs that were recorded can be read."""
    path = around.home.state
    if not path.exists():
        yield note("no run is recorded yet")
        return
    try:
        look = look_at_journal(path)
        yield good(f"{path}: {counted(look.runs, 'run')}")
    except IceError as error:
        yield from refused(error)


def leftovers(around: Surroundings) -> Iterator[Observation]:
    """Temporary files of writes that were killed; no reader ever takes them for anything."""
    found = leftover_files(around.home)
    if found:
        size = sum(path.lstat().st_size for path in found)
        yield note(
            f"{counted(len(found), 'temporary file')} of a write that was killed, {size} bytes",
            mend="To remove them, run `ice doctor --fix`",
        )


def leftover_files(home: Home) -> list[Path]:
    """The temporary files in the home folder that no write can still be writing."""
    if not home.root.is_dir():
        return []
    before = time.time() - LEFT_SECONDS
    return sorted(path for path in home.root.rglob(LEFTOVERS) if path.is_file() and path.lstat().st_mtime < before)
