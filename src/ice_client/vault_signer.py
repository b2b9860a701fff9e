"""Signs with a key of a Vault's transit engine, through `securesystemslib`; imported only for a signer `hv:NAME`.

The token never passes through here: the client library reads `$VAULT_TOKEN` itself, and what it says when something
fails is not repeated, since a server could have put anything into it.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hvac.exceptions import Forbidden, InvalidPath, VaultError  # type: ignore[import-untyped]  # it has no types
from requests.exceptions import ConnectionError as Unreachable
from requests.exceptions import RequestException
from securesystemslib.signer import SSlibKey, VaultSigner  # type: ignore[attr-defined]  # re-exported without a word

from ice_core.errors import IceError, Location
from ice_core.signing import PublicKey
from ice_core.strict_json import printable

ADDRESS_VARIABLE = "VAULT_ADDR"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
# What an answer of another form makes the client library stumble over.
_MALFORMED = (KeyError, IndexError, ValueError, TypeError, AttributeError)


class VaultKey:
    """A key of a Vault: the newest version under a name, or the one version that is asked for."""

    __slots__ = ("_place", "_signer", "name", "public")

    def __init__(self, name: str, *, version: int | None, known: PublicKey | None, environ: Mapping[str, str]) -> None:
        """Asks the Vault for the public half of the newest version; of another one the key-store must know it.

        Raises:
            IceError: `signer-failed`.
        """
        self.name = name
        self._place = _address(environ)
        try:
            if version is None or known is None:
                uri, public = VaultSigner.import_(name)
            else:
                uri = f"hv:{name}/{version}"
                public = SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(known.raw))
            self._signer = VaultSigner.from_priv_key_uri(uri, public)
            self.public = known if version is not None and known is not None else _public(public)
        except (VaultError, RequestException, *_MALFORMED) as error:
            raise self._failed(error, "gave no public key") from error

    def sign(self, data: bytes, /) -> bytes:
        """The Vault's signature, as it came; whether it is one is for the caller to see.

        Raises:
            IceError: `signer-failed`.
        """
        try:
            return bytes.fromhex(self._signer.sign(data).signature)
        except (VaultError, RequestException, *_MALFORMED) as error:
            raise self._failed(error, "did not sign") from error

    def _failed(self, error: Exception, what: str) -> IceError:
        return IceError(
            "signer-failed",
            f"the Vault {what} for `hv:{self.name}`",
            where=Location(self._place),
            expected="an ed25519 key of the transit engine, and a token that may read it and sign with it",
            found=_reason(error),
            note="Nothing was signed and nothing was written.",
            hints=(
                f"To see what the token may do, run `vault token capabilities transit/sign/{self.name}`",
                f"To see the key, run `vault read transit/keys/{self.name}`",
            ),
        )


def _public(key: SSlibKey) -> PublicKey:
    # ed25519 keys of securesystemslib hold the 32 bytes in hexadecimal.
    return PublicKey.from_raw(bytes.fromhex(str(key.keyval["public"])), where="the Vault's public key")


def _address(environ: Mapping[str, str]) -> str:
    """Host and port of `$VAULT_ADDR`, which is all of it that is ever shown."""
    text = environ.get(ADDRESS_VARIABLE, "")
    try:
        parts = urlsplit(text)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        scheme, host, port = "", None, None
    if host is None or scheme not in ("http", "https"):
        raise _unusable("an https address", "nothing" if not text else "something else")
    if scheme == "http" and host not in _LOOPBACK:
        raise _unusable("an https address: over http the token could be read on the way", f"http to {printable(host)}")
    return printable(f"{host}:{port}" if port is not None else host)


def _unusable(expected: str, found: str) -> IceError:
    return IceError(
        "signer-failed",
        f"`${ADDRESS_VARIABLE}` does not say where a Vault is",
        where=Location(f"environment variable {ADDRESS_VARIABLE}"),
        expected=expected,
        found=found,
        note="Nobody was asked for anything.",
        hints=(f"Set it, as in `{ADDRESS_VARIABLE}=https://vault.example.org:8200`",),
    )


def _reason(error: Exception) -> str:
    if isinstance(error, Forbidden):
        return "the token may not do that, or there is none"
    if isinstance(error, InvalidPath):
        return "no such key, or no transit engine"
    if isinstance(error, Unreachable):
        return "nobody answers there"
    if isinstance(error, VaultError | RequestException):
        return f"a refusal ({type(error).__name__})"
    return "an answer of another form"
