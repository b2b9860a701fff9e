"""`ice keys`: a key is made encrypted, told aloud, trusted by fingerprint, and never replaced."""

import base64
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ice_client.folder_index import FolderIndex
from ice_core.canonical import Digest
from ice_core.home import Home
from ice_core.key_store import KeyRecord, KeyStore
from tests.builders.homes import make_home
from tests.builders.keys import key_record, public_key
from tests.fakes.folders import listing
from tests.ice_cli.invoke import Ice
from tests.threats.test_signatures import LOW_ORDER

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
        "KEY        SIGNS   STATE  PRIVATE HALF  FINGERPRINT\n"
        f"acme-2026  acme-*  valid  no            {KEY.fingerprint}\n"
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


@pytest.mark.parametrize("text", LOW_ORDER)
def test_a_key_of_low_order_is_not_registered(ice: Ice, home: Home, text: str) -> None:
    """Threat 11: low-order public key: each of the fourteen, with its own right fingerprint, is refused at the door."""
    raw = bytes.fromhex(text)
    words = ("--fingerprint", Digest.of(raw), "--key", base64.b64encode(raw).decode(), "--package", "*")
    refused = ice("keys", "trust", "acme-2026", *words)

    assert (1, "key-low-order") == (refused.code, refused.slug)
    assert not home.root.exists()


@pytest.mark.parametrize("name", ["../../etc/x", "Acme", ".acme", "a/b"])
@pytest.mark.parametrize("command", ["revoke", "rotate", "passphrase", "show", "export", "new", "trust"])
def test_a_path_is_no_key_id_of_any_command(ice: Ice, home: Home, name: str, command: str) -> None:
    """Threat 13: path in a key id: no command looks for a file of that name."""
    more = ("--fingerprint", KEY.fingerprint, "--key", KEY, "--package", "*") if command == "trust" else ()
    refused = ice("keys", command, name, *more)

    assert 1 == refused.code
    assert refused.slug in ("key-id-invalid", "key-unknown", "passphrase-missing", "private-key-missing")
    assert not home.root.exists()


