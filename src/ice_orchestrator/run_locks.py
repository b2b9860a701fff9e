"""The lock of a run: a file beside the journal that the process which runs it holds, and gives back when it dies."""

from __future__ import annotations

import fcntl
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ice_core.home import AnyPath


def run_lock(journal: AnyPath, run_id: str) -> str:
    """Where the lock of a run lies."""
    return f"{os.fspath(journal)}.locks/{run_id}"


def try_lock(path: AnyPath, *, create: bool) -> int | None:
    """An open descriptor that holds the lock on this very path; None when another process holds it."""
    while True:
        flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if create else 0)
        descriptor = os.open(path, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        # Whoever held it may have removed the file between the two calls; then this lock is on a file without a name.
        try:
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                return descriptor
        except FileNotFoundError:
            pass
        os.close(descriptor)


def is_held(journal: AnyPath, run_id: str) -> bool:
    """Whether a living process holds the run."""
    try:
        descriptor = try_lock(run_lock(journal, run_id), create=False)
    except FileNotFoundError:
        return False
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is None
