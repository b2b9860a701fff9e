"""What else Python's import system offers works for a verified wheel as for files, with and without the cache."""

import importlib
import importlib.metadata
import importlib.util
import inspect
import linecache
import multiprocessing
import os
import pickle  # noqa: TID251 - what components of a plugin do
import pkgutil
import runpy  # noqa: TID251 - what components of a plugin do
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from types import ModuleType

import pytest

from ice_core.home import Home
from ice_core.wheels import PluginWheel, read_wheel
from ice_orchestrator.code_cache import CodeCache
from ice_orchestrator.verified_import import flush, install, uninstall
from ice_orchestrator.wheel_loader import origin_of
from tests.builders.wheels import dist_info, plugin_wheel
from tests.house.tree import ROOT

pytestmark = pytest.mark.usefixtures("clean_imports")

FILES: dict[str, str | bytes] = {
    "acme_whole/__init__.py": (
        'WHO = "wheel"\n\n\ndef __getattr__(name):\n    if name == "lazy":\n'
        "        from acme_whole import lazy_part\n\n        return lazy_part\n    raise AttributeError(name)\n"
    ),
    "acme_whole/__main__.py": 'RAN = (__name__, __file__)\nif __name__ != "__main__":\n    raise SystemExit(3)\n',
    "acme_whole/lazy_part.py": "X = 2\n",
    "acme_whole/tools.py": (
        "from dataclasses import dataclass\n\nfrom . import WHO\n\n\n@dataclass\nclass Point:\n    x: int\n\n\n"
        "def fail(number):\n    return [WHO, 1 + number / 0]  # grüße\n\n\ndef double(number):\n    return 2 * number\n"
    ),
    "acme_whole/round/__init__.py": "from ..tools import double\nfrom . import one\n",
    "acme_whole/round/one.py": "from . import two\n\nY = two.double(1)\n",
    "acme_whole/round/two.py": "from acme_whole.round import double, one\n\n\ndef get():\n    return one.Y\n",
    "acme_whole/spaces/deep/inner.py": "X = 1\n",
    "acme_whole/data/words.txt": "alpha\n",
    "acme_whole/data/more/a.bin": b"\x00\xff",
    "acme_whole/latin.py": '# -*- coding: latin-1 -*-\nTEXT = "grüße"\n'.encode("latin-1"),
}
POINTS = b"[acme.things]\nfail = acme_whole.tools:fail\n"


def load(name: str) -> ModuleType:
    return importlib.import_module(name)  # noqa: TID251 - what is imported here is the test's own


def wheel() -> PluginWheel:
    extra = {f"{dist_info('acme-whole', '1.0.0')}/entry_points.txt": POINTS}
    filename, data = plugin_wheel("acme-whole", "1.0.0", files=FILES, extra=extra)
    return read_wheel(data, filename=filename)


@pytest.fixture(params=["compiled now", "from the cache"])
def found(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PluginWheel]:
    """The wheel, installed; its code compiled, or taken from what an earlier process kept."""
    made = wheel()
    home = Home(tmp_path / "home")
    if request.param == "from the cache":
        install(made, pack=CodeCache.open(home).pack(made.digest.hex))
        for name in made.modules:
            if not name.endswith("__main__"):
                load(name)
        flush(made)
        uninstall(made)
    install(made, pack=CodeCache.open(home).pack(made.digest.hex))
    yield made
    uninstall(made)


def test_imports_of_every_kind_resolve(found: PluginWheel) -> None:
    """Relative, circular, lazy by `__getattr__`, below folders without `__init__.py`, in another encoding."""
    assert 2 == load("acme_whole").lazy.X
    assert 2 == load("acme_whole.round").two.get()
    assert 1 == load("acme_whole.spaces.deep.inner").X
    assert "grüße" == load("acme_whole.latin").TEXT
    assert [] == list(load("acme_whole.data").__dict__.keys() & {"words", "more"})


def test_a_module_says_where_it_is_from_and_has_no_bytecode_file(found: PluginWheel) -> None:
    """`__file__`, `__path__`, `__spec__`, and nothing made up beside them."""
    package, module = load("acme_whole"), load("acme_whole.tools")

    assert origin_of(found, "acme_whole/tools.py") == module.__file__
    assert [origin_of(found, "acme_whole")] == list(package.__path__)
    assert module.__spec__ is not None
    assert (True, None, "acme_whole") == (module.__spec__.has_location, module.__spec__.cached, module.__package__)
    assert not hasattr(module, "__cached__")
    spec = importlib.util.find_spec("acme_whole.round.two")
    assert spec is not None
    assert origin_of(found, "acme_whole/round/two.py") == spec.origin


