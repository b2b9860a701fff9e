"""The permissions of a signed entry, held while its component's code runs: one audit hook for the whole process.

Which component is running is told by a context variable, which tasks and `asyncio.to_thread` carry on by themselves; a
thread that a component starts is remembered as its own. What iceos does in between (reading a wheel, writing the
journal, calling another component) is set aside. This finds out what was not declared and refuses it where Python asks
before it acts; it is no sandbox, because code in the same process can get around any of it.
"""

import asyncio
import contextlib
import contextvars
import errno
import os
import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, ParamSpec, TypeVar

from ice_core.errors import IceError
from ice_core.models.plugins import Permissions
from ice_orchestrator import resolved_names
from ice_orchestrator.observed import Kind, Observed
from ice_orchestrator.permission_events import THREAD_STARTS, USES, Use
from ice_orchestrator.permission_refusal import permission_denied, told
from ice_orchestrator.permission_rules import fixed_places, rules_of

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class PermissionRefused(PermissionError):
    """Raised at a use that the manifest does not declare; a `PermissionError`, as a refusal of the system is."""

    def __init__(self, component: str, permissions: Permissions, kind: Kind, subject: str) -> None:
        # Made here, so that whoever raises it says nothing but this.
        refusal = permission_denied(component, permissions, kind, subject)
        super().__init__(errno.EACCES, refusal.finding.message)
        self.refusal = refusal


class UndeclaredUseWarning(UserWarning):
    """A component touched what its manifest does not declare, in a run that only tells of it."""


class Guard:
    """One call of one component: what it may, and what it was seen to do."""

    __slots__ = ("_component", "_enforce", "_origin", "_permissions", "_rules", "observed")

    def __init__(
        self, component: str, permissions: Permissions, *, enforce: bool, observed: Observed, origin: str
    ) -> None:
        self._component = component
        self._permissions = permissions
        self._rules = rules_of(permissions, os.getcwd())
        self._enforce = enforce
        self._origin = origin
        self.observed = observed

    def hear(self, use: Use) -> None:
        """Notes the use.

        Raises:
            PermissionRefused: It is not declared, and this run refuses what is not.
        """
        if use.kind in ("library", "environment"):
            self.observed.add(use.kind, use.subject, "allowed")
            return
        reading = self._rules.reading(use.subject) if use.kind == "read" else None
        if reading == "everyones":
            return
        if use.imports and self._rules.is_bytecode(use.subject):
            return
        subject = self._subject(use)
        if reading == "declared" or (reading is None and self._is_declared(use)):
            self.observed.add(use.kind, subject, "allowed")
            return
        if not self._enforce:
            self.observed.add(use.kind, subject, "undeclared")
            return
        self.observed.add(use.kind, subject, "refused")
        raise PermissionRefused(self._component, self._permissions, use.kind, subject)

    def tell(self, *, failed: bool) -> None:
        """Warns of what was undeclared and happened, and of refusals that the component got over; each kind once."""
        for each in self.observed:
            key = (self._component, each.kind, each.verdict)
            if each.verdict == "allowed" or (failed and each.verdict == "refused"):
                continue
            with _LOCK:
                is_new = key not in _TOLD
                _TOLD.add(key)
            if is_new:
                text = told(self._component, self._permissions, each)
                warnings.warn_explicit(text, UndeclaredUseWarning, self._origin, 1)

    def _is_declared(self, use: Use) -> bool:
        if use.kind == "network":
            return self._may_reach(use)
        if use.kind == "subprocess":
            return self._rules.may_start
        return self._rules.may_write(use.subject)

    def _may_reach(self, use: Use) -> bool:
        if use.asks_back:
            return self._rules.may_ask_names
        if use.binds and use.port == 0 and self._rules.may_ask_names:
            return True
        return self._rules.may_reach(resolved_names.names_of(use.subject), use.port)

    def _subject(self, use: Use) -> str:
        if use.kind != "network":
            return use.subject
        names = resolved_names.names_of(use.subject)
        name = next((each for each in names if self._rules.may_reach((each,), use.port)), names[0])
        return name if use.port is None else f"{name}:{use.port}"


class _Unset:
    """What a context says that nobody told whose code runs in it."""


_UNSET: Final = _Unset()
_ACTIVE: Final[contextvars.ContextVar[Guard | None | _Unset]] = contextvars.ContextVar("iceos_guard", default=_UNSET)
_OBSERVED: Final[contextvars.ContextVar[Observed | None]] = contextvars.ContextVar("iceos_observed", default=None)
_OF_THREAD: Final[weakref.WeakKeyDictionary[threading.Thread, Guard]] = weakref.WeakKeyDictionary()
_TOLD: Final[set[tuple[str, str, str]]] = set()
_LOCK: Final = threading.Lock()
_HOOKS: Final[list[Callable[[str, tuple[object, ...]], None]]] = []


