"""`ice keys`: a key is made encrypted, told aloud, trusted by fingerprint, and never replaced."""

from pathlib import Path

import pytest

from ice_core.home import Home
from ice_core.key_store import KeyStore
from tests.builders.keys import public_key
from tests.fakes.folders import listing
from tests.ice_cli.invoke import Ice

KEY = public_key(1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """The home folder that the environment of a test names."""
    return Home(tmp_path / "iceos-home")


def test_a_new_key_is_encrypted_and_its_trust_command_is_the_data(
    ice: Ice, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words go to standard error; standard output is the line that others paste."""
    monkeypatch.setenv("ICEOS_KEY_PASSPHRASE", "correct horse")

    made = ice("keys", "new", "acme-2026", "--package", "acme-*", "--comment", "build machine")

    record = KeyStore.read(home.keys).get("acme-2026")
    assert made.code == 0
    assert made.out == (
        f"ice keys trust acme-2026 --fingerprint {record.key.fingerprint} --key {record.key} --package 'acme-*'\n"
    )
    assert made.err == (
        "Made `acme-2026`; it may sign acme-*.\n"
        f"The private half is in {home.keys}/private/acme-2026.pem.\n"
        "Publishers say their fingerprint aloud; give this line to who should trust you:\n"
    )
    assert b"ENCRYPTED" in (home.keys / "private" / "acme-2026.pem").read_bytes()


def test_without_a_passphrase_nothing_is_made(ice: Ice, home: Home) -> None:
    """Nobody to ask and no variable set: the key would be unencrypted, so it is refused."""
    made = ice("keys", "new", "acme-2026")

    assert (made.code, made.slug) == (1, "passphrase-missing")
    assert not home.root.exists()


def test_an_unencrypted_key_is_a_choice_that_says_its_name(ice: Ice) -> None:
    """The unsafe switch is spelled out, and the listing shouts it."""
    made = ice("keys", "new", "ci-key", "--unsafe-unencrypted", "--json")

    assert made.json["public_key_id"] == "ci-key"
    assert made.json["encrypted"] is False
    assert made.json["packages"] == ["*"]
    assert "UNENCRYPTED" in ice("keys", "list").out


def test_a_key_is_never_replaced(ice: Ice, home: Home) -> None:
    """The same id again is refused, and both halves stay as they were."""
    ice("keys", "new", "ci-key", "--unsafe-unencrypted")
    before = listing(home.root)

    again = ice("keys", "new", "ci-key", "--unsafe-unencrypted")

    assert (again.code, again.slug) == (1, "key-exists")
    assert listing(home.root) == before


def test_an_empty_key_store_says_how_to_fill_it(ice: Ice, home: Home) -> None:
    """No header without rows; the next command is named."""
    listed = ice("keys", "list")

    assert (listed.code, listed.out) == (0, "")
    assert listed.err == f"The key-store {home.keys} is empty. To make a key, run `ice keys new ID`.\n"
    assert ice("keys", "list", "--json").json == []


def test_a_publishers_key_is_trusted_by_its_fingerprint(ice: Ice, home: Home) -> None:
    """The public key in base64 and the fingerprint together make a record, for the packages named."""
    trusted = ice("keys", "trust", "acme-2026", "--fingerprint", KEY.fingerprint, "--key", KEY, "--package", "acme-*")

    assert (trusted.code, trusted.err) == (0, "Trusted `acme-2026`: it may sign acme-*.\n")
    assert KeyStore.read(home.keys).get("acme-2026").key == KEY
    assert ice("keys", "list").out == (
        "KEY        SIGNS   VALID   PRIVATE HALF  FINGERPRINT\n"
        f"acme-2026  acme-*  always  no            {KEY.fingerprint}\n"
    )


def test_a_key_file_carries_its_own_namespaces(ice: Ice, home: Home, tmp_path: Path) -> None:
    """The record that another machine's key-store holds is taken as it is."""
    words = ("--fingerprint", KEY.fingerprint)
    ice("keys", "trust", "acme-2026", *words, "--key", KEY, "--package", "acme-csv")
    file = tmp_path / "acme-2026.json"
    (home.keys / "acme-2026.json").rename(file)

    trusted = ice("keys", "trust", "acme-2026", *words, "--key", file, "--json")

    assert trusted.json["packages"] == ["acme-csv"]
    assert trusted.json["private_key"] is None


def test_another_fingerprint_trusts_nothing(ice: Ice, home: Home) -> None:
    """Expected and found are told whole, and no file is made."""
    other = public_key(2).fingerprint

    refused = ice("keys", "trust", "acme-2026", "--fingerprint", other, "--key", KEY, "--package", "*")

    assert (refused.code, refused.slug) == (1, "key-fingerprint-mismatch")
    assert f"  Expected:\n    {other}\n" in refused.err
    assert f"  Found:\n    {KEY.fingerprint}\n" in refused.err
    assert not home.root.exists()


def test_a_missing_key_file_is_named(ice: Ice, tmp_path: Path) -> None:
    """A path that is no file is told as one."""
    refused = ice("keys", "trust", "acme", "--fingerprint", KEY.fingerprint, "--key", tmp_path / "none.json")

    assert (refused.code, refused.slug) == (1, "file-missing")
