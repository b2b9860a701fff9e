"""`ice keys rotate`, `revoke` and `passphrase`: a key hands over, is refused from now on, or gets other words."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from ice_cli import output
from ice_cli.completion import keys
from ice_cli.key_view import key_row, packages_text
from ice_cli.options import moment
from ice_cli.passphrases import changed_passphrase, new_passphrase, opened_key
from ice_cli.signing import opened_signer
from ice_client.key_revocation import revoke_key
from ice_client.key_rotation import Rotated, Rotating, rotate_key
from ice_client.key_writing import private_path
from ice_client.private_key_files import UnsafeUnencrypted
from ice_client.signers import change_passphrase, is_encrypted
from ice_client.trusted_keys import KeyListing, list_keys
from ice_core.clock import judged_time
from ice_core.home import Home, write_atomically
from ice_core.key_store import KeyRecord, instant_text
from ice_core.strict_json import JsonObject, parse_json


@click.command("rotate")
@click.argument("public_key_id", metavar="ID", shell_complete=keys)
@click.option("--to", "new_id", metavar="NEWID", help="The new key; default: ID with the next year or number.")
@click.option("--package", "packages", multiple=True, metavar="PATTERN", help="For these packages of ID only.")
@click.option("--until", callback=moment, metavar="TIME", help="Until when ID still signs; default: now.")
@click.option("--output", "file", type=click.Path(path_type=Path), metavar="FILE", help="Write the record there.")
@click.option("--signer", metavar="URI", help="Where the private half of ID lies; default: this home.")
@click.option("--unsafe-unencrypted", is_flag=True, help="Write the new private key so that who reads the file has it.")
@output.json_option
def rotate_command(
    public_key_id: str,
    *,
    new_id: str | None,
    packages: tuple[str, ...],
    until: datetime | None,
    file: Path | None,
    signer: str | None,
    unsafe_unencrypted: bool,
    as_json: bool,
) -> None:
    """Make the key that follows ID, and print the record that others trust it by.

    What ID signed before stays valid. The record is signed by both keys; whoever
    trusts ID gives it to `ice keys trust --rotation FILE` and needs no other
    fingerprint. Again with the same ID finishes or prints what was begun.

    \b
    Example: ice keys rotate acme-2026 --output acme-2027.rotation.json
    """
    home = Home.from_environment(os.environ)
    now = judged_time(home, datetime.now(UTC))
    if until is not None and until < now:
        raise output.usage_error(
            f"`--until {instant_text(until)}` is in the past",
            hints=(f"To end what `{public_key_id}` signs at once, leave it out",),
        )
    done = rotate_key(
        home,
        public_key_id,
        Rotating(
            open_old=lambda: opened_signer(public_key_id, signer).signer,
            open_new=lambda name: opened_key(home, name),
            passphrase=lambda name: new_passphrase(name, unsafe=unsafe_unencrypted),
            new_id=new_id,
            namespaces=packages,
            until=until,
        ),
        now=now,
    )
    if file is not None:
        write_atomically(file, done.data)
    if as_json:
        output.data(_rotation_row(home, done, file or done.path, now))
        return
    _tell_rotation(home, done, file)


def _tell_rotation(home: Home, done: Rotated, file: Path | None) -> None:
    old, new = done.old, done.new
    ends = instant_text(old.not_after) if old.not_after else "its revocation"
    output.say(f"`{new.public_key_id}` follows `{old.public_key_id}`; it may sign {packages_text(new)}.")
    output.say(f"The private half is in {private_path(home, new.public_key_id)}.")
    output.say(f"What `{old.public_key_id}` signed stays valid if it was first seen until {ends}.")
    output.say(f"Give {file or 'the record'} to who trusts `{old.public_key_id}`; they run:")
    output.say(f"  ice keys trust --rotation {file or 'FILE'}")
    if file is None:
        output.raw(done.data)


def _rotation_row(home: Home, done: Rotated, file: Path, now: datetime) -> JsonObject:
    rows = {listing.record.public_key_id: key_row(listing, now=now) for listing in list_keys(home)}
    return {
        "predecessor": rows[done.old.public_key_id],
        "successor": rows[done.new.public_key_id],
        "file": str(file),
        "record": parse_json(done.data, where=str(done.path)),
    }


@click.command("revoke")
@click.argument("public_key_id", metavar="ID", shell_complete=keys)
@click.option("--reason", default="", metavar="TEXT", help="Why, for people: stolen, lost.")
@click.option("--at", callback=moment, metavar="TIME", help="Since when, for people; default: now.")
@output.json_option
def revoke_command(public_key_id: str, *, reason: str, at: datetime | None, as_json: bool) -> None:
    """Revoke the key ID on this machine: whatever it signed is refused from now on.

    There is no way back. A key that only ends, and is not stolen, is rotated:
    `ice keys rotate ID`.

    \b
    Example: ice keys revoke acme-2026 --reason 'laptop stolen'
    """
    home = Home.from_environment(os.environ)
    now = judged_time(home, datetime.now(UTC))
    if at is not None and at > now:
        raise output.usage_error(
            f"`--at {instant_text(at)}` is yet to come, and a revocation holds at once",
            hints=(f"To end what `{public_key_id}` signs later, run `ice keys rotate {public_key_id} --until TIME`",),
        )
    done = revoke_key(home, public_key_id, at=at or now, reason=reason)
    if as_json:
        output.data({**key_row(_listing(home, done.record), now=now), "changed": done.new})
        return
    since = f"{instant_text(done.record.revoked or now)}" + (
        f": {output.shown(done.record.revoked_reason)}" if done.record.revoked_reason else ""
    )
    if not done.new:
        output.say(f"`{public_key_id}` was revoked already, {since}. Nothing was changed.")
        return
    output.say(f"Revoked `{public_key_id}`, {since}. Whatever it signed is refused here from now on.")
    output.say("Others have to be told, by a way that its thief does not have; each of them runs:")
    output.line(f"ice keys revoke {public_key_id}")
    if (successor := done.record.successor) is not None:
        output.say(
            f"It had handed over to `{successor}`, which stays trusted here. If its thief may have made that, run:"
        )
        output.line(f"ice keys revoke {successor}")


def _listing(home: Home, record: KeyRecord) -> KeyListing:
    return next(each for each in list_keys(home) if each.record.public_key_id == record.public_key_id)


@click.command("passphrase")
@click.argument("public_key_id", metavar="ID", shell_complete=keys)
@click.option("--unsafe-unencrypted", is_flag=True, help="Take the passphrase away: who reads the file has the key.")
@output.json_option
def passphrase_command(public_key_id: str, *, unsafe_unencrypted: bool, as_json: bool) -> None:
    """Change the passphrase of the private key ID, or give it one.

    Both are asked for, or taken from $ICEOS_KEY_PASSPHRASE and
    $ICEOS_NEW_KEY_PASSPHRASE. Copies of the file keep the old passphrase.

    \b
    Example: ice keys passphrase acme-2026
    """
    home = Home.from_environment(os.environ)
    private = opened_key(home, public_key_id)
    to = UnsafeUnencrypted() if unsafe_unencrypted else changed_passphrase(public_key_id)
    change_passphrase(home, public_key_id, private, to=to)
    path = private_path(home, public_key_id)
    encrypted = is_encrypted(home, public_key_id)
    if as_json:
        output.data({"public_key_id": public_key_id, "private_key": str(path), "encrypted": encrypted})
        return
    output.say(f"`{public_key_id}` is {'encrypted with the new passphrase' if encrypted else 'UNENCRYPTED'}: {path}.")
    output.say("Copies of the file that you made before still open as they did.")
