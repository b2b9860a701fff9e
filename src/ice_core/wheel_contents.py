"""Which files a plugin wheel may hold, and which modules they are.

Refused is what an interpreter would run without being asked (`.pth` and `.start` files, `sitecustomize`), what an
installer would put elsewhere (`*.data`), bytecode, two files for one module, and top-level names that would stand in
for the standard library or for iceos itself.
"""

import sys
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NoReturn

from ice_core.errors import IceError, Location
from ice_core.member_names import folded
from ice_core.strict_json import printable

_STARTUP_NAMES: Final = frozenset(("sitecustomize", "usercustomize"))
_STARTUP_SUFFIXES: Final = (".pth", ".start")
_BYTECODE_SUFFIXES: Final = (".pyc", ".pyo")
_EXTENSION_SUFFIXES: Final = (".so", ".pyd", ".dll", ".dylib")
# The top-level names of iceos itself.
OWN_PACKAGES: Final = frozenset(
    (
        "ice_bridges",
        "ice_checks",
        "ice_cli",
        "ice_client",
        "ice_compiler",
        "ice_core",
        "ice_marketplace",
        "ice_orchestrator",
        "ice_pytest",
        "ice_sdk",
    )
)
# Gone from newer interpreters, still standard in older ones, and the name under which a script runs.
_STANDARD_LIBRARY: Final = frozenset(
    (*(folded(name) for name in sys.stdlib_module_names), "__main__", "asynchat", "asyncore", "distutils", "imp")
)


def dist_info_folder(names: Iterable[str], *, where: str) -> str:
    """The name of the one `*.dist-info` folder.

    Raises:
        IceError: `wheel-content-refused` if there is none, or several.
    """
    folders = sorted({top for top, slash, _ in (name.partition("/") for name in names) if slash and _is_info(top)})
    if len(folders) != 1:
        _refuse(where, "dist-info", folders[-1] if folders else "*.dist-info", "exactly one folder `*.dist-info`")
    return folders[0]


def check_contents(names: Iterable[str], *, dist_info: str, where: str) -> None:
    """Returns if every member may be in a plugin wheel.

    Raises:
        IceError: `wheel-content-refused`, with a stable `reason` and the member in its details.
    """
    for name in names:
        lower = folded(name)
        top = lower.partition("/")[0]
        if lower.endswith(_STARTUP_SUFFIXES) or top.partition(".")[0] in _STARTUP_NAMES:
            _refuse(where, "start-up", name, "nothing that an interpreter runs when it starts")
        if lower.endswith(_BYTECODE_SUFFIXES):
            _refuse(where, "bytecode", name, "source files; bytecode is never loaded")
        if top.endswith(".data") or (_is_info(top) and name.partition("/")[0] != dist_info):
            _refuse(where, "folder", name, "no folder that an installer puts elsewhere")


def modules_of(names: Iterable[str], *, dist_info: str, where: str) -> Mapping[str, str]:
    """From each dotted module name to the member that is its code, `__init__` files under their package's name.

    Raises:
        IceError: `wheel-content-refused` if two members are one module: which one runs would depend on the reader.
    """
    modules: dict[str, str] = {}
    for name in names:
        dotted = None if name.startswith(f"{dist_info}/") else _module_name(name)
        if dotted is None:
            continue
        if dotted in modules:
            _refuse(where, "module-twice", name, f"one file for the module `{dotted}`, not also `{modules[dotted]}`")
        modules[dotted] = name
    return MappingProxyType(modules)


def top_level_names(names: Iterable[str], *, dist_info: str, where: str) -> frozenset[str]:
    """What the wheel puts on the import path: folders, modules without their suffix, other files as they are called.

    Raises:
        IceError: `wheel-top-level` for a name of the standard library or of iceos.
    """
    tops: set[str] = set()
    for name in names:
        first, slash, _ = name.partition("/")
        if first != dist_info:
            tops.add(first if slash else _module_name(name) or first)
    for top in sorted(tops):
        key = folded(top.partition(".")[0])
        if key in _STANDARD_LIBRARY or key in OWN_PACKAGES:
            owner = "the standard library" if key in _STANDARD_LIBRARY else "iceos"
            raise IceError(
                "wheel-top-level",
                f"`{where}` holds `{printable(top)}`, a name of {owner}",
                where=Location(where),
                expected="top-level names of its own",
                found=printable(top),
                note=f"Code that imports `{printable(top)}` would get the plugin's.",
                hints=(),
                details={"reason": "reserved", "names": [top]},
            )
    return frozenset(tops)


def _is_info(top: str) -> bool:
    return folded(top).endswith((".dist-info", ".egg-info"))


def _module_name(name: str) -> str | None:
    *folders, file = name.split("/")
    stem, dot, suffix = file.partition(".")
    if not dot or not (suffix == "py" or f".{suffix}".endswith(_EXTENSION_SUFFIXES)):
        return None
    parts = folders if stem == "__init__" and folders else [*folders, stem]
    return ".".join(parts) if all(part.isascii() and part.isidentifier() for part in parts) else None


def _refuse(where: str, reason: str, member: str, expected: str) -> NoReturn:
    raise IceError(
        "wheel-content-refused",
        f"`{where}` holds `{printable(member)}`, which a plugin wheel may not",
        where=Location(where),
        expected=expected,
        found=printable(member),
        hints=(f"Leave `{printable(member)}` out of the wheel, in the build settings of `pyproject.toml`",),
        details={"reason": reason, "member": member},
    )
