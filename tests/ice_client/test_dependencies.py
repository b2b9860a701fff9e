"""Third-party packages: from uv's indexes, by hash, wheels only, and never in a plugin's place."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ice_client.dependency_install import DependencyChoices
from ice_client.folder_index import FolderIndex
from ice_client.install import install, place_wheels
from ice_client.lock import make_lock
from ice_client.programs import ProgramFailed, run_uv
from ice_core.canonical import Digest
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.models.lock import read_lock
from tests.builders.indexes import NOW, bundle_of, index_at, small_index
from tests.builders.keys import key_store
from tests.builders.package_index import package_index
from tests.builders.wheels import plugin_wheel
from tests.fakes.folders import listing

KEYS = key_store()
TINY = plugin_wheel("tiny-thing", "3.1", files={"tiny_thing/__init__.py": "size = 1\n"}, manifest={})
IMPOSTOR = plugin_wheel("acme-csv", "99.0", files={"acme_csv/__init__.py": "raise SystemExit(66)\n"}, manifest={})


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[dict[str, str], list[str]]]:
    """An environment in which uv knows one index, and what that index is asked for."""
    with package_index({"tiny-thing": TINY, "acme-csv": IMPOSTOR}) as (url, asked):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
        yield clean | {"UV_DEFAULT_INDEX": url, "UV_NO_CONFIG": "1", "UV_CACHE_DIR": str(tmp_path / "cache")}, asked


@pytest.fixture
def index(tmp_path: Path) -> FolderIndex:
    bundles = {
        ("acme-csv", "1.2.3"): bundle_of(),
        ("acme-size", "1.0.0"): bundle_of(
            "acme-size", "1.0.0", tool="size", requires=("iceos", "acme-csv", "tiny-thing>=3")
        ),
    }
    return index_at(tmp_path / "bundles", bundles)


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """The interpreter of an empty environment."""
    run_uv(["venv", "--quiet", "--python", sys.executable, str(tmp_path / "environment")])
    return tmp_path / "environment" / "bin" / "python"


def test_a_dependency_is_locked_by_the_hash_of_its_wheel(
    index: FolderIndex, served: tuple[dict[str, str], list[str]]
) -> None:
    environ, _ = served
    lock = read_lock(make_lock(["acme-size"], index, keys=KEYS, now=NOW, environ=environ), where="a test")

    ((name, version, wheels),) = [(each.name, str(each.version), each.wheels) for each in lock.dependencies]
    assert ("tiny-thing", "3.1") == (name, version)
    assert [Digest.of(TINY[1]).hex] == [wheel.hashes["sha256"] for wheel in wheels or ()]


@pytest.mark.parametrize("variable", ["UV_INDEX_STRATEGY", "UV_EXTRA_INDEX_URL", "UV_INDEX", "UV_INDEX_URL"])
def test_a_package_index_cannot_take_a_plugins_place(
    index: FolderIndex, served: tuple[dict[str, str], list[str]], variable: str
) -> None:
    """A higher version under a plugin's name, on an index that uv is configured with: it is not even asked for."""
    environ, asked = served
    more = {variable: "unsafe-best-match" if variable == "UV_INDEX_STRATEGY" else environ["UV_DEFAULT_INDEX"]}
    lock = read_lock(make_lock(["acme-size"], index, keys=KEYS, now=NOW, environ=environ | more), where="a test")

    assert {"acme-csv": "1.2.3", "acme-size": "1.0.0"} == {each.name: each.version for each in lock.plugins}
    assert [] == [path for path in asked if "acme" in path]


