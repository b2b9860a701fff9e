"""SHA-256 and its MAC by either implementation, held against the standard library's."""

import hashlib
import hmac
import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ice_core.sha256 import MOST_BY_OWN, hmac_sha256, sha256
from tests.builders.processes import UNTRACED

WITHOUT_OPENSSL = """
import sys
from ice_core.sha256 import hmac_sha256, sha256
data = bytes(range(256)) * int(sys.argv[1])
print(sha256(data).hex(), hmac_sha256(b"key", data).hex(), "_hashlib" in sys.modules)
"""


@given(st.binary(max_size=300))
@example(b"")
def test_a_digest_is_that_of_the_standard_library(data: bytes) -> None:
    """Whatever the length."""
    digest = sha256(data)

    assert hashlib.sha256(data).digest() == digest
    assert digest == sha256(memoryview(data))


@given(st.binary(max_size=200), st.binary(max_size=200))
@example(b"k" * 64, b"")
@example(b"k" * 65, b"x")
def test_a_mac_is_that_of_the_standard_library(key: bytes, message: bytes) -> None:
    """RFC 2104, with keys shorter and longer than a block."""
    tag = hmac_sha256(key, message)

    assert hmac.digest(key, message, "sha256") == tag


MOST = MOST_BY_OWN // 256


@pytest.mark.parametrize(("count", "loaded"), [(1, False), (MOST - 1, False), (MOST + 1, True)])
def test_little_is_hashed_without_openssl(count: int, *, loaded: bool) -> None:
    """A start that hashes one entry does not pay for the library that hashes a wheel; the digests are the same."""
    data = bytes(range(256)) * count
    command = [sys.executable, "-c", WITHOUT_OPENSSL, str(count)]

    said = subprocess.run(command, capture_output=True, text=True, env=UNTRACED, check=True).stdout.split()

    assert [hashlib.sha256(data).hexdigest(), hmac.digest(b"key", data, "sha256").hex(), str(loaded)] == said
