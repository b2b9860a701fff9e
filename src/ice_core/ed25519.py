"""Whether a signature is one of RFC 8032: the verification itself; what is refused before it stands in `signing`.

`cryptography`'s package for ed25519 loads `typing`, `re` and `enum` for its serialisation of keys: a whole start of an
interpreter more than the compiled function that verifies. That function is asked directly, and the package where a
version of the library has it elsewhere.
"""

from __future__ import annotations

try:
    from cryptography.hazmat.bindings._rust import openssl

    _key_of = openssl.ed25519.from_public_bytes
except (ImportError, AttributeError):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    _key_of = Ed25519PublicKey.from_public_bytes


def is_signed(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is that of `message` by the key with these 32 bytes."""
    try:
        _key_of(public_key).verify(signature, message)
    except _invalid_signature():
        return False
    return True


def _invalid_signature() -> type[Exception]:
    # Asked for only when something was raised: the library has it in a module that loads `typing`.
    from cryptography.exceptions import InvalidSignature

    return InvalidSignature
