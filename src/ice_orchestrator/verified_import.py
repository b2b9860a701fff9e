"""Modules from the very bytes that were hashed: a finder in front of all others that serves verified wheels.

A wheel's top-level names are claimed whole: a module below them comes from the wheel or is not found, so that neither
a folder on `sys.path` nor an installed copy stands in for it. Sources are compiled from memory; no `.pyc` is read and
nothing is unpacked. Resources (`importlib.resources`) and the distribution's metadata (`importlib.metadata`) come from
the same bytes. What this protects, and what it does not, is in docs/explanation/verified-import.md.
"""

import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import linecache
import sys
import threading
from collections.abc import Iterable, Sequence
from types import CodeType, ModuleType
from typing import Final

from ice_core.errors import IceError, Location
from ice_core.wheels import PluginWheel
from ice_orchestrator.wheel_resources import WheelDistribution, WheelFolder, WheelReader

ORIGIN_SCHEME: Final = "iceos-wheel://"
_LOCK: Final = threading.RLock()


class VerifiedLoader(importlib.abc.InspectLoader):
    """Executes one module of one wheel."""

    def __init__(self, wheel: PluginWheel, module: str, member: str | None) -> None:
        self._wheel = wheel
        self._module = module
        self._member = member

    @property
    def wheel(self) -> PluginWheel:
        """The wheel whose bytes are executed."""
        return self._wheel

    @property
    def filename(self) -> str:
        """What tracebacks call the module's file; it names the wheel's digest and is no path of this machine."""
        return origin_of(self._wheel, self._member or f"{self._module.replace('.', '/')}/")

    def is_package(self, fullname: str) -> bool:
        """Whether the module has modules below it; a folder without `__init__.py` is an empty package."""
        return self._member is None or self._member.rpartition("/")[2] == "__init__.py"

    def get_data(self, path: str) -> bytes:
        """A member by its origin, for `pkgutil.get_data`.

        Raises:
            OSError: There is none.
        """
        prefix = origin_of(self._wheel, "")
        try:
            return self._wheel.read(path.removeprefix(prefix))
        except KeyError as error:
            raise FileNotFoundError(path) from error

    def get_source(self, fullname: str) -> str:
        """The source text, decoded as Python decodes it (PEP 263)."""
        return importlib.util.decode_source(self._source())

    def get_code(self, fullname: str) -> CodeType:
        """The code object, compiled from the verified bytes."""
        return compile(self._source(), self.filename, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module."""
        code = self.get_code(self._module)
        source = self.get_source(self._module)
        # Without a modification time `linecache.checkcache` leaves the entry alone: tracebacks show the verified text.
        linecache.cache[self.filename] = (len(source), None, source.splitlines(keepends=True), self.filename)
        exec(code, module.__dict__)

    def get_resource_reader(self, fullname: str) -> WheelReader | None:
        """For `importlib.resources`: the members below the package."""
        if not self.is_package(fullname):
            return None
        return WheelReader(WheelFolder(self._wheel, fullname.replace(".", "/")))

    def _source(self) -> bytes:
        return b"" if self._member is None else self._wheel.read(self._member)


class VerifiedFinder(importlib.abc.MetaPathFinder):
    """Finds the modules of one wheel, and claims its top-level names."""

    def __init__(self, wheel: PluginWheel) -> None:
        self.wheel = wheel
        self._folders = {parent for name in wheel.modules for parent in _parents(name)}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of a module of this wheel; None for names that the wheel does not claim.

        Raises:
            ModuleNotFoundError: The name is below a claimed one, and the wheel has no such module.
            IceError: `extension-module-unsupported`.
        """
        if _top(fullname) not in self.wheel.top_level:
            return None
        member = self.wheel.modules.get(fullname)
        if member is None and fullname not in self._folders:
            # Not None: the next finder would look on `sys.path`, where anyone may have put a module of this name.
            raise ModuleNotFoundError(
                f"No module named {fullname!r} in the verified wheel {self.wheel.filename}", name=fullname
            )
        if member is not None and not member.endswith(".py"):
            raise _extension_module(self.wheel, fullname, member)
        loader = VerifiedLoader(self.wheel, fullname, member)
        spec = importlib.machinery.ModuleSpec(
            fullname, loader, origin=loader.filename, is_package=loader.is_package(fullname)
        )
        spec.has_location = True
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(origin_of(self.wheel, fullname.replace(".", "/")))
        return spec

    def find_distributions(
        self, context: importlib.metadata.DistributionFinder.Context | None = None
    ) -> Iterable[importlib.metadata.Distribution]:
        """The wheel's distribution, when `importlib.metadata` asks for it by name."""
        # Only when asked by name: whoever lists everything (`entry_points()`) would load what this wheel advertises.
        distribution = WheelDistribution(self.wheel)
        named = context is not None and context.name is not None and distribution.answers_to(context.name)
        return [distribution] if named else []


def install(wheel: PluginWheel) -> None:
    """Puts the wheel's finder in front of all others; the same wheel twice is fine.

    Raises:
        IceError: `module-name-taken`, when a top-level name of the wheel is the standard library's, is claimed by
            another wheel, or is imported already from elsewhere; then nothing was changed.
    """
    with _LOCK:
        if any(finder.wheel.digest == wheel.digest for finder in _installed()):
            return
        for name in sorted(wheel.top_level):
            _refuse_taken(wheel, name)
        sys.meta_path.insert(0, VerifiedFinder(wheel))


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


def wheel_of(module: ModuleType) -> PluginWheel | None:
    """The verified wheel that a module was executed from; None when it came from elsewhere."""
    loader = module.__spec__.loader if module.__spec__ is not None else None
    return loader.wheel if isinstance(loader, VerifiedLoader) else None


def origin_of(wheel: PluginWheel, member: str) -> str:
    """The name of a member in tracebacks and specs: scheme, digest, member."""
    return f"{ORIGIN_SCHEME}{wheel.digest}/{member}"


def _installed() -> list[VerifiedFinder]:
    return [finder for finder in sys.meta_path if isinstance(finder, VerifiedFinder)]


def _refuse_taken(wheel: PluginWheel, name: str) -> None:
    owner = None
    if name in sys.stdlib_module_names or name in sys.builtin_module_names:
        owner = "the standard library"
    elif (claimed := next((found for found in _installed() if name in found.wheel.top_level), None)) is not None:
        owner = f"{claimed.wheel.filename}, {claimed.wheel.digest}"
    elif (imported := next((found for found in tuple(sys.modules) if _top(found) == name), None)) is not None:
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


def _extension_module(wheel: PluginWheel, module: str, member: str) -> IceError:
    return IceError(
        "extension-module-unsupported",
        f"`{module}` is an extension module, and verified wheels are executed from memory",
        where=Location(wheel.filename),
        expected="Python source",
        found=member,
        note="The system's loader needs a file on disk, which someone could exchange after it was hashed.",
        hints=(f"Ship `{module}` as Python, or move it to a dependency of its own that the lock pins",),
    )


def _top(module: str) -> str:
    return module.partition(".")[0]


def _parents(module: str) -> Iterable[str]:
    parts = module.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts)))
