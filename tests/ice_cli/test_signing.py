"""`--signer URI` of the commands that sign: which key is meant, what is told, and that no secret is ever seen."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ice_client.private_key_files import pem_bytes
from ice_core.canonical import manifest_digest
from ice_core.home import Home
from ice_core.key_store import KeyStore
from ice_core.signing import message_to_sign, verify
from ice_core.strict_json import parse_json
from tests.builders.homes import make_home
from tests.builders.keys import key_record, private_key, public_key
from tests.fakes.folders import listing
from tests.fakes.vault import TOKEN, FakeVault, serving
from tests.ice_cli.authors import words_manifest, write_manifest
from tests.ice_cli.invoke import Ice

WORDS = "correct horse battery"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder, with a manifest and a key file; the home trusts its key; a Vault holds the same one."""
    monkeypatch.chdir(tmp_path)
    make_home(tmp_path / "iceos-home", key_record(namespaces=("acme-*",)), key_record(2, public_key_id="other-2026"))
    write_manifest(tmp_path / "plugins.json", words_manifest())
    (tmp_path / "acme.pem").write_bytes(pem_bytes(private_key(), WORDS.encode()))
    (tmp_path / "acme.pem").chmod(0o600)
    monkeypatch.setenv("ICEOS_KEY_PASSPHRASE", WORDS)
    with serving(FakeVault(keys={"acme": [private_key()], "stranger": [private_key(7)]})) as vault:
        monkeypatch.setenv("VAULT_ADDR", vault.address)
        monkeypatch.setenv("VAULT_TOKEN", TOKEN)
        yield tmp_path


@pytest.mark.parametrize("signer", ["file:acme.pem", "hv:acme"])
def test_a_manifest_is_signed_where_the_key_lies(ice: Ice, folder: Path, signer: str) -> None:
    """The record is found by the key: nobody has to say its name twice."""
    made = ice("plugins", "sign", "plugins.json", "--signer", signer)
    value = parse_json((folder / "plugins.json").read_bytes(), where="a test")
    signature = value["signature"]

    assert isinstance(signature, dict)
    assert (0, "acme-2026") == (made.code, signature["public_key_id"])
    verify(public_key(1), message_to_sign(manifest_digest(value), ()), str(signature["value"]), where="a test")
    assert made.err == "Signed plugins.json with `acme-2026`: the signature covers the manifest alone (metadata).\n"


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        (("--signer", "awskms:key"), "signer-unknown"),
        (("--signer", "hv:acme", "--key", "other-2026"), "signer-key-unknown"),
        (("--signer", "hv:stranger"), "signer-key-unknown"),
        (("--signer", "hv:none"), "signer-failed"),
        (("--signer", "file:none.pem"), "file-missing"),
        (("--signer", "iceos:acme-2026"), "private-key-missing"),
        (("--signer", "hv:acme", "--key", "acme-2062"), "key-unknown"),
        (("--key", "acme-2026"), "private-key-missing"),
    ],
)
def test_a_signer_that_does_not_fit_signs_nothing(ice: Ice, folder: Path, words: tuple[str, ...], slug: str) -> None:
    before = listing(folder)
    refused = ice("plugins", "sign", "plugins.json", *words)

    assert (1, slug) == (refused.code, refused.slug)
    assert before == listing(folder)


def test_a_key_that_was_revoked_signs_nothing(ice: Ice, folder: Path) -> None:
    ice("keys", "revoke", "acme-2026", "--reason", "stolen")
    before = listing(folder)
    refused = ice("plugins", "sign", "plugins.json", "--signer", "file:acme.pem")

    assert (1, "key-revoked") == (refused.code, refused.slug)
    assert before == listing(folder)


def test_a_key_that_never_left_its_vault_hands_over(ice: Ice, folder: Path) -> None:
    """The old key signs the record there; the new one is made here."""
    done = ice("keys", "rotate", "acme-2026", "--signer", "hv:acme", "--to", "acme-next", "--json")

    assert (0, "acme-next") == (done.code, done.json["predecessor"]["successor"])
    assert "acme-next" == KeyStore.read(Home(folder / "iceos-home").keys).get("acme-2026").successor


COMMANDS = [
    ("plugins", "sign", "plugins.json", "--signer", "hv:acme"),
    ("plugins", "sign", "plugins.json", "--signer", "hv:none"),
    ("plugins", "sign", "plugins.json", "--signer", "file:acme.pem"),
    ("plugins", "sign", "plugins.json", "--signer", f"{TOKEN}"),
    ("publish", "--wheel", "none.whl", "--signer", "hv:acme", "--index", "market"),
    ("keys", "rotate", "acme-2026", "--signer", "file:acme.pem"),
    ("doctor",),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_secret_is_in_words_data_or_files(ice: Ice, folder: Path, words: tuple[str, ...]) -> None:
    """Nor in refusals: the token, the passphrase and the private key are in none of what a command leaves behind."""
    body = (folder / "acme.pem").read_text().splitlines()[1]
    seen = [ice(*words), ice(*words, "--json")]
    text = json.dumps([(each.out, each.err) for each in seen])
    left = [name for name, data in listing(folder).items() if TOKEN.encode() in data or WORDS.encode() in data]

    assert [] == [secret for secret in (TOKEN, WORDS, body) if secret in text]
    assert [] == left


def test_no_secret_is_an_argument_of_a_process(folder: Path) -> None:
    """Whoever lists processes sees arguments; the passphrase comes from the environment and goes to nobody's."""
    script = (
        "import sys\n"
        "sys.addaudithook(lambda event, given: event == 'subprocess.Popen' and print(given[1], file=sys.stderr))\n"
        "from ice_cli.main import run\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", script, "plugins", "sign", "plugins.json", "--signer", "file:acme.pem"]
    done = subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stderr
    assert WORDS not in done.stderr + done.stdout
