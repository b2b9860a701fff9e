"""The index brought up to date: what is read again, what is taken over, and when nothing is written."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.index_building import Observed, observed_at_rest, write_index
from ice_core.index_renewal import Renewal, index_state, synchronise
from ice_core.key_store import KeyStore, record_bytes
from tests.builders.homes import NOW, install, listing, make_home, write
from tests.builders.indexed import index_file, indexed_home, load, opened, package
from tests.builders.keys import key_record
from tests.builders.manifests import component, manifest

ONE, TWO = package("one", component("one")), package("two", component("two"))


def outcome(home: Home) -> tuple[str, int, int, int]:
    done = synchronise(home, now=NOW)
    return done.outcome, done.packages, done.components, done.verified


def test_only_folders_of_distributions_on_the_import_path_make_it_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking into any other costs a start nothing; so a folder that somebody works in leaves the index as it is."""
    home = make_home(tmp_path / "home")
    install(home, ONE)
    packages, work = tmp_path / "packages", tmp_path / "work"
    packages.mkdir()
    work.mkdir()
    monkeypatch.setattr(sys, "path", [str(packages), str(work)])
    outcome(home)
    (work / "notes.txt").write_text("changed")
    after_work = outcome(home)
    (packages / "quiet-1.0.dist-info").mkdir()
    after_install = outcome(home)

    assert ("already-fresh", 1, 1, 0) == after_work
    assert ("written", 1, 1, 0) == after_install
    assert ("already-fresh", 1, 1, 0) == outcome(home)


def test_each_manifest_is_read_once(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    install(home, ONE)
    first = outcome(home)
    install(home, TWO)
    second = outcome(home)
    (home.manifests / "one-1.0.0.json").unlink()
    third = outcome(home)

    assert ("written", 1, 1, 1) == first
    assert ("written", 2, 2, 1) == second
    assert ("written", 1, 1, 0) == third
    assert ("already-fresh", 1, 1, 0) == outcome(home)
    assert ["two"] == [item.id.name for item in load(home).list()]


def test_what_is_taken_over_is_what_was_verified(tmp_path: Path) -> None:
    """Entries, verdicts and order are those of an index that was made from nothing."""
    home = indexed_home(tmp_path / "home", ONE)
    install(home, TWO)
    synchronise(home, now=NOW)
    renewed = opened(home)
    index_file(home).unlink()
    synchronise(home, now=NOW)
    anew = opened(home)

    for name in ("one", "two"):
        (left,), (right,) = renewed.rows("tool", name), anew.rows("tool", name)
        assert left == right
        assert (renewed.canonical(left), renewed.written(left)) == (anew.canonical(right), anew.written(right))
    assert [renewed.package(number) for number in range(2)] == [anew.package(number) for number in range(2)]


def test_a_damaged_entry_is_not_taken_over(tmp_path: Path) -> None:
    home = indexed_home(tmp_path / "home", ONE, TWO)
    index_file(home).write_bytes(index_file(home).read_bytes().replace(b"Does what one says.", b"Does what 0ne says."))
    install(home, package("three", component("three")))

    assert ("written", 3, 3, 3) == outcome(home)
    assert "Does what one says." == load(home).get("tool", "one").entry.description


def test_a_damaged_bucket_is_seen_and_mended(tmp_path: Path) -> None:
    home = indexed_home(tmp_path / "home", ONE, TWO)
    data = index_file(home).read_bytes()
    place = data.rindex(b"acme_csv.tools:read")
    index_file(home).write_bytes(data[:place] + b"0" + data[place + 1 :])

    assert "unusable" == index_state(home)
    assert ("written", 2, 2, 2) == outcome(home)
    assert "fresh" == index_state(home)


def test_a_key_that_changed_is_judged_anew(tmp_path: Path) -> None:
    home = indexed_home(tmp_path / "home", ONE)
    write(home.keys / "acme-2026.json", record_bytes(key_record(revoked=NOW)))

    with pytest.raises(IceError, match="key-revoked"):
        synchronise(home, now=NOW)


def test_a_key_that_ended_since_is_refused_though_nothing_changed(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", key_record(not_after=NOW + timedelta(days=1)))
    install(home, ONE)
    synchronise(home, now=NOW)

    with pytest.raises(IceError, match="key-expired"):
        synchronise(home, now=NOW + timedelta(days=2))


def test_another_key_of_the_same_name_is_not_the_one_that_vouched(tmp_path: Path) -> None:
    home = indexed_home(tmp_path / "home", ONE)
    write(home.keys / "acme-2026.json", record_bytes(key_record(2)))

    with pytest.raises(IceError, match="signature-mismatch"):
        synchronise(home, now=NOW)
    with pytest.raises(IceError, match="signature-mismatch"):
        load(home)


def test_every_refusal_is_told_at_once(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    for value in (ONE, TWO):
        path = install(home, value)
        path.write_bytes(path.read_bytes().replace(b"Does what", b"Does That"))

    with pytest.raises(IceError) as caught:
        synchronise(home, now=NOW)

    assert ["signature-mismatch"] * 2 == [finding.slug for finding in caught.value.findings]
    assert "absent" == index_state(home)


def test_progress_is_told_for_each_manifest(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    install(home, ONE)
    install(home, TWO)
    told: list[tuple[int, int]] = []

    synchronise(home, now=NOW, progress=lambda done, of: told.append((done, of)))

    assert [(0, 2), (1, 2)] == told


def test_the_users_own_manifest_is_indexed_first(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    write(home.manifest, manifest(component("mine"), name="mine"))
    install(home, ONE)
    synchronise(home, now=NOW)
    index = opened(home)

    assert ["plugins.json", "plugins.d/one-1.0.0.json"] == [index.package(number)["file"] for number in range(2)]
    assert ("user", "installed", 1) == (index.package(0)["kind"], index.package(1)["kind"], index.head["unsigned"])


def test_manifests_that_were_not_all_read_make_no_index(tmp_path: Path) -> None:
    """A manifest that appeared while the others were read would be hidden."""
    home = make_home(tmp_path / "home")
    install(home, ONE)
    observed = observed_at_rest(home)

    assert not write_index(home, [], observed=observed, keys=KeyStore.read(home.keys))
    assert not home.cache.exists()


def test_a_load_does_not_begin_a_renewal_where_there_was_no_index(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    install(home, ONE)
    before = listing(home.root)
    load(home)

    assert Renewal.begin(home) is None
    assert before == listing(home.root)


def test_what_is_observed_at_rest_would_show_a_change(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    path = install(home, ONE)
    observed = observed_at_rest(home)
    path.write_bytes(path.read_bytes() + b" ")

    assert 0 == observed.rests_in_ns()
    assert observed.files != Observed.of(home).files


def test_a_home_that_is_not_there_has_nothing_to_observe(tmp_path: Path) -> None:
    observed = Observed.of(Home(tmp_path / "absent"))

    assert ({}, ()) == (observed.files, observed.key_files)
    assert {None} == {stamp for _, stamp in observed.places}
