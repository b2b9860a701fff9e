"""SHA-256 and BLAKE2b from the interpreter itself: `hashlib` loads OpenSSL first, which costs a third of a start."""

import sys
from _blake2 import blake2b
from _operator import _compare_digest as same_digest

if sys.version_info >= (3, 12):
    from _sha2 import sha256
else:
    from _sha256 import sha256

__all__ = ["blake2b", "same_digest", "sha256"]
