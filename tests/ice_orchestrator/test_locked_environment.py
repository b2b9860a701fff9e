"""Imports of a strict run, in this process: what the finder serves, what it hides, and why, and how it steps back."""

import importlib
import importlib.metadata
import importlib.util
import pkgutil
import sys
import types
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder
from pathlib import Path

import pytest
from coverage import tracer

from ice_core.canonical import Digest
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.models.lock import Lock
from ice_core.models.plugins import Permissions
from ice_orchestrator.locked_environment import dependencies_here, locked_environment, refused_import
from ice_orchestrator.locked_finder import LockedFinder
from ice_orchestrator.permission_guard import guarded
from tests.builders.dependencies import Wheel, keep, lock_of, locked_package, put
from tests.builders.wheels import plugin_wheel

FILES = {
    "acme_tiny/__init__.py": "",
    "acme_tiny/core.py": "answer = 42\n",
    "acme_tiny/words.txt": "one two",
    "acme_single.py": "import acme_tiny.core as core\n",
}
TINY = plugin_wheel("tiny-thing", "3.1", files=FILES, manifest={})
ONE = plugin_wheel("spaced-one", "1.0", files={"acme_spaced/one.py": "word = 1\n"}, manifest={})
TWO = plugin_wheel("spaced-two", "1.0", files={"acme_spaced/two.py": "word = 2\n"}, manifest={})
STRANGER = plugin_wheel("stranger", "1.0", files={"acme_stranger/deep/x.py": ""}, manifest={})


class Place:
    """A folder of installed packages on the import path, and a home."""

    def __init__(self, folder: Path) -> None:
        self.site = folder / "site"
        self.home = Home(folder / "home")
        self.site.mkdir()

    def install(self, *wheels: Wheel, listed: bool = True) -> Lock:
        """Installs wheels and gives the lock that pins them."""
        put(self.site, *wheels)
        if listed:
            keep(self.home, *wheels)
        return lock_of(*map(locked_package, wheels))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean_imports: None) -> Iterator[Place]:
    made = Place(tmp_path)
    monkeypatch.syspath_prepend(str(made.site))
    yield made
    importlib.invalidate_caches()


def imported(name: str) -> types.ModuleType:
    """A module by its name."""
    return importlib.import_module(name)  # noqa: TID251 - what is imported here is the test's own


def refusal(name: str) -> IceError:
    """Why a module cannot be imported in the strict run that is under way."""
    with pytest.raises(ModuleNotFoundError) as caught:
        imported(name)
    reason = refused_import(caught.value)
    assert reason is not None
    return reason


def test_modules_and_data_of_a_locked_wheel_are_served(place: Place) -> None:
    lock = place.install(TINY)
    with locked_environment(lock, home=place.home):
        single = imported("acme_single")

        assert 42 == single.core.answer
        assert str(place.site / "acme_tiny" / "core.py") == single.core.__file__
        assert b"one two" == pkgutil.get_data("acme_tiny", "words.txt")


@pytest.mark.parametrize("name", ["words.txt", "more.txt"])
def test_data_through_the_loader_is_checked(place: Place, name: str) -> None:
    lock = place.install(TINY)
    (place.site / "acme_tiny" / name).write_text("other")
    with locked_environment(lock, home=place.home):
        imported("acme_tiny")
        with pytest.raises(IceError if name == "words.txt" else FileNotFoundError):
            pkgutil.get_data("acme_tiny", name)


def test_a_namespace_of_several_distributions_is_whole(place: Place) -> None:
    lock = place.install(ONE, TWO)
    put(place.site, plugin_wheel("spaced-three", "1.0", files={"acme_spaced/three.py": ""}, manifest={}))
    with locked_environment(lock, home=place.home):
        one, two = (imported(f"acme_spaced.{name}") for name in ("one", "two"))

        assert (1, 2) == (one.word, two.word)
        assert "dependency-not-locked" == refusal("acme_spaced.three").slug


def test_an_optional_package_that_is_not_locked_is_as_if_it_were_not_there(place: Place) -> None:
    """Code that can do without it does; `find_spec` says so too."""
    lock = place.install(TINY)
    put(place.site, STRANGER)
    with locked_environment(lock, home=place.home) as finder:
        assert importlib.util.find_spec("acme_stranger") is None
        assert ("acme_stranger",) == finder.reasons.modules
        assert "`stranger 1.0`" in refusal("acme_stranger.deep.x").finding.message


def test_a_folder_of_data_on_the_path_is_no_package(place: Place) -> None:
    (place.site / "acme_data").mkdir()
    with locked_environment(None, home=place.home), pytest.raises(ModuleNotFoundError) as caught:
        imported("acme_data")

    assert refused_import(caught.value) is None


