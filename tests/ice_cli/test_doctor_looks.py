"""What each look of `ice doctor` tells of what is not in order: verdict, slug and the command that mends it."""

import os
import re
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ice_cli.doctor_machine import OLDER_VARIABLE, VARIABLES
from ice_cli.doctor_plugins import clock
from ice_cli.observations import Observation, Surroundings, good, looked
from ice_client.private_key_files import UnsafeUnencrypted, pem_bytes
from ice_core.canonical import printed_bytes
from ice_core.clock import clock_path, remember_time
from ice_core.home import Home
from ice_core.key_store import KeyRecord, record_bytes
from ice_core.machine_cache import MachineCache
from ice_core.manifest_sources import first_seen_bytes
from ice_core.models.lock import LOCK_NAME
from tests.builders.homes import make_home, write
from tests.builders.keys import key_record, private_key
from tests.builders.manifests import manifest
from tests.builders.rotations import rotation_record
from tests.house.tree import modules_of_source
from tests.ice_cli.doctor_places import NOW, around, folder, home, seen, told
from tests.ice_cli.invoke import Ice
from tests.ice_cli.worlds import counting

__all__ = ["folder", "home"]


def test_a_home_that_others_could_change_is_a_problem(folder: Path, tmp_path: Path) -> None:
    home = make_home(tmp_path / "iceos-home")
    home.keys.chmod(0o777)

    (found,) = seen("home", around(home, folder))

    assert ("problem", "home-writable-by-others") == (found.verdict, found.slug)
    assert f"To take it back, run `chmod go-w {home.keys}`" == found.mend


def test_a_home_that_is_a_file_is_a_problem(folder: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "iceos-home", b"")

    assert [("problem", f"{path} is not a folder")] == told("home", around(Home(path), folder))


@pytest.mark.parametrize(
    ("record", "verdict", "words"),
    [
        (key_record(namespaces=("acme-*",)), "ok", "acme-2026, trusted, for acme-*"),
        (key_record(not_after=NOW + timedelta(days=1)), "ok", "for any package, until 2026-06-02"),
        (
            key_record(not_after=NOW - timedelta(days=1)),
            "warning",
            "expired 2026-05-31; only what was first seen before counts",
        ),
        (key_record(not_before=NOW + timedelta(days=1)), "note", "valid from 2026-06-02 on"),
        (key_record(revoked=NOW), "note", "revoked 2026-06-01, so nothing that it signed is loaded"),
        (
            replace(key_record(not_after=NOW - timedelta(days=1)), successor="acme-2027"),
            "ok",
            "handed over to acme-2027 on 2026-05-31",
        ),
    ],
)
def test_a_key_is_told_with_what_it_is_still_good_for(
    folder: Path, tmp_path: Path, record: KeyRecord, verdict: str, words: str
) -> None:
    home = make_home(tmp_path / "iceos-home", record)

    ((found, message),) = told("keys", around(home, folder))

    assert (verdict, True) == (found, message.endswith(words))


@pytest.mark.parametrize(("days", "told_so"), [(29, True), (31, False), (-1, False)])
def test_a_key_of_ones_own_that_ends_soon_is_told_while_it_can_hand_over(
    folder: Path, tmp_path: Path, days: int, *, told_so: bool
) -> None:
    home = make_home(tmp_path / "iceos-home", key_record(not_after=NOW + timedelta(days=days)))
    write(home.keys / "private" / "acme-2026.pem", pem_bytes(private_key(), UnsafeUnencrypted()))
    mends = [each.mend for each in seen("keys", around(home, folder))]

    assert told_so == ("To make the key that follows, run `ice keys rotate acme-2026`" in mends)


def test_a_rotation_that_was_not_finished_is_told(folder: Path, tmp_path: Path) -> None:
    home = make_home(tmp_path / "iceos-home")
    write(home.keys / "rotations" / "acme-2026.json", rotation_record())
    mends = [each.mend for each in seen("keys", around(home, folder))]

    assert [None, "To finish it, run `ice keys rotate acme-2026`"] == mends


