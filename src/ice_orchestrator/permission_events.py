"""The interpreter's audit events (PEP 578) that concern a permission, each as what was used and which way.

Events of everything else are not listed, and a hook that does not find one here returns at once.
"""

import ipaddress
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote_to_bytes

from ice_orchestrator.observed import Kind

Arguments = Sequence[object]
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_LOCAL_FAMILY: Final = 1  # AF_UNIX
_IMPORT_SYSTEM: Final = "<frozen importlib._bootstrap_external>"
_IN_MEMORY: Final = ("", ":memory:")


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """One use of something that needs a permission, or (`library`, `environment`) is worth a note.

    Attributes:
        subject: The path, the host, the program.
        port: Of a host; None for a name that is only looked up.
        asks_back: Whether the name of an address is asked for.
        binds: Whether an address is taken rather than reached.
        imports: Whether the import system asks: it keeps what it compiled beside a module.
    """

    kind: Kind
    subject: str
    port: int | None = None
    asks_back: bool = False
    binds: bool = False
    imports: bool = False


def _opened(arguments: Arguments) -> Iterator[Use]:
    path, mode, flags = (*arguments, None, None, None)[:3]
    if isinstance(path, int) or path is None:
        return
    named = _text(path)
    asked = flags if isinstance(flags, int) else 0
    writes = bool(asked & _WRITES) or (isinstance(mode, str) and any(letter in mode for letter in "wax+"))
    if writes:
        yield Use(kind="written", subject=named, imports=_asked_by(_IMPORT_SYSTEM))
    elif not _walks_by_descriptor(named, mode):
        yield Use(kind="read", subject=named)


def _walks_by_descriptor(path: str, mode: object) -> bool:
    # `shutil.rmtree` opens folders relative to a descriptor that the event does not tell; what it removes is told.
    return mode is None and not os.path.isabs(path) and _asked_by(shutil.__file__)


def _asked_by(file: str) -> bool:
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("ice_orchestrator.permission_"):
        frame = frame.f_back
    return frame.f_code.co_filename == file


def _changed(*places: int, folder: int | None = None) -> Callable[[Arguments], Iterator[Use]]:
    """Paths among the arguments are written; `folder` is where the first one's folder descriptor is, if anywhere."""

    def uses(arguments: Arguments) -> Iterator[Use]:
        for number, place in enumerate(places):
            given = arguments[place]
            if isinstance(given, int):
                continue
            at = arguments[folder + number] if folder is not None and folder + number < len(arguments) else -1
            path = _within(at, _text(given))
            yield Use(kind="written", subject=path, imports=_asked_by(_IMPORT_SYSTEM))

    return uses


def _within(folder: object, path: str) -> str:
    if not isinstance(folder, int) or folder < 0 or os.path.isabs(path):
        return path
    try:
        return os.path.join(os.readlink(f"/proc/self/fd/{folder}"), path)
    except OSError:  # no /proc here: the folder is not known, and no declared path covers this
        return f"/dev/fd/{folder}/{path}"


def _listed(arguments: Arguments) -> Iterator[Use]:
    path = arguments[0]
    if not isinstance(path, int):
        yield Use(kind="read", subject=_text(path) if path is not None else ".")


def _database(arguments: Arguments) -> Iterator[Use]:
    name = _text(arguments[0])
    if not name.startswith("file:"):
        if name not in _IN_MEMORY:
            yield Use(kind="written", subject=name)
        return
    path, mode = _database_uri(name)
    # The event does not tell whether the name is taken as a URI; as a path it leads out of here only by these.
    if ".." in name.split("/"):
        yield Use(kind="written", subject=name)
    if path not in _IN_MEMORY and (mode != "memory" or "/" in name):
        yield Use(kind="read" if mode == "ro" else "written", subject=path)


def _database_uri(name: str) -> tuple[str, str]:
    """The path and the last `mode` of a URI, as SQLite takes it apart: https://sqlite.org/uri.html."""
    path, _, query = name.removeprefix("file:").partition("#")[0].partition("?")
    if path.startswith("//"):
        path = "/" + path.removeprefix("//").partition("/")[2]
    path = os.fsdecode(unquote_to_bytes(os.fsencode(path))).partition("\0")[0]
    asked = {key.partition("\0")[0]: value.partition("\0")[0] for key, value in parse_qsl(query)}
    return path, asked.get("mode", "")


