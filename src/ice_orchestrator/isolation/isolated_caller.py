"""Calls components in processes of their own, under the contract of every call: a `Caller` that imports nothing here.

A process is started for each attempt, imports the component from the bytes that were verified here, is asked once, and
is ended with all that it left behind when its answer is there, when it dies, or when the attempt's time is up.
"""

import asyncio
import contextlib
from collections import defaultdict

from ice_core.models.plan import Plan, PlannedComponent, PlannedPackage
from ice_core.registered import RegisteredComponent
from ice_core.strict_json import JsonObject
from ice_core.unified_registry import Registry
from ice_core.wheels import PluginWheel
from ice_orchestrator.context import NodeContext
from ice_orchestrator.foreign import in_thread
from ice_orchestrator.isolation.conversation import Conversation
from ice_orchestrator.isolation.frames import Start
from ice_orchestrator.isolation.limits import Limits
from ice_orchestrator.isolation.process import ComponentProcess
from ice_orchestrator.package_wheels import VerifiedWheels
from ice_orchestrator.permission_guard import Guard, current_observed
from ice_orchestrator.resolve import component_wheel, planned_registration, warn_unverified

_Loaded = tuple[RegisteredComponent, PluginWheel | None]


class IsolatedCaller:
    """The `Caller` whose components run in other processes."""

    def __init__(
        self,
        plan: Plan,
        registry: Registry,
        *,
        no_dynamic: bool,
        wheels: VerifiedWheels,
        limits: Limits,
        lock: bytes | None = None,
    ) -> None:
        self._wheels = wheels
        self._lock = lock.decode("utf-8") if lock is not None else None
        self._plan = plan
        self._registry = registry
        self._no_dynamic = no_dynamic
        self._limits = limits
        self._loaded: dict[str, _Loaded] = {}
        self._loading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        # Between `prepare` and `call` of one attempt, which are one task's.
        self._ready: dict[asyncio.Task[object] | None, Conversation] = {}

    async def prepare(self, component: PlannedComponent) -> None:
        """Verifies the component's package, and starts a process that imports it; see `Caller.prepare`."""
        registered, wheel = await self._verified(component)
        started = await in_thread(lambda: ComponentProcess(component.permissions), name=f"start {component.id}")
        guard = Guard(
            component.id,
            component.permissions,
            enforce=self._no_dynamic,
            observed=current_observed(),
            origin=registered.origin,
        )
        conversation = Conversation(started.result(), component, self._limits, guard)
        async with contextlib.AsyncExitStack() as undo:
            undo.push_async_callback(conversation.end)
            await conversation.begin(self._start(registered, wheel), wheel.archive.data if wheel is not None else b"")
            undo.pop_all()
        self._ready[asyncio.current_task()] = conversation

    async def call(self, component: PlannedComponent, value: JsonObject, context: NodeContext) -> object:
        """One call; see `Caller.call`.

        Raises:
            IceError: What the component's process tells; `component-died` when it ended without an answer,
                `component-frame-invalid` when it told something else.
        """
        conversation = self._ready.pop(asyncio.current_task())
        try:
            return await conversation.call(value, context)
        finally:
            await conversation.end()

    async def _verified(self, component: PlannedComponent) -> _Loaded:
        async with self._loading[component.id]:
            if component.id not in self._loaded:
                package = self._plan.packages.get(component.package) if component.package is not None else None
                ended = await in_thread(lambda: self._load(component, package), name=f"verify {component.id}")
                self._loaded[component.id] = ended.result()
        return self._loaded[component.id]

    def _load(self, component: PlannedComponent, package: PlannedPackage | None) -> _Loaded:
        registered = planned_registration(component, self._registry, package=package)
        wheel = component_wheel(registered, self._wheels, no_dynamic=self._no_dynamic)
        if wheel is None:
            warn_unverified(registered)
        return registered, wheel

    def _start(self, registered: RegisteredComponent, wheel: PluginWheel | None) -> Start:
        manifest = registered.manifest
        same_package = [entry.id for entry in manifest.model.components] if manifest is not None else [registered.id]
        return Start(
            entry=registered.value,
            schemas=registered.schemas(),
            digest=str(registered.digest),
            origin=registered.origin if manifest is not None else None,
            wheel_name=wheel.filename if wheel is not None else None,
            wheel_digest=str(wheel.digest) if wheel is not None else None,
            wheel_bytes=len(wheel.archive.data) if wheel is not None else 0,
            listed={str(each): sorted(map(str, self._registry.listed_targets(each))) for each in same_package},
            no_dynamic=self._no_dynamic,
            home=str(self._registry.home.root),
            lock=self._lock,
            permissions=registered.entry.permissions,
            limits={name: int(str(value)) for name, value in self._limits.to_json().items()},
        )
