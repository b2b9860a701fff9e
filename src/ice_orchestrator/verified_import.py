"""Modules from the very bytes that were hashed: a finder in front of all others that serves verified wheels.

A wheel's top-level names are claimed whole: a module below them comes from the wheel or is not found, so that neither
a folder on `sys.path` nor an installed copy stands in for it. How its modules are executed is in `wheel_loader` and
`extension_modules`; nothing is unpacked and no `.pyc` is read. Resources (`importlib.resources`) and the distribution's
metadata (`importlib.metadata`) come from the same bytes. What this protects, and what it does not, is in
docs/explanation/verified-import.md.
"""

import atexit
import importlib.abc
import importlib.machinery
import importlib.metadata
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from types import ModuleType
from typing import Final

from ice_core.errors import IceError, Location
from ice_core.wheels import PluginWheel
from ice_orchestrator.code_cache import CodePack
from ice_orchestrator.extension_modules import VerifiedExtensionLoader
from ice_orchestrator.wheel_loader import VerifiedLoader, VerifiedSpec, WheelLoader, is_package_file, origin_of
from ice_orchestrator.wheel_resources import WheelDistribution

_LOCK: Final = threading.RLock()
_FEW: Final = 32


class VerifiedFinder(importlib.abc.MetaPathFinder):
    """Finds the modules of one wheel, and claims its top-level names."""

    def __init__(self, wheel: PluginWheel, *, pack: CodePack | None = None) -> None:
        self.wheel = wheel
        self.pack = pack
        self._asked = 0

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of a module of this wheel; None for names that the wheel does not claim.

        Raises:
            ModuleNotFoundError: The name is below a claimed one, and the wheel has no such module.
        """
        if _top(fullname) not in self.wheel.top_level:
            return None
        loader = self._loader(fullname)
        is_package = loader.is_package(fullname)
        spec = VerifiedSpec(fullname, loader, origin=loader.filename, is_package=is_package)
        spec.has_location = True
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(origin_of(self.wheel, fullname.replace(".", "/")))
        return spec

    def _loader(self, module: str) -> WheelLoader:
        self._asked += 1
        # Who imports many modules has the tables of the wheel read once, instead of a note for each.
        pack = self.pack if self._asked <= _FEW else None
        place = pack.place(module) if pack is not None else None
        if place is not None:
            return VerifiedLoader(self.wheel, module, place[0], digest=place[1], pack=self.pack)
        member = self.wheel.modules.get(module)
        if member is None and module not in self._folders:
            # Not None: the next finder would look on `sys.path`, where anyone may have put a module of this name.
            raise ModuleNotFoundError(
                f"No module named {module!r} in the verified wheel {self.wheel.filename}", name=module
            )
        if member is None:
            return VerifiedLoader(self.wheel, module, None)
        if not member.endswith(".py"):
            return VerifiedExtensionLoader(self.wheel, module, member)
        digest = self.wheel.digests[member]
        if pack is not None:
            pack.note_place(module, (member, digest))
        return VerifiedLoader(self.wheel, module, member, digest=digest, pack=self.pack)

    def find_distributions(
        self, context: importlib.metadata.DistributionFinder.Context | None = None
    ) -> Iterable[importlib.metadata.Distribution]:
        """The wheel's distribution, when `importlib.metadata` asks for it by name."""
        # Only when asked by name: whoever lists everything (`entry_points()`) would load what this wheel advertises.
        distribution = WheelDistribution(self.wheel)
        named = context is not None and context.name is not None and distribution.answers_to(context.name)
        return [distribution] if named else []

    @cached_property
    def _folders(self) -> frozenset[str]:
        # Every folder, as in Python: one that holds data alone is a package whose resources can be asked for.
        folders = {name.rpartition("/")[0].replace("/", ".") for name in self.wheel.archive.names}
        return frozenset(parent for folder in folders for parent in _with_parents(folder))


