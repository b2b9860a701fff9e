"""Which key signs: `--key ID` and `--signer URI`, and the private half opened wherever it lies."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

import click

from ice_cli.completion import keys
from ice_cli.passphrases import asked_passphrase
from ice_client.key_writing import private_path, refuse_id
from ice_client.signer_uris import Opening, OpenSigner, open_signer
from ice_client.signers import private_missing
from ice_core.clock import judged_time
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.key_store import KeyStore

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def signing_options(command: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Adds `--key` and `--signer`; the function takes `public_key_id` and `signer`."""
    command = click.option(
        "--signer",
        metavar="URI",
        help="Where its private half lies: iceos:ID, file:PATH or hv:NAME; default: this home.",
    )(command)
    return click.option(
        "--key",
        "public_key_id",
        metavar="ID",
        shell_complete=keys,
        help="The key that signs; default: the only one here, or the signer's.",
    )(command)


def opened_signer(public_key_id: str | None, signer: str | None) -> OpenSigner:
    """The key to sign with, opened.

    Args:
        public_key_id: The key that is meant; without it the one behind the signer, else the only one of this home.
        signer: Where its private half lies; without it in this home.

    Raises:
        IceError: `key-choice` when neither says which and there is not exactly one; what `open_signer` refuses.
    """
    home = Home.from_environment(os.environ)
    store = KeyStore.read(home.keys)
    name = public_key_id or (_only_key(home, store) if signer is None else None)
    uri = signer if signer is not None else f"iceos:{name}"
    if signer is None and name is not None and not os.path.lexists(private_path(home, name)):
        refuse_id(name)
        raise private_missing(home, name)
    record = store.get(name) if name is not None else None
    opening = Opening(home=home, environ=os.environ, passphrase=asked_passphrase, record=record)
    return open_signer(uri, opening, keys=store, now=judged_time(home, datetime.now(UTC)))


def _only_key(home: Home, records: KeyStore) -> str:
    own = [each.public_key_id for each in records.records if private_path(home, each.public_key_id).exists()]
    if len(own) == 1:
        return own[0]
    raise IceError(
        "key-choice",
        "no key of this machine can sign" if not own else f"{len(own)} keys of this machine can sign",
        expected="one key, or `--key ID`",
        found=", ".join(own) or "none",
        hints=tuple(f"Add `--key {name}`" for name in own) or ("To make a key, run `ice keys new ID`",),
    )
