"""From the components that a blueprint names to the packages of an index that hold them, as requirements for a lock.

What a component itself needs is followed: the nodes of a workflow's blueprint, and of an agent the tools that it may
call as far as the index has them. The manifests read here are unverified; a lock verifies what it then pins.
"""

import difflib
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from ice_client.index import BundleIndex
from ice_core.archives import read_archive
from ice_core.bundles import read_bundle
from ice_core.errors import IceError, Location
from ice_core.models.blueprint import node_component_id, parse_blueprint
from ice_core.models.plugins import ComponentEntry, parse_manifest
from ice_core.names import ComponentId, SemVer, VersionRange
from ice_core.wheels import MANIFEST_FILE

Entries = Mapping[ComponentId, ComponentEntry]
# Every `"name": "..."` of a manifest; a name with an escape in it is found by the escape.
_NAME: Final = re.compile(rb'"name"\s*:\s*"([a-z0-9_]+)"')
_ANY_NAME: Final = "*"
_NOWHERE: Final[Mapping[ComponentId, Location]] = MappingProxyType({})


def requirements_for(
    components: Mapping[ComponentId, VersionRange],
    index: BundleIndex,
    *,
    places: Mapping[ComponentId, Location] = _NOWHERE,
) -> tuple[str, ...]:
    """The requirements, sorted, that bring these components and what they need into a lock.

    A package is required by its name alone if its highest version holds the component in the range asked for,
    otherwise in the highest version that does.

    Args:
        components: What is needed, each with the range of component versions that fits.
        index: Where the packages are.
        places: Where each is named, for messages; what another component needs is told with that one's place.

    Raises:
        IceError: `plugin-unknown` if no package holds a component in its range, `component-conflict` if several
            packages do, or what reading a bundle raises.
    """
    shelf = _Shelf(index)
    waiting = deque(components.items())
    optional: set[ComponentId] = set()
    done: set[ComponentId] = set()
    requirements: set[str] = set()
    because: dict[ComponentId, ComponentId] = {}
    while waiting:
        component, versions = waiting.popleft()
        if component in done:
            continue
        done.add(component)
        found = shelf.packages_with(component, versions)
        if not found:
            if component in optional:
                continue
            raise _unknown(component, versions, shelf, _Reason(component, because, places))
        if len(found) > 1:
            raise _conflict(component, sorted(found), _Reason(component, because, places))
        ((requirement, entry),) = found.values()
        requirements.add(requirement)
        for needed, needed_versions in _needed_nodes(entry):
            waiting.append((needed, needed_versions))
            because.setdefault(needed, component)
        tools = [ComponentId.parse(tool) for tool in entry.permissions.tools]
        optional.update(tool for tool in tools if tool not in components)
        waiting.extend((tool, VersionRange.parse("")) for tool in tools)
        because.update({tool: component for tool in tools if tool not in because})
    return tuple(sorted(requirements))


class _Reason:
    """Why a component is looked for: where it is named, or the chain of components that leads to it."""

    def __init__(
        self,
        component: ComponentId,
        because: Mapping[ComponentId, ComponentId],
        places: Mapping[ComponentId, Location],
    ) -> None:
        chain = [component]
        while chain[-1] not in places and chain[-1] in because and because[chain[-1]] not in chain:
            chain.append(because[chain[-1]])
        self.where = places.get(chain[-1])
        links = [f"`{needed}` is here because `{by}` needs it. " for needed, by in zip(chain, chain[1:], strict=False)]
        self.words = "".join(links)


class _Shelf:
    """What the bundles of an index hold; only those that mention a component are read whole, each once."""

    def __init__(self, index: BundleIndex) -> None:
        self._index = index
        self._read: dict[tuple[str, str], Entries] = {}
        self._versions = {name: tuple(reversed(versions)) for name, versions in index.packages().items()}
        self._mentioned: dict[str, list[str]] = {}
        for name, candidates in self._versions.items():
            for mentioned in _names_in(index.fetch(name, candidates[0])):
                self._mentioned.setdefault(mentioned, []).append(name)

    def packages_with(self, component: ComponentId, versions: VersionRange) -> dict[str, tuple[str, ComponentEntry]]:
        """Package -> (requirement, entry); older versions are read only if no highest one fits."""
        mentioned = [*self._mentioned.get(component.name, ()), *self._mentioned.get(_ANY_NAME, ())]
        highest = self._found(component, versions, sorted(mentioned), depth=1)
        return highest or self._found(component, versions, self._versions, depth=None)

    def known(self) -> list[str]:
        """Every component that was seen, for near names."""
        return sorted({str(component) for entries in self._read.values() for component in entries})

    def _found(
        self, component: ComponentId, versions: VersionRange, packages: Iterable[str], *, depth: int | None
    ) -> dict[str, tuple[str, ComponentEntry]]:
        found = {}
        for name in packages:
            candidates = self._versions[name]
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


def _names_in(bundle: bytes) -> set[str]:
    # A sieve and no reader: what it lets through is read under all rules. What it cannot tell, it lets through.
    try:
        manifest = read_archive(bundle, where="bundle").read(MANIFEST_FILE)
    except (IceError, KeyError):
        return {_ANY_NAME}
    return {_ANY_NAME} if b"\\u" in manifest else {name.decode("ascii") for name in _NAME.findall(manifest)}


def _needed_nodes(entry: ComponentEntry) -> Iterator[tuple[ComponentId, VersionRange]]:
    if entry.blueprint is not None:
        for node in parse_blueprint(entry.blueprint, where=f"the blueprint of `{entry.id}`").nodes:
            yield node_component_id(node), VersionRange.parse(node.version or "")


def _unknown(component: ComponentId, versions: VersionRange, shelf: _Shelf, reason: _Reason) -> IceError:
    known = shelf.known()
    near = difflib.get_close_matches(str(component), known, n=3)
    return IceError(
        "plugin-unknown",
        f"no package of the index holds `{component}`{f' {versions.text}' if versions.text else ''}",
        where=reason.where,
        expected=f"`{component}` in {versions}",
        detail=("Components of the index:", *(f"  {each}" for each in known)) if known else (),
        note=f"{reason.words}Nothing was locked.",
        hints=(
            *(f"`{each}` is there; did you mean that?" for each in near),
            "To publish it there, run `ice publish --manifest plugins.json --index INDEX` in its project",
        ),
        details={"component": str(component), "known": list(known)},
    )


def _conflict(component: ComponentId, packages: list[str], reason: _Reason) -> IceError:
    return IceError(
        "component-conflict",
        f"`{component}` is in {' and in '.join(f'`{name}`' for name in packages)}",
        where=reason.where,
        expected="one package that holds it",
        found=", ".join(packages),
        note=f"{reason.words}The index does not say whose it is. Nothing was locked.",
        hints=tuple(f"To choose, run `ice lock {name}`, without `--blueprint`" for name in packages),
        details={"component": str(component), "packages": [*packages]},
    )
