"""The gate's verdicts, kept under this machine's key: a wheel that passed is not taken apart again at each start.

A verdict is what `read_wheel` made out of a wheel that fits the manifest inside it: names, tags, modules, and for each
member its place in the file and its SHA-256. It is bound to the digest of the whole wheel, its file name, this
interpreter and the gate's own code, and is read only after its MAC held. Whoever takes one has hashed the whole file
before, so the bytes that the verdict is about are the bytes at hand; without a verdict the gate does its work, as it
did when the verdict was written.
"""

import marshal
import os
import struct
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from packaging.tags import Tag
from packaging.version import Version

import ice_core
from ice_core.archives import Archive, Member
from ice_core.canonical import Digest
from ice_core.errors import IceError
from ice_core.home import Home, read_regular_file
from ice_core.lowered_limits import GREATEST, in_force
from ice_core.machine_cache import TAG_BYTES, MachineCache
from ice_core.version import VERSION
from ice_core.wheels import PluginWheel, read_wheel

KIND: Final = "verdicts"
MAX_VERDICT_BYTES: Final = 16 * 1024 * 1024
_GATE_MODULES: Final = (
    "archive_limits",
    "archives",
    "canonical",
    "lowered_limits",
    "member_names",
    "signing",
    "strict_json",
    "wheel_agreement",
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
# So many look-ups cost less than taking a text apart.
_FEW: Final = 16
Value = TypeVar("Value")
# Method, CRC, size, start, end, where its name begins and ends among the names, SHA-256.
_ROW: Final = struct.Struct("<BIIIIII32s")


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
        tag, payload = kept[:TAG_BYTES], memoryview(kept)[TAG_BYTES:]
        if not self._cache.holds(tag, _PURPOSE, *_bound_to(digest, filename), payload):
            return read_wheel(data, filename=filename)
        return _restored(marshal.loads(payload), data, digest)  # noqa: S302  its MAC held

    def keep(self, wheel: PluginWheel) -> None:
        """Writes the verdict on a wheel that `trust.verify_wheel` gave, if that can be done and there is none."""
        if wheel.is_known or not self._cache.make_key():
            return
        payload = marshal.dumps(_stored(wheel))
        tag = self._cache.tag(_PURPOSE, *_bound_to(wheel.digest, wheel.filename), payload)
        if tag is not None:
            self._cache.keep(self._path(wheel.digest), tag + payload)

    def _path(self, digest: Digest) -> Path:
        return self._cache.path(KIND, f"{digest.hex}.{sys.implementation.cache_tag}")


class _Lines(Mapping[str, int]):
    """Names, one a line of a text, with the number of the line; taken apart once somebody wants more than a few."""

    __slots__ = ("_asked", "_numbers", "_text")

    def __init__(self, text: str) -> None:
        self._text = f"\n{text}\n"
        self._asked = 0
        self._numbers: Mapping[str, int] | None = None

    def __getitem__(self, name: str) -> int:
        self._asked += 1
        if self._asked > _FEW:
            return self._all()[name]
        place = self._text.find(f"\n{name}\n")
        # An empty line is nobody's.
        if place < 0 or not name or "\n" in name:
            raise KeyError(name)
        return self._text.count("\n", 0, place)

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> Mapping[str, int]:
        if self._numbers is None:
            self._numbers = {name: number for number, name in enumerate(self._text[1:-1].split("\n")) if name}
        return self._numbers


class _Known(Mapping[str, Value]):
    """What a verdict says of each of these names, worked out from the number of its line."""

    __slots__ = ("_lines", "_value")

    def __init__(self, lines: _Lines, value: Callable[[str, int], Value]) -> None:
        self._lines = lines
        self._value = value

    def __getitem__(self, name: str) -> Value:
        return self._value(name, self._lines[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


def _stored(wheel: PluginWheel) -> _Form:
    members = wheel.archive.members
    module_of = {member: module for module, member in wheel.modules.items()}
    rows, begins = [], 0
    for each in members:
        ends = begins + len(each.name)
        digest = wheel.digests[each.name]
        rows.append(_ROW.pack(each.method, each.crc, each.size, each.start, each.end, begins, ends, digest))
        begins = ends + 1
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
        # No name of a member has a line feed in it: `member_names` refuses control characters.
        "\n".join(each.name for each in members),
        "\n".join(module_of.get(each.name, "") for each in members),
        b"".join(rows),
    )


def _restored(form: _Form, data: bytes, digest: Digest) -> PluginWheel:
    (filename, name, version, tags, requirements, python, top, member, inside, signed, names, modules, rows) = form
    lines = _Lines(names)

    def member_at(name: str, number: int) -> Member:
        method, crc, size, start, end, _, _, _ = _ROW.unpack_from(rows, number * _ROW.size)
        return Member(name=name, method=method, crc=crc, size=size, start=start, end=end)

    def digest_at(_: str, number: int) -> bytes:
        return rows[(number + 1) * _ROW.size - 32 : (number + 1) * _ROW.size]

    def name_at(_: str, number: int) -> str:
        _, _, _, _, _, begins, ends, _ = _ROW.unpack_from(rows, number * _ROW.size)
        return names[begins:ends]

    return PluginWheel(
        filename=filename,
        digest=digest,
        name=name,
        version=Version(version),
        tags=frozenset(Tag(*each) for each in tags),
        requires_dist=tuple(requirements),
        requires_python=python,
        top_level=frozenset(top),
        modules=_Known(_Lines(modules), name_at),
        digests=_Known(lines, digest_at),
        manifest_member=member,
        manifest_digest=Digest(inside) if inside is not None else None,
        manifest_is_signed=signed,
        archive=Archive(data, _Known(lines, member_at), where=filename),
        is_known=True,
    )


def _bound_to(digest: Digest, filename: str) -> tuple[bytes, ...]:
    # `sys.version`, because the names of the standard library, which a wheel may not bring, are the interpreter's. The
    # limits, because an operator may have lowered them since.
    limits = repr([in_force(name, limit) for name, limit in GREATEST.items()])
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
