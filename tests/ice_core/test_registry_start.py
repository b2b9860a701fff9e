"""Whether a load can start from the index: folders that may announce, clock records, pins, and what is unsigned."""

import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import distributions
from pathlib import Path

import pytest

from ice_core.clock import clock_path, latest_time, remember_time
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.index_renewal import synchronise
from ice_core.indexed_packages import IndexedPackages, microseconds
from ice_core.registry_start import indexed_packages, is_silent, silent_folders
from ice_core.stamps import stamp_of
from tests.builders.distributions import POINT, distribution
from tests.builders.homes import NOW, write
from tests.builders.indexed import indexed_home, load
from tests.builders.keys import public_key
from tests.builders.manifests import component, manifest

OTHER_POINT = "[console_scripts]\nacme = acme_csv:main\n"
PIN = str(public_key().fingerprint)


def started(
    home: Home, *, strict: bool = False, pins: frozenset[str] | None = None, now: datetime = NOW
) -> IndexedPackages | None:
    return indexed_packages(home.place, strict=strict, pins=pins, now=microseconds(now))


def recorded(home: Home, instant: str) -> None:
    """A clock record of just the form that `remember_time` writes."""
    write(clock_path(home), f'{{\n  "latest": "{instant}"\n}}\n'.encode())


def in_site_packages(place: Path) -> Path:
    distribution(place)
    return place


def in_egg_info(place: Path) -> Path:
    write(place / "acme_csv.egg-info" / "PKG-INFO", b"Name: acme-csv\nVersion: 1.0\n")
    write(place / "acme_csv.egg-info" / "entry_points.txt", POINT.encode())
    return place


def in_an_egg(place: Path) -> Path:
    egg = place / "acme_csv-1.0.egg"
    write(egg / "EGG-INFO" / "PKG-INFO", b"Name: acme-csv\nVersion: 1.0\n")
    write(egg / "EGG-INFO" / "entry_points.txt", POINT.encode())
    return egg


def in_an_egg_in_capitals(place: Path) -> Path:
    return in_an_egg(place).rename(place / "ACME.EGG")


def in_a_zip_file(place: Path) -> Path:
    place.mkdir()
    with zipfile.ZipFile(place / "all.zip", "w") as archive:
        archive.writestr("acme_csv-1.0.dist-info/METADATA", "Name: acme-csv\nVersion: 1.0\n")
        archive.writestr("acme_csv-1.0.dist-info/entry_points.txt", POINT)
    return place / "all.zip"


@pytest.mark.parametrize("make", [in_site_packages, in_egg_info, in_an_egg, in_an_egg_in_capitals, in_a_zip_file])
def test_whatever_importlib_would_find_is_not_passed_over(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    """A folder that announces and is taken for silent would hide a manifest."""
    place = str(make(tmp_path / "site"))
    groups = [point.group for each in distributions(path=[place]) for point in each.entry_points]

    assert ["iceos_plugins"] == groups
    assert not is_silent([place], ())
    assert () == silent_folders([place])


def test_a_folder_that_announces_nothing_is_silent_and_known_by_its_stamp(tmp_path: Path) -> None:
    distribution(tmp_path / "site", entry_points=OTHER_POINT)
    write(tmp_path / "site" / "old-1.0.egg-info", b"Name: old\nVersion: 1.0\n")
    path = [str(tmp_path / "site"), str(tmp_path / "absent")]
    known = silent_folders(path)

    assert [(folder, stamp_of(folder)) for folder in path] == [*known]
    assert is_silent(path, known)
    assert is_silent(path, ())


def test_a_known_folder_is_looked_at_again_once_something_was_installed_there(tmp_path: Path) -> None:
    distribution(tmp_path / "site", entry_points=OTHER_POINT)
    path = [str(tmp_path / "site")]
    known = [(path[0], stamp_of(path[0]))]
    distribution(tmp_path / "site", name="other")

    assert not is_silent(path, known)


def test_the_empty_name_is_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = ([folder for folder, _ in silent_folders([""])], is_silent([""], ()))
    distribution(tmp_path)

    assert ([str(tmp_path)], True) == before
    assert ((), False) == (silent_folders([""]), is_silent([""], ()))


@pytest.mark.parametrize("odd", ["loop", "folder"])
def test_what_cannot_be_read_is_not_taken_for_silent(tmp_path: Path, odd: str) -> None:
    place = tmp_path / "site"
    if odd == "loop":
        place.symlink_to(place)
    else:
        (place / "acme-1.0.dist-info" / "entry_points.txt").mkdir(parents=True)

    assert not is_silent([str(place)], ())
    assert () == silent_folders([str(place)])


class Finder:
    """A finder of some packaging tool, which knows distributions of its own."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Finds nothing."""

    @staticmethod
    def find_distributions(context: object = None) -> list[object]:
        """Finds nothing."""
        return []


def test_a_finder_with_distributions_of_its_own_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    before = is_silent([], ())
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])

    assert (True, False) == (before, is_silent([], ()))


