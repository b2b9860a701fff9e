"""What must hold before node one: the plan's lock, components and packages are those that are here. Imports nothing."""

from ice_core.canonical import Digest
from ice_core.errors import Finding, IceError, Location
from ice_core.models.lock import Lock
from ice_core.models.plan import Plan, PlannedComponent, PlannedPackage, unit_cost
from ice_core.registered import RegisteredComponent
from ice_core.strict_json import printable
from ice_core.unified_registry import Registry
from ice_core.verified_manifest import VerifiedManifest
from ice_orchestrator.package_wheels import VerifiedWheels, package_name, wheel_required
from ice_orchestrator.planned_manifests import PlannedManifests
from ice_orchestrator.resolve import planned_registration


def check_plan(
    plan: Plan, registry: Registry, *, no_dynamic: bool, wheels: VerifiedWheels, lock: Lock | None = None
) -> None:
    """Returns if the plan can run with what the registry holds; everything that is wrong is told at once.

    Args:
        plan: What is to run.
        registry: What `load_plugins` gave.
        no_dynamic: Whether every package of the plan must be verified, its wheel included.
        wheels: Those of the registry's home; what is verified here need not be verified again.
        lock: The lock that must be the plan's; only a lock's own pins let an unsigned package run strictly.

    Raises:
        IceError: `plan-lock-mismatch`, `component-unknown`, `component-version-unknown`, `component-changed`,
            `plan-altered`; under `--no-dynamic` also `package-changed`, `manifest-unsigned`, `wheel-missing`,
            `wheel-incompatible`, `wheel-digest-mismatch`, or what the wheel gate refuses.
    """
    # 1. The lock.
    check_lock(plan, lock)
    findings: list[Finding] = []
    # 2. Each component, with the digest that was compiled, and described as its manifest describes it.
    for component in plan.components.values():
        try:
            check_component(component, plan, registry, no_dynamic=no_dynamic)
        except IceError as error:
            findings.append(error.finding)
    # 3. Under `--no-dynamic` each package: signed, and the bytes of its wheel right.
    manifests = PlannedManifests(plan, registry)
    for package in plan.packages.values() if no_dynamic else ():
        try:
            check_package(package, manifests, wheels, lock=lock)
        except IceError as error:
            findings.append(error.finding)
    if findings:
        raise IceError.of(findings)


def check_lock(plan: Plan, lock: Lock | None) -> None:
    """Refuses with `plan-lock-mismatch` a plan that was compiled with another lock than this."""
    if lock is not None and plan.lock_digest != str(lock.digest):
        raise _lock_mismatch(plan, lock.digest)


def check_component(component: PlannedComponent, plan: Plan, registry: Registry, *, no_dynamic: bool) -> None:
    """Returns if the registry has this component of the plan, as the plan describes it.

    Raises:
        IceError: `component-unknown`, `component-version-unknown`, `component-changed`, `plan-altered`; under
            `--no-dynamic` also `package-changed`, `manifest-unsigned` or `wheel-missing`.
    """
    package = plan.packages.get(component.package) if component.package is not None else None
    registered = planned_registration(component, registry, package=package)
    _check_description(component, registered)
    if no_dynamic:
        _check_vouched(component, registered, package)


def _check_description(component: PlannedComponent, registered: RegisteredComponent) -> None:
    # A plan is a file that anyone could have written: the digest alone does not bind what stands beside it.
    pairs: dict[str, tuple[object, object]] = {
        "import_target": (component.import_target, str(registered.target)),
        "input_schema": (component.input_schema, registered.input_schema()),
        "output_schema": (component.output_schema, registered.output_schema()),
        "permissions": (component.permissions, registered.entry.permissions),
        "cost": (component.cost, unit_cost(registered.entry)),
    }
    altered = [name for name, (planned, declared) in pairs.items() if planned != declared]
    if altered:
        raise IceError(
            "plan-altered",
            f"The plan describes `{component.id}` otherwise than its manifest does",
            where=Location(registered.origin),
            expected=f"the {' and '.join(altered)} of {registered.digest}",
            found="others in the plan",
            note="What a component takes, gives, may do and costs is its manifest's to say. No node was run.",
            hints=("To write the plan anew, run `ice compile BLUEPRINT --output PLAN`",),
            details={"component": component.id, "members": [*altered]},
        )


def _check_vouched(
    component: PlannedComponent, registered: RegisteredComponent, package: PlannedPackage | None
) -> None:
    manifest = registered.manifest
    # A workflow is data inside a manifest: it needs a signature and no wheel.
    is_code = not component.id.startswith("workflow:")
    if manifest is None or (is_code and (package is None or not manifest.wheels)):
        raise wheel_required(registered)
    if package is None:
        if manifest.status != "signed":
            raise _unsigned(manifest)
    elif str(manifest.digest) != package.manifest_digest:
        raise _package_changed(package, str(manifest.digest), manifest.origin.label)


