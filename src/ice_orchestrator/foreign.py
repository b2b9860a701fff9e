"""Code of others: it may raise anything and run for ever; here it becomes a value, a place and a thread of its own."""

import asyncio
import contextlib
import contextvars
import json
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Final, Generic, TypeAlias, TypeVar

from ice_core.errors import IceError, Location
from ice_core.strict_json import printable
from ice_orchestrator.call_threads import CallThreads
from ice_orchestrator.locked_environment import refused_import
from ice_orchestrator.permission_guard import refusal_in

Result = TypeVar("Result")
# Refusals, each with the text that it had when it was given to a component.
Given: TypeAlias = Iterable[tuple[IceError, str]]
MAX_TEXT = 2000
OWN_PACKAGES: Final = frozenset(("ice_checks", "ice_client", "ice_compiler", "ice_core", "ice_orchestrator", "ice_sdk"))
# What importing a component and calling it can be refused with, its own calls included; on trust it has nothing to say.
SLUGS_OF_A_CALL: Final = frozenset(
    (
        "annotation-missing",
        "budget-exceeded",
        "call-input-invalid",
        "call-output-invalid",
        "call-sync-in-async",
        "call-too-deep",
        "component-died",
        "component-frame-invalid",
        "component-id-invalid",
        "component-import-failed",
        "component-name-invalid",
        "component-not-declared",
        "component-not-in-manifest",
        "component-raised",
        "context-closed",
        "declaration-invalid",
        "dependency-changed",
        "dependency-files-unknown",
        "dependency-locks-differ",
        "dependency-not-installed",
        "dependency-not-locked",
        "extension-module-unsupported",
        "import-target-invalid",
        "import-target-missing",
        "import-target-unreachable",
        "module-name-taken",
        "node-timed-out",
        "package-not-installed",
        "permission-denied",
        "schema-inexpressible",
        "tokens-exceeded",
        "usage-invalid",
        "version-invalid",
        "wheel-incompatible",
    )
)


class Captured:
    """Takes whatever the block raises, and lets through only what stops the program or the task itself."""

    __slots__ = ("error",)

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def __enter__(self) -> "Captured":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.error = error
        if threading.current_thread() is not threading.main_thread():
            # A signal never raises here, so whatever came out is the component's own: somebody waits to be told of it.
            return error is not None
        if isinstance(error, asyncio.CancelledError):
            return not _is_being_cancelled()
        return error is not None and not isinstance(error, KeyboardInterrupt | GeneratorExit)


class Ended(Generic[Result]):
    """How work in a thread ended: `error` is None when it gave `results[0]`."""

    __slots__ = ("error", "results")

    def __init__(self) -> None:
        self.results: list[Result] = []
        self.error: BaseException | None = None

    def result(self) -> Result:
        """What it gave.

        Raises:
            BaseException: What it raised.
        """
        if self.error is not None:
            raise self.error
        return self.results[0]


async def in_thread(work: Callable[[], Result], *, name: str, threads: CallThreads | None = None) -> Ended[Result]:
    """Runs `work` in a thread; when the waiting task is cancelled the thread is left to itself.

    The thread is a daemon: a component that never returns does not keep the process from ending. (A thread pool would:
    the interpreter joins its threads at exit.)

    Args:
        work: What is to be done, in a copy of the current context.
        name: The thread's name meanwhile.
        threads: Where the thread comes from; without them it is a new one.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Ended[Result]] = loop.create_future()
    context = contextvars.copy_context()
    ended: Ended[Result] = Ended()

    def deliver() -> None:
        if not done.done():
            done.set_result(ended)

    def run() -> None:
        with Captured() as captured:
            ended.results.append(context.run(work))
        ended.error = captured.error

    def tell() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(deliver)

    (threads or CallThreads(idle_seconds=0)).start(run, then=tell, name=name)
    return await done


def raised(error: BaseException | None, component: str, top_level: str, path: str, *, given: Given = ()) -> IceError:
    """What a component's call is refused with when this came out of it.

    Only iceos speaks under a slug and gives commands to paste: what it refused itself while the component ran comes out
    as it is, and everything else, an `IceError` that the component made included, is `component-raised`.

    Args:
        error: What came out.
        component: Its id.
        top_level: The package of its code.
        path: The node.
        given: What the call's context refused.
    """
    refusal = refused_by_iceos(error)
    if refusal is None and isinstance(error, IceError):
        refusal = passed_on(error, given)
    if refusal is not None:
        return refusal
    refusal = IceError(
        "component-raised",
        f"`{component}` raised `{type(error).__name__}` in the node `{path}`",
        where=raised_at(error, top_level) or Location(path),
        found=described(error),
        detail=traceback_lines(error, top_level),
        hints=(f"If it can pass by itself, give `{path}` a `retry_policy`",),
        details={"component": component, "node": path, "exception": type(error).__name__},
    )
    refusal.__cause__ = error
    return refusal


def refused_by_iceos(error: BaseException | None) -> IceError | None:
    """The refusal that iceos itself raised while a component's code ran, if that is what came out of it.

    It is one if it was raised in a module of iceos, and if it is one that importing or calling can be refused with: a
    component may call `ice_core.trust` itself and get its refusals, but has nothing to say on trust.
    """
    if (denied := refusal_in(error)) is not None:
        return denied
    if not isinstance(error, IceError):
        return refused_import(error)
    return error if error.slug in SLUGS_OF_A_CALL and _raised_in_iceos(error) else None


def passed_on(error: IceError, given: Given) -> IceError | None:
    """The refusal that a call's context gave to the component, if this is it, unchanged."""
    said = text_of_refusal(error)
    return next((refusal for refusal, text in given if text == said), None)


def text_of_refusal(error: IceError) -> str:
    """All that a refusal says, as one text: two that say the same are equal."""
    return json.dumps(error.to_json(), sort_keys=True, default=str)


def _raised_in_iceos(error: IceError) -> bool:
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    module = str(frames[-1].f_globals.get("__name__", "")) if frames else ""
    # By the module that is loaded under this name, and not by the name, which any module may give itself.
    is_loaded = module in sys.modules and vars(sys.modules[module]) is frames[-1].f_globals
    return is_loaded and module.partition(".")[0] in OWN_PACKAGES


def described(error: BaseException | None) -> str:
    """`ValueError: no such column`, printable and bounded."""
    text = printable("".join(traceback.format_exception_only(error)).strip()) if error is not None else "nothing"
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}… ({len(text)} characters)"


def raised_at(error: BaseException | None, top_level: str) -> Location | None:
    """The innermost line of the component's own package that the error passed through."""
    place = None
    for frame, line in traceback.walk_tb(error.__traceback__ if error is not None else None):
        if str(frame.f_globals.get("__name__", "")).partition(".")[0] == top_level:
            place = Location(frame.f_code.co_filename, line=line)
    return place


def traceback_lines(error: BaseException | None, top_level: str) -> tuple[str, ...]:
    """The traceback from the component's first line on; what iceos did before is left out."""
    trace = error.__traceback__ if error is not None else None
    while trace is not None and str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0] != top_level:
        trace = trace.tb_next
    return tuple(printable(line) for entry in traceback.format_tb(trace) for line in entry.rstrip().splitlines())


def _is_being_cancelled() -> bool:
    try:
        task = asyncio.current_task()
    except RuntimeError:  # a thread without a loop: nobody cancels it
        return False
    return task is not None and task.cancelling() > 0
