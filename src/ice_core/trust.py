"""The numbered checks from a manifest's bytes to `VerifiedManifest`.

A bad signature is refused in every mode. A manifest without one has the status `unsigned` and is refused when `strict`
(`--no-dynamic`) unless its very file was allowed by name; there is no switch that turns verification off for all.
"""

from collections.abc import Sequence
from datetime import datetime

from ice_core.bundles import Bundle
from ice_core.canonical import Digest, manifest_digest
from ice_core.check_list import UNSEEN, Witness, measured
from ice_core.errors import IceError
from ice_core.key_store import KeyRecord, KeyStore, authority_evidence
from ice_core.lowered_limits import in_force
from ice_core.manifest_checks import check_schemas, refuse_duplicates, refuse_too_new
from ice_core.manifest_sources import Origin
from ice_core.models.plugins import PluginsManifest, SignatureInfo, parse_manifest
from ice_core.signing import WheelPin, message_to_sign, verify
from ice_core.strict_json import MAX_BYTES, JsonObject, parse_json
from ice_core.trust_refusals import (
    package_missing,
    say_what_was_found,
    say_whose,
    unsigned,
    wheel_digest_mismatch,
    wheel_not_signed,
)
from ice_core.verified_manifest import MAKER, VerifiedManifest
from ice_core.version import VERSION
from ice_core.wheel_agreement import check_wheel_against_manifest
from ice_core.wheels import Gate, PluginWheel, read_wheel


def verify_manifest(
    data: bytes,
    *,
    origin: Origin,
    wheels: Sequence[WheelPin],
    keys: KeyStore,
    first_seen: datetime,
    strict: bool,
    allow_unsigned: bool = False,
    iceos_version: str = VERSION,
    max_bytes: int = MAX_BYTES,
    witness: Witness = UNSEEN,
) -> VerifiedManifest:
    """The manifest that `data` holds, after every check.

    Args:
        wheels: The wheels found with it, untrusted; they enter the signed message.
        first_seen: When this manifest was first seen, for the key's validity.
        strict: Whether a missing signature is refused.
        allow_unsigned: Whether this very file was allowed by name.

    Raises:
        IceError: Whatever a check refuses, with its own slug.
    """
    # 1-4 The document by itself.
    value, model = _well_formed(data, origin.label, iceos_version, max_bytes=max_bytes, witness=witness)
    # 5-8 Who vouches for it, and for these wheels.
    digest = manifest_digest(value)
    signer = _signer(
        model, digest, wheels, origin=origin, keys=keys, first_seen=first_seen, strict=strict,
        allow_unsigned=allow_unsigned, witness=witness,
    )  # fmt: skip
    return VerifiedManifest(
        read=lambda: (value, model),
        digest=digest,
        status="unsigned" if signer is None else "signed",
        signer=signer.public_key_id if signer is not None else None,
        signer_fingerprint=signer.key.fingerprint if signer is not None else None,
        wheels=wheels,
        origin=origin,
        first_seen=first_seen,
        maker=MAKER,
    )


def verify_bundle(
    bundle: Bundle,
    *,
    origin: Origin,
    keys: KeyStore,
    first_seen: datetime,
    strict: bool,
    allow_unsigned: bool = False,
    iceos_version: str = VERSION,
    witness: Witness = UNSEEN,
) -> VerifiedManifest:
    """The manifest of a bundle, after every check of `verify_manifest` and of its wheels against it.

    Raises:
        IceError: Whatever a check refuses, with its own slug.
    """
    manifest = verify_manifest(
        bundle.manifest_bytes,
        origin=origin,
        wheels=[WheelPin(filename=wheel.filename, digest=wheel.digest) for wheel in bundle.wheels],
        keys=keys,
        first_seen=first_seen,
        strict=strict,
        allow_unsigned=allow_unsigned,
        iceos_version=iceos_version,
        witness=witness,
    )
    for wheel in bundle.wheels:
        check_wheel_against_manifest(wheel, manifest.model, manifest.digest, witness=witness)
    return manifest


