"""The one place that imports component code: from a planned component to the very object that its author declared.

The steps, in this order; nothing is imported before the last three:
 1. the registry still has the component, with the digest that the plan pins;
 2. its package is verified: wheel-backed always, and under `--no-dynamic` there is nothing else;
 3. a finder over the verified bytes is installed, and the module imported through it;
 4. the module came from those bytes, and registered nothing that no manifest lists;
 5. the attribute is the object that was declared, under this very type and name;
 6. it has the shape that the signed entry describes, and its decorator says what that entry says.
"""

import importlib
import threading
import warnings
from types import ModuleType
from typing import Final

from ice_core.dynamic import announced, is_among
from ice_core.errors import IceError, Location
from ice_core.home import Home
from ice_core.machine_cache import MachineCache
from ice_core.models.plan import PlannedComponent, PlannedPackage
from ice_core.names import ComponentId, ImportTarget
from ice_core.registered import RegisteredComponent
from ice_core.trust import VerifiedManifest
from ice_core.unified_registry import Registry
from ice_core.wheel_verdicts import WheelVerdicts
from ice_orchestrator.code_cache import CodePack
from ice_orchestrator.foreign import Captured, described, raised_at, traceback_lines
from ice_orchestrator.locked_environment import refused_import
from ice_orchestrator.package_wheels import package_name, verified_wheel
from ice_orchestrator.permission_guard import guarded, refusal_in
from ice_orchestrator.signed_shape import check_settings, check_shape
from ice_orchestrator.verified_import import flush, install, wheel_of
from ice_sdk.declared import Declared, all_declared, declared_of

_WARNED: Final[set[str]] = set()
_LOCK: Final = threading.Lock()


class UnverifiedCodeWarning(UserWarning):
    """A component's code was imported from the import path, where nothing vouches for it."""


def planned_registration(
    planned: PlannedComponent, registry: Registry, *, package: PlannedPackage | None = None
) -> RegisteredComponent:
    """What the registry has for a planned component, if it is still the one that was compiled. Imports nothing.

    Args:
        planned: From the plan.
        registry: What `load_plugins` gave.
        package: The plan's package of the component; its manifest is preferred where several list the component.

    Raises:
        IceError: `component-unknown`, `component-version-unknown` or `component-changed`.
    """
    wanted = ComponentId.parse(planned.id)
    found = registry.get(wanted.node_type, wanted.name, version=planned.version)
    providers = registry.providers(wanted, planned.version) or (found,)
    same = [each for each in providers if str(each.digest) == planned.digest]
    if same:
        return next((each for each in same if _is_from(each, package)), same[0])
    raise IceError(
        "component-changed",
        f"`{planned.id}` {planned.version} is not the one that the plan was compiled with",
        where=Location(found.origin),
        expected=planned.digest,
        found=str(found.digest),
        note="No node was run.",
        hints=(
            "To compile the blueprint against what is here now, run `ice compile BLUEPRINT`",
            "To bring back what was locked, run `ice install`",
        ),
        details={"component": planned.id, "version": planned.version},
    )


def resolve(
    planned: PlannedComponent, registry: Registry, *, no_dynamic: bool, package: PlannedPackage | None = None
) -> Declared:
    """The planned component, imported.

    Args:
        planned: From the plan.
        registry: What `load_plugins` gave.
        no_dynamic: Whether code comes from verified wheels only.
        package: The plan's package of the component.

    Raises:
        IceError: A slug of the steps above; `component-import-failed` when the module raises.
    """
    # 1. The same component.
    registered = planned_registration(planned, registry, package=package)
    target = registered.target
    # 2. and 3. Its package, and its module.
    if registered.manifest is not None and registered.manifest.wheels:
        module = _from_wheel(registered, registered.manifest, home=registry.home, no_dynamic=no_dynamic)
    elif no_dynamic:
        raise wheel_required(registered)
    else:
        module = _from_import_path(registered)
    # 4. Nothing came along that no manifest lists.
    if no_dynamic:
        _refuse_unlisted(target, registry)
    # 5. The declared object.
    declared = _declared(planned, target, module)
    # 6. Of the signed shape. An entry that the code itself announced is what the code says.
    if registered.manifest is not None:
        check_shape(
            declared,
            input_schema=registered.input_schema(),
            output_schema=registered.output_schema(),
            origin=registered.origin,
        )
        if registered.manifest.wheels:
            check_settings(declared, registered)
    # Not before: what is refused leaves nothing behind.
    wheel = wheel_of(module)
    if wheel is not None:
        if not wheel.is_known:
            WheelVerdicts.open(registry.home).keep(wheel)
        flush(wheel)
    return declared


def _is_from(registered: RegisteredComponent, package: PlannedPackage | None) -> bool:
    manifest = registered.manifest
    return manifest is not None and package is not None and str(manifest.digest) == package.manifest_digest


def _from_wheel(
    registered: RegisteredComponent, manifest: VerifiedManifest, *, home: Home, no_dynamic: bool
) -> ModuleType:
    cache, target = MachineCache.open(home), registered.target
    wheel = verified_wheel(manifest, home=home, cache=cache)
    install(wheel, pack=CodePack(cache, wheel.digest.hex))
    module = _imported(registered, enforce=no_dynamic)
    served = wheel_of(module)
    if served is None or served.digest != wheel.digest:
        raise IceError(
            "module-name-taken",
            f"`{target.module}` is a module already, from elsewhere",
            where=Location(wheel.filename),
            expected=f"`{target.module}` from {wheel.digest}",
            found=getattr(module, "__file__", None) or repr(module),
            hints=(f"See what puts `{target.module}` into `sys.modules`",),
        )
    return module


