"""`~/.iceos/cache`: what this machine worked out once and may take again, each part under a MAC with a key of its own.

The key is 32 random bytes in `cache/key`, made here, readable by the user alone. A part whose MAC does not hold
(forged, cut short, moved to another name, of another machine or another version) is as if it were not there. Nothing
needs the cache: where the key cannot be read or made, or is exposed, everything is worked out anew. Writing is best
effort, never half, and bounded: when a new file takes the folder over its limit, those that were used longest ago go.
"""

from __future__ import annotations

import os
import stat
from _operator import _compare_digest as equal_in_constant_time

from ice_core.errors import IceError
from ice_core.home import make_folder, write_atomically, write_new
from ice_core.machine_key import KEY_BYTES, read_machine_key
from ice_core.sha256 import hmac_sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Final

    from ice_core.home import AnyPath, Home
    from ice_core.machine_key import KeyState

MAX_CACHE_BYTES: Final = 512 * 1024 * 1024
TAG_BYTES: Final = 32
_DAY: Final = 86_400


class MachineCache:
    """The cache of one home folder; without a usable key it holds nothing and keeps nothing."""

    __slots__ = ("_key", "max_bytes", "root")

    def __init__(self, root: str, key: bytes | None, *, max_bytes: int = MAX_CACHE_BYTES) -> None:
        self.root = root
        self.max_bytes = max_bytes
        self._key = key

    @classmethod
    def open(cls, home: Home) -> MachineCache:
        """The cache of a home folder; nothing is written."""
        return cls(home.at("cache"), read_machine_key(home.at("cache/key"))[1])

    @property
    def key(self) -> bytes | None:
        """The machine's key, for whoever keeps parts under a MAC of another kind."""
        return self._key

    def tag(self, purpose: bytes, *parts: bytes | memoryview) -> bytes | None:
        """The MAC (HMAC-SHA-256) of these parts for this purpose; None without a key."""
        if self._key is None:
            return None
        # Each length goes before its part, so that no two lists of parts are one message.
        framed = [piece for part in (purpose, *parts) for piece in (len(part).to_bytes(8, "little"), part)]
        return hmac_sha256(self._key, b"".join(framed))

    def holds(self, tag: bytes, purpose: bytes, *parts: bytes | memoryview) -> bool:
        """Whether this is the MAC of these parts."""
        expected = self.tag(purpose, *parts)
        return expected is not None and equal_in_constant_time(expected, tag)

    def path(self, kind: str, name: str) -> str:
        """Where a part lies."""
        return f"{self.root}/{kind}/{name}"

    def make_key(self) -> bool:
        """Makes the machine's key if there is none; returns whether there is a usable one."""
        if self._key is None:
            place = f"{self.root}/key"
            state, self._key = read_machine_key(place)
            # One that is exposed or damaged stays as it is: `ice doctor` tells of it.
            if state == "absent":
                self._write_key(place)
                self._key = read_machine_key(place)[1]
        return self._key is not None

    def _write_key(self, place: str) -> None:
        try:
            make_folder(os.path.dirname(self.root))
            make_folder(self.root, mode=0o700)
            write_new(place, os.urandom(KEY_BYTES), mode=0o600)
        except (IceError, OSError):
            # A home that cannot be written works without a cache; of two that make a key, the first one's stays.
            return

    def keep(self, path: AnyPath, data: bytes) -> None:
        """Writes a part, if that can be done, and makes room for it."""
        if len(data) > self.max_bytes:
            return
        try:
            make_folder(os.path.dirname(os.fspath(path)), mode=0o700)
            write_atomically(path, data, mode=0o600)
            self._make_room(os.fspath(path))
        except (IceError, OSError):
            return

    def touch(self, descriptor: int) -> None:
        """Notes that a part is in use, at most once a day: what was used longest ago goes first."""
        import time

        if time.time() - os.fstat(descriptor).st_mtime <= _DAY:
            return
        try:
            os.utime(descriptor)
        except OSError:
            # Another user's file, or a file system that is read only: it goes sooner, and nothing else.
            return

    def _make_room(self, newest: str) -> None:
        files = sorted(_files(self.root), key=lambda found: found[1].st_mtime_ns)
        spare = sum(status.st_size for _, status in files) - self.max_bytes
        for path, status in files:
            if spare <= 0:
                return
            if str(path) != newest:
                path.unlink(missing_ok=True)
                spare -= status.st_size


def key_state(home: Home) -> KeyState:
    """What there is to say of the machine's key, for `ice doctor`."""
    return read_machine_key(home.at("cache/key"))[0]


def cache_size(home: Home) -> tuple[int, int]:
    """How many files the cache has, and their bytes."""
    sizes = [status.st_size for _, status in _files(home.at("cache"))]
    return len(sizes), sum(sizes)


def _files(root: str) -> Iterator[tuple[Path, os.stat_result]]:
    from pathlib import Path

    for path in Path(root).glob("*/*"):
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISREG(status.st_mode) and not path.name.startswith("."):
            yield path, status
