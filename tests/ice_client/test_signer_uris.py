"""Signers as URIs: each place signs what the key-store's public key verifies, and whatever else answers is refused."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ice_client.private_key_files import UnsafeUnencrypted, pem_bytes
from ice_client.signer_uris import SCHEMES, CheckedSigner, Opening, OpenSigner, open_signer
from ice_client.signers import create_key
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.key_store import KeyRecord, KeyStore
from ice_core.signing import sign, verify
from tests.builders.keys import key_record, private_key
from tests.fakes.vault import TOKEN, FakeVault, serving

NOW = datetime(2026, 10, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = key_record()
STORE = KeyStore([KEY, key_record(2, public_key_id="other-2026")], where="keys")
MESSAGE = b"a message"


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """A folder with key files, and a Vault with a key of three versions, of which the last is `acme-2026`."""

    folder: Path
    vault: FakeVault

    @property
    def environ(self) -> Mapping[str, str]:
        """What a shell would have set."""
        return {"VAULT_ADDR": self.vault.address}


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Secrets]:
    """Key files of number 1, unencrypted and encrypted, and the Vault."""
    for name, passphrase in (("plain.pem", UnsafeUnencrypted()), ("secret.pem", b"correct horse")):
        (tmp_path / name).write_bytes(pem_bytes(private_key(), passphrase))
        (tmp_path / name).chmod(0o600)
    with serving(FakeVault(keys={"acme": [private_key(8), private_key(9), private_key(1)]})) as vault:
        monkeypatch.setenv("VAULT_ADDR", vault.address)
        monkeypatch.setenv("VAULT_TOKEN", TOKEN)
        monkeypatch.delenv("HTTP_PROXY", raising=False)
        monkeypatch.delenv("http_proxy", raising=False)
        yield Secrets(folder=tmp_path, vault=vault)


def opened(
    uri: str,
    secrets: Secrets,
    *,
    record: KeyRecord | None = None,
    keys: KeyStore = STORE,
    environ: Mapping[str, str] | None = None,
) -> OpenSigner:
    opening = Opening(
        home=Home(secrets.folder / "home"),
        environ=secrets.environ if environ is None else environ,
        passphrase=lambda name: b"correct horse",
        record=record,
    )
    return open_signer(uri.format(folder=secrets.folder), opening, keys=keys, now=NOW)


def refused(
    uri: str,
    secrets: Secrets,
    *,
    record: KeyRecord | None = None,
    keys: KeyStore = STORE,
    environ: Mapping[str, str] | None = None,
) -> IceError:
    with pytest.raises(IceError) as caught:
        opened(uri, secrets, record=record, keys=keys, environ=environ).signer.sign(MESSAGE)

    assert TOKEN not in str(caught.value.finding.to_json())
    return caught.value


FILES = ("file:{folder}/plain.pem", "file://{folder}/plain.pem", "file:{folder}/secret.pem")


@pytest.mark.parametrize("record", [None, KEY], ids=["found by its key", "named"])
@pytest.mark.parametrize("uri", [*FILES, "hv:acme"])
def test_a_signer_signs_as_the_record_of_its_key(secrets: Secrets, uri: str, record: KeyRecord | None) -> None:
    found = opened(uri, secrets, record=record)

    assert KEY == found.record
    verify(KEY.key, MESSAGE, sign(found.signer, MESSAGE), where="a test")


def test_a_version_of_a_vaults_key_that_is_not_the_newest_can_be_named(secrets: Secrets) -> None:
    """Between two rotations of the Vault's key, the one that others trust still signs."""
    older = key_record(9, public_key_id="acme-2025")
    found = opened("hv:acme/2", secrets, record=older)

    verify(older.key, MESSAGE, sign(found.signer, MESSAGE), where="a test")
    assert ["POST /v1/transit/sign/acme"] == secrets.vault.requests


