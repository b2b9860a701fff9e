"""7 LOAD: `load_plugins()` makes the `Registry`, in which components are looked up; neither imports anything."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ice_core import dynamic
from ice_core.errors import Finding, IceError, Location
from ice_core.home import Home
from ice_core.limit_settings import lower_limits
from ice_core.manifest_checks import component_entries
from ice_core.manifest_loading import LoadedManifests, load_manifests
from ice_core.names import NODE_TYPES, ComponentId, ImportTarget, NodeType, VersionRange
from ice_core.registered import RegisteredComponent, conflicts, dynamic_component, most_vouched_first
from ice_core.settings import no_dynamic_setting, trusted_keys_setting
from ice_core.trust import VerifiedManifest

Versions = dict[str, list[RegisteredComponent]]


class Registry:
    """The components of every verified manifest, and, unless `no_dynamic`, those that code has announced.

    Attributes:
        home: The home folder, whose store holds the wheels.
        no_dynamic: Whether only what verified manifests list may run.
        manifests: The verified manifests, in the order of the sources.
        sources: Label and number of components of each source read, in order.
        notices: Warnings about what was found and does not count.
    """

    __slots__ = ("_index", "home", "manifests", "no_dynamic", "notices", "sources")

    def __init__(self, loaded: LoadedManifests, *, home: Home, no_dynamic: bool) -> None:
        """An index of what was loaded.

        Raises:
            IceError: `component-conflict`, with a finding for each pair that cannot stand together.
        """
        self.home = home
        self.no_dynamic = no_dynamic
        self.manifests: tuple[VerifiedManifest, ...] = loaded.manifests
        self.sources: tuple[tuple[str, int], ...] = loaded.sources
        self.notices: tuple[Finding, ...] = loaded.notices
        self._index: dict[ComponentId, Versions] = _indexed(loaded.manifests)

    def get(self, node_type: NodeType, name: str, *, version: str | None = None) -> RegisteredComponent:
        """The component in this very version; without one, as `resolve` chooses.

        Raises:
            IceError: `component-unknown` or `component-version-unknown`.
        """
        if version is None:
            return self.resolve(node_type, name)
        component = ComponentId(node_type, name)
        versions = self._versions(component)
        if version not in versions:
            raise _version_unknown(component, version, _by_version(versions))
        return versions[version][0]

    def resolve(self, node_type: NodeType, name: str, *, versions: VersionRange | None = None) -> RegisteredComponent:
        """The component in its highest release within `versions`; a prerelease only if the range names one, or if
        there is nothing else.

        Raises:
            IceError: `component-unknown` or `component-version-unknown`.
        """
        component = ComponentId(node_type, name)
        present = _by_version(self._versions(component))
        fitting = [item for item in present if versions is None or item.version in versions]
        if not fitting:
            raise _version_unknown(component, str(versions), present)
        asked = versions is not None and "-" in versions.text
        releases = fitting if asked else [item for item in fitting if not item.version.prerelease]
        return (releases or fitting)[-1]

    def providers(self, component: ComponentId, version: str) -> tuple[RegisteredComponent, ...]:
        """The same component from each manifest that lists it in this version: the most vouched for first.

        Signed before unsigned, with a wheel before without, a newer distribution before an older one.
        """
        return tuple(self._index.get(component, {}).get(version, ()))

    def list(self, node_type: "NodeType | None" = None) -> tuple[RegisteredComponent, ...]:
        """Every component in every version, sorted by node type, name and version."""
        kinds = NODE_TYPES if node_type is None else (node_type,)
        known = {**{item.id: {str(item.version): [item]} for item in self._announced()}, **self._index}
        return tuple(item for key in sorted(known) if key.node_type in kinds for item in _by_version(known[key]))

    def listed_ids(self) -> tuple[ComponentId, ...]:
        """Every component that a manifest lists, sorted; what code announced is not among them."""
        return tuple(sorted(self._index))

    def listed_targets(self, component: ComponentId) -> frozenset[ImportTarget]:
        """The import targets under which manifests list this component, in any version."""
        versions = self._index.get(component, {})
        return frozenset(item.target for items in versions.values() for item in items)

    def _announced(self) -> Iterable[RegisteredComponent]:
        if self.no_dynamic:
            return ()
        # A manifest's entry is never replaced by what code says under the same name.
        latest = {item.component: item for item in dynamic.announced() if item.component not in self._index}
        return [dynamic_component(item) for item in latest.values()]

    def _versions(self, component: ComponentId) -> Versions:
        if component in self._index:
            return self._index[component]
        if not self.no_dynamic:
            for announcement in reversed(dynamic.announced()):
                if announcement.component == component:
                    item = dynamic_component(announcement)
                    return {str(item.version): [item]}
        raise self._unknown(component)

    def _unknown(self, component: ComponentId) -> IceError:
        known = tuple(str(listed) for listed in self.listed_ids())
        return IceError(
            "component-unknown",
            f"`{component}` is in no manifest that was read",
            where=Location(str(self.home.root)),
            detail=dynamic.source_lines(self.sources),
            hints=(
                *(f"`{name}` is listed; did you mean that?" for name in dynamic.near_names(str(component), known)),
                "To install a package that lists it, run `ice lock PACKAGE` and `ice install`",
            ),
            details={"component": str(component)},
        )


def load_plugins(
    *paths: Path | str,
    home: Path | None = None,
    no_dynamic: bool | None = None,
    allow_unsigned: Sequence[Path] = (),
    environ: Mapping[str, str] | None = None,
    now: datetime | None = None,
    project: Path | None = None,
) -> Registry:
    """The registry of all sources: the home folder, entry points, `$ICEOS_EXTRA_PLUGINS`, then `paths`.

    Nothing is imported. Components that decorators announce, before or after, are held against this registry.

    Args:
        paths: Manifests, bundles or folders of them.
        home: Default: `$ICEOS_HOME`, else `~/.iceos`.
        no_dynamic: Whether only what verified manifests list may run; see `settings.no_dynamic_setting`.
        allow_unsigned: The very files that may be unsigned under `--no-dynamic`.
        environ: Default: the environment of the process.
        now: Default: the current time.
        project: Whose pyproject.toml may hold `[tool.iceos]` with `no_dynamic` and `trusted_keys`; default: the
            current folder.

    Raises:
        IceError: The refusal of one manifest, or one error with a finding for each; `component-conflict`,
            `setting-invalid`, or `component-not-in-manifest` for code that has announced what nothing lists.
    """
    environment = os.environ if environ is None else environ
    strict = no_dynamic_setting(argument=no_dynamic, environ=environment, project=project or Path.cwd())
    place = Home.from_environment(environment) if home is None else Home(home)
    lower_limits(place)
    loaded = load_manifests(
        [Path(path) for path in paths],
        home=place,
        strict=strict,
        allow_unsigned=allow_unsigned,
        environ=environment,
        now=now or datetime.now(UTC),
        search_path=sys.path,
        pins=trusted_keys_setting(project or Path.cwd()),
    )
    registry = Registry(loaded, home=place, no_dynamic=strict)
    dynamic.watch(registry, no_dynamic=strict)
    return registry


def _indexed(manifests: Sequence[VerifiedManifest]) -> dict[ComponentId, Versions]:
    index: dict[ComponentId, Versions] = {}
    for manifest in manifests:
        for value, entry in zip(component_entries(manifest.value), manifest.model.components, strict=True):
            item = RegisteredComponent(entry, value, schemas=manifest.schemas, manifest=manifest)
            index.setdefault(entry.id, {}).setdefault(entry.version, []).append(item)
    several = {key: versions for key, versions in index.items() if sum(map(len, versions.values())) > 1}
    findings = [finding for key, versions in several.items() for finding in conflicts(key, versions)]
    if findings:
        raise IceError.of(findings)
    for versions in several.values():
        for version, items in versions.items():
            versions[version] = most_vouched_first(items)
    return index


def _by_version(versions: Versions) -> list[RegisteredComponent]:
    return sorted((items[0] for items in versions.values()), key=lambda item: (item.version, str(item.version)))


def _version_unknown(component: ComponentId, wanted: str, present: list[RegisteredComponent]) -> IceError:
    found = ", ".join(str(item.version) for item in present)
    where = present[-1].manifest
    return IceError(
        "component-version-unknown",
        f"`{component}` is there, and not in the version that is asked for",
        where=Location(where.origin.label) if where is not None else None,
        expected=wanted,
        found=found,
        hints=(f"To fetch another version, run `ice lock --upgrade {component}` and `ice install`",),
        details={"component": str(component), "versions": [str(item.version) for item in present]},
    )
