"""The gate's verdicts, kept under this machine's key: a wheel that passed is not taken apart again at each start.

A verdict is what `read_wheel` made out of a wheel that fits the manifest inside it: names, tags, modules, and for each
member its place in the file and its SHA-256. It is bound to the digest of the whole wheel, its file name, this
interpreter and the gate's own code. Its head is read only after its MAC held, and names the tables by their digest.
Whoever takes one has hashed the whole file before, so the bytes that the verdict is about are the bytes at hand;
without a verdict the gate does its work, as it did when the verdict was written.
"""

import hashlib
import marshal
import os
import struct
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from typing import Final, Generic, TypeVar

from packaging.tags import Tag
from packaging.version import Version

import ice_core
from ice_core.archives import Archive, Member
from ice_core.canonical import Digest
from ice_core.errors import IceError
from ice_core.home import Home, read_regular_file
from ice_core.lowered_limits import lowered
from ice_core.machine_cache import TAG_BYTES, MachineCache
from ice_core.version import VERSION
from ice_core.wheels import PluginWheel, read_wheel

KIND: Final = "verdicts"
MAX_VERDICT_BYTES: Final = 16 * 1024 * 1024
_GATE_MODULES: Final = (
    "archive_limits",
    "archives",
    "canonical",
    "canonical_encoding",
    "lowered_limits",
    "member_names",
    "sha256",
    "signing",
    "strict_json",
    "strict_json_in_full",
    "wheel_agreement",
    "wheel_contents",
    "wheel_metadata",
    "wheel_verdicts",
    "wheels",
)
_PURPOSE: Final = b"iceos wheel verdict 0"

# As `marshal` writes them. The head: file name, name, version, tags, requirements, requires-python, top-level names,
# manifest member, manifest digest, whether that is signed, SHA-256 of the tables.
_Head = tuple[
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
    bytes,
]
# The tables: the member of each module; the SHA-256 of each member; its method, CRC, size, start and end.
_Row = tuple[int, int, int, int, int]
_TableForm = tuple[dict[str, str], dict[str, bytes], dict[str, _Row]]
_LENGTH: Final = struct.Struct("<I")
Stored = TypeVar("Stored")
Value = TypeVar("Value")


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
        begins = TAG_BYTES + _LENGTH.size
        length = int.from_bytes(kept[TAG_BYTES:begins], "little")
        head = kept[begins : begins + length]
        if not self._cache.holds(kept[:TAG_BYTES], _PURPOSE, *_bound_to(digest, filename), head):
            return read_wheel(data, filename=filename)
        form: _Head = marshal.loads(head)  # noqa: S302  its MAC held
        tables = _Tables(kept[begins + length :], form[-1], lambda: read_wheel(data, filename=filename))
        return _restored(form, tables, data, digest)

    def keep(self, wheel: PluginWheel) -> None:
        """Writes the verdict on a wheel that `trust.verify_wheel` gave, if that can be done and there is none."""
        if wheel.is_known or not self._cache.make_key():
            return
        tables = marshal.dumps(_tables_of(wheel))
        head = marshal.dumps(_head_of(wheel, hashlib.sha256(tables).digest()))
        tag = self._cache.tag(_PURPOSE, *_bound_to(wheel.digest, wheel.filename), head)
        if tag is not None:
            self._cache.keep(self._path(wheel.digest), b"".join((tag, _LENGTH.pack(len(head)), head, tables)))

    def _path(self, digest: Digest) -> str:
        return self._cache.path(KIND, f"{digest.hex}.{sys.implementation.cache_tag}")


class _Tables:
    """The larger part of a verdict, which the head names by its digest; read when something of it is asked for."""

    def __init__(self, kept: bytes, digest: bytes, gate: Callable[[], PluginWheel]) -> None:
        self._kept = kept
        self._digest = digest
        self._gate = gate

    @cached_property
    def form(self) -> _TableForm:
        """The tables; the gate makes them anew if these are not those that the head was written for."""
        if hashlib.sha256(self._kept).digest() != self._digest:
            return _tables_of(self._gate())
        form: _TableForm = marshal.loads(self._kept)  # noqa: S302  the head, whose MAC held, has their digest
        return form


class _Part(Mapping[str, Value], Generic[Stored, Value]):
    """One of the tables, as what its values stand for."""

    __slots__ = ("_table", "_value")

    def __init__(self, table: Callable[[], Mapping[str, Stored]], value: Callable[[str, Stored], Value]) -> None:
        self._table = table
        self._value = value

    def __getitem__(self, name: str) -> Value:
        return self._value(name, self._table()[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._table())

    def __len__(self) -> int:
        return len(self._table())


def _head_of(wheel: PluginWheel, tables_digest: bytes) -> _Head:
    return (
        wheel.filename,
        wheel.name,
        str(wheel.version),
        sorted((tag.interpreter, tag.abi, tag.platform) for tag in wheel.tags),
        list(wheel.requires_dist),
        wheel.requires_python,
        sorted(wheel.top_level),
        wheel.manifest_member,
        wheel.manifest_digest.raw if wheel.manifest_digest is not None else None,
        wheel.manifest_is_signed,
        tables_digest,
    )


def _tables_of(wheel: PluginWheel) -> _TableForm:
    rows = {each.name: (each.method, each.crc, each.size, each.start, each.end) for each in wheel.archive.members}
    return dict(wheel.modules), dict(wheel.digests), rows


def _restored(form: _Head, tables: _Tables, data: bytes, digest: Digest) -> PluginWheel:
    (filename, name, version, tags, requirements, python, top, manifest_member, inside, signed, _) = form
    return PluginWheel(
        filename=filename,
        digest=digest,
        name=name,
        version=Version(version),
        tags=frozenset(Tag(*each) for each in tags),
        requires_dist=tuple(requirements),
        requires_python=python,
        top_level=frozenset(top),
        modules=_Part(lambda: tables.form[0], _itself),
        digests=_Part(lambda: tables.form[1], _itself),
        manifest_member=manifest_member,
        manifest_digest=Digest(inside) if inside is not None else None,
        manifest_is_signed=signed,
        archive=Archive(data, _Part(lambda: tables.form[2], _member), where=filename),
        is_known=True,
    )


def _itself(_: str, value: Value) -> Value:
    return value


def _member(name: str, row: _Row) -> Member:
    method, crc, size, start, end = row
    return Member(name=name, method=method, crc=crc, size=size, start=start, end=end)


def _bound_to(digest: Digest, filename: str) -> tuple[bytes, ...]:
    # `sys.version`, because the names of the standard library, which a wheel may not bring, are the interpreter's. The
    # limits, because an operator may have lowered them since.
    limits = repr(lowered())
    return digest.raw, filename.encode("utf-8"), VERSION.encode(), sys.version.encode(), limits.encode(), _gate()


@cache
def _gate() -> bytes:
    """What changes whenever the gate's code does, also where the version does not: size and time, as for `.pyc`."""
    folder = os.path.dirname(ice_core.__file__)
    # In a checkout each file changes by itself; what was installed came at once, so one stands for all.
    is_checkout = os.path.exists(f"{folder}/../../pyproject.toml")
    try:
        found = [os.stat(f"{folder}/{name}.py") for name in (_GATE_MODULES if is_checkout else _GATE_MODULES[:1])]
    except OSError:
        # Packed into one file, say: then the version alone tells two gates apart.
        return b""
    return b"".join(struct.pack("<qq", each.st_size, each.st_mtime_ns) for each in found)
