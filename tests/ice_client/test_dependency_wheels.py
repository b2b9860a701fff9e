"""Where locked third-party wheels come from, what is kept of them, and that a refusal keeps nothing."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.markers import Marker

from ice_client.dependency_install import DependencyChoices, install_dependencies
from ice_client.dependency_wheels import WheelPlaces, list_wheel_files
from ice_client.programs import run_pip, run_uv, search_path_of
from ice_core.canonical import Digest
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.locked_dependencies import LockedDistribution, ThirdPartyWheel, locked_distributions
from ice_core.models.lock import Lock
from ice_core.wheel_files import kept_files
from tests.builders.dependencies import Wheel, lock_of, locked_package, put
from tests.builders.package_index import package_index
from tests.builders.wheels import plugin_wheel
from tests.fakes.folders import listing

FILES = {"tiny/__init__.py": "a = 1\n"}
TINY = plugin_wheel("tiny-thing", "3.1", files=FILES, manifest={})
OTHER = plugin_wheel("tiny-thing", "3.1", files={"tiny/__init__.py": "a = 2\n"}, manifest={})
EARLY = plugin_wheel("tiny-thing", "3.1", files=FILES, manifest={}, extra={"tiny.pth": b"import os\n"})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "home").mkdir(mode=0o700)
    return Home(tmp_path / "home")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


@pytest.fixture
def address() -> Iterator[str]:
    """An index that serves the wheel."""
    with package_index({"tiny-thing": TINY}) as (url, _):
        yield f"{url.removesuffix('/simple')}/files/{TINY[0]}"


def locked(wheel: Wheel = TINY, *, url: str | None = None) -> LockedDistribution:
    """The distribution of a wheel, as a lock pins it."""
    third = ThirdPartyWheel(filename=wheel[0], digest=Digest.of(wheel[1]), url=url)
    return LockedDistribution(name="tiny-thing", version="3.1", wheel=third)


def offered(folder: Path, wheel: Wheel) -> WheelPlaces:
    """A folder with a wheel, and no network."""
    folder.mkdir()
    (folder / wheel[0]).write_bytes(wheel[1])
    return WheelPlaces(folders=(folder,), offline=True)


def test_a_wheel_in_a_folder_is_read_without_a_network(home: Home, target: Path, tmp_path: Path) -> None:
    places = offered(tmp_path / "links", TINY)

    assert () == list_wheel_files([locked()], home=home, places=places, target=target)
    assert kept_files(Digest.of(TINY[1]), home) is not None


def test_a_wheel_is_fetched_from_where_the_lock_says(home: Home, target: Path, address: str) -> None:
    list_wheel_files([locked(url=address)], home=home, places=WheelPlaces(), target=target)
    kept = kept_files(Digest.of(TINY[1]), home)

    assert kept is not None
    assert "tiny/__init__.py" in kept.files


def test_what_is_kept_is_not_fetched_again(home: Home, target: Path, tmp_path: Path) -> None:
    list_wheel_files([locked()], home=home, places=offered(tmp_path / "links", TINY), target=target)

    assert () == list_wheel_files([locked()], home=home, places=WheelPlaces(offline=True), target=target)


@pytest.mark.parametrize("url", [None, "ftp://x/y.whl", "https://x/y.whl --index-url https://evil", "https://x/\ny"])
def test_a_wheel_without_a_plain_address_is_not_fetched(home: Home, target: Path, url: str | None) -> None:
    """What a lock says cannot become an option of pip."""
    with pytest.raises(IceError) as caught:
        list_wheel_files([locked(url=url)], home=home, places=WheelPlaces(), target=target)

    assert "dependency-wheel-unavailable" == caught.value.slug
    assert [] == list(target.iterdir())


@pytest.mark.parametrize("offline", [True, False])
def test_a_wheel_that_cannot_be_had_is_told_with_what_mends_it(home: Home, target: Path, *, offline: bool) -> None:
    with pytest.raises(IceError) as caught:
        list_wheel_files(
            [locked(url="http://127.0.0.1:9/tiny_thing-3.1-py3-none-any.whl")],
            home=home,
            places=WheelPlaces(offline=offline),
            target=target,
            environ={**os.environ, "PIP_RETRIES": "0"},
        )

    assert "dependency-wheel-unavailable" == caught.value.slug
    assert "ice install --find-links FOLDER" in caught.value.finding.hints[0]
    assert {} == listing(home.root)


def test_other_bytes_than_the_locked_ones_are_refused(home: Home, target: Path, tmp_path: Path) -> None:
    """Threat 50: exchanged third-party package: the digest decides, wherever the file came from."""
    with pytest.raises(IceError) as caught:
        list_wheel_files([locked()], home=home, places=offered(tmp_path / "links", OTHER), target=target)

    found = caught.value.finding
    assert ("lock-hash-mismatch", str(Digest.of(TINY[1])), str(Digest.of(OTHER[1]))) == (
        found.slug,
        found.expected,
        found.found,
    )
    assert {} == listing(home.root)


@pytest.mark.parametrize("allowed", [True, False])
def test_a_start_up_file_needs_its_packages_name(home: Home, target: Path, tmp_path: Path, *, allowed: bool) -> None:
    def listed() -> tuple[str, ...]:
        return list_wheel_files(
            [locked(EARLY)],
            home=home,
            places=offered(tmp_path / "links", EARLY),
            target=target,
            allow_start_up=("tiny-thing",) if allowed else ("another",),
        )

    if allowed:
        assert () == listed()
        return
    with pytest.raises(IceError) as caught:
        listed()
    assert "dependency-start-up-file" == caught.value.slug
    assert {} == listing(home.root)


def test_a_wheel_that_cannot_be_listed_is_told_and_left_out(home: Home, target: Path, tmp_path: Path) -> None:
    """It may still be installed by its hash; strict runs refuse what it brings."""
    odd = (TINY[0], TINY[1] + b"trailing")
    (told,) = list_wheel_files([locked(odd)], home=home, places=offered(tmp_path / "links", odd), target=target)

    assert "can be read in more than one way" in told
    assert kept_files(Digest.of(odd[1]), home) is None


def pinned(*wheels: Wheel) -> Lock:
    """A lock of one package with these wheels."""
    return lock_of(locked_package(*wheels))


def test_the_wheel_for_this_interpreter_is_chosen() -> None:
    names = ["cp27-cp27m-win32", "py3-none-any"]
    wheels = [(TINY[0].replace("py3-none-any", tag), TINY[1]) for tag in names]
    chosen = [each.wheel.filename for each in locked_distributions(pinned(*wheels)) if each.wheel is not None]

    assert ["tiny_thing-3.1-py3-none-any.whl"] == chosen
    assert [None] == [each.wheel for each in locked_distributions(pinned(wheels[0]))]


def test_the_higher_build_of_equal_wheels_is_chosen() -> None:
    """As pip and uv choose."""
    builds = [(TINY[0].replace("3.1-py3", f"3.1-{build}-py3"), TINY[1]) for build in ("2", "10", "9b")]
    chosen = [each.wheel.filename for each in locked_distributions(pinned(*builds)) if each.wheel is not None]

    assert ["tiny_thing-3.1-10-py3-none-any.whl"] == chosen


def test_a_package_for_another_platform_is_left_out() -> None:
    package = locked_package(TINY)
    marked = replace(package, marker=Marker("sys_platform == 'nowhere'"))

    assert () == locked_distributions(lock_of(marked))


def test_a_user_who_installs_by_other_means_is_told_what_is_missing(home: Home) -> None:
    choices = DependencyChoices(act="leave", places=WheelPlaces(offline=True))
    done = install_dependencies(pinned(TINY), home=home, choices=choices)

    assert () == done.titles
    assert "could not be had" in done.unlisted[0]


def test_what_is_installed_and_right_is_left_alone(home: Home, target: Path, tmp_path: Path) -> None:
    """Nothing is fetched and nothing is written: no index is known and no cache is there."""
    run_uv(["venv", "--quiet", "--python", sys.executable, str(tmp_path / "venv")])
    python = tmp_path / "venv" / "bin" / "python"
    put(Path(search_path_of(python)[-1]), TINY)
    list_wheel_files([locked()], home=home, places=offered(tmp_path / "links", TINY), target=target)
    choices = DependencyChoices(python=python, places=WheelPlaces(offline=True))
    before = listing(tmp_path / "venv")
    done = install_dependencies(
        pinned(TINY), home=home, choices=choices, environ={"UV_NO_INDEX": "1", "UV_NO_CACHE": "1"}
    )

    assert ("tiny-thing 3.1",) == done.titles
    assert before == listing(tmp_path / "venv")


def test_an_installation_that_fails_is_told_in_uvs_words(home: Home, target: Path, tmp_path: Path) -> None:
    run_uv(["venv", "--quiet", "--python", sys.executable, str(tmp_path / "venv")])
    list_wheel_files([locked()], home=home, places=offered(tmp_path / "links", TINY), target=target)
    choices = DependencyChoices(python=tmp_path / "venv" / "bin" / "python", places=WheelPlaces(offline=True))

    with pytest.raises(IceError) as caught:
        install_dependencies(pinned(TINY), home=home, choices=choices, environ={"UV_NO_INDEX": "1", "UV_NO_CACHE": "1"})

    assert "dependency-install-failed" == caught.value.slug
    assert caught.value.finding.detail


def test_pip_is_found_where_python_brings_it() -> None:
    assert run_pip(["--version"]).startswith("pip ")
