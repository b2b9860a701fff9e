"""Compiled modules, kept under this machine's key: what was compiled once from verified source is not compiled again.

A pack is one file for each wheel and interpreter: what it was made for, the sorted keys of its modules, their rows, and
their marshalled code objects. Each row carries the MAC of its own module, over the source's SHA-256, the file name that
the code carries, the interpreter, the optimisation level, the version of iceos and the marshalled bytes. A second row
of each module, under a MAC of its own, says where in the wheel it lies: who imports one module need not know the rest.
What a row points to is read once into memory, held against its MAC there, and only then unmarshalled; nothing else of
a pack is believed, and a row that leads to anything else is as if it were not there.

One file for a wheel, because opening one for each of 500 modules costs more than the MACs (ADR 0022).
"""

import bisect
import hashlib
import importlib.util
import marshal
import os
import struct
import sys
import threading
import weakref
from collections.abc import Callable, Mapping
from functools import cache
from types import CodeType
from typing import Final

from ice_core.errors import IceError
from ice_core.home import Home, open_regular_file
from ice_core.machine_cache import TAG_BYTES, MachineCache
from ice_core.version import VERSION

KIND: Final = "code"
_PURPOSE: Final = b"iceos compiled module 0"
_PLACE_PURPOSE: Final = b"iceos place of a module 0"
# A module's member and the member's SHA-256.
Place = tuple[str, bytes]
_MAGIC: Final = b"iceos-code-0\n"
_KEY_BYTES: Final = 16
# Magic, the digest of what it was made for, how many rows.
_HEADER: Final = struct.Struct(f"<{len(_MAGIC)}s32sI")
# The tables of most packs.
_START_BYTES: Final = 8192
# Offset, length, MAC.
_ROW: Final = struct.Struct(f"<QI{TAG_BYTES}s")


class CodeCache:
    """The compiled modules of one home folder."""

    __slots__ = ("_cache", "_lock", "_packs")

    def __init__(self, cache: MachineCache) -> None:
        self._cache = cache
        self._packs: dict[str, CodePack] = {}
        self._lock = threading.Lock()

    @classmethod
    def open(cls, home: Home) -> "CodeCache":
        """The compiled modules of a home folder; nothing is written."""
        return cls(MachineCache.open(home))

    def pack(self, name: str) -> "CodePack":
        """The modules that are kept together under a name: the hexadecimal digest of the wheel that they are from."""
        with self._lock:
            return self._packs.setdefault(name, CodePack(self._cache, name))

    def flush(self) -> None:
        """Writes what was compiled since, if that can be done."""
        with self._lock:
            packs = tuple(self._packs.values())
        for pack in packs:
            pack.flush()


class CodePack:
    """One file of compiled modules; what it lacks is compiled, and written by `flush`."""

    __slots__ = ("_cache", "_lock", "_name", "_new", "_path", "_places", "_table")

    def __init__(self, cache: MachineCache, name: str) -> None:
        self._cache = cache
        self._name = name
        self._places: dict[str, Place] = {}
        self._path = cache.path(KIND, f"{name}.{sys.implementation.cache_tag}.{sys.flags.optimize}")
        self._new: dict[str, tuple[bytes, CodeType]] = {}
        self._lock = threading.Lock()
        self._table = _Table.open(self._path)
        self._table.touch(cache)

    def place(self, module: str) -> Place | None:
        """Where the module lies in the wheel, if an earlier process noted it; then the wheel is not asked."""
        kept = self._table.find(_key(f"\0{module}"))
        if kept is None or not self._cache.holds(kept[0], *self._noted(module, kept[1])):
            return None
        member, digest = marshal.loads(kept[1])  # noqa: S302  its MAC held
        return member, digest

    def note_place(self, module: str, place: Place) -> None:
        """Notes where a module lies, for the next process."""
        with self._lock:
            self._places[module] = place

    def code(self, source: Callable[[], bytes], *, source_digest: bytes, filename: str) -> CodeType:
        """The code object of a module: taken if it is here, compiled otherwise.

        Args:
            source: Gives the source; not called when the code is here.
            source_digest: The SHA-256 of the source, which the caller has verified.
            filename: What tracebacks call the file.

        Raises:
            SyntaxError: The source is not Python.
            ValueError: `source_digest` is not the source's.
        """
        kept = self._table.find(_key(filename))
        # Nothing is unmarshalled before this holds: whatever lies in the file, only what this machine compiled is code.
        if kept is not None and self._cache.holds(kept[0], *_vouched(source_digest, filename, kept[1])):
            found = marshal.loads(kept[1])  # noqa: S302  its MAC held
            if isinstance(found, CodeType):
                return found
        text = source()
        if hashlib.sha256(text).digest() != source_digest:
            raise ValueError(f"the source of {filename} is not the one of this digest")
        compiled = compile(text, filename, "exec", dont_inherit=True)
        with self._lock:
            self._new[filename] = (source_digest, compiled)
        return compiled

    def flush(self) -> None:
        """Writes what was compiled since, if that can be done; of two processes that write at once, one's stay."""
        with self._lock:
            if not self._new and not self._places:
                return
            new, self._new = self._new, {}
            places, self._places = self._places, {}
            if not self._cache.make_key():
                return
            # Another process may have written since this one read.
            entries = _Table.open(self._path).entries()
            for filename, (source_digest, compiled) in new.items():
                data = marshal.dumps(compiled)
                tag = self._cache.tag(*_vouched(source_digest, filename, data))
                if tag is not None:
                    entries[_key(filename)] = (tag, data)
            for module, place in places.items():
                data = marshal.dumps(place)
                tag = self._cache.tag(*self._noted(module, data))
                if tag is not None:
                    entries[_key(f"\0{module}")] = (tag, data)
            self._cache.keep(self._path, _packed(entries))
            self._table = _Table.open(self._path)

    def _noted(self, module: str, data: bytes) -> tuple[bytes, ...]:
        return _PLACE_PURPOSE, _made_for(), self._name.encode(), module.encode("utf-8", "surrogatepass"), data


