"""One component of the registry: what a look-up gives, whatever it was read from; what is asked for is made then."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ice_core.canonical import Digest
    from ice_core.dynamic import Announcement
    from ice_core.models.plugins import ComponentEntry
    from ice_core.names import ComponentId, ImportTarget, SemVer
    from ice_core.strict_json import JsonObject, JsonValue
    from ice_core.verified_manifest import VerifiedManifest


class RegisteredComponent:
    """A component that can be looked up; a look-up never imports it.

    A `ListedComponent` has its document at hand; an `IndexedComponent` reads what is asked for from the local index.
    """

    __slots__ = ()

    @property
    def id(self) -> ComponentId:
        """Its (node_type, name)."""
        raise NotImplementedError

    @property
    def version(self) -> SemVer:
        """Its semantic version."""
        raise NotImplementedError

    @property
    def target(self) -> ImportTarget:
        """Where its object lives."""
        raise NotImplementedError

    @property
    def digest(self) -> Digest:
        """What a lock and a plan pin."""
        raise NotImplementedError

    @property
    def value(self) -> JsonObject:
        """Its entry, as parsed."""
        raise NotImplementedError

    @property
    def entry(self) -> ComponentEntry:
        """Its entry as a model."""
        raise NotImplementedError

    @property
    def manifest(self) -> VerifiedManifest | None:
        """The verified manifest that lists it; None for a dynamic component, which nothing vouches for."""
        raise NotImplementedError

    @property
    def signer(self) -> str | None:
        """The key that signed the manifest that lists it, if one did; for who lists it, and uses nothing of it."""
        return self.manifest.signer if self.manifest is not None else None

    @property
    def status(self) -> str:
        """Who vouches for it: `signed`, `unsigned` or `dynamic`; for who lists it, and uses nothing of it."""
        return self.manifest.status if self.manifest is not None else "dynamic"

    @property
    def version_text(self) -> str:
        """Its version, as it is written."""
        return str(self.version)

    def touch(self) -> None:
        """Verifies it, where that was put off until it is used.

        Raises:
            IndexUnusable: the index, or what is there now, is not what was loaded.
        """

    @property
    def origin(self) -> str:
        """Where the component comes from, in words."""
        return self.manifest.origin.label if self.manifest is not None else "code that registered it"

    @property
    def distribution(self) -> str | None:
        """The name of the distribution that carries the code, normalised (PEP 503)."""
        from packaging.utils import canonicalize_name

        package = self.manifest.package if self.manifest is not None else None
        return canonicalize_name(package.name) if package is not None else None

    def input_schema(self) -> JsonObject:
        """The schema of its input, standing alone."""
        return self._standalone("input")

    def output_schema(self) -> JsonObject:
        """The schema of its output, standing alone."""
        return self._standalone("output")

    def schemas(self) -> JsonObject:
        """The shared schemas that its two sides reach."""
        from ice_core.json_schema import reachable_schemas

        pair = self.value["schema"]
        return reachable_schemas([*pair.values()] if isinstance(pair, dict) else [], self._shared())

    def __repr__(self) -> str:
        return f"RegisteredComponent({str(self.id)!r}, {str(self.version)!r}, from {self.origin!r})"

    def _standalone(self, side: str) -> JsonObject:
        from ice_core.json_schema import standalone_schema

        pair = self.value["schema"]
        return standalone_schema(pair[side] if isinstance(pair, dict) else {}, self._shared())

    def _shared(self) -> JsonObject:
        """Schemas, among them all that the entry reaches."""
        raise NotImplementedError


class ListedComponent(RegisteredComponent):
    """A component of a document at hand."""

    __slots__ = ("_digest", "_entry", "_manifest", "_schemas", "_target", "_value", "_version")

    def __init__(
        self, entry: ComponentEntry, value: JsonObject, *, schemas: JsonObject, manifest: VerifiedManifest | None
    ) -> None:
        from ice_core.names import ImportTarget, SemVer

        self._entry = entry
        self._value = value
        self._schemas = schemas
        self._manifest = manifest
        self._version = SemVer.parse(entry.version)
        self._target = ImportTarget.parse(entry.import_)
        self._digest: Digest | None = None

    @property
    def id(self) -> ComponentId:
        """Its (node_type, name)."""
        return self._entry.id

    @property
    def version(self) -> SemVer:
        """Its semantic version."""
        return self._version

    @property
    def target(self) -> ImportTarget:
        """Where its object lives."""
        return self._target

    @property
    def digest(self) -> Digest:
        """What a lock and a plan pin."""
        if self._digest is None:
            from ice_core.canonical import component_digest

            self._digest = component_digest(self._value, self._schemas)
        return self._digest

    @property
    def value(self) -> JsonObject:
        """Its entry, as parsed."""
        return self._value

    @property
    def entry(self) -> ComponentEntry:
        """Its entry as a model."""
        return self._entry

    @property
    def manifest(self) -> VerifiedManifest | None:
        """The verified manifest that lists it; None for a dynamic component, which nothing vouches for."""
        return self._manifest

    def _shared(self) -> JsonObject:
        return self._schemas


def dynamic_component(announcement: Announcement) -> RegisteredComponent:
    """What code announced, as a component without a manifest.

    Raises:
        IceError: `manifest-invalid`, when the code describes what no manifest could hold.
    """
    described = announcement.describe()
    value, schemas = described["component"], described.get("schemas", {})
    return ListedComponent(
        parsed_entry(value, where=f"{announcement.file}:{announcement.line}"),
        value if isinstance(value, dict) else {},
        schemas=schemas if isinstance(schemas, dict) else {},
        manifest=None,
    )


def parsed_entry(value: JsonValue, *, where: str) -> ComponentEntry:
    """The model of an entry that stands alone.

    Raises:
        IceError: `manifest-invalid`.
    """
    from ice_core.models.plugins import ComponentEntry
    from ice_core.models.wire import parse_wire

    return parse_wire(
        ComponentEntry,
        value,
        slug="manifest-invalid",
        document="the entry of a component",
        where=where,
        hints=("To see what export makes of it, run `ice plugins export`",),
    )
