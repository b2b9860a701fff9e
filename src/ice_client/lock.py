"""5 LOCK: requirements and an index become the bytes of a `pylock.iceos.toml`.

Every bundle that the requirements can lead to is opened; uv resolves over their wheels (`resolution`); what it chose is
verified with the key-store and pinned (`pinning`); the result is written anew (`lock_text`).
"""

import difflib
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ice_client.index import BundleIndex
from ice_client.lock_text import LockHeader, lock_bytes
from ice_client.locked_bundles import OpenBundle, open_bundle
from ice_client.pinning import pin_plugins
from ice_client.resolution import OWN_NAME, PYTHON_VERSION, OfferedWheel, resolve
from ice_core.errors import IceError, Location
from ice_core.key_store import KeyStore
from ice_core.models.lock import LOCK_NAME, Lock, LockedPlugin, read_lock

REQUIRES_PYTHON: Final = f">={PYTHON_VERSION}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Keeping:
    """An old lock whose versions are kept where they still fit, but those of `upgrade` (packages or components)."""

    lock: bytes
    upgrade: tuple[str, ...] = ()


def make_lock(
    requirements: Sequence[str],
    index: BundleIndex,
    *,
    keys: KeyStore,
    now: datetime,
    old: bytes | None = None,
    keeping: Keeping | None = None,
    environ: Mapping[str, str] | None = None,
) -> bytes:
    """The lock that answers these requirements; the same answer gives the same bytes.

    Args:
        requirements: Plugin packages with ranges of versions (PEP 508).
        index: Where their bundles are.
        keys: Whom to trust.
        now: When a bundle that the old lock does not know is first seen.
        old: The lock so far, for first-seen times and acknowledged risks.
        keeping: The lock so far, when its versions are to be kept too.
        environ: The environment that uv reads its configuration from; by default this process's.

    Raises:
        IceError: `requirement-invalid`, `plugin-unknown`, `resolution-failed`, `dependency-not-portable`,
            `lock-shadowed`, `component-conflict`, `extra-missing`, `lock-invalid`, or what the checks of a bundle
            refuse.
    """
    asked = _normalised(requirements)
    kept = keeping.lock if keeping is not None else None
    earlier = old if old is not None else kept
    before = read_lock(earlier, where=LOCK_NAME) if earlier is not None else None
    upgrade = [_package_of(text, before) for text in keeping.upgrade] if keeping is not None else []
    # 1 Every bundle that the requirements can lead to.
    bundles = _reachable(asked, index)
    # 2 Which of them, and which other packages.
    offered = [wheel for bundle in bundles.values() for wheel in _offered(bundle)]
    packages = resolve([str(each) for each in asked], offered, keep=kept, upgrade=upgrade, environ=environ)
    # 3 Each that was chosen is verified, and pinned.
    plugins = pin_plugins(packages, bundles, keys=keys, now=now, before=before)
    header = LockHeader(
        requirements=tuple(str(each) for each in asked),
        marketplace=index.identity,
        acknowledged_risks=before.acknowledged_risks if before is not None else (),
    )
    data = lock_bytes(header, packages, plugins, requires_python=REQUIRES_PYTHON)
    read_lock(data, where=LOCK_NAME)
    return data


def check_lock(
    lock: bytes,
    requirements: Sequence[str] | None,
    index: BundleIndex,
    *,
    keys: KeyStore,
    now: datetime,
    where: str = LOCK_NAME,
    environ: Mapping[str, str] | None = None,
) -> None:
    """Returns if the lock is what `make_lock` would write, keeping its versions where they still fit.

    Args:
        lock: The lock's bytes.
        requirements: What it should answer; by default what it says that it answers.
        index: Where the bundles are.
        keys: Whom to trust.
        now: The time.
        where: The lock's origin, for messages.
        environ: The environment that uv reads its configuration from; by default this process's.

    Raises:
        IceError: `lock-stale` with each difference in its detail, or what `make_lock` raises.
    """
    held = read_lock(lock, where=where)
    asked = held.requirements if requirements is None else requirements
    data = make_lock(asked, index, keys=keys, now=now, keeping=Keeping(lock=lock), environ=environ)
    if data == lock:
        return
    differences = lock_differences(held, read_lock(data, where=where))
    raise IceError(
        "lock-stale",
        f"`{where}` is not what the index, the keys and the requirements give now",
        where=Location(where),
        detail=differences or ("The file was edited, or written by another version of iceos.",),
        note="A component's digest changes with each word of its entry: its description, its schema, its cost.",
        hints=(
            "To move one package or component only, run `ice lock --upgrade NAME`",
            "To update the whole lock, run `ice lock`",
        ),
        details={"differences": list(differences)},
    )


