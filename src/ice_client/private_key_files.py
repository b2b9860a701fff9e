"""Files of private keys: one PEM block of PKCS#8, read without following links and only if nobody else can.

White space around the block and at the ends of its lines is no difference; anything else around it could make two
readers take two keys from one file, and is refused: a byte order mark, a second block, words before or behind.
"""

import base64
import binascii
import os
import stat
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ice_client.key_encryption import encrypted_der
from ice_core.errors import IceError, Location
from ice_core.home import read_regular_file, refuse_if_others_can_write

PASSPHRASE_VARIABLE: Final = "ICEOS_KEY_PASSPHRASE"
NEW_PASSPHRASE_VARIABLE: Final = "ICEOS_NEW_KEY_PASSPHRASE"
MAX_PEM_BYTES: Final = 16 * 1024
MAX_PASSPHRASE_BYTES: Final = 1023  # what OpenSSL takes
# NIST SP 800-63B-4, 3.1.1.2: 15 for a password that stands alone, 8 beside another factor. Who guesses this one has to
# have the file as well, and can then guess as fast as 600,000 rounds let him.
MIN_PASSPHRASE_CHARACTERS: Final = 12

_PLAIN: Final = "PRIVATE KEY"
_ENCRYPTED: Final = "ENCRYPTED PRIVATE KEY"
_BLANKS: Final = " \t\r\n"
_BYTE_ORDER_MARK: Final = "\ufeff"


class UnsafeUnencrypted:
    """Given in place of a passphrase: the private key is written so that who reads the file has the key."""


def pem_bytes(private: Ed25519PrivateKey, passphrase: bytes | UnsafeUnencrypted) -> bytes:
    """The file of a private key."""
    plain = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    if isinstance(passphrase, bytes):
        return _block(_ENCRYPTED, encrypted_der(plain, passphrase))
    return _block(_PLAIN, plain)


def read_private_file(path: Path) -> bytes:
    """The bytes of a private key's file; who owns it and who can reach it is asked of the very file that is read.

    Raises:
        IceError: `home-writable-by-others`, `private-key-exposed`, `file-missing`, `file-not-regular` or
            `file-too-large`.
    """
    return read_regular_file(path, max_bytes=MAX_PEM_BYTES, inspect=lambda status: refuse_reachable(path, status))


def refuse_reachable(path: Path, status: os.stat_result) -> None:
    """Refuses a private key's file that somebody else owns, can write or can read.

    Raises:
        IceError: `home-writable-by-others` or `private-key-exposed`.
    """
    refuse_if_others_can_write(path, lstat=lambda _: status)
    refuse_exposed(path, status)


def is_encrypted_file(data: bytes) -> bool:
    """Whether these bytes are a private key that only a passphrase opens."""
    return data.lstrip(_BLANKS.encode()).startswith(f"-----BEGIN {_ENCRYPTED}-----".encode())


def opened_file(data: bytes, *, name: str, where: str, passphrase: bytes | None) -> Ed25519PrivateKey:
    """The private key that a file holds.

    Args:
        data: The file's bytes.
        name: What to call the key in messages.
        where: The file.
        passphrase: Opens an encrypted one; for another it is not used.

    Raises:
        IceError: `private-key-invalid`, `passphrase-missing` or `passphrase-wrong`.
    """
    label, der = _read_block(data, where=where)
    encrypted = label == _ENCRYPTED
    if encrypted and passphrase is None:
        raise IceError(
            "passphrase-missing",
            f"the private key `{name}` is encrypted, and no passphrase was given",
            where=Location(where),
            hints=(f"Set `{PASSPHRASE_VARIABLE}`, or run the command in a terminal to be asked",),
        )
    try:
        private = serialization.load_der_private_key(der, passphrase if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if encrypted:
            raise _wrong_passphrase(name, where) from error
        raise _not_a_key(where, "bytes that are no private key") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise _not_a_key(where, "a private key of another kind")
    return private


def refuse_passphrase(passphrase: bytes) -> None:
    """Refuses a passphrase that a new or changed private key should not have; one that opens a key is not judged.

    Raises:
        IceError: `passphrase-too-short` or `passphrase-unusable`.
    """
    if len(passphrase) > MAX_PASSPHRASE_BYTES:
        raise IceError(
            "passphrase-unusable",
            "a private key cannot be encrypted with this passphrase",
            expected=f"at most {MAX_PASSPHRASE_BYTES} bytes",
            found=f"{len(passphrase)} bytes",
            note="Nothing was written.",
            hints=("Choose a shorter one, as six words are",),
        )
    characters = len(passphrase.decode("utf-8", errors="replace"))
    if characters < MIN_PASSPHRASE_CHARACTERS:
        raise IceError(
            "passphrase-too-short",
            "this passphrase is too short for a private key",
            expected=f"at least {MIN_PASSPHRASE_CHARACTERS} characters",
            found=f"{characters} character{'' if characters == 1 else 's'}",
            note="Who copies the file can try passphrases as long as he likes. Nothing was written.",
            hints=("Take four words or more that do not belong together, or let a password manager make one",),
        )


def refuse_exposed(path: Path, status: os.stat_result) -> None:
    """Refuses a private key's file that others can read.

    Raises:
        IceError: `private-key-exposed`.
    """
    if status.st_mode & (stat.S_IRGRP | stat.S_IROTH):
        raise IceError(
            "private-key-exposed",
            f"`{path}` can be read by others",
            where=Location(str(path)),
            expected="a private key that you alone can read",
            found=stat.filemode(status.st_mode),
            note="Whoever could read it may have copied it. It was not used.",
            hints=(f"If nobody else could reach the folder, run `chmod 600 {path}`",),
        )


def _block(label: str, der: bytes) -> bytes:
    text = base64.b64encode(der).decode("ascii")
    lines = [text[index : index + 64] for index in range(0, len(text), 64)]
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")).encode("ascii")


def _read_block(data: bytes, *, where: str) -> tuple[str, bytes]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_a_key(where, "bytes that are no text") from error
    if text.startswith(_BYTE_ORDER_MARK):
        raise _not_a_key(where, "a byte order mark before the first line")
    lines = [line.strip(_BLANKS) for line in text.strip(_BLANKS).split("\n")]
    label = next((each for each in (_PLAIN, _ENCRYPTED) if lines[0] == f"-----BEGIN {each}-----"), None)
    if label is None:
        raise _not_a_key(where, "a first line that begins no such block")
    if lines[-1] != f"-----END {label}-----":
        raise _not_a_key(where, "a last line that does not end the block")
    try:
        return label, base64.b64decode("".join(lines[1:-1]), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _not_a_key(where, "lines between the first and the last that are not base64") from error


def _wrong_passphrase(name: str, where: str) -> IceError:
    return IceError(
        "passphrase-wrong",
        f"this passphrase does not open the private key `{name}`",
        where=Location(where),
        hints=(f"Set `{PASSPHRASE_VARIABLE}` to the passphrase that the key was made with",),
    )


def _not_a_key(where: str, found: str) -> IceError:
    return IceError(
        "private-key-invalid",
        f"`{where}` does not hold an ed25519 private key",
        where=Location(where),
        expected="one PEM block `PRIVATE KEY` or `ENCRYPTED PRIVATE KEY`, PKCS#8, as `ice keys new` writes it",
        found=found,
        hints=("Put the file back from your copy, or make another key with `ice keys new ID`",),
    )
