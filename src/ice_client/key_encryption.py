"""Private keys under a passphrase: PKCS#8's EncryptedPrivateKeyInfo with PBES2 (RFC 8018), as OpenSSL reads it.

PBKDF2 with HMAC-SHA-256, 600,000 rounds and 16 random bytes of salt gives the key of AES-256-CBC. The parameters stand
in the file, so that a file with others opens too. `cryptography` reads them all and writes 2,048 rounds, with which
guessing a passphrase costs a three-hundredth; the few lines of DER that set the number are here.
"""

import os
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

ROUNDS: Final = 600_000
SALT_BYTES: Final = 16
_BLOCK_BYTES: Final = 16

_SEQUENCE: Final = 0x30
_INTEGER: Final = 0x02
_OCTETS: Final = 0x04
# Object identifiers and NULL in DER, tags included; RFC 8018 A and C, RFC 3565 4.1.
_PBES2: Final = bytes.fromhex("06092a864886f70d01050d")
_PBKDF2: Final = bytes.fromhex("06092a864886f70d01050c")
_HMAC_SHA256: Final = bytes.fromhex("06082a864886f70d0209")
_AES_256_CBC: Final = bytes.fromhex("060960864801650304012a")
_NULL: Final = b"\x05\x00"


def encrypted_der(
    private_key_info: bytes, passphrase: bytes, *, random_bytes: Callable[[int], bytes] = os.urandom
) -> bytes:
    """The EncryptedPrivateKeyInfo of a PrivateKeyInfo, both in DER."""
    salt, vector = random_bytes(SALT_BYTES), random_bytes(_BLOCK_BYTES)
    key = PBKDF2HMAC(hashes.SHA256(), length=32, salt=salt, iterations=ROUNDS).derive(passphrase)
    padder = padding.PKCS7(_BLOCK_BYTES * 8).padder()
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(vector)).encryptor()
    padded = padder.update(private_key_info) + padder.finalize()
    encrypted = encryptor.update(padded) + encryptor.finalize()
    derivation = _sequence(
        _PBKDF2, _sequence(_of(_OCTETS, salt), _of(_INTEGER, _unsigned(ROUNDS)), _sequence(_HMAC_SHA256, _NULL))
    )
    cipher = _sequence(_AES_256_CBC, _of(_OCTETS, vector))
    return _sequence(_sequence(_PBES2, _sequence(derivation, cipher)), _of(_OCTETS, encrypted))


def _sequence(*members: bytes) -> bytes:
    return _of(_SEQUENCE, b"".join(members))


def _of(tag: int, content: bytes) -> bytes:
    # X.690 8.1.3: lengths up to 127 in one byte, others behind the number of their bytes.
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + content


def _unsigned(number: int) -> bytes:
    # One bit more than the number has, so that it is not read as negative.
    return number.to_bytes(number.bit_length() // 8 + 1, "big")
