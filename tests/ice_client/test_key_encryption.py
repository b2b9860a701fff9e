"""Private keys under a passphrase: the parameters that the page of formats promises, and other readers open them."""

import subprocess
from shutil import which

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from ice_client.key_encryption import ROUNDS, SALT_BYTES, encrypted_der
from ice_client.private_key_files import UnsafeUnencrypted, opened_file, pem_bytes
from tests.builders.keys import private_key

PRIVATE = private_key()
PLAIN = PRIVATE.private_bytes(
    serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)


def test_the_parameters_are_those_of_the_page() -> None:
    """PBES2, PBKDF2, the salt, 600,000 rounds, HMAC-SHA-256 and AES-256-CBC, in DER."""
    der = encrypted_der(PLAIN, b"correct horse", random_bytes=lambda count: b"\x11" * count)
    derivation = "06092a864886f70d01050c" + "3025" + "0410" + "11" * 16 + "0203" + "0927c0" + "300c"
    parameters = "06092a864886f70d01050d" + "3053" + "3032" + derivation + "06082a864886f70d0209" + "0500"

    assert (600_000, 16) == (ROUNDS, SALT_BYTES)
    assert bytes.fromhex(parameters + "301d" + "060960864801650304012a" + "0410" + "11" * 16) in der
    assert "3081a4" + "3060" == der[:5].hex()


def test_each_encryption_has_a_salt_of_its_own() -> None:
    first, second = (encrypted_der(PLAIN, b"correct horse") for _ in range(2))

    assert first != second


@given(passphrase=st.binary(min_size=1, max_size=1023))
@settings(max_examples=5, deadline=None)
def test_a_private_key_is_the_same_after_a_passphrase(passphrase: bytes) -> None:
    opened = opened_file(pem_bytes(PRIVATE, passphrase), name="k", where="k.pem", passphrase=passphrase)

    assert PRIVATE.private_bytes_raw() == opened.private_bytes_raw()


def test_a_key_that_was_written_with_fewer_rounds_still_opens() -> None:
    """What `cryptography` writes: the parameters stand in the file."""
    older = PRIVATE.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )

    opened = opened_file(older, name="k", where="k.pem", passphrase=b"x")

    assert PRIVATE.private_bytes_raw() == opened.private_bytes_raw()


@pytest.mark.skipif(which("openssl") is None, reason="openssl is not on this machine")
@pytest.mark.parametrize("passphrase", [b"correct horse", UnsafeUnencrypted()], ids=["encrypted", "unencrypted"])
def test_openssl_opens_it(passphrase: bytes | UnsafeUnencrypted) -> None:
    command = ["openssl", "pkey", "-passin", "pass:correct horse", "-pubout", "-outform", "DER"]

    public = subprocess.run(command, input=pem_bytes(PRIVATE, passphrase), capture_output=True, check=True).stdout

    assert PRIVATE.public_key().public_bytes_raw() == public[-32:]