def test_a_find_links_folder_that_takes_a_plugins_place_is_refused(
    index: FolderIndex, served: tuple[dict[str, str], list[str]], tmp_path: Path
) -> None:
    """Uv merges such folders with its indexes, so here the result is what gives the impostor away."""
    environ, _ = served
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / IMPOSTOR[0]).write_bytes(IMPOSTOR[1])

    with pytest.raises(IceError) as caught:
        make_lock(
            ["acme-size"], index, keys=KEYS, now=NOW, environ=environ | {"UV_FIND_LINKS": str(tmp_path / "links")}
        )

    assert ("lock-shadowed", f"sha256:{Digest.of(IMPOSTOR[1]).hex}") == (caught.value.slug, caught.value.finding.found)


def test_plugins_that_need_each_other_only_are_locked_without_asking_any_index(
    tmp_path: Path, served: tuple[dict[str, str], list[str]]
) -> None:
    environ, asked = served
    odd = {"UV_NO_INDEX": "1", "UV_EXCLUDE_NEWER": "2020-01-01", "UV_FIND_LINKS": "/nowhere"}
    make_lock(["acme-rank"], small_index(tmp_path / "small"), keys=KEYS, now=NOW, environ=environ | odd)

    assert [] == asked


def test_a_password_in_an_indexs_url_does_not_reach_the_lock(
    index: FolderIndex, served: tuple[dict[str, str], list[str]]
) -> None:
    environ, _ = served
    with_user = environ["UV_DEFAULT_INDEX"].replace("http://", "http://me:secret@")
    lock = make_lock(["acme-size"], index, keys=KEYS, now=NOW, environ=environ | {"UV_DEFAULT_INDEX": with_user})

    assert b"secret" not in lock
    assert b"/files/tiny_thing-3.1-py3-none-any.whl" in lock


def test_a_dependency_that_is_a_file_of_this_machine_is_not_locked(
    index: FolderIndex, served: tuple[dict[str, str], list[str]], tmp_path: Path
) -> None:
    environ, _ = served
    newer = plugin_wheel("tiny-thing", "3.2", files={"tiny_thing/__init__.py": ""}, manifest={})
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / newer[0]).write_bytes(newer[1])

    with pytest.raises(IceError) as caught:
        make_lock(
            ["acme-size"], index, keys=KEYS, now=NOW, environ=environ | {"UV_FIND_LINKS": str(tmp_path / "links")}
        )

    assert "dependency-not-portable" == caught.value.slug


def test_a_dependency_that_excludes_what_iceos_needs_is_not_locked(
    tmp_path: Path, served: tuple[dict[str, str], list[str]]
) -> None:
    environ, _ = served
    old = plugin_wheel("pydantic", "1.10", files={"pydantic/__init__.py": ""}, manifest={})
    index = index_at(tmp_path / "b", {("acme-old", "1.0.0"): bundle_of("acme-old", "1.0.0", requires=("pydantic<2",))})

    with package_index({"pydantic": old}) as (url, _), pytest.raises(IceError) as caught:
        make_lock(["acme-old"], index, keys=KEYS, now=NOW, environ=environ | {"UV_DEFAULT_INDEX": url})

    assert "resolution-failed" == caught.value.slug


def test_a_dependency_goes_into_the_environment_and_the_plugin_into_the_store(
    index: FolderIndex, served: tuple[dict[str, str], list[str]], tmp_path: Path, python: Path
) -> None:
    environ, _ = served
    lock = make_lock(["acme-size"], index, keys=KEYS, now=NOW, environ=environ)
    report = install(lock, index, home=Home(tmp_path / "home"), keys=KEYS, dependencies=into(python), environ=environ)

    assert ("tiny-thing 3.1",) == report.dependencies
    assert ["True False"] == found_by(python, "tiny_thing", "acme_size")


def into(python: Path) -> DependencyChoices:
    """Into the environment of this interpreter."""
    return DependencyChoices(python=python)


def found_by(python: Path, *modules: str) -> list[str]:
    """Whether an interpreter finds these modules."""
    code = f"from importlib.util import find_spec; print(*[find_spec(name) is not None for name in {modules!r}])"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()


