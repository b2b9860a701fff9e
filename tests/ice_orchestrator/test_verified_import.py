"""Modules out of a verified wheel: its bytes and no others, whatever lies on disk or in the way."""

import importlib
import importlib.metadata
import importlib.util
import inspect
import linecache
import pkgutil
import py_compile
import sys
import traceback
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from types import ModuleType

import pytest

from ice_core.errors import IceError
from ice_core.wheels import PluginWheel, read_wheel
from ice_orchestrator.verified_import import VerifiedFinder, install, uninstall, wheel_of
from ice_orchestrator.wheel_loader import VerifiedLoader, origin_of
from tests.builders.wheels import dist_info, plugin_wheel

pytestmark = pytest.mark.usefixtures("clean_imports")

GOOD: dict[str, str | bytes] = {
    "acme_veri/__init__.py": '"""A package."""\n\nWHO = "wheel"\n',
    "acme_veri/tools.py": "from acme_veri import WHO\n\n\ndef fail():\n    raise ValueError(WHO)  # grüße\n",
    "acme_veri/data/words.txt": "alpha\n",
    "acme_veri/bare/inner.py": "X = 1\n",
}


def load(name: str) -> ModuleType:
    return importlib.import_module(name)  # noqa: TID251 - what is imported here is the test's own


def wheel(files: Mapping[str, str | bytes] = GOOD) -> PluginWheel:
    filename, data = plugin_wheel("acme-veri", "1.0.0", files=files)
    return read_wheel(data, filename=filename)


def test_a_module_comes_from_the_wheel_and_says_so() -> None:
    """Spec, file and loader name the wheel's digest; the relative parts work."""
    found = wheel()
    install(found)

    module = load("acme_veri.tools")

    assert "wheel" == module.WHO
    assert found is wheel_of(module)
    assert origin_of(found, "acme_veri/tools.py") == module.__file__
    assert module.__spec__ is not None
    assert module.__spec__.origin == module.__file__
    assert 1 == load("acme_veri.bare.inner").X


