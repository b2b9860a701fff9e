"""Where the private half of a key lies, as a URI: each scheme is one row of one table, and others can be added.

`iceos:ID` is the home folder's own key, `file:PATH` a file of PKCS#8 anywhere, `hv:NAME` a key that never leaves its
Vault. Whatever they answer is verified with the key-store's public key before anybody sees it: a signer that was
exchanged, or one that answers wrongly, signs nothing.
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ice_client.private_key_files import is_encrypted_file, opened_file, read_private_file
from ice_client.signers import is_encrypted, load_private_key
from ice_core.errors import IceError, Location
from ice_core.home import Home
from ice_core.key_store import KeyRecord, KeyStore
from ice_core.signer_port import MessageSigner
from ice_core.signing import PublicKey, verify
from ice_core.strict_json import printable

_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]{0,20}):", re.ASCII)
_VAULT_KEY: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,127})(?:/([1-9][0-9]{0,8}))?", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """What a scheme needs to open a key.

    Attributes:
        home: The home folder.
        environ: The environment, for what a scheme reads from it.
        passphrase: Gives the passphrase of an encrypted key, by the name that people know it under.
        record: The key that is meant, if that was said.
    """

    home: Home
    environ: Mapping[str, str]
    passphrase: Callable[[str], bytes | None]
    record: KeyRecord | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A signer, and the public key that it says is its own."""

    signer: MessageSigner
    public: PublicKey


@dataclass(frozen=True, kw_only=True, slots=True)
class SignerScheme:
    """One kind of place: what a URI of it looks like, and how what follows the colon is opened."""

    example: str
    open: Callable[[str, Opening], Opened]


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenSigner:
    """A signer whose every answer is verified, and the public record that it signs as."""

    signer: MessageSigner
    record: KeyRecord


def open_signer(uri: str, opening: Opening, *, keys: KeyStore, now: datetime) -> OpenSigner:
    """The signer that a URI names.

    Args:
        uri: As in `file:/run/secrets/acme.pem`.
        opening: What the scheme needs; its `record` is the key that must be behind the URI, if one was named.
        keys: The key-store, which has the public half.
        now: When it signs.

    Raises:
        IceError: `signer-unknown`, `signer-key-unknown`, `signer-failed`, `extra-missing`, `key-revoked`,
            `key-expired`, `key-not-yet-valid`, or what opening a private key refuses.
    """
    found = _SCHEME.match(uri)
    scheme = SCHEMES.get(found[1]) if found is not None else None
    if found is None or scheme is None:
        raise _unknown(found[1] if found is not None else None)
    if opening.record is not None:
        keys.refuse_invalid(opening.record, first_seen=now)
    opened = scheme.open(uri[found.end() :], opening)
    record = opening.record or next((each for each in keys.records if each.key == opened.public), None)
    if record is None or record.key != opened.public:
        raise _not_the_key(found[1], opened.public, record, keys)
    keys.refuse_invalid(record, first_seen=now)
    return OpenSigner(signer=CheckedSigner(opened.signer, record, place=f"{found[1]}:"), record=record)


class CheckedSigner:
    """Passes on what a signer answers only if it is a signature by the key of the record."""

    __slots__ = ("_place", "_record", "_signer")

    def __init__(self, signer: MessageSigner, record: KeyRecord, *, place: str) -> None:
        self._signer = signer
        self._record = record
        self._place = place

    def sign(self, data: bytes, /) -> bytes:
        """The signature of `data`, verified.

        Raises:
            IceError: `signer-answer-wrong`, or what the signer refuses.
        """
        answer = self._signer.sign(data)
        try:
            verify(self._record.key, data, base64.b64encode(answer).decode("ascii"), where=self._place)
        except IceError as error:
            raise IceError(
                "signer-answer-wrong",
                f"what the signer `{self._place}` answered is not a signature by `{self._record.public_key_id}`",
                where=Location(self._place),
                expected=f"a signature by the key with fingerprint {self._record.key.fingerprint}",
                found=error.finding.message,
                note="Nothing was written.",
                hints=("The key behind the signer may have been exchanged or rotated; ask who runs it",),
            ) from error
        return answer


