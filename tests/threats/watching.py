"""Sees sockets that are connected or bound, programs that are started and files that are opened while a test tries."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Connecting, listening, asking for a name, starting a program. A local pair of sockets is asyncio's own.
WATCHED = ("socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.posix_spawn")
_SEEN: list[list[str]] = []
_OPENED: list[tuple[frozenset[str], Counter[str]]] = []


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _OPENED and event == "open":
        paths, counts = _OPENED[-1]
        if (path := str(arguments[0])) in paths:
            counts[path] += 1
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


@contextmanager
def opened(*paths: Path) -> Iterator[Counter[str]]:
    """Counts how often each of these files is opened."""
    _OPENED.append((frozenset(map(str, paths)), Counter()))
    try:
        yield _OPENED[-1][1]
    finally:
        _OPENED.pop()
