"""The port to where bundles are published: a folder, or a marketplace's server."""

from collections.abc import Mapping
from typing import Literal, Protocol

from ice_core.key_store import KeyRecord


class BundleIndex(Protocol):
    """Bundles by package name and version; what was published under a version never changes.

    Names are normalised (PEP 503), versions are in their normal form (PEP 440). Nothing that an index says is
    trusted: every bundle it gives is verified by who fetched it.
    """

    @property
    def identity(self) -> str:
        """What a lock records of where its plugins come from: no path and no name of a machine."""
        ...

    def packages(self) -> Mapping[str, tuple[str, ...]]:
        """The packages of which there is a bundle, sorted, each with its versions as `versions` gives them."""
        ...

    def versions(self, name: str) -> tuple[str, ...]:
        """The versions of a package, lowest first; none if the index does not know it."""
        ...

    def fetch(self, name: str, version: str) -> bytes:
        """The bytes of a bundle.

        Raises:
            IceError: `bundle-missing`.
        """
        ...

    def upload(
        self, name: str, version: str, bundle: bytes, *, publisher: KeyRecord | None = None
    ) -> Literal["new", "already-there"]:
        """Publishes a bundle, and the public record of who signed it; the same again changes nothing.

        Raises:
            IceError: `version-exists` if other bytes were published under this version, `key-exists` if another key
                was published under the publisher's id; nothing was written then.
        """
        ...

    def publisher_key(self, public_key_id: str) -> bytes:
        """The key file that was published under this id, unverified: only a fingerprint tells whose it is.

        Raises:
            IceError: `key-id-invalid` or `publisher-key-missing`.
        """
        ...
