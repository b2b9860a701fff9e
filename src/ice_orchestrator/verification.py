"""`ice verify`: one thing goes through the checks that loading and running make; each is kept with its evidence.

Nothing is checked here: the functions that load and run call are called with a witness that remembers. What a strict
run (`--no-dynamic`) refuses is refused. Nothing is written, imported or fetched.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias

from ice_client.locked_bundles import check_locked_manifest, check_locked_wheels
from ice_core.bundles import BUNDLE_SUFFIX, bundle_filename
from ice_core.check_list import CheckName, Witness
from ice_core.check_record import CheckResult, Recorder
from ice_core.errors import IceError, Location
from ice_core.home import Home, read_regular_file
from ice_core.key_store import KeyStore
from ice_core.manifest_loading import verify_found
from ice_core.manifest_sources import MAX_BUNDLE_BYTES, FoundManifest, Origin, Source, home_sources
from ice_core.models.lock import LockedPlugin
from ice_core.signing import WheelPin
from ice_core.strict_json import JsonObject
from ice_core.trust import verify_wheel
from ice_core.verified_manifest import VerifiedManifest
from ice_core.wheels import PluginWheel
from ice_orchestrator.package_wheels import wheel_bytes

_GATE: Final[tuple[CheckName, ...]] = (
    "wheel-name", "wheel-archive", "wheel-contents", "wheel-record", "wheel-metadata", "wheel-manifest",
)  # fmt: skip
_FOUND: Final[tuple[CheckName, ...]] = ("key-store", "file", "wheel-index", "first-seen")
_DOCUMENT: Final[tuple[CheckName, ...]] = (
    "json", "iceos-version", "model", "schemas", "package", "signed", "key-known", "key-authorised", "signature",
)  # fmt: skip
_AGREEMENT: Final[tuple[CheckName, ...]] = (
    "wheel-package", "wheel-same-manifest", "wheel-modules", "wheel-top-level",
)  # fmt: skip
_BYTES: Final[tuple[CheckName, ...]] = ("wheel-named", "wheel-digest", *_GATE, *_AGREEMENT)
BUNDLE_ROUTE: Final[tuple[CheckName, ...]] = (
    "key-store", "file", "archive", "bundle-members", *_GATE, "bundle-wheels", *_DOCUMENT, *_AGREEMENT,
)  # fmt: skip
MANIFEST_ROUTE: Final[tuple[CheckName, ...]] = (*_FOUND, *_DOCUMENT, "wheel-stored", *_BYTES)
INSTALLED_ROUTE: Final[tuple[CheckName, ...]] = ("home", *MANIFEST_ROUTE)
WHEEL_ROUTE: Final[tuple[CheckName, ...]] = ("key-store", "wheel-stored", "file", *_DOCUMENT, *_BYTES)
LOCKED_ROUTE: Final[tuple[CheckName, ...]] = (
    "home", *_FOUND, "locked-wheels", *_DOCUMENT, "locked-components", "locked-manifest", "locked-signer",
    "wheel-stored", *_BYTES,
)  # fmt: skip
_INSTALL: Final = "To put back what was locked, run `ice install`"
_EXPORT: Final = "To write it anew, run `ice plugins export --output plugins.json`, then sign it"
_FETCH: Final = "Get it again from where it came; its author makes it anew with `ice publish`"
Verified: TypeAlias = tuple[VerifiedManifest, tuple[PluginWheel, ...]]
NO_WHEEL: Final = "it was signed without a wheel: metadata, which never authorises an import"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verification:
    """What became of one thing that was verified.

    Attributes:
        subject: What was verified, in words.
        results: Every check of its route.
        refusal: What the first check that did not pass said.
        manifest: The verified manifest, if all passed and it is one.
        wheels: Its wheels, each through the gate.
    """

    subject: str
    results: tuple[CheckResult, ...]
    refusal: IceError | None = None
    manifest: VerifiedManifest | None = None
    wheels: tuple[PluginWheel, ...] = ()

    def to_json(self) -> JsonObject:
        """For programs; the refusal as `--json` gives it everywhere."""
        return {
            "subject": self.subject,
            "verified": self.refusal is None,
            "checks": [result.to_json() for result in self.results],
            **(self.refusal.to_json() if self.refusal is not None else {}),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Verifier:
    """Verifies against one home folder, as of one moment."""

    home: Home
    now: datetime

    def source(self, source: Source) -> Verification:
        """A manifest or a bundle, wherever it lies."""
        label = source.origin.label
        if source.origin.path is not None and source.origin.path.suffix == BUNDLE_SUFFIX:
            return recorded(label, BUNDLE_ROUTE, lambda witness: self._found(source, witness), mend=_FETCH)
        if source.home is None:
            return recorded(label, MANIFEST_ROUTE, lambda witness: self._with_wheels(source, witness), mend=_EXPORT)
        return recorded(label, INSTALLED_ROUTE, lambda witness: self._with_wheels(source, witness), mend=_INSTALL)

    def wheels(self, paths: Sequence[Path], manifest: Path) -> Verification:
        """Wheels that were signed together, and the manifest that was signed with them."""
        label = ", ".join(map(str, paths))
        return recorded(label, WHEEL_ROUTE, lambda witness: self._wheels(paths, manifest, witness), mend=_FETCH)

    def locked(self, plugin: LockedPlugin, *, where: str) -> Verification:
        """A plugin as it is installed, held against the lock."""
        subject = f"{plugin.name} {plugin.version} of {where}"
        return recorded(subject, LOCKED_ROUTE, lambda witness: self._locked(plugin, where, witness), mend=_INSTALL)

    def _keys(self, witness: Witness) -> KeyStore:
        witness.begins("key-store")
        keys = KeyStore.read(self.home.keys)
        witness.shows(lambda: {"folder": keys.where, "keys": [record.public_key_id for record in keys.records]})
        return keys

    def _installed(self, witness: Witness) -> None:
        witness.begins("home")
        # The folders are judged when the sources are listed.
        list(home_sources(self.home))

    def _found(self, source: Source, witness: Witness) -> Verified:
        if source.home is not None:
            self._installed(witness)
        keys = self._keys(witness)
        found = source.read(witness=witness)
        manifest = verify_found(found, keys=keys, now=self.now, strict=True, witness=witness)
        return manifest, found.bundle.wheels if found.bundle is not None else ()

    def _with_wheels(self, source: Source, witness: Witness) -> Verified:
        manifest, _ = self._found(source, witness)
        return manifest, self._stored(manifest, witness)

    def _stored(self, manifest: VerifiedManifest, witness: Witness) -> tuple[PluginWheel, ...]:
        wheels = []
        for pin in manifest.wheels:
            data, path = wheel_bytes(pin, manifest, home=self.home, witness=witness)
            wheels.append(verify_wheel(data, pin=pin, manifest=manifest, where=str(path), witness=witness))
        if not manifest.wheels:
            witness.leaves_out("wheel-stored", *_BYTES, because=NO_WHEEL)
        return tuple(wheels)

    def _locked(self, plugin: LockedPlugin, where: str, witness: Witness) -> Verified:
        self._installed(witness)
        keys = self._keys(witness)
        stem = bundle_filename(plugin.name, plugin.version).removesuffix(BUNDLE_SUFFIX)
        path = self.home.manifests / f"{stem}.json"
        if not path.exists():
            witness.begins("file")
            raise _not_installed(plugin, path, where)
        found = Source(Origin(kind="installed", label=str(path), path=path), home=self.home).read(witness=witness)
        check_locked_wheels(plugin, {pin.filename: pin.digest for pin in found.wheels}, where=where, witness=witness)
        manifest = verify_found(found, keys=keys, now=plugin.first_seen, strict=True, witness=witness)
        check_locked_manifest(plugin, manifest, where=where, witness=witness)
        return manifest, self._stored(manifest, witness)

    def _wheels(self, paths: Sequence[Path], manifest: Path, witness: Witness) -> Verified:
        keys = self._keys(witness)
        held: dict[Path, bytes] = {}
        for path in paths:
            witness.begins("wheel-stored", of=path.name)
            held[path] = read_regular_file(path, max_bytes=MAX_BUNDLE_BYTES)
        pins = {path: WheelPin.of(path.name, data) for path, data in held.items()}
        origin = Origin(kind="path", label=str(manifest), path=manifest)
        witness.begins("file")
        data = read_regular_file(manifest, max_bytes=origin.max_bytes)
        witness.shows(lambda: {"file": str(manifest)})
        found = FoundManifest(origin=origin, data=data, wheels=tuple(pins.values()))
        verified = verify_found(found, keys=keys, now=self.now, strict=True, witness=witness)
        wheels = [
            verify_wheel(held[path], pin=pin, manifest=verified, where=str(path), witness=witness)
            for path, pin in pins.items()
        ]
        return verified, tuple(wheels)


def recorded(
    subject: str, route: Sequence[CheckName], verify: Callable[[Witness], Verified | None], *, mend: str
) -> Verification:
    """What becomes of one verification along this route; `mend` is said where a refusal knows no command."""
    recorder = Recorder(route)
    try:
        verified = verify(recorder)
    except IceError as error:
        if not error.finding.hints:
            error.finding.hints = (mend,)
        return Verification(subject=subject, results=recorder.results(error), refusal=error)
    results = recorder.results(None)
    if verified is None:
        return Verification(subject=subject, results=results)
    manifest, wheels = verified
    return Verification(subject=_named(subject, manifest), results=results, manifest=manifest, wheels=wheels)


def _named(subject: str, manifest: VerifiedManifest) -> str:
    package = manifest.package
    named = f"{package.name} {package.version}" if package is not None else subject
    return subject if subject.startswith(named) else f"{named}, {subject}"


def _not_installed(plugin: LockedPlugin, path: Path, where: str) -> IceError:
    return IceError(
        "package-not-installed",
        f"`{plugin.name}` {plugin.version} is pinned, and not installed",
        where=Location(where, line=plugin.line),
        expected=str(path),
        found="no such file",
        hints=("To install what the lock pins, run `ice install`",),
        details={"package": plugin.name, "version": plugin.version},
    )