def test_a_pipe_is_no_key_file(ice: Ice, home: Home, tmp_path: Path) -> None:
    """It would be waited for; the same holds for a rotation record."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    words = ("--fingerprint", KEY.fingerprint, "--key", tmp_path / "pipe")

    assert "file-not-regular" == ice("keys", "trust", "acme-2026", *words).slug
    assert "file-not-regular" == ice("keys", "trust", "--rotation", tmp_path / "pipe").slug
    assert not home.root.exists()


def test_a_missing_key_file_is_named(ice: Ice, tmp_path: Path) -> None:
    """A path that is no file is told as one."""
    refused = ice("keys", "trust", "acme", "--fingerprint", KEY.fingerprint, "--key", tmp_path / "none.json")

    assert (refused.code, refused.slug) == (1, "file-missing")


@pytest.fixture
def market(tmp_path: Path) -> Path:
    """An index whose one publisher has the key number 1, for `acme-*`."""
    record = key_record(namespaces=("acme-*",))
    FolderIndex(tmp_path / "market").upload("acme-csv", "1.2.3", b"bundle", publisher=record)
    return tmp_path / "market"


def test_a_key_is_trusted_from_the_index_where_its_bundles_are(ice: Ice, home: Home, market: Path) -> None:
    """Its own patterns hold unless they are narrowed here."""
    trusted = ice("keys", "trust", "acme-2026", "--fingerprint", KEY.fingerprint, "--index", market)

    assert (0, "", "Trusted `acme-2026`: it may sign acme-*.\n") == (trusted.code, trusted.out, trusted.err)
    assert KEY == KeyStore.read(home.keys).get("acme-2026").key


def test_the_index_of_the_environment_serves_keys_too(ice: Ice, market: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICEOS_INDEX", str(market))
    words = ("keys", "trust", "acme-2026", "--fingerprint", KEY.fingerprint, "--package", "acme-csv", "--json")

    assert ["acme-csv"] == ice(*words).json["packages"]


def test_a_key_that_comes_from_nowhere_is_a_usage_error_that_names_both_ways(ice: Ice, home: Home) -> None:
    refused = ice("keys", "trust", "acme-2026", "--fingerprint", KEY.fingerprint)

    assert 2 == refused.code
    assert refused.err == (
        "error[usage]: `ice keys trust`: neither `--key` nor `--index` says where the key comes from\n"
        "\n"
        "hint: With the key's file: `ice keys trust acme-2026 --fingerprint <sha256> --key FILE`\n"
        "hint: From an index: `ice keys trust acme-2026 --fingerprint <sha256> --index <folder>`\n"
    )
    assert not home.root.exists()


def test_a_key_that_comes_from_two_places_is_a_usage_error(ice: Ice, home: Home, market: Path) -> None:
    words = ("--fingerprint", KEY.fingerprint, "--key", KEY, "--index", market)
    refused = ice("keys", "trust", "acme-2026", *words)

    assert (2, "usage") == (refused.code, refused.slug)
    assert not home.root.exists()


@pytest.mark.parametrize(
    ("public_key_id", "number", "slug"),
    [("acme-2062", 1, "publisher-key-missing"), ("acme-2026", 2, "key-fingerprint-mismatch")],
)
def test_an_index_that_gives_no_such_key_or_another_one_is_not_trusted(
    ice: Ice, home: Home, market: Path, public_key_id: str, number: int, slug: str
) -> None:
    refused = ice("keys", "trust", public_key_id, "--fingerprint", public_key(number).fingerprint, "--index", market)

    assert (1, slug) == (refused.code, refused.slug)
    assert not home.root.exists()


def test_an_index_that_calls_another_key_so_is_found_out(ice: Ice, home: Home, market: Path) -> None:
    (market / "keys" / "other.json").write_bytes((market / "keys" / "acme-2026.json").read_bytes())
    refused = ice("keys", "trust", "other", "--fingerprint", KEY.fingerprint, "--index", market)

    assert (1, "key-file-invalid") == (refused.code, refused.slug)
    assert not home.root.exists()


def trusted(ice: Ice) -> None:
    words = ("--fingerprint", KEY.fingerprint, "--key", KEY, "--package", "acme-*")
    assert 0 == ice("keys", "trust", "acme-2026", *words).code


def test_one_key_is_shown_with_everything_that_is_known_of_it(ice: Ice) -> None:
    trusted(ice)
    shown = ice("keys", "show", "acme-2026")

    assert (0, "") == (shown.code, shown.err)
    assert shown.out == (
        "key:           acme-2026\n"
        f"fingerprint:   {KEY.fingerprint}\n"
        f"public key:    {KEY}\n"
        "may sign:      acme-*\n"
        "state:         valid\n"
        "private half:  no\n"
    )
    assert ice("keys", "list", "--json").json == [ice("keys", "show", "acme-2026", "--json").json]


def test_a_key_of_ones_own_is_shown_with_where_its_private_half_lies(ice: Ice, home: Home) -> None:
    ice("keys", "new", "ci-key", "--unsafe-unencrypted", "--comment", "build machine")
    shown = ice("keys", "show", "ci-key").out

    assert f"private half:  UNENCRYPTED, {home.keys}/private/ci-key.pem\n" in shown
    assert "comment:       build machine\n" in shown
    assert "valid from:    20" in shown


@pytest.mark.parametrize(
    ("record", "validity"),
    [
        (key_record(not_after=datetime(2907, 1, 2, tzinfo=UTC)), "valid until 2907-01-02"),
        (key_record(not_after=datetime(2007, 1, 2, tzinfo=UTC)), "expired 2007-01-02"),
        (key_record(not_before=datetime(2006, 1, 2, tzinfo=UTC)), "valid"),
        (key_record(not_before=datetime(2906, 1, 2, tzinfo=UTC)), "not yet, from 2906-01-02"),
        (key_record(revoked=datetime(2026, 3, 4, tzinfo=UTC)), "revoked 2026-03-04"),
    ],
)
def test_validity_is_told_in_words(ice: Ice, home: Home, record: KeyRecord, validity: str) -> None:
    make_home(home.root, record)

    assert f"state:         {validity}\n" in ice("keys", "show", "acme-2026").out


def test_the_public_record_is_the_data_of_export(ice: Ice, home: Home) -> None:
    """What one machine exports another trusts; the private half is no part of it."""
    trusted(ice)
    exported = ice("keys", "export", "acme-2026")

    assert (0, "") == (exported.code, exported.err)
    assert exported.out == (
        f'{{\n  "public_key_id": "acme-2026",\n  "public_key": "{KEY}",\n  "namespaces": [\n    "acme-*"\n  ]\n}}\n'
    )
    assert (home.keys / "acme-2026.json").read_text() == exported.out


def test_an_exported_file_is_what_trust_takes(ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted(ice)
    file = tmp_path / "acme.json"
    words = ice("keys", "export", "acme-2026", "--output", file)
    told = ice("keys", "export", "acme-2026", "--output", file, "--json").json
    monkeypatch.setenv("ICEOS_HOME", str(tmp_path / "another-home"))
    again = ice("keys", "trust", "acme-2026", "--fingerprint", KEY.fingerprint, "--key", file)

    assert f"Wrote {file}: the public half of `acme-2026`, {KEY.fingerprint}\n" == words.err
    assert {"file": str(file), "public_key_id": "acme-2026", "fingerprint": str(KEY.fingerprint)} == told
    assert 0 == again.code


@pytest.mark.parametrize("command", ["show", "export"])
def test_a_key_that_is_not_there_is_met_with_near_names(ice: Ice, command: str) -> None:
    trusted(ice)
    refused = ice("keys", command, "acme-2062")

    assert (1, "key-unknown", "") == (refused.code, refused.slug, refused.out)
    assert "hint: `acme-2026` is in the key-store; did you mean that?\n" in refused.err