def verify_wheel(
    data: bytes,
    *,
    pin: WheelPin,
    manifest: VerifiedManifest,
    where: str | None = None,
    witness: Witness = UNSEEN,
    gate: Gate | None = None,
) -> PluginWheel:
    """The wheel that `pin` names, read from `data`: these bytes are what may be executed.

    Args:
        data: The whole file, read once.
        pin: One of the manifest's wheels; of an unsigned manifest, the one that a lock pins.
        manifest: The manifest whose components the wheel carries.
        where: Where the bytes lie, for messages; by default the wheel's file name.
        gate: By default every rule of the gate, applied now.

    Raises:
        IceError: `wheel-not-signed`, `wheel-digest-mismatch`, or what the wheel gate refuses.
    """
    witness.begins("wheel-named", of=pin.filename)
    if manifest.status == "signed" and pin not in manifest.wheels:
        raise wheel_not_signed(pin, manifest.wheels, signer=manifest.signer, origin=manifest.origin)
    witness.shows(lambda: {"wheels": [known.filename for known in manifest.wheels]})
    witness.begins("wheel-digest", of=pin.filename)
    found = Digest.of(data)
    if found != pin.digest:
        raise wheel_digest_mismatch(pin, found, where=where or pin.filename)
    witness.shows(lambda: {"wheel": str(found)})
    known = gate(data, filename=pin.filename, digest=found) if gate is not None else None
    wheel = known or read_wheel(data, filename=pin.filename, witness=witness)
    # A known wheel was held against the manifest inside it, and the digest says that it is this one.
    if not (wheel.is_known and wheel.manifest_digest == manifest.digest):
        check_wheel_against_manifest(wheel, manifest.model, manifest.digest, witness=witness)
    return wheel


def _well_formed(
    data: bytes, where: str, iceos_version: str, *, max_bytes: int, witness: Witness
) -> tuple[JsonObject, PluginsManifest]:
    # 1 One strict parser: the same bytes mean one thing to every reader.
    witness.begins("json")
    value = parse_json(data, where=where, max_bytes=max_bytes)
    witness.shows(lambda: {"size": measured(len(data), limit=in_force("json_bytes", max_bytes), unit="bytes")})
    # 2 Too new for this iceos: said before the model could stumble over members that only a newer one knows.
    witness.begins("iceos-version")
    refuse_too_new(value, where=where, iceos_version=iceos_version)
    witness.shows(lambda: {"iceos": iceos_version})
    # 3 The model, frozen as plugins.v0; a component that is listed twice is told with both places.
    witness.begins("model")
    refuse_duplicates(value, where=where)
    model = parse_manifest(value, where=where)
    witness.shows(lambda: {"components": [str(entry.id) for entry in model.components]})
    # 4 Every reference points somewhere, and every schema is inside the bounded subset.
    witness.begins("schemas")
    check_schemas(value, where=where)
    witness.shows(lambda: {"shared schemas": len(model.schemas), "component schemas": 2 * len(model.components)})
    return value, model


def _signer(
    model: PluginsManifest,
    digest: Digest,
    wheels: Sequence[WheelPin],
    *,
    origin: Origin,
    keys: KeyStore,
    first_seen: datetime,
    strict: bool,
    allow_unsigned: bool,
    witness: Witness,
) -> KeyRecord | None:
    # 5 Code travels in a named distribution.
    witness.begins("package")
    if wheels and model.package is None:
        raise package_missing(origin)
    witness.shows(lambda: {"distribution": model.package.name if model.package else None, "wheels": len(wheels)})
    # 6 A signature there is, or the very file was allowed, or nothing strict is asked.
    witness.begins("signed")
    if model.signature is None and strict and not allow_unsigned:
        raise unsigned(origin)
    signature, signer = model.signature, None
    witness.shows(lambda: {"said to be by": signature.public_key_id if signature is not None else None})
    # 7-8 The key may sign this package, and it signed these wheels and this manifest.
    if model.signature is not None:
        signer = _authorised(model, model.signature.public_key_id, keys, first_seen, origin, witness)
        witness.begins("signature")
        _check_signature(model.signature, signer, digest, wheels, origin)
        witness.shows(lambda: {"manifest": str(digest), **{pin.filename: str(pin.digest) for pin in wheels}})
    else:
        witness.leaves_out("key-known", "key-authorised", "signature", because="nobody signed it")
    return signer


def _authorised(
    model: PluginsManifest,
    public_key_id: str,
    keys: KeyStore,
    first_seen: datetime,
    origin: Origin,
    witness: Witness,
) -> KeyRecord:
    package = model.package
    try:
        witness.begins("key-known")
        signer = keys.get(public_key_id)
        witness.shows(lambda: {"key": signer.public_key_id, "fingerprint": str(signer.key.fingerprint)})
        witness.begins("key-authorised")
        keys.authorise(signer, package=package.name if package is not None else None, first_seen=first_seen)
        witness.shows(lambda: authority_evidence(signer, first_seen=first_seen))
    except IceError as error:
        # The key-store says what is wrong with the key; whose signature it is, is known here.
        say_whose(error, package, public_key_id, origin)
        raise
    return signer


def _check_signature(
    signature: SignatureInfo, signer: KeyRecord, digest: Digest, wheels: Sequence[WheelPin], origin: Origin
) -> None:
    try:
        verify(signer.key, message_to_sign(digest, wheels), signature.value, where=origin.label)
    except IceError as error:
        say_what_was_found(error, signer.public_key_id, digest, wheels)
        raise
