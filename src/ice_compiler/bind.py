"""Names to components, without importing any: as the lock pins them, or the highest release where no lock says.

Every component that a plan may call is bound here once, so that one plan never holds two versions of one component or
of one distribution. What an agent is permitted to call is bound with it.
"""

import shlex
from collections.abc import Iterable

from ice_compiler.findings import near
from ice_core.errors import Finding, IceError
from ice_core.models.lock import LOCK_NAME, Lock, LockedComponent, LockedPlugin, LockedWheel
from ice_core.names import ComponentId, VersionRange
from ice_core.registered import RegisteredComponent
from ice_core.signing import WheelPin
from ice_core.unified_registry import Registry


class Binder:
    """The components of one plan.

    Args:
        registry: Where components are looked up.
        lock: What pins them, if there is a lock.
        locked: Whether a component that the lock does not pin is refused.
        blueprint: The name of the blueprint's file, for commands to paste.
    """

    def __init__(self, registry: Registry, *, lock: Lock | None, locked: bool, blueprint: str) -> None:
        self.registry = registry
        self.lock_command = f"ice lock --blueprint {shlex.quote(blueprint)}"
        self.install_hint = f"To install a package that lists it, run `{self.lock_command}` and `ice install`"
        self.lock = lock
        self.locked = locked
        self.bound: dict[ComponentId, RegisteredComponent] = {}
        self._of_distribution: dict[str, RegisteredComponent] = {}
        self.unlocked: set[ComponentId] = set()

    def bind(self, component: ComponentId, ranges: Iterable[str] = ()) -> RegisteredComponent:
        """The component in the version that the plan uses.

        Args:
            component: What is called.
            ranges: Every range of versions that someone asked for.

        Raises:
            IceError: `component-unknown`, `component-version-unknown`, `component-version-conflict`, `lock-stale` or
                `lock-hash-mismatch`.
        """
        asked = sorted({text for text in ranges if text})
        bound = self.bound.get(component)
        if bound is not None:
            _refuse_conflict(bound, asked)
            return bound
        plugin = self.lock.plugin_with(str(component)) if self.lock is not None else None
        found = self._of_lock(component, plugin, asked) if plugin is not None else self._free(component, asked)
        self._refuse_second_package(found)
        self.bound[component] = found
        return found

    def _free(self, component: ComponentId, asked: list[str]) -> RegisteredComponent:
        if self.lock is not None:
            if self.locked and self.registry.listed_targets(component):
                mend = f"To lock what this blueprint needs, run `{self.lock_command}`"
                raise _stale(component, "not in the lock", asked, mend=mend)
            self.unlocked.add(component)
        versions = VersionRange.parse(",".join(asked)) if asked else None
        try:
            return self.registry.resolve(component.node_type, component.name, versions=versions)
        except IceError as error:
            if error.slug == "component-unknown":
                raise self._unknown(component, error) from error
            if error.slug != "component-version-unknown" or len(asked) < 2:
                raise
            raise _conflict(component, " and ".join(asked), error.finding.found or "none") from error

    def _unknown(self, component: ComponentId, error: IceError) -> IceError:
        # The registry knows no blueprint; here the command that finds what lists it can be named whole.
        raised = error.finding
        same_type = [other.name for other in self.registry.listed_ids() if other.node_type == component.node_type]
        return IceError(
            raised.slug,
            raised.message,
            detail=raised.detail,
            hints=(
                *(
                    f"`{component.node_type}:{name}` is listed; did you mean that?"
                    for name in near(component.name, same_type)
                ),
                self.install_hint,
            ),
            details=raised.details,
        )

    def _of_lock(self, component: ComponentId, plugin: LockedPlugin, asked: list[str]) -> RegisteredComponent:
        pinned = plugin.components[str(component)]
        try:
            found = self.registry.get(component.node_type, component.name, version=pinned.version)
        except IceError as error:
            # What is there and refused is told as itself.
            if error.slug not in ("component-unknown", "component-version-unknown"):
                raise
            raise _not_installed(component, plugin, error) from error
        if any(found.version not in VersionRange.parse(text) for text in asked):
            mend = f"To move this component only, run `ice lock --upgrade {component}`"
            raise _stale(component, f"{component} {pinned.version}", asked, mend=mend)
        providers = self.registry.providers(component, pinned.version) or (found,)
        same = [item for item in providers if item.digest == pinned.digest and _is_of(item, plugin)]
        if not same:
            raise _changed(component, plugin, found)
        return same[0]

    def _refuse_second_package(self, found: RegisteredComponent) -> None:
        package = found.manifest.package if found.manifest is not None else None
        name = found.distribution
        if package is None or name is None:
            return
        # All that is bound of a distribution is of one version, so the first speaks for the others.
        other = self._of_distribution.setdefault(name, found)
        rival = other.manifest.package if other.manifest is not None else None
        if rival is not None and rival.version != package.version:
            raise IceError(
                "component-version-conflict",
                f"`{found.id}` and `{other.id}` come from two versions of `{package.name}`",
                expected=f"one version of `{package.name}`",
                found=f"{found.id} from {package.version}, {other.id} from {rival.version}",
                hints=(f"To have one version of all, run `ice lock {package.name}`",),
            )