class _Table:
    """The rows of a pack at one moment, and the open file that they point into."""

    __slots__ = ("__weakref__", "_descriptor", "_keys", "_rows", "_size")

    def __init__(self, descriptor: int | None, size: int, keys: bytes, rows: bytes) -> None:
        self._descriptor = descriptor
        self._size = size
        self._keys = keys
        self._rows = rows
        if descriptor is not None:
            weakref.finalize(self, os.close, descriptor).atexit = False

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "_Table":
        """The table of the pack at `path`; an empty one if there is none, or none of this interpreter and version."""
        try:
            descriptor = open_regular_file(path)
        except IceError:
            return cls(None, 0, b"", b"")
        size = os.fstat(descriptor).st_size
        return cls(descriptor, size, *_tables(descriptor, size))

    def __len__(self) -> int:
        return len(self._keys) // _KEY_BYTES

    def find(self, key: bytes) -> tuple[bytes, bytes] | None:
        """The MAC and the bytes of a module, read once; None if it is not there."""
        place = bisect.bisect_left(range(len(self)), key, key=self._key)
        if place == len(self) or self._key(place) != key:
            return None
        offset, length, tag = _ROW.unpack_from(self._rows, place * _ROW.size)
        if self._descriptor is None or offset + length > self._size:
            return None
        return tag, os.pread(self._descriptor, length, offset)

    def entries(self) -> dict[bytes, tuple[bytes, bytes]]:
        """MAC and bytes of every module under its key, unverified."""
        found = {key: self.find(key) for key in map(self._key, range(len(self)))}
        entries = {key: entry for key, entry in found.items() if entry is not None}
        # Rows that share bytes were not written here, and together could stand for far more than the file holds.
        return entries if sum(len(data) for _, data in entries.values()) <= self._size else {}

    def touch(self, cache: MachineCache) -> None:
        """Notes that the pack is in use."""
        if self._descriptor is not None:
            cache.touch(self._descriptor)

    def _key(self, place: int) -> bytes:
        return self._keys[place * _KEY_BYTES : (place + 1) * _KEY_BYTES]


def _tables(descriptor: int, size: int) -> tuple[bytes, bytes]:
    start = os.pread(descriptor, _START_BYTES, 0)
    if len(start) >= _HEADER.size:
        magic, made_for, count = _HEADER.unpack_from(start)
        end = _HEADER.size + count * (_KEY_BYTES + _ROW.size)
        if magic == _MAGIC and made_for == _made_for() and end <= size:
            whole = start if end <= len(start) else os.pread(descriptor, end, 0)
            rows = _HEADER.size + count * _KEY_BYTES
            if len(whole) >= end:
                return whole[_HEADER.size : rows], whole[rows:end]
    return b"", b""


def _packed(entries: Mapping[bytes, tuple[bytes, bytes]]) -> bytes:
    ordered = sorted(entries.items())
    offset = _HEADER.size + len(ordered) * (_KEY_BYTES + _ROW.size)
    rows = []
    for _, (tag, data) in ordered:
        rows.append(_ROW.pack(offset, len(data), tag))
        offset += len(data)
    header = _HEADER.pack(_MAGIC, _made_for(), len(ordered))
    return b"".join((header, *(key for key, _ in ordered), *rows, *(data for _, (_, data) in ordered)))


def _vouched(source_digest: bytes, filename: str, data: bytes) -> tuple[bytes, ...]:
    return _PURPOSE, _made_for(), source_digest, filename.encode("utf-8", "surrogatepass"), data


def _key(filename: str) -> bytes:
    return hashlib.blake2b(filename.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()


@cache
def _made_for() -> bytes:
    """The digest of what decides which code a source compiles to: interpreter, optimisation level, iceos."""
    tag = sys.implementation.cache_tag or ""
    said = (importlib.util.MAGIC_NUMBER.hex(), tag, sys.version, str(sys.flags.optimize), VERSION)
    return hashlib.sha256("\0".join(said).encode()).digest()
