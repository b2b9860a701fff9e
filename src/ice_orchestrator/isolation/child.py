"""The component's side of an isolated call: bounds itself, imports from the bytes handed over, calls, answers, ends.

Nothing is read from disk but Python, iceos and what they stand on, which the parent's import path names. The wheel goes
through the gate again here, and its digest must be the one that was told.
"""

import asyncio
import os
import socket
import sys
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from ice_core.canonical import Digest
from ice_core.home import Home
from ice_core.models.lock import read_lock
from ice_core.models.plugins import ComponentEntry
from ice_core.models.wire import parse_wire
from ice_core.names import ComponentId, ImportTarget
from ice_core.registered import ListedComponent, RegisteredComponent
from ice_core.strict_json import JsonObject, JsonValue, parse_json
from ice_core.wheels import PluginWheel, read_wheel
from ice_orchestrator.foreign import Captured, raised
from ice_orchestrator.isolation.child_context import ChildContext
from ice_orchestrator.isolation.frames import (
    MAX_LINE,
    Call,
    Channel,
    Start,
    Told,
    frame_invalid,
    text_of,
    value_of,
)
from ice_orchestrator.isolation.limits import Limits, apply_limits
from ice_orchestrator.locked_environment import locked_environment
from ice_orchestrator.observed import Kind, Observed, Verdict
from ice_orchestrator.permission_guard import UndeclaredUseWarning, carry_context, guarded, observing
from ice_orchestrator.permission_rules import own_folder
from ice_orchestrator.resolve import imported_component
from ice_sdk.calling import bind_input
from ice_sdk.declared import Declared
from ice_sdk.results import awaited_output, needs_loop, output_value


def main(descriptor: int) -> None:
    """One call over this socket; the process ends with it, whatever the component left running."""
    os.set_inheritable(descriptor, False)
    channel = Channel(socket.socket(fileno=descriptor))
    start = Start.model_validate(parse_json(channel.line(), where="the start", max_bytes=MAX_LINE))
    apply_limits(Limits.of(start.limits))
    own_folder(os.environ["TMPDIR"])
    warnings.simplefilter("ignore", UndeclaredUseWarning)  # the other side tells it
    serve(channel, start)
    os._exit(0)


def serve(channel: Channel, start: Start, *, orphaned: Callable[[int], object] = os._exit) -> None:
    """Imports the component, tells that it is ready, makes the call that is then asked for, tells how it ended.

    Args:
        channel: To the other side.
        start: What it said first.
        orphaned: What happens when the other side is gone; this process ends.
    """
    with observing(_Told(channel)), _third_party(start):
        component = registered_component(start)
        node = str(component.id)
        context: ChildContext | None = None
        with Captured() as captured:
            declared = _imported(component, start, channel.read(start.wheel_bytes))
            channel.send(Told(ready=True))
            call = _asked(channel)
            node, context = call.node_id, ChildContext(channel, str(component.id), call, orphaned=orphaned)
            context.listen()
            with guarded(str(component.id), start.permissions, enforce=start.no_dynamic):
                output = called(declared, _object(value_of(call.input)), context)
            _tell_the_end(channel, context, Told(result=text_of(output)))
        if captured.error is not None:
            given = context.given if context is not None else ()
            error = raised(captured.error, str(component.id), component.target.top_level, node, given=given)
            _tell_the_end(channel, context, Told(error=error))


def _tell_the_end(channel: Channel, context: ChildContext | None, end: Told) -> None:
    # The other side may hang up as soon as it knows the end: what was printed has to be out before.
    for stream in (sys.stdout, sys.stderr):
        with Captured():  # the component may have closed or replaced it
            stream.flush()
    if context is not None:
        context.end()
    channel.send(end)


def _third_party(start: Start) -> AbstractContextManager[object]:
    # Outside of a strict run modules come from the import path, as they do on the other side.
    if not start.no_dynamic:
        return nullcontext()
    lock = read_lock(start.lock.encode("utf-8"), where="the run's lock") if start.lock is not None else None
    return locked_environment(lock, home=Home(Path(start.home)))


def registered_component(start: Start) -> RegisteredComponent:
    """The component as the other side's registry has it.

    Raises:
        IceError: `component-frame-invalid`, when its digest is not the one that was told.
    """
    entry = parse_wire(
        ComponentEntry, start.entry, slug="component-frame-invalid", document="an entry", where="the start", hints=()
    )
    component = ListedComponent(entry, start.entry, schemas=start.schemas, manifest=None)
    if str(component.digest) != start.digest:
        raise frame_invalid(f"a component of another digest: {component.digest}")
    return component


def called(declared: Declared, value: JsonObject, context: ChildContext) -> JsonValue:
    """The output of one call, as JSON; an async component gets a loop of its own."""
    arguments, named = bind_input(declared, value, context=context)
    if declared.is_async:
        return asyncio.run(_awaited(declared, arguments, named))
    result = declared.call(*arguments, **named)
    return asyncio.run(_fetched(declared, result)) if needs_loop(declared, result) else output_value(declared, result)


async def _awaited(declared: Declared, arguments: tuple[object, ...], named: dict[str, object]) -> JsonValue:
    return await _fetched(declared, declared.call(*arguments, **named))


async def _fetched(declared: Declared, result: object) -> JsonValue:
    carry_context()
    return await awaited_output(declared, result)


def _imported(component: RegisteredComponent, start: Start, data: bytes) -> Declared:
    listed = {
        ComponentId.parse(name): frozenset(map(ImportTarget.parse, targets)) for name, targets in start.listed.items()
    }
    return imported_component(
        component,
        _wheel(start, data),
        no_dynamic=start.no_dynamic,
        listed=lambda wanted: listed.get(wanted, frozenset()),
        origin=start.origin,
    )


def _wheel(start: Start, data: bytes) -> PluginWheel | None:
    if start.wheel_name is None:
        return None
    if len(data) != start.wheel_bytes or str(Digest.of(data)) != start.wheel_digest:
        raise frame_invalid("a wheel of another digest")
    return read_wheel(data, filename=start.wheel_name)


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _asked(channel: Channel) -> Call:
    line = channel.line()
    if not line:
        raise SystemExit(0)  # the call was given up before it began
    return Call.model_validate(parse_json(line, where="the call", max_bytes=MAX_LINE))


class _Told(Observed):
    """What is seen is told at once, so that it is known however the process ends."""

    __slots__ = ("_channel",)

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def add(self, kind: Kind, subject: str, verdict: Verdict) -> bool:
        """Notes it, and tells it when it is new."""
        is_new = super().add(kind, subject, verdict)
        if is_new:
            self._channel.send(Told(seen=(kind, subject, verdict)))
        return is_new