def test_a_clock_that_was_set_back_is_told(folder: Path, tmp_path: Path) -> None:
    home = make_home(tmp_path / "iceos-home")
    remember_time(home, NOW + timedelta(days=1))

    ((verdict, message),) = told("clock", around(home, folder))

    assert ("problem", True) == (
        verdict,
        "the latest time that was seen here (clock.json) is from 2026-06-02" in message,
    )


def test_a_damaged_record_of_the_clock_is_told_with_what_mends_it(folder: Path, tmp_path: Path) -> None:
    home = make_home(tmp_path / "iceos-home")
    write(clock_path(home), b"{")

    (observation,) = clock(around(home, folder))

    assert ("problem", "json-syntax", f"To forget the latest time that was seen, run `rm {clock_path(home)}`") == (
        observation.verdict,
        observation.slug,
        observation.mend,
    )


def test_a_private_half_that_is_open_is_told(ice: Ice, folder: Path, tmp_path: Path) -> None:
    """Unencrypted is a warning; readable by others a problem."""
    assert 0 == ice("keys", "new", "acme-2026", "--unsafe-unencrypted").code
    home = Home(tmp_path / "iceos-home")
    path = home.keys / "private" / "acme-2026.pem"
    path.chmod(0o644)

    own, exposed, open_half = seen("keys", around(home, folder, now=datetime.now(UTC)))

    assert ("ok", "acme-2026, yours, for any package") == (own.verdict, own.message)
    assert ("problem", "private-key-exposed") == (exposed.verdict, exposed.slug)
    assert ("warning", f"the private half of acme-2026 is not encrypted: who reads {path} has it") == (
        open_half.verdict,
        open_half.message,
    )


def test_a_key_store_that_cannot_be_read_is_a_problem(folder: Path, tmp_path: Path) -> None:
    home = make_home(tmp_path / "iceos-home")
    write(home.keys / "other.json", record_bytes(key_record()))

    assert ["key-file-invalid"] == [each.slug for each in seen("keys", around(home, folder))]
    assert ["key-file-invalid"] == [each.slug for each in seen("manifests", around(home, folder))]


def test_one_refused_manifest_does_not_hide_the_others(home: Home, folder: Path) -> None:
    """Loading refuses all of them then; here each is told."""
    write(home.manifest, b"{}")

    first, second, *_ = seen("manifests", around(home, folder))

    assert ("ok", True) == (first.verdict, first.message.endswith("6 components, signed by acme-2026"))
    assert ("problem", "manifest-invalid") == (second.verdict, second.slug)


def test_an_unsigned_manifest_counts_until_only_verified_ones_may(home: Home, folder: Path) -> None:
    write(home.manifest, manifest())

    label = str(home.manifest)
    assert (("ok", f"{label}: 1 component, unsigned")) == told("manifests", around(home, folder))[0]
    strict = seen("manifests", around(home, folder, ICEOS_NO_DYNAMIC="1"))
    assert ["manifest-unsigned"] == [each.slug for each in strict if each.verdict == "problem"]


def test_a_setting_that_says_nothing_is_a_problem(home: Home, folder: Path) -> None:
    place = around(home, folder, ICEOS_NO_DYNAMIC="maybe")

    assert "setting-invalid" == seen("environment", place)[0].slug
    assert ["setting-invalid"] == [each.slug for each in seen("manifests", place)]


def test_two_manifests_that_cannot_stand_together_are_told(home: Home, folder: Path) -> None:
    first, second = manifest(), manifest()
    second["package"] = {"name": "other", "version": "1.0.0"}
    entries = second["components"]
    assert isinstance(entries, list)
    assert isinstance(entries[0], dict)
    entries[0]["description"] = "Another"
    write(home.manifest, first)
    write(folder / "other.json", second)

    found = seen("manifests", around(home, folder, ICEOS_EXTRA_PLUGINS=str(folder / "other.json")))

    assert ["component-conflict"] == [each.slug for each in found if each.verdict == "problem"]


