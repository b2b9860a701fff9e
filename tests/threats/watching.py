"""Sees every socket that is connected or bound and every program that is started while an attack is tried."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Connecting, listening, asking for a name, starting a program. A local pair of sockets is asyncio's own.
WATCHED = ("socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.posix_spawn")
_SEEN: list[list[str]] = []


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _SEEN and event in WATCHED:
        _SEEN[-1].append(f"{event} {arguments!r}")


# A hook stays for the life of the process; it notes nothing outside `watched()`.
sys.addaudithook(_hook)


@contextmanager
def watched() -> Iterator[list[str]]:
    """Notes each socket that is connected or bound and each program that is started."""
    _SEEN.append([])
    try:
        yield _SEEN[-1]
    finally:
        _SEEN.pop()