def test_pkgutil_lists_and_walks_the_modules(
    found: PluginWheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As from a folder, and never those of a folder of that name that lies in the working folder."""
    planted = tmp_path / origin_of(found, "acme_whole")
    planted.mkdir(parents=True)
    (planted / "evil.py").touch()
    monkeypatch.chdir(tmp_path)
    path = load("acme_whole").__path__

    assert [("__main__", False), ("latin", False), ("lazy_part", False), ("round", True), ("tools", False)] == [
        (each.name, each.ispkg) for each in pkgutil.iter_modules(path)
    ]
    walked = [each.name for each in pkgutil.walk_packages(path, "acme_whole.")]  # noqa: TID251 - what is tested
    assert ["acme_whole.round.one", "acme_whole.round.two"] == [name for name in walked if ".round." in name]
    assert pkgutil.get_data("acme_whole", "data/more/a.bin") == b"\x00\xff"


def test_a_path_of_no_wheel_is_left_to_the_others(found: PluginWheel) -> None:
    """Also one of a wheel that is not installed, and after the wheel was taken out."""
    path = origin_of(found, "acme_whole")
    assert sys.path_hooks[0] is not None
    assert pkgutil.get_importer(path) is not None

    uninstall(found)

    assert path not in sys.path_importer_cache
    assert pkgutil.get_importer(path) is None
    assert [] == list(pkgutil.iter_modules([path.replace("sha256:", "sha256:0")]))


def test_sources_are_shown(found: PluginWheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By `inspect`, and in a traceback with the mark under what failed; not those of a file of that name."""
    planted = tmp_path / origin_of(found, "acme_whole/tools.py")
    planted.parent.mkdir(parents=True)
    planted.write_text("\n" * 11 + "    harmless()\n")
    monkeypatch.chdir(tmp_path)
    module = load("acme_whole.tools")

    try:
        module.fail(1)
    except ZeroDivisionError as error:
        text = "".join(traceback.format_exception(error))
    linecache.checkcache()

    assert "    return [WHO, 1 + number / 0]  # grüße\n" in text
    assert "                     ~~~~~~~^~~\n" in text
    assert "harmless" not in text
    assert inspect.getsource(module.double) == "def double(number):\n    return 2 * number\n"
    assert "class Point:" in inspect.getsource(module.Point)
    assert inspect.getsourcefile(module.double) == module.__file__
    assert "def double" in linecache.getline(str(module.__file__), 15)


def test_a_module_can_be_run_as_a_program(found: PluginWheel) -> None:
    """`python -m` inside the process, with `runpy`."""
    ran = runpy.run_module("acme_whole", run_name="__main__")

    assert ("__main__", origin_of(found, "acme_whole/__main__.py")) == ran["RAN"]
    with pytest.raises(SystemExit):
        runpy.run_module("acme_whole.__main__")


def test_a_module_can_be_loaded_again(found: PluginWheel) -> None:
    """`importlib.reload` executes the same verified bytes, in the same module."""
    module = load("acme_whole.tools")
    vars(module)["WHO"] = "changed"

    assert module is importlib.reload(module)
    assert "wheel" == vars(module)["WHO"]


def test_objects_are_pickled_and_come_back(found: PluginWheel) -> None:
    """By the name of their module, as everywhere."""
    module = load("acme_whole.tools")

    assert module.Point(1) == pickle.loads(pickle.dumps(module.Point(1)))  # noqa: S301 - pickled one line above


def test_threads_that_import_at_once_get_one_module(found: PluginWheel) -> None:
    """The import system's locks hold: each module is executed once, and nobody sees a half of it."""
    started = threading.Barrier(8)
    seen: list[tuple[ModuleType, int]] = []

    def use() -> None:
        started.wait()
        module = load("acme_whole.round")
        seen.append((module, module.two.get()))

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [(load("acme_whole.round"), 2)] * 8 == seen


def test_the_distribution_is_whole(found: PluginWheel) -> None:
    """Version, files with their hashes, entry points, requirements, by any spelling of the name."""
    distribution = importlib.metadata.distribution("Acme_Whole")
    files = {str(file): file for file in distribution.files or ()}

    assert "1.0.0" == distribution.version
    assert FILES.keys() <= files.keys()
    assert "alpha\n" == files["acme_whole/data/words.txt"].read_text()
    assert b"\x00\xff" == files["acme_whole/data/more/a.bin"].read_binary()
    (point,) = distribution.entry_points
    assert ("fail", "acme.things", load("acme_whole.tools").fail) == (point.name, point.group, point.load())
    assert [] == list(importlib.metadata.entry_points(group="acme.things"))
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.distribution("acme-other")


@pytest.mark.parametrize("anchor", ["acme_whole.data", "acme_whole.data.more", "acme_whole.spaces"])
def test_a_folder_without_modules_has_resources(found: PluginWheel, anchor: str) -> None:
    """As in Python, where any folder below a package is one."""
    files = resources.files(anchor)

    assert files.is_dir()
    assert files.name == anchor.rpartition(".")[2]
    assert [each.name for each in sorted(files.iterdir(), key=str)]
    assert "acme_whole" in repr(files)


def test_a_resource_is_a_file_for_who_needs_one(found: PluginWheel) -> None:
    """`as_file` writes a copy for as long as it is needed."""
    with resources.as_file(resources.files("acme_whole.data") / "words.txt") as path:
        assert "alpha\n" == path.read_text()

    assert not path.exists()


def test_what_is_no_folder_of_the_wheel_is_no_package(found: PluginWheel) -> None:
    """A name that nothing lies below, and the wheel's own metadata, which has no name of a module."""
    for name in ("acme_whole.data.words", "acme_whole.nothing", "acme_whole.dat"):
        with pytest.raises(ModuleNotFoundError, match="verified wheel"):
            load(name)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="it forks")
def test_a_forked_process_has_the_modules() -> None:
    """And one that is started anew says that there is no such module; see the explanation page."""
    code = (
        "import multiprocessing, sys\n"
        "from tests.ice_orchestrator.test_import_system import load, wheel\n"
        "from ice_orchestrator.verified_import import install\n"
        "if __name__ == '__main__':\n"
        "    install(wheel())\n"
        "    double = load('acme_whole.tools').double\n"
        "    with multiprocessing.get_context('fork').Pool(1) as pool:\n"
        "        print(pool.map(double, [1, 2]))\n"
        "    process = multiprocessing.get_context('spawn').Process(target=double, args=(1,))\n"
        "    process.start()\n"
        "    process.join(60)\n"
        "    print(process.exitcode)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ("[2, 4]\n1\n", 0) == (done.stdout, done.returncode), done.stderr
    assert "ModuleNotFoundError: No module named 'acme_whole'" in done.stderr
