"""From the components that a blueprint names to the packages of an index that hold them, as requirements for a lock.

What a component itself needs is followed: the nodes of a workflow's blueprint, and of an agent the tools that it may
call as far as the index has them. The manifests read here are unverified; a lock verifies what it then pins.
"""

import difflib
from collections import deque
from collections.abc import Iterator, Mapping

from ice_client.index import BundleIndex
from ice_core.bundles import read_bundle
from ice_core.errors import IceError
from ice_core.models.blueprint import node_component_id, parse_blueprint
from ice_core.models.plugins import ComponentEntry, parse_manifest
from ice_core.names import ComponentId, SemVer, VersionRange

Entries = Mapping[ComponentId, ComponentEntry]


def requirements_for(components: Mapping[ComponentId, VersionRange], index: BundleIndex) -> tuple[str, ...]:
    """The requirements, sorted, that bring these components and what they need into a lock.

    A package is required by its name alone if its highest version holds the component in the range asked for,
    otherwise in the highest version that does.

    Args:
        components: What is needed, each with the range of component versions that fits.
        index: Where the packages are.

    Raises:
        IceError: `plugin-unknown` if no package holds a component in its range, `component-conflict` if several
            packages do, or what reading a bundle raises.
    """
    shelf = _Shelf(index)
    waiting = deque(components.items())
    optional: set[ComponentId] = set()
    done: set[ComponentId] = set()
    requirements: set[str] = set()
    while waiting:
        component, versions = waiting.popleft()
        if component in done:
            continue
        done.add(component)
        found = shelf.packages_with(component, versions)
        if not found:
            if component in optional:
                continue
            raise _unknown(component, versions, shelf)
        if len(found) > 1:
            raise _conflict(component, sorted(found))
        ((requirement, entry),) = found.values()
        requirements.add(requirement)
        for needed, needed_versions in _needed_nodes(entry):
            waiting.append((needed, needed_versions))
        tools = [ComponentId.parse(tool) for tool in entry.permissions.tools]
        optional.update(tool for tool in tools if tool not in components)
        waiting.extend((tool, VersionRange.parse("")) for tool in tools)
    return tuple(sorted(requirements))


class _Shelf:
    """What each bundle of an index holds, read at most once."""

    def __init__(self, index: BundleIndex) -> None:
        self._index = index
        self._read: dict[tuple[str, str], Entries] = {}
        self._versions = {name: tuple(reversed(index.versions(name))) for name in index.names()}

    def packages_with(self, component: ComponentId, versions: VersionRange) -> dict[str, tuple[str, ComponentEntry]]:
        """Package -> (requirement, entry); older versions are read only if no highest one fits."""
        highest = self._found(component, versions, depth=1)
        return highest or self._found(component, versions, depth=None)

    def known(self) -> list[str]:
        """Every component that was seen, for near names."""
        return sorted({str(component) for entries in self._read.values() for component in entries})

    def _found(
        self, component: ComponentId, versions: VersionRange, *, depth: int | None
    ) -> dict[str, tuple[str, ComponentEntry]]:
        found = {}
        for name, candidates in self._versions.items():
            for version in candidates[:depth]:
                entry = self._entries(name, version).get(component)
                if entry is not None and SemVer.parse(entry.version) in versions:
                    found[name] = (name if version == candidates[0] else f"{name}=={version}", entry)
                    break
        return found

    def _entries(self, name: str, version: str) -> Entries:
        key = (name, version)
        if key not in self._read:
            where = f"the bundle of {name} {version}"
            bundle = read_bundle(self._index.fetch(name, version), where=where)
            manifest = parse_manifest(bundle.manifest_value, where=where)
            self._read[key] = {entry.id: entry for entry in manifest.components}
        return self._read[key]


def _needed_nodes(entry: ComponentEntry) -> Iterator[tuple[ComponentId, VersionRange]]:
    if entry.blueprint is not None:
        for node in parse_blueprint(entry.blueprint, where=f"the blueprint of `{entry.id}`").nodes:
            yield node_component_id(node), VersionRange.parse(node.version or "")


def _unknown(component: ComponentId, versions: VersionRange, shelf: _Shelf) -> IceError:
    known = shelf.known()
    near = difflib.get_close_matches(str(component), known, n=3)
    return IceError(
        "plugin-unknown",
        f"no package of the index holds `{component}`",
        expected=f"`{component}` in {versions}",
        detail=("Components of the index:", *(f"  {each}" for each in known)) if known else (),
        note="Nothing was locked.",
        hints=(
            *(f"`{each}` is there; did you mean that?" for each in near),
            "To publish it there, run `ice publish --manifest plugins.json --index INDEX` in its project",
        ),
        details={"component": str(component), "known": list(known)},
    )


def _conflict(component: ComponentId, packages: list[str]) -> IceError:
    return IceError(
        "component-conflict",
        f"`{component}` is in {' and in '.join(f'`{name}`' for name in packages)}",
        expected="one package that holds it",
        found=", ".join(packages),
        note="The index does not say whose it is. Nothing was locked.",
        hints=tuple(f"To choose, run `ice lock {name}`" for name in packages),
    )