def test_what_is_locked_and_not_installed_is_told(place: Place) -> None:
    keep(place.home, TINY)
    with locked_environment(lock_of(locked_package(TINY)), home=place.home):
        assert "dependency-not-installed" == refusal("acme_tiny").slug


def test_what_is_locked_and_not_listed_is_not_imported(place: Place) -> None:
    """Its files may be right; nothing here can say so."""
    lock = place.install(TINY, listed=False)
    with locked_environment(lock, home=place.home):
        assert ("dependency-files-unknown", "To read it from the wheel, run `ice install`") == (
            (found := refusal("acme_tiny")).slug,
            found.finding.hints[0],
        )


def test_a_package_without_a_wheel_for_this_interpreter_is_not_imported(place: Place) -> None:
    place.install(TINY)
    other = TINY[0].replace("py3-none-any", "cp27-cp27m-win32")
    with locked_environment(lock_of(locked_package((other, TINY[1]))), home=place.home):
        assert "none of its locked wheels is for this interpreter" in refusal("acme_tiny").finding.message


def test_the_reason_is_found_behind_what_it_was_turned_into(place: Place) -> None:
    put(place.site, STRANGER)
    with locked_environment(None, home=place.home):
        try:
            try:
                imported("acme_stranger")
            except ImportError as error:
                raise RuntimeError("install stranger") from error
        except RuntimeError as error:
            reason = refused_import(error)

        assert reason is not None
        assert "dependency-not-locked" == reason.slug
        assert refused_import(ValueError("something else")) is None


def test_a_changed_extension_module_is_not_loaded(place: Place) -> None:
    """Threat 50: changed third-party package: neither a module nor a library beside it reaches the system's loader."""
    suffix = EXTENSION_SUFFIXES[0]
    files = {f"acme_fast{suffix}": b"\x7fELF", "acme_fast.libs/libz-1.so.1.2": b"\x7fELF"}
    lock = place.install(plugin_wheel("fast", "1.0", files=files, manifest={}))
    with locked_environment(lock, home=place.home):
        with pytest.raises(ImportError):
            # The bytes are the wheel's, and the loader's to refuse.
            imported("acme_fast")
        for name in files:
            (place.site / name).write_bytes(b"\x7fELF, other")
            with locked_environment(lock, home=place.home) as finder:
                finder._checked_libraries.clear()
                with pytest.raises(IceError, match="dependency-changed"):
                    imported("acme_fast")
            (place.site / name).write_bytes(b"\x7fELF")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system's loader opens the file")
def test_a_compiled_module_that_stands_alone_is_loaded_from_sealed_memory(place: Place) -> None:
    """A real one; what is mapped is not the file on disk, which could be exchanged after it was hashed."""
    built = Path(str(tracer.__file__))
    files = {"acme_fast/__init__.py": b"", f"acme_fast/{built.name}": built.read_bytes()}
    lock = place.install(plugin_wheel("fast", "1.0", files=files, manifest={}))
    with locked_environment(lock, home=place.home):
        module = imported("acme_fast.tracer")

    assert str(place.site / "acme_fast" / built.name) == module.__file__
    assert str(place.site) not in Path("/proc/self/maps").read_text()
    assert module.CTracer is not tracer.CTracer


def test_compiled_sources_are_taken_again_and_still_checked(place: Place) -> None:
    """The cache is asked after the file was hashed, so a changed file is refused although its old code is kept."""
    lock = place.install(TINY)
    with locked_environment(lock, home=place.home):
        imported("acme_tiny.core")
    kept = [path for path in place.home.cache.rglob("*") if Digest.of(TINY[1]).hex in path.name]
    for name in ("acme_tiny", "acme_tiny.core"):
        del sys.modules[name]
    (place.site / "acme_tiny" / "core.py").write_text("answer = 43\n")
    with locked_environment(lock, home=place.home), pytest.raises(IceError, match="dependency-changed"):
        imported("acme_tiny.core")

    assert 1 == len(kept)


def test_a_late_import_is_not_counted_against_the_components_permissions(place: Place) -> None:
    """One without any permission imports when it is called; that iceos reads its cache then is iceos's doing."""
    lock = place.install(TINY)
    with (
        locked_environment(lock, home=place.home),
        guarded("tool:late", Permissions(), enforce=True) as observed,
    ):
        core = imported("acme_tiny.core")

    assert 42 == core.answer
    assert [] == [each for each in observed if each.kind in ("read", "written")]


