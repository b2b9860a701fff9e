"""A component of the local index: what its row says is at hand, its entry is read when it is asked for."""

from __future__ import annotations

from ice_core.index import IndexUnusable
from ice_core.registered import RegisteredComponent, parsed_entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ice_core.canonical import Digest
    from ice_core.index_forms import Row
    from ice_core.indexed_packages import IndexedPackages
    from ice_core.models.plugins import ComponentEntry
    from ice_core.names import ComponentId, ImportTarget, SemVer
    from ice_core.strict_json import JsonObject
    from ice_core.verified_manifest import VerifiedManifest


class IndexedComponent(RegisteredComponent):
    """A component of the local index: its row is known, its entry is read when it is asked for."""

    __slots__ = ("_entry", "_packages", "_row", "_value", "_version")

    def __init__(self, packages: IndexedPackages, row: Row) -> None:
        self._packages = packages
        self._row = row
        self._value: tuple[JsonObject, JsonObject] | None = None
        self._entry: ComponentEntry | None = None
        self._version: SemVer | None = None

    @property
    def id(self) -> ComponentId:
        """Its (node_type, name)."""
        from ice_core.names import component_id

        return component_id(self._row[0], self._row[1])

    @property
    def version(self) -> SemVer:
        """Its semantic version."""
        if self._version is None:
            from ice_core.names import SemVer

            self._version = SemVer.parse(self._row[2])
        return self._version

    @property
    def target(self) -> ImportTarget:
        """Where its object lives."""
        from ice_core.names import ImportTarget

        return ImportTarget.parse(self._row[4])

    @property
    def digest(self) -> Digest:
        """What a lock and a plan pin."""
        from ice_core.canonical import Digest

        return Digest(self._row[5])

    @property
    def value(self) -> JsonObject:
        """Its entry, as parsed."""
        return self._content()[0]

    @property
    def entry(self) -> ComponentEntry:
        """Its entry as a model."""
        if self._entry is None:
            self._entry = parsed_entry(self.value, where=self.origin)
        return self._entry

    @property
    def manifest(self) -> VerifiedManifest:
        """The verified manifest that lists it."""
        return self._packages.manifest(self._row[3])

    @property
    def origin(self) -> str:
        """Where the component comes from, in words."""
        return self._packages.label(self._packages.form(self._row[3]))

    @property
    def signer(self) -> str | None:
        """The key that signed the manifest that lists it, if one did; for who lists it, and uses nothing of it."""
        return self._packages.listed(self._row[3])["signer"]

    @property
    def status(self) -> str:
        """Who vouches for it: `signed` or `unsigned`; for who lists it, and uses nothing of it."""
        return "unsigned" if self.signer is None else "signed"

    @property
    def distribution(self) -> str | None:
        """The name of the distribution that carries the code, normalised (PEP 503)."""
        return self._packages.form(self._row[3])["distribution"]

    @property
    def version_text(self) -> str:
        """Its version, as it is written."""
        return self._row[2]

    def touch(self) -> None:
        """Verifies it, as far as this has not been done yet.

        Raises:
            IndexUnusable: the index, or what is there now, is not what was loaded.
        """
        self._packages.verified(self._row[3])
        self._packages.index.canonical(self._row)

    def kept(self) -> tuple[bytes, bytes]:
        """The canonical bytes of its entry, and the same as it was written.

        Raises:
            IndexUnusable: they are not those that the index was written with.
        """
        index = self._packages.index
        return index.canonical(self._row), index.written(self._row)

    def _shared(self) -> JsonObject:
        return self._content()[1]

    def _content(self) -> tuple[JsonObject, JsonObject]:
        if self._value is None:
            try:
                written = self._packages.index.written(self._row)
            except IndexUnusable:
                self._value = (self.manifest.entry_value(self.id), self.manifest.schemas)
            else:
                self._value = _parsed(written)
        return self._value


def _parsed(written: bytes) -> tuple[JsonObject, JsonObject]:
    from ice_core.strict_json import parse_sound_json

    value = parse_sound_json(written)
    if not isinstance(value, dict):
        return {}, {}
    entry, schemas = value["component"], value["schemas"]
    return (entry if isinstance(entry, dict) else {}, schemas if isinstance(schemas, dict) else {})
