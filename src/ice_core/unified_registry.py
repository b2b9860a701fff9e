"""7 LOAD: `load_plugins()` makes the `Registry`, in which components are looked up; neither imports anything."""

from __future__ import annotations

import os

from ice_core import dynamic
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.index import IndexUnusable
from ice_core.limit_settings import lower_limits
from ice_core.registered import dynamic_component
from ice_core.registry_loading import Load
from ice_core.settings import no_dynamic_setting, trusted_keys_setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path
    from typing import TypeAlias, TypeVar

    from ice_core.errors import Finding
    from ice_core.names import ComponentId, ImportTarget, NodeType, VersionRange
    from ice_core.registered import RegisteredComponent
    from ice_core.registry_contents import Contents
    from ice_core.verified_manifest import VerifiedManifest

    Answer = TypeVar("Answer")
    Choice: TypeAlias = Callable[[Sequence[RegisteredComponent]], RegisteredComponent]


class Registry:
    """The components of every verified manifest, and, unless `no_dynamic`, those that code has announced.

    Over the local index, a package is verified when something of it is touched for the first time; if it is not what
    it was, everything is read again, and whatever is to be refused is refused there.

    Attributes:
        home: The home folder, whose store holds the wheels.
        no_dynamic: Whether only what verified manifests list may run.
    """

    __slots__ = ("_contents", "_found", "_load", "home", "no_dynamic")

    def __init__(self, contents: Contents, *, home: Home, no_dynamic: bool, load: Load | None = None) -> None:
        """A registry of these contents; `load` gives what replaces them if they are no longer so."""
        self.home = home
        self.no_dynamic = no_dynamic
        self._contents = contents
        self._load = load
        self._found: dict[tuple[str, str, str | None], RegisteredComponent] = {}

    @property
    def manifests(self) -> tuple[VerifiedManifest, ...]:
        """The verified manifests, in the order of the sources."""
        return self._asked(lambda contents: contents.manifests)

    @property
    def extras(self) -> tuple[VerifiedManifest, ...]:
        """Those of them that `$ICEOS_EXTRA_PLUGINS` names."""
        return self._asked(lambda contents: contents.extras)

    @property
    def sources(self) -> tuple[tuple[str, int], ...]:
        """Label and number of components of each source read, in order."""
        return self._asked(lambda contents: contents.sources)

    @property
    def notices(self) -> tuple[Finding, ...]:
        """Warnings about what was found and does not count."""
        return self._asked(lambda contents: contents.notices)

    def get(self, node_type: NodeType, name: str, *, version: str | None = None) -> RegisteredComponent:
        """The component in this very version; without one, as `resolve` chooses.

        Raises:
            IceError: `component-unknown` or `component-version-unknown`; or what the full load refuses, where what
                is there is no longer what was loaded.
        """
        if version is None:
            return self.resolve(node_type, name)
        key = (node_type, name, version)
        found = self._found.get(key)
        return found if found is not None else self._chosen(key, lambda present: _of_version(present, version))

    def resolve(self, node_type: NodeType, name: str, *, versions: VersionRange | None = None) -> RegisteredComponent:
        """The component in its highest release within `versions`; a prerelease only if the range names one, or if
        there is nothing else.

        Raises:
            IceError: `component-unknown` or `component-version-unknown`; or what the full load refuses, as for `get`.
        """
        key = (node_type, name, versions.text if versions is not None else None)
        found = self._found.get(key)
        return found if found is not None else self._chosen(key, lambda present: _highest(present, versions))

    def providers(self, component: ComponentId, version: str) -> tuple[RegisteredComponent, ...]:
        """The same component from each manifest that lists it in this version: the most vouched for first.

        Signed before unsigned, with a wheel before without, a newer distribution before an older one.
        """

        def verified(contents: Contents) -> tuple[RegisteredComponent, ...]:
            present = contents.present(component.node_type, component.name)
            found = tuple(item for items in present for item in items if item.version_text == version)
            for item in found:
                item.touch()
            return found

        return self._asked(verified)

    def list(self, node_type: NodeType | None = None) -> tuple[RegisteredComponent, ...]:
        """Every component in every version, sorted by node type, name and version."""
        listed = self._asked(lambda contents: contents.everything())
        announced = self._announced()
        if announced:
            listed = sorted([*listed, *announced], key=lambda item: item.id)
        return tuple(item for item in listed if node_type is None or item.id.node_type == node_type)

    def listed_ids(self) -> tuple[ComponentId, ...]:
        """Every component that a manifest lists, sorted; what code announced is not among them."""
        return self._asked(lambda contents: contents.ids())

    def listed_targets(self, component: ComponentId) -> frozenset[ImportTarget]:
        """The import targets under which manifests list this component, in any version."""

        def targets(contents: Contents) -> frozenset[ImportTarget]:
            found = [item for items in contents.present(component.node_type, component.name) for item in items]
            for item in found:
                item.touch()
            return frozenset(item.target for item in found)

        return self._asked(targets)

    def renew_index(self) -> None:
        """Renews an index that did not fit, for who has done what it came for: what is refused writes nothing."""
        if self._load is not None:
            self._load.renew_index()

    def _asked(self, ask: Callable[[Contents], Answer]) -> Answer:
        try:
            return ask(self._contents)
        except IndexUnusable:
            if self._load is None:
                raise
            # What was loaded is no longer so: everything is read and verified, and refused if that is to be.
            self._contents = self._load.everything()
            self._found.clear()
            return ask(self._contents)

    def _chosen(
        self,
        key: tuple[NodeType, str, str | None],
        choose: Callable[[Sequence[RegisteredComponent]], RegisteredComponent],
    ) -> RegisteredComponent:
        def chosen(contents: Contents) -> RegisteredComponent | None:
            present = [items[0] for items in contents.present(key[0], key[1])]
            if not present:
                return None
            found = choose(present)
            found.touch()
            return found

        found = self._found_now(chosen)
        if found is None:
            return choose([self._announced_as(key[0], key[1])])
        # What code announces may change with the next import, and is looked up each time.
        self._found[key] = found
        return found

    def _found_now(self, chosen: Callable[[Contents], RegisteredComponent | None]) -> RegisteredComponent | None:
        try:
            found = self._asked(chosen)
        except IceError:
            if not self._is_replaced():
                raise
            return self._asked(chosen)
        return self._asked(chosen) if found is None and self._is_replaced() else found

    def _is_replaced(self) -> bool:
        """Whether what was loaded is no longer so: asked before it is said that something is not there."""
        before = self._contents
        self._asked(lambda contents: contents.everything())
        return self._contents is not before

    def _announced(self) -> Sequence[RegisteredComponent]:
        if self.no_dynamic:
            return []
        # A manifest's entry is never replaced by what code says under the same name.
        latest = {item.component: item for item in dynamic.announced()}
        listed = self._asked(lambda contents: {key for key in latest if contents.present(key.node_type, key.name)})
        return [dynamic_component(item) for key, item in latest.items() if key not in listed]

    def _announced_as(self, node_type: NodeType, name: str) -> RegisteredComponent:
        from ice_core.names import ComponentId

        component = ComponentId(node_type, name)
        if not self.no_dynamic:
            for announcement in reversed(dynamic.announced()):
                if announcement.component == component:
                    return dynamic_component(announcement)
        raise self._unknown(component)

    def _unknown(self, component: ComponentId) -> IceError:
        from ice_core.errors import Location

        known = tuple(str(listed) for listed in self.listed_ids())
        return IceError(
            "component-unknown",
            f"`{component}` is in no manifest that was read",
            where=Location(self.home.place),
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

    Nothing is imported. Components that decorators announce, before or after, are held against this registry. Where
    the local index of the home folder tells of what is there now, a package of it is verified when something of it is
    touched for the first time; otherwise every manifest is read and verified here.

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
    folder = os.getcwd() if project is None else project
    strict = no_dynamic_setting(argument=no_dynamic, environ=environment, project=folder)
    place = Home.from_environment(environment) if home is None else Home(home)
    lower_limits(place)
    load = Load(
        paths,
        home=place,
        strict=strict,
        allow_unsigned=allow_unsigned,
        environ=environment,
        now=now,
        pins=trusted_keys_setting(folder),
    )
    registry = Registry(load.contents(), home=place, no_dynamic=strict, load=load)
    dynamic.watch(registry, no_dynamic=strict)
    return registry


def _of_version(present: Sequence[RegisteredComponent], version: str) -> RegisteredComponent:
    for item in present:
        if item.version_text == version:
            return item
    raise _version_unknown(version, present)


def _highest(present: Sequence[RegisteredComponent], versions: VersionRange | None) -> RegisteredComponent:
    fitting = [item for item in present if versions is None or item.version in versions]
    if not fitting:
        raise _version_unknown(str(versions), present)
    asked = versions is not None and "-" in versions.text
    releases = fitting if asked else [item for item in fitting if "-" not in item.version_text.partition("+")[0]]
    return (releases or fitting)[-1]


def _version_unknown(wanted: str, present: Sequence[RegisteredComponent]) -> IceError:
    from ice_core.errors import Location

    component = present[-1].id
    found = ", ".join(item.version_text for item in present)
    where = present[-1].manifest
    return IceError(
        "component-version-unknown",
        f"`{component}` is there, and not in the version that is asked for",
        where=Location(where.origin.label) if where is not None else None,
        expected=wanted,
        found=found,
        hints=(f"To fetch another version, run `ice lock --upgrade {component}` and `ice install`",),
        details={"component": str(component), "versions": [item.version_text for item in present]},
    )
