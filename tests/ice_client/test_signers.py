"""Private keys: made once, kept from others, opened only with their passphrase."""

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from ice_client.private_key_files import UnsafeUnencrypted
from ice_client.signers import change_passphrase, create_key, load_private_key, passphrase_from
from ice_core.canonical import Digest
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.key_store import KeyRecord, KeyStore
from ice_core.signing import message_to_sign, sign, verify
from tests.fakes.folders import listing

NOW = datetime(2026, 10, 2, 12, 0, 0, 5, tzinfo=UTC)
PASSPHRASE = b"correct horse"


def made(
    home: Home, public_key_id: str = "acme-2026", *, passphrase: bytes | UnsafeUnencrypted = PASSPHRASE
) -> KeyRecord:
    return create_key(home, public_key_id, passphrase=passphrase, namespaces=("acme-*",), now=NOW)


def refused(home: Home, public_key_id: str = "acme-2026", *, passphrase: bytes | None = PASSPHRASE) -> IceError:
    with pytest.raises(IceError) as caught:
        load_private_key(home, public_key_id, passphrase=passphrase)
    return caught.value


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_a_key_that_was_made_signs_what_its_public_record_verifies(home: Home) -> None:
    made(home)
    message = message_to_sign(Digest.of(b"manifest"), ())
    signature = sign(load_private_key(home, "acme-2026", passphrase=PASSPHRASE), message)

    verify(KeyStore.read(home.keys).get("acme-2026").key, message, signature, where="a test")


def test_the_record_of_a_new_key_says_what_it_may_sign_and_from_when(home: Home) -> None:
    record = made(home)

    assert (record,) == KeyStore.read(home.keys).records
    assert (("acme-*",), NOW.replace(microsecond=0)) == (record.namespaces, record.not_before)


def test_nobody_else_can_read_what_lies_under_keys(home: Home) -> None:
    made(home)
    modes = {
        path.relative_to(home.keys).as_posix(): oct(stat.S_IMODE(path.stat().st_mode))
        for path in (home.keys, *home.keys.rglob("*"))
    }

    assert {".": "0o700", "acme-2026.json": "0o600", "private": "0o700", "private/acme-2026.pem": "0o600"} == modes


def test_a_private_key_is_encrypted_on_disk(home: Home) -> None:
    made(home)
    data = (home.keys / "private" / "acme-2026.pem").read_bytes()

    assert data.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


def test_only_the_unsafe_choice_leaves_a_private_key_unencrypted(home: Home) -> None:
    made(home, passphrase=UnsafeUnencrypted())

    assert (home.keys / "private" / "acme-2026.pem").read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")
    load_private_key(home, "acme-2026", passphrase=None)


@pytest.mark.parametrize(
    ("left", "passphrase"),
    [
        ("acme-2026.json", PASSPHRASE),
        ("private/acme-2026.pem", b"another wrong horse"),
        ("private/acme-2026.pem", UnsafeUnencrypted()),
    ],
    ids=["a record", "a private half under another passphrase", "an encrypted private half"],
)
def test_a_key_is_never_replaced(home: Home, left: str, passphrase: bytes | UnsafeUnencrypted) -> None:
    made(home)
    other = "private/acme-2026.pem" if left.endswith(".json") else "acme-2026.json"
    (home.keys / other).unlink()
    before = listing(home.root)

    with pytest.raises(IceError) as caught:
        made(home, passphrase=passphrase)

    assert "key-exists" == caught.value.slug
    assert before == listing(home.root)


@pytest.mark.parametrize("passphrase", [PASSPHRASE, UnsafeUnencrypted()], ids=["encrypted", "unencrypted"])
def test_a_private_half_that_a_kill_left_behind_is_taken_up(home: Home, passphrase: bytes | UnsafeUnencrypted) -> None:
    """Its record was never written, so nobody trusts it yet; who has its passphrase is who made it."""
    first = made(home, passphrase=passphrase)
    (home.keys / "acme-2026.json").unlink()
    before = (home.keys / "private" / "acme-2026.pem").read_bytes()

    again = made(home, passphrase=passphrase)

    assert first.key == again.key
    assert before == (home.keys / "private" / "acme-2026.pem").read_bytes()


def test_a_passphrase_is_changed_and_the_key_stays(home: Home) -> None:
    made(home)
    private = load_private_key(home, "acme-2026", passphrase=PASSPHRASE)
    change_passphrase(home, "acme-2026", private, to=b"another horse")

    opened = load_private_key(home, "acme-2026", passphrase=b"another horse")

    assert private.private_bytes_raw() == opened.private_bytes_raw()
    assert "passphrase-wrong" == refused(home).slug
    assert 0o600 == stat.S_IMODE((home.keys / "private" / "acme-2026.pem").stat().st_mode)


