"""The files of the key-store: where each lies, and writes by one process at a time that never replace a key."""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ice_core.errors import IceError, Location
from ice_core.home import Home, make_folder, refuse_if_others_can_write, sync_folder, write_atomically, write_new
from ice_core.key_store import KeyRecord, parse_record, record_bytes
from ice_core.names import PUBLIC_KEY_ID_PATTERN


def record_path(home: Home, public_key_id: str) -> Path:
    """Where the key-store keeps the public record of a key."""
    return home.keys / f"{public_key_id}.json"


def private_path(home: Home, public_key_id: str) -> Path:
    """Where the private half of a key lies, if it is on this machine."""
    return home.keys / "private" / f"{public_key_id}.pem"


@contextmanager
def alone_with_keys(home: Home) -> Iterator[None]:
    """Makes the folders of the key-store and waits until no other process writes there; a kill lets go by itself.

    Without it, a rotation that read a key's record just before a revocation would write it back unrevoked.

    Raises:
        IceError: `home-writable-by-others`.
    """
    _make_key_folders(home)
    descriptor = os.open(home.keys, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def checked_record(record: KeyRecord) -> bytes:
    """The key file of a record, once the key-store would read it back."""
    data = record_bytes(record)
    parse_record(data, where=f"{record.public_key_id}.json")
    return data


def replace_record(home: Home, record: KeyRecord) -> None:
    """Writes a record over the one of the same id: old or new, never half.

    Raises:
        IceError: `key-file-invalid` or `file-not-written`.
    """
    write_atomically(record_path(home, record.public_key_id), checked_record(record), mode=0o600)


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


def _make_key_folders(home: Home) -> None:
    """Makes `keys/` and `keys/private/` with mode 0700; raises `home-writable-by-others`."""
    make_folder(home.root)
    refuse_if_others_can_write(home.root)
    for folder in (home.keys, home.keys / "private"):
        folder.mkdir(exist_ok=True, mode=0o700)
        refuse_if_others_can_write(folder)
        os.chmod(folder, 0o700)
        sync_folder(folder.parent)
