"""Loaders of third-party modules: what is executed are the very bytes that were held against the locked wheel.

A source file is opened once, hashed, and compiled from the bytes that were hashed; no `.pyc` is read and none is
written. Compiled forms are kept under this machine's key (`code_cache`), as for plugins.

An extension module that links against the system alone is loaded from sealed memory on Linux (`extension_modules`). Any
other is opened by the system's loader under its name after it was hashed, which is weaker: who can write the file at
that very moment wins. The shared libraries of its wheel are hashed before the first such module is loaded.
"""

import importlib.machinery
import re
import sys
import threading
from contextlib import suppress
from types import CodeType, ModuleType
from typing import Final

from ice_core.dependency_files import Dependency
from ice_core.errors import IceError
from ice_orchestrator.code_cache import CodePack
from ice_orchestrator.elf import NotElf, linked
from ice_orchestrator.extension_modules import created
from ice_orchestrator.permission_guard import unguarded

_SHARED_LIBRARY: Final = re.compile(r"\.(so|dylib|dll|pyd)(\.[0-9.]+)?$")
# An extension module that says which interpreter it is for is no library of another; it is hashed when it is loaded.
_TAGGED_SUFFIXES: Final = tuple(each for each in importlib.machinery.EXTENSION_SUFFIXES if each.count(".") > 1)
_LOCK: Final = threading.Lock()


class LockedSourceLoader(importlib.machinery.SourceFileLoader):
    """Executes one source file of a locked wheel from the bytes that were checked."""

    def __init__(self, name: str, path: str, *, dependency: Dependency, member: str, pack: CodePack) -> None:
        super().__init__(name, path)
        self.dependency = dependency
        self.member = member
        self._pack = pack

    @unguarded()
    def get_code(self, fullname: str) -> CodeType:
        """The code object of the checked bytes, compiled here or earlier on this machine.

        Raises:
            IceError: `dependency-changed`.
        """
        # Reading and compiling is iceos's own; what the module does when it runs is the component's.
        digest = bytes.fromhex(self.dependency.expected(self.member))
        source = self.dependency.checked(self.member)
        return self._pack.code(lambda: source, source_digest=digest, filename=self.path)

    @unguarded()
    def get_data(self, path: str) -> bytes:
        """A file of the wheel by its installed path, for `pkgutil.get_data` and `inspect`; checked like a module.

        Raises:
            OSError: The wheel has no such file.
            IceError: `dependency-changed`.
        """
        return _data(self.dependency, path)


class LockedExtensionLoader(importlib.machinery.ExtensionFileLoader):
    """Loads one extension module of a locked wheel after it was checked, with the libraries beside it."""

    def __init__(self, name: str, path: str, *, dependency: Dependency, member: str, checked: set[str]) -> None:
        super().__init__(name, path)
        self.dependency = dependency
        self.member = member
        self._checked = checked

    @unguarded()
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The module object.

        Raises:
            IceError: `dependency-changed`.
        """
        data = self.dependency.checked(self.member)
        if _stands_alone(data):
            # Where the system refuses a sealed file in memory, the file on disk is still the one that was hashed.
            with suppress(IceError):
                return created(self.name, data, origin=self.path)
        self._check_libraries()
        return super().create_module(spec)

    def get_data(self, path: str) -> bytes:
        """As for source files."""
        return _data(self.dependency, path)

    def _check_libraries(self) -> None:
        files = self.dependency.files
        with _LOCK:
            if files is None or self.dependency.locked.name in self._checked:
                return
            for path in files.files:
                if _SHARED_LIBRARY.search(path) and not path.endswith(_TAGGED_SUFFIXES):
                    self.dependency.checked(path)
            self._checked.add(self.dependency.locked.name)


def _stands_alone(data: bytes) -> bool:
    # Libraries beside the module are found by its place on disk, which a file in memory does not have.
    try:
        found = linked(data)
    except NotElf:
        return False
    return sys.platform == "linux" and not found.folders and not any("/" in name for name in found.needed)


LockedLoader = LockedSourceLoader | LockedExtensionLoader


def loader_for(name: str, member: str, *, dependency: Dependency, checked: set[str], pack: CodePack) -> LockedLoader:
    """The loader of a module whose file is `member` of a distribution that is installed.

    Args:
        name: The module's dotted name.
        member: Its path in site-packages.
        dependency: The distribution.
        checked: Of which distributions the shared libraries were checked already; added to.
        pack: The compiled modules of the distribution's wheel.
    """
    folder = dependency.installed.folder if dependency.installed is not None else None
    path = str(folder / member) if folder is not None else member
    if member.endswith(".py"):
        return LockedSourceLoader(name, path, dependency=dependency, member=member, pack=pack)
    return LockedExtensionLoader(name, path, dependency=dependency, member=member, checked=checked)


def _data(dependency: Dependency, path: str) -> bytes:
    folder = f"{dependency.installed.folder}/" if dependency.installed is not None else ""
    member = path.removeprefix(folder)
    if dependency.files is None or member not in dependency.files.files:
        raise FileNotFoundError(path)
    return dependency.checked(member)
