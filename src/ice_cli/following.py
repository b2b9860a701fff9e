"""A run is followed to its end: seen while it goes, told when it is over, and cancelled in good order by Ctrl-C."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Coroutine, Iterator

from ice_cli import output
from ice_cli.component_output import EscapedStream
from ice_cli.render import error_text
from ice_cli.run_view import view
from ice_orchestrator.events import Event, Listener
from ice_orchestrator.job import run_cancelled
from ice_orchestrator.permission_guard import carry_context
from ice_orchestrator.result import RunResult

INTERRUPTED = 130
STANDARD_OUTPUT = 1
STANDARD_ERROR = 2


def followed(work: Callable[[Listener], Coroutine[None, None, RunResult]], *, as_json: bool) -> int:
    """Does the work of a run while a view shows its events; prints the result and gives the exit code.

    The first Ctrl-C cancels the run: its nodes are stopped, the journal says `cancelled`, and the words say how to go
    on with it. The exit code is 130 then.

    Raises:
        IceError: What ended the run, or what kept it from starting.
        KeyboardInterrupt: Ctrl-C came before there was a run.
    """
    context, show = view(as_json=as_json)
    heard = _Heard(show)
    try:
        # What a component prints is words: standard output holds the outputs and nothing else.
        with _outputs_set_aside(), context, contextlib.redirect_stdout(EscapedStream(sys.stderr)):
            result = asyncio.run(_run(work, heard))
    except KeyboardInterrupt:
        if heard.run_id is None:
            raise
        return _interrupted(heard.run_id, as_json=as_json)
    if heard.run_id is None and not as_json:
        output.say(f"`{result.run_id}` was finished already; nothing ran again.")
    return _told(result, as_json=as_json)


async def _run(work: Callable[[Listener], Coroutine[None, None, RunResult]], heard: Listener) -> RunResult:
    # The loop is ours, so that threads of its executor know whose code runs in them.
    carry_context()
    return await work(heard)


@contextlib.contextmanager
def _outputs_set_aside() -> Iterator[None]:
    # The descriptor too: a component may write to it directly, close it, or start a program that inherits it.
    sys.stdout.flush()
    kept = os.dup(STANDARD_OUTPUT)
    os.dup2(STANDARD_ERROR, STANDARD_OUTPUT)
    try:
        yield
    finally:
        os.dup2(kept, STANDARD_OUTPUT)
        os.close(kept)


class _Heard:
    """A listener that hands on what it hears, and remembers of which run."""

    def __init__(self, show: Listener) -> None:
        self._show = show
        self.run_id: str | None = None

    def __call__(self, event: Event) -> None:
        self.run_id = event.run_id
        self._show(event)


def _interrupted(run_id: str, *, as_json: bool) -> int:
    error = run_cancelled(run_id)
    if as_json:
        output.data(error.to_json())
    else:
        output.say(error_text(error).rstrip("\n"))
    return INTERRUPTED


def _told(result: RunResult, *, as_json: bool) -> int:
    if as_json:
        output.data(result.to_json())
        return 0 if result.error is None else 1
    if result.error is not None:
        result.error.finding.hints += (
            f"To see it node by node, run `ice runs show {result.run_id}`",
            f"To go on with it once that is mended, run `ice runs resume {result.run_id}`",
        )
        raise result.error
    output.data(result.outputs)
    return 0
