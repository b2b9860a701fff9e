"""The local index, written: what this machine has verified of the home's own manifests, in one file under its key.

The whole file is made in memory and renamed into place, so there is nothing to recover after a kill and nothing to lock
between readers and a writer. Of two writers the last one wins; whichever won tells by its stamps whether it is still
true. Only what was at rest for a tick before it was read is taken: what changes within that tick has the stamp that was
read. An index holds no refusals: while a manifest of the home is refused, or two conflict, none is written.
"""

from __future__ import annotations

import json
import marshal
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from packaging.utils import canonicalize_name

from ice_core.canonical import canonical_bytes
from ice_core.component_versions import in_order
from ice_core.home import Home
from ice_core.index import (
    BUCKET,
    HEAD,
    MAGIC,
    PACKAGE,
    SLOT_BYTES,
    TAG_BYTES,
    Index,
    bucket_of,
    index_path,
    tag,
)
from ice_core.indexed_component import IndexedComponent
from ice_core.indexed_packages import limits_in_force, microseconds
from ice_core.key_store import KeyStore
from ice_core.machine_cache import MachineCache
from ice_core.registered import RegisteredComponent
from ice_core.registry_start import silent_folders
from ice_core.sha256 import sha256
from ice_core.stamps import rests_in_ns, stamp_of
from ice_core.strict_json import JsonObject
from ice_core.verified_manifest import VerifiedManifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ice_core.index_forms import HeadForm, PackageForm, Row, SignerForm, Stamped

# `marshal` as every Python from 3.4 on reads it.
_MARSHAL: Final = 4
_IN_A_BUCKET: Final = 6
# Two ticks of the coarsest file system.
_LONGEST_WAIT: Final = 4
_AS_WRITTEN: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False)
# What a load compares before it believes the index, relative to the home folder.
PLACES: Final = ("plugins.json", "plugins.d", "keys")