class WheelPath(importlib.abc.PathEntryFinder):
    """One entry of a package's `__path__`: what `pkgutil` lists the modules below the package with."""

    def __init__(self, finder: VerifiedFinder, package: str) -> None:
        self._finder = finder
        self._package = package

    def find_spec(self, fullname: str, target: ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        """The spec of a module of the wheel."""
        return self._finder.find_spec(fullname, None, target)

    def iter_modules(self, prefix: str = "") -> Iterator[tuple[str, bool]]:
        """Name and whether it is a package of each module directly below, sorted, as `pkgutil.iter_modules` gives."""
        below = f"{self._package}."
        modules = self._finder.wheel.modules
        for name in sorted(modules):
            if name.startswith(below) and "." not in (last := name.removeprefix(below)):
                yield prefix + last, is_package_file(modules[name])


def install(wheel: PluginWheel, *, pack: CodePack | None = None) -> None:
    """Puts the wheel's finder in front of all others; the same wheel twice is fine.

    Args:
        wheel: What passed the gate.
        pack: The compiled modules of this wheel, which its digest names; without it each is compiled anew.

    Raises:
        IceError: `module-name-taken`, when a top-level name of the wheel is the standard library's, is claimed by
            another wheel, or is imported already from elsewhere; then nothing was changed.
    """
    with _LOCK:
        if any(finder.wheel.digest == wheel.digest for finder in _installed()):
            return
        for name in sorted(wheel.top_level):
            _refuse_taken(wheel, name)
        sys.meta_path.insert(0, VerifiedFinder(wheel, pack=pack))
        if _wheel_path not in sys.path_hooks:
            # In front: the next hook takes any folder, and one of that name could lie in the working folder.
            sys.path_hooks.insert(0, _wheel_path)


def flush(wheel: PluginWheel) -> None:
    """Keeps what was compiled of an installed wheel, and once more when the process ends."""
    packs = [finder.pack for finder in _installed() if finder.wheel.digest == wheel.digest and finder.pack is not None]
    for pack in packs:
        pack.flush()
        # Functions import too.
        atexit.unregister(pack.flush)
        atexit.register(pack.flush)


def uninstall(wheel: PluginWheel) -> None:
    """Takes the wheel's finder and its modules out again; for tests and for a worker that changes its lock."""
    with _LOCK:
        sys.meta_path[:] = [
            finder
            for finder in sys.meta_path
            if not (isinstance(finder, VerifiedFinder) and finder.wheel.digest == wheel.digest)
        ]
        for name in [name for name in sys.modules if _top(name) in wheel.top_level]:
            del sys.modules[name]
        prefix = origin_of(wheel, "")
        for path in [path for path in sys.path_importer_cache if path.startswith(prefix)]:
            del sys.path_importer_cache[path]


def wheel_of(module: ModuleType) -> PluginWheel | None:
    """The verified wheel that a module was executed from; None when it came from elsewhere."""
    loader = module.__spec__.loader if module.__spec__ is not None else None
    return loader.wheel if isinstance(loader, WheelLoader) else None


def _wheel_path(path: str) -> WheelPath:
    for finder in _installed():
        prefix = origin_of(finder.wheel, "")
        if path.startswith(prefix):
            return WheelPath(finder, path.removeprefix(prefix).replace("/", "."))
    raise ImportError("it is no path of a verified wheel", path=path)


def _installed() -> list[VerifiedFinder]:
    return [finder for finder in sys.meta_path if isinstance(finder, VerifiedFinder)]


def _refuse_taken(wheel: PluginWheel, name: str) -> None:
    owner = None
    if name in sys.stdlib_module_names or name in sys.builtin_module_names:
        owner = "the standard library"
    elif (claimed := next((found for found in _installed() if name in found.wheel.top_level), None)) is not None:
        owner = f"{claimed.wheel.filename}, {claimed.wheel.digest}"
    elif (imported := _imported(name)) is not None:
        owner = getattr(sys.modules.get(imported), "__file__", None) or f"`{imported}`, which is imported already"
    if owner is None:
        return
    raise IceError(
        "module-name-taken",
        f"`{name}` of `{wheel.filename}` is a module already, from elsewhere",
        where=Location(wheel.filename),
        expected=f"`{name}` from {wheel.digest}",
        found=owner,
        note="Whoever imports the name would get one of the two and believe it to be the other. Nothing was imported.",
        hints=(
            f"Run the plan in a process that has not imported `{name}`",
            f"Two packages that both bring `{name}` cannot run in one process",
        ),
        details={"module": name, "wheel": str(wheel.digest)},
    )


def _imported(top_level: str) -> str | None:
    names = tuple(sys.modules)
    # One search through all names at once: there are a thousand of them, and hardly ever one that begins so.
    if top_level not in sys.modules and f"\0{top_level}." not in "\0" + "\0".join(names):
        return None
    return next(name for name in names if _top(name) == top_level)


def _top(module: str) -> str:
    return module.partition(".")[0]


def _with_parents(module: str) -> Iterable[str]:
    parts = module.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts) + 1))
