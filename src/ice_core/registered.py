"""One component of the registry, what vouches for it, and which components cannot stand together."""

from collections.abc import Iterator, Mapping

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ice_core.canonical import Digest, component_digest
from ice_core.dynamic import Announcement
from ice_core.errors import Finding, Location
from ice_core.json_schema import reachable_schemas, standalone_schema
from ice_core.models.plugins import ComponentEntry
from ice_core.models.wire import parse_wire
from ice_core.names import ComponentId, ImportTarget, SemVer
from ice_core.strict_json import JsonObject
from ice_core.trust import VerifiedManifest


class RegisteredComponent:
    """A component that can be looked up; a look-up never imports it.

    Attributes:
        id: Its (node_type, name), and `version` its semantic version.
        entry: Its entry as a model, and `value` the same as parsed.
        manifest: The verified manifest that lists it; None for a dynamic component, which nothing vouches for.
        target: Where its object lives.
    """

    __slots__ = ("_digest", "_schemas", "entry", "id", "manifest", "target", "value", "version")

    def __init__(
        self, entry: ComponentEntry, value: JsonObject, *, schemas: JsonObject, manifest: VerifiedManifest | None
    ) -> None:
        self.entry = entry
        self.value = value
        self.manifest = manifest
        self.id = entry.id
        self.version = SemVer.parse(entry.version)
        self.target = ImportTarget.parse(entry.import_)
        self._schemas = schemas
        self._digest: Digest | None = None

    @property
    def digest(self) -> Digest:
        """What a lock and a plan pin."""
        if self._digest is None:
            self._digest = component_digest(self.value, self._schemas)
        return self._digest

    @property
    def origin(self) -> str:
        """Where the component comes from, in words."""
        return self.manifest.origin.label if self.manifest is not None else "code that registered it"

    @property
    def distribution(self) -> str | None:
        """The name of the distribution that carries the code, normalised (PEP 503)."""
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
        pair = self.value["schema"]
        return reachable_schemas([*pair.values()] if isinstance(pair, dict) else [], self._schemas)

    def __repr__(self) -> str:
        return f"RegisteredComponent({str(self.id)!r}, {str(self.version)!r}, from {self.origin!r})"

    def _standalone(self, side: str) -> JsonObject:
        pair = self.value["schema"]
        return standalone_schema(pair[side] if isinstance(pair, dict) else {}, self._schemas)


def dynamic_component(announcement: Announcement) -> RegisteredComponent:
    """What code announced, as a component without a manifest.

    Raises:
        IceError: `manifest-invalid`, when the code describes what no manifest could hold.
    """
    where = f"{announcement.file}:{announcement.line}"
    described = announcement.describe()
    value, schemas = described["component"], described.get("schemas", {})
    entry = parse_wire(
        ComponentEntry,
        value,
        slug="manifest-invalid",
        document="the entry of a component",
        where=where,
        hints=("To see what export makes of it, run `ice plugins export`",),
    )
    return RegisteredComponent(
        entry,
        value if isinstance(value, dict) else {},
        schemas=schemas if isinstance(schemas, dict) else {},
        manifest=None,
    )


def most_vouched_first(items: list[RegisteredComponent]) -> list[RegisteredComponent]:
    """Signed before unsigned, with a wheel before without, a newer distribution before an older; else as found."""
    return sorted(items, key=_vouching, reverse=True)


def conflicts(component: ComponentId, versions: Mapping[str, list[RegisteredComponent]]) -> Iterator[Finding]:
    """What bars the manifests that list `component` from being loaded together.

    One version with two digests; or two distributions that both claim the name. A manifest that names no distribution
    may repeat what another lists, digest for digest, and nothing more.
    """
    for version, items in versions.items():
        other = next((item for item in items if item.digest != items[0].digest), None)
        if other is not None:
            reason = f"`{component}` {version} means two different things"
            yield _conflict(reason, items[0], other)
            return
    everything = [item for items in versions.values() for item in items]
    named = [item for item in everything if item.distribution is not None]
    rival = next((item for item in named if item.distribution != named[0].distribution), None)
    if rival is not None:
        yield _conflict(f"`{component}` is claimed by two distributions", named[0], rival)
        return
    for items in versions.values():
        other = next((item for item in everything if item not in items), None)
        if other is not None and all(item.distribution is None for item in items):
            reason = f"`{component}` is listed by a manifest that names no distribution, and otherwise by another"
            yield _conflict(reason, items[0], other)
            return


def _conflict(reason: str, one: RegisteredComponent, other: RegisteredComponent) -> Finding:
    return Finding(
        "component-conflict",
        f"{reason}: in `{one.origin}` and in `{other.origin}`",
        where=Location(other.origin),
        expected=_described(one),
        found=_described(other),
        note="Nothing was loaded.",
        hints=("To load one of them, remove the other: delete its file, or take its path out of what is given",),
        details={"component": str(one.id), "origins": [one.origin, other.origin]},
    )


def _described(item: RegisteredComponent) -> str:
    return f"{item.id} {item.version} of {item.distribution or 'no distribution'}, {item.digest}"


def _vouching(item: RegisteredComponent) -> tuple[bool, bool, Version]:
    manifest = item.manifest
    if manifest is None or manifest.package is None:
        return (manifest is not None and manifest.status == "signed", False, Version("0"))
    try:
        version = Version(manifest.package.version)
    except InvalidVersion:
        version = Version("0")
    return (manifest.status == "signed", bool(manifest.wheels), version)
