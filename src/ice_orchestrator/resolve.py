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
from collections.abc import Callable, Collection
from types import ModuleType
from typing import Final

from ice_core.dynamic import announced, is_among
from ice_core.errors import IceError, Location
from ice_core.models.plan import PlannedComponent, PlannedPackage
from ice_core.names import ComponentId, ImportTarget
from ice_core.registered import RegisteredComponent
from ice_core.unified_registry import Registry
from ice_core.wheels import PluginWheel
from ice_orchestrator.code_cache import CodePack
from ice_orchestrator.foreign import Captured, described, raised_at, refused_by_iceos, traceback_lines
from ice_orchestrator.package_wheels import VerifiedWheels, package_name, wheel_required
from ice_orchestrator.permission_guard import guarded
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
    planned: PlannedComponent,
    registry: Registry,
    *,
    no_dynamic: bool,
    wheels: VerifiedWheels,
    package: PlannedPackage | None = None,
) -> Declared:
    """The planned component, imported.

    Args:
        planned: From the plan.
        registry: What `load_plugins` gave.
        no_dynamic: Whether code comes from verified wheels only.
        wheels: Those of the registry's home.
        package: The plan's package of the component.

    Raises:
        IceError: A slug of the steps above; `component-import-failed` when the module raises.
    """
    # 1. The same component.
    registered = planned_registration(planned, registry, package=package)
    # 2. and 3. Its package, and its module.
    wheel = component_wheel(registered, wheels, no_dynamic=no_dynamic)
    if wheel is None:
        warn_unverified(registered)
    return imported_component(registered, wheel, no_dynamic=no_dynamic, listed=registry.listed_targets, wheels=wheels)


def component_wheel(registered: RegisteredComponent, wheels: VerifiedWheels, *, no_dynamic: bool) -> PluginWheel | None:
    """The verified wheel of a component; None where its code comes from the import path. Imports nothing.

    Raises:
        IceError: `wheel-missing` under `no_dynamic`, or what `VerifiedWheels.of` refuses.
    """
    if registered.manifest is not None and registered.manifest.wheels:
        return wheels.of(registered.manifest)
    if no_dynamic:
        raise wheel_required(registered)
    return None


def imported_component(
    registered: RegisteredComponent,
    wheel: PluginWheel | None,
    *,
    no_dynamic: bool,
    listed: Callable[[ComponentId], Collection[ImportTarget]],
    wheels: VerifiedWheels | None = None,
    origin: str | None = None,
) -> Declared:
    """Steps 3 to 6: the component's object, imported from this wheel, or from the import path.

    Args:
        registered: What is to be imported.
        wheel: Its verified wheel.
        no_dynamic: Whether what no manifest lists, and what it does not declare, is refused.
        listed: The import targets under which manifests list a component.
        wheels: Where its wheel is from, and what is kept between processes; None: it came from another process, and
            nothing is kept.
        origin: Where the manifest is, in words, if `registered` does not know it; None: nothing but code says it.

    Raises:
        IceError: A slug of those steps.
    """
    target = registered.target
    # 3. Its module.
    module = (
        _from_wheel(registered, wheel, wheels=wheels, enforce=no_dynamic)
        if wheel is not None
        else _imported(registered, enforce=False)
    )
    # 4. Nothing came along that no manifest lists.
    if no_dynamic:
        _refuse_unlisted(target, listed)
    # 5. The declared object.
    declared = _declared(registered, module)
    # 6. Of the signed shape. An entry that the code itself announced is what the code says.
    said = registered.origin if registered.manifest is not None else origin
    if said is not None:
        schemas = {"input_schema": registered.input_schema(), "output_schema": registered.output_schema()}
        check_shape(declared, **schemas, origin=said)
        if wheel is not None:
            check_settings(declared, registered)
    # Not before: what is refused leaves nothing behind.
    if wheels is not None and wheel is not None:
        wheels.keep_verdict(wheel)
        flush(wheel)
    return declared


def _is_from(registered: RegisteredComponent, package: PlannedPackage | None) -> bool:
    manifest = registered.manifest
    return manifest is not None and package is not None and str(manifest.digest) == package.manifest_digest


def _from_wheel(
    registered: RegisteredComponent, wheel: PluginWheel, *, wheels: VerifiedWheels | None, enforce: bool
) -> ModuleType:
    target = registered.target
    install(wheel, pack=CodePack(wheels.cache, wheel.digest.hex) if wheels is not None else None)
    module = _imported(registered, enforce=enforce)
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


def warn_unverified(registered: RegisteredComponent) -> None:
    """Warns of code from the import path, once for each package."""
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
    refused = refused_by_iceos(error)
    if refused is not None:
        raise refused from (None if refused is error else error)
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


def _declared(registered: RegisteredComponent, module: ModuleType) -> Declared:
    target, component = registered.target, str(registered.id)
    if target.attribute not in vars(module):
        names = [declared.target.attribute for declared in all_declared() if declared.target.module == target.module]
        raise IceError(
            "import-target-missing",
            f"`{target.module}` defines no `{target.attribute}`",
            where=Location(str(target)),
            expected=f"`{target.attribute}`, the object of `{component}`",
            found=", ".join(names) or "no component",
            hints=("To write the manifest anew, run `ice plugins export --output plugins.json`",),
        )
    declared = declared_of(vars(module)[target.attribute])
    if declared is not None and declared.id == registered.id:
        return declared
    found = "an object that no decorator declared" if declared is None else f"`{declared.id}`"
    raise IceError(
        "component-not-declared",
        f"`{target}` is not the component `{component}`",
        where=Location(str(target)),
        expected=f'an object under `@{registered.id.node_type}(name="{registered.id.name}")`',
        found=found,
        note="Only an object that its author declared as a component is called.",
        hints=("To write the manifest anew, run `ice plugins export --output plugins.json`",),
    )


def _refuse_unlisted(target: ImportTarget, listed: Callable[[ComponentId], Collection[ImportTarget]]) -> None:
    # The decorator raised when it ran; this catches a module that swallowed the refusal.
    for declared in all_declared():
        same_package = declared.target.top_level == target.top_level
        if same_package and not is_among(declared.target, listed(declared.id)):
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