def _own_key(rest: str, opening: Opening) -> Opened:
    passphrase = opening.passphrase(rest) if is_encrypted(opening.home, rest) else None
    return _opened(load_private_key(opening.home, rest, passphrase=passphrase))


def _file(rest: str, opening: Opening) -> Opened:
    # `file:PATH` as it is written; `file:///PATH` is the same. Nothing is decoded, no host is asked.
    if rest.startswith("//"):
        rest = rest.removeprefix("//")
        if not rest.startswith("/"):
            raise _malformed("file:/run/secrets/acme.pem", "a path on this machine")
    if not rest:
        raise _malformed("file:/run/secrets/acme.pem", "a path")
    data = read_private_file(Path(rest))
    passphrase = opening.passphrase(rest) if is_encrypted_file(data) else None
    return _opened(opened_file(data, name=rest, where=rest, passphrase=passphrase))


def _vault(rest: str, opening: Opening) -> Opened:
    asked = _VAULT_KEY.fullmatch(rest)
    if asked is None:
        raise _malformed("hv:acme-2026", "the name of a key of the transit engine, with or without `/VERSION`")
    if asked[2] is not None and opening.record is None:
        raise _malformed("hv:acme-2026/3 with --key acme-2026", "`--key ID` beside a version")
    try:
        from ice_client.vault_signer import VaultKey
    except ImportError as error:
        raise IceError(
            "extra-missing",
            "`hv:` signs through a Vault, and what speaks with one is not installed",
            expected="the extra `vault`",
            found=f"no module `{error.name}`",
            hints=("To install it, run `pip install 'iceos[vault]'`",),
        ) from error
    known = opening.record.key if opening.record is not None else None
    key = VaultKey(
        asked[1], version=int(asked[2]) if asked[2] is not None else None, known=known, environ=opening.environ
    )
    return Opened(signer=key, public=key.public)


SCHEMES: Final[Mapping[str, SignerScheme]] = MappingProxyType(
    {
        "iceos": SignerScheme(example="iceos:acme-2026", open=_own_key),
        "file": SignerScheme(example="file:/run/secrets/acme.pem", open=_file),
        "hv": SignerScheme(example="hv:acme-2026", open=_vault),
    }
)


def _opened(private: Ed25519PrivateKey) -> Opened:
    return Opened(signer=private, public=PublicKey.from_raw(private.public_key().public_bytes_raw()))


def _unknown(scheme: str | None) -> IceError:
    # The rest is not repeated: whoever mistakes the option for another may have put a secret there.
    return IceError(
        "signer-unknown",
        f"`{scheme}:` is not a kind of signer that is known" if scheme else "`--signer` is not a URI",
        expected="one of " + ", ".join(each.example for each in SCHEMES.values()),
        found=f"{scheme}:…" if scheme else "no scheme before a colon",
        hints=("For a key of this machine, give `--key ID` alone",),
        details={"known": [*SCHEMES]},
    )


def _malformed(example: str, expected: str) -> IceError:
    return IceError(
        "signer-unknown",
        f"this signer is not of the form `{example}`",
        expected=expected,
        found="something else",
        hints=(f"Write it as in `--signer {example}`",),
        details={"known": [*SCHEMES]},
    )


def _not_the_key(scheme: str, public: PublicKey, record: KeyRecord | None, keys: KeyStore) -> IceError:
    trust = f"ice keys trust ID --fingerprint {public.fingerprint} --key {public} --package PATTERN"
    return IceError(
        "signer-key-unknown",
        f"the key behind the signer `{scheme}:` is not `{record.public_key_id}`"
        if record is not None
        else f"the key behind the signer `{scheme}:` is not in the key-store",
        where=Location(keys.where),
        expected=str(record.key.fingerprint) if record is not None else "a key of the key-store",
        found=str(public.fingerprint),
        note="Nothing was signed.",
        hints=(f"If it is yours, and the fingerprint is the one that its keeper shows, run `{trust}`",)
        if record is None
        else ("To see the keys that are there, run `ice keys list`",),
        details={"fingerprint": printable(str(public.fingerprint))},
    )
