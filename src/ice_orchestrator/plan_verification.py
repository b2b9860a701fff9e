"""A plan through the checks that a strict run makes before node one, each kept with its evidence; nothing is run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from ice_core.amounts import amount_text
from ice_core.check_list import CheckName, Witness
from ice_core.home import Home, read_regular_file
from ice_core.manifest_sources import Source
from ice_core.models.lock import Lock
from ice_core.models.plan import COMPILE_ANEW, Plan, plan_digest, read_plan
from ice_core.strict_json import MAX_REGISTRY_BYTES
from ice_core.unified_registry import Registry, load_plugins
from ice_core.verified_manifest import VerifiedManifest
from ice_orchestrator.package_wheels import VerifiedWheels
from ice_orchestrator.plan_contents import check_body, check_cost
from ice_orchestrator.planned_manifests import PlannedManifests
from ice_orchestrator.preflight import check_component, check_lock, check_package
from ice_orchestrator.verification import Verification, Verifier, recorded

PLAN_ROUTE: Final[tuple[CheckName, ...]] = (
    "file",
    "plan",
    "plan-body",
    "plan-cost",
    "plan-lock",
    "load",
    "plan-component",
    "plan-package",
)


def verify_plan(
    path: Path, verifier: Verifier, *, lock: Lock | None, plugins: Sequence[Path], environ: Mapping[str, str]
) -> list[Verification]:
    """The plan itself, then each manifest that it takes code from, with its wheels.

    Args:
        path: The plan's file.
        verifier: What verifies the manifests.
        lock: The lock that the plan must have been compiled with, if there is one here.
        plugins: Manifests, bundles or folders of them, beside the standing sources.
        environ: Where `$ICEOS_EXTRA_PLUGINS` is looked up.
    """
    used: list[VerifiedManifest] = []

    def verify(witness: Witness) -> None:
        plan = _read(path, witness)
        witness.begins("plan-body")
        check_body(plan)
        witness.begins("plan-cost")
        check_cost(plan)
        witness.shows(lambda: {"most": f"{amount_text(plan.cost.maximum)} USD"})
        _check_lock(plan, lock, witness)
        registry = _loaded(verifier.home, plugins, environ, witness)
        for component in plan.components.values():
            witness.begins("plan-component", of=component.id)
            check_component(component, plan, registry, no_dynamic=True)
        wheels, manifests = VerifiedWheels(verifier.home), PlannedManifests(plan, registry)
        for package in plan.packages.values():
            witness.begins("plan-package", of=package.name)
            check_package(package, manifests, wheels, lock=lock)
        used.extend(each for package in plan.packages.values() if (each := manifests.of(package)) is not None)

    whole = recorded(str(path), PLAN_ROUTE, verify, mend=COMPILE_ANEW)
    return [whole, *(verifier.source(_source(manifest, verifier.home)) for manifest in used)]


def _read(path: Path, witness: Witness) -> Plan:
    witness.begins("file")
    data = read_regular_file(path, max_bytes=MAX_REGISTRY_BYTES)
    witness.begins("plan")
    plan = read_plan(data, where=str(path))
    witness.shows(lambda: {"plan": str(plan_digest(plan)), "blueprint": plan.blueprint_id})
    return plan


def _check_lock(plan: Plan, lock: Lock | None, witness: Witness) -> None:
    if lock is None:
        unlocked = plan.lock_digest is None
        because = "the plan was compiled without a lock" if unlocked else "there is no lock in this folder"
        witness.leaves_out("plan-lock", because=because)
    else:
        witness.begins("plan-lock")
        check_lock(plan, lock)
        witness.shows(lambda: {"lock": str(lock.digest)})


def _loaded(home: Home, plugins: Sequence[Path], environ: Mapping[str, str], witness: Witness) -> Registry:
    witness.begins("load")
    registry = load_plugins(*plugins, home=home.root, no_dynamic=True, environ=environ)
    witness.shows(lambda: {"manifests": [label for label, _ in registry.sources]})
    return registry


def _source(manifest: VerifiedManifest, home: Home) -> Source:
    kept = manifest.origin.kind in ("user", "installed")
    return Source(manifest.origin, home=home if kept else None)