@pytest.mark.parametrize(
    "instant", ["2000-02-29T23:59:59Z", "2024-02-29T00:00:00Z", "2025-12-31T12:30:01Z", "1970-01-01T00:00:00Z"]
)
def test_a_clock_record_is_read_as_the_full_load_reads_it(tmp_path: Path, instant: str) -> None:
    home = indexed_home(tmp_path / "home")
    recorded(home, instant)
    long_ago = datetime.fromtimestamp(0, UTC)

    latest, packages = latest_time(home), started(home)

    assert latest is not None
    assert packages is not None
    assert microseconds(NOW) == packages.judged()
    assert (started(home, now=long_ago) is None) == (latest - long_ago >= timedelta(hours=1))


@pytest.mark.parametrize(
    "instant",
    [
        "2026-02-30T00:00:00Z", "2025-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2025-04-31T00:00:00Z",
        "2025-13-01T00:00:00Z", "2025-00-01T00:00:00Z", "2025-01-00T00:00:00Z", "2025-01-01T24:00:00Z",
        "2025-01-01T00:60:00Z", "2025-01-01T00:00:60Z", "0000-01-01T00:00:00Z", "0999-01-01T00:00:00Z",
        "2025-01-01 00:00:00Z", "+025-01-01T00:00:00Z", "2025-01-01T00:00:00z",
    ],
)  # fmt: skip
def test_a_clock_record_of_no_instant_is_refused_with_an_index_too(tmp_path: Path, instant: str) -> None:
    home = indexed_home(tmp_path / "home")
    recorded(home, instant)

    assert started(home) is None
    with pytest.raises(IceError, match="clock-record-invalid"):
        load(home)


def test_a_clock_record_that_is_a_link_or_anybodys_is_refused_with_an_index_too(tmp_path: Path) -> None:
    home = indexed_home(tmp_path / "home")
    remember_time(home, NOW)
    path = clock_path(home)
    path.chmod(0o666)

    with pytest.raises(IceError, match="home-writable-by-others"):
        load(home)
    path.chmod(0o600)
    path.rename(home.root / "moved")
    path.symlink_to(home.root / "moved")
    assert started(home) is None


def test_a_clock_is_behind_from_one_hour_on(tmp_path: Path) -> None:
    home = indexed_home(tmp_path / "home")
    remember_time(home, NOW + timedelta(hours=1))
    just_before = started(home, now=NOW + timedelta(seconds=1))

    assert just_before is not None
    assert microseconds(NOW + timedelta(hours=1)) == just_before.judged()
    assert started(home) is None


def test_an_index_counts_where_the_project_pins_every_key_of_it(tmp_path: Path) -> None:
    home = indexed_home(tmp_path / "home")
    other = str(public_key(2).fingerprint)

    assert started(home, pins=frozenset({PIN, other})) is not None
    assert [None, None] == [started(home, pins=frozenset({other})), started(home, pins=frozenset())]


def test_what_is_unsigned_is_for_the_full_load_to_refuse_where_that_is_strict(tmp_path: Path) -> None:
    home = indexed_home(tmp_path / "home")
    write(home.manifest, manifest(component("mine"), name="mine"))
    synchronise(home, now=NOW)

    assert [True, False] == [started(home, strict=strict) is not None for strict in (False, True)]
    assert started(home, pins=frozenset({PIN})) is not None
