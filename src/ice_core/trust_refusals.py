"""What is said of a manifest or wheel that trust refuses: each refusal with what was expected, found, and mends it."""

from collections.abc import Sequence

from ice_core.canonical import Digest
from ice_core.errors import IceError, Location
from ice_core.manifest_sources import Origin
from ice_core.models.plugins import PackageInfo
from ice_core.signing import WheelPin
from ice_core.strict_json import printable


def package_missing(origin: Origin) -> IceError:
    """The refusal of a wheel whose manifest does not say which distribution it is."""
    return IceError(
        "package-missing",
        f"`{origin.label}` comes with a wheel and does not say which distribution that is",
        where=Location(origin.label, path="package"),
        expected="`package` with `name` and `version`",
        found="no `package`",
        note="Which packages a key may sign is decided by that name.",
        hints=("To write the manifest anew, run `ice plugins export --output plugins.json`",),
    )


def unsigned(origin: Origin) -> IceError:
    """The refusal, when strict, of a manifest without a signature."""
    return IceError(
        "manifest-unsigned",
        f"`{origin.label}` carries no signature, and `--no-dynamic` was given",
        where=Location(origin.label, path="signature"),
        expected="a signature by a key of the key-store",
        found="no `signature`",
        note="Nothing of it was loaded.",
        hints=(
            f"To sign it with its wheel, run `ice publish --manifest {origin.label}`, `ice lock` and `ice install`",
            f"To run this file unsigned, add `--allow-unsigned {origin.label}` to `ice run`; a lock must pin it",
        ),
    )


def say_what_was_found(error: IceError, public_key_id: str, digest: Digest, wheels: Sequence[WheelPin]) -> None:
    """Adds to a signature that is not for the files at hand what is at hand, and what to try."""
    if error.slug != "signature-mismatch":
        return
    error.finding.detail = (
        f"Said to be signed by `{public_key_id}`; found:",
        *(f"  wheel     {pin.digest}  {pin.filename}" for pin in wheels),
        f"  manifest  {digest}",
    )
    fetch = "To fetch wheel and manifest again, run `ice install`"
    with_wheel = "If it was signed together with a wheel, give the bundle's path instead of the manifest's"
    error.finding.hints = (fetch,) if wheels else (fetch, with_wheel)


def wheel_not_signed(pin: WheelPin, signed: Sequence[WheelPin], *, signer: str | None, origin: Origin) -> IceError:
    """The refusal of a wheel that the signature does not name."""
    return IceError(
        "wheel-not-signed",
        f"`{pin.filename}` is not among the wheels that `{signer}` signed",
        where=Location(origin.label),
        expected=", ".join(f"{known.filename} {known.digest}" for known in signed) or "no wheel",
        found=f"{pin.filename} {pin.digest}",
        note="A manifest that was signed alone is metadata and never authorises an import.",
        hints=("To sign wheel and manifest together, run `ice publish --manifest plugins.json`",),
    )


def wheel_digest_mismatch(pin: WheelPin, found: Digest, *, where: str) -> IceError:
    """The refusal of a wheel whose bytes are others than those that were signed."""
    return IceError(
        "wheel-digest-mismatch",
        f"`{pin.filename}` is not the wheel that was signed",
        where=Location(where),
        expected=str(pin.digest),
        found=str(found),
        note="Nothing of it was imported.",
        hints=("To fetch it again, run `ice install`",),
    )


def say_whose(error: IceError, package: PackageInfo | None, public_key_id: str, origin: Origin) -> None:
    """Adds to what the key-store refuses whose signature it is."""
    whose = f"`{package.name}` {printable(package.version)}" if package is not None else f"`{origin.label}`"
    if error.slug == "key-unknown":
        error.finding.message = f"{whose} is signed with `{public_key_id}`, which is not in the key-store"
    error.finding.detail = (*error.finding.detail, f"Signed: {whose}, in {origin.label}")
