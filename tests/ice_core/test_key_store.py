"""The key-store: what is read, what is refused before it is read, and what a key may have signed."""

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ice_core.errors import IceError
from ice_core.key_store import KeyRecord, KeyStore, parse_record, record_bytes
from ice_core.signing import PublicKey
from ice_core.strict_json import JsonValue

MARCH = datetime(2026, 3, 31, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def key(number: int) -> PublicKey:
    private = Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))
    return PublicKey(private.public_key().public_bytes_raw())


def record(
    *,
    public_key_id: str = "acme-2026",
    number: int = 1,
    namespaces: tuple[str, ...] = ("acme-*",),
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    revoked: datetime | None = None,
) -> KeyRecord:
    return KeyRecord(
        public_key_id=public_key_id,
        key=key(number),
        namespaces=namespaces,
        not_before=not_before,
        not_after=not_after,
        revoked=revoked,
    )


def folder_of(folder: Path, *records: KeyRecord) -> Path:
    folder.mkdir(mode=0o700)
    for each in records:
        path = folder / f"{each.public_key_id}.json"
        path.write_bytes(record_bytes(each))
        path.chmod(0o600)
    return folder


def refused_read(folder: Path) -> IceError:
    with pytest.raises(IceError) as caught:
        KeyStore.read(folder)
    return caught.value


def verdict(held: KeyRecord, *, package: str | None = "acme-csv", first_seen: datetime = MARCH) -> str:
    """`accepted`, or the slug of the refusal."""
    store = KeyStore([held], where="keys")
    try:
        store.authorise(store.get(held.public_key_id), package=package, first_seen=first_seen)
    except IceError as error:
        return error.slug
    return "accepted"


def test_a_missing_folder_is_an_empty_store(tmp_path: Path) -> None:
    assert () == KeyStore.read(tmp_path / "keys").records


def test_the_records_of_a_folder_are_read_sorted_by_id(tmp_path: Path) -> None:
    first, second = record(public_key_id="a", number=1), record(public_key_id="b", number=2)
    store = KeyStore.read(folder_of(tmp_path / "keys", second, first))

    assert (first, second) == store.records
    assert second == store.get("b")


def test_private_keys_and_unfinished_writes_are_passed_over(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "keys", record())
    (folder / "private").mkdir()
    (folder / "private" / "acme-2026.json").write_text("not read")
    (folder / ".acme-2026.json.x1.tmp").write_text("half")
    (folder / ".hidden.json").write_text("half")

    assert (record(),) == KeyStore.read(folder).records


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777])
def test_a_folder_that_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    folder = folder_of(tmp_path / "keys", record())
    folder.chmod(mode)

    assert "home-writable-by-others" == refused_read(folder).slug


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_key_file_that_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    folder = folder_of(tmp_path / "keys", record())
    (folder / "acme-2026.json").chmod(mode)

    assert "home-writable-by-others" == refused_read(folder).slug


def test_a_link_to_a_folder_is_refused(tmp_path: Path) -> None:
    folder_of(tmp_path / "real", record())
    (tmp_path / "keys").symlink_to(tmp_path / "real")

    assert "home-writable-by-others" == refused_read(tmp_path / "keys").slug


def test_a_dangling_link_is_refused_rather_than_taken_for_an_empty_store(tmp_path: Path) -> None:
    (tmp_path / "keys").symlink_to(tmp_path / "nowhere")

    assert "home-writable-by-others" == refused_read(tmp_path / "keys").slug


def test_a_key_file_that_is_a_link_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "keys", record())
    (folder / "acme-2026.json").rename(tmp_path / "elsewhere")
    (folder / "acme-2026.json").symlink_to(tmp_path / "elsewhere")

    assert "home-writable-by-others" == refused_read(folder).slug


def test_a_folder_in_the_place_of_a_key_file_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "keys")
    (folder / "acme.json").mkdir(mode=0o700)

    assert "file-not-regular" == refused_read(folder).slug


def test_a_pipe_in_the_place_of_a_key_file_is_not_waited_for(tmp_path: Path) -> None:
    """Threat 24: link in place of a file: whatever is no regular file is refused, and nobody hangs on it."""
    folder = folder_of(tmp_path / "keys")
    os.mkfifo(folder / "acme.json", 0o600)

    assert "file-not-regular" == refused_read(folder).slug


def test_a_key_file_that_is_huge_is_not_read(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "keys")
    (folder / "acme.json").write_bytes(b" " * (1 << 20))
    (folder / "acme.json").chmod(0o600)

    assert "file-too-large" == refused_read(folder).slug


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("{}")

    assert "file-not-regular" == refused_read(tmp_path / "keys").slug


def test_a_key_under_two_ids_is_refused(tmp_path: Path) -> None:
    twins = (record(public_key_id="a"), record(public_key_id="b"))

    error = refused_read(folder_of(tmp_path / "keys", *twins))

    assert "key-duplicate" == error.slug
    assert "a" in str(error)


def test_an_id_with_two_keys_is_refused() -> None:
    with pytest.raises(IceError) as caught:
        KeyStore([record(number=1), record(number=2)], where="keys")

    assert "key-duplicate" == caught.value.slug


def test_a_file_named_after_another_key_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "keys", record())
    (folder / "acme-2026.json").rename(folder / "iceos-root-2025.json")
    error = refused_read(folder)

    assert "key-file-invalid" == error.slug
    assert ("iceos-root-2025", "acme-2026") == (error.finding.expected, error.finding.found)