def _connected(arguments: Arguments) -> Iterator[Use]:
    used, address = arguments[0], arguments[1] if len(arguments) > 1 else None
    if address is None:
        return
    if getattr(used, "family", None) == _LOCAL_FAMILY:
        yield Use(kind="written", subject=_text(address))
        return
    yield _address(address)


def _bound(arguments: Arguments) -> Iterator[Use]:
    for use in _connected(arguments):
        if use.port == 0 and _is_loopback(use.subject):
            continue  # any free port of this machine's own, as libraries try at import whether there is IPv6
        yield Use(kind=use.kind, subject=use.subject, port=use.port, binds=True)


def _address(address: object) -> Use:
    parts = address if isinstance(address, tuple) else (address,)
    port = parts[1] if len(parts) > 1 and isinstance(parts[1], int) else None
    return Use(kind="network", subject=_text(parts[0]), port=port)


def _looked_up(arguments: Arguments) -> Iterator[Use]:
    # An address in digits asks no name server; what is done with it is a use of its own.
    if arguments[0] not in (None, "", b"") and not _is_address(_text(arguments[0])):
        yield _address(tuple(arguments[:2]))


def _asked_back(arguments: Arguments) -> Iterator[Use]:
    yield Use(kind="network", subject=_address(arguments[0]).subject, asks_back=True)


def _is_loopback(text: str) -> bool:
    return _is_address(text) and ipaddress.ip_address(text.partition("%")[0]).is_loopback


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _started(arguments: Arguments) -> Iterator[Use]:
    program = arguments[0] if arguments else None
    given = arguments[1] if len(arguments) > 1 else None
    if program is None and isinstance(given, Sequence) and given:
        program = given if isinstance(given, str | bytes) else given[0]
    yield Use(kind="subprocess", subject=_text(program) if program is not None else "a copy of this process")


def _interpreted(_: Arguments) -> Iterator[Use]:
    yield Use(kind="subprocess", subject="another interpreter in this process")


def _signalled(arguments: Arguments) -> Iterator[Use]:
    yield Use(kind="subprocess", subject=f"signal {arguments[1]} to {arguments[0]}")


def _library(arguments: Arguments) -> Iterator[Use]:
    yield Use(kind="library", subject=_text(arguments[0]) if arguments[0] is not None else "this process")


def _environment(arguments: Arguments) -> Iterator[Use]:
    yield Use(kind="environment", subject=_text(arguments[0]))


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return os.fsdecode(value)
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


# https://docs.python.org/3/library/audit_events.html
USES: Final[Mapping[str, Callable[[Arguments], Iterator[Use]]]] = {
    "cpython.PyInterpreterState_New": _interpreted,  # which has no hooks and no finders of this one
    "open": _opened,
    "os.chmod": _changed(0, folder=2),
    "os.chown": _changed(0, folder=3),
    "os.link": _changed(0, 1, folder=2),
    "os.listdir": _listed,
    "os.mkdir": _changed(0, folder=2),
    "os.remove": _changed(0, folder=1),
    "os.rename": _changed(0, 1, folder=2),
    "os.rmdir": _changed(0, folder=1),
    "os.scandir": _listed,
    "os.setxattr": _changed(0),
    "os.symlink": _changed(1, folder=2),
    "os.truncate": _changed(0),
    "os.utime": _changed(0, folder=3),
    "sqlite3.connect": _database,
    "socket.bind": _bound,
    "socket.connect": _connected,
    "socket.getaddrinfo": _looked_up,
    "socket.gethostbyaddr": _asked_back,
    "socket.gethostbyname": _looked_up,
    "socket.getnameinfo": _asked_back,
    "socket.sendmsg": _connected,
    "socket.sendto": _connected,
    "os.exec": _started,
    "os.fork": _started,
    "os.forkpty": _started,
    "os.kill": _signalled,
    "os.killpg": _signalled,
    "os.posix_spawn": _started,
    "os.spawn": _started,
    "os.startfile": _started,
    "os.system": _started,
    "pty.spawn": _started,
    "subprocess.Popen": _started,
    "ctypes.dlopen": _library,
    "os.putenv": _environment,
    "os.unsetenv": _environment,
}
THREAD_STARTS: Final = frozenset(("_thread.start_new_thread", "_thread.start_joinable_thread"))
