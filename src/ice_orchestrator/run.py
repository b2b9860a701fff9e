"""9 RUN: a plan, its inputs and a registry become a result; nothing is imported before the first node needs it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from decimal import Decimal
from pathlib import Path

from ice_core.canonical import Digest
from ice_core.dependency_files import stored_lock
from ice_core.models.lock import MAX_LOCK_BYTES, Lock, read_lock
from ice_core.models.plan import Plan
from ice_core.strict_json import JsonObject
from ice_core.unified_registry import Registry
from ice_orchestrator.caller import Caller
from ice_orchestrator.code_modes import PackageCode, dependency_modes, plugin_modes
from ice_orchestrator.component_caller import ComponentCaller
from ice_orchestrator.engines.local import LocalEngine
from ice_orchestrator.engines.port import Engine
from ice_orchestrator.events import Listener
from ice_orchestrator.execution import Execution, checked_start
from ice_orchestrator.isolation.isolated_caller import IsolatedCaller
from ice_orchestrator.isolation.limits import Limits
from ice_orchestrator.journal import Journal
from ice_orchestrator.journal_look import run_unknown
from ice_orchestrator.locked_environment import dependencies_here, locked_environment
from ice_orchestrator.package_wheels import VerifiedWheels
from ice_orchestrator.permission_guard import unguarded
from ice_orchestrator.planned_manifests import PlannedManifests
from ice_orchestrator.preflight import check_plan
from ice_orchestrator.process_exit import refuse_exits
from ice_orchestrator.result import RunResult
from ice_orchestrator.run_record import read_run


async def run_plan(
    plan: Plan,
    inputs: JsonObject,
    *,
    registry: Registry,
    journal: Path | None = None,
    engine: Engine | None = None,
    listener: Listener | None = None,
    budget: Decimal | None = None,
    no_dynamic: bool | None = None,
    lock: Lock | None = None,
    isolation: Limits | None = None,
    run_id: str | None = None,
) -> RunResult:
    """Runs a plan; what goes wrong inside the run is in the result, on record and resumable.

    Args:
        plan: What the compiler wrote.
        inputs: Kept to the blueprint's schema.
        registry: What `load_plugins` gave.
        journal: The journal's file; default: `state.sqlite` of the registry's home.
        engine: Default: the local one.
        listener: Called with each event once it is on disk.
        budget: In USD; the plan's own budget holds besides.
        no_dynamic: Default: what the registry was loaded with.
        lock: Must be the plan's; an unsigned package needs it. Default: the plan's, if it was installed here.
        isolation: Given, each call runs in a process of its own within these limits; see docs/how-to.
        run_id: Default: a new name.

    Raises:
        IceError: What `check_plan` and `Execution.start` refuse; a slug of the journal, and then it can be resumed.
    """
    strict = registry.no_dynamic if no_dynamic is None else no_dynamic
    wheels = VerifiedWheels(registry.home)
    check_plan(plan, registry, no_dynamic=strict, wheels=wheels, lock=lock)
    # Before the journal is opened: a run that is refused leaves nothing behind.
    checked_start(plan, inputs, budget=budget)
    with (
        _surroundings(plan, registry, no_dynamic=strict, lock=lock) as code,
        unguarded(),
        Journal(journal or registry.home.state) as opened,
    ):
        execution = Execution(
            journal=opened,
            engine=engine or LocalEngine(),
            caller=_caller(plan, registry, no_dynamic=strict, wheels=wheels, lock=lock, isolation=isolation),
            listener=listener,
            code=code,
        )
        return await execution.start(plan, inputs, budget=budget, run_id=run_id)


async def resume_run(
    run_id: str,
    *,
    registry: Registry,
    journal: Path | None = None,
    engine: Engine | None = None,
    listener: Listener | None = None,
    budget: Decimal | None = None,
    no_dynamic: bool | None = None,
    lock: Lock | None = None,
    isolation: Limits | None = None,
) -> RunResult:
    """Goes on with a run that crashed, failed or was cancelled: what is finished does not run again.

    The plan comes from the journal and is checked anew; `budget` replaces the recorded one.

    Raises:
        IceError: `run-unknown`, `run-in-progress`, what `preflight.check_plan` refuses, or a slug of the journal.
    """
    strict = registry.no_dynamic if no_dynamic is None else no_dynamic
    path = journal or registry.home.state
    if not path.exists():
        # Asking makes no journal.
        raise run_unknown(run_id, path)
    with unguarded(), Journal(path) as opened:
        record = read_run(opened, run_id)
        wheels = VerifiedWheels(registry.home)
        # A finished run is only told again: nothing is imported.
        around: AbstractContextManager[tuple[PackageCode, ...]] = nullcontext(())
        if record.status != "finished":
            check_plan(record.plan, registry, no_dynamic=strict, wheels=wheels, lock=lock)
            around = _surroundings(record.plan, registry, no_dynamic=strict, lock=lock)
        with around as code:
            execution = Execution(
                journal=opened,
                engine=engine or LocalEngine(),
                caller=_caller(record.plan, registry, no_dynamic=strict, wheels=wheels, lock=lock, isolation=isolation),
                listener=listener,
                code=code,
            )
            return await execution.resume(run_id, budget=budget)


@contextmanager
def _surroundings(
    plan: Plan, registry: Registry, *, no_dynamic: bool, lock: Lock | None
) -> Iterator[tuple[PackageCode, ...]]:
    """The third-party packages that the run may import, while it lasts; gives how each package's code comes."""
    held = lock if lock is not None else _installed_lock(plan, registry)
    plugins = plugin_modes(plan, PlannedManifests(plan, registry))
    if no_dynamic:
        with locked_environment(held, home=registry.home) as finder:
            yield plugins + dependency_modes(finder.dependencies.values(), no_dynamic=True)
    else:
        yield plugins + dependency_modes(dependencies_here(held), no_dynamic=False)


def _installed_lock(plan: Plan, registry: Registry) -> Lock | None:
    data = _stored(plan, registry, None)
    return read_lock(data, where=f"the lock {plan.lock_digest}") if data is not None else None


def _stored(plan: Plan, registry: Registry, lock: Lock | None) -> bytes | None:
    digest = str(lock.digest) if lock is not None else plan.lock_digest
    if digest is None:
        return None
    return stored_lock(Digest.parse(digest), registry.home, max_bytes=MAX_LOCK_BYTES)


def _caller(
    plan: Plan,
    registry: Registry,
    *,
    no_dynamic: bool,
    wheels: VerifiedWheels,
    lock: Lock | None,
    isolation: Limits | None,
) -> Caller:
    if isolation is None:
        refuse_exits()
        return ComponentCaller(plan, registry, no_dynamic=no_dynamic, wheels=wheels)
    # Third-party modules are held against the lock in the other process, too.
    data = _stored(plan, registry, lock)
    return IsolatedCaller(plan, registry, no_dynamic=no_dynamic, wheels=wheels, limits=isolation, lock=data)