def test_the_standard_library_and_iceos_are_not_asked_of_the_lock(place: Place) -> None:
    """Also what is imported late, and what shadows of the path would stand in for."""
    sys.modules.pop("colorsys", None)
    (place.site / "colorsys.py").write_text("raise SystemExit(66)\n")
    with locked_environment(None, home=place.home):
        assert str(place.site) not in str(imported("colorsys").__file__)
        assert importlib.util.find_spec("ice_bridges_of_the_future") is None
        assert importlib.util.find_spec("ice_core.names") is not None


def test_what_iceos_stands_on_is_imported_without_a_lock(place: Place) -> None:
    (place.site / "mdurl").mkdir()
    (place.site / "mdurl" / "__init__.py").write_text("raise SystemExit(66)\n")
    with locked_environment(None, home=place.home) as finder:
        spec = finder.find_spec("mdurl", None)

        assert {"pydantic", "packaging", "click"} <= set(finder.base)
        assert spec is not None
        assert str(place.site) not in str(spec.origin)
        assert finder.find_spec("ruamel", None) is not None


def test_another_version_of_what_iceos_stands_on_is_refused(place: Place) -> None:
    """Half of it is imported already, so the locked half could not be added."""
    wheel = plugin_wheel("packaging", "1.0", files={"packaging/__init__.py": ""}, manifest={})
    keep(place.home, wheel)

    with pytest.raises(IceError) as caught, locked_environment(lock_of(locked_package(wheel)), home=place.home):
        pass

    assert ("dependency-changed", "packaging 1.0") == (caught.value.slug, caught.value.finding.expected)


def test_a_locked_module_that_was_imported_before_is_refused(place: Place) -> None:
    lock = place.install(TINY)
    imported("acme_tiny")
    before = list(sys.meta_path)

    with pytest.raises(IceError) as caught, locked_environment(lock, home=place.home):
        pass

    assert "module-name-taken" == caught.value.slug
    assert before == sys.meta_path


def test_a_module_of_an_earlier_lock_is_not_taken_for_that_of_a_later_one(place: Place) -> None:
    with locked_environment(place.install(TINY), home=place.home):
        imported("acme_tiny.core")
    with locked_environment(lock_of(locked_package(TINY)), home=place.home):
        imported("acme_tiny.core")

    with pytest.raises(IceError) as caught, locked_environment(lock_of(), home=place.home):
        pass

    assert "module-name-taken" == caught.value.slug


def test_a_second_strict_run_needs_the_same_lock(place: Place) -> None:
    lock = place.install(TINY)
    with locked_environment(lock, home=place.home) as first:
        with locked_environment(lock, home=place.home) as second:
            assert first is second
        with pytest.raises(IceError) as caught, locked_environment(None, home=place.home):
            pass
        assert first in sys.meta_path

    assert "dependency-locks-differ" == caught.value.slug
    assert first not in sys.meta_path


def test_finders_that_came_meanwhile_stay(place: Place) -> None:
    """Packages such as `six` bring one of their own, from code that was checked."""

    class Finder:
        def find_spec(self, name: str, path: object, target: object = None) -> None:
            return None

    mine, before = Finder(), list(sys.meta_path)
    with locked_environment(None, home=place.home):
        assert PathFinder not in sys.meta_path
        sys.meta_path.append(mine)

    assert [*before, mine] == sys.meta_path


def test_a_finder_of_an_editable_installation_is_not_believed(place: Place) -> None:
    source = place.home.root.parent / "acme_source.py"
    source.write_text("")

    class Finder:
        def find_spec(self, name: str, path: object, target: object = None) -> object:
            return PathFinder.find_spec(name, [str(source.parent)]) if name == "acme_source" else None

    sys.meta_path.insert(0, Finder())  # type: ignore[arg-type] # what such an installation puts there
    with locked_environment(None, home=place.home):
        assert "dependency-not-locked" == refusal("acme_source").slug


def test_metadata_of_what_is_installed_is_read(place: Place) -> None:
    with locked_environment(place.install(TINY), home=place.home) as finder:
        finder.invalidate_caches()

        assert "3.1" == importlib.metadata.version("tiny-thing")
        assert "tiny-thing" in {each.metadata["Name"] for each in finder.find_distributions()}


def test_a_module_made_in_memory_is_nobodys(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "acme_memory", types.ModuleType("acme_memory"))
    with locked_environment(place.install(TINY), home=place.home) as finder:
        assert isinstance(finder, LockedFinder)


def test_without_a_lock_there_are_no_dependencies(place: Place) -> None:
    assert () == dependencies_here(None)
    assert ["tiny-thing 3.1"] == [each.title for each in dependencies_here(place.install(TINY))]
