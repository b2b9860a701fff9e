"""`ice keys trust`: a publisher's key is trusted by its fingerprint, wherever the key itself came from."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from ice_cli import output
from ice_cli.files import read_named
from ice_cli.key_view import key_row, packages_text, validity
from ice_cli.options import INDEX_VARIABLE, index_option
from ice_client.index_location import open_index
from ice_client.key_rotation import accept_rotations
from ice_client.trusted_keys import KeyListing, key_record, list_keys, trust_key
from ice_core.clock import judged_time
from ice_core.errors import IceError
from ice_core.home import Home, read_regular_file
from ice_core.key_store import MAX_KEY_FILE_BYTES, KeyRecord


@click.command("trust")
@click.argument("public_key_id", metavar="[ID]", required=False)
@click.option("--fingerprint", metavar="SHA256", help="What the publisher said, by another way.")
@click.option("--key", metavar="FILE|TEXT", help="The key file, or the public key in base64.")
@click.option(
    "--rotation",
    "rotations",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The record by which a key that is trusted here hands over.",
)
@index_option
@click.option("--package", "packages", multiple=True, metavar="PATTERN", help="Packages it may sign, as in 'acme-*'.")
@output.json_option
def trust_command(
    public_key_id: str | None,
    *,
    fingerprint: str | None,
    key: str | None,
    rotations: tuple[Path, ...],
    index: str | None,
    packages: tuple[str, ...],
    as_json: bool,
) -> None:
    """Trust the publisher's key ID, if it has the fingerprint.

    The key comes from --key, or from the index where the publisher's bundles
    are. The fingerprint should have come by another way: who can forge one
    cannot forge the other.

    --rotation instead takes a record that a key trusted here has signed: the key
    that follows is trusted for the same packages, and the old one ends.

    \b
    Example: ice keys trust acme-2026 --fingerprint sha256:… --index ./market
    """
    home = Home.from_environment(os.environ)
    now = judged_time(home, datetime.now(UTC))
    if rotations:
        if public_key_id or fingerprint or key or index or packages:
            raise output.usage_error(
                "`ice keys trust --rotation` takes everything from the record, and nothing else beside it",
                hints=tuple(f"Run `ice keys trust --rotation {file}`" for file in rotations[:1]),
            )
        _accept(home, rotations, now, as_json=as_json)
        return
    if not public_key_id or not fingerprint:
        raise output.usage_error(
            "`ice keys trust` needs the key's ID and `--fingerprint`, or `--rotation`",
            hints=(
                "With a fingerprint from the publisher: `ice keys trust ID --fingerprint <sha256> --key FILE`",
                "After a rotation: `ice keys trust --rotation FILE`",
            ),
        )
    found = _record(public_key_id, key, index, packages)
    record = trust_key(home, found, fingerprint=fingerprint)
    if as_json:
        output.data(key_row(KeyListing(record=record, private=None, encrypted=False), now=now))
        return
    output.say(f"Trusted `{public_key_id}`: it may sign {packages_text(record)}.")


def _accept(home: Home, files: tuple[Path, ...], now: datetime, *, as_json: bool) -> None:
    hints = ("The publisher writes the file with `ice keys rotate ID --output FILE`",)
    records = [(read_named(file, max_bytes=MAX_KEY_FILE_BYTES, hints=hints), str(file)) for file in files]
    accepted = accept_rotations(home, records, now=now)
    if as_json:
        rows = {listing.record.public_key_id: key_row(listing, now=now) for listing in list_keys(home)}
        output.data([{"predecessor": rows[old], "successor": rows[new]} for old, new in _ids(accepted)])
        return
    for old, new in accepted:
        output.say(
            f"Trusted `{new.public_key_id}`, which follows `{old.public_key_id}`: it may sign {packages_text(new)}."
        )
        output.say(f"`{old.public_key_id}`: {validity(old, now=now)}; what it signed before stays valid.")


def _ids(accepted: Sequence[tuple[KeyRecord, KeyRecord]]) -> list[tuple[str, str]]:
    return [(old.public_key_id, new.public_key_id) for old, new in accepted]


def _record(public_key_id: str, key: str | None, index: str | None, packages: tuple[str, ...]) -> KeyRecord:
    if key is not None and index is not None:
        raise output.usage_error(
            "`ice keys trust`: `--key` and `--index` both say where the key comes from",
            hints=("Give one of them",),
        )
    if key is not None:
        where = "--key" if _is_text(key) else key
        return _of(_key_bytes(key), where, public_key_id, packages)
    # Only a key that nobody gave is looked up where the environment says.
    location = index or os.environ.get(INDEX_VARIABLE)
    if not location:
        raise output.usage_error(
            "`ice keys trust`: neither `--key` nor `--index` says where the key comes from",
            hints=(
                f"With the key's file: `ice keys trust {public_key_id} --fingerprint <sha256> --key FILE`",
                f"From an index: `ice keys trust {public_key_id} --fingerprint <sha256> --index <folder>`",
            ),
        )
    data = open_index(location).publisher_key(public_key_id)
    return _of(data, f"{location}/keys/{public_key_id}.json", public_key_id, packages)


def _of(data: bytes, where: str, public_key_id: str, packages: tuple[str, ...]) -> KeyRecord:
    return key_record(data, where=where, public_key_id=public_key_id, namespaces=packages)


def _key_bytes(key: str) -> bytes:
    if _is_text(key):
        return key.encode("ascii")
    try:
        return read_regular_file(Path(key), max_bytes=MAX_KEY_FILE_BYTES)
    except IceError as error:
        if error.slug != "file-missing":
            raise
        raise IceError(
            "file-missing",
            f"`{key}` is neither a file nor a public key",
            where=error.where,
            expected="a key file, as `ice keys export ID` writes it, or 44 characters of base64",
            hints=("The publisher writes the file with `ice keys export ID --output FILE`",),
        ) from error


def _is_text(key: str) -> bool:
    # Base64 of 32 bytes: 44 characters that end in one equals sign.
    return len(key) == 44 and key.endswith("=") and not Path(key).exists()
