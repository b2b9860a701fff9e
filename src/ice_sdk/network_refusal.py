"""The network is refused to this process: an audit hook raises at each attempt, and a namespace where there can be one.

The hook sees what goes through Python's `socket` (PEP 578); extension modules with sockets of their own and processes
that are started it does not see. A network namespace without any interface (Linux, where the kernel lets an ordinary
user make one) sees those, too. Sockets between processes of this machine by a path (AF_UNIX) are left alone.
"""

import errno
import ipaddress
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Final

# <linux/sched.h>
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_LOCAL_FAMILY: Final = 1  # AF_UNIX
_ON_SOCKETS: Final = frozenset(("socket.bind", "socket.connect", "socket.sendmsg", "socket.sendto"))
_ON_NAMES: Final = frozenset(
    ("socket.getaddrinfo", "socket.gethostbyaddr", "socket.gethostbyname", "socket.getnameinfo")
)


class NetworkRefused(OSError):
    """Raised at an attempt to use the network; an `OSError`, as being offline is."""


class Attempt:
    """One refused use of the network: what was asked for, and the line of the project that asked, if one did."""

    __slots__ = ("file", "line", "subject")

    def __init__(self, subject: str, file: str | None, line: int | None) -> None:
        self.subject = subject
        self.file = file
        self.line = line


class NetworkRefusal:
    """Refuses the network to this process from now on; there is no way back.

    Attributes:
        attempts: Those that the hook saw, in order, each place once.
        means: What refuses: `audit hook`, and `network namespace` where there is one.
    """

    def __init__(self, root: Path, *, in_namespace: bool = True) -> None:
        self._root = str(root)
        self.attempts: list[Attempt] = []
        self.means: tuple[str, ...] = ("audit hook",)
        if in_namespace and _enter_namespace():
            self.means = ("audit hook", "network namespace")
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: Sequence[object]) -> None:
        if event in _ON_SOCKETS:
            used, address = arguments[0], arguments[1] if len(arguments) > 1 else None
            is_probe = event == "socket.bind" and _is_free_port_here(address)
            if getattr(used, "family", None) != _LOCAL_FAMILY and not is_probe:
                self._refuse(_words(address))
        elif event in _ON_NAMES:
            self._refuse(_words(arguments[0] if len(arguments) != 5 else (arguments[0], arguments[1])))

    def _refuse(self, subject: str) -> None:
        file, line = self._asking_line()
        if not any((each.subject, each.file, each.line) == (subject, file, line) for each in self.attempts):
            self.attempts.append(Attempt(subject, file, line))
        raise NetworkRefused(errno.EACCES, "the network is refused while components are discovered", subject)

    def _asking_line(self) -> tuple[str | None, int | None]:
        frame: FrameType | None = sys._getframe(3)
        while frame is not None and not self._is_own(frame.f_code.co_filename):
            frame = frame.f_back
        return (frame.f_code.co_filename, frame.f_lineno) if frame is not None else (None, None)

    def _is_own(self, file: str) -> bool:
        return file.startswith(self._root) and "site-packages" not in file


def _is_free_port_here(address: object) -> bool:
    # Any free port of a loopback address: libraries try at import whether there is IPv6. Nothing leaves the machine.
    if not isinstance(address, tuple) or len(address) < 2 or address[1] != 0:
        return False
    try:
        return ipaddress.ip_address(_text(address[0])).is_loopback
    except ValueError:
        return False


def _words(address: object) -> str:
    if isinstance(address, tuple) and len(address) >= 2 and address[1] is not None:
        return f"{_text(address[0])}:{_text(address[1])}"
    return _text(address[0] if isinstance(address, tuple) and address else address)


def _text(value: object) -> str:
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value)


def _enter_namespace() -> bool:
    """Whether this process is now in a network namespace of its own, with the same user and group as before."""
    if sys.platform != "linux":
        return False
    if _unshare(_CLONE_NEWNET):
        return True
    # In a user namespace root would lose its way to the files of others; anybody else keeps what they had.
    return os.geteuid() != 0 and _in_a_copy(_enter_user_namespace) and _enter_user_namespace()


def _enter_user_namespace() -> bool:
    user, group = os.geteuid(), os.getegid()
    if not _unshare(_CLONE_NEWUSER | _CLONE_NEWNET):
        return False
    try:
        # A process may map itself; without a mapping no file could be made (user_namespaces(7)).
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    except OSError:
        return False
    return True


def _in_a_copy(attempt: Callable[[], bool]) -> bool:
    # There is no way back from half of it, and some kernels allow only half.
    copy = os.fork()
    if copy == 0:
        os._exit(0 if attempt() else 1)
    return os.waitpid(copy, 0)[1] == 0


if sys.version_info >= (3, 12):

    def _unshare(flags: int) -> bool:
        try:
            os.unshare(flags)
        except OSError:
            return False
        return True

else:
    import ctypes

    def _unshare(flags: int) -> bool:
        return bool(ctypes.CDLL(None).unshare(flags) == 0)
