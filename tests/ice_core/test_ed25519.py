"""The compiled verification, asked directly, against the library's public package."""

import subprocess
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from ice_core.ed25519 import is_signed
from tests.builders.processes import UNTRACED

KEY = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
PUBLIC = KEY.public_key().public_bytes_raw()
ELSEWHERE = f"""
from types import SimpleNamespace
from cryptography.hazmat.bindings import _rust
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
_rust.openssl = SimpleNamespace()
from ice_core import ed25519
print(ed25519._key_of == Ed25519PublicKey.from_public_bytes)
print(ed25519.is_signed({PUBLIC!r}, {KEY.sign(b"x")!r}, b"x"), ed25519.is_signed({PUBLIC!r}, bytes(64), b"x"))
"""


def _publicly(signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(PUBLIC).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@given(st.binary(max_size=100), st.integers(0, 511), st.booleans())
def test_the_verdict_is_that_of_the_public_package(message: bytes, bit: int, spoiled: bool) -> None:
    """For signatures, and for signatures with one bit turned."""
    signature = bytearray(KEY.sign(message))
    signature[bit // 8] ^= spoiled << bit % 8

    assert _publicly(bytes(signature), message) == is_signed(PUBLIC, bytes(signature), message)


def test_a_signature_of_another_length_is_none() -> None:
    """`signing` refuses it before, with its form."""
    assert not is_signed(PUBLIC, b"", b"x")
    assert not is_signed(PUBLIC, bytes(65), b"x")


def test_a_library_that_has_it_elsewhere_is_asked_by_its_public_package() -> None:
    """The compiled function's place is no promise of the library."""
    said = subprocess.run(
        [sys.executable, "-I", "-c", ELSEWHERE], capture_output=True, text=True, env=UNTRACED, check=True
    ).stdout

    assert "True\nTrue False\n" == said


def test_verifying_does_not_load_what_serialises_keys() -> None:
    """A start that verifies one signature pays for the compiled function only."""
    code = f"""
import sys
from ice_core.ed25519 import is_signed
print(is_signed({PUBLIC!r}, {KEY.sign(b"x")!r}, b"x"), *sorted({{"typing", "re", "enum"}} & sys.modules.keys()))
"""
    said = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, env=UNTRACED, check=True
    ).stdout

    assert "True\n" == said