def test_a_shadow_on_the_path_is_not_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of the same name in front on `sys.path` stands in for nothing, not even for a module it alone has."""
    shadow = tmp_path / "acme_veri"
    shadow.mkdir()
    for name in ("__init__", "tools", "extra"):
        (shadow / f"{name}.py").write_text(f"import pathlib; pathlib.Path({str(tmp_path / 'ran')!r}).touch()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    install(wheel())

    assert "wheel" == load("acme_veri.tools").WHO
    with pytest.raises(ModuleNotFoundError, match="verified wheel"):
        load("acme_veri.extra")
    assert not (tmp_path / "ran").exists()


def test_bytecode_on_disk_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forged `__pycache__` beside a source of the same name and time has no effect."""
    folder = tmp_path / "acme_veri"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise SystemExit('forged')\n")
    py_compile.compile(str(folder / "__init__.py"))
    (folder / "__init__.py").write_text('WHO = "disk"\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "pycache_prefix", None)
    found = wheel()
    install(found)

    module = load("acme_veri")

    assert "wheel" == module.WHO
    assert not list(Path.cwd().glob("iceos-wheel*"))


def test_other_names_are_left_to_the_other_finders() -> None:
    """A finder claims the top-level names of its wheel and nothing that only begins like them."""
    finder = VerifiedFinder(wheel())

    assert [None, None, None] == [finder.find_spec(name, None) for name in ("json", "acme", "acme_veri2")]


def test_tracebacks_show_the_verified_lines() -> None:
    """Through `traceback`, `linecache` and `inspect`, though there is no file."""
    install(wheel())
    module = load("acme_veri.tools")
    # Before anyone hands over the module's globals: whoever knows the file's name only gets the verified line.
    first = linecache.getline(str(module.__file__), 5)

    try:
        module.fail()
    except ValueError as error:
        text = "".join(traceback.format_exception(error))
    linecache.checkcache()

    assert "raise ValueError(WHO)  # grüße" in text
    assert "raise ValueError" in first
    assert first == linecache.getline(str(module.__file__), 5)
    assert "def fail():" in inspect.getsource(module.fail)


def test_resources_come_from_the_wheel() -> None:
    """Files and folders, text and bytes, as a path for those who need one, and nothing outside of the package."""
    install(wheel())
    root = resources.files("acme_veri")

    assert "alpha\n" == root.joinpath("data", "words.txt").read_text(encoding="utf-8")
    assert "alpha\n" == (root / "data" / "words.txt").open(encoding="utf-8").read()
    assert b"alpha\n" == (root / "data/words.txt").open("rb").read()
    assert ["__init__.py", "bare", "data", "plugins.json", "tools.py"] == [each.name for each in root.iterdir()]
    assert (True, False) == ((root / "data").is_dir(), (root / "data").is_file())
    with resources.as_file(root / "data" / "words.txt") as path:
        assert b"alpha\n" == path.read_bytes()
    assert b"alpha\n" == pkgutil.get_data("acme_veri", "data/words.txt")


@pytest.mark.parametrize("name", ["../acme_veri/tools.py", "/etc/passwd", "missing.txt"])
def test_a_resource_that_is_not_there_is_not_found(name: str) -> None:
    """A name cannot climb out of the package."""
    install(wheel())

    with pytest.raises(FileNotFoundError):
        (resources.files("acme_veri") / name).read_bytes()
    with pytest.raises(OSError, match=r".+"):
        pkgutil.get_data("acme_veri", name)


def test_a_module_has_no_resources_of_its_own() -> None:
    """Only packages do, as everywhere in Python."""
    install(wheel())
    module = load("acme_veri.tools")

    assert module.__spec__ is not None
    assert isinstance(module.__spec__.loader, VerifiedLoader)
    assert module.__spec__.loader.get_resource_reader("acme_veri.tools") is None


def test_the_distributions_metadata_is_found_by_name_only() -> None:
    """`version()` works however the name is spelled; whoever lists entry points does not meet what it advertises."""
    points = b"[pytest11]\nevil = acme_veri.tools:fail\n"
    filename, data = plugin_wheel(
        "acme-veri", "1.0.0", files=GOOD, extra={f"{dist_info('acme-veri', '1.0.0')}/entry_points.txt": points}
    )
    install(read_wheel(data, filename=filename))

    found = importlib.metadata.distribution("Acme.Veri")

    assert ("1.0.0", "1.0.0") == (found.version, importlib.metadata.version("acme_veri"))
    assert found.locate_file("acme_veri/tools.py").read_text().startswith("from acme_veri")
    assert found.read_text("nothing") is None
    assert "acme_veri.tools:fail" not in {point.value for point in importlib.metadata.entry_points(group="pytest11")}


def test_an_extension_module_is_refused_and_not_loaded() -> None:
    """Its slug says that it is not supported; it is no missing module."""
    install(wheel({"acme_veri/__init__.py": "", "acme_veri/fast.cpython-311-x86_64-linux-gnu.so": b"\x7fELF"}))
    load("acme_veri")

    with pytest.raises(IceError) as refused:
        load("acme_veri.fast")

    assert "extension-module-unsupported" == refused.value.slug
    assert "acme_veri.fast" not in sys.modules


def test_a_name_that_is_imported_already_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when only a module below it is, and nothing is put in front of the finders."""
    before = list(sys.meta_path)
    monkeypatch.setitem(sys.modules, "acme_veri.planted", sys)

    with pytest.raises(IceError) as refused:
        install(wheel())

    assert "module-name-taken" == refused.value.slug
    assert before == sys.meta_path


def test_two_wheels_cannot_claim_one_name() -> None:
    """Another version of the package in the same process is refused; the same wheel again is fine."""
    install(wheel())
    install(wheel())

    with pytest.raises(IceError) as refused:
        install(wheel({"acme_veri/__init__.py": "WHO = 'other'\n"}))

    assert "module-name-taken" == refused.value.slug
    assert 1 == sum(isinstance(finder, VerifiedFinder) for finder in sys.meta_path)


def test_a_name_of_the_standard_library_is_refused_by_the_finder_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel gate refuses it first; the finder does not rely on that."""
    monkeypatch.setattr(sys, "stdlib_module_names", frozenset((*sys.stdlib_module_names, "acme_veri")))

    with pytest.raises(IceError) as refused:
        install(wheel())

    assert "module-name-taken" == refused.value.slug
    assert "the standard library" == refused.value.finding.found


def test_a_wheel_can_be_taken_out_again() -> None:
    """Its finder and its modules are gone, and another version can come."""
    first = wheel()
    install(first)
    load("acme_veri.tools")
    uninstall(first)

    assert importlib.util.find_spec("acme_veri") is None
    assert not [name for name in sys.modules if name.startswith("acme_veri")]


def test_a_module_from_elsewhere_has_no_wheel() -> None:
    """What is on the import path was verified by nobody."""
    assert wheel_of(linecache) is None
