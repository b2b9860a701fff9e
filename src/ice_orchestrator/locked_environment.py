"""While a strict run lasts, third-party modules come from locked wheels, each file checked before it is executed.

The finder (`locked_finder`) stands in the place of the ones that look on `sys.path`. The whole process is strict
meanwhile, also for threads that the run knows nothing of: where an import comes from cannot be told. What was imported
before stays; docs/explanation/locked-dependencies.md says what that means.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ice_core.canonical import Digest
from ice_core.dependency_files import Dependency, dependencies_of
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.installed_distributions import installed_distributions
from ice_core.models.lock import Lock
from ice_orchestrator.code_cache import CodeCache
from ice_orchestrator.dependency_refusals import locks_differ
from ice_orchestrator.locked_finder import LockedFinder

_LOCK: Final = threading.RLock()


class _Active:
    """The finder that stands in now, and for how many runs."""

    finder: LockedFinder | None = None
    digest: Digest | None = None
    runs: int = 0


def dependencies_here(lock: Lock | None) -> tuple[Dependency, ...]:
    """The third-party packages of a lock as they are installed here, where nothing is checked; none without a lock.

    Raises:
        IceError: What `dependencies_of` raises.
    """
    if lock is None:
        return ()
    return dependencies_of(lock, home=None, installed=installed_distributions(sys.path))


@contextmanager
def locked_environment(lock: Lock | None, *, home: Home) -> Iterator[LockedFinder]:
    """While it lasts, third-party modules come from what this lock pins and from nowhere else; without a lock, never.

    Args:
        lock: The lock of the run.
        home: Where the lists of wheels are kept.

    Raises:
        IceError: `dependency-changed`, `module-name-taken`, `dependency-locks-differ`, or what reading the lists
            refuses; then nothing was changed.
    """
    digest = lock.digest if lock is not None else None
    with _LOCK:
        finder = _Active.finder
        if finder is None:
            installed = installed_distributions(sys.path)
            dependencies = dependencies_of(lock, home=home, installed=installed) if lock is not None else ()
            cache = CodeCache.open(home)
            finder = LockedFinder(dependencies, installed=installed, has_lock=lock is not None, cache=cache)
            finder.check()
            finder.stand_in()
            _Active.finder, _Active.digest = finder, digest
        elif digest != _Active.digest:
            raise locks_differ(_Active.digest, digest)
        _Active.runs += 1
    try:
        yield finder
    finally:
        with _LOCK:
            _Active.runs -= 1
            if _Active.runs == 0:
                finder.stand_back()
                _Active.finder = None


def refused_import(error: BaseException | None) -> IceError | None:
    """Why a module that an error says is missing may not be imported in the strict run of this process.

    Args:
        error: What a component's code raised; what it was raised from counts too.
    """
    finder = _Active.finder
    seen: set[int] = set()
    while finder is not None and error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, ImportError) and (reason := finder.reasons.reason(error.name)) is not None:
            return reason
        error = error.__cause__ or error.__context__
    return None
