"""What a `Registry` is over: manifests that were all verified, or the local index with what was read beside it."""

from __future__ import annotations

from ice_core.indexed_component import IndexedComponent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Protocol, TypeAlias

    from ice_core.component_versions import Versions
    from ice_core.errors import Finding
    from ice_core.index_forms import Row
    from ice_core.indexed_packages import IndexedPackages
    from ice_core.manifest_loading import LoadedManifests
    from ice_core.names import ComponentId
    from ice_core.registered import RegisteredComponent
    from ice_core.verified_manifest import VerifiedManifest

    # Of each version, the lowest first, those that list it: the most vouched for first.
    Present: TypeAlias = list[list[RegisteredComponent]]

    class Contents(Protocol):
        """What a registry asks for."""

        @property
        def manifests(self) -> tuple[VerifiedManifest, ...]:
            """The verified manifests, in the order of the sources."""
            ...

        @property
        def extras(self) -> tuple[VerifiedManifest, ...]:
            """Those that `$ICEOS_EXTRA_PLUGINS` names."""
            ...

        @property
        def sources(self) -> tuple[tuple[str, int], ...]:
            """Label and number of components of each source read, in order."""
            ...

        @property
        def notices(self) -> tuple[Finding, ...]:
            """Warnings about what was found and does not count."""
            ...

        def present(self, node_type: str, name: str) -> Present:
            """What there is of a component; nothing of it is verified yet."""
            ...

        def everything(self) -> list[RegisteredComponent]:
            """One of each component in each version, by id and version; each package is held against what is now."""
            ...

        def ids(self) -> tuple[ComponentId, ...]:
            """Every component, sorted."""
            ...


class LoadedContents:
    """Manifests that were all verified."""

    __slots__ = ("components", "manifests", "notices", "sources")

    def __init__(self, loaded: LoadedManifests) -> None:
        """What was loaded, by component.

        Raises:
            IceError: `component-conflict`, with a finding for each pair that cannot stand together.
        """
        from ice_core.component_versions import by_version, components_of

        self.manifests: tuple[VerifiedManifest, ...] = loaded.manifests
        self.sources: tuple[tuple[str, int], ...] = loaded.sources
        self.notices: tuple[Finding, ...] = loaded.notices
        self.components: dict[ComponentId, Versions] = by_version(components_of(loaded.manifests))

    @property
    def extras(self) -> tuple[VerifiedManifest, ...]:
        """Those that `$ICEOS_EXTRA_PLUGINS` names."""
        return tuple(manifest for manifest in self.manifests if manifest.origin.kind == "extra")

    def present(self, node_type: str, name: str) -> Present:
        """What there is of a component."""
        from ice_core.component_versions import ordered
        from ice_core.names import component_id

        return ordered(self.components.get(component_id(node_type, name), {}))

    def everything(self) -> list[RegisteredComponent]:
        """One of each component in each version, by id and version."""
        from ice_core.component_versions import ordered

        return [items[0] for key in self.ids() for items in ordered(self.components[key])]

    def ids(self) -> tuple[ComponentId, ...]:
        """Every component, sorted."""
        return tuple(sorted(self.components))


class IndexedContents:
    """The local index for the home's own manifests, and what was read beside it: paths, bundles, announcements."""

    __slots__ = ("_beside", "_both", "_packages")

    def __init__(self, packages: IndexedPackages, beside: LoadedContents | None) -> None:
        """The two together.

        Raises:
            IceError: `component-conflict`, with a finding for each pair that cannot stand together.
            IndexUnusable: part of the index is not what was written.
        """
        self._packages = packages
        self._beside = beside
        self._both: dict[tuple[str, str], Present] = _together(packages, beside) if beside is not None else {}

    @property
    def manifests(self) -> tuple[VerifiedManifest, ...]:
        """The verified manifests, in the order of the sources."""
        count = self._packages.index.head["packages"]
        own = tuple(self._packages.manifest(number) for number in range(count))
        return own if self._beside is None else (*own, *self._beside.manifests)

    @property
    def extras(self) -> tuple[VerifiedManifest, ...]:
        """Those that `$ICEOS_EXTRA_PLUGINS` names."""
        return self._beside.extras if self._beside is not None else ()

    @property
    def sources(self) -> tuple[tuple[str, int], ...]:
        """Label and number of components of each source read, in order."""
        count = self._packages.index.head["packages"]
        forms = map(self._packages.form, range(count))
        own = tuple((self._packages.label(form), form["components"]) for form in forms)
        return own if self._beside is None else (*own, *self._beside.sources)

    @property
    def notices(self) -> tuple[Finding, ...]:
        """Warnings about what was found and does not count."""
        return self._beside.notices if self._beside is not None else ()

    def present(self, node_type: str, name: str) -> Present:
        """What there is of a component; nothing of it is verified yet."""
        both = self._both.get((node_type, name))
        return both if both is not None else self._of(self._packages.index.rows(node_type, name))

    def everything(self) -> list[RegisteredComponent]:
        """One of each component in each version, by id and version; each package is held against what is now."""
        for number in range(self._packages.index.head["packages"]):
            self._packages.listed(number)
        rows: dict[tuple[str, str], list[Row]] = {}
        for row in self._rows():
            rows.setdefault((row[0], row[1]), []).append(row)
        found: dict[tuple[str, str], Present] = {key: self._of(each) for key, each in rows.items()}
        found.update(self._both)
        return [items[0] for key in sorted(found) for items in found[key]]

    def ids(self) -> tuple[ComponentId, ...]:
        """Every component, sorted."""
        from ice_core.names import component_id

        keys = {(row[0], row[1]) for row in self._rows()} | self._both.keys()
        return tuple(component_id(*key) for key in sorted(keys))

    def _rows(self) -> Iterable[Row]:
        index = self._packages.index
        return (row for number in range(index.head["buckets"]) for row in index.bucket(number))

    def _of(self, rows: list[Row]) -> Present:
        found: Present = []
        version = None
        for row in rows:
            if row[2] != version:
                version = row[2]
                found.append([])
            found[-1].append(IndexedComponent(self._packages, row))
        return found


def _together(packages: IndexedPackages, beside: LoadedContents) -> dict[tuple[str, str], Present]:
    from ice_core.component_versions import by_version, ordered

    items: list[RegisteredComponent] = []
    for key, versions in beside.components.items():
        items += (IndexedComponent(packages, row) for row in packages.index.rows(key.node_type, key.name))
        items += (item for each in versions.values() for item in each)
    return {(key.node_type, key.name): ordered(versions) for key, versions in by_version(items).items()}
