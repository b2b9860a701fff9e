"""The loaders of a verified wheel's modules: what they have in common, and that of Python source."""

import importlib.abc
import importlib.machinery
import importlib.util
import linecache
from types import CodeType, ModuleType
from typing import Any, Final

from ice_core.wheels import PluginWheel
from ice_orchestrator.code_cache import CodePack
from ice_orchestrator.permission_guard import unguarded
from ice_orchestrator.wheel_resources import WheelFolder, WheelReader

ORIGIN_SCHEME: Final = "iceos-wheel://"


def origin_of(wheel: PluginWheel, member: str) -> str:
    """The name of a member in tracebacks and specs: scheme, digest, member."""
    return f"{ORIGIN_SCHEME}{wheel.digest}/{member}"


def is_package_file(member: str) -> bool:
    """Whether the member is a package's own code, as `__init__.py` is."""
    return member.rpartition("/")[2].partition(".")[0] == "__init__"


class WheelLoader(importlib.abc.ExecutionLoader):
    """One module of one wheel; a folder without a file of its own is an empty package, its member None."""

    def __init__(self, wheel: PluginWheel, module: str, member: str | None) -> None:
        self.wheel = wheel
        self.module = module
        self.member = member
        # What tracebacks call the module's file; it names the wheel's digest and is no path of this machine.
        self.filename = origin_of(wheel, member or f"{module.replace('.', '/')}/")

    def is_package(self, fullname: str) -> bool:
        """Whether the module has modules below it."""
        return self.member is None or is_package_file(self.member)

    def get_filename(self, fullname: str) -> str:
        """The origin, for whoever asks the loader for the module's file."""
        return self.filename

    def get_data(self, path: str) -> bytes:
        """A member by its origin, for `pkgutil.get_data`.

        Raises:
            OSError: There is none.
        """
        try:
            return self.wheel.read(path.removeprefix(origin_of(self.wheel, "")))
        except KeyError as error:
            raise FileNotFoundError(path) from error

    def get_resource_reader(self, fullname: str) -> WheelReader | None:
        """For `importlib.resources`: the members below the package."""
        if not self.is_package(fullname):
            return None
        return WheelReader(WheelFolder(self.wheel, fullname.replace(".", "/")))


class VerifiedLoader(WheelLoader):
    """Executes one Python source."""

    def __init__(
        self,
        wheel: PluginWheel,
        module: str,
        member: str | None,
        *,
        digest: bytes | None = None,
        pack: CodePack | None = None,
    ) -> None:
        super().__init__(wheel, module, member)
        self._digest = digest
        self._pack = pack

    def get_source(self, fullname: str) -> str:
        """The source text, decoded as Python decodes it (PEP 263)."""
        return importlib.util.decode_source(self._source())

    @unguarded()
    def get_code(self, fullname: str) -> CodeType:
        """The code object, compiled from the verified bytes: now, or by this machine before, as the pack's MAC says."""
        if self._digest is None or self._pack is None:
            return compile(self._source(), self.filename, "exec", dont_inherit=True)
        # The digest of the whole wheel says what the member is; it is inflated only when it must be compiled.
        return self._pack.code(self._source, source_digest=self._digest, filename=self.filename)

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module."""
        code = self.get_code(self.module)
        linecache.cache[self.filename] = SourceLines(self)
        exec(code, module.__dict__)

    def _source(self) -> bytes:
        return b"" if self.member is None else self.wheel.read(self.member)


class SourceLines(tuple[Any, ...]):
    """A module's entry in `linecache`, decoded when it is first asked for: hardly any module ever is.

    `linecache` knows lazy entries of its own, but prefers a file of that name, which could lie in the working folder.
    An entry of four parts without a modification time is taken as it is, and `checkcache` leaves it alone.
    """

    _loader: VerifiedLoader

    def __new__(cls, loader: VerifiedLoader) -> "SourceLines":
        """The entry of this loader's module."""
        made = super().__new__(cls, (0, None, [], loader.filename))
        made._loader = loader
        return made

    def __getitem__(self, index: Any) -> Any:  # what it holds is for `linecache`, which has no types
        if index != 2:
            return super().__getitem__(index)
        text = self._loader.get_source("")
        lines = text.splitlines(keepends=True)
        linecache.cache[self._loader.filename] = (len(text), None, lines, self._loader.filename)
        return lines


class VerifiedSpec(importlib.machinery.ModuleSpec):
    """The spec of a module of a verified wheel: it has a place, and no bytecode file beside it."""

    # Over the property of that name, which would make up a path for each module.
    cached: str | None = None