def test_a_passphrase_that_cannot_encrypt_changes_nothing(home: Home) -> None:
    made(home)
    private = load_private_key(home, "acme-2026", passphrase=PASSPHRASE)
    before = listing(home.root)
    with pytest.raises(IceError) as caught:
        change_passphrase(home, "acme-2026", private, to=b"")

    assert "passphrase-too-short" == caught.value.slug
    assert before == listing(home.root)


@pytest.mark.parametrize("public_key_id", ["", "../etc/x", "Acme", "a/b", ".a", "a" * 65, "acme\n", "ácme"])
def test_what_cannot_name_a_key_is_refused_and_nothing_is_written(home: Home, public_key_id: str) -> None:
    with pytest.raises(IceError) as caught:
        made(home, public_key_id)

    assert "key-id-invalid" == caught.value.slug
    assert {} == listing(home.root)


@pytest.mark.parametrize(
    ("passphrase", "slug", "found"),
    [
        (b"", "passphrase-too-short", "0 characters"),
        (b"x", "passphrase-too-short", "1 character"),
        (b"eleven char", "passphrase-too-short", "11 characters"),
        ("elevén chär".encode(), "passphrase-too-short", "11 characters"),
        (b"x" * 1024, "passphrase-unusable", "1024 bytes"),
    ],
)
def test_a_passphrase_that_should_not_encrypt_is_refused_and_nothing_is_written(
    home: Home, passphrase: bytes, slug: str, found: str
) -> None:
    """Too short to last against somebody who has the file, or longer than OpenSSL takes."""
    with pytest.raises(IceError) as caught:
        made(home, passphrase=passphrase)

    assert (slug, found) == (caught.value.slug, caught.value.finding.found)
    assert {} == listing(home.root)


def test_a_namespace_that_no_key_may_have_is_refused_and_nothing_is_written(home: Home) -> None:
    with pytest.raises(IceError) as caught:
        create_key(home, "acme", passphrase=PASSPHRASE, namespaces=("*csv",), now=NOW)

    assert "key-file-invalid" == caught.value.slug
    assert {} == listing(home.root)


def test_an_encrypted_key_needs_its_passphrase(home: Home) -> None:
    made(home)

    assert "passphrase-missing" == refused(home, passphrase=None).slug
    assert "passphrase-wrong" == refused(home, passphrase=b"another wrong horse").slug


def test_a_key_that_is_not_here_is_refused_with_the_ones_that_are(home: Home) -> None:
    made(home)
    error = refused(home, "acme-2025")

    assert "private-key-missing" == error.slug
    assert (
        "`acme-2026` is here; did you mean that?",
        "To make it, run `ice keys new acme-2025`",
    ) == error.finding.hints


def test_a_home_without_keys_says_how_to_make_one(home: Home) -> None:
    assert ("To make it, run `ice keys new acme-2026`",) == refused(home).finding.hints


def test_a_path_is_no_id_of_a_private_key(home: Home) -> None:
    assert "key-id-invalid" == refused(home, "../../etc/shadow").slug


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_private_key_that_others_can_read_is_not_used(home: Home, mode: int) -> None:
    made(home)
    (home.keys / "private" / "acme-2026.pem").chmod(mode)

    assert "private-key-exposed" == refused(home).slug


def test_a_private_key_in_a_folder_that_others_can_write_is_not_used(home: Home) -> None:
    made(home)
    (home.keys / "private").chmod(0o770)

    assert "home-writable-by-others" == refused(home).slug


def test_a_link_is_not_followed_to_a_private_key(home: Home, tmp_path: Path) -> None:
    made(home)
    path = home.keys / "private" / "acme-2026.pem"
    os.rename(path, tmp_path / "elsewhere.pem")
    path.symlink_to(tmp_path / "elsewhere.pem")

    assert "home-writable-by-others" == refused(home).slug


def test_a_file_without_an_ed25519_key_is_refused(home: Home) -> None:
    made(home, passphrase=UnsafeUnencrypted())
    path = home.keys / "private" / "acme-2026.pem"
    path.write_bytes(b"not a key")
    of_garbage = refused(home)
    path.write_bytes(
        generate_private_key(SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )

    assert ("private-key-invalid", "private-key-invalid") == (of_garbage.slug, refused(home).slug)


@pytest.mark.parametrize(
    ("environ", "answer", "expected"),
    [
        ({"ICEOS_KEY_PASSPHRASE": "from here"}, "from there", b"from here"),
        ({"ICEOS_KEY_PASSPHRASE": ""}, "from there", b"from there"),
        ({}, "schlüssel", "schlüssel".encode()),
        ({}, "", None),
        ({}, None, None),
    ],
)
def test_the_passphrase_comes_from_the_environment_or_else_the_prompt(
    environ: dict[str, str], answer: str | None, expected: bytes | None
) -> None:
    prompt = (lambda: answer) if answer is not None else None

    assert expected == passphrase_from(environ, prompt=prompt)
