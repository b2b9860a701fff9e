"""The local index, read: from a component's type and name to the bytes of its entry, whose digest was checked.

One file, `cache/index/NAME` of the home folder, which `index_building` writes whole and renames into place: a reader
has the old one or the new one open, never a mixture. What NAME stands for is this iceos, its code and this interpreter.

    8 bytes   `iceindex`
    8 bytes   length of the head (integers are little-endian)
    32 bytes  MAC of the head
    head      `marshal`: what the index was made from, as stamps, and how much is in it (`HeadForm`)
    entries   canonical bytes, followed by the entry as it was written, where that differs
    blobs     for each bucket and each package: 32 bytes MAC, then `marshal`
    table     for each bucket, then for each package: 8 bytes offset, 4 bytes length

A component is in the bucket that its type and name hash to, so a bucket also shows what is not there. Each MAC is
BLAKE2b under this machine's key; it covers the snapshot, the kind of table and the place in it, so that no blob can be
moved, mixed with those of an older index, or left out. Nothing is unmarshalled before its MAC held. An entry is taken
only if its bytes have the digest that its bucket names. This module imports nothing that a bare interpreter has not
loaded, but two hash functions.
"""

import marshal
import os
import stat
import sys
from _blake2 import blake2b
from _operator import _compare_digest as equal_in_constant_time

from ice_core.machine_key import read_machine_key
from ice_core.sha256 import sha256
from ice_core.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ice_core.index_forms import HeadForm, PackageForm, Row

MAGIC = b"iceindex"
TAG_BYTES = 32
PREFIX_BYTES = len(MAGIC) + 8 + TAG_BYTES
SLOT_BYTES = 12
MAX_HEAD_BYTES = 16 * 1024 * 1024
HEAD, BUCKET, PACKAGE = b"iceos index head", b"iceos index name", b"iceos index pack"
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.path.dirname(os.path.abspath(__file__))


class IndexUnusable(Exception):
    """Part of the index is not what this machine wrote, or no longer tells of what is there; nothing came of it."""


class Index:
    """One index, open; what is in it stays as it is, whatever is written meanwhile."""

    __slots__ = ("_begins", "_descriptor", "_key", "_table", "head", "path")

    def __init__(self, descriptor: int, key: bytes, path: str) -> None:
        self._descriptor = descriptor
        self._key = key
        self.path = path
        self._begins = 0
        self.head: HeadForm = self._read_head()
        slots = self.head["buckets"] + self.head["packages"]
        self._table = os.fstat(descriptor).st_size - slots * SLOT_BYTES - self._begins

    @classmethod
    def open(cls, path: "str | os.PathLike[str]") -> "Index | None":
        """The index of the home folder at `path`; None when there is none that this machine wrote."""
        root = os.path.abspath(path)
        key = read_machine_key(f"{root}/cache/key")[1]
        if key is None:
            return None
        place = index_path(root)
        try:
            descriptor = os.open(place, _FLAGS)
        except (OSError, ValueError):
            return None
        try:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return cls(descriptor, key, place)
        except (IndexUnusable, OSError):
            pass  # as if it were not there; `ice doctor` tells of it
        os.close(descriptor)
        return None

    def __del__(self, close: "Callable[[int], None]" = os.close) -> None:
        # Absent when a constructor failed: `open` has closed it then. At the interpreter's end `os` is gone.
        if getattr(self, "head", None) is not None:
            close(self._descriptor)

    def find(self, node_type: str, name: str, version: str | None = None) -> "Entry | None":
        """The entry of a component, in this version or its highest release; None when no manifest lists it.

        Raises:
            IndexUnusable: this part of the index is not what was written.
        """
        rows = self.rows(node_type, name)
        if version is not None:
            rows = [row for row in rows if row[2] == version]
        row = highest_release(rows)
        return Entry(self, row) if row is not None else None

    def rows(self, node_type: str, name: str) -> "list[Row]":
        """What is known of a component, by version; of one version, the most vouched for first.

        Raises:
            IndexUnusable: this part of the index is not what was written.
        """
        number = bucket_of(node_type, name, self.head["buckets"])
        return [row for row in self.bucket(number) if row[1] == name and row[0] == node_type]

    def bucket(self, number: int) -> "list[Row]":
        """Every row of a bucket.

        Raises:
            IndexUnusable: this part of the index is not what was written.
        """
        rows: list[Row] = marshal.loads(self._blob(BUCKET, number, number))  # noqa: S302  its MAC held
        return rows

    def package(self, number: int) -> "PackageForm":
        """The verdict on one manifest, in the order of the sources.

        Raises:
            IndexUnusable: this part of the index is not what was written.
        """
        blob = self._blob(PACKAGE, number, self.head["buckets"] + number)
        form: PackageForm = marshal.loads(blob)  # noqa: S302  its MAC held
        return form

    def canonical(self, row: "Row") -> bytes:
        """The canonical bytes of an entry.

        Raises:
            IndexUnusable: they are not those that the row's digest is of.
        """
        return self._hashed(row[6], row[7], row[5])

    def written(self, row: "Row") -> bytes:
        """An entry as it was written: members in their order, numbers in their form.

        Raises:
            IndexUnusable: it is not what the row names.
        """
        return self._hashed(row[6] + row[7], row[8], row[9]) if row[8] else self.canonical(row)

    def _hashed(self, offset: int, length: int, digest: bytes) -> bytes:
        data = self._read(offset, length)
        if sha256(data) != digest:
            raise IndexUnusable("an entry has another digest")
        return data

    def _blob(self, purpose: bytes, number: int, slot: int) -> bytes:
        place = self._read(self._table + slot * SLOT_BYTES, SLOT_BYTES)
        blob = self._read(int.from_bytes(place[:8], "little"), int.from_bytes(place[8:], "little"))
        data = blob[TAG_BYTES:]
        expected = tag(self._key, purpose, self.head["snapshot"], number, data)
        if not equal_in_constant_time(expected, blob[:TAG_BYTES]):
            raise IndexUnusable("a MAC does not hold")
        return data

    def _read_head(self) -> "HeadForm":
        prefix = self._read(0, PREFIX_BYTES)
        length = int.from_bytes(prefix[len(MAGIC) : len(MAGIC) + 8], "little")
        if not prefix.startswith(MAGIC) or length > MAX_HEAD_BYTES:
            raise IndexUnusable("no index")
        data = self._read(PREFIX_BYTES, length)
        if not equal_in_constant_time(tag(self._key, HEAD, b"", 0, data), prefix[-TAG_BYTES:]):
            raise IndexUnusable("a MAC does not hold")
        head: HeadForm = marshal.loads(data)  # noqa: S302  its MAC held
        self._begins = PREFIX_BYTES + length
        return head

    def _read(self, offset: int, length: int) -> bytes:
        try:
            data = os.pread(self._descriptor, length, self._begins + offset)
        except (OSError, OverflowError) as error:
            raise IndexUnusable("it cannot be read") from error
        if len(data) != length:
            raise IndexUnusable("it is cut short")
        return data