@contextlib.contextmanager
def observing(observed: Observed) -> Iterator[None]:
    """What guarded code does inside is noted in `observed`."""
    token = _OBSERVED.set(observed)
    try:
        yield
    finally:
        _OBSERVED.reset(token)


class guarded(AbstractContextManager[Observed]):  # noqa: N801  used as a function, as `contextlib.suppress` is
    """The code inside is the component's: it may do what its permissions say, and what it does is noted.

    Args:
        component: Its id, for messages.
        permissions: Those of its manifest entry; none declared is none granted.
        enforce: Whether what is not declared is refused (`--no-dynamic`), or only told of.
        origin: Where the manifest is, in words.
    """

    def __init__(
        self, component: str, permissions: Permissions, *, enforce: bool, origin: str = "plugins.json"
    ) -> None:
        _install()
        self._guard = Guard(component, permissions, enforce=enforce, observed=current_observed(), origin=origin)

    def __enter__(self) -> Observed:
        self._token = _ACTIVE.set(self._guard)
        return self._guard.observed

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _ACTIVE.reset(self._token)
        self._guard.tell(failed=error is not None)


def current_observed() -> Observed:
    """Where the current attempt's uses are noted."""
    found = _OBSERVED.get()
    return found if found is not None else Observed()


@contextlib.contextmanager
def unguarded() -> Iterator[None]:
    """The code inside is not the component's, whoever called it: iceos reading, writing or calling on."""
    token = _ACTIVE.set(None)
    try:
        yield
    finally:
        _ACTIVE.reset(token)


def unguarded_context() -> contextvars.Context:
    """A copy of the current context in which no component's code runs, for a task of iceos' own."""
    context = contextvars.copy_context()
    context.run(_ACTIVE.set, None)
    return context


class ContextThreads(ThreadPoolExecutor):
    """A loop's default executor that carries the context, which `loop.run_in_executor` does not do by itself."""

    def submit(self, function: Callable[Given, Answer], /, *given: Given.args, **named: Given.kwargs) -> Future[Answer]:
        """Runs the function in a thread, in a copy of the caller's context."""
        context = contextvars.copy_context()
        # A thread that is started here is the loop's, whoever was first to need it; what it does goes by the context.
        with unguarded():
            return super().submit(lambda: context.run(function, *given, **named))


def carry_context() -> None:
    """Makes the running loop's default executor one that carries the context; for the owner of a new loop."""
    asyncio.get_running_loop().set_default_executor(ContextThreads(thread_name_prefix="iceos"))


def refusal_in(error: BaseException | None) -> IceError | None:
    """The refusal of a permission that is behind an error: itself, its cause, its context, or one of its group."""
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, PermissionRefused):
            return each.refusal
        waiting += [each.__context__, each.__cause__]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
    return None


def _install() -> None:
    fixed_places()
    with _LOCK:
        if not _HOOKS:
            _HOOKS.append(_hear)
            resolved_names.watch()
            _watch_threads()
            sys.addaudithook(_hear)  # for the life of the process: there is no way to take one out


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    uses = USES.get(event)
    if uses is None:
        if event in THREAD_STARTS:
            _remember_thread(getattr(arguments[0], "__self__", None))
        return
    guard = _current()
    if guard is None:
        return
    # What finding out does (looking a path up, warning) is not the component's.
    token = _ACTIVE.set(None)
    try:
        for use in uses(arguments):
            guard.hear(use)
    finally:
        _ACTIVE.reset(token)


def _current() -> Guard | None:
    found = _ACTIVE.get()
    return _OF_THREAD.get(threading.current_thread()) if isinstance(found, _Unset) else found


def is_guarded() -> bool:
    """Whether the code that runs here is a component's."""
    return _current() is not None


def _remember_thread(thread: object) -> None:
    guard = _current()
    if guard is not None and isinstance(thread, threading.Thread):
        _OF_THREAD[thread] = guard


if sys.version_info >= (3, 12):

    def _watch_threads() -> None:
        """The audit event of a new thread tells it."""

else:

    def _watch_threads() -> None:
        """Notes each thread that is started: Python 3.11 has no audit event for it."""
        start = threading.Thread.start

        def noted(self: threading.Thread) -> None:
            _remember_thread(self)
            start(self)

        threading.Thread.start = noted  # type: ignore[method-assign]  # where every thread begins
