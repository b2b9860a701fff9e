"""Extension modules of a verified wheel, loaded from memory that nobody can change any more (Linux).

The system's loader takes a file, not bytes. It is given an anonymous file in memory that holds the verified bytes and
is sealed against writing, growing and shrinking, this process included (`man 2 memfd_create`); after the sealing its
bytes are compared with those that were verified. The descriptor stays open as long as the process lives: the loader
knows a library by its path, and the path of a descriptor that is used again would name another file.

Only what the interpreter's own system provides is linked against. A library that comes along in the wheel would be
looked for on disk, where anyone could have put it, so such a module is refused. So is every extension module elsewhere.
"""

import hashlib
import importlib.machinery
import os
import sys
import sysconfig
from types import ModuleType
from typing import Final, NoReturn

from ice_core.errors import IceError, Location
from ice_core.strict_json import printable
from ice_core.wheels import PluginWheel
from ice_orchestrator.elf import NotElf, linked
from ice_orchestrator.permission_guard import unguarded
from ice_orchestrator.wheel_loader import WheelLoader

if sys.platform == "linux":
    import fcntl

SUFFIXES: Final = tuple(importlib.machinery.EXTENSION_SUFFIXES)
# From the digest of the bytes to the descriptor of their sealed file; open until the process ends.
_SEALED: Final[dict[bytes, int]] = {}


def load_extension(spec_name: str, data: bytes, *, origin: str) -> ModuleType:
    """The extension module that these verified bytes are, executed; the caller puts it into `sys.modules`.

    Args:
        spec_name: Its dotted name.
        data: The bytes, verified.
        origin: What is told as its file.

    Raises:
        IceError: `extension-module-unsupported`.
        ImportError: The system's loader refuses it.
    """
    module = created(spec_name, data, origin=origin)
    execute(module)
    return module


def created(spec_name: str, data: bytes, *, origin: str) -> ModuleType:
    """The module of these verified bytes, not yet executed; see `load_extension`."""
    _refuse_linked(data, origin)
    path = f"/proc/self/fd/{_sealed(data, origin)}"
    spec = importlib.machinery.ModuleSpec(spec_name, importlib.machinery.ExtensionFileLoader(spec_name, path))
    spec.origin = path
    module = importlib.machinery.ExtensionFileLoader(spec_name, path).create_module(spec)
    module.__file__ = origin
    return module


def execute(module: ModuleType) -> None:
    """Runs the module's own start (multi-phase initialisation, PEP 489)."""
    importlib.machinery.ExtensionFileLoader(module.__name__, "").exec_module(module)


class VerifiedExtensionLoader(WheelLoader):
    """Loads one extension module of one wheel; there is neither source nor code object to show."""

    def get_source(self, fullname: str) -> None:
        """None: the wheel holds what a compiler made of it."""

    def get_code(self, fullname: str) -> None:
        """None, as for every extension module."""

    @unguarded()
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The module, not yet executed.

        Raises:
            IceError: `extension-module-unsupported`.
        """
        member = self.member or ""
        _refuse_foreign(self.wheel, member)
        return created(self.module, self.wheel.read(member), origin=self.filename)

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module."""
        execute(module)


def _sealed(data: bytes, origin: str) -> int:
    digest = hashlib.sha256(data).digest()
    descriptor = _SEALED.get(digest)
    if descriptor is None:
        # Two threads at most make one each; the module of either is the same bytes.
        descriptor = _SEALED.setdefault(digest, _memory_file(data, origin))
    return descriptor


def _memory_file(data: bytes, origin: str) -> int:
    if sys.platform != "linux":
        _refuse(
            origin,
            expected="Linux, where verified bytes can be loaded from sealed memory",
            found=sys.platform,
            note="The system's loader needs a file on disk, which someone could exchange after it was hashed.",
        )
    descriptor = os.memfd_create(origin[-64:], os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(data)
        seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
        # Another process of this user could have written before the seals.
        if os.pread(descriptor, len(data) + 1, 0) != data:
            raise OSError("it was changed while it was written")
    except OSError as error:
        os.close(descriptor)
        _refuse(origin, expected="a sealed file in memory", found=str(error), note="Nothing was loaded.")
    return descriptor


def _refuse_foreign(wheel: PluginWheel, member: str) -> None:
    file = member.rpartition("/")[2]
    suffix = file[file.index(".") :]
    if suffix not in SUFFIXES:
        _refuse(
            member,
            expected=f"a file that ends in {' or '.join(SUFFIXES)}",
            found=file,
            note="It was built for another interpreter or system.",
            where=wheel.filename,
        )
    if all(tag.platform == "any" for tag in wheel.tags):
        _refuse(
            member,
            expected="a wheel tagged for the platform that the module was compiled for",
            found=", ".join(sorted(map(str, wheel.tags))),
            note="A wheel for any platform is chosen on machines on which this module cannot run.",
            where=wheel.filename,
        )


def _refuse_linked(data: bytes, origin: str) -> None:
    try:
        found = linked(data)
    except NotElf as error:
        _refuse(origin, expected="a shared library of this system (ELF)", found=str(error), note="Nothing was loaded.")
    # Without a library that it needs, nothing is looked for anywhere.
    folders = [each for text in found.folders for each in text.split(":")] if found.needed else []
    bundled = [*filter(_is_elsewhere, folders), *(name for name in found.needed if "/" in name)]
    if bundled:
        _refuse(
            origin,
            expected="libraries of the system alone",
            found=f"{', '.join(map(printable, found.needed)) or 'none'}, searched in "
            f"{', '.join(map(printable, bundled))}",
            note="The system's loader would look for them there, on disk, where nothing verifies them.",
        )


def _is_elsewhere(folder: str) -> bool:
    # A linker of the interpreter's own build (pyenv) writes that folder: who can write to it is the interpreter.
    own = sysconfig.get_config_var("LIBDIR")
    return not own or not os.path.isabs(folder) or os.path.realpath(folder) != os.path.realpath(own)


def _refuse(origin: str, *, expected: str, found: str, note: str, where: str | None = None) -> NoReturn:
    raise IceError(
        "extension-module-unsupported",
        f"`{origin.rpartition('/')[2]}` is an extension module that cannot be loaded from verified bytes",
        where=Location(where or origin),
        expected=expected,
        found=printable(found),
        note=note,
        hints=("Link it statically, or ship it in a distribution of its own, as a dependency that the lock pins",),
        details={"member": origin},
    )