def _is_of(item: RegisteredComponent, plugin: LockedPlugin) -> bool:
    # The wheels too: of an unsigned manifest they are what anyone put beside it, and only the lock vouches for them.
    manifest = item.manifest
    return (
        manifest is not None
        and manifest.digest == plugin.manifest_digest
        and (not manifest.wheels or _wheels(manifest.wheels) == _wheels(plugin.wheels))
    )


def _wheels(wheels: Iterable[WheelPin | LockedWheel]) -> str:
    return "\n".join(sorted(f"{wheel.filename} {wheel.digest}" for wheel in wheels))


def _refuse_conflict(bound: RegisteredComponent, asked: list[str]) -> None:
    outside = [text for text in asked if bound.version not in VersionRange.parse(text)]
    if outside:
        raise _conflict(bound.id, outside[0], f"{bound.version}, which the plan uses elsewhere")


def _conflict(component: ComponentId, expected: str, found: str) -> IceError:
    return IceError(
        "component-version-conflict",
        f"no one version of `{component}` is in every range that was asked for",
        expected=expected,
        found=found,
        hints=("Say the same `version` wherever the component is used",),
    )


def _stale(component: ComponentId, pinned: str, asked: list[str], *, mend: str) -> IceError:
    needs = " ".join([str(component), *asked])
    return IceError(
        "lock-stale",
        f"`{LOCK_NAME}` does not answer what this blueprint needs: `{component}`",
        expected=needs,
        found=pinned,
        hints=(mend, "To update the whole lock, run `ice lock`"),
    )


def _not_installed(component: ComponentId, plugin: LockedPlugin, error: IceError) -> IceError:
    raised: Finding = error.finding
    return IceError(
        raised.slug,
        f"`{component}` is locked to {plugin.components[str(component)].version}, which is not installed",
        expected=f"{component} {plugin.components[str(component)].version} of {plugin.name} {plugin.version}",
        found=raised.found or raised.message,
        hints=("To install what the lock pins, run `ice install`",),
    )


def _changed(component: ComponentId, plugin: LockedPlugin, found: RegisteredComponent) -> IceError:
    pinned = plugin.components[str(component)]
    expected, present = _differing(pinned, plugin, found)
    return IceError(
        "lock-hash-mismatch",
        f"`{component}` {pinned.version} is not the one that was locked",
        expected=expected,
        found=present,
        note=f"It comes from {found.origin}; the lock pins it with {plugin.name} {plugin.version}.",
        hints=(
            "A published version never changes, so ask the index's owner why this one did",
            "To install what the lock pins, run `ice install`",
        ),
    )


def _differing(pinned: LockedComponent, plugin: LockedPlugin, found: RegisteredComponent) -> tuple[str, str]:
    manifest = found.manifest
    if found.digest != pinned.digest:
        return str(pinned.digest), str(found.digest)
    if manifest is None:
        return f"manifest {plugin.manifest_digest}", "no manifest"
    if manifest.digest != plugin.manifest_digest:
        return f"manifest {plugin.manifest_digest}", f"manifest {manifest.digest}"
    return _wheels(plugin.wheels), _wheels(manifest.wheels)
