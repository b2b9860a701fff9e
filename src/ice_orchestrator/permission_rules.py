"""What a manifest's permissions let through: hosts by pattern, files by path, processes; in the words of the lint rule.

`permissions.filesystem` holds `read` (any file may be read), `write` (any file may be read, made, changed and removed),
or paths: what lies there and below may be read and written, with `read:PATH` only read. A path is taken from the
current folder, `~` is the user's own. In the process of an isolated call its temporary folder is free.
"""

import os
import re
import ssl
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal, TypeAlias

from ice_checks.source.hosts import Host
from ice_core.models.plugins import Permissions

# What Python and its libraries read by themselves, wherever the system keeps it.
_SYSTEM: Final = (
    "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero", "/etc/ca-certificates", "/etc/gai.conf", "/etc/host.conf",
    "/etc/hosts", "/etc/localtime", "/etc/mime.types", "/etc/nsswitch.conf", "/etc/os-release", "/etc/pki",
    "/etc/protocols", "/etc/resolv.conf", "/etc/services", "/etc/ssl", "/etc/timezone", "/lib", "/lib64",
    "/proc/cpuinfo", "/proc/meminfo", "/proc/self/cgroup", "/proc/self/status", "/proc/stat", "/proc/sys",
    "/sys/devices/system/cpu", "/sys/fs/cgroup", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share",
    "/Library", "/System",
)  # fmt: skip
_NOWHERE: Final = "/dev/null"
_BYTECODE: Final = re.compile(r".+\.pyc(\.[0-9]+)?", re.DOTALL)  # the import system writes `.pyc.NUMBER`, then renames

# Why a file may be read: everyone may, or the manifest says so; or not.
Reading: TypeAlias = Literal["everyones", "declared", "undeclared"]


_OWN: Final[list[str]] = []


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Folders for which no permission is asked: what may be `read`, and those of them that hold `code`."""

    read: tuple[str, ...]
    code: tuple[str, ...]


class Rules:
    """One component's permissions, ready to be asked."""

    __slots__ = ("_hosts", "_read", "_write", "may_start")

    def __init__(self, permissions: Permissions) -> None:
        self._hosts = permissions.network
        self.may_start = permissions.subprocess
        self._read: tuple[str, ...] = tuple(_OWN)
        self._write: tuple[str, ...] = tuple(_OWN)
        for entry in permissions.filesystem:
            word, colon, path = entry.partition(":")
            written = word if not colon and word in ("read", "write") else ""
            if written or (colon and word in ("read", "write")):
                place = _real(path) if path else "/"
                self._read += (place,)
                self._write += (place,) if word == "write" else ()
            else:
                self._read += (_real(entry),)
                self._write += (_real(entry),)

    @property
    def may_ask_names(self) -> bool:
        """Whether any host may be reached, so that addresses may be looked up."""
        return bool(self._hosts)

    def may_reach(self, names: Iterable[str], port: int | None) -> bool:
        """Whether a host of one of these names may be reached at this port; None is any port."""
        hosts = [Host(name=name.lower().rstrip("."), port=port) for name in names]
        return any(host.is_covered_by(pattern) for host in hosts for pattern in self._hosts)

    def reading(self, path: str) -> Reading:
        """Whether a file may be read, or a folder listed, and why."""
        real = _real(path)
        if _is_below(real, fixed_places().read):
            return "everyones"
        return "declared" if _is_below(real, self._read) else "undeclared"

    def is_bytecode(self, path: str) -> bool:
        """Whether this is a compiled module (or the folder of them) beside a source of the import path as it began."""
        folder, name = os.path.split(os.path.realpath(path))
        kept_in = os.path.join(folder, name) if name == "__pycache__" else folder
        is_named_so = name == "__pycache__" or _BYTECODE.fullmatch(name) is not None
        return is_named_so and os.path.basename(kept_in) == "__pycache__" and _is_below(kept_in, fixed_places().code)

    def may_write(self, path: str) -> bool:
        """Whether a file may be made, changed or removed."""
        real = _real(path)
        return real == _NOWHERE or _is_below(real, self._write)


def own_folder(path: str) -> None:
    """From now on a component may do in this folder what it wants: it is this process's alone, and goes with it.

    For the process of an isolated call, before any code of the component is there.
    """
    _OWN.append(_real(path))


@lru_cache(maxsize=4096)
def rules_of(permissions: Permissions, folder: str) -> Rules:
    """The rules of these permissions while `folder` is the current one; made once."""
    return Rules(permissions)


@cache
def fixed_places() -> Places:
    """The places as they are when this is first asked: before any component runs, which may change `sys.path`."""
    import_path = tuple(sys.path)
    return Places(read=trusted_places(import_path), code=_without_everything(_code_places(import_path)))


def trusted_places(import_path: tuple[str, ...]) -> tuple[str, ...]:
    """What may be read without a permission: the interpreter, the import path, and what the system keeps for all."""
    certificates = ssl.get_default_verify_paths()
    found = [
        *_code_places(import_path),
        *filter(None, (certificates.cafile, certificates.capath, certificates.openssl_cafile)),
        *_SYSTEM,
    ]
    return _without_everything(found)


def _code_places(import_path: Iterable[str]) -> list[str]:
    interpreter = (sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values())
    return [*interpreter, *filter(os.path.isabs, import_path)]


def _without_everything(found: Iterable[str]) -> tuple[str, ...]:
    # A folder that holds everything would make of every file one of the interpreter's.
    everything = {"/", os.path.realpath(os.path.expanduser("~")), os.path.realpath(os.environ.get("TMPDIR") or "/tmp")}
    return tuple(sorted(set(map(os.path.realpath, found)) - everything))


def _real(path: str) -> str:
    return os.path.realpath(os.path.expanduser(path))


def _is_below(path: str, places: tuple[str, ...]) -> bool:
    return f"{path}/".startswith(_prefixes(places))


@lru_cache(maxsize=4096)
def _prefixes(places: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{place.rstrip('/')}/" for place in places)
