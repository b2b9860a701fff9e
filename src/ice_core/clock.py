"""The clock, never turned back: the latest time that was seen on this machine is kept, and nothing is judged earlier.

Whoever sets a clock back could let a key that has ended sign again, and a bundle be first seen before it was made.
`clock.json` in the home folder holds one instant; commands that write to the home move it on, and never back. Who can
write there could do as much to the key-store itself.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from ice_core.canonical import printed_bytes
from ice_core.errors import Finding, IceError, Location
from ice_core.home import Home, read_regular_file, refuse_if_others_can_write, write_atomically
from ice_core.strict_json import parse_json

MAX_CLOCK_BYTES: Final = 1024
# Written at most so often: a rollback of less is not worth a write in every command.
STEP: Final = timedelta(minutes=1)
# Less than this is a clock that was set right, and nothing to speak of.
WORTH_TELLING: Final = timedelta(hours=1)
_INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"


def clock_path(home: Home) -> Path:
    """Where the latest time that was seen is kept."""
    return home.root / "clock.json"


def latest_time(home: Home) -> datetime | None:
    """The latest time that was seen here, if any was kept.

    Raises:
        IceError: `clock-record-invalid`, `home-writable-by-others`, `file-not-regular` or a slug of `strict_json`.
    """
    path = clock_path(home)
    if not os.path.lexists(path):
        return None
    refuse_if_others_can_write(path)
    data = read_regular_file(path, max_bytes=MAX_CLOCK_BYTES)
    try:
        value = parse_json(data, where=str(path))
    except IceError as error:
        raise error.hinted(f"To forget the latest time that was seen, run `rm {path}`") from None
    text = value.get("latest")
    try:
        if [*value] == ["latest"] and isinstance(text, str):
            kept = datetime.strptime(f"{text}+0000", f"{_INSTANT}%z")
            # One way to write it: what is read is what would be written.
            if kept.strftime(_INSTANT) == text:
                return kept
    except ValueError:
        pass  # not an instant: refused like any other form
    raise IceError(
        "clock-record-invalid",
        f"`{path}` does not hold the latest time that was seen",
        where=Location(str(path), path="latest"),
        expected='{"latest": "YYYY-MM-DDTHH:MM:SSZ"}',
        found="something else",
        hints=(f"To forget the latest time that was seen, run `rm {path}`",),
    )


def judged_time(home: Home, now: datetime) -> datetime:
    """The time by which keys are judged: `now`, or the latest that was seen here if that is later.

    Raises:
        IceError: what `latest_time` raises.
    """
    latest = latest_time(home)
    return now if latest is None else max(now, latest)


def clock_notices(home: Home, now: datetime) -> tuple[Finding, ...]:
    """The warning that the clock is behind the latest time that was seen, if it is by more than an hour."""
    latest = latest_time(home)
    if latest is None or latest - now < WORTH_TELLING:
        return ()
    path = clock_path(home)
    return (
        Finding(
            "clock-behind",
            "the clock of this machine is behind a time that was seen here before",
            severity="warning",
            where=Location(str(path)),
            expected=f"{latest:{_INSTANT}} or later",
            found=f"{now:{_INSTANT}}",
            note="Until it is right, the validity of keys is judged at the later time.",
            hints=("Set the clock", f"If it was wrong then and is right now, run `rm {path}`"),
        ),
    )


def remember_time(home: Home, now: datetime) -> datetime:
    """The time by which keys are judged, kept for later; a home that is missing or cannot be written stays as it is.

    Raises:
        IceError: what `latest_time` raises.
    """
    latest = latest_time(home)
    if latest is not None and now - latest < STEP:
        return max(now, latest)
    if home.root.is_dir():
        try:
            write_atomically(clock_path(home), printed_bytes({"latest": now.strftime(_INSTANT)}), mode=0o600)
        except IceError as error:
            if error.slug != "file-not-written":
                raise
    return now
