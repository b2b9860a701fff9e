"""Every source read and every manifest verified, in order: the inner half of `load_plugins`; nothing is imported.

A refusal does not stop the reading: all of them are told at once, and then nothing is loaded.
"""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ice_core.canonical import Digest, manifest_digest
from ice_core.check_list import UNSEEN, Witness
from ice_core.clock import clock_notices, judged_time
from ice_core.collector import CollectionPaused
from ice_core.entry_point_manifests import EntryPointManifests, read_entry_points
from ice_core.errors import Finding, IceError, Location
from ice_core.home import Home
from ice_core.key_store import KeyStore
from ice_core.manifest_checks import component_entries
from ice_core.manifest_sources import FoundManifest, Source, extra_sources, home_sources, path_sources
from ice_core.strict_json import parse_json
from ice_core.trust import verify_bundle, verify_manifest
from ice_core.verified_manifest import VerifiedManifest


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedManifests:
    """What was loaded.

    Attributes:
        manifests: Every verified manifest, in the order of the sources.
        sources: Label and number of components of each source, those that only announce included.
        notices: Warnings about what was found and does not count.
    """

    manifests: tuple[VerifiedManifest, ...]
    sources: tuple[tuple[str, int], ...]
    notices: tuple[Finding, ...]


@dataclass(kw_only=True, slots=True)
class _Loading:
    """One load under one set of rules; collects what is refused."""

    keys: KeyStore
    strict: bool
    now: datetime
    allowed: frozenset[str]
    pins: frozenset[str] | None = None
    vouched: Collection[Digest] = ()
    manifests: list[VerifiedManifest] = field(default_factory=list)
    sources: list[tuple[str, int]] = field(default_factory=list)
    notices: list[Finding] = field(default_factory=list)
    refusals: list[IceError] = field(default_factory=list)

    def add(self, sources: Iterable[Source]) -> None:
        """Reads and verifies each source."""
        with CollectionPaused():
            for source in sources:
                try:
                    self._keep(self._verified(source.read()))
                except IceError as error:
                    self.refusals.append(naming(source.origin.label, error))

    def announce(self, announced: EntryPointManifests) -> None:
        """Judges what entry points announce, once everything else is verified."""
        self.notices += announced.notices
        vouched = {manifest.digest for manifest in self.manifests if vouches(manifest)} | {*self.vouched}
        for found in announced.found:
            try:
                self._judge(found, vouched)
            except IceError as error:
                self.refusals.append(naming(found.origin.label, error))

    def _judge(self, found: FoundManifest, vouched: set[Digest]) -> None:
        value = parse_json(found.data, where=found.origin.label)
        if manifest_digest(value) in vouched:
            # The verified manifest lists these components already, with the wheel that their code comes from.
            self.sources.append((found.origin.label, len(component_entries(value))))
        elif self.strict:
            self.sources.append((found.origin.label, 0))
            self.notices.append(_only_announced(found))
        else:
            self._keep(self._verified(found))

    def _keep(self, manifest: VerifiedManifest) -> None:
        # A key that the key-store trusts and the project does not: what it signed is not there.
        if self.pins is not None and manifest.status == "signed" and str(manifest.signer_fingerprint) not in self.pins:
            self.sources.append((manifest.origin.label, 0))
            self.notices.append(_not_pinned(manifest, self.pins))
            return
        self.manifests.append(manifest)
        self.sources.append((manifest.origin.label, len(manifest.model.components)))

    def _verified(self, found: FoundManifest) -> VerifiedManifest:
        allowed = found.origin.path is not None and os.path.abspath(found.origin.path) in self.allowed
        return verify_found(found, keys=self.keys, now=self.now, strict=self.strict, allow_unsigned=allowed)


def vouches(manifest: VerifiedManifest) -> bool:
    """Whether a distribution that announces the same manifest has nothing to add."""
    return manifest.status == "signed" and bool(manifest.wheels)


def verify_found(
    found: FoundManifest,
    *,
    keys: KeyStore,
    now: datetime,
    strict: bool,
    allow_unsigned: bool = False,
    witness: Witness = UNSEEN,
) -> VerifiedManifest:
    """What was found, verified: with the wheels of its bundle, or for those that its index names.

    Raises:
        IceError: Whatever a check of `trust` refuses.
    """
    first_seen = found.first_seen or now
    if found.bundle is not None:
        return verify_bundle(
            found.bundle,
            origin=found.origin,
            keys=keys,
            first_seen=first_seen,
            strict=strict,
            allow_unsigned=allow_unsigned,
            witness=witness,
        )
    return verify_manifest(
        found.data,
        origin=found.origin,
        wheels=found.wheels,
        keys=keys,
        first_seen=first_seen,
        strict=strict,
        allow_unsigned=allow_unsigned,
        max_bytes=found.origin.max_bytes,
        witness=witness,
    )