def test_a_wheel_that_is_gone_or_changed_is_a_problem(home: Home, folder: Path) -> None:
    (path,) = home.blob("").iterdir()
    path.write_bytes(path.read_bytes() + b" ")
    assert [("problem", "acme_words-1.0.0-py3-none-any.whl in the store is not what was signed")] == [
        each for each in told("store", around(home, folder)) if each[0] == "problem"
    ]

    path.unlink()

    assert ("problem", "acme_words-1.0.0-py3-none-any.whl is not in the store") == told("store", around(home, folder))[
        0
    ]


def test_what_nothing_names_in_the_store_is_told_and_kept(home: Home, folder: Path) -> None:
    write(home.blob("0" * 64), b"spare")

    (_, (verdict, message)) = told("store", around(home, folder))

    assert ("note", True) == (verdict, message.startswith("of them 1, 5 bytes, are named by no installed manifest"))
    assert home.blob("0" * 64).exists()


def test_an_installation_that_did_not_finish_is_told(home: Home, folder: Path) -> None:
    (home.manifests / "acme-words-1.0.0.json").unlink()

    assert ("note", "acme-words-1.0.0.wheels is left of an installation that did not finish") == (
        told("store", around(home, folder))[0]
    )


def test_a_wheel_index_that_cannot_be_read_is_a_problem(home: Home, folder: Path) -> None:
    write(home.manifests / "acme-words-1.0.0.wheels", b"\xff")

    assert "wheel-index-invalid" == seen("store", around(home, folder))[0].slug


def test_the_cache_is_told_with_its_size(home: Home, folder: Path) -> None:
    cache = MachineCache.open(home)
    assert told("cache", around(home, folder))[0][0] == "note"
    cache.make_key()
    cache.keep(cache.path("code", "a"), b"12345")

    assert [("ok", "1 file in the cache, 5 bytes of at most 536870912")] == list(told("cache", around(home, folder)))


@pytest.mark.parametrize(
    ("mode", "size", "words"), [(0o640, 32, "could be read by someone else"), (0o600, 31, "is no key")]
)
def test_a_cache_key_that_is_not_used_is_told(home: Home, folder: Path, mode: int, size: int, words: str) -> None:
    write(home.cache / "key", b"k" * size).chmod(mode)

    ((verdict, message),) = told("cache", around(home, folder))

    assert ("warning", True) == (verdict, f"{home.cache / 'key'} {words}" in message)


@pytest.mark.parametrize(
    ("statements", "slug"),
    [
        (None, "journal-unreadable"),
        (["CREATE TABLE other (x)"], "journal-unreadable"),
        (["CREATE TABLE run_journal (version)", "CREATE TABLE runs (started)"], "journal-too-new"),
        (
            ["CREATE TABLE run_journal AS SELECT 99 AS version", "CREATE TABLE runs (started)"],
            "journal-too-new",
        ),
        (
            ["CREATE TABLE run_journal AS SELECT 1 AS version", "CREATE TABLE runs AS SELECT 'soon' AS started"],
            "journal-unreadable",
        ),
    ],
)
def test_a_journal_that_cannot_be_read_is_a_problem(
    home: Home, folder: Path, statements: list[str] | None, slug: str
) -> None:
    if statements is None:
        write(home.state, b"no journal" * 1000)
    else:
        connection = sqlite3.connect(home.state)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    assert [("problem", slug)] == [(each.verdict, each.slug) for each in seen("journal", around(home, folder))]
    assert ["ok"] == [each.verdict for each in seen("clock", around(home, folder, now=NOW + timedelta(days=9999)))]


