"""Hosts that code names in literal addresses, and the patterns of `permissions.network` that let them through."""

import re
from dataclasses import dataclass
from typing import Final

_PORTS: Final = {"ftp": 21, "http": 80, "https": 443, "ws": 80, "wss": 443}
_ADDRESS: Final = re.compile(
    r"([a-zA-Z][a-zA-Z0-9+.-]*)://(?:[^/?#@]*@)?(\[[0-9a-fA-F:.]+\]|[^/:?#@\s]+)(?::([0-9]{1,5}))?(.?)", re.DOTALL
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Host:
    """A host, and the port if it is known."""

    name: str
    port: int | None = None

    def __str__(self) -> str:
        return self.name if self.port is None or self.port in _PORTS.values() else f"{self.name}:{self.port}"

    def is_covered_by(self, pattern: str) -> bool:
        """Whether a pattern covers it: `*`, `*.example.com` for all below, `api.example.com:8443`."""
        name, colon, port = pattern.rpartition(":")
        if not colon or not port.isdecimal():
            name, port = pattern, ""
        if port and self.port is not None and int(port) != self.port:
            return False
        return name in ("*", self.name) or (name.startswith("*.") and self.name.endswith(name[1:]))


def host_in(text: str, *, is_whole: bool) -> Host | None:
    """The host of an address such as `https://api.example.com/v1`; of the beginning of one, if the host is complete."""
    found = _ADDRESS.match(text)
    if found is None or (not is_whole and not found[4]):
        return None
    scheme, name, port, following = found.groups()
    if port or following == ":":
        # Behind a colon that ends the text comes a port that is not known.
        return Host(name=name.lower(), port=int(port) if port else None)
    return Host(name=name.lower(), port=_PORTS.get(scheme.lower()))