def test_a_key_of_the_home_is_a_signer_too(secrets: Secrets) -> None:
    home = Home(secrets.folder / "home")
    create_key(home, "own", passphrase=b"correct horse", namespaces=("*",), now=NOW)
    keys = KeyStore.read(home.keys)
    found = opened("iceos:own", secrets, keys=keys, record=keys.get("own"))

    verify(keys.get("own").key, MESSAGE, sign(found.signer, MESSAGE), where="a test")


@pytest.mark.parametrize(
    "uri",
    [
        "", "acme-2026", "/run/secrets/acme.pem", "C:\\keys", "awskms:arn", "gcpkms:x", "HV:acme", "http://x", "hv:",
        "hv:a/b", "hv:acme/0", "hv:acme/01", "hv:../sys/seal", "hv:acme/2/3", "hv:acme?x", "hv:acme/2", "file:",
        "file://host/acme.pem", f"{TOKEN}", f"token:{TOKEN}",
    ],
)  # fmt: skip
def test_what_is_no_signer_is_refused_with_those_that_are_and_asks_nobody(secrets: Secrets, uri: str) -> None:
    error = refused(uri, secrets)

    assert "signer-unknown" == error.slug
    assert [*SCHEMES] == error.finding.details["known"]
    assert [] == secrets.vault.requests


def test_the_schemes_are_told_with_an_example_each() -> None:
    assert ["iceos", "file", "hv"] == [*SCHEMES]
    assert [True] * 3 == [each.example.startswith(f"{name}:") for name, each in SCHEMES.items()]


@pytest.mark.parametrize("uri", ["file:{folder}/plain.pem", "hv:acme"])
def test_a_signer_of_another_key_than_was_named_is_refused_with_both_fingerprints(secrets: Secrets, uri: str) -> None:
    other = STORE.get("other-2026")
    error = refused(uri, secrets, record=other)

    assert ("signer-key-unknown", str(other.key.fingerprint), str(KEY.key.fingerprint)) == (
        error.slug,
        error.finding.expected,
        error.finding.found,
    )


def test_a_signer_that_the_key_store_does_not_know_is_told_how_to_trust_it(secrets: Secrets) -> None:
    error = refused("hv:acme", secrets, keys=KeyStore([], where="keys"))

    assert "signer-key-unknown" == error.slug
    assert f"--fingerprint {KEY.key.fingerprint} --key {KEY.key}" in error.finding.hints[0]


