"""Appends what decorators announce to an event log, so that a reader can judge it after every process has ended.

The log is a file named by `$ICEOS_EVENT_LOG`, or told to this process. One announcement is one line of JSON in one
`write` to a descriptor opened for appending: workers, child processes and threads never tear each other's lines,
nothing waits in a buffer that `os._exit` would drop, and no filter of warnings is asked. Without a log this costs one
look-up.
This module is on the start path; `ice_core.event_log` reads what it writes.
"""

from __future__ import annotations

import os

from ice_core.errors import IceError, Location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from ice_core.names import ComponentId, ImportTarget
    from ice_core.strict_json import JsonObject

LOG_VARIABLE: Final = "ICEOS_EVENT_LOG"
DURING_VARIABLE: Final = "ICEOS_EVENT_DURING"
# A test of a run that another run's test started: `outer > inner`.
WITHIN: Final = " > "


class Recorder:
    """Where this process writes its events, and during what they happen.

    Attributes:
        path: The log of this process whatever becomes of its environment; None leaves it to `$ICEOS_EVENT_LOG`.
        during: The test that runs, in the same way before `$ICEOS_EVENT_DURING`.
        failure: The last event that could not be written; code that swallows the refusal does not hide it from here.
    """

    __slots__ = ("during", "failure", "path")

    def __init__(self) -> None:
        self.path: str | None = None
        self.during: str | None = None
        self.failure: IceError | None = None

    def registered(self, component: ComponentId, target: ImportTarget, file: str, line: int) -> None:
        """Writes down one announcement, listed or not; nothing where no log is named.

        Raises:
            IceError: `event-log-not-written`: a run that cannot be recorded must not look clean.
        """
        path = self.path or os.environ.get(LOG_VARIABLE)
        if path:
            event: JsonObject = {
                "kind": "registered",
                "component": str(component),
                "import": str(target),
                "file": _utf8(file),
                "line": line,
                "pid": os.getpid(),
                "during": self.during or os.environ.get(DURING_VARIABLE, ""),
            }
            self._append(path, event)

    def allow(self, reason: str, *, during: str | None = None, files: str | None = None) -> None:
        """Writes down what needs no manifest: all that happens `during` a test, or in `files` of this pattern.

        Raises:
            IceError: `event-log-not-written`.
        """
        path = self.path or os.environ.get(LOG_VARIABLE)
        if path:
            self._append(path, {"kind": "allowed", "during": during, "files": files, "reason": _utf8(reason)})

    def while_in(self, during: str) -> While:
        """Events inside the block, child processes included, are told to have happened `during` this."""
        return While(self, _utf8(during).replace("\0", ""))

    def _append(self, path: str, event: JsonObject) -> None:
        try:
            append(path, event)
        except IceError as error:
            self.failure = error
            raise


class While:
    """A `with` block, during which a recorder's events are told to have happened."""

    __slots__ = ("_before", "_during", "_inherited", "_recorder")

    def __init__(self, recorder: Recorder, during: str) -> None:
        self._recorder = recorder
        self._during = during

    def __enter__(self) -> None:
        self._before, self._inherited = self._recorder.during, os.environ.get(DURING_VARIABLE)
        # The log is named anew each time, since a test may have cleared the environment.
        if self._recorder.path:
            os.environ[LOG_VARIABLE] = self._recorder.path
        self._recorder.during = os.environ[DURING_VARIABLE] = self._during

    def __exit__(self, *raised: object) -> None:
        self._recorder.during = self._before
        if self._inherited is None:
            os.environ.pop(DURING_VARIABLE, None)
        else:
            os.environ[DURING_VARIABLE] = self._inherited


PROCESS: Final = Recorder()


def append(path: str, event: JsonObject) -> None:
    """Adds one line to the log at an absolute path, whole or with a refusal; the file is made if it is not there.

    Raises:
        IceError: `event-log-not-written`.
    """
    if not os.path.isabs(path):
        raise not_written(path, "a relative path, which each process would take for another file")
    import json

    line = json.dumps(event, separators=(",", ":")).encode("ascii") + b"\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            written = os.write(descriptor, line)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise not_written(path, getattr(error, "strerror", None) or str(error)) from error
    if written != len(line):
        raise not_written(path, f"{written} of {len(line)} bytes were written")


def _utf8(text: str) -> str:
    # A path may hold bytes that are no text; the log is JSON that every reader accepts.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def not_written(path: str, reason: str | None) -> IceError:
    """The refusal of a log that cannot take an event."""
    return IceError(
        "event-log-not-written",
        f"the event log `{path}` cannot be written",
        where=Location(path),
        expected="an absolute path of a file that every process of the run can append to",
        found=reason,
        note="A run that cannot be recorded must not look clean.",
        hints=("Make room, or name another file with `pytest --iceos-log FILE`",),
    )
