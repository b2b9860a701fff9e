"""An index in memory: what a folder does, and what a hostile or changing server could do."""

from collections.abc import Callable
from typing import Literal

from packaging.version import Version

from ice_core.errors import IceError
from ice_core.key_store import KeyRecord, record_bytes


class MemoryIndex:
    """Keeps bundles as `FolderIndex` does; `answer` may change what is given for a fetch, `fetched` counts them."""

    def __init__(self, *, answer: Callable[[bytes, int], bytes] = lambda data, count: data) -> None:
        self.bundles: dict[tuple[str, str], bytes] = {}
        self.keys: dict[str, bytes] = {}
        self.answer = answer
        self.fetched = 0

    @property
    def identity(self) -> str:
        """The same as a folder's, so that locks of both are the same."""
        return "folder"

    def packages(self) -> dict[str, tuple[str, ...]]:
        """The packages, sorted, each with its versions."""
        return {name: self.versions(name) for name in sorted({name for name, _ in self.bundles})}

    def versions(self, name: str) -> tuple[str, ...]:
        """The versions, lowest first."""
        return tuple(sorted((version for found, version in self.bundles if found == name), key=Version))

    def fetch(self, name: str, version: str) -> bytes:
        """What `answer` makes of the bundle."""
        if (name, version) not in self.bundles:
            raise IceError("bundle-missing", f"no bundle of `{name}` {version}", hints=())
        self.fetched += 1
        return self.answer(self.bundles[name, version], self.fetched)

    def upload(
        self, name: str, version: str, bundle: bytes, *, publisher: KeyRecord | None = None
    ) -> Literal["new", "already-there"]:
        """Keeps the bundle; another one under the same version is refused."""
        if publisher is not None:
            self.keys.setdefault(publisher.public_key_id, record_bytes(publisher))
        there = self.bundles.setdefault((name, version), bundle)
        if there is bundle:
            return "new"
        if there != bundle:
            raise IceError("version-exists", f"`{name}` {version} is there", hints=())
        return "already-there"

    def publisher_key(self, public_key_id: str) -> bytes:
        """The key file that came with a bundle."""
        if public_key_id not in self.keys:
            raise IceError("publisher-key-missing", f"no key of `{public_key_id}`", hints=())
        return self.keys[public_key_id]