def check_package(
    package: PlannedPackage, manifests: PlannedManifests, wheels: VerifiedWheels, *, lock: Lock | None = None
) -> None:
    """Returns if the registry has this package of the plan: its manifest, its names, and the bytes of its wheel.

    Raises:
        IceError: `package-changed`, `plan-altered`, `manifest-unsigned`, or what `VerifiedWheels.of` refuses.
    """
    manifest = manifests.of(package)
    if manifest is None:
        raise _package_changed(package, "no such manifest", str(manifests.home))
    _check_names(package, manifest)
    planned = {(wheel.filename, wheel.digest) for wheel in package.wheels}
    present = {(wheel.filename, str(wheel.digest)) for wheel in manifest.wheels}
    if planned != present:
        found = ", ".join(f"{name} {digest}" for name, digest in sorted(present)) or "no wheels"
        raise _package_changed(package, found, manifest.origin.label)
    if manifest.status != "signed" and not _pinned(manifest, lock):
        raise _unsigned(manifest)
    if manifest.wheels:
        wheels.of(manifest)


def _pinned(manifest: VerifiedManifest, lock: Lock | None) -> bool:
    # The lock itself, never the digest of one: a plan is a file that may claim any.
    wheels = {(wheel.filename, wheel.digest) for wheel in manifest.wheels}
    return bool(wheels) and any(
        plugin.manifest_digest == manifest.digest
        and wheels <= {(wheel.filename, wheel.digest) for wheel in plugin.wheels}
        for plugin in (lock.plugins if lock is not None else ())
    )


def _check_names(package: PlannedPackage, manifest: VerifiedManifest) -> None:
    # What the digest pins is right; what a run's record says beside it must be right too.
    held = manifest.package
    name, version = (held.name, held.version) if held is not None else (None, None)
    pairs: dict[str, tuple[object, object]] = {
        "name": (package.name, name),
        "version": (package.version, version),
        "status": (package.status, manifest.status),
        "signer": (package.signer, manifest.signer),
    }
    altered = [member for member, (planned, found) in pairs.items() if planned != found]
    if altered:
        raise IceError(
            "plan-altered",
            f"The plan describes the package `{printable(package.name)}` otherwise than its manifest does",
            where=Location(manifest.origin.label),
            expected=", ".join(f"{member} {pairs[member][1]}" for member in altered),
            found=", ".join(f"{member} {pairs[member][0]}" for member in altered),
            note="No node was run and nothing was imported.",
            hints=("To write the plan anew, run `ice compile BLUEPRINT --output PLAN`",),
            details={"package": package.name, "members": [*altered]},
        )


def _package_changed(package: PlannedPackage, found: str, where: str) -> IceError:
    wheels = "".join(f", {wheel.filename} {wheel.digest}" for wheel in package.wheels)
    return IceError(
        "package-changed",
        f"`{package.name}` {package.version} is not the package that the plan was compiled with",
        where=Location(where),
        expected=f"manifest {package.manifest_digest}{wheels}",
        found=found,
        note="No node was run and nothing was imported.",
        hints=(
            "To compile the blueprint against what is here now, run `ice compile BLUEPRINT`",
            "To bring back what was locked, run `ice install`",
        ),
        details={"package": package.name, "version": package.version},
    )


def _unsigned(manifest: VerifiedManifest) -> IceError:
    return IceError(
        "manifest-unsigned",
        f"`{package_name(manifest)}` carries no signature, and no lock pins its wheel",
        where=Location(manifest.origin.label),
        expected="a signature, or a plan that was compiled with a lock",
        found="neither",
        note="`--allow-unsigned` lets a file pass only where a lock vouches for its bytes. Nothing was imported.",
        hints=(
            "To sign it with its wheel, run `ice publish --manifest plugins.json`, `ice lock` and `ice install`",
            "To pin its wheel, run `ice lock` and compile the plan with that lock",
        ),
    )


def _lock_mismatch(plan: Plan, lock_digest: Digest) -> IceError:
    return IceError(
        "plan-lock-mismatch",
        f"The plan of `{plan.blueprint_id}` was compiled with another lock",
        where=Location("pylock.iceos.toml"),
        expected=plan.lock_digest or "no lock",
        found=str(lock_digest),
        note="No node was run.",
        hints=("To compile it with this lock, run `ice compile BLUEPRINT --locked`",),
    )