class Entry:
    """What the index has of one component in one version; bytes are read, and their digest checked, when asked for."""

    __slots__ = ("_index", "row")

    def __init__(self, index: Index, row: "Row") -> None:
        self._index = index
        self.row = row

    @property
    def version(self) -> str:
        """Its semantic version."""
        return self.row[2]

    @property
    def digest(self) -> str:
        """The component digest, `sha256:` and 64 digits."""
        return f"sha256:{self.row[5].hex()}"

    @property
    def data(self) -> bytes:
        """The canonical bytes that the digest is of: `{"component": entry, "schemas": {...}}`.

        Raises:
            IndexUnusable: they are not those that the digest is of.
        """
        return self._index.canonical(self.row)

    @property
    def manifest(self) -> "PackageForm":
        """The verdict on the manifest that lists it.

        Raises:
            IndexUnusable: this part of the index is not what was written.
        """
        return self._index.package(self.row[3])


def highest_release(rows: "list[Row]") -> "Row | None":
    """Of one component's rows, the first of its highest release; of a prerelease only if there is nothing else."""
    releases = [row for row in rows if "-" not in row[2].partition("+")[0]]
    chosen = releases or rows
    return next((row for row in chosen if row[2] == chosen[-1][2]), None)


def bucket_of(node_type: str, name: str, buckets: int) -> int:
    """The number of the bucket that holds a component."""
    text = f"{node_type}:{name}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little") % buckets


def tag(key: bytes, purpose: bytes, snapshot: bytes, number: int, data: bytes) -> bytes:
    """The MAC of one part of an index."""
    state = blake2b(snapshot, key=key, digest_size=TAG_BYTES, person=purpose, salt=number.to_bytes(16, "little"))
    state.update(data)
    return state.digest()


def index_path(root: str) -> str:
    """Where this iceos, under this interpreter, keeps the index of a home folder."""
    return f"{root}/cache/index/{_maker()}"


def _maker() -> str:
    global _MAKER  # noqa: PLW0603  `functools` would cost more than this
    if not _MAKER:
        made_by = [VERSION, sys.version, sys.implementation.cache_tag or "", *_code_stamps()]
        _MAKER = blake2b("\n".join(made_by).encode(), digest_size=16).hexdigest()
    return _MAKER


def _code_stamps() -> list[str]:
    # In a checkout each module changes by itself; what was installed came at once, so this one stands for all.
    is_checkout = os.path.exists(f"{_FOLDER}/../../pyproject.toml")
    folders = (_FOLDER, f"{_FOLDER}/models") if is_checkout else ()
    try:
        found = [each for folder in folders for each in os.scandir(folder) if each.name.endswith(".py")]
        stats = [(each.name, each.stat()) for each in found] or [("index.py", os.stat(__file__))]
    except OSError:
        # Packed into one file, say: then the version alone tells two apart.
        return []
    return sorted(f"{name} {status.st_size} {status.st_mtime_ns}" for name, status in stats)


_MAKER = ""
