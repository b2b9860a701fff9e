"""Whether a load can start from the local index; that costs the same however many components there are.

What is compared are a handful of stamps: of the home folder, its manifests and its keys, the clock record, and the
folders of the import path. Whatever is unusual (no index, one of another time, limits that were lowered since, unsigned
manifests in a strict load, a key that the project does not pin, a clock that is behind) is for the full load, which
says what is to be said about it.
"""

from __future__ import annotations

import os
import sys
import time

from ice_core.index import Index
from ice_core.indexed_packages import IndexedPackages, limits_in_force
from ice_core.stamps import is_private, stamp_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ice_core.index_forms import Stamped

MICROSECONDS = 1_000_000
# The clock may be this far behind what was seen before nobody is told.
_WORTH_TELLING = 3600 * MICROSECONDS
# No file has this stamp.
_UNREADABLE = (0, 0, 0, 0, 0, 0)
_CLOCK = b'{\n  "latest": "%b"\n}\n'


def indexed_packages(
    root: str, *, strict: bool, pins: frozenset[str] | None, now: int | None
) -> IndexedPackages | None:
    """The packages of the home folder from its index; None when the index does not tell of what is there now.

    Args:
        root: The home folder.
        strict: Whether what is unsigned is refused.
        pins: The fingerprints of the only keys whose manifests count; None: every key of the key-store.
        now: The time of the load, in microseconds since 1970; None: the clock decides.
    """
    index = Index.open(root)
    if index is None:
        return None
    head = index.head
    try:
        same = _are_so(root, head["places"])
        same = same and _are_so(f"{root}/keys", head["key_files"]) and is_private(stamp_of(root))
        latest = _latest(root, now if now is not None else time.time_ns() // 1000)
    except (OSError, ValueError):
        return None
    usual = head["limits"] == limits_in_force() and not (strict and head["unsigned"])
    pinned = pins is None or all(f"sha256:{form[0].hex()}" in pins for form in head["signers"].values())
    if not (same and usual and pinned):
        return None
    return IndexedPackages(index, root=root, now=now, latest=latest)


def _are_so(folder: str, stamped: Sequence[tuple[str, object]]) -> bool:
    return all(stamp_of(f"{folder}/{name}") == stamp for name, stamp in stamped)


def is_silent(search_path: Sequence[str], known: Sequence[tuple[str, object]]) -> bool:
    """Whether no distribution on `search_path` announces a manifest, as far as can be told without `importlib`.

    Args:
        search_path: As in `sys.path`.
        known: Folders that announced nothing, with the stamps that they had.
    """
    if any(getattr(finder, "find_distributions", None) is not None for finder in _unusual_finders()):
        return False
    return all(entry in known or _announces_nothing(*entry) for entry in _stamped(search_path))


def silent_folders(search_path: Sequence[str]) -> tuple[Stamped, ...]:
    """The folders of `search_path` that announce nothing, each with the stamp that it had before it was looked into."""
    return tuple((folder, stamp) for folder, stamp in _stamped(search_path) if _announces_nothing(folder, stamp))


def _stamped(search_path: Sequence[str]) -> Iterator[Stamped]:
    for folder in search_path:
        try:
            # The empty name is the working folder, as for imports.
            yield os.path.abspath(folder), stamp_of(folder or ".", follow=True)
        except OSError:
            yield folder, _UNREADABLE


def _announces_nothing(folder: str, stamp: object) -> bool:
    if stamp is None:
        return True
    if stamp == _UNREADABLE:
        return False
    try:
        described = distributions_in(folder)
    except OSError:
        return False
    # As `importlib.metadata` tells an egg.
    if folder.lower().endswith(".egg"):
        return False
    return not any(_announces(f"{folder}/{name}/entry_points.txt") for name in described)


def distributions_in(folder: str) -> list[str]:
    """The names, in a folder, of what describes a distribution there; each has to be read to know whether it announces.

    Raises:
        OSError: It cannot be listed.
    """
    return [name for name in os.listdir(folder) if name.lower().endswith((".dist-info", ".egg-info"))]


def _announces(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return b"iceos_plugins" in file.read()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def _unusual_finders() -> list[object]:
    return [finder for finder in sys.meta_path if getattr(finder, "__module__", "") != "_frozen_importlib_external"]


def _latest(root: str, now: int) -> int | None:
    """The latest time that was seen here.

    Raises:
        ValueError: it is for the full load to judge.
        OSError: it cannot be read.
    """
    path = f"{root}/clock.json"
    stamp = stamp_of(path)
    if stamp is None:
        return None
    if not is_private(stamp) or stamp[3] != len(_CLOCK % (b"-" * 20)):
        raise ValueError("no clock record as this iceos writes it")
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        data = os.read(descriptor, stamp[3] + 1)
    finally:
        os.close(descriptor)
    text = data[15:35]
    latest = _microseconds(text)
    if data != _CLOCK % text or latest - now >= _WORTH_TELLING:
        raise ValueError("no clock record as this iceos writes it, or a clock that is behind")
    return latest


def _microseconds(text: bytes) -> int:
    """`2026-01-31T23:59:59Z` in microseconds since 1970; `datetime` would cost more than all the rest."""
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    hour, minute, second = int(text[11:13]), int(text[14:16]), int(text[17:19])
    leap = not year % 4 and (year % 100 != 0 or not year % 400)
    longest = 28 + leap if month == 2 else 31 - (month in (4, 6, 9, 11))
    # `clock` reads no year before 1000 either.
    in_range = year >= 1000 and 1 <= month <= 12 and 1 <= day <= longest and hour < 24 and minute < 60 and second < 60
    if not in_range or text != b"%04d-%02d-%02dT%02d:%02d:%02dZ" % (year, month, day, hour, minute, second):
        raise ValueError("no instant")
    # Years that begin in March have their leap day at the end.
    shifted = year - (month <= 2)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    days = 365 * shifted + shifted // 4 - shifted // 100 + shifted // 400 + day_of_year - 719468
    return ((days * 24 + hour) * 60 + minute) * 60 * MICROSECONDS + second * MICROSECONDS