def lock_differences(old: Lock, new: Lock) -> tuple[str, ...]:
    """What a person should know of two locks' plugins: one line for each that came, went or changed."""
    lines = []
    if old.requirements != new.requirements:
        lines.append(f"requirements: {', '.join(old.requirements)} -> {', '.join(new.requirements)}")
    for name in sorted({plugin.name for plugin in (*old.plugins, *new.plugins)}):
        before, after = old.plugin(name), new.plugin(name)
        if before is None or after is None:
            plugin = before or after
            lines.append(f"{'+' if before is None else '-'} {name} {plugin.version if plugin else ''}".rstrip())
            continue
        if before.version != after.version:
            lines.append(f"~ {name} {before.version} -> {after.version}")
        if before.signer != after.signer:
            lines.append(f"~ {name} signed by {before.signer} -> {after.signer}")
        lines += _component_differences(before, after)
    return tuple(lines)


def _component_differences(before: LockedPlugin, after: LockedPlugin) -> list[str]:
    lines = []
    for name in sorted(before.components.keys() | after.components.keys()):
        old, new = before.components.get(name), after.components.get(name)
        if old is not None and new is not None and old.digest != new.digest:
            lines += [f"~ {name} {old.version} -> {new.version}", f"    {old.digest}", f"    {new.digest}"]
        elif old is None or new is None:
            lines.append(f"{'+' if old is None else '-'} {name}")
    return lines


def _normalised(requirements: Sequence[str]) -> list[Requirement]:
    parsed = {}
    for text in requirements:
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            raise _invalid(text, str(error).partition("\n")[0]) from error
        if requirement.url is not None:
            raise _invalid(text, "a URL")
        requirement.name = canonicalize_name(requirement.name)
        parsed[str(requirement)] = requirement
    return [parsed[text] for text in sorted(parsed)]


def _invalid(text: str, found: str) -> IceError:
    return IceError(
        "requirement-invalid",
        f"`{text}` is not a requirement of a plugin",
        expected="a package's name with a range of versions, as in acme-csv>=1.2,<2 (PEP 508)",
        found=found,
        hints=("Write the name alone for its highest version, as in `ice lock acme-csv`",),
    )


def _package_of(text: str, before: Lock | None) -> str:
    if before is None:
        return canonicalize_name(text)
    plugin = before.plugin_with(text)
    if plugin is not None:
        return plugin.name
    packages = {*(each.name for each in before.plugins), *(each.name for each in before.dependencies)}
    name = canonicalize_name(text)
    if name in packages:
        return name
    components = {component for each in before.plugins for component in each.components}
    known = sorted(components if ":" in text else packages)
    raise IceError(
        "plugin-unknown",
        f"the lock pins no `{text}`, so there is nothing to upgrade",
        where=Location(LOCK_NAME),
        detail=("Pinned:", *(f"  {each}" for each in known)) if known else (),
        note="Nothing was locked.",
        hints=(
            *(f"`{each}` is pinned; did you mean that?" for each in difflib.get_close_matches(text, known, n=3)),
            "To update the whole lock, run `ice lock`",
        ),
        details={"name": text, "known": [*known]},
    )


def _reachable(requirements: Sequence[Requirement], index: BundleIndex) -> dict[tuple[str, str], OpenBundle]:
    packages = index.packages()
    known = tuple(packages)
    bundles: dict[tuple[str, str], OpenBundle] = {}
    waiting = deque(requirement.name for requirement in requirements)
    for name in waiting:
        if name not in packages:
            raise _unknown(name, known)
    seen: set[str] = set()
    while waiting:
        name = waiting.popleft()
        if name in seen or name not in packages or name == OWN_NAME:
            continue
        seen.add(name)
        for version in packages[name]:
            bundle = open_bundle(index, name, version)
            bundles[name, version] = bundle
            waiting.extend(required for wheel in _offered(bundle) for required in sorted(wheel.requires))
    return bundles


def _unknown(name: str, known: Collection[str]) -> IceError:
    near = difflib.get_close_matches(name, known, n=3)
    return IceError(
        "plugin-unknown",
        f"the index has no bundle of `{name}`",
        detail=("Packages of the index:", *(f"  {each}" for each in known)) if known else (),
        note="Plugins are never taken from a package index. Nothing was locked.",
        hints=(
            *(f"`{each}` is there; did you mean that?" for each in near),
            "To publish it there, run `ice publish --manifest plugins.json --index INDEX` in its project",
        ),
        details={"package": name, "known": list(known)},
    )


def _offered(bundle: OpenBundle) -> list[OfferedWheel]:
    return [
        OfferedWheel(
            name=wheel.name,
            filename=wheel.filename,
            data=bundle.wheel_data[wheel.filename],
            requires=frozenset(canonicalize_name(Requirement(each).name) for each in wheel.requires_dist),
        )
        for wheel in bundle.bundle.wheels
    ]
