"""Private keys: makes ed25519 keys and opens them.

A private key lies in `keys/private/<public_key_id>.pem` as PKCS#8, encrypted unless `UnsafeUnencrypted` was asked for;
its public record lies in the key-store beside it, so that its owner trusts their own bundles. Nothing here replaces a
key: a key that is overwritten is a publisher's name that is lost.
"""

import difflib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ice_client.key_writing import (
    alone_with_keys,
    checked_record,
    key_exists,
    private_path,
    record_path,
    refuse_id,
    write_key_file,
)
from ice_client.private_key_files import (
    MAX_PEM_BYTES,
    PASSPHRASE_VARIABLE,
    UnsafeUnencrypted,
    is_encrypted_file,
    opened_file,
    pem_bytes,
    read_private_file,
    refuse_passphrase,
)
from ice_core.errors import IceError, Location
from ice_core.home import Home, read_regular_file, refuse_if_others_can_write, write_atomically
from ice_core.key_store import KeyRecord
from ice_core.names import PUBLIC_KEY_ID_PATTERN
from ice_core.signing import PublicKey


def passphrase_from(
    environ: Mapping[str, str], *, variable: str = PASSPHRASE_VARIABLE, prompt: Callable[[], str] | None = None
) -> bytes | None:
    """The passphrase of the variable, else of the prompt, else none; an empty one is none."""
    text = environ.get(variable) or (prompt() if prompt is not None else "")
    return text.encode("utf-8") or None


def create_key(
    home: Home,
    public_key_id: str,
    *,
    passphrase: bytes | UnsafeUnencrypted,
    namespaces: Sequence[str],
    now: datetime,
    comment: str = "",
) -> KeyRecord:
    """Makes a key pair; the private half goes to `keys/private/` (0600), the public record into the key-store.

    Args:
        home: The home folder; `keys/` is made with mode 0700.
        public_key_id: What manifests will call the key.
        passphrase: Encrypts the private key (PKCS#8, PBES2).
        namespaces: The packages that the key may sign, as in `acme-*`.
        now: When the key becomes valid.
        comment: For people.

    Raises:
        IceError: `key-id-invalid`, `key-exists`, `key-file-invalid`, `passphrase-unusable` or
            `home-writable-by-others`.
    """
    refuse_id(public_key_id)
    if isinstance(passphrase, bytes):
        refuse_passphrase(passphrase)
    if os.path.lexists(record_path(home, public_key_id)):
        raise key_exists(record_path(home, public_key_id), public_key_id)

    def record_of(private: Ed25519PrivateKey) -> KeyRecord:
        return KeyRecord(
            public_key_id=public_key_id,
            key=PublicKey.from_raw(private.public_key().public_bytes_raw()),
            namespaces=tuple(namespaces),
            not_before=now.replace(microsecond=0),
            comment=comment,
        )

    made = Ed25519PrivateKey.generate()
    checked_record(record_of(made))
    with alone_with_keys(home):
        # The private half first: a record whose key was never kept would be trusted for nothing.
        record = record_of(made_or_left(home, public_key_id, made, passphrase))
        write_key_file(record_path(home, public_key_id), checked_record(record), public_key_id)
    return record


def made_or_left(
    home: Home, public_key_id: str, made: Ed25519PrivateKey, passphrase: bytes | UnsafeUnencrypted
) -> Ed25519PrivateKey:
    """Writes a private half; the one that a kill left behind before its record was written is taken up instead.

    Raises:
        IceError: `key-exists` when one is there that this passphrase does not open.
    """
    path = private_path(home, public_key_id)
    if not os.path.lexists(path):
        write_key_file(path, pem_bytes(made, passphrase), public_key_id)
        return made
    try:
        words = passphrase if isinstance(passphrase, bytes) else None
        if is_encrypted(home, public_key_id) != (words is not None):
            raise key_exists(path, public_key_id)
        return load_private_key(home, public_key_id, passphrase=words)
    except IceError as error:
        if error.slug != "passphrase-wrong":
            raise
        raise key_exists(path, public_key_id) from error


def is_encrypted(home: Home, public_key_id: str) -> bool:
    """Whether there is such a private key here that only a passphrase opens."""
    path = private_path(home, public_key_id)
    if re.fullmatch(PUBLIC_KEY_ID_PATTERN, public_key_id, re.ASCII) is None or not os.path.lexists(path):
        return False
    return is_encrypted_file(read_regular_file(path, max_bytes=MAX_PEM_BYTES))


def load_private_key(home: Home, public_key_id: str, *, passphrase: bytes | None) -> Ed25519PrivateKey:
    """Opens a private key of this home.

    Raises:
        IceError: `key-id-invalid`, `private-key-missing`, `private-key-exposed`, `private-key-invalid`,
            `passphrase-missing`, `passphrase-wrong`, `home-writable-by-others` or `file-not-regular`.
    """
    refuse_id(public_key_id)
    path = private_path(home, public_key_id)
    if not os.path.lexists(path):
        raise private_missing(home, public_key_id)
    for folder in (home.root, home.keys, path.parent, path):
        refuse_if_others_can_write(folder)
    return opened_file(read_private_file(path), name=public_key_id, where=str(path), passphrase=passphrase)


def private_missing(home: Home, public_key_id: str) -> IceError:
    """The refusal of a private key that this home does not have, with those that it has."""
    folder = home.keys / "private"
    known = sorted(path.stem for path in folder.glob("*.pem")) if folder.is_dir() else []
    near = difflib.get_close_matches(public_key_id, known, n=1)
    return IceError(
        "private-key-missing",
        f"the private key `{public_key_id}` is not on this machine",
        where=Location(str(folder)),
        detail=("Private keys here:", *(f"  {name}" for name in known)) if known else (),
        hints=(
            *(f"`{name}` is here; did you mean that?" for name in near),
            f"To make it, run `ice keys new {public_key_id}`",
        ),
        details={"known": list(known)},
    )


def change_passphrase(
    home: Home, public_key_id: str, private: Ed25519PrivateKey, *, to: bytes | UnsafeUnencrypted
) -> None:
    """Writes a private key of this home anew under another passphrase: the old file stays until the new one is whole.

    Args:
        home: The home folder.
        public_key_id: The key.
        private: The key itself, as `load_private_key` opened it.
        to: Opens it from then on.

    Raises:
        IceError: `key-id-invalid`, `passphrase-unusable` or `file-not-written`.
    """
    refuse_id(public_key_id)
    words = to if isinstance(to, bytes) else None
    if words is not None:
        refuse_passphrase(words)
    path = private_path(home, public_key_id)
    data = pem_bytes(private, to)
    # A file that does not open again would be a lost key.
    opened_file(data, name=public_key_id, where=str(path), passphrase=words)
    with alone_with_keys(home):
        write_atomically(path, data, mode=0o600)
