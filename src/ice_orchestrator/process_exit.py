"""`os._exit` of a component in the run's own process: its call fails, instead of the run ending as if all were well.

`os._exit(0)` ends a process at once and with success; whoever started the run would take it for finished. There is no
audit event for it, so the function itself is another one from the first run on. It lets through everybody but a
component whose code is running here, and a process that the component forked: there it is how one ends. What goes
around Python (a compiled extension that calls `exit`, a signal) still ends the process; then the journal holds a run
that has not finished, and `ice runs resume` goes on with it. With `--isolate` none of it ends the run.
"""

import os
import sys
import threading
from typing import Final, NoReturn

from ice_orchestrator.permission_guard import is_guarded

_LOCK: Final = threading.Lock()
_PATCHED: Final[list[int]] = []


class ExitRefused(BaseException):
    """Raised in a component that would have ended the process; nothing that catches `Exception` goes on after it."""


def refuse_exits() -> None:
    """From now on components cannot end this process with `os._exit`; a second time changes nothing."""
    with _LOCK:
        if _PATCHED:
            return
        _PATCHED.append(os.getpid())
    own = os.getpid()
    end = os._exit

    def end_unless_component(status: int) -> NoReturn:
        if os.getpid() == own and is_guarded():
            raise ExitRefused(f"os._exit({status!r}) would have ended the whole run, and not this call alone")
        end(status)

    # `os` has it from `posix` (or `nt`), where it can be reached as well.
    for module in (os, sys.modules.get(os.name)):
        if module is not None:
            module._exit = end_unless_component  # type: ignore[attr-defined]  # each has one
