"""`ice keys rotate`, `revoke`, `passphrase` and `trust --rotation`: what a person reads, and what a program."""

import json
from pathlib import Path

import pytest

from ice_core.home import Home
from ice_core.key_store import KeyStore
from tests.builders.homes import make_home
from tests.builders.keys import key_record
from tests.builders.rotations import rotation_record
from tests.fakes.folders import listing
from tests.ice_cli.invoke import Ice, Outcome


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """The home folder that the environment of a test names."""
    return Home(tmp_path / "iceos-home")


@pytest.fixture
def own(ice: Ice) -> Ice:
    """`ice`, in a home with an unencrypted key `ci-key` for `acme-*`."""
    assert 0 == ice("keys", "new", "ci-key", "--package", "acme-*", "--unsafe-unencrypted").code
    return ice


def rotated(ice: Ice, *words: object) -> Outcome:
    return ice("keys", "rotate", "ci-key", "--unsafe-unencrypted", *words)


def test_the_record_is_the_data_of_rotate_and_the_words_say_whom_to_give_it(own: Ice, home: Home) -> None:
    done = rotated(own)
    old, new = KeyStore.read(home.keys).records

    assert (0, "key-rotation.v0") == (done.code, done.json["schema_version"])
    assert done.out == (home.keys / "rotations" / "ci-key.json").read_text()
    assert done.err == (
        "`ci-key-2` follows `ci-key`; it may sign acme-*.\n"
        f"The private half is in {home.keys}/private/ci-key-2.pem.\n"
        f"What `ci-key` signed stays valid if it was first seen until {old.not_after:%Y-%m-%dT%H:%M:%SZ}.\n"
        "Give the record to who trusts `ci-key`; they run:\n"
        "  ice keys trust --rotation FILE\n"
    )
    assert "ci-key-2" == new.public_key_id


def test_the_record_goes_to_a_file_and_again_gives_the_same_bytes(own: Ice, tmp_path: Path) -> None:
    file = tmp_path / "ci-key-2.rotation.json"
    done = rotated(own, "--output", file)
    before = file.read_text()

    assert "" == done.out
    assert f"  ice keys trust --rotation {file}\n" in done.err
    assert before == rotated(own).out


def test_a_program_reads_both_keys_and_the_record(own: Ice) -> None:
    told = rotated(own, "--until", "2907-01-02", "--json").json

    assert ("valid", "2907-01-02T00:00:00Z", "ci-key-2") == tuple(
        told["predecessor"][name] for name in ("state", "not_after", "successor")
    )
    assert (["ci-key"], None) == (told["successor"]["predecessors"], told["successor"]["successor"])
    assert "2907-01-02T00:00:00Z" == told["record"]["predecessor_not_after"]


def test_list_and_show_tell_which_key_follows(own: Ice) -> None:
    rotated(own, "--until", "2907-01-02")
    cells = own("keys", "list").out.splitlines()[1]

    assert "valid until 2907-01-02, followed by ci-key-2" in cells
    assert "followed by:   ci-key-2\n" in own("keys", "show", "ci-key").out
    assert "follows:       ci-key\n" in own("keys", "show", "ci-key-2").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--until", "2007-01-02"), "`--until 2007-01-02T00:00:00Z` is in the past"),
        (("--until", "2007-02-30"), "`2007-02-30` is neither a date (2027-01-31) nor an instant in UTC"),
        (("--until", "soon"), "`soon` is neither a date (2027-01-31) nor an instant in UTC"),
    ],
)
def test_a_time_that_is_none_or_past_is_a_usage_error(own: Ice, home: Home, words: tuple[str, str], said: str) -> None:
    before = listing(home.root)
    refused = rotated(own, *words)

    assert (2, "usage") == (refused.code, refused.slug)
    assert said in refused.err
    assert before == listing(home.root)


def test_without_a_passphrase_no_new_key_is_made(own: Ice, home: Home) -> None:
    """The old one is unencrypted; that is no reason for the new one to be."""
    before = listing(home.keys)
    refused = own("keys", "rotate", "ci-key")

    assert (1, "passphrase-missing") == (refused.code, refused.slug)
    assert before == listing(home.keys)


