"""What an isolated component is given for a `Context`: each of its questions goes through the socket and comes back."""

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from ice_core.errors import IceError, Location
from ice_core.strict_json import MAX_OUTPUT_BYTES, JsonValue, parse_json
from ice_orchestrator.foreign import text_of_refusal
from ice_orchestrator.isolation.frames import Answer, Call, Channel, Told, text_of, value_of

_MOST_GIVEN: Final = 64
ORPHANED: Final = 70  # EX_SOFTWARE: nobody is there to take a result


class ChildContext:
    """An `ice_sdk.Context` in the component's process.

    Attributes:
        given: The last refusals that it gave the component, and what each said.
    """

    def __init__(
        self, channel: Channel, component: str, call: Call, *, orphaned: Callable[[int], object] = os._exit
    ) -> None:
        """A context.

        Args:
            channel: Where questions go.
            component: Its id, for messages.
            call: What the context says.
            orphaned: What happens when nobody is there any more to answer; this process ends.
        """
        self._orphaned = orphaned
        self._ended = False
        self._channel = channel
        self._component = component
        self.run_id = call.run_id
        self.node_id = call.node_id
        self.idempotency_key = call.idempotency_key
        self._lock = threading.Lock()
        self._number = 0
        self._waiting: dict[int, Future[JsonValue]] = {}
        self.given: deque[tuple[IceError, str]] = deque(maxlen=_MOST_GIVEN)

    def listen(self) -> None:
        """Takes answers in a thread of its own; when the other side is gone before the end, this process ends."""
        threading.Thread(target=self._listen, name="iceos answers", daemon=True).start()

    def end(self) -> None:
        """The end is about to be told: from now on the other side may go."""
        self._ended = True

    async def call(self, component: str, /, **arguments: JsonValue) -> JsonValue:
        """The output of a component that this one may call."""
        return await asyncio.wrap_future(self._ask(component=component, arguments=text_of(arguments)))

    def call_sync(self, component: str, /, **arguments: JsonValue) -> JsonValue:
        """`call` for components that are not async.

        Raises:
            IceError: `call-sync-in-async` when an async component uses it, or as `call`.
        """
        if _in_a_loop():
            raise IceError(
                "call-sync-in-async",
                f"`{self._component}` is async and used `call_sync`, which would wait for itself",
                where=Location(self.node_id),
                hints=(f"Write `await context.call({component!r}, …)`",),
            )
        return self._ask(component=component, arguments=text_of(arguments)).result()

    def usage(self, *, tokens: int) -> None:
        """Reports tokens used since the last report."""
        self._ask(tokens=text_of(tokens)).result()

    def _ask(self, **members: str) -> Future[JsonValue]:
        future: Future[JsonValue] = Future()
        with self._lock:
            self._number += 1
            number = self._number
            self._waiting[number] = future
        self._channel.send(Told.model_validate({"ask": number, **members}))
        return future

    def _listen(self) -> None:
        while line := self._channel.line():
            answer = Answer.model_validate(parse_json(line, where="an answer", max_bytes=2 * MAX_OUTPUT_BYTES))
            future = self._waiting.pop(answer.number)
            if answer.error is not None:
                self.given.append((answer.error, text_of_refusal(answer.error)))
                future.set_exception(answer.error)
            else:
                future.set_result(value_of(answer.value))
        if not self._ended:
            self._orphaned(ORPHANED)


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