GOOD = json.loads(record_bytes(record()))


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"public_key_id": "../../etc/x"}, "key-file-invalid"),
        ({"public_key_id": "Acme"}, "key-file-invalid"),
        ({"namespaces": []}, "key-file-invalid"),
        ({"namespaces": ["Acme"]}, "key-file-invalid"),
        ({"namespaces": ["acme*"]}, "key-file-invalid"),
        ({"namespaces": ["*-csv"]}, "key-file-invalid"),
        ({"namespaces": "acme-*"}, "key-file-invalid"),
        ({"not_after": "2026-03-31"}, "key-file-invalid"),
        ({"not_after": "2026-02-30T00:00:00Z"}, "key-file-invalid"),
        ({"revoked": True}, "key-file-invalid"),
        ({"private_key": "x"}, "key-file-invalid"),
        ({"public_key": "AAAA"}, "key-malformed"),
        ({"public_key": "A" * 43 + "="}, "key-low-order"),
    ],
)
def test_a_key_file_of_another_form_is_refused(change: dict[str, JsonValue], slug: str) -> None:
    with pytest.raises(IceError) as caught:
        parse_record(json.dumps({**GOOD, **change}).encode(), where="acme-2026.json")

    assert slug == caught.value.slug


def test_a_key_file_with_a_member_twice_is_refused() -> None:
    data = record_bytes(record()).replace(b"{", b'{"namespaces": ["*"],', 1)
    with pytest.raises(IceError) as caught:
        parse_record(data, where="acme-2026.json")

    assert "json-duplicate-member" == caught.value.slug


instants = st.none() | st.datetimes(
    min_value=datetime(1970, 1, 1),
    max_value=datetime(9998, 1, 1),
    timezones=st.just(UTC),
).map(lambda moment: moment.replace(microsecond=0))


@given(not_before=instants, not_after=instants, revoked=instants, comment=st.sampled_from(["", "Acme's 2026 key: été"]))
def test_a_record_reads_back_from_its_bytes(
    not_before: datetime | None, not_after: datetime | None, revoked: datetime | None, comment: str
) -> None:
    written = KeyRecord(
        public_key_id="acme-2026",
        key=key(1),
        namespaces=("acme-*", "csv"),
        not_before=not_before,
        not_after=not_after,
        revoked=revoked,
        comment=comment,
    )

    assert written == parse_record(record_bytes(written), where="acme-2026.json")


def test_times_are_written_in_utc() -> None:
    written = record(not_after=datetime(2026, 3, 31, 2, tzinfo=timezone(timedelta(hours=2))))

    assert MARCH == parse_record(record_bytes(written), where="k").not_after


def test_an_unknown_key_names_the_known_ones_and_the_near_ones() -> None:
    store = KeyStore(
        [
            record(public_key_id="acme-2025", number=1, not_after=MARCH),
            record(public_key_id="acme-2024", number=2, revoked=MARCH),
            record(public_key_id="iceos-root-2025", number=3),
        ],
        where="~/.iceos/keys",
    )
    with pytest.raises(IceError) as caught:
        store.get("acme-2026")
    finding = caught.value.finding

    assert "key-unknown" == caught.value.slug
    assert (
        "Known keys:",
        "  acme-2024  revoked 2026-03-31",
        "  acme-2025  valid until 2026-03-31",
        "  iceos-root-2025",
    ) == finding.detail
    assert "`acme-2025` is in the key-store; did you mean that?" in finding.hints


@pytest.mark.parametrize("name", ["../../etc/x", "acme-2026.json", "", "*", "\x1b[2J"])
def test_an_id_that_looks_like_a_path_finds_nothing(tmp_path: Path, name: str) -> None:
    store = KeyStore.read(folder_of(tmp_path / "keys", record()))
    with pytest.raises(IceError) as caught:
        store.get(name)

    assert "key-unknown" == caught.value.slug
    assert "\x1b" not in str(caught.value)


def test_an_empty_store_says_so() -> None:
    with pytest.raises(IceError) as caught:
        KeyStore([], where="keys").get("acme-2026")

    assert "The key-store is empty." == caught.value.finding.note


@pytest.mark.parametrize(
    ("namespaces", "package", "expected"),
    [
        (("acme-*",), "acme-csv", "accepted"),
        (("acme-*",), "Acme_CSV", "accepted"),
        (("acme-*",), "acme.csv", "accepted"),
        (("acme-*",), "acme", "key-namespace"),
        (("acme-*",), "acmecsv", "key-namespace"),
        (("acme-*",), "evil-acme-csv", "key-namespace"),
        (("acme-*", "acme"), "acme", "accepted"),
        (("acme",), "acme-csv", "key-namespace"),
        (("other-*",), "acme-csv", "key-namespace"),
        (("*",), "acme-csv", "accepted"),
        (("*",), None, "accepted"),
        (("acme-*",), None, "key-namespace"),
    ],
)
def test_a_key_signs_only_within_its_namespaces(
    namespaces: tuple[str, ...], package: str | None, expected: str
) -> None:
    assert expected == verdict(record(namespaces=namespaces), package=package)


@pytest.mark.parametrize(
    ("first_seen", "expected"),
    [(MARCH - SECOND, "key-not-yet-valid"), (MARCH, "accepted"), (MARCH + SECOND, "key-expired")],
)
def test_validity_is_judged_when_a_signature_was_first_seen(first_seen: datetime, expected: str) -> None:
    assert expected == verdict(record(not_before=MARCH, not_after=MARCH), first_seen=first_seen)


@pytest.mark.parametrize("first_seen", [MARCH - timedelta(days=900), MARCH, MARCH + timedelta(days=900)])
def test_a_revoked_key_is_refused_whenever_its_signature_was_first_seen(first_seen: datetime) -> None:
    assert "key-revoked" == verdict(record(revoked=MARCH), first_seen=first_seen)