@pytest.fixture
def reader(home: Home) -> Home:
    """A home that trusts somebody's key `acme-2026` for `acme-*`."""
    return make_home(home.root, key_record(namespaces=("acme-*",)))


def test_a_rotation_is_trusted_without_another_fingerprint(ice: Ice, reader: Home, tmp_path: Path) -> None:
    """Whole output; the same again says the same."""
    file = tmp_path / "acme-2027.rotation.json"
    file.write_bytes(rotation_record(until=None))
    told = ice("keys", "trust", "--rotation", file)
    expected = (
        "Trusted `acme-2027`, which follows `acme-2026`: it may sign acme-*.\n"
        "`acme-2026`: expired 2026-06-01, followed by acme-2027; what it signed before stays valid.\n"
    )

    assert (0, "", expected) == (told.code, told.out, told.err)
    assert expected == ice("keys", "trust", "--rotation", file).err
    assert ["acme-2027"] == [row["successor"]["public_key_id"] for row in _rows(ice, file)]


def _rows(ice: Ice, file: Path) -> list[dict[str, dict[str, object]]]:
    rows: list[dict[str, dict[str, object]]] = ice("keys", "trust", "--rotation", file, "--json").json
    return rows


def test_a_forged_rotation_is_refused_with_expected_found_and_the_next_step(
    ice: Ice, reader: Home, tmp_path: Path
) -> None:
    file = tmp_path / "mallory.json"
    file.write_bytes(rotation_record(signer=3))
    before = listing(reader.root)
    refused = ice("keys", "trust", "--rotation", file)

    assert (1, "key-rotation-forged") == (refused.code, refused.slug)
    assert f"    a signature by the key with fingerprint {key_record().key.fingerprint}\n" in refused.err
    assert "hint: Ask the publisher for the file that `ice keys rotate` wrote" in refused.err
    assert before == listing(reader.root)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("acme-2027",),
        ("--fingerprint", "sha256:00"),
        ("acme-2027", "--rotation", "FILE"),
        ("--rotation", "FILE", "--package", "*"),
    ],
    ids=["nothing", "no fingerprint", "no id", "a record and an id", "a record and packages"],
)
def test_what_does_not_fit_together_is_a_usage_error_that_names_both_ways(
    ice: Ice, reader: Home, words: tuple[str, ...]
) -> None:
    refused = ice("keys", "trust", *words)

    assert (2, "usage") == (refused.code, refused.slug)
    assert "ice keys trust --rotation" in refused.err


def test_a_missing_record_is_told_with_who_writes_it(ice: Ice, reader: Home) -> None:
    refused = ice("keys", "trust", "--rotation", "none.json")

    assert (1, "file-missing") == (refused.code, refused.slug)
    assert "ice keys rotate ID --output FILE" in refused.err


def test_a_revocation_says_what_follows_and_the_line_for_others(ice: Ice, reader: Home) -> None:
    """Words to standard error; the command that others run is the data."""
    told = ice("keys", "revoke", "acme-2026", "--reason", "laptop stolen", "--at", "2026-03-04")
    first = "2026-03-04T00:00:00Z: laptop stolen"

    assert (0, "ice keys revoke acme-2026\n") == (told.code, told.out)
    assert told.err == (
        f"Revoked `acme-2026`, {first}. Whatever it signed is refused here from now on.\n"
        "Others have to be told, by a way that its thief does not have; each of them runs:\n"
    )
    again = ice("keys", "revoke", "acme-2026")
    assert f"`acme-2026` was revoked already, {first}. Nothing was changed.\n" == again.err
    assert ["revoked", False] == [
        ice("keys", "revoke", "acme-2026", "--json").json[name] for name in ("state", "changed")
    ]


def test_a_revoked_key_is_shown_with_time_and_reason(ice: Ice, reader: Home) -> None:
    ice("keys", "revoke", "acme-2026", "--reason", "laptop stolen", "--at", "2026-03-04T05:06:07Z")
    shown = ice("keys", "show", "acme-2026").out

    assert "state:         revoked 2026-03-04\n" in shown
    assert "revoked:       2026-03-04T05:06:07Z\nreason:        laptop stolen\n" in shown


