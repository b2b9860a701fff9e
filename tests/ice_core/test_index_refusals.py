"""When no index is written or believed: racy stamps, odd folders, conflicts, clocks set back, forged verdicts."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ice_core.clock import remember_time
from ice_core.component_versions import components_of
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.index_building import Observed, Part, observed_at_rest, part_of, write_index
from ice_core.index_forms import PackageForm
from ice_core.index_renewal import Renewal, index_state, synchronise
from ice_core.key_store import KeyStore
from tests.builders.distributions import distribution
from tests.builders.homes import NOW, install, make_home, write
from tests.builders.indexed import index_file, indexed_home, load, opened, package
from tests.builders.keys import key_record
from tests.builders.manifests import component, manifest

ONE = package("acme-csv", component("one"), component("two"))


def parts(home: Home, observed: Observed) -> list[Part]:
    """What the index would be made of."""
    made = [part_of(each, [*components_of([each])], observed=observed, home=home) for each in load(home).manifests]
    return [each for each in made if each is not None]


def test_what_changed_within_a_tick_is_not_written(tmp_path: Path) -> None:
    """A change after the reading could have the very stamp that was read."""
    home = make_home(tmp_path / "home")
    install(home, ONE)
    resting, keys = observed_at_rest(home), KeyStore.read(home.keys)
    newest = max(stamp[1] for _, stamp in resting.files["plugins.d/acme-csv-1.0.0.json"] if stamp is not None)
    racy = replace(resting, at_ns=newest)
    made = parts(home, resting)

    assert not write_index(home, made, observed=racy, keys=keys)
    assert "absent" == index_state(home)
    assert write_index(home, made, observed=resting, keys=keys)
    assert "fresh" == index_state(home)


def test_a_manifest_that_was_not_observed_is_no_part(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    observed = observed_at_rest(home)
    install(home, ONE)

    assert [] == parts(home, observed)


def test_a_folder_that_announces_is_not_observed_as_silent(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    distribution(tmp_path / "loud")
    (tmp_path / "silent").mkdir()
    path = [str(tmp_path / "loud"), str(tmp_path / "silent")]
    before = observed_at_rest(home, search_path=path).folders
    distribution(tmp_path / "silent")

    assert [path[1]] == [folder for folder, _ in before]
    assert () == Observed.of(home, search_path=path).folders


def test_an_exposed_key_is_not_written_with(tmp_path: Path) -> None:
    home = indexed_home(tmp_path / "home")
    before = index_file(home).read_bytes()
    (home.cache / "key").chmod(0o644)

    assert "not-written" == synchronise(home, now=NOW).outcome
    assert ("unusable", before) == (index_state(home), index_file(home).read_bytes())


def test_conflicting_manifests_make_no_index(tmp_path: Path) -> None:
    home = indexed_home(tmp_path / "home", ONE)
    before = index_file(home).read_bytes()
    install(home, package("rival", component("two")))

    with pytest.raises(IceError, match="component-conflict"):
        synchronise(home, now=NOW)
    with pytest.raises(IceError, match="component-conflict"):
        load(home)
    assert ("stale", before) == (index_state(home), index_file(home).read_bytes())


def test_a_folder_that_cannot_be_listed_is_not_renewed(tmp_path: Path) -> None:
    home = indexed_home(tmp_path / "home")
    home.manifests.rename(tmp_path / "moved")
    home.manifests.symlink_to(home.manifests)

    assert (None, "unusable") == (Renewal.begin(home), index_state(home))
    with pytest.raises(IceError, match="home-writable-by-others"):
        load(home)


def test_a_clock_that_was_set_back_brings_no_key_back(tmp_path: Path) -> None:
    """What is taken over is judged by the latest time that was seen, as what is read."""
    home = make_home(tmp_path / "home", key_record(not_after=NOW))
    install(home, ONE)
    first = synchronise(home, now=NOW).outcome
    remember_time(home, NOW + timedelta(minutes=50))

    assert "written" == first
    with pytest.raises(IceError, match="key-expired"):
        synchronise(home, now=NOW)
    index_file(home).unlink()
    with pytest.raises(IceError, match="key-expired"):
        synchronise(home, now=NOW)


def test_a_signature_is_verified_though_the_index_says_that_it_was(tmp_path: Path) -> None:
    """Whoever has the key of the index still cannot say that a package was signed."""
    home = make_home(tmp_path / "home")
    install(home, ONE)
    observed, keys = observed_at_rest(home), KeyStore.read(home.keys)
    (part,) = parts(home, observed)
    forged: PackageForm = {**part.form, "signature": "A" * 86 + "=="}
    write_index(home, [replace(part, form=forged)], observed=observed, keys=keys)
    written = opened(home).package(0)["signature"]

    registry = load(home)
    found = registry.get("tool", "one")

    assert forged["signature"] == written
    assert ("signed", "LoadedContents") == (found.status, type(registry._contents).__name__)


def test_a_component_keeps_its_manifest_though_the_file_was_touched_since(tmp_path: Path) -> None:
    home = indexed_home(tmp_path / "home", ONE)
    found = load(home).get("tool", "one")
    listed = load(home).list()[0]
    os.utime(home.manifests / "acme-csv-1.0.0.json")

    for each in (found, listed):
        assert each.manifest is not None
        assert ("signed", "acme-2026", 2) == (
            each.manifest.status,
            each.manifest.signer,
            len(each.manifest.model.components),
        )
    assert found.entry is found.entry


def test_a_component_tells_who_vouches_for_it_without_its_manifest(tmp_path: Path) -> None:
    home = indexed_home(tmp_path / "home", ONE)
    write(home.manifest, manifest(component("mine"), name="mine"))
    synchronise(home, now=NOW)

    told = {item.id.name: (item.status, item.signer) for item in load(home).list()}

    assert {"mine": ("unsigned", None), "one": ("signed", "acme-2026"), "two": ("signed", "acme-2026")} == told


def test_of_an_index_of_prereleases_the_release_is_chosen_once_there_is_one(tmp_path: Path) -> None:
    early = [package("acme-csv", component("one", version=f"2.0.0-{each}"), version=f"2.0{each}0") for each in "ab"]
    home = indexed_home(tmp_path / "home", *early)
    before = load(home).get("tool", "one").version_text
    install(home, package("acme-csv", component("one", version="1.0.0")))
    synchronise(home, now=NOW)

    registry = load(home)

    assert ("2.0.0-b", "1.0.0") == (before, registry.get("tool", "one").version_text)
    assert ["1.0.0", "2.0.0-a", "2.0.0-b"] == [item.version_text for item in registry.list()]
