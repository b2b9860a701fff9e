"""What `ice doctor` says of plugins: manifests in the order in which they are read, keys, the lock here, the clock."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from ice_cli.key_view import packages_text
from ice_cli.observations import Observation, Surroundings, good, note, of_finding, problem, refused, warning
from ice_cli.output import counted
from ice_client.key_rotation import rotation_path
from ice_client.private_key_files import refuse_exposed
from ice_client.trusted_keys import KeyListing, list_keys
from ice_core.bundles import BUNDLE_SUFFIX, bundle_filename
from ice_core.canonical import manifest_digest
from ice_core.clock import clock_path, latest_time
from ice_core.errors import IceError
from ice_core.home import Home, read_regular_file
from ice_core.manifest_loading import LoadedManifests, read_manifests
from ice_core.manifest_sources import MAX_SEEN_BYTES, parse_first_seen
from ice_core.models.lock import LOCK_NAME, MAX_LOCK_BYTES, Lock, LockedPlugin, read_lock
from ice_core.registry_contents import LoadedContents
from ice_core.settings import no_dynamic_setting, trusted_keys_setting
from ice_core.strict_json import MAX_BYTES, parse_json
from ice_orchestrator.journal_look import look_at_journal

# When a key of one's own that ends is spoken of.
ENDS_SOON: Final = timedelta(days=30)


def manifests(around: Surroundings) -> Iterator[Observation]:
    """Each manifest in the order in which it is read, with its components and who vouches for it."""
    try:
        strict = no_dynamic_setting(argument=None, environ=around.environ, project=around.folder)
        loaded, refusals = read_manifests(
            [],
            home=around.home,
            strict=strict,
            allow_unsigned=(),
            environ=around.environ,
            now=around.now,
            search_path=around.search_path,
            pins=trusted_keys_setting(around.folder),
        )
    except IceError as error:
        yield from refused(error)
        return
    vouched = {manifest.origin.label: manifest.signer for manifest in loaded.manifests}
    for label, count in loaded.sources:
        signer = vouched.get(label)
        by = f"signed by {signer}" if signer else "unsigned" if label in vouched else "announced only"
        yield good(f"{label}: {counted(count, 'component')}, {by}")
    for refusal in refusals:
        yield from refused(refusal)
    if not loaded.sources and not refusals:
        yield note("no manifest was found", mend="To install what a lock pins, run `ice install`")
    yield from map(of_finding, loaded.notices)
    yield from _conflicts(loaded)


def _conflicts(loaded: LoadedManifests) -> Iterator[Observation]:
    try:
        LoadedContents(loaded)
    except IceError as error:
        yield from refused(error)


def keys(around: Surroundings) -> Iterator[Observation]:
    """Each key of the key-store: whether it can sign here, and whether what it signs still counts."""
    try:
        listings = list_keys(around.home)
    except IceError as error:
        yield from refused(error)
        return
    if not listings:
        yield note("the key-store is empty", mend="To make a key, run `ice keys new ID`")
    for listing in listings:
        yield _key(listing, around.now)
        yield from _handing_over(listing, around)
        if listing.private is not None:
            yield from _private_half(listing, listing.private)


def _key(listing: KeyListing, now: datetime) -> Observation:
    record = listing.record
    own = "yours" if listing.private is not None else "trusted"
    title = f"{record.public_key_id}, {own}, for {packages_text(record)}"
    if record.revoked is not None:
        return note(f"{title}: revoked {record.revoked:%Y-%m-%d}, so nothing that it signed is loaded")
    if record.not_after is not None and record.not_after < now and record.successor is not None:
        return good(f"{title}: handed over to {record.successor} on {record.not_after:%Y-%m-%d}")
    if record.not_after is not None and record.not_after < now:
        mend = "To make a new one, run `ice keys new ID`" if listing.private is not None else None
        return warning(
            f"{title}: expired {record.not_after:%Y-%m-%d}; only what was first seen before counts", mend=mend
        )
    if record.not_before is not None and now < record.not_before:
        return note(f"{title}: valid from {record.not_before:%Y-%m-%d} on")
    return good(f"{title}{f', until {record.not_after:%Y-%m-%d}' if record.not_after is not None else ''}")


def _handing_over(listing: KeyListing, around: Surroundings) -> Iterator[Observation]:
    record = listing.record
    name, ends = record.public_key_id, record.not_after
    if record.successor is None and os.path.lexists(rotation_path(around.home, name)):
        yield warning(
            f"the rotation of {name} was begun and is not finished",
            mend=f"To finish it, run `ice keys rotate {name}`",
        )
        return
    own = listing.private is not None and record.successor is None
    if own and ends is not None and timedelta() <= ends - around.now < ENDS_SOON:
        yield warning(
            f"{name} is yours and ends on {ends:%Y-%m-%d}; afterwards it cannot hand over any more",
            mend=f"To make the key that follows, run `ice keys rotate {name}`",
        )


def _private_half(listing: KeyListing, path: Path) -> Iterator[Observation]:
    try:
        refuse_exposed(path, os.lstat(path))
    except IceError as error:
        yield from refused(error)
    if not listing.encrypted:
        yield warning(f"the private half of {listing.record.public_key_id} is not encrypted: who reads {path} has it")


def lock(around: Surroundings) -> Iterator[Observation]:
    """The lock of this folder, and whether what it pins is installed."""
    held = lock_here(around)
    if isinstance(held, IceError):
        yield from refused(held)
    elif held is None:
        yield note(f"there is no {LOCK_NAME} in this folder")
    else:
        missing = [plugin for plugin in held.plugins if not _is_installed(plugin, around.home)]
        for plugin in missing:
            yield problem(
                f"{plugin.name} {plugin.version} is pinned, and not installed", mend="To install it, run `ice install`"
            )
        pinned = counted(len(held.plugins), "plugin package")
        if not missing:
            yield good(f"{LOCK_NAME} pins {pinned}, and each is installed")


def lock_here(around: Surroundings) -> Lock | IceError | None:
    """The lock of the folder, why it cannot be read, or None when there is none."""
    path = around.folder / LOCK_NAME
    if not os.path.lexists(path):
        return None
    try:
        return read_lock(read_regular_file(path, max_bytes=MAX_LOCK_BYTES), where=LOCK_NAME)
    except IceError as error:
        return error


def _is_installed(plugin: LockedPlugin, home: Home) -> bool:
    stem = bundle_filename(plugin.name, plugin.version).removesuffix(BUNDLE_SUFFIX)
    path = home.manifests / f"{stem}.json"
    try:
        value = parse_json(read_regular_file(path, max_bytes=MAX_BYTES), where=str(path))
    except IceError:
        return False
    return manifest_digest(value) == plugin.manifest_digest and all(
        home.blob(wheel.digest.hex).is_file() for wheel in plugin.wheels
    )


def clock(around: Surroundings) -> Iterator[Observation]:
    """Whether the clock is behind what this machine has recorded; no time is asked of anyone."""
    try:
        latest_time(around.home)
    except IceError as error:
        yield from refused(error)
        return
    newest = max(_recorded(around), default=None)
    if newest is None or newest[0] <= around.now:
        yield good(f"{around.now:%Y-%m-%d %H:%M:%S} UTC, not before anything that was recorded here")
        return
    moment, what = newest
    yield problem(
        f"the clock says {around.now:%Y-%m-%d %H:%M:%S} UTC, and {what} is from {moment:%Y-%m-%d %H:%M:%S} UTC",
        mend="Set the clock: keys that are not yet valid or expired are judged by it",
    )


def _recorded(around: Surroundings) -> Iterator[tuple[datetime, str]]:
    latest = latest_time(around.home)
    if latest is not None:
        yield latest, f"the latest time that was seen here ({clock_path(around.home).name})"
    # What else cannot be read is told where it belongs.
    for path in sorted(around.home.manifests.glob("*.seen")):
        try:
            yield parse_first_seen(read_regular_file(path, max_bytes=MAX_SEEN_BYTES), where=str(path)), path.name
        except IceError:
            continue
    held = lock_here(around)
    if isinstance(held, Lock):
        yield from ((plugin.first_seen, f"{plugin.name} in {LOCK_NAME}") for plugin in held.plugins)
    try:
        newest = look_at_journal(around.home.state).newest if around.home.state.exists() else None
    except IceError:
        return
    if newest is not None:
        yield newest, "the newest run of the journal"
