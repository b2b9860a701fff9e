"""Where manifests are found: their order, what lies beside them, and what is refused before anything is verified."""

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.manifest_sources import (
    Origin,
    Source,
    extra_sources,
    first_seen_bytes,
    home_sources,
    parse_first_seen,
    path_sources,
)
from ice_core.signing import WheelPin
from ice_core.strict_json import MAX_BYTES, MAX_REGISTRY_BYTES
from tests.builders.homes import NOW, WHEEL, install, make_home, write
from tests.builders.manifests import manifest, signed
from tests.builders.wheels import plugin_bundle


def installed(path: Path, home: Home) -> Source:
    return Source(Origin(kind="installed", label=str(path), path=path), home=home)


def test_a_missing_home_holds_nothing(tmp_path: Path) -> None:
    assert [] == list(home_sources(Home(tmp_path / "absent")))
    assert [] == list(tmp_path.iterdir())


def test_the_user_s_own_manifest_comes_before_the_installed_ones_by_name(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    for version in ("1.10.0", "1.2.0"):
        install(home, manifest(version=version))
    write(home.manifest, manifest())
    write(home.manifests / ".acme-csv-9.json.x.tmp.json", b"an interrupted write")
    write(home.manifests / "notes.txt", b"")

    found = [(source.origin.kind, Path(source.origin.label).name) for source in home_sources(home)]

    assert [
        ("user", "plugins.json"),
        ("installed", "acme-csv-1.10.0.json"),
        ("installed", "acme-csv-1.2.0.json"),
    ] == found


def test_an_installed_manifest_is_read_with_its_wheels_and_the_time_it_was_first_seen(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    path = install(home, manifest(), first_seen=NOW)

    found = installed(path, home).read()

    assert path.read_bytes() == found.data
    assert (WheelPin.of(*WHEEL),) == found.wheels
    assert found.first_seen == NOW
    assert found.bundle is None


def test_a_version_with_dots_does_not_confuse_what_lies_beside(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    path = install(home, manifest(name="a.b", version="1.2.3.dev4"), first_seen=NOW)

    assert path.name == "a.b-1.2.3.dev4.json"
    assert NOW == installed(path, home).read().first_seen


def test_an_installed_manifest_without_its_wheel_index_is_refused(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    path = install(home, manifest())
    path.with_name("acme-csv-1.2.3.wheels").unlink()

    with pytest.raises(IceError) as caught:
        installed(path, home).read()

    assert "wheel-missing" == caught.value.slug
    assert "a file `acme-csv-1.2.3.wheels`" == caught.value.finding.expected


def test_a_wheel_index_that_could_be_read_in_two_ways_is_refused(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    path = install(home, manifest())
    write(path.with_name("acme-csv-1.2.3.wheels"), b"")

    with pytest.raises(IceError, match="wheel-index-invalid"):
        installed(path, home).read()


def test_the_user_s_own_manifest_needs_no_wheel_index(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    write(home.manifest, manifest())

    found = next(home_sources(home)).read()

    assert ((), None) == (found.wheels, found.first_seen)


@pytest.mark.parametrize("name", ["plugins.json", "plugins.d", "plugins.d/acme-csv-1.2.3.wheels", ".", "seen"])
def test_what_others_could_write_is_refused(tmp_path: Path, name: str) -> None:
    home = make_home(tmp_path / "home")
    write(home.manifest, manifest())
    path = install(home, manifest(), first_seen=NOW)
    target = path.with_name("acme-csv-1.2.3.seen") if name == "seen" else home.root / name
    target.chmod(target.stat().st_mode | 0o020)

    with pytest.raises(IceError) as caught:
        assert [source.read() for source in home_sources(home)]

    assert "home-writable-by-others" == caught.value.slug


def test_a_linked_manifest_is_refused(tmp_path: Path) -> None:
    real = write(tmp_path / "real.json", manifest())
    (tmp_path / "linked.json").symlink_to(real)
    source = next(path_sources([tmp_path / "linked.json"]))

    with pytest.raises(IceError, match="file-not-regular"):
        source.read()


def test_a_time_of_first_sight_beside_a_file_outside_the_home_counts_for_nothing(tmp_path: Path) -> None:
    """Otherwise whoever hands over a folder could date it back to when a key was valid."""
    path = write(tmp_path / "old.json", manifest())
    write(tmp_path / "old.seen", first_seen_bytes(NOW - timedelta(days=900)))

    assert next(path_sources([path])).read().first_seen is None


def test_a_wheel_index_beside_a_given_manifest_is_read(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    path = install(home, manifest())

    assert (WheelPin.of(*WHEEL),) == next(path_sources([path])).read().wheels


@pytest.mark.parametrize(
    "instant",
    [NOW, datetime(2026, 6, 1, 2, tzinfo=timezone(timedelta(hours=2))), datetime(2031, 12, 31, 23, 59, 59, tzinfo=UTC)],
)
def test_the_time_of_first_sight_round_trips(instant: datetime) -> None:
    assert instant == parse_first_seen(first_seen_bytes(instant), where="x.seen")


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b'{"first_seen": 3}',
        b'{"first_seen": null}',
        b'{"first_seen": "2026-06-01"}',
        b'{"first_seen": "2026-06-01T00:00:00+02:00"}',
        b'{"first_seen": "2026-02-30T00:00:00Z"}',
        b'{"first_seen": "2026-06-01T00:00:00Z", "more": 1}',
    ],
)
def test_a_record_of_first_sight_that_says_something_else_is_refused(data: bytes) -> None:
    with pytest.raises(IceError) as caught:
        parse_first_seen(data, where="x.seen")

    assert "first-seen-invalid" == caught.value.slug


def test_extra_plugins_name_manifests_bundles_and_folders_in_their_order(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for name in ("b.json", "a.icebundle", ".hidden.json", "c.txt"):
        write(folder / name, b"")
    first = write(tmp_path / "z.json", b"")
    value = os.pathsep.join([str(first), "", str(folder)])

    found = [Path(source.origin.label).name for source in extra_sources({"ICEOS_EXTRA_PLUGINS": value}, strict=False)]

    assert ["z.json", "a.icebundle", "b.json"] == found


@pytest.mark.parametrize("environ", [{}, {"ICEOS_EXTRA_PLUGINS": ""}, {"ICEOS_EXTRA_PLUGINS": os.pathsep}])
@pytest.mark.parametrize("strict", [False, True])
def test_extra_plugins_may_be_empty(environ: dict[str, str], strict: bool) -> None:
    assert [] == list(extra_sources(environ, strict=strict))


@pytest.mark.parametrize("name", ["plugins.json", "folder", "folder.icebundle", "relative"])
def test_a_strict_run_takes_only_absolute_paths_of_bundles_from_the_environment(tmp_path: Path, name: str) -> None:
    write(tmp_path / "plugins.json", manifest())
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.icebundle").mkdir()
    text = "x.icebundle" if name == "relative" else str(tmp_path / name)

    with pytest.raises(IceError) as caught:
        list(extra_sources({"ICEOS_EXTRA_PLUGINS": text}, strict=True))

    assert "extra-plugins-refused" == caught.value.slug
    assert text == caught.value.finding.found


def test_a_strict_run_takes_an_absolute_path_of_a_bundle(tmp_path: Path) -> None:
    path = write(tmp_path / "acme_csv-1.2.3.icebundle", plugin_bundle())

    found = [source.origin for source in extra_sources({"ICEOS_EXTRA_PLUGINS": str(path)}, strict=True)]

    assert [Origin(kind="extra", label=str(path), path=path)] == found


@pytest.mark.parametrize("strict", [False, True])
def test_a_path_that_is_not_there_is_refused(tmp_path: Path, strict: bool) -> None:
    gone = tmp_path / "gone.icebundle"

    with pytest.raises(IceError) as from_environment:
        list(extra_sources({"ICEOS_EXTRA_PLUGINS": str(gone)}, strict=strict))
    with pytest.raises(IceError) as given:
        list(path_sources([gone]))

    assert "file-missing" == from_environment.value.slug
    assert "environment variable ICEOS_EXTRA_PLUGINS" == str(from_environment.value.where)
    assert "file-missing" == given.value.slug


def test_a_bundle_gives_its_manifest_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "acme_csv-1.2.3.icebundle", plugin_bundle())

    found = next(path_sources([path])).read()

    assert found.bundle is not None
    assert found.data == found.bundle.manifest_bytes


def test_what_a_user_names_may_describe_a_whole_registry() -> None:
    bounds = {kind: Origin(kind=kind, label="x").max_bytes for kind in ("user", "installed", "extra", "path")}

    assert {
        "user": MAX_REGISTRY_BYTES,
        "installed": MAX_BYTES,
        "extra": MAX_BYTES,
        "path": MAX_REGISTRY_BYTES,
    } == bounds


def test_a_manifest_beyond_its_bound_is_not_read_further(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    path = install(home, signed(manifest(), [WHEEL]))
    write(path, b" " * (MAX_BYTES + 1))

    with pytest.raises(IceError, match="file-too-large"):
        installed(path, home).read()
