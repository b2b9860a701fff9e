"""Passphrases of private keys: from the environment, else asked for on a terminal, never from an option."""

import os
import sys

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ice_cli import output
from ice_client.private_key_files import NEW_PASSPHRASE_VARIABLE, PASSPHRASE_VARIABLE, UnsafeUnencrypted
from ice_client.signers import is_encrypted, load_private_key, passphrase_from
from ice_core.errors import IceError
from ice_core.home import Home


def new_passphrase(public_key_id: str, *, unsafe: bool) -> bytes | UnsafeUnencrypted:
    """The passphrase for a key that is about to be made; on a terminal it is asked for twice.

    Raises:
        IceError: `passphrase-missing` when there is neither a variable nor a terminal.
    """
    return UnsafeUnencrypted() if unsafe else _chosen(public_key_id, PASSPHRASE_VARIABLE, "Passphrase")


def changed_passphrase(public_key_id: str) -> bytes:
    """The passphrase that a key gets in place of the one that it has; on a terminal it is asked for twice.

    Raises:
        IceError: `passphrase-missing` when there is neither a variable nor a terminal.
    """
    return _chosen(public_key_id, NEW_PASSPHRASE_VARIABLE, "New passphrase")


def _chosen(public_key_id: str, variable: str, what: str) -> bytes:
    def ask() -> str:
        text: str = click.prompt(f"{what} for `{public_key_id}`", hide_input=True, confirmation_prompt=True, err=True)
        return text

    passphrase = passphrase_from(os.environ, variable=variable, prompt=ask if _can_ask() else None)
    if passphrase is None:
        raise IceError(
            "passphrase-missing",
            f"a passphrase is needed to keep `{public_key_id}` encrypted, and nobody can be asked for one",
            note="Nothing was written.",
            hints=(
                f"Set ${variable} and run the command again",
                "To keep the key unencrypted all the same, add `--unsafe-unencrypted`",
            ),
        )
    return passphrase


def opened_key(home: Home, public_key_id: str) -> Ed25519PrivateKey:
    """The private half of a key of this machine; only for an encrypted one a passphrase is needed, and asked for.

    Raises:
        IceError: `private-key-missing`, `passphrase-missing`, `passphrase-wrong`, `private-key-exposed` or
            `private-key-invalid`.
    """
    passphrase = asked_passphrase(public_key_id) if is_encrypted(home, public_key_id) else None
    return load_private_key(home, public_key_id, passphrase=passphrase)


def asked_passphrase(name: str) -> bytes | None:
    """The passphrase of an encrypted key: from the variable, else asked for where somebody can be asked."""

    def ask() -> str:
        text: str = click.prompt(f"Passphrase for `{name}`", hide_input=True, default="", err=True)
        return text

    return passphrase_from(os.environ, prompt=ask if _can_ask() else None)


def _can_ask() -> bool:
    return output.on_terminal() and sys.stdin.isatty()
