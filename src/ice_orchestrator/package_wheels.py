"""The one wheel of a package that runs here, its bytes read once and verified; nothing of it is imported."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.tags import Tag, sys_tags
from packaging.utils import parse_wheel_filename

from ice_core.archives import read_archive
from ice_core.bundles import BUNDLE_SUFFIX
from ice_core.errors import IceError, Location
from ice_core.home import Home, read_regular_file
from ice_core.manifest_sources import MAX_BUNDLE_BYTES
from ice_core.signing import WheelPin
from ice_core.trust import VerifiedManifest, verify_wheel
from ice_core.wheel_verdicts import WheelVerdicts
from ice_core.wheels import PluginWheel


def verified_wheel(manifest: VerifiedManifest, *, home: Home) -> PluginWheel:
    """The wheel of this manifest for this interpreter, from the store or from the bundle that the manifest came in.

    Raises:
        IceError: `wheel-missing`, `wheel-incompatible`, `wheel-digest-mismatch`, or what the wheel gate refuses.
    """
    pin = fitting_wheel(manifest)
    data, where = _bytes_of(pin, manifest, home)
    # After the whole file's digest was compared, and not before, an earlier verdict of the gate may stand for the gate.
    return verify_wheel(data, pin=pin, manifest=manifest, where=str(where), gate=WheelVerdicts.open(home).read_wheel)


def keep_verdict(wheel: PluginWheel, *, home: Home) -> None:
    """Lets the next process take the gate's verdict on this wheel, if the home folder can be written."""
    WheelVerdicts.open(home).keep(wheel)


def fitting_wheel(manifest: VerifiedManifest) -> WheelPin:
    """The first wheel, in the interpreter's order of preference, that this interpreter can use.

    Raises:
        IceError: `wheel-incompatible`.
    """
    ranks = {tag: rank for rank, tag in enumerate(sys_tags())}
    ranked = sorted((rank, pin.filename, pin) for pin in manifest.wheels if (rank := _rank(pin, ranks)) is not None)
    if ranked:
        return ranked[0][2]
    raise IceError(
        "wheel-incompatible",
        f"`{package_name(manifest)}` has no wheel for this interpreter",
        where=Location(manifest.origin.label),
        expected=f"a wheel tagged like `{next(iter(ranks))}`",
        found=_names(manifest.wheels) or "no wheels",
        hints=("Run it with an interpreter that one of these wheels is for, or ask the publisher for one more wheel",),
    )


def package_name(manifest: VerifiedManifest) -> str:
    """Name and version of the manifest's package, or where it was found."""
    package = manifest.package
    return f"{package.name} {package.version}" if package is not None else manifest.origin.label


def _rank(pin: WheelPin, ranks: Mapping[Tag, int]) -> int | None:
    _, _, _, tags = parse_wheel_filename(pin.filename)
    return min((ranks[tag] for tag in tags if tag in ranks), default=None)


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
