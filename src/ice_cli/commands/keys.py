"""`ice keys`: make a signing key, list the key-store, trust a publisher's key."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from ice_cli import output
from ice_client.signers import PASSPHRASE_VARIABLE, UnsafeUnencrypted, create_key, passphrase_from, private_path
from ice_client.trusted_keys import KeyListing, key_record, list_keys, trust_key
from ice_core.errors import IceError
from ice_core.home import Home, read_regular_file
from ice_core.key_store import MAX_KEY_FILE_BYTES, KeyRecord
from ice_core.signing import PublicKey
from ice_core.strict_json import JsonObject

INSTANT = "%Y-%m-%dT%H:%M:%SZ"


@click.command("new")
@click.argument("public_key_id", metavar="ID")
@click.option("--package", "packages", multiple=True, metavar="PATTERN", help="Packages it may sign, as in 'acme-*'.")
@click.option("--comment", default="", help="A word for people.")
@click.option("--unsafe-unencrypted", is_flag=True, help="Write the private key so that who reads the file has it.")
@output.json_option
def new_key(
    public_key_id: str, *, packages: tuple[str, ...], comment: str, unsafe_unencrypted: bool, as_json: bool
) -> None:
    """Make an ed25519 key called ID and trust it on this machine.

    The private half is written encrypted; the passphrase is asked for, or taken
    from $ICEOS_KEY_PASSPHRASE. Give others the public half and its fingerprint,
    by two different ways.
    """
    home = Home.from_environment(os.environ)
    record = create_key(
        home,
        public_key_id,
        passphrase=_new_passphrase(public_key_id, unsafe=unsafe_unencrypted),
        namespaces=packages or ("*",),
        now=datetime.now(UTC),
        comment=comment,
    )
    private = private_path(home, public_key_id)
    if as_json:
        output.data({**_row(KeyListing(record=record, private=private, encrypted=not unsafe_unencrypted))})
        return
    output.say(f"Made `{public_key_id}`; it may sign {_packages(record)}.")
    output.say(f"The private half is in {private}.")
    output.say("Publishers say their fingerprint aloud; give this line to who should trust you:")
    output.line(_trust_line(record))


def _new_passphrase(public_key_id: str, *, unsafe: bool) -> bytes | UnsafeUnencrypted:
    if unsafe:
        return UnsafeUnencrypted()

    def ask() -> str:
        text: str = click.prompt(
            f"Passphrase for `{public_key_id}`", hide_input=True, confirmation_prompt=True, err=True
        )
        return text

    passphrase = passphrase_from(os.environ, prompt=ask if _can_ask() else None)
    if passphrase is None:
        raise IceError(
            "passphrase-missing",
            f"a passphrase is needed to keep `{public_key_id}` encrypted, and nobody can be asked for one",
            note="Nothing was written.",
            hints=(
                f"Set ${PASSPHRASE_VARIABLE} and run the command again",
                "To keep the key unencrypted all the same, add `--unsafe-unencrypted`",
            ),
        )
    return passphrase


def signing_passphrase(public_key_id: str) -> bytes | None:
    """The passphrase of an existing key: from the environment, else asked for on a terminal, else none."""

    def ask() -> str:
        text: str = click.prompt(f"Passphrase for `{public_key_id}`", hide_input=True, default="", err=True)
        return text

    return passphrase_from(os.environ, prompt=ask if _can_ask() else None)


def _can_ask() -> bool:
    return output.on_terminal() and sys.stdin.isatty()


@click.command("list")
@output.json_option
def list_command(*, as_json: bool) -> None:
    """List the keys that this machine trusts, and whether it can sign with them."""
    home = Home.from_environment(os.environ)
    listings = list_keys(home)
    if as_json:
        output.data([_row(listing) for listing in listings])
        return
    if not listings:
        output.say(f"The key-store {home.keys} is empty. To make a key, run `ice keys new ID`.")
        return
    rows = [("KEY", "SIGNS", "VALID", "PRIVATE HALF", "FINGERPRINT")]
    for text in output.columns([*rows, *(_cells(listing) for listing in listings)]):
        output.line(text)


@click.command("trust")
@click.argument("public_key_id", metavar="ID")
@click.option("--fingerprint", required=True, metavar="SHA256", help="What the publisher said, by another way.")
@click.option("--key", "key", required=True, metavar="FILE|TEXT", help="The key file, or the public key in base64.")
@click.option("--package", "packages", multiple=True, metavar="PATTERN", help="Packages it may sign, as in 'acme-*'.")
@output.json_option
def trust_command(public_key_id: str, *, fingerprint: str, key: str, packages: tuple[str, ...], as_json: bool) -> None:
    """Trust the publisher's key ID, if it has the fingerprint.

    The key and the fingerprint should have come by two different ways: who can
    forge one cannot forge the other.
    """
    home = Home.from_environment(os.environ)
    record = trust_key(
        home,
        key_record(_key_bytes(key), where=_origin(key), public_key_id=public_key_id, namespaces=packages),
        fingerprint=fingerprint,
    )
    if as_json:
        output.data(_row(KeyListing(record=record, private=None, encrypted=False)))
        return
    output.say(f"Trusted `{public_key_id}`: it may sign {_packages(record)}.")


def _key_bytes(key: str) -> bytes:
    if _is_text(key):
        return key.encode("ascii")
    return read_regular_file(Path(key), max_bytes=MAX_KEY_FILE_BYTES)


def _origin(key: str) -> str:
    return "--key" if _is_text(key) else key


def _is_text(key: str) -> bool:
    # Base64 of 32 bytes: 44 characters that end in one equals sign.
    return len(key) == 44 and key.endswith("=") and not Path(key).exists()


def _cells(listing: KeyListing) -> tuple[str, ...]:
    record = listing.record
    private = "no" if listing.private is None else "encrypted" if listing.encrypted else "UNENCRYPTED"
    return (record.public_key_id, ",".join(record.namespaces), _validity(record), private, _fingerprint(record.key))


def _validity(record: KeyRecord) -> str:
    if record.revoked is not None:
        return f"revoked {record.revoked:%Y-%m-%d}"
    since = f"since {record.not_before:%Y-%m-%d}" if record.not_before else "always"
    return f"{since} until {record.not_after:%Y-%m-%d}" if record.not_after else since


def _packages(record: KeyRecord) -> str:
    return "any package" if record.namespaces == ("*",) else ", ".join(record.namespaces)


def _fingerprint(key: PublicKey) -> str:
    return str(key.fingerprint)


def _trust_line(record: KeyRecord) -> str:
    return (
        f"ice keys trust {record.public_key_id} --fingerprint {_fingerprint(record.key)} --key {record.key}"
        + "".join(f" --package '{pattern}'" for pattern in record.namespaces)
    )


def _row(listing: KeyListing) -> JsonObject:
    record = listing.record
    return {
        "public_key_id": record.public_key_id,
        "public_key": str(record.key),
        "fingerprint": _fingerprint(record.key),
        "packages": list(record.namespaces),
        "not_before": f"{record.not_before:{INSTANT}}" if record.not_before else None,
        "not_after": f"{record.not_after:{INSTANT}}" if record.not_after else None,
        "revoked": f"{record.revoked:{INSTANT}}" if record.revoked else None,
        "comment": record.comment,
        "private_key": str(listing.private) if listing.private is not None else None,
        "encrypted": listing.encrypted,
    }