@pytest.mark.parametrize(
    ("record", "slug"),
    [
        (replace(KEY, revoked=NOW), "key-revoked"),
        (replace(KEY, not_after=NOW - DAY), "key-expired"),
        (replace(KEY, not_before=NOW + DAY), "key-not-yet-valid"),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_a_key_that_is_not_valid_signs_nothing(secrets: Secrets, record: KeyRecord, slug: str, *, named: bool) -> None:
    keys = KeyStore([record], where="keys")

    assert slug == refused("file:{folder}/plain.pem", secrets, keys=keys, record=record if named else None).slug


def test_a_link_an_exposed_file_and_a_missing_one_are_not_opened(secrets: Secrets) -> None:
    """Threat 24: a link in place of a key file outside the home is not followed. Threat 33: nor is one for all used."""
    (secrets.folder / "link.pem").symlink_to(secrets.folder / "plain.pem")
    (secrets.folder / "shown.pem").write_bytes((secrets.folder / "plain.pem").read_bytes())
    (secrets.folder / "shown.pem").chmod(0o644)

    assert ["file-not-regular", "private-key-exposed", "file-missing"] == [
        refused(f"file:{{folder}}/{name}.pem", secrets).slug for name in ("link", "shown", "none")
    ]


@pytest.mark.parametrize(
    "answer",
    [
        {"data": {"signature": "vault:v3:" + "A" * 86 + "=="}},
        {"data": {"signature": "vault:v3:AAAA"}},
        {"data": {"signature": "vault:v3:"}},
    ],
    ids=["another signature", "too short", "empty"],
)
def test_what_a_vault_answers_is_verified_before_anybody_sees_it(secrets: Secrets, answer: object) -> None:
    secrets.vault.answer = answer
    error = refused("hv:acme", secrets)

    assert "signer-answer-wrong" == error.slug
    assert str(KEY.key.fingerprint) in str(error.finding.expected)


def test_a_vault_whose_key_was_exchanged_behind_the_version_signs_nothing(secrets: Secrets) -> None:
    """The answer is a signature, by another key than the key-store has."""
    assert "signer-answer-wrong" == refused("hv:acme/1", secrets, record=KEY).slug


@pytest.mark.parametrize(
    ("uri", "status", "answer", "found"),
    [
        ("hv:none", None, None, "no such key, or no transit engine"),
        ("hv:acme", 403, None, "the token may not do that, or there is none"),
        ("hv:acme", 500, None, "a refusal (InternalServerError)"),
        ("hv:acme", 503, None, "a refusal (VaultDown)"),
        ("hv:acme", None, {"data": {"signature": "nothing"}}, "an answer of another form"),
        ("hv:acme", None, {"data": None}, "an answer of another form"),
        ("hv:acme", None, [1], "an answer of another form"),
    ],
)
def test_a_vault_that_refuses_is_told_without_its_words(
    secrets: Secrets, uri: str, status: int | None, answer: object, found: str
) -> None:
    secrets.vault.status, secrets.vault.answer = status, answer
    error = refused(uri, secrets)

    assert ("signer-failed", found) == (error.slug, error.finding.found)
    assert secrets.vault.address.removeprefix("http://") == str(error.finding.where)


def test_a_token_that_is_refused_is_not_shown(secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "hvs.another")
    error = refused("hv:acme", secrets)

    assert "hvs.another" not in str(error.finding.to_json())
    assert "the token may not do that, or there is none" == error.finding.found


def test_a_vault_that_nobody_serves_is_told_with_its_address(secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:9")
    error = refused("hv:acme", secrets, environ=os.environ)

    assert ("signer-failed", "nobody answers there", "127.0.0.1:9") == (
        error.slug,
        error.finding.found,
        str(error.finding.where),
    )


@pytest.mark.parametrize(
    "address",
    ["", "vault.example.org", "ftp://vault.example.org", "http://vault.example.org:8200", "http://[::1", "https://"],
)
def test_a_token_is_never_sent_in_the_clear_or_to_nowhere(secrets: Secrets, address: str) -> None:
    error = refused("hv:acme", secrets, environ={"VAULT_ADDR": address})

    assert ("signer-failed", "Nobody was asked for anything.") == (error.slug, error.finding.note)
    assert [] == secrets.vault.requests


def test_what_an_address_holds_beside_the_host_is_not_shown(secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> None:
    address = secrets.vault.address.replace("http://", "http://user:pass-word@")
    monkeypatch.setenv("VAULT_ADDR", address)
    secrets.vault.status = 500
    error = refused("hv:acme", secrets, environ=os.environ)

    assert "pass-word" not in str(error.finding.to_json())


def test_a_signer_that_lies_about_its_key_is_found_out() -> None:
    """The port itself: whatever stands behind it, the record's key decides."""
    with pytest.raises(IceError) as caught:
        CheckedSigner(private_key(2), KEY, place="test:").sign(MESSAGE)

    assert "signer-answer-wrong" == caught.value.slug


def test_without_the_extra_the_refusal_names_it(secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ice_client.vault_signer", raising=False)
    monkeypatch.setitem(sys.modules, "hvac.exceptions", None)
    error = refused("hv:acme", secrets)

    assert ("extra-missing", "no module `hvac.exceptions`") == (error.slug, error.finding.found)
    assert ("To install it, run `pip install 'iceos[vault]'`",) == error.finding.hints


def test_nobody_who_signs_with_a_file_imports_what_speaks_with_a_vault() -> None:
    """The client libraries cost more to import than everything else that signing needs."""
    probe = "import sys, ice_client.signer_uris; print(*{'hvac', 'requests', 'securesystemslib'} & {*sys.modules})"

    assert "\n" == subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout
