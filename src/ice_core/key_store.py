"""The key-store: from a `public_key_id` to the key, the packages that it may sign, its validity and its revocation.

A `public_key_id` in a manifest is a hint: what decides is the record found here. Validity is judged at the time a
signature was first seen by a marketplace or a lock, so that an expired key does not kill what it signed, while
something first seen after the expiry is refused. A revoked key is refused whenever its signature was first seen: the
thief may have had it for long. To retire a key without killing what it signed, give it a `not_after`.
"""

import difflib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name

from ice_core.canonical import printed_bytes
from ice_core.errors import IceError, Location
from ice_core.home import read_regular_file, refuse_if_others_can_write
from ice_core.models.key import parse_key_file
from ice_core.signing import PublicKey
from ice_core.strict_json import JsonObject, parse_json, printable

MAX_KEY_FILE_BYTES: Final = 16 * 1024
_INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyRecord:
    """One trusted key.

    Attributes:
        public_key_id: What manifests call it.
        key: The key itself.
        namespaces: The packages that it may sign: names in normalised form (PEP 503), `acme-*` or `*`.
        not_before: The first instant at which a signature may have been first seen (inclusive), with a time zone.
        not_after: The last such instant (inclusive).
        successor: The id of the key that it handed over to, if it did.
        revoked: When it was revoked, if it was, and `revoked_reason` why.
        comment: For people.
    """

    public_key_id: str
    key: PublicKey
    namespaces: tuple[str, ...]
    not_before: datetime | None = None
    not_after: datetime | None = None
    successor: str | None = None
    revoked: datetime | None = None
    revoked_reason: str = ""
    comment: str = ""


class KeyStore:
    """The trusted keys, each once."""

    __slots__ = ("_records", "where")

    def __init__(self, records: Sequence[KeyRecord], *, where: str) -> None:
        """A store of these records; `where` names its origin in messages.

        Raises:
            IceError: `key-duplicate` if one key has two ids or one id two keys.
        """
        self.where = where
        self._records = {record.public_key_id: record for record in records}
        by_key: dict[PublicKey, str] = {}
        for record in records:
            other = by_key.setdefault(record.key, record.public_key_id)
            if other != record.public_key_id or len(self._records) != len(records):
                raise IceError(
                    "key-duplicate",
                    f"`{record.public_key_id}` and `{other}` are one key or one id twice",
                    where=Location(where),
                    expected="each key under one id, so that revoking the id revokes the key",
                    found=f"{record.key.fingerprint} twice",
                    hints=(f"To keep one, delete `{record.public_key_id}.json` or `{other}.json`",),
                )

    @classmethod
    def read(cls, folder: Path) -> "KeyStore":
        """The key files of a folder; a missing folder is an empty store.

        Only `*.json` directly inside is read; folders below (private keys) are not entered.

        Raises:
            IceError: `home-writable-by-others`, `file-not-regular`, `file-too-large`, `key-file-invalid`,
                `key-malformed`, `key-low-order`, `key-duplicate` or a slug of `strict_json`.
        """
        if not os.path.lexists(folder):
            return cls((), where=str(folder))
        refuse_if_others_can_write(folder)
        return cls(tuple(_read_folder(folder)), where=str(folder))

    @property
    def records(self) -> tuple[KeyRecord, ...]:
        """All records, sorted by id."""
        return tuple(self._records[name] for name in sorted(self._records))

    def get(self, public_key_id: str) -> KeyRecord:
        """The record with this id.

        Raises:
            IceError: `key-unknown`, with the known keys in its detail.
        """
        record = self._records.get(public_key_id)
        if record is not None:
            return record
        shown = printable(public_key_id)
        near = difflib.get_close_matches(public_key_id, self._records, n=3)
        raise IceError(
            "key-unknown",
            f"`{shown}` is not in the key-store",
            where=Location(self.where),
            detail=("Known keys:", *(f"  {_described(known)}" for known in self.records)) if self._records else (),
            note=None if self._records else "The key-store is empty.",
            hints=(
                *(f"`{name}` is in the key-store; did you mean that?" for name in near),
                f"Get the fingerprint from the publisher, then run "
                f"`ice keys trust {shown} --fingerprint <sha256> --index <folder>`",
            ),
            details={"public_key_id": public_key_id, "known": [*sorted(self._records)]},
        )

    def refuse_invalid(self, record: KeyRecord, *, first_seen: datetime) -> None:
        """Returns if the key could sign what was first seen at that instant (with a time zone), whatever it is.

        Raises:
            IceError: `key-revoked`, `key-not-yet-valid` or `key-expired`.
        """
        if record.revoked is not None:
            raise self._refusal(
                record,
                "key-revoked",
                f"`{record.public_key_id}` was revoked",
                expected="a key that is not revoked",
                found=f"revoked {instant_text(record.revoked)}"
                + (f": {record.revoked_reason}" if record.revoked_reason else ""),
                note="What a revoked key signed is refused whenever it was signed: its thief may have had it for long.",
            )
        if record.not_before is not None and first_seen < record.not_before:
            raise self._refusal(
                record,
                "key-not-yet-valid",
                f"`{record.public_key_id}` was not yet valid when this was first seen",
                expected=f"first seen from {instant_text(record.not_before)} on",
                found=f"first seen {instant_text(first_seen)}",
            )
        if record.not_after is not None and first_seen > record.not_after:
            raise self._refusal(
                record,
                "key-expired",
                f"`{record.public_key_id}` had expired when this was first seen",
                expected=f"first seen until {instant_text(record.not_after)}",
                found=f"first seen {instant_text(first_seen)}",
                note="What was first seen before the expiry, by a marketplace or a lock, stays valid.",
            )

    def authorise(self, record: KeyRecord, *, package: str | None, first_seen: datetime) -> None:
        """Returns if the key may have signed this package, first seen at that instant (with a time zone).

        A manifest that names no package can claim components of anyone: only a key for `*` may sign it.

        Raises:
            IceError: `key-revoked`, `key-not-yet-valid`, `key-expired` or `key-namespace`.
        """
        self.refuse_invalid(record, first_seen=first_seen)
        if not any(_covers(pattern, package) for pattern in record.namespaces):
            signed = f"`{printable(package)}`" if package is not None else "a manifest that names no package"
            raise self._refusal(
                record,
                "key-namespace",
                f"`{record.public_key_id}` may not sign {signed}",
                expected="a package among " + ", ".join(record.namespaces),
                found=printable(package) if package is not None else "no package",
            )

    def _refusal(
        self, record: KeyRecord, slug: str, message: str, *, expected: str, found: str, note: str | None = None
    ) -> IceError:
        name = record.public_key_id
        later = record.successor if slug in ("key-revoked", "key-expired") else None
        return IceError(
            slug, message, where=Location(self.where), expected=expected, found=found, note=note,
            hints=(
                *((f"`{later}` follows `{name}`; ask the publisher for a version signed with it",) if later else ()),
                f"To see what `{name}` may sign, and until when, run `ice keys show {name}`",
            ),
            details={"public_key_id": name},
        )  # fmt: skip


def authority_evidence(record: KeyRecord, *, first_seen: datetime) -> JsonObject:
    """What `KeyStore.authorise` judged by."""
    return {
        "may sign": list(record.namespaces),
        "valid from": instant_text(record.not_before) if record.not_before is not None else None,
        "valid until": instant_text(record.not_after) if record.not_after is not None else None,
        "first seen": instant_text(first_seen),
    }


def record_bytes(record: KeyRecord) -> bytes:
    """The key file of a record; what `parse_record` reads back. Times are written to the second."""
    value: JsonObject = {
        "public_key_id": record.public_key_id,
        "public_key": str(record.key),
        "namespaces": list(record.namespaces),
    }
    for name, instant in (
        ("not_before", record.not_before),
        ("not_after", record.not_after),
        ("revoked", record.revoked),
    ):
        if instant is not None:
            value[name] = instant_text(instant)
    texts = (("successor", record.successor), ("revoked_reason", record.revoked_reason), ("comment", record.comment))
    value.update({name: text for name, text in texts if text})
    return printed_bytes(value)


def parse_record(data: bytes, *, where: str) -> KeyRecord:
    """The record that a key file holds.

    Raises:
        IceError: `key-file-invalid`, `key-malformed`, `key-low-order` or a slug of `strict_json`.
    """
    file = parse_key_file(parse_json(data, where=where, max_bytes=MAX_KEY_FILE_BYTES), where=where)
    return KeyRecord(
        public_key_id=file.public_key_id,
        key=PublicKey.parse(file.public_key, where=where),
        namespaces=file.namespaces,
        not_before=_parsed(file.not_before),
        not_after=_parsed(file.not_after),
        successor=file.successor,
        revoked=_parsed(file.revoked),
        revoked_reason=file.revoked_reason,
        comment=file.comment,
    )


def _read_folder(folder: Path) -> Iterator[KeyRecord]:
    try:
        names = sorted(os.listdir(folder))
    except NotADirectoryError as error:
        raise IceError(
            "file-not-regular",
            f"`{folder}` is not a folder",
            where=Location(str(folder)),
            expected="a folder of key files",
            found="a file",
            hints=(f"To see what it is, run `ls -l {folder}`; once it is out of the way, trust your keys anew",),
        ) from error
    for name in names:
        # A temporary file of an interrupted write starts with a dot.
        if not name.endswith(".json") or name.startswith("."):
            continue
        path = folder / name
        refuse_if_others_can_write(path)
        record = parse_record(read_regular_file(path, max_bytes=MAX_KEY_FILE_BYTES), where=str(path))
        if name != f"{record.public_key_id}.json":
            raise IceError(
                "key-file-invalid",
                f"`{path}` holds the key `{record.public_key_id}`",
                where=Location(str(path), path="public_key_id"),
                expected=name.removesuffix(".json"),
                found=record.public_key_id,
                hints=(f"To name the file after its key, run `mv {path} {folder}/{record.public_key_id}.json`",),
            )
        yield record


def _covers(pattern: str, package: str | None) -> bool:
    if pattern == "*":
        return True
    if package is None:
        return False
    name = canonicalize_name(package)
    return name.startswith(pattern.removesuffix("*")) if pattern.endswith("-*") else name == pattern


def _described(record: KeyRecord) -> str:
    if record.revoked is not None:
        return f"{record.public_key_id}  revoked {record.revoked:%Y-%m-%d}"
    if record.not_after is not None:
        return f"{record.public_key_id}  valid until {record.not_after:%Y-%m-%d}"
    return record.public_key_id


def instant_text(moment: datetime) -> str:
    """An instant as key files and messages write it."""
    return moment.astimezone(UTC).strftime(_INSTANT)


def _parsed(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None
