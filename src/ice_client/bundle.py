"""3 SIGN: a manifest, its wheels and a private key become a bundle."""

from collections.abc import Sequence

from ice_core.bundles import bundle_bytes
from ice_core.canonical import Digest, manifest_digest, printed_bytes
from ice_core.models.plugins import parse_manifest
from ice_core.signer_port import MessageSigner
from ice_core.signing import WheelPin, message_to_sign, sign, signature_member
from ice_core.strict_json import parse_json


def sign_manifest(
    manifest: bytes,
    wheels: Sequence[tuple[str, bytes]],
    *,
    private_key: MessageSigner,
    public_key_id: str,
    where: str = "plugins.json",
) -> bytes:
    """The manifest with the signature of it and its wheels; a signature that it had is replaced.

    Args:
        manifest: The manifest's bytes.
        wheels: File name and bytes of each wheel; without one, what is signed is metadata and authorises no import.
        private_key: Signs; a private key at hand, or what stands for one that lies elsewhere.
        public_key_id: What the key-stores of others call the key.
        where: The manifest's origin, for messages.

    Raises:
        IceError: a `json-…` slug, `manifest-invalid` or `wheel-index-invalid`.
    """
    value = {name: member for name, member in parse_json(manifest, where=where).items() if name != "signature"}
    parse_manifest(value, where=where)
    pins = [WheelPin(filename=filename, digest=Digest.of(data)) for filename, data in wheels]
    signature = sign(private_key, message_to_sign(manifest_digest(value), pins))
    return printed_bytes(value | {"signature": signature_member(signature, public_key_id=public_key_id)})


def make_bundle(
    manifest: bytes,
    wheels: Sequence[tuple[str, bytes]],
    *,
    private_key: MessageSigner,
    public_key_id: str,
    where: str = "plugins.json",
) -> bytes:
    """The bundle of a manifest and its wheels, signed; the same input gives the same bytes.

    Raises:
        IceError: what `sign_manifest` and `ice_core.bundles.bundle_bytes` raise.
    """
    signed = sign_manifest(manifest, wheels, private_key=private_key, public_key_id=public_key_id, where=where)
    return bundle_bytes(signed, wheels)
