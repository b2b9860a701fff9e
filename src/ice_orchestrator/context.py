"""What a component is given when its signature asks for a `Context`: its run, its key, its meter and its tools."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, TypeAlias

from ice_core.errors import IceError, Location
from ice_core.models.plan import PlannedComponent
from ice_core.names import ComponentId
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.foreign import text_of_refusal
from ice_orchestrator.metering import Meter
from ice_orchestrator.permission_guard import unguarded_context

SubCall: TypeAlias = Callable[[PlannedComponent, JsonObject], Coroutine[None, None, JsonValue]]
_MOST_GIVEN: Final = 64


class NodeContext:
    """One attempt's context (an `ice_sdk.Context`); it is closed when the attempt ends, whoever still holds it.

    Attributes:
        given: The last refusals that it gave the component, and what each said.
    """

    __slots__ = (
        "_closed",
        "_component",
        "_idempotency_key",
        "_loop",
        "_loop_thread",
        "_meter",
        "_open",
        "_path",
        "_plan_components",
        "_run_id",
        "_sub_call",
        "given",
    )

    def __init__(
        self,
        component: PlannedComponent,
        *,
        run_id: str,
        path: str,
        idempotency_key: str,
        meter: Meter,
        plan_components: Mapping[str, PlannedComponent],
        sub_call: SubCall,
    ) -> None:
        self._component = component
        self._run_id = run_id
        self._path = path
        self._meter = meter
        self._idempotency_key = idempotency_key
        self._plan_components = plan_components
        self._sub_call = sub_call
        self._open: set[asyncio.Task[JsonValue]] = set()
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        self._closed = False
        self.given: deque[tuple[IceError, str]] = deque(maxlen=_MOST_GIVEN)

    @property
    def run_id(self) -> str:
        """The run that this call belongs to."""
        return self._run_id

    @property
    def node_id(self) -> str:
        """The path of the node, as in `answer`, `read[3]` or `inner/save`."""
        return self._path

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of this node in this run: give it to services that charge or write."""
        return self._idempotency_key

    async def call(self, component: str, /, **arguments: JsonValue) -> JsonValue:
        """Calls a component that this one's manifest lists under `permissions.tools`: validated, metered, journaled.

        Args:
            component: `tool:csv_query`, or `csv_query` for a tool.
            arguments: The members of its input.

        Raises:
            IceError: `permission-denied`, `input-invalid`, `output-invalid`, `budget-exceeded`, or what it raised.
        """
        with self._noted():
            self._refuse_if_closed()
            # What is called is another component, and what calls it is iceos: neither is under this one's permissions.
            task = self._loop.create_task(
                self._sub_call(self._permitted(component), dict(arguments)), context=unguarded_context()
            )
            self._open.add(task)
            task.add_done_callback(self._open.discard)
            return await task

    def call_sync(self, component: str, /, **arguments: JsonValue) -> JsonValue:
        """`call` for components that are not async; they run in a thread of their own.

        Raises:
            IceError: as `call`; `call-sync-in-async` when an async component uses it.
        """
        if threading.get_ident() == self._loop_thread:
            raise IceError(
                "call-sync-in-async",
                f"`{self._component.id}` is async and used `call_sync`, which would wait for itself",
                where=Location(self._path),
                hints=(f"Write `await context.call({component!r}, …)`",),
            )
        self._refuse_if_closed()
        return asyncio.run_coroutine_threadsafe(self.call(component, **arguments), self._loop).result()

    def usage(self, *, tokens: int) -> None:
        """Reports tokens used since the last report; they are charged at the manifest's `per_token`.

        Raises:
            IceError: `usage-invalid` or `tokens-exceeded`.
        """
        with self._noted():
            self._refuse_if_closed()
            self._meter.use(tokens)

    async def close(self) -> None:
        """Ends the context and the calls that the component left open, so that nothing more is charged to it."""
        self._closed = True
        if not self._open:
            return
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except IceError as error:
            self.given.append((error, text_of_refusal(error)))
            raise

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise IceError(
                "context-closed",
                f"`{self._component.id}` used the context of a call that is over",
                where=Location(self._path),
                note="The call returned, failed or ran out of time; its cost is settled.",
                hints=("Use the context only until the component returns",),
            )

    def _permitted(self, name: str) -> PlannedComponent:
        wanted = str(ComponentId.parse(name if ":" in name else f"tool:{name}"))
        allowed = tuple(str(ComponentId.parse(tool)) for tool in self._component.permissions.tools)
        planned = self._plan_components.get(wanted)
        if wanted in allowed and planned is not None and not wanted.startswith("workflow:"):
            return planned
        raise IceError(
            "permission-denied",
            f"`{self._component.id}` may not call `{wanted}`",
            where=Location(self._path),
            expected=", ".join(allowed) or "no calls: its manifest lists no tools",
            found=wanted,
            note="A component calls only what its signed manifest entry lists under `permissions.tools`, "
            "tools and agents; the call was not made.",
            hints=(
                f'To declare it, write `permissions={{"tools": ["{wanted}"]}}` in the decorator of '
                f"`{self._component.id}` and run `ice plugins export --output plugins.json`",
            ),
            details={"component": self._component.id, "tool": wanted, "permitted": list(allowed)},
        )
