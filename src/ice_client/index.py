"""The port to where bundles are published: a folder, or a marketplace's server."""

from typing import Literal, Protocol


class BundleIndex(Protocol):
    """Bundles by package name and version; what was published under a version never changes.

    Names are normalised (PEP 503), versions are in their normal form (PEP 440). Nothing that an index says is
    trusted: every bundle it gives is verified by who fetched it.
    """

    @property
    def identity(self) -> str:
        """What a lock records of where its plugins come from: no path and no name of a machine."""
        ...

    def names(self) -> tuple[str, ...]:
        """The packages of which there is a bundle, sorted."""
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

    def upload(self, name: str, version: str, bundle: bytes) -> Literal["new", "already-there"]:
        """Publishes a bundle; the same bytes again change nothing.

        Raises:
            IceError: `version-exists` if other bytes were published under this version.
        """
        ...
