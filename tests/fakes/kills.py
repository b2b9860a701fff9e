"""Kills a piece of work at each of its steps in turn, by SIGKILL to a forked process, and says when it got through."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

# Everything that changes a folder, and each file that is opened, is a step; the kill comes just before it.
STEPS = frozenset({"open", "os.rename", "os.link", "os.mkdir", "os.chmod", "os.remove", "os.truncate"})


def killed_at(number: int, act: Callable[[], object]) -> bool:
    """Whether `act`, in a process of its own, was killed before its step with this number; else it has ended."""
    worker = os.fork()
    if worker == 0:
        _work(number, act)
    _, status = os.waitpid(worker, 0)
    if os.WIFSIGNALED(status):
        assert signal.SIGKILL == os.WTERMSIG(status)
        return True
    assert 0 == os.WEXITSTATUS(status), "the work was refused"
    return False


def killed_at_each_step(act: Callable[[], object], *, limit: int = 500) -> Iterator[int]:
    """The number of each step at which `act` was killed, until it gets through."""
    for number in range(limit):
        if not killed_at(number, act):
            return
        yield number
    raise AssertionError(f"more than {limit} steps")


def private_files(folder: Path) -> list[Path]:
    """The private keys below a key-store's folder; what a kill left under a temporary name is none."""
    return sorted(path for path in (folder / "private").glob("*.pem") if not path.name.startswith("."))


def _work(number: int, act: Callable[[], object]) -> None:
    left = number
    code = 1

    def hook(event: str, arguments: object) -> None:
        nonlocal left
        if event not in STEPS:
            return
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    try:
        sys.addaudithook(hook)
        act()
        code = 0
    finally:
        # Nothing of the test process may run twice.
        os._exit(code)