def _from_import_path(registered: RegisteredComponent) -> ModuleType:
    package = package_name(registered.manifest) if registered.manifest is not None else registered.target.top_level
    with _LOCK:
        first = package not in _WARNED
        _WARNED.add(package)
    if first:
        # The reader's place is what lists the component; this line is nobody's to mend.
        warnings.warn_explicit(
            f"WARN unverified code: `{registered.id}` of `{package}` is imported from the import path, and nothing "
            "vouches for it\nnote: It runs for now; under `--no-dynamic` it is refused.\nhint: To sign and install it, "
            "run `ice publish --manifest plugins.json`, `ice lock` and `ice install`",
            UnverifiedCodeWarning,
            *_place(registered),
        )
    return _imported(registered, enforce=False)


def _place(registered: RegisteredComponent) -> tuple[str, int]:
    declared = [each for each in announced() if each.component == registered.id]
    if registered.manifest is not None or not declared:
        return registered.origin, 1
    return declared[-1].file, declared[-1].line


def _imported(registered: RegisteredComponent, *, enforce: bool) -> ModuleType:
    target, permissions = registered.target, registered.entry.permissions
    with Captured() as captured, guarded(str(registered.id), permissions, enforce=enforce, origin=registered.origin):
        return importlib.import_module(target.module)
    error = captured.error
    if (refusal := refusal_in(error)) is not None:
        raise refusal
    if isinstance(error, IceError):
        raise error
    refused = refused_import(error)
    if refused is not None:
        raise refused from error
    # A part of the target's own path is missing; anything else is the module's own failure.
    if isinstance(error, ModuleNotFoundError) and f"{target.module}.".startswith(f"{error.name}."):
        raise IceError(
            "import-target-missing",
            f"`{target.module}` is not a module that can be found",
            where=Location(str(target)),
            expected=f"a module `{target.module}`",
            found=str(error),
            hints=(
                "To install what was signed, run `ice lock` and `ice install`",
                f"To run `{target.top_level}` from its source tree, run `uv pip install --editable PROJECT`",
            ),
        ) from error
    raise IceError(
        "component-import-failed",
        f"`{target.module}` could not be imported",
        where=raised_at(error, target.top_level) or Location(str(target)),
        found=described(error),
        detail=traceback_lines(error, target.top_level),
        note="The component was not called.",
        hints=("Install what it depends on, or mend the module",),
    ) from error


def _declared(planned: PlannedComponent, target: ImportTarget, module: ModuleType) -> Declared:
    if target.attribute not in vars(module):
        names = [declared.target.attribute for declared in all_declared() if declared.target.module == target.module]
        raise IceError(
            "import-target-missing",
            f"`{target.module}` defines no `{target.attribute}`",
            where=Location(str(target)),
            expected=f"`{target.attribute}`, the object of `{planned.id}`",
            found=", ".join(names) or "no component",
            hints=("To write the manifest anew, run `ice plugins export --output plugins.json`",),
        )
    declared = declared_of(vars(module)[target.attribute])
    if declared is not None and str(declared.id) == planned.id:
        return declared
    found = "an object that no decorator declared" if declared is None else f"`{declared.id}`"
    node_type, _, name = planned.id.partition(":")
    raise IceError(
        "component-not-declared",
        f"`{target}` is not the component `{planned.id}`",
        where=Location(str(target)),
        expected=f'an object under `@{node_type}(name="{name}")`',
        found=found,
        note="Only an object that its author declared as a component is called.",
        hints=("To write the manifest anew, run `ice plugins export --output plugins.json`",),
    )


def _refuse_unlisted(target: ImportTarget, registry: Registry) -> None:
    # The decorator raised when it ran; this catches a module that swallowed the refusal.
    for declared in all_declared():
        same_package = declared.target.top_level == target.top_level
        if same_package and not is_among(declared.target, registry.listed_targets(declared.id)):
            raise IceError(
                "component-not-in-manifest",
                f"`{declared.id}` was registered by code, and no manifest lists it",
                where=declared.where,
                note="`--no-dynamic` runs only what a verified manifest lists. The node was not run.",
                hints=(
                    "To list it, run `ice plugins export --output plugins.json` in the project that holds "
                    f"`{target.top_level}`",
                ),
                details={"component": str(declared.id), "import": str(declared.target)},
            )


def wheel_required(registered: RegisteredComponent) -> IceError:
    """The refusal of a component whose code nothing vouches for, under `--no-dynamic`."""
    return IceError(
        "wheel-missing",
        f"`{registered.id}` has no wheel that was signed with its manifest, and `--no-dynamic` was given",
        where=Location(registered.origin),
        expected="a signed bundle: manifest and wheel",
        found="a manifest alone" if registered.manifest is not None else "code that registered itself",
        note="A manifest without a wheel is metadata and never authorises an import. Nothing was imported.",
        hints=("To sign wheel and manifest together, run `ice publish --manifest plugins.json`",),
    )
