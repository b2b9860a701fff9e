"""Which names the addresses of this process were looked up by: a connection is made to an address, a host is declared.

Audit events tell which name is looked up and which address is connected to, and not that one belongs to the other. So
the answers of `socket.getaddrinfo` and of its older relatives are noted on their way back, for the whole process.
"""

import functools
import socket
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final, ParamSpec, TypeVar

MOST_ADDRESSES: Final = 4096
_NAMES: Final["OrderedDict[str, tuple[str, ...]]"] = OrderedDict()
_LOCK: Final = threading.Lock()

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def names_of(address: str) -> tuple[str, ...]:
    """The names that this address was an answer for, the address itself last."""
    return (*_NAMES.get(address, ()), f"[{address}]" if ":" in address else address)


def note(name: object, addresses: Iterable[str]) -> None:
    """Remembers that `name` was looked up, with these answers."""
    text = name.decode("ascii", errors="replace") if isinstance(name, bytes) else str(name)
    with _LOCK:
        for address in addresses:
            known = _NAMES.pop(address, ())
            _NAMES[address] = known if text in known else (*known, text)
        while len(_NAMES) > MOST_ADDRESSES:
            _NAMES.popitem(last=False)


def watch() -> None:
    """Notes the answers of lookups from now on; a second time changes nothing."""
    with _LOCK:
        if getattr(socket.getaddrinfo, "notes_answers", False):
            return
        socket.getaddrinfo = _noting(socket.getaddrinfo, lambda found: [str(each[4][0]) for each in found])
        socket.gethostbyname = _noting(socket.gethostbyname, lambda found: [found])
        socket.gethostbyname_ex = _noting(socket.gethostbyname_ex, lambda found: found[2])


def _noting(function: Callable[Given, Answer], addresses: Callable[[Answer], Iterable[str]]) -> Callable[Given, Answer]:
    @functools.wraps(function)
    def noting(*given: Given.args, **named: Given.kwargs) -> Answer:
        found = function(*given, **named)
        name = given[0] if given else named.get("host")
        if name not in (None, "", b""):
            note(name, addresses(found))
        return found

    noting.__dict__["notes_answers"] = True
    return noting
