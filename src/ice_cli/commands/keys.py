"""`ice keys new`, `list`, `show` and `export`: a signing key is made, and the key-store is looked at."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from ice_cli import output
from ice_cli.completion import keys
from ice_cli.key_view import COLUMNS, key_cells, key_facts, key_row, packages_text, trust_line
from ice_cli.passphrases import new_passphrase
from ice_client.key_writing import private_path
from ice_client.signers import create_key
from ice_client.trusted_keys import KeyListing, list_keys
from ice_core.clock import judged_time
from ice_core.home import Home, write_atomically
from ice_core.key_store import KeyStore, record_bytes


@click.command("new")
@click.argument("public_key_id", metavar="ID")
@click.option("--package", "packages", multiple=True, metavar="PATTERN", help="Packages it may sign, as in 'acme-*'.")
@click.option("--comment", default="", metavar="TEXT", help="A word for people.")
@click.option("--unsafe-unencrypted", is_flag=True, help="Write the private key so that who reads the file has it.")
@output.json_option
def new_key(
    public_key_id: str, *, packages: tuple[str, ...], comment: str, unsafe_unencrypted: bool, as_json: bool
) -> None:
    """Make an ed25519 key called ID and trust it on this machine.

    The private half is written encrypted; the passphrase is asked for, or taken
    from $ICEOS_KEY_PASSPHRASE. Give others the public half and its fingerprint,
    by two different ways.

    \b
    Example: ice keys new acme-2026 --package 'acme-*'
    """
    home = Home.from_environment(os.environ)
    now = judged_time(home, datetime.now(UTC))
    record = create_key(
        home,
        public_key_id,
        passphrase=new_passphrase(public_key_id, unsafe=unsafe_unencrypted),
        namespaces=packages or ("*",),
        now=now,
        comment=comment,
    )
    private = private_path(home, public_key_id)
    if as_json:
        output.data(key_row(KeyListing(record=record, private=private, encrypted=not unsafe_unencrypted), now=now))
        return
    output.say(f"Made `{public_key_id}`; it may sign {packages_text(record)}.")
    output.say(f"The private half is in {private}.")
    output.say("Publishers say their fingerprint aloud; give this line to who should trust you:")
    output.line(trust_line(record))


@click.command("list")
@output.json_option
def list_command(*, as_json: bool) -> None:
    """List the keys that this machine trusts, and whether it can sign with them.

    \b
    Example: ice keys list
    """
    home = Home.from_environment(os.environ)
    listings, now = list_keys(home), judged_time(home, datetime.now(UTC))
    if as_json:
        output.data([key_row(listing, now=now) for listing in listings])
        return
    if not listings:
        output.say(f"The key-store {home.keys} is empty. To make a key, run `ice keys new ID`.")
        return
    for text in output.columns([COLUMNS, *(key_cells(listing, now=now) for listing in listings)]):
        output.line(text)


@click.command("show")
@click.argument("public_key_id", metavar="ID", shell_complete=keys)
@output.json_option
def show_command(public_key_id: str, *, as_json: bool) -> None:
    """Show the key ID: fingerprint, what it may sign, until when.

    \b
    Example: ice keys show acme-2026
    """
    home = Home.from_environment(os.environ)
    # Asked first: a key that is not there is told with the names that are.
    KeyStore.read(home.keys).get(public_key_id)
    listing = next(each for each in list_keys(home) if each.record.public_key_id == public_key_id)
    now = judged_time(home, datetime.now(UTC))
    if as_json:
        output.data(key_row(listing, now=now))
        return
    for text in output.columns([(f"{name}:", output.shown(value)) for name, value in key_facts(listing, now=now)]):
        output.line(text)


@click.command("export")
@click.argument("public_key_id", metavar="ID", shell_complete=keys)
@click.option("--output", "file", type=click.Path(path_type=Path), metavar="FILE", help="Write there, whole or not.")
@output.json_option
def export_command(public_key_id: str, *, file: Path | None, as_json: bool) -> None:
    """Print the public record of the key ID, for `ice keys trust --key FILE`.

    The private half is never part of it. Say the fingerprint by another way.

    \b
    Example: ice keys export acme-2026 --output acme-2026.json
    """
    record = KeyStore.read(Home.from_environment(os.environ).keys).get(public_key_id)
    data = record_bytes(record)
    if file is not None:
        write_atomically(file, data)
    if as_json and file is not None:
        output.data({"file": str(file), "public_key_id": public_key_id, "fingerprint": str(record.key.fingerprint)})
        return
    if file is None:
        output.raw(data)
        return
    output.say(f"Wrote {file}: the public half of `{public_key_id}`, {record.key.fingerprint}")
