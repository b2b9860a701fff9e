"""The local index brought up to date: after a full load that had to be done anyway, or on demand (`ice plugins sync`).

A load renews an index once its command has succeeded, and never makes the first one: reading leaves a home folder as
it is, until somebody has asked for an index there (`ice plugins sync`, `ice install`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, Literal

from ice_core.clock import judged_time
from ice_core.collector import CollectionPaused
from ice_core.component_versions import components_of
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.index import Index, IndexUnusable, index_path
from ice_core.index_building import Observed, Part, observed_at_rest, part_of, write_index
from ice_core.indexed_component import IndexedComponent
from ice_core.indexed_packages import IndexedPackages, limits_in_force, microseconds, moment
from ice_core.key_store import KeyStore
from ice_core.manifest_loading import all_of, naming, verify_found
from ice_core.manifest_sources import Source, home_sources
from ice_core.registered import RegisteredComponent
from ice_core.registry_contents import LoadedContents
from ice_core.registry_start import distributions_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ice_core.index_forms import PackageForm, Row

IndexState = Literal["absent", "unusable", "stale", "fresh"]
OF_HOME: Final = ("user", "installed")


class Renewal:
    """The renewal of an index by a full load: what was there is observed before it is read, and written afterwards."""

    __slots__ = ("_home", "_observed")

    def __init__(self, home: Home, observed: Observed) -> None:
        self._home = home
        self._observed = observed

    @classmethod
    def begin(cls, home: Home) -> Renewal | None:
        """A renewal, if the home folder has had an index."""
        if not os.path.isdir(os.path.dirname(index_path(home.place))):
            return None
        try:
            return cls(home, Observed.of(home, search_path=sys.path))
        except OSError:
            return None

    def finish(self, contents: LoadedContents) -> None:
        """Writes the index of what was loaded, if that can be done; the load does not depend on it."""
        items: dict[int, list[RegisteredComponent]] = {}
        for versions in contents.components.values():
            for item in (item for each in versions.values() for item in each):
                items.setdefault(id(item.manifest), []).append(item)
        own = [manifest for manifest in contents.manifests if manifest.origin.kind in OF_HOME]
        with suppress(IceError, OSError):
            found = [part_of(each, items[id(each)], observed=self._observed, home=self._home) for each in own]
            parts = [part for part in found if part is not None]
            write_index(self._home, parts, observed=self._observed, keys=KeyStore.read(self._home.keys))


class Synchronised:
    """What `synchronise` did.

    Attributes:
        outcome: `already-fresh`: nothing was written. `written`. `not-written`: it could not be, and everything is
            read at each start as before.
        packages, components: How many of each there are.
        verified: How many manifests were read and verified; the others had not changed.
    """

    __slots__ = ("components", "outcome", "packages", "verified")

    def __init__(
        self,
        outcome: Literal["already-fresh", "written", "not-written"],
        *,
        packages: int,
        components: int,
        verified: int,
    ) -> None:
        self.outcome = outcome
        self.packages = packages
        self.components = components
        self.verified = verified


def synchronise(
    home: Home, *, now: datetime | None = None, progress: Callable[[int, int], None] = lambda done, of: None
) -> Synchronised:
    """Brings the index of a home folder up to date; only manifests that changed are read.

    Args:
        home: The home folder.
        now: What counts as first seen where nothing recorded it; default: the current time.
        progress: Told how many manifests of how many are done.

    Raises:
        IceError: the refusals of manifests, all of them, `component-conflict`, or what `judged_time` raises; nothing
            was written.
    """
    judged = judged_time(home, now or datetime.now(UTC))
    try:
        return _renewed(home, _Old.of(home, microseconds(judged)), judged, progress)
    except IndexUnusable:
        # Part of what was to be taken over is not what was written: nothing of it is.
        return _renewed(home, None, judged, progress)


def _renewed(home: Home, old: _Old | None, now: datetime, progress: Callable[[int, int], None]) -> Synchronised:
    observed = observed_at_rest(home, search_path=sys.path)
    if old is not None and old.tells_of(observed) and old.holds():
        head = old.packages.index.head
        return Synchronised("already-fresh", packages=head["packages"], components=head["components"], verified=0)
    keys = KeyStore.read(home.keys)
    work = _Work(home, observed, old, keys, now)
    with CollectionPaused():
        parts = work.parts(progress)
        written = write_index(home, parts, observed=observed, keys=keys)
    return Synchronised(
        "written" if written else "not-written",
        packages=len(parts),
        components=sum(len(part.components) for part in parts),
        verified=work.verified,
    )


def index_state(home: Home) -> IndexState:
    """What there is to say of the index of a home folder, for `ice doctor`; every stamp is compared."""
    index = Index.open(home.place)
    if index is None:
        return "unusable" if os.path.lexists(index_path(home.place)) else "absent"
    try:
        old = _Old(IndexedPackages(index, root=home.place, now=None, latest=None))
        return "fresh" if old.is_whole() and old.tells_of(Observed.of(home)) else "stale"
    except (IndexUnusable, OSError):
        return "unusable"


class _Old:
    """The index that there was."""

    def __init__(self, packages: IndexedPackages) -> None:
        self.packages = packages
        index = packages.index
        count = index.head["packages"]
        self.forms = {index.package(number)["file"]: number for number in range(count)}
        self._rows: dict[int, list[Row]] = {}

    @classmethod
    def of(cls, home: Home, now: int) -> _Old | None:
        index = Index.open(home.place)
        if index is None or index.head["limits"] != limits_in_force():
            return None
        try:
            return cls(IndexedPackages(index, root=home.place, now=now, latest=None))
        except IndexUnusable:
            return None

    def tells_of(self, observed: Observed) -> bool:
        """Whether it was made from just what is there."""
        head, package = self.packages.index.head, self.packages.index.package
        files = {file: package(number)["files"] for file, number in self.forms.items()}
        same = (head["places"], head["key_files"], head["limits"]) == (
            observed.places,
            observed.key_files,
            limits_in_force(),
        )
        # A folder without distributions is looked into at no cost, and may change all the time: it does not count.
        counted = (each for each in observed.folders if os.path.isdir(each[0]) and distributions_in(each[0]))
        return same and files == observed.files and {*head["folders"]}.issuperset(counted)

    def is_whole(self) -> bool:
        """Whether every component has a row.

        Raises:
            IndexUnusable: a bucket is not what was written.
        """
        self._rows_of(0)
        return sum(map(len, self._rows.values())) == self.packages.index.head["components"]

    def holds(self) -> bool:
        """Whether every key may vouch now for what it signed."""
        if not self.is_whole():
            return False
        try:
            for number in self.forms.values():
                self.packages.listed(number)
        except IndexUnusable:
            return False
        return True

    def part(self, file: str, observed: Observed, keys: KeyStore) -> Part | None:
        """What was made of a manifest, if it and the key that vouches for it are as they were."""
        number = self.forms.get(file)
        if number is None:
            return None
        form = self.packages.index.package(number)
        signer = form["signer"]
        if form["files"] != observed.files[file] or (signer is not None and not self._may_vouch(signer, form, keys)):
            return None
        items = tuple(IndexedComponent(self.packages, row) for row in self._rows_of(number))
        return Part(form=form, components=items) if len(items) == form["components"] else None

    def _rows_of(self, number: int) -> list[Row]:
        if not self._rows:
            index = self.packages.index
            for bucket in range(index.head["buckets"]):
                for row in index.bucket(bucket):
                    self._rows.setdefault(row[3], []).append(row)
        return self._rows.get(number, [])

    def _may_vouch(self, signer: str, form: PackageForm, keys: KeyStore) -> bool:
        seen = form["first_seen"] if form["first_seen"] is not None else self.packages.judged()
        try:
            record = keys.get(signer)
            keys.authorise(record, package=form["name"], first_seen=moment(seen))
        except IceError:
            return False
        return record.key.fingerprint.raw == self.packages.index.head["signers"][signer][0]


class _Work:
    """One synchronisation at work."""

    def __init__(self, home: Home, observed: Observed, old: _Old | None, keys: KeyStore, now: datetime) -> None:
        self._home = home
        self._observed = observed
        self._old = old
        self._keys = keys
        self._now = now
        self.verified = 0

    def parts(self, progress: Callable[[int, int], None]) -> list[Part]:
        """What the index is made of, in the order of the sources.

        Raises:
            IceError: every refusal.
        """
        sources = list(home_sources(self._home))
        parts, refusals = [], []
        for done, source in enumerate(sources):
            progress(done, len(sources))
            try:
                parts.append(self._part(source))
            except IceError as error:
                refusals.append(naming(source.origin.label, error))
        if refusals:
            raise all_of(refusals)
        return [part for part in parts if part is not None]

    def _part(self, source: Source) -> Part | None:
        file = source.origin.label.removeprefix(f"{self._home.place}/")
        if self._old is not None and file in self._observed.files:
            with suppress(IndexUnusable):
                kept = self._old.part(file, self._observed, self._keys)
                if kept is not None:
                    return kept
        self.verified += 1
        manifest = verify_found(source.read(), keys=self._keys, now=self._now, strict=False)
        return part_of(manifest, [*components_of([manifest])], observed=self._observed, home=self._home)
