"""The one wheel of a package that runs here, its bytes read once and verified; nothing of it is imported."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from packaging.tags import Tag, sys_tags
from packaging.utils import parse_wheel_filename

from ice_core.archives import read_archive
from ice_core.bundles import BUNDLE_SUFFIX
from ice_core.canonical import Digest
from ice_core.check_list import UNSEEN, Witness, measured
from ice_core.errors import IceError, Location
from ice_core.home import Home, read_regular_file
from ice_core.machine_cache import MachineCache
from ice_core.manifest_sources import MAX_BUNDLE_BYTES
from ice_core.registered import RegisteredComponent
from ice_core.signing import WheelPin
from ice_core.trust import verify_wheel
from ice_core.verified_manifest import VerifiedManifest
from ice_core.wheel_verdicts import WheelVerdicts
from ice_core.wheels import PluginWheel

# Fits every interpreter; to work out what else does costs more than to import many a package.
_ANYWHERE: Final = "-py3-none-any.whl"
MOST_KEPT_BYTES: Final = 256 * 1024 * 1024


class VerifiedWheels:
    """The wheels of one home folder, each read and hashed once for all who need it while a run lasts.

    What was verified before node one is what its components are imported from: the bytes stay in memory, so that nobody
    can exchange them in between. Together they are bounded; a wheel beyond the bound is read and hashed anew each time.

    Attributes:
        cache: What this machine keeps of earlier runs.
    """

    __slots__ = ("_home", "_kept", "_known", "_lock", "_room", "cache")

    def __init__(self, home: Home, *, room: int = MOST_KEPT_BYTES) -> None:
        self._home = home
        self.cache = MachineCache.open(home)
        self._kept: dict[tuple[Digest, WheelPin], PluginWheel] = {}
        self._known: set[Digest] = set()
        self._room = room
        self._lock = threading.Lock()

    def of(self, manifest: VerifiedManifest) -> PluginWheel:
        """The wheel of this manifest for this interpreter, from the store or from the manifest's own bundle.

        Raises:
            IceError: `wheel-missing`, `wheel-incompatible`, `wheel-digest-mismatch`, or what the wheel gate refuses.
        """
        pin = fitting_wheel(manifest)
        key = (manifest.digest, pin)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                return kept
            wheel = self._verified(pin, manifest)
            if wheel.archive.size <= self._room:
                self._room -= wheel.archive.size
                self._kept[key] = wheel
            return wheel

    def keep_verdict(self, wheel: PluginWheel) -> None:
        """Has the next start take the gate's verdict on this wheel, whose component was found to be what it should."""
        if wheel.is_known or wheel.digest in self._known:
            return
        self._known.add(wheel.digest)
        WheelVerdicts(self.cache).keep(wheel)

    def _verified(self, pin: WheelPin, manifest: VerifiedManifest) -> PluginWheel:
        data, where = wheel_bytes(pin, manifest, home=self._home)
        # After the whole file's digest was compared, and not before, an earlier verdict may stand for the gate.
        verdicts = WheelVerdicts(self.cache)
        return verify_wheel(data, pin=pin, manifest=manifest, where=str(where), gate=verdicts.read_wheel)


def fitting_wheel(manifest: VerifiedManifest) -> WheelPin:
    """The first wheel, in the interpreter's order of preference, that this interpreter can use.

    Raises:
        IceError: `wheel-incompatible`.
    """
    if len(manifest.wheels) == 1 and manifest.wheels[0].filename.endswith(_ANYWHERE):
        return manifest.wheels[0]
    tags = {pin: parse_wheel_filename(pin.filename)[3] for pin in manifest.wheels}
    ranks = _ranks()
    ranked = sorted(
        (rank, pin.filename, pin) for pin in manifest.wheels if (rank := _rank(tags[pin], ranks)) is not None
    )
    if ranked:
        return ranked[0][2]
    raise IceError(
        "wheel-incompatible",
        f"`{package_name(manifest)}` has no wheel for this interpreter",
        where=Location(manifest.origin.label),
        expected=f"a wheel tagged like `{next(iter(_ranks()))}`",
        found=_names(manifest.wheels) or "no wheels",
        hints=("Run it with an interpreter that one of these wheels is for, or ask the publisher for one more wheel",),
    )


def package_name(manifest: VerifiedManifest) -> str:
    """Name and version of the manifest's package, or where it was found."""
    package = manifest.package
    return f"{package.name} {package.version}" if package is not None else manifest.origin.label


def wheel_required(registered: RegisteredComponent) -> IceError:
    """The refusal of a component whose code nothing vouches for, under `--no-dynamic`."""
    return IceError(
        "wheel-missing",
        f"`{registered.id}` has no wheel that was signed with its manifest, and `--no-dynamic` was given",
        where=Location(registered.origin),
        expected="a signed bundle: manifest and wheel",
        found="a manifest alone" if registered.manifest is not None else "code that registered itself",
        note="A manifest without a wheel is metadata and never authorises an import. Nothing was imported.",
        hints=("To sign wheel and manifest together, run `ice publish --manifest plugins.json`",),
    )


@cache
def _ranks() -> Mapping[Tag, int]:
    return {tag: rank for rank, tag in enumerate(sys_tags())}


def _rank(tags: Iterable[Tag], ranks: Mapping[Tag, int]) -> int | None:
    return min((ranks[tag] for tag in tags if tag in ranks), default=None)


def wheel_bytes(
    pin: WheelPin, manifest: VerifiedManifest, *, home: Home, witness: Witness = UNSEEN
) -> tuple[bytes, Path]:
    """The bytes of a wheel and where they lie: in the bundle that the manifest came in, or in the store; read once.

    Raises:
        IceError: `wheel-missing`, or what reading a regular file refuses.
    """
    witness.begins("wheel-stored", of=pin.filename)
    data, path = _bytes_of(pin, manifest, home)
    witness.shows(lambda: {"file": str(path), "size": measured(len(data), limit=MAX_BUNDLE_BYTES, unit="bytes")})
    return data, path


def _bytes_of(pin: WheelPin, manifest: VerifiedManifest, home: Home) -> tuple[bytes, Path]:
    path = manifest.origin.path
    if path is not None and path.suffix == BUNDLE_SUFFIX:
        bundle = read_archive(read_regular_file(path, max_bytes=MAX_BUNDLE_BYTES), where=str(path))
        if pin.filename in bundle:
            return bundle.read(pin.filename), path
    blob = home.blob(pin.digest.hex)
    try:
        return read_regular_file(blob, max_bytes=MAX_BUNDLE_BYTES), blob
    except IceError as error:
        if error.slug != "file-missing":
            raise
        raise IceError(
            "wheel-missing",
            f"`{pin.filename}` is not in the store",
            where=Location(str(blob)),
            expected=str(pin.digest),
            found="no such file",
            note=f"`{manifest.origin.label}` names it; nothing of `{package_name(manifest)}` was imported.",
            hints=("To put it back, run `ice install`",),
        ) from error


def _names(wheels: Sequence[WheelPin]) -> str:
    return ", ".join(pin.filename for pin in wheels)
