"""This side of an isolated call: hands over, listens, answers what is asked, and ends the process in every case."""

import asyncio
import codecs
import contextlib
import sys
import threading
from collections.abc import Coroutine
from typing import IO, Final, cast, get_args

from ice_core.error_codes import ERROR_CODES
from ice_core.errors import IceError, Location
from ice_core.models.plan import PlannedComponent
from ice_core.strict_json import JsonObject, JsonValue, printable
from ice_orchestrator.context import NodeContext
from ice_orchestrator.foreign import MAX_TEXT, SLUGS_OF_A_CALL, in_thread, passed_on
from ice_orchestrator.isolation.frames import (
    MAX_LINE,
    Answer,
    Call,
    Start,
    Told,
    frame_invalid,
    line_of,
    text_of,
    told,
    value_of,
)
from ice_orchestrator.isolation.limits import Limits, processes_of_session
from ice_orchestrator.isolation.process import ComponentProcess, ended
from ice_orchestrator.observed import Kind, Verdict
from ice_orchestrator.permission_guard import Guard

MOST_QUESTIONS: Final = 256  # open at a time
_LOOK_SECONDS: Final = 0.1
_LAST_LINES: Final = 10
_GONE: Final = (ConnectionError, BrokenPipeError)


class Conversation:
    """With one process, about one call."""

    def __init__(self, process: ComponentProcess, component: PlannedComponent, limits: Limits, guard: Guard) -> None:
        self._process = process
        self._component = component
        self._limits = limits
        self._guard = guard
        self._printed = _Printed(process.output, limits.output_kib * 1024)
        self._tasks: set[asyncio.Task[None]] = set()
        self._context: NodeContext | None = None
        self._exit: int | None = None
        self._over = ""  # what the process was ended for, if it was
        self._answered = False

    async def begin(self, start: Start, wheel: bytes) -> None:
        """Hands the component over; returns when it is imported.

        Raises:
            IceError: What importing it refuses, `component-died` or `component-frame-invalid`.
        """
        self._reader, self._writer = await asyncio.open_connection(sock=self._process.connection, limit=MAX_LINE)
        self._printed.start()
        if self._component.permissions.subprocess:
            self._keep(self._count_processes())
        await self._send(line_of(start) + wheel)
        if (await self._next()).ready is None:
            raise frame_invalid("an answer before there was a question")

    async def call(self, value: JsonObject, context: NodeContext) -> JsonValue:
        """The component's output for this input; what it asks on the way is answered by its context.

        Raises:
            IceError: What the component's side tells, `component-died` or `component-frame-invalid`.
        """
        self._context = context
        call = Call(
            input=text_of(value),
            run_id=context.run_id,
            node_id=context.node_id,
            idempotency_key=context.idempotency_key,
        )
        await self._send(line_of(call))
        frame = await self._next()
        if frame.result is None:
            raise frame_invalid("`ready`, a second time")
        output = value_of(frame.result)
        self._answered = True
        return output

    async def end(self) -> None:
        """Ends the process, its session and what is still open; a second time changes nothing."""
        if not self._answered and self._exit is None:
            self._process.kill()
        await self._left()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._printed.close()
        self._guard.tell(failed=not self._answered)

    async def _left(self) -> int:
        if self._exit is None:
            self._writer.close()
            self._exit = (await in_thread(self._process.end, name=f"end {self._component.id}")).result()
        return self._exit

    async def _next(self) -> Told:
        while True:
            frame = told(await self._line())
            if frame.seen is not None:
                self._note(frame.seen)
            elif frame.ask is not None:
                self._question(frame)
            elif frame.error is not None:
                if frame.error.slug not in ERROR_CODES:
                    raise frame_invalid(f"an error that nobody knows: {printable(frame.error.slug)}")
                raise self._error(frame.error)
            elif frame.ready is not None or frame.result is not None:
                return frame
            else:
                raise frame_invalid("a line that says nothing")

    def _error(self, told: IceError) -> IceError:
        # The component can write to the socket, too: it gets no word on trust, and gives nobody a command to paste.
        given = passed_on(told, self._context.given) if self._context is not None else None
        if given is not None:
            return given
        if told.slug in SLUGS_OF_A_CALL:
            can_retry = told.slug == "component-raised" and self._context is not None
            node = self._context.node_id if self._context is not None else ""
            told.finding.hints = (f"If it can pass by itself, give `{node}` a `retry_policy`",) if can_retry else ()
            told.findings = ()
            return told
        return IceError(
            "component-raised",
            f"`{self._component.id}` ended with a refusal that a call cannot give",
            where=Location(self._component.id),
            found=printable(f"{told.slug}: {told.finding.message}"[:MAX_TEXT]),
            hints=(),
            details={"component": self._component.id},
        )

    async def _line(self) -> bytes:
        try:
            line = await self._reader.readline()
        except _GONE:
            line = b""
        except ValueError as error:
            raise frame_invalid(f"a line of more than {MAX_LINE} bytes") from error
        if line.endswith(b"\n"):
            return line
        raise self._died(await self._left())

    async def _send(self, data: bytes) -> None:
        # A process that is gone is seen where its answer is waited for.
        with contextlib.suppress(*_GONE):
            self._writer.write(data)
            await self._writer.drain()

    def _note(self, seen: tuple[str, ...]) -> None:
        if len(seen) != 3 or seen[0] not in get_args(Kind) or seen[2] not in get_args(Verdict):
            raise frame_invalid("something seen that is of no kind")
        self._guard.observed.add(cast(Kind, seen[0]), seen[1], cast(Verdict, seen[2]))

    def _question(self, frame: Told) -> None:
        if self._context is None or len(self._tasks) >= MOST_QUESTIONS:
            raise frame_invalid("a question before the call" if self._context is None else "too many questions at once")
        self._keep(self._answer(frame, self._context))

    def _keep(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, frame: Told, context: NodeContext) -> None:
        number = frame.ask if frame.ask is not None else 0
        try:
            answer = Answer(number=number, value=text_of(await self._asked(frame, context)))
        except IceError as error:
            answer = Answer(number=number, error=error)
        await self._send(line_of(answer))

    async def _asked(self, frame: Told, context: NodeContext) -> JsonValue:
        if frame.tokens is not None:
            context.usage(tokens=cast(int, value_of(frame.tokens)))
            return None
        arguments = value_of(frame.arguments or "{}")
        if frame.component is None or not isinstance(arguments, dict):
            raise frame_invalid("a question about nothing")
        return await context.call(frame.component, **arguments)

    async def _count_processes(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            count = (await in_thread(lambda: processes_of_session(self._process.session), name="count")).result()
            if count > self._limits.processes + 1:
                self._over = f"more than {self._limits.processes} processes were in its session"
                self._process.kill()
                return

    def _died(self, code: int) -> IceError:
        how = self._over or ended(code, self._limits)
        return IceError(
            "component-died",
            f"The process of `{self._component.id}` ended without an answer",
            where=Location(self._component.id),
            expected="a result, or an error that it raises",
            found=how,
            detail=self._printed.last_lines(),
            note="Everything that it had started was ended, too; the run and its other nodes are not touched.",
            hints=(
                "A component that calls `os._exit` or crashes in compiled code ends so; mend it, or call it with less",
                "To give it more, add for example `--limit memory_mib=4096` or `--limit cpu_seconds=600`",
            ),
            details={"component": self._component.id, "exit": code, "reason": how},
        )


class _Printed:
    """What the process prints, handed on as it comes until it is too much; read to the end in any case."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream = stream
        self._left = most
        self._last = b""
        self._closed = False
        # A character may come in two pieces.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._thread = threading.Thread(target=self._read, name="iceos output", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        # A program that got away from its session may hold the stream open for ever.
        self._thread.join(1.0)
        self._closed = True
        if not self._thread.is_alive():
            self._stream.close()

    def last_lines(self) -> tuple[str, ...]:
        self._thread.join(1.0)
        lines = self._last.decode("utf-8", errors="replace").splitlines()
        return tuple(printable(line) for line in lines[-_LAST_LINES:])

    def _read(self) -> None:
        with contextlib.suppress(ValueError, OSError):
            while data := self._stream.read1(65536):  # type: ignore[attr-defined]  # a pipe is buffered
                self._last = (self._last + data)[-2000:]
                shown = data[: max(self._left, 0)]
                self._left -= len(data)
                if shown and not self._closed:
                    sys.stdout.write(self._decoder.decode(shown))
                if len(shown) < len(data) and shown and not self._closed:
                    sys.stdout.write("\n… what it printed after that is left out\n")