def load_manifests(
    paths: Sequence[Path],
    *,
    home: Home,
    strict: bool,
    allow_unsigned: Sequence[Path],
    environ: Mapping[str, str],
    now: datetime,
    search_path: Sequence[str],
    pins: frozenset[str] | None = None,
    beside: Collection[Digest] | None = None,
) -> LoadedManifests:
    """Every manifest of every source, verified.

    Args:
        paths: Manifests, bundles or folders of them, beside the standing sources.
        home: The home folder, with its key-store.
        strict: Whether only what a key of the key-store signed counts.
        allow_unsigned: The very files that may be unsigned nevertheless.
        environ: Where `$ICEOS_EXTRA_PLUGINS` is looked up.
        now: What counts as first seen where nothing recorded it.
        search_path: Where installed distributions are looked for, as in `sys.path`.
        pins: The fingerprints of the only keys whose manifests count; None: every key of the key-store.
        beside: See `read_manifests`.

    Raises:
        IceError: The one refusal, or all of them as findings of one error; nothing is loaded then.
    """
    loaded, refusals = read_manifests(
        paths,
        home=home,
        strict=strict,
        allow_unsigned=allow_unsigned,
        environ=environ,
        now=now,
        search_path=search_path,
        pins=pins,
        beside=beside,
    )
    if refusals:
        raise all_of(refusals)
    return loaded


def read_manifests(
    paths: Sequence[Path],
    *,
    home: Home,
    strict: bool,
    allow_unsigned: Sequence[Path],
    environ: Mapping[str, str],
    now: datetime,
    search_path: Sequence[str],
    pins: frozenset[str] | None = None,
    beside: Collection[Digest] | None = None,
) -> tuple[LoadedManifests, list[IceError]]:
    """What `load_manifests` would load, beside what it would refuse: for who looks, and loads nothing.

    Args:
        beside: The digests that the local index vouches for: the home's own manifests are not read then.

    Raises:
        IceError: what keeps the sources from being found at all, or the key-store from being read.
    """
    before = [*home_sources(home)] if beside is None else []
    after = [*extra_sources(environ, strict=strict), *path_sources(paths)]
    announced = read_entry_points(search_path)
    loading = _Loading(
        keys=KeyStore.read(home.keys),
        strict=strict,
        now=judged_time(home, now),
        allowed=frozenset(os.path.abspath(path) for path in allow_unsigned),
        pins=pins,
        vouched=beside or (),
    )
    loading.notices += clock_notices(home, now)
    loading.add([*before, *after])
    loading.announce(announced)
    order = [source.origin.label for source in before]
    order += [found.origin.label for found in announced.found]
    order += [source.origin.label for source in after]
    rank = {label: index for index, label in reversed(list(enumerate(order)))}
    loaded = LoadedManifests(
        manifests=tuple(sorted(loading.manifests, key=lambda manifest: rank[manifest.origin.label])),
        sources=tuple(sorted(loading.sources, key=lambda source: rank[source[0]])),
        notices=tuple(sorted(loading.notices, key=Finding.sort_key)),
    )
    return loaded, loading.refusals


def _only_announced(found: FoundManifest) -> Finding:
    return Finding(
        "announcement-unverified",
        f"{found.origin.label} announces components that no verified manifest lists",
        severity="warning",
        where=Location(found.origin.label),
        note="Under `--no-dynamic` a manifest inside a distribution only announces; its components are not loaded.",
        hints=("To install the signed bundle, run `ice lock` and `ice install`",),
    )


def _not_pinned(manifest: VerifiedManifest, pins: frozenset[str]) -> Finding:
    return Finding(
        "key-not-pinned",
        f"{manifest.origin.label} is signed by `{manifest.signer}`, and this project does not trust that key",
        severity="warning",
        where=Location(manifest.origin.label),
        expected=", ".join(sorted(pins)),
        found=str(manifest.signer_fingerprint),
        note="Its components are not loaded.",
        hints=(
            "To trust it here too, add the fingerprint to `trusted_keys` under `[tool.iceos]` in pyproject.toml",
            "If you expected another key, see which home folder is used: run `ice doctor`",
        ),
    )


def naming(label: str, error: IceError) -> IceError:
    """The refusal, with the source that led to it."""
    # A key or a wheel is refused where it lies; the reader also wants to know which source led there.
    finding = error.finding
    finding.details.setdefault("source", label)
    if not any(label in line for line in (str(finding.where), *finding.detail)):
        finding.detail = (*finding.detail, f"Found while reading {label}")
    return error


def all_of(refusals: list[IceError]) -> IceError:
    """The one refusal, or one error with a finding for each."""
    if len(refusals) == 1:
        return refusals[0]
    return IceError.of([finding for error in refusals for finding in error.findings or (error.finding,)])