@dataclass(frozen=True, kw_only=True, slots=True)
class Observed:
    """The home's sources as stamps, taken before they were read.

    Attributes:
        places: Of the folders and the user's own manifest.
        files: Of each manifest, by its path relative to the home folder: it, its wheel index, its first-seen time.
        key_files: Of each key file, by name.
        folders: Of the folders of the import path that announce nothing.
        at_ns: When they were taken.
    """

    places: tuple[Stamped, ...]
    files: dict[str, tuple[Stamped, ...]]
    key_files: tuple[Stamped, ...]
    folders: tuple[Stamped, ...]
    at_ns: int

    @classmethod
    def of(cls, home: Home, *, search_path: Sequence[str] = ()) -> Observed:
        """What lies in the home folder now, and which folders of the import path are silent.

        Raises:
            OSError: something of it cannot be looked at.
        """
        at_ns = time.time_ns()
        root = home.place
        manifests = [f"plugins.d/{name}" for name in _names(f"{root}/plugins.d")]
        own = ["plugins.json"] if os.path.lexists(home.manifest) else []
        return cls(
            places=_stamped(root, PLACES),
            files={name: _stamped(root, _beside(name)) for name in [*own, *manifests]},
            key_files=_stamped(f"{root}/keys", _names(f"{root}/keys")),
            folders=silent_folders(search_path),
            at_ns=at_ns,
        )

    def rests_in_ns(self) -> int:
        """How long until a change of any of this would show."""
        files = [stamped for each in self.files.values() for stamped in each]
        everything = [*self.places, *files, *self.key_files, *self.folders]
        return max((rests_in_ns(stamp, self.at_ns) for _, stamp in everything), default=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One manifest for the index: the verdict on it, and its components."""

    form: PackageForm
    components: tuple[RegisteredComponent, ...]


def observed_at_rest(home: Home, *, search_path: Sequence[str] = ()) -> Observed:
    """The home's sources once a change of them would show; what lies in the future of this clock is not waited for.

    Raises:
        OSError: something of it cannot be looked at.
    """
    until = time.monotonic() + _LONGEST_WAIT
    while True:
        found = Observed.of(home, search_path=search_path)
        waits = found.rests_in_ns() / 1e9
        if not waits or time.monotonic() + waits > until:
            return found
        time.sleep(waits)


def part_of(
    manifest: VerifiedManifest, components: Sequence[RegisteredComponent], *, observed: Observed, home: Home
) -> Part | None:
    """What the index keeps of a manifest; None when it was not among what was observed."""
    file = str(manifest.origin.path or "").removeprefix(f"{home.place}/")
    stamps = observed.files.get(file)
    if stamps is None:
        return None
    return Part(form=_form(manifest, file, stamps, len(components)), components=tuple(components))


def write_index(home: Home, parts: Sequence[Part], *, observed: Observed, keys: KeyStore) -> bool:
    """Writes the index of these manifests, if they are all that the home has and were at rest when they were observed.

    Returns whether it was written.

    Raises:
        IceError: `component-conflict`, and nothing was written.
    """
    order = in_order(item for part in parts for item in part.components)
    complete = [part.form["file"] for part in parts] == [*observed.files]
    cache = MachineCache.open(home)
    if not complete or observed.rests_in_ns() or not cache.make_key() or cache.key is None:
        return False
    cache.keep(index_path(home.place), _index_bytes(parts, order, observed, keys, cache.key))
    return Index.open(home.place) is not None


def _index_bytes(
    parts: Sequence[Part], order: Sequence[RegisteredComponent], observed: Observed, keys: KeyStore, key: bytes
) -> bytes:
    found, pieces = _rows_and_entries(parts)
    rows = [found[item] for item in order]
    buckets: list[list[Row]] = [[] for _ in range(max(1, len(rows) // _IN_A_BUCKET))]
    for row in rows:
        buckets[bucket_of(row[0], row[1], len(buckets))].append(row)
    form = _head(parts, observed, keys, buckets=len(buckets), components=len(rows))
    head, snapshot = _marshalled(form), form["snapshot"]
    blobs = [(BUCKET, number, marshal.dumps(each, _MARSHAL)) for number, each in enumerate(buckets)]
    blobs += [(PACKAGE, number, _marshalled(part.form)) for number, part in enumerate(parts)]
    offset = sum(map(len, pieces))
    table = []
    for purpose, number, data in blobs:
        pieces += (tag(key, purpose, snapshot, number, data), data)
        length = TAG_BYTES + len(data)
        table.append(offset.to_bytes(8, "little") + length.to_bytes(SLOT_BYTES - 8, "little"))
        offset += length
    prefix = (MAGIC, len(head).to_bytes(8, "little"), tag(key, HEAD, b"", 0, head))
    return b"".join((*prefix, head, *pieces, *table))


def _marshalled(form: HeadForm | PackageForm) -> bytes:
    return marshal.dumps({**form}, _MARSHAL)


def _head(parts: Sequence[Part], observed: Observed, keys: KeyStore, *, buckets: int, components: int) -> HeadForm:
    signers = [part.form["signer"] for part in parts]
    return {
        "snapshot": os.urandom(16),
        "places": observed.places,
        "key_files": observed.key_files,
        "limits": limits_in_force(),
        "signers": {name: _signer(keys, name) for name in signers if name is not None},
        "unsigned": signers.count(None),
        "components": components,
        "buckets": buckets,
        "packages": len(parts),
        "folders": observed.folders,
    }


def _rows_and_entries(parts: Sequence[Part]) -> tuple[dict[RegisteredComponent, Row], list[bytes]]:
    pieces: list[bytes] = []
    rows: dict[RegisteredComponent, Row] = {}
    offset = 0
    for number, part in enumerate(parts):
        for item in part.components:
            canonical, written = _entry_bytes(item)
            extra = b"" if written == canonical else written
            pieces += (canonical, extra)
            rows[item] = (
                item.id.node_type, item.id.name, str(item.version), number, str(item.target),
                sha256(canonical), offset, len(canonical), len(extra), sha256(extra),
            )  # fmt: skip
            offset += len(canonical) + len(extra)
    return rows, pieces


def _entry_bytes(item: RegisteredComponent) -> tuple[bytes, bytes]:
    if isinstance(item, IndexedComponent):
        return item.kept()
    whole: JsonObject = {"component": item.value, "schemas": item.schemas()}
    # As it was written: members in their order, numbers in their form.
    return canonical_bytes(whole), _AS_WRITTEN.encode(whole).encode("utf-8")


def _form(manifest: VerifiedManifest, file: str, stamps: tuple[Stamped, ...], components: int) -> PackageForm:
    package = manifest.package
    seen = stamps[2][1] is not None
    signature = manifest.model.signature
    return {
        "kind": manifest.origin.kind,
        "file": file,
        "files": stamps,
        "digest": manifest.digest.raw,
        "signer": manifest.signer,
        "signature": signature.value if signature is not None else "",
        "wheels": tuple((pin.filename, pin.digest.raw) for pin in manifest.wheels),
        "first_seen": microseconds(manifest.first_seen) if seen else None,
        "name": package.name if package is not None else None,
        "version": package.version if package is not None else None,
        "distribution": canonicalize_name(package.name) if package is not None else None,
        "components": components,
    }


def _signer(keys: KeyStore, name: str) -> SignerForm:
    record = keys.get(name)
    before, after = record.not_before, record.not_after
    return (
        record.key.fingerprint.raw,
        record.key.raw,
        microseconds(before) if before is not None else None,
        microseconds(after) if after is not None else None,
    )


def _beside(file: str) -> tuple[str, ...]:
    stem = file.removesuffix(".json")
    return (file, f"{stem}.wheels", f"{stem}.seen")


def _stamped(folder: str, names: Iterable[str]) -> tuple[Stamped, ...]:
    return tuple((name, stamp_of(f"{folder}/{name}")) for name in names)


def _names(folder: str) -> list[str]:
    # A temporary file of an interrupted write starts with a dot.
    try:
        found = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(name for name in found if name.endswith(".json") and not name.startswith("."))
