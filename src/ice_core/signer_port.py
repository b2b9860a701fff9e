"""The port behind which a private key may lie anywhere: in a file, in a Vault, in a device."""

from typing import Protocol


class MessageSigner(Protocol):
    """Signs messages with one ed25519 key; `Ed25519PrivateKey` of `cryptography` is one."""

    def sign(self, data: bytes, /) -> bytes:
        """The 64 bytes of the signature of `data`."""
        ...
