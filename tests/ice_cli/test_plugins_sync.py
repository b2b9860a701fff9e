"""`ice plugins sync`, and what other commands say of the local index and do with it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ice_core.home import Home
from ice_core.index_renewal import index_state
from tests.builders.homes import install, listing, make_home, write
from tests.builders.indexed import index_file, indexed_home, package
from tests.builders.manifests import component, manifest
from tests.ice_cli.invoke import Ice

ONE = package("acme-csv", component("one"), component("two"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home folder with one package and no index."""
    made = make_home(tmp_path / "home")
    install(made, ONE)
    monkeypatch.setenv("ICEOS_HOME", made.place)
    monkeypatch.chdir(tmp_path)
    return made


def none(home: Home) -> None:
    """No index is made."""


def emptied(home: Home) -> None:
    (home.manifests / "acme-csv-1.0.0.json").unlink()


def indexed(home: Home) -> None:
    indexed_home(home.root, ONE)


def foreign(home: Home) -> None:
    index_file(home).parent.mkdir(parents=True)
    index_file(home).write_bytes(b"x")


def touched(name: str) -> Callable[[Home], None]:
    """An index, and a file or folder that is another since."""

    def change(home: Home) -> None:
        indexed(home)
        os.utime(home.root / name)

    return change


def test_an_index_is_written_once_and_then_there_is_nothing_to_do(ice: Ice, home: Home) -> None:
    first, second = ice("plugins", "sync"), ice("plugins", "sync")

    assert (0, "") == (first.code, first.out)
    assert (
        f"Wrote the index of {home.place}: 2 components of 1 manifest, 1 read and verified, 0 unchanged.\n" == first.err
    )
    assert f"Nothing to do: the index of {home.place} tells of 2 components of 1 manifest.\n" == second.err


def test_only_what_changed_is_read_again(ice: Ice, home: Home) -> None:
    ice("plugins", "sync")
    install(home, package("other", component("three")))

    assert {"manifests": 2, "components": 3, "outcome": "written", "verified": 1} == ice(
        "plugins", "sync", "--json"
    ).json


def test_an_empty_home_has_an_empty_index(ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICEOS_HOME", make_home(tmp_path / "empty").place)

    assert (0, 0) == (ice("plugins", "sync").code, ice("plugins", "sync", "--check").code)


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (none, "absent"),
        (foreign, "unusable"),
        (touched("plugins.d"), "stale"),
        (touched("plugins.d/acme-csv-1.0.0.json"), "stale"),
        (touched("keys/acme-2026.json"), "stale"),
    ],
)
def test_check_writes_nothing_and_tells_the_state(
    ice: Ice, home: Home, change: Callable[[Home], None], state: str
) -> None:
    change(home)
    before = listing(home.root)

    done = ice("plugins", "sync", "--check", "--json")

    assert (1, state) == (done.code, done.json["error"]["details"]["state"])
    assert "index-stale" == done.json["error"]["slug"]
    assert before == listing(home.root)


def test_check_is_green_where_the_index_is_up_to_date(ice: Ice, home: Home) -> None:
    ice("plugins", "sync")
    done = ice("plugins", "sync", "--check")

    assert (0, f"The index of {home.place} is up to date.\n") == (done.code, done.err)
    assert {"home": home.place, "state": "fresh"} == ice("plugins", "sync", "--check", "--json").json


def test_a_refused_manifest_is_told_and_nothing_is_written(ice: Ice, home: Home) -> None:
    path = home.manifests / "acme-csv-1.0.0.json"
    path.write_bytes(path.read_bytes().replace(b"Does what one says.", b"Does what I please."))
    before = listing(home.root)

    done = ice("plugins", "sync")

    assert (1, True) == (done.code, "error[signature-mismatch]" in done.err)
    assert before == listing(home.root)


def test_two_manifests_that_cannot_stand_together_are_told(ice: Ice, home: Home) -> None:
    write(home.manifest, manifest(component("one"), name="rival"))

    done = ice("plugins", "sync")

    assert (1, True) == (done.code, "error[component-conflict]" in done.err)
    assert "absent" == index_state(home)


def test_an_index_that_cannot_be_written_is_an_error_with_a_way_to_see_why(ice: Ice, home: Home) -> None:
    write(home.cache / "key", b"too short")

    done = ice("plugins", "sync", "--json")

    assert (1, "index-not-written") == (done.code, done.json["error"]["slug"])
    assert "run `ice doctor`" in done.json["error"]["hints"][0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (emptied, "there is nothing to index"),
        (none, "there is no local index"),
        (indexed, "the local index tells of 2 components of 1 manifest"),
        (touched("plugins.d"), "the local index is of another time"),
        (foreign, "the local index is not what this machine wrote"),
    ],
)
def test_doctor_tells_the_state_of_the_index(ice: Ice, home: Home, change: Callable[[Home], None], said: str) -> None:
    change(home)

    assert said in ice("doctor").out


def test_commands_renew_an_index_that_is_stale(ice: Ice, home: Home) -> None:
    ice("plugins", "sync")
    os.utime(home.manifests, ns=(1, 1))
    assert "stale" == index_state(home)

    for _ in range(40):
        ice("plugins", "list")
        if index_state(home) == "fresh":
            break

    assert "fresh" == index_state(home)


def test_a_tampered_manifest_is_refused_by_every_command_that_uses_it(ice: Ice, home: Home) -> None:
    install(home, package("other", component("three")))
    ice("plugins", "sync")
    path = home.manifests / "acme-csv-1.0.0.json"
    path.write_bytes(path.read_bytes().replace(b"Does what one says.", b"Does what I please."))

    listed, shown, other = (
        ice("plugins", "list"),
        ice("plugins", "show", "tool:one"),
        ice("plugins", "show", "tool:three"),
    )

    assert [1, 1, 0] == [listed.code, shown.code, other.code]
    assert "error[signature-mismatch]" in listed.err
    assert "error[signature-mismatch]" in shown.err