def test_leftovers_are_removed_only_when_asked_and_old_enough(ice: Ice, home: Home) -> None:
    """A younger one may belong to a write that is under way."""
    old, young = home.manifests / ".ice-abc.tmp", home.blob("") / ".ice-def.tmp"
    for path in (old, young):
        path.write_bytes(b"half")
    yesterday = time.time() - 86_400
    os.utime(old, (yesterday, yesterday))

    looked = ice("doctor")
    assert "  note     1 temporary file of a write that was killed, 4 bytes\n" in looked.out
    assert "           To remove them, run `ice doctor --fix`\n" in looked.out
    assert (0, True) == (looked.code, old.exists())

    fixed = ice("doctor", "--fix")

    assert "leftovers\n  ok       removed 1 temporary file\n" in fixed.out
    assert (False, True) == (old.exists(), young.exists())


@pytest.mark.parametrize("place", ["seen", "journal"])
def test_a_clock_before_what_was_recorded_is_a_problem(ice: Ice, home: Home, folder: Path, place: str) -> None:
    if place == "seen":
        write(home.manifests / "acme-words-1.0.0.seen", first_seen_bytes(NOW + timedelta(hours=1)))
        write(home.manifests / "damaged.seen", b"{}")
    else:
        counting(folder / "count.json")
        assert 0 == ice("run", "count.json", "--input", "text=a", "--no-dynamic").code

    ((verdict, message),) = told("clock", around(home, folder))

    assert "problem" == verdict
    assert message.startswith("the clock says 2026-06-01 00:00:00 UTC, and ")


def test_an_index_is_a_folder_that_can_be_read(home: Home, folder: Path) -> None:
    (folder / "market").mkdir()
    (folder / "file").touch()

    assert [("ok", f"{folder}/market: 0 packages")] == told(
        "index", around(home, folder, ICEOS_INDEX=f"{folder}/market")
    )
    for location, slug in [("none", "index-missing"), ("file", "index-missing"), ("https://a.b", "index-unsupported")]:
        found = seen("index", around(home, folder, ICEOS_INDEX=location if ":" in location else f"{folder}/{location}"))
        assert [("problem", slug)] == [(each.verdict, each.slug) for each in found]


def test_what_the_system_does_not_let_be_read_is_a_problem(home: Home, folder: Path) -> None:
    """What was seen before it stays."""

    def look(place: Surroundings) -> Iterator[Observation]:
        yield good("the first")
        raise PermissionError(13, "Permission denied", str(place.home.root))

    assert ["the first", f"{home.root} cannot be read: Permission denied"] == [
        each.message for each in looked(look, around(home, folder))
    ]


def test_a_passphrase_is_never_shown(home: Home, folder: Path) -> None:
    lines = told("environment", around(home, folder, ICEOS_KEY_PASSPHRASE="correct horse", ICEOS_HOME="h"))

    assert ("ok", "ICEOS_KEY_PASSPHRASE is set; its value is not shown") in lines
    assert ("ok", "ICEOS_HOME=h") in lines
    assert "horse" not in str(lines)


def test_every_variable_that_iceos_reads_is_known() -> None:
    """What is not in the table is told as a misspelling."""
    read = {name for module in modules_of_source() for name in re.findall(r"\bICEOS_[A-Z][A-Z_]*", module.text)}

    assert set() == read - {*VARIABLES, OLDER_VARIABLE}


def test_a_program_that_is_missing_says_what_will_not_work(home: Home, folder: Path) -> None:
    assert (
        "note",
        "git is not on the path: `ice plugins export` to standard output cannot keep the committed `created`",
    ) in told("programs", around(home, folder))


def test_a_lock_that_is_none_is_a_problem(home: Home, folder: Path) -> None:
    (folder / LOCK_NAME).write_bytes(printed_bytes({}))

    assert [("problem", "lock-invalid")] == [(each.verdict, each.slug) for each in seen("lock", around(home, folder))]