def test_dependencies_can_be_left_to_others(
    index: FolderIndex, served: tuple[dict[str, str], list[str]], tmp_path: Path
) -> None:
    environ, _ = served
    lock = make_lock(["acme-size"], index, keys=KEYS, now=NOW, environ=environ)
    report = install(lock, index, home=Home(tmp_path / "home"), keys=KEYS, dependencies=DependencyChoices(act="leave"))

    assert ((), 2) == (report.dependencies, len(report.plugins))


def test_a_dependency_with_another_hash_than_the_locked_one_installs_no_plugin(
    index: FolderIndex, served: tuple[dict[str, str], list[str]], tmp_path: Path, python: Path
) -> None:
    environ, _ = served
    lock = make_lock(["acme-size"], index, keys=KEYS, now=NOW, environ=environ)
    changed = lock.replace(Digest.of(TINY[1]).hex.encode(), b"0" * 64)

    with pytest.raises(IceError) as caught:
        install(changed, index, home=Home(tmp_path / "home"), keys=KEYS, dependencies=into(python), environ=environ)

    assert ("lock-hash-mismatch", str(Digest.of(TINY[1]))) == (caught.value.slug, caught.value.finding.found)
    assert {} == listing(tmp_path / "home")
    assert ["False"] == found_by(python, "tiny_thing")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (Digest.of(TINY[1]).hex, Digest.of(TINY[1]).hex + "\\n--index-url https://evil.example"),
        ('version = "3.1"\n', 'version = "3.1"\nmarker = "os_name == \'a\\u2028b\'"\n'),
    ],
)
def test_what_a_lock_says_of_a_dependency_cannot_become_an_option_of_uv(
    index: FolderIndex, served: tuple[dict[str, str], list[str]], tmp_path: Path, old: str, new: str
) -> None:
    environ, _ = served
    lock = make_lock(["acme-size"], index, keys=KEYS, now=NOW, environ=environ).decode()
    assert old in lock

    with pytest.raises(IceError) as caught:
        install(lock.replace(old, new).encode(), index, home=Home(tmp_path / "home"), keys=KEYS, environ=environ)

    assert "dependency-not-portable" == caught.value.slug
    assert {} == listing(tmp_path / "home")


def test_uv_installs_from_the_lock_as_it_is(
    index: FolderIndex, served: tuple[dict[str, str], list[str]], tmp_path: Path
) -> None:
    """The way out stays open: whoever has the lock and its wheels needs nothing of ours to rebuild the environment."""
    environ, _ = served
    project = tmp_path / "project"
    project.mkdir()
    lock = make_lock(["acme-size"], index, keys=KEYS, now=NOW, environ=environ)
    (project / "pylock.iceos.toml").write_bytes(lock)
    place_wheels(lock, index, project, keys=KEYS)
    target = tmp_path / "target"
    run_uv(
        ["pip", "install", "--quiet", "--python", sys.executable, "--target", str(target), "-r", "pylock.iceos.toml"],
        folder=project,
        environ=environ,
    )

    assert {"acme_csv", "acme_size", "tiny_thing"} <= {path.name for path in target.iterdir()}


def test_uv_refuses_a_wheel_that_is_not_the_locked_one(tmp_path: Path) -> None:
    good, other = (
        index_at(tmp_path / word, {("acme-csv", "1.2.3"): bundle_of(description=f"Does what it {word}.")})
        for word in ("says", "does")
    )
    lock = make_lock(["acme-csv"], good, keys=KEYS, now=NOW)
    (tmp_path / "pylock.iceos.toml").write_bytes(lock)
    place_wheels(make_lock(["acme-csv"], other, keys=KEYS, now=NOW), other, tmp_path, keys=KEYS)
    command = ["pip", "install", "--python", sys.executable, "--target", str(tmp_path / "t"), "-r", "pylock.iceos.toml"]

    with pytest.raises(ProgramFailed, match="(?i)hash"):
        run_uv([*command, "--offline", "--no-cache"], folder=tmp_path)
