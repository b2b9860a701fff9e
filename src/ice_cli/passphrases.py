"""Passphrases of private keys: from the environment, else asked for on a terminal, never from an option."""

import os
import sys

import click

from ice_cli import output
from ice_client.signers import PASSPHRASE_VARIABLE, UnsafeUnencrypted, passphrase_from
from ice_core.errors import IceError


def new_passphrase(public_key_id: str, *, unsafe: bool) -> bytes | UnsafeUnencrypted:
    """The passphrase for a key that is about to be made; on a terminal it is asked for twice.

    Raises:
        IceError: `passphrase-missing` when there is neither a variable nor a terminal.
    """
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
