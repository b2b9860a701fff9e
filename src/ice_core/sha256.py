"""SHA-256, whichever implementation costs least here: the interpreter's own for little, OpenSSL's for much.

OpenSSL hashes five times as fast, and loading it costs a fifth of a start: the price of 100 KB. Where it is loaded
already, it hashes everything. This module is on the start path.
"""

from __future__ import annotations

import sys

try:
    if sys.version_info >= (3, 12):
        from _sha2 import sha256 as _own
    else:
        from _sha256 import sha256 as _own
except ImportError:
    # An interpreter that was built without its own.
    from hashlib import sha256 as _own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

MOST_BY_OWN: Final = 100 * 1024
_BLOCK: Final = 64
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))


def sha256(data: bytes | memoryview) -> bytes:
    """The 32 bytes of the SHA-256 of `data`."""
    if len(data) <= MOST_BY_OWN and "_hashlib" not in sys.modules:
        digest: bytes = _own(data).digest()
        return digest
    from hashlib import sha256 as openssl

    return openssl(data).digest()


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """The 32 bytes of HMAC-SHA-256 (RFC 2104) of `message` under `key`."""
    block = (key if len(key) <= _BLOCK else sha256(key)).ljust(_BLOCK, b"\0")
    return sha256(block.translate(_OUTER) + sha256(block.translate(_INNER) + message))