def test_revoking_a_key_that_was_rotated_names_its_successor(own: Ice) -> None:
    """It stays trusted, and a thief of the old key could have made it."""
    rotated(own, "--until", "2907-01-02")
    told = own("keys", "revoke", "ci-key")

    assert "It had handed over to `ci-key-2`, which stays trusted here." in told.err
    assert "ice keys revoke ci-key\nice keys revoke ci-key-2\n" == told.out
    assert "valid" == own("keys", "show", "ci-key-2", "--json").json["state"]


def test_a_revocation_that_is_yet_to_come_is_refused(ice: Ice, reader: Home) -> None:
    """It would hold at once, whatever its time: a key that ends later is rotated."""
    before = listing(reader.root)
    refused = ice("keys", "revoke", "acme-2026", "--at", "2907-01-02")

    assert (2, "usage") == (refused.code, refused.slug)
    assert "`ice keys rotate acme-2026 --until TIME`" in refused.err
    assert before == listing(reader.root)


def test_trusting_a_revoked_key_again_names_the_revocation(ice: Ice, reader: Home) -> None:
    ice("keys", "revoke", "acme-2026", "--reason", "stolen")
    key = key_record().key
    refused = ice("keys", "trust", "acme-2026", "--fingerprint", key.fingerprint, "--key", key, "--package", "acme-*")

    assert (1, "key-revoked") == (refused.code, refused.slug)
    assert ": stolen\n" in refused.err


def test_a_key_gets_a_passphrase_and_another_one(own: Ice, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICEOS_NEW_KEY_PASSPHRASE", "correct horse")
    given = own("keys", "passphrase", "ci-key")
    monkeypatch.setenv("ICEOS_KEY_PASSPHRASE", "correct horse")
    taken = own("keys", "passphrase", "ci-key", "--unsafe-unencrypted", "--json")

    assert given.err == (
        f"`ci-key` is encrypted with the new passphrase: {home.keys}/private/ci-key.pem.\n"
        "Copies of the file that you made before still open as they did.\n"
    )
    assert (0, False) == (taken.code, taken.json["encrypted"])


def test_without_a_new_passphrase_the_key_stays_as_it_was(own: Ice, home: Home) -> None:
    before = listing(home.root)
    refused = own("keys", "passphrase", "ci-key")

    assert (1, "passphrase-missing") == (refused.code, refused.slug)
    assert "hint: Set $ICEOS_NEW_KEY_PASSPHRASE and run the command again\n" in refused.err
    assert before == listing(home.root)


def test_a_wrong_passphrase_changes_nothing(own: Ice, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICEOS_NEW_KEY_PASSPHRASE", "correct horse")
    own("keys", "passphrase", "ci-key")
    before = listing(home.root)
    monkeypatch.setenv("ICEOS_KEY_PASSPHRASE", "wrong horse")
    refused = own("keys", "passphrase", "ci-key")

    assert (1, "passphrase-wrong") == (refused.code, refused.slug)
    assert before == listing(home.root)


def test_no_command_shows_a_passphrase_or_a_private_key(own: Ice, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither words nor data nor refusals hold a secret."""
    secret = (home.keys / "private" / "ci-key.pem").read_text().splitlines()[1]
    monkeypatch.setenv("ICEOS_NEW_KEY_PASSPHRASE", "correct horse")
    seen = [own("keys", "passphrase", "ci-key")]
    monkeypatch.setenv("ICEOS_KEY_PASSPHRASE", "wrong horse")
    commands = ("list", "show ci-key", "export ci-key", "rotate ci-key", "passphrase ci-key", "revoke ci-key")
    for words in commands:
        seen += [own("keys", *words.split()), own("keys", *words.split(), "--json")]
    text = json.dumps([(each.out, each.err) for each in seen])

    assert [] == [word for word in ("correct horse", "wrong horse", secret[:16], secret[16:]) if word in text]
