"""The gate's verdicts, kept under this machine's key: a wheel that passed is not taken apart again at each start.

A verdict is what `read_wheel` made out of a wheel: names, tags, modules, and for each member its place in the file and
its SHA-256. It is bound to the digest of the whole wheel, its file name, this interpreter and the gate's own code, and
is read only after its MAC held. Whoever takes one has hashed the whole file before, so the bytes that the verdict is
about are the bytes at hand; without a verdict the gate does its work, as it did when the verdict was written.
"""

import marshal
import os
import struct
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from packaging.tags import Tag
from packaging.version import Version

import ice_core
from ice_core.archives import Archive, Member
from ice_core.canonical import Digest
from ice_core.errors import IceError
from ice_core.home import Home, read_regular_file
from ice_core.machine_cache import TAG_BYTES, MachineCache
from ice_core.version import VERSION
from ice_core.wheels import PluginWheel, read_wheel

KIND: Final = "verdicts"
MAX_VERDICT_BYTES: Final = 16 * 1024 * 1024
_GATE_MODULES: Final = (
    "archive_limits",
    "archives",
    "canonical",
    "member_names",
    "signing",
    "strict_json",
    "wheel_contents",
    "wheel_metadata",
    "wheel_verdicts",
    "wheels",
)
_PURPOSE: Final = b"iceos wheel verdict 0"

# As `marshal` writes it: file name, name, version, tags, requirements, requires-python, top-level names, manifest
# member, manifest digest, whether that is signed; then of all members the names, their modules, and rows.
_Form = tuple[
    str,
    str,
    str,
    list[tuple[str, str, str]],
    list[str],
    str | None,
    list[str],
    str | None,
    bytes | None,
    bool,
    str,
    str,
    bytes,
]
# Method, CRC, size, start, end, SHA-256.
_ROW: Final = struct.Struct("<BIQQQ32s")


class WheelVerdicts:
    """The verdicts of one home folder."""

    __slots__ = ("_cache",)

    def __init__(self, cache: MachineCache) -> None:
        self._cache = cache

    @classmethod
    def open(cls, home: Home) -> "WheelVerdicts":
        """The verdicts of a home folder; nothing is written."""
        return cls(MachineCache.open(home))

    def read_wheel(self, data: bytes, *, filename: str, digest: Digest) -> PluginWheel:
        """The wheel that these bytes are: from the gate's earlier verdict, or through the gate.

        Args:
            data: The whole file.
            filename: Its file name.
            digest: The SHA-256 that the caller computed over `data`.

        Raises:
            IceError: What `wheels.read_wheel` refuses.
        """
        try:
            kept = read_regular_file(self._path(digest), max_bytes=MAX_VERDICT_BYTES)
        except IceError:
            return read_wheel(data, filename=filename)
        tag, payload = kept[:TAG_BYTES], kept[TAG_BYTES:]
        if not self._cache.holds(tag, _PURPOSE, *_bound_to(digest, filename), payload):
            return read_wheel(data, filename=filename)
        return _restored(marshal.loads(payload), data, digest)  # noqa: S302  its MAC held

    def keep(self, wheel: PluginWheel) -> None:
        """Writes the gate's verdict on a wheel, if that can be done and there is none."""
        if wheel.is_known or not self._cache.make_key():
            return
        payload = marshal.dumps(_stored(wheel))
        tag = self._cache.tag(_PURPOSE, *_bound_to(wheel.digest, wheel.filename), payload)
        if tag is not None:
            self._cache.keep(self._path(wheel.digest), tag + payload)

    def _path(self, digest: Digest) -> Path:
        return self._cache.path(KIND, f"{digest.hex}.{sys.implementation.cache_tag}")


class _Rows:
    """What a verdict says of each member, taken apart where it is asked for: of most members nobody ever asks."""

    __slots__ = ("_names", "_rows", "index")

    def __init__(self, names: str, rows: bytes) -> None:
        self.index = {name: number for number, name in enumerate(names.split("\n"))}
        self._rows = rows

    def row(self, name: str) -> tuple[int, int, int, int, int, bytes]:
        """Method, CRC, size, start, end and SHA-256 of a member."""
        method, crc, size, start, end, digest = _ROW.unpack_from(self._rows, self.index[name] * _ROW.size)
        return method, crc, size, start, end, digest


class _Members(Mapping[str, Member]):
    """The members of an archive."""

    __slots__ = ("_rows",)

    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    def __getitem__(self, name: str) -> Member:
        method, crc, size, start, end, _ = self._rows.row(name)
        return Member(name=name, method=method, crc=crc, size=size, start=start, end=end)

    def __contains__(self, name: object) -> bool:
        return name in self._rows.index

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows.index)

    def __len__(self) -> int:
        return len(self._rows.index)


class _Digests(Mapping[str, bytes]):
    """The SHA-256 of each member."""

    __slots__ = ("_rows",)

    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    def __getitem__(self, name: str) -> bytes:
        return self._rows.row(name)[5]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows.index)

    def __len__(self) -> int:
        return len(self._rows.index)


def _stored(wheel: PluginWheel) -> _Form:
    members = wheel.archive.members
    module_of = {member: module for module, member in wheel.modules.items()}
    rows = [
        _ROW.pack(each.method, each.crc, each.size, each.start, each.end, wheel.digests[each.name]) for each in members
    ]
    return (
        wheel.filename,
        wheel.name,
        str(wheel.version),
        sorted((tag.interpreter, tag.abi, tag.platform) for tag in wheel.tags),
        list(wheel.requirements),
        wheel.python_requirement,
        sorted(wheel.top_level),
        wheel.manifest_member,
        wheel.manifest_digest.raw if wheel.manifest_digest is not None else None,
        wheel.manifest_is_signed,
        # No name of a member has a line feed in it: `member_names` refuses control characters.
        "\n".join(each.name for each in members),
        "\n".join(module_of.get(each.name, "") for each in members),
        b"".join(rows),
    )


def _restored(form: _Form, data: bytes, digest: Digest) -> PluginWheel:
    (filename, name, version, tags, requirements, python, top, member, inside, signed, names, modules, table) = form
    rows = _Rows(names, table)
    module_of = dict(zip(modules.split("\n"), rows.index, strict=True))
    module_of.pop("", None)
    return PluginWheel(
        filename=filename,
        digest=digest,
        name=name,
        version=Version(version),
        tags=frozenset(Tag(*each) for each in tags),
        requirements=tuple(requirements),
        python_requirement=python,
        top_level=frozenset(top),
        modules=MappingProxyType(module_of),
        digests=_Digests(rows),
        manifest_member=member,
        manifest_digest=Digest(inside) if inside is not None else None,
        manifest_is_signed=signed,
        archive=Archive(data, _Members(rows), where=filename),
        is_known=True,
    )


def _bound_to(digest: Digest, filename: str) -> tuple[bytes, ...]:
    # `sys.version`, because the names of the standard library, which a wheel may not bring, are the interpreter's.
    return digest.raw, filename.encode("utf-8"), VERSION.encode(), sys.version.encode(), _gate()


@cache
def _gate() -> bytes:
    """What changes whenever the gate's code does, also where the version does not: in a checkout, as with `.pyc`."""
    folder = os.path.dirname(ice_core.__file__)
    try:
        found = [os.stat(f"{folder}/{name}.py") for name in _GATE_MODULES]
    except OSError:
        # Packed into one file, say: then the version alone tells two gates apart.
        return b""
    return b"".join(struct.pack("<qq", each.st_size, each.st_mtime_ns) for each in found)
