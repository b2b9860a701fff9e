"""`VerifiedManifest`: a manifest that passed every check; who may make one is `trust` and `indexed_packages`, no other.

Either holds the document at hand, or has the verdict that this machine kept about it and reads the document, verifying
it again, when somebody asks for it: a look-up needs no more than the verdict.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from typing import Literal, NoReturn, TypeAlias

    from ice_core.canonical import Digest
    from ice_core.manifest_sources import Origin
    from ice_core.models.plugins import PackageInfo, PluginsManifest
    from ice_core.names import ComponentId
    from ice_core.signing import WheelPin
    from ice_core.strict_json import JsonObject

    Status: TypeAlias = Literal["signed", "unsigned"]
    # The parsed document, and the same as a model.
    Document: TypeAlias = tuple[JsonObject, PluginsManifest]

# What shows that one of the two makers was at work; a test holds who imports it.
MAKER = object()


class VerifiedManifest:
    """A manifest that passed every check; it cannot be changed.

    Attributes:
        digest: The manifest's digest.
        status: `signed`: by a key of the key-store that may sign this package. `unsigned`: nobody vouches for it.
        signer: The `public_key_id` of the key that signed, and `signer_fingerprint` its SHA-256.
        wheels: The wheels that the signature covers; of an unsigned manifest: those found beside it, which only a
            lock's digest can vouch for. Without wheels a manifest is metadata and never authorises an import.
        origin: Where it was found.
        first_seen: The time at which its key's validity was judged.
    """

    __slots__ = (
        "_document",
        "_package",
        "_read",
        "digest",
        "first_seen",
        "origin",
        "signer",
        "signer_fingerprint",
        "status",
        "wheels",
    )

    _document: Document | None
    _package: Callable[[], PackageInfo | None] | None
    _read: Callable[[], Document]
    digest: Digest
    status: Status
    signer: str | None
    signer_fingerprint: Digest | None
    wheels: tuple[WheelPin, ...]
    origin: Origin
    first_seen: datetime

    def __init__(
        self,
        *,
        read: Callable[[], Document],
        digest: Digest,
        status: Status,
        signer: str | None,
        signer_fingerprint: Digest | None,
        wheels: Sequence[WheelPin],
        origin: Origin,
        first_seen: datetime,
        maker: object,
        package: Callable[[], PackageInfo | None] | None = None,
    ) -> None:
        if maker is not MAKER:
            raise TypeError("a VerifiedManifest is made by ice_core.trust only, after every check has passed")
        members = {
            "_read": read,
            "_document": None,
            "_package": package,
            "digest": digest,
            "status": status,
            "signer": signer,
            "signer_fingerprint": signer_fingerprint,
            "wheels": tuple(wheels),
            "origin": origin,
            "first_seen": first_seen,
        }
        for name, member in members.items():
            object.__setattr__(self, name, member)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a VerifiedManifest is not changed: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a VerifiedManifest is not changed: {name}")

    @property
    def value(self) -> JsonObject:
        """The parsed document; digests are taken over it, so it must not be changed."""
        return self._parsed()[0]

    @property
    def model(self) -> PluginsManifest:
        """The same as a model."""
        return self._parsed()[1]

    @property
    def package(self) -> PackageInfo | None:
        """The distribution that carries the code."""
        return self._package() if self._package is not None else self.model.package

    @property
    def schemas(self) -> JsonObject:
        """The shared schemas, as parsed."""
        from ice_core.manifest_checks import shared_schemas

        return shared_schemas(self.value)

    def entry_value(self, component: ComponentId) -> JsonObject:
        """The entry of a component that this manifest lists, as parsed.

        Raises:
            KeyError: The manifest does not list it.
        """
        from ice_core.manifest_checks import component_entries

        for entry in component_entries(self.value):
            if (entry["node_type"], entry["name"]) == (component.node_type, component.name):
                return entry
        raise KeyError(str(component))

    def component_digest(self, component: ComponentId) -> Digest:
        """What a lock and a plan pin of a component that this manifest lists."""
        from ice_core.canonical import component_digest

        return component_digest(self.entry_value(component), self.schemas)

    def __repr__(self) -> str:
        return f"VerifiedManifest({self.status}, {self.digest!r}, from {self.origin.label!r})"

    def _parsed(self) -> Document:
        document = self._document
        if document is None:
            document = self._read()
            object.__setattr__(self, "_document", document)
        return document
