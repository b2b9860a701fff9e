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
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

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
from ice_core.home import Home, make_folder, read_regular_file, refuse_if_others_can_write, sync_folder, write_new
from ice_core.key_store import KeyRecord, parse_record, record_bytes
from ice_core.names import PUBLIC_KEY_ID_PATTERN
from ice_core.signing import PublicKey


def passphrase_from(environ: Mapping[str, str], *, prompt: Callable[[], str] | None = None) -> bytes | None:
    """The passphrase of `$ICEOS_KEY_PASSPHRASE`, else of the prompt, else none; an empty one is none."""
    text = environ.get(PASSPHRASE_VARIABLE) or (prompt() if prompt is not None else "")
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
    private = Ed25519PrivateKey.generate()
    record = KeyRecord(
        public_key_id=public_key_id,
        key=PublicKey.from_raw(private.public_key().public_bytes_raw()),
        namespaces=tuple(namespaces),
        not_before=now.replace(microsecond=0),
        comment=comment,
    )
    record_file = checked_record(record)
    pem_path = private_path(home, public_key_id)
    make_key_folders(home)
    if os.path.lexists(record_path(home, public_key_id)):
        raise key_exists(record_path(home, public_key_id), public_key_id)
    # The private half first: a record whose key was never kept would be trusted for nothing.
    write_key_file(pem_path, pem_bytes(private, passphrase), public_key_id)
    write_key_file(record_path(home, public_key_id), record_file, public_key_id)
    return record


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
        raise _private_missing(home, public_key_id)
    for folder in (home.root, home.keys, path.parent, path):
        refuse_if_others_can_write(folder)
    return opened_file(read_private_file(path), name=public_key_id, where=str(path), passphrase=passphrase)


def checked_record(record: KeyRecord) -> bytes:
    """The key file of a record, once the key-store would read it back."""
    data = record_bytes(record)
    parse_record(data, where=f"{record.public_key_id}.json")
    return data


def record_path(home: Home, public_key_id: str) -> Path:
    """Where the key-store keeps the public record of a key."""
    return home.keys / f"{public_key_id}.json"


def private_path(home: Home, public_key_id: str) -> Path:
    """Where the private half of a key lies, if it is on this machine."""
    return home.keys / "private" / f"{public_key_id}.pem"


def make_key_folders(home: Home) -> None:
    """Makes `keys/` and `keys/private/` with mode 0700; raises `home-writable-by-others`."""
    make_folder(home.root)
    refuse_if_others_can_write(home.root)
    for folder in (home.keys, home.keys / "private"):
        folder.mkdir(exist_ok=True, mode=0o700)
        refuse_if_others_can_write(folder)
        os.chmod(folder, 0o700)
        sync_folder(folder.parent)


def write_key_file(path: Path, data: bytes, public_key_id: str) -> None:
    """Writes a key file (0600) that must not be there yet; raises `key-exists`."""
    try:
        write_new(path, data, mode=0o600)
    except FileExistsError as error:
        raise key_exists(path, public_key_id) from error


def refuse_id(public_key_id: str) -> None:
    """Raises `key-id-invalid` for what cannot name a key."""
    if re.fullmatch(PUBLIC_KEY_ID_PATTERN, public_key_id, re.ASCII) is None:
        raise IceError(
            "key-id-invalid",
            f"`{public_key_id}` is not a name that a key may have",
            expected="at most 64 of a-z, 0-9, `.`, `_` and `-`, beginning with a letter or digit",
            found=public_key_id,
            hints=("Name the key after who signs and since when, as in `acme-2026`",),
        )


def key_exists(path: Path, public_key_id: str, *, expected: str | None = None, found: str | None = None) -> IceError:
    """The refusal to replace a key; `expected` and `found` are fingerprints, where both are known."""
    return IceError(
        "key-exists",
        f"there is a key `{public_key_id}` already",
        where=Location(str(path)),
        expected=expected,
        found=found,
        note="A key is never replaced: what it signed would lose its signer. Nothing was written.",
        hints=(
            "Give the new key another id, as in `acme-2027`",
            "To see the keys that are there, run `ice keys list`",
        ),
    )


def _private_missing(home: Home, public_key_id: str) -> IceError:
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
