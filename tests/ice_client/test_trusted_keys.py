"""Whom to trust: a key enters the key-store only under the fingerprint that its publisher gave."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ice_client.private_key_files import UnsafeUnencrypted
from ice_client.signers import create_key
from ice_client.trusted_keys import key_record, list_keys, trust_key
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.key_store import KeyRecord, KeyStore, record_bytes
from ice_core.signing import PublicKey
from tests.fakes.folders import listing

NOW = datetime(2026, 10, 2, 12, tzinfo=UTC)


def public_key(number: int) -> PublicKey:
    private = Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))
    return PublicKey(private.public_key().public_bytes_raw())


RECORD = KeyRecord(public_key_id="acme-2026", key=public_key(1), namespaces=("acme-*",))
FINGERPRINT = str(RECORD.key.fingerprint)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def refused(home: Home, record: KeyRecord, *, fingerprint: str) -> IceError:
    before = listing(home.root)
    with pytest.raises(IceError) as caught:
        trust_key(home, record, fingerprint=fingerprint)
    assert before == listing(home.root)
    return caught.value


@pytest.mark.parametrize("fingerprint", [FINGERPRINT, RECORD.key.fingerprint.hex, f" {FINGERPRINT.upper()} "])
def test_a_key_with_the_publishers_fingerprint_is_trusted(home: Home, fingerprint: str) -> None:
    trust_key(home, RECORD, fingerprint=fingerprint)

    assert (RECORD,) == KeyStore.read(home.keys).records


def test_a_key_with_another_fingerprint_is_not_trusted(home: Home) -> None:
    error = refused(home, RECORD, fingerprint=str(public_key(2).fingerprint))

    assert "key-fingerprint-mismatch" == error.slug
    assert (str(public_key(2).fingerprint), FINGERPRINT) == (error.finding.expected, error.finding.found)


@pytest.mark.parametrize("fingerprint", ["", "sha256:", FINGERPRINT[:-1], FINGERPRINT[:20]])
def test_a_part_of_a_fingerprint_is_no_fingerprint(home: Home, fingerprint: str) -> None:
    assert "key-fingerprint-mismatch" == refused(home, RECORD, fingerprint=fingerprint).slug


def test_trusting_a_key_again_changes_nothing(home: Home) -> None:
    trust_key(home, RECORD, fingerprint=FINGERPRINT)
    before = listing(home.root)
    trust_key(home, RECORD, fingerprint=FINGERPRINT)

    assert before == listing(home.root)


def test_a_trusted_key_is_not_replaced_by_another_of_its_name(home: Home) -> None:
    trust_key(home, RECORD, fingerprint=FINGERPRINT)
    other = replace(RECORD, key=public_key(2))

    assert "key-exists" == refused(home, other, fingerprint=str(other.key.fingerprint)).slug


def test_a_revoked_key_is_not_brought_back_by_trusting_it_again(home: Home) -> None:
    trust_key(home, replace(RECORD, revoked=NOW), fingerprint=FINGERPRINT)

    assert "key-revoked" == refused(home, RECORD, fingerprint=FINGERPRINT).slug


def test_one_key_is_not_trusted_under_two_names(home: Home) -> None:
    trust_key(home, RECORD, fingerprint=FINGERPRINT)
    again = replace(RECORD, public_key_id="acme-again")

    assert "key-duplicate" == refused(home, again, fingerprint=FINGERPRINT).slug


def test_a_key_whose_id_is_a_path_is_not_trusted(home: Home) -> None:
    assert "key-id-invalid" == refused(home, replace(RECORD, public_key_id="../x"), fingerprint=FINGERPRINT).slug


def test_a_key_file_is_read_as_it_is_and_can_be_trusted_for_less() -> None:
    data = record_bytes(replace(RECORD, not_after=NOW))

    assert replace(RECORD, not_after=NOW) == key_record(data, where="acme.json")
    assert ("acme-csv",) == key_record(data, where="acme.json", namespaces=("acme-csv",)).namespaces


def test_a_bare_public_key_is_read_with_the_name_and_packages_given() -> None:
    text = f"{RECORD.key}\n".encode()

    assert RECORD == key_record(text, where="a file", public_key_id="acme-2026", namespaces=("acme-*",))


def test_a_key_file_of_another_key_than_asked_for_is_refused() -> None:
    with pytest.raises(IceError) as caught:
        key_record(record_bytes(RECORD), where="acme.json", public_key_id="other-2026")

    assert "key-file-invalid" == caught.value.slug


TEXT = str(RECORD.key).encode()


@pytest.mark.parametrize(
    "data",
    [TEXT, TEXT + b"\n", TEXT + b"\r\n", b"  " + TEXT + b"\t \n\n", b"\n" + TEXT],
    ids=["bare", "line end", "CRLF", "blanks around", "line end before"],
)
def test_white_space_around_a_public_key_is_no_difference(data: bytes) -> None:
    assert RECORD.key == key_record(data, where="a file", public_key_id="acme", namespaces=("*",)).key


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (TEXT[:20] + b"\n" + TEXT[20:], "white space inside"),
        (TEXT[:20] + b" " + TEXT[20:], "white space inside"),
        (b"\xef\xbb\xbf" + TEXT, "a byte order mark before the first character"),
        (TEXT + b"\xc2\xa0", "characters that are not ASCII"),
        (TEXT + b"\x0b", None),
        (TEXT + TEXT, None),
        (TEXT.rstrip(b"="), None),
        (TEXT.replace(b"+", b"-").replace(b"/", b"_"), None),
        (b"-----BEGIN PUBLIC KEY-----\n" + TEXT + b"\n-----END PUBLIC KEY-----\n", "white space inside"),
        (RECORD.key.raw, "characters that are not ASCII"),
    ],
    ids=[
        "line break inside", "blank inside", "byte order mark", "a space of another script", "vertical tab", "twice",
        "no padding", "the other alphabet", "PEM", "raw bytes",
    ],
)  # fmt: skip
def test_what_two_readers_could_read_in_two_ways_is_no_public_key(data: bytes, found: str | None) -> None:
    with pytest.raises(IceError) as caught:
        key_record(data, where="a file", public_key_id="acme", namespaces=("*",))

    assert "key-malformed" == caught.value.slug
    assert found in (None, caught.value.finding.found)


@pytest.mark.parametrize(
    "around",
    [(b"", b""), (b"", b"\n\n"), (b" \t\r\n", b"\r\n"), (b"", b"   ")],
    ids=["bare", "line ends", "CRLF", "blanks"],
)
def test_white_space_around_a_key_file_is_no_difference(around: tuple[bytes, bytes]) -> None:
    data = around[0] + record_bytes(RECORD).replace(b"\n", b"\r\n") + around[1]

    assert RECORD == key_record(data, where="acme.json")


@pytest.mark.parametrize(
    ("data", "slug"),
    [
        (b"\xef\xbb\xbf" + record_bytes(RECORD), "json-not-utf8"),
        (record_bytes(RECORD).decode().encode("utf-16"), "key-malformed"),
        (record_bytes(RECORD).replace(TEXT, TEXT + b" "), "key-file-invalid"),
        (record_bytes(RECORD).replace(TEXT, TEXT[:20] + b"\\n" + TEXT[21:]), "key-malformed"),
        (record_bytes(RECORD) + record_bytes(RECORD), "json-syntax"),
        (b"{" + b" " * 20_000 + record_bytes(RECORD)[1:], "json-too-large"),
    ],
    ids=["byte order mark", "UTF-16", "blank in the key", "line break in the key", "two documents", "huge"],
)
def test_what_two_readers_could_read_in_two_ways_is_no_key_file(data: bytes, slug: str) -> None:
    with pytest.raises(IceError) as caught:
        key_record(data, where="acme.json")

    assert slug == caught.value.slug


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"AAAA"])
def test_what_is_no_public_key_is_refused(data: bytes) -> None:
    with pytest.raises(IceError) as caught:
        key_record(data, where="a file", public_key_id="acme-2026", namespaces=("*",))

    assert "key-malformed" == caught.value.slug


def test_keys_are_listed_with_where_their_private_halves_are(home: Home) -> None:
    trust_key(home, RECORD, fingerprint=FINGERPRINT)
    create_key(home, "mine", passphrase=b"correct horse", namespaces=("*",), now=NOW)
    create_key(home, "open", passphrase=UnsafeUnencrypted(), namespaces=("*",), now=NOW)

    assert [("acme-2026", False, False), ("mine", True, True), ("open", True, False)] == [
        (key.record.public_key_id, key.private is not None, key.encrypted) for key in list_keys(home)
    ]


def test_a_home_without_keys_lists_none(home: Home) -> None:
    assert () == list_keys(home)
